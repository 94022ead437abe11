/* `osteon api`: serves the page, the HTTP API and the WebSocket until it is told to stop. */
#ifndef OST_API_API_H
#define OST_API_API_H

int ost_api_command(int argc, char **argv);

#endif
