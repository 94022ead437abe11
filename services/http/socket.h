/*
 * WebSocket sessions: messages in and out, JSON text or CBOR, every queue bounded.
 *
 * In: a session hands over its messages in order. Each must be answered by one
 * ost_http_socket_done(); a session with too many open ones is not read from until
 * some are done, so a flood fills the sender's own buffers. Nothing is read before
 * the first done(), which accepts the session.
 *
 * Out: what was put together leaves as one frame, at once where the socket takes it, else all
 * that is queued when it can take more: the message, or, for several, an array of them.
 * Passing messages are replaced by newer ones of the same key and dropped first. A session that
 * stays so slow that its lasting messages pass the limit loses its queue and is told so by
 * `overflow`; it is never closed silently.
 */
#ifndef OST_HTTP_SOCKET_H
#define OST_HTTP_SOCKET_H

#include "services/http/http.h"

OST_C_BEGIN

struct ost_http_opening {
    size_t dialect;     /* which of the kind's was agreed on */
    const char *ticket; /* the query's "ticket", NULL without one */
    const char *request_id, *address;
};

enum { OST_HTTP_DIALECTS = 2 };

/* What a session speaks: the subprotocol that was agreed on, and the form of its messages. */
struct ost_http_dialect {
    const char *protocol; /* the subprotocol, "osteon.1"; NULL: there is no more */
    const char *overflow; /* a message: sent in place of a queue that was dropped */
    bool cbor;            /* binary frames of CBOR, else text frames of JSON */
};

/* The callbacks run on the loop thread and must not block. */
struct ost_http_socket_kind {
    const char *path; /* "/ws" */
    struct ost_http_dialect dialect[OST_HTTP_DIALECTS];
    size_t message_most; /* bytes of one message in; 0: 256 KiB */
    size_t queue_most;   /* bytes of lasting messages out; 0: 8 MiB */
    void (*opened)(void *user, uint64_t socket, const struct ost_http_opening *opening);
    void (*message)(void *user, uint64_t socket, const char *text, size_t len);
    void (*closed)(void *user, uint64_t socket); /* once for each opened */
    void *user;                                  /* borrowed */
};

enum ost_http_keep {
    OST_HTTP_LASTING,
    OST_HTTP_PASSING, /* may be dropped or replaced before it is sent */
};

/* --- from any thread; a socket that is gone is no error ---------------------- */

/* `text` is one message in the session's form and is copied. `key` names what a passing message
 * replaces. */
void ost_http_socket_send(struct ost_http *http, uint64_t socket, enum ost_http_keep keep,
                          uint64_t key, const char *text, size_t len);

/* The same text to many, copied once for all of them. */
void ost_http_socket_send_all(struct ost_http *http, const uint64_t *socket, size_t count,
                              enum ost_http_keep keep, uint64_t key, const char *text, size_t len);

/*
 * While it is held the loop is not woken for what is sent: what belongs together then leaves
 * a socket as one frame. For moments only, and one thread at a time.
 */
void ost_http_hold(struct ost_http *http, bool held);

/* One message of each of these has been dealt with; a socket may be named several times. */
void ost_http_socket_done_all(struct ost_http *http, const uint64_t *socket, size_t count);

/* Whose socket it is: until this is said it counts for its address. */
void ost_http_socket_person(struct ost_http *http, uint64_t socket, int64_t person);

/* One message, or the opening, has been dealt with. */
void ost_http_socket_done(struct ost_http *http, uint64_t socket);

/* Closes after what is queued has been sent; `code` as in RFC 6455 (4000 to 4999 ours). */
void ost_http_socket_close(struct ost_http *http, uint64_t socket, uint16_t code,
                           const char *reason);

OST_C_END

#endif
