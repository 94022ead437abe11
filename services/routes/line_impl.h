/* The hub's way out: what it says goes to the server's sockets. */
#ifndef OST_ROUTES_LINE_IMPL_H
#define OST_ROUTES_LINE_IMPL_H

#include "services/collab/room.h"
#include "services/http/socket.h"

#define CLOSE_DISMISSED 4000 /* the close code of who is sent away */

/* `http` is where the server will stand when the first word is said; borrowed. */
struct ost_collab_line ost_live_line(struct ost_http **http);

/* One message to a socket that is in no room, or not any more. */
void ost_live_say(struct ost_http *http, uint64_t socket, bool cbor, const char *json);

#endif
