/*
 * One connection and what happens on it: HTTP (conn.c, head.c) and, after an
 * upgrade, a WebSocket session (session.c). All on the loop thread.
 */
#ifndef OST_HTTP_CONN_IMPL_H
#define OST_HTTP_CONN_IMPL_H

#include "services/http/http_impl.h"

enum ost_http_state {
    OST_HTTP_IDLE,    /* between requests: headers may come */
    OST_HTTP_ASK,     /* a pool thread looks at the head of a request with a long body */
    OST_HTTP_BODY,    /* of a request that was let in */
    OST_HTTP_WORK,    /* a pool thread has the request */
    OST_HTTP_WRITE,   /* the answer goes out */
    OST_HTTP_LINGER,  /* answered; the rest of a refused body is thrown away */
    OST_HTTP_SESSION, /* a WebSocket */
};

struct ost_http_conn {
    struct ost_http *http;
    struct lws *wsi;
    struct ost_http_peer *peer;
    struct ost_http_conn *prev, *next; /* all of them */
    int64_t person;                    /* who is known on it; 0: nobody yet */
    struct ost_http_conn *beside;      /* of those on which somebody is known, one bucket */
    bool left;                         /* counts for nobody any more: it is being closed */
    enum ost_http_state state;
    struct ost_http_request *request; /* ours but in ASK and WORK */
    struct ost_buf early;             /* ASK: of the body, what came with the head */
    bool invite;                      /* the client waits for a word before it sends its body */
    uint64_t raw_mark;                /* bytes received when the last request ended */
    uint64_t since_us, moved;         /* for the tick: when it began, bytes taken by then */
    bool head_sent;                   /* WRITE: and `sent` bytes of the body */
    size_t sent;
    uint64_t expected;  /* bytes of body the client announced */
    uint64_t round;     /* of the loop, in which the head came; 0 once it was asked about */
    bool unread;        /* some of them, or nobody knows how many, still come */
    unsigned body_ends; /* how often the library said that the body ended */
    struct ost_http_session *session;
};

/* --- conn.c, head.c: HTTP on one connection; nonzero closes it --- */

int ost_http_conn_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                           size_t len);
void ost_http_conn_reply(struct ost_http_conn *conn);
bool ost_http_is_own_origin(const struct ost_http_options *options, const char *origin);

/* Reads what libwebsockets parsed; false with the refusal as the request's answer. */
bool ost_http_head_read(struct ost_http_conn *conn, struct ost_http_request *request);

/* Octets of this connection's TLS so far, to know how long the headers were. */
uint64_t ost_http_conn_received(const struct ost_http_conn *conn);

/* The request goes to a pool thread: whole, or (hand_over) as it is. */
void ost_http_conn_dispatch(struct ost_http_conn *conn);
void ost_http_conn_hand_over(struct ost_http_conn *conn);

/* --- body.c --- */

/* False with the refusal as the answer. */
bool ost_http_body_fits(struct ost_http_conn *conn);
int ost_http_body_begin(struct ost_http_conn *conn);
int ost_http_body_take(struct ost_http_conn *conn, const void *bytes, size_t len);
bool ost_http_body_too_slow(const struct ost_http_conn *conn, uint64_t seconds);

/* The pool thread has looked at the head; an answer in the request refuses it. */
void ost_http_body_asked(struct ost_http_conn *conn);

/* --- door.c: for whom a connection counts --- */

/* 0, or -1 where there is no room. */
int ost_http_door_enter(struct ost_http *http, int fd);
void ost_http_door_leave(struct ost_http_conn *conn);
void ost_http_door_know(struct ost_http_conn *conn, int64_t person); /* 0 changes nothing */

/* --- session.c: the WebSocket side --- */

int ost_http_session_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user,
                              void *in, size_t len);

/* The upgrade is asked for: 0 goes on, else answered (1) or closed (-1). */
int ost_http_session_upgrade(struct ost_http_conn *conn, const char *what);
void ost_http_session_destroy(struct ost_http_session *session);
void ost_http_session_stop_all(struct ost_http *http);

/* From the inbox. */
/* A text that waits at several sessions; it belongs to the loop once it is in the inbox. */
struct ost_http_shared {
    size_t users, len;
    unsigned char bytes[]; /* LWS_PRE of room for a frame's head, then the text */
};
void ost_http_shared_release(struct ost_http_shared *shared);

/* Takes a use of its own. */
void ost_http_session_share(struct ost_http *http, uint64_t socket, enum ost_http_keep keep,
                            uint64_t key, struct ost_http_shared *shared);
void ost_http_session_put(struct ost_http *http, uint64_t socket, enum ost_http_keep keep,
                          uint64_t key, char *text, size_t len); /* takes `text` */
void ost_http_outbox_flush(struct ost_http *http);               /* once all of it was put */
void ost_http_session_credit(struct ost_http *http, uint64_t socket);
void ost_http_session_know(struct ost_http *http, uint64_t socket, int64_t person);
void ost_http_session_end(struct ost_http *http, uint64_t socket, uint16_t code,
                          const char *reason);

#endif
