/*
 * A server of services/http on a port of its own, in a thread of the test, with a
 * certificate made for it; and a client that sends what it is told, right or wrong.
 */
#ifndef OST_TESTS_SERVICES_HTTP_SERVED_H
#define OST_TESTS_SERVICES_HTTP_SERVED_H

#include "services/http/request.h"
#include "services/http/socket.h"

#include <pthread.h>

#define SERVED_ORIGIN "https://osteon.test"

struct served {
    struct ost_http *http;
    pthread_t thread;
    char folder[64]; /* certificate, key; "web" inside is the web root where wanted */
    bool stopped;
};

/* Fills in address, certificate, key and origin; asserts. */
void served_start(struct served *served, struct ost_http_options options);
void served_stop(struct served *served);

/* A file below the web root, before served_start(). */
void served_file(struct served *served, const char *name, const char *text);
void served_folder(struct served *served); /* makes it; served_start() does too */

struct client {
    int fd;
    void *context, *tls; /* OpenSSL's */
    char alpn[16];       /* what the server chose */
    char held[65536];    /* received and not yet taken */
    size_t held_len;
};

struct answer {
    int status; /* 0: the server closed without one */
    char head[8192];
    char *body; /* owned, NUL-terminated */
    size_t len;
};

bool client_open(struct client *client, const struct served *served);
/* Offers these protocols in wire form, "\x02h2\x08http/1.1". */
bool client_open_with(struct client *client, const struct served *served, const char *alpn);
/* From another address of this machine, "127.0.0.2". */
bool client_open_from(struct client *client, const struct served *served, const char *address);
void client_close(struct client *client);
bool client_send(struct client *client, const void *bytes, size_t len);
bool client_text(struct client *client, const char *text);
/* One read of at most `size` bytes; 0 at the end. */
size_t client_read(struct client *client, void *bytes, size_t size);
void client_answer(struct client *client, struct answer *answer);
void answer_fini(struct answer *answer);
/* Of the next answer alone. */
int client_status(struct client *client);

/* Opens, sends, takes one answer, closes. */
struct answer ask(const struct served *served, const char *request);

/* The value of a header line in `answer`, NULL without; overwritten by the next call. */
const char *answer_header(const struct answer *answer, const char *name);

/* --- WebSocket --- */

/* Asks for /ws with this query; true when the answer is 101. */
bool client_upgrade(struct client *client, const char *query, const char *origin,
                    const char *protocol, struct answer *answer);
bool client_frame(struct client *client, int opcode_and_fin, const void *bytes, size_t len);
/* The next data or close frame: its opcode; its text in `text` (NUL-terminated), -1 at the end. */
int client_take_frame(struct client *client, char *text, size_t size, size_t *len);

#endif
