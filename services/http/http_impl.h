/*
 * What the files of this room share. Everything here belongs to the loop thread but
 * the inbox, the pool's queue, and a request while a pool thread works on it.
 */
#ifndef OST_HTTP_HTTP_IMPL_H
#define OST_HTTP_HTTP_IMPL_H

#include "services/http/request.h"
#include "services/http/socket.h"

#include <libwebsockets.h>

#include <ev.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>

enum {
    OST_HTTP_CHUNK = 32 * 1024,       /* one write */
    OST_HTTP_HEADERS_MOST = 8 * 1024, /* bytes of request line and headers; more is a 431 */
    /* What the library takes in: beyond it closes without a word, so this is wide. */
    OST_HTTP_HEADERS_HARD = 60 * 1024,
    OST_HTTP_QUERY_MOST = 16,
    OST_HTTP_TICK_S = 5,
    OST_HTTP_SESSIONS = 4096,     /* WebSockets at once */
    OST_HTTP_UNASKED = 16 * 1024, /* bytes of a body that is taken before its sender is known */
};

/* --- limit.c: how much one address may ask for --- */

struct ost_http_limit;
struct ost_http_peer; /* one address */

OST_MUST_CHECK
bool ost_http_limit_create(struct ost_http_limit **out, const struct ost_http_options *options,
                           struct ost_err *err);
void ost_http_limit_destroy(struct ost_http_limit *limit);

/*
 * A new connection from the peer of `fd`, on which nobody is known yet. NULL when the address
 * has too many of these (`*full` is the address then), or all together have (NULL).
 */
struct ost_http_peer *ost_http_limit_enter(struct ost_http_limit *limit, int fd,
                                           struct ost_http_peer **full);
void ost_http_limit_know(struct ost_http_limit *limit, struct ost_http_peer *peer);
void ost_http_limit_leave(struct ost_http_limit *limit, struct ost_http_peer *peer, bool known);

/* One request more; else the seconds to wait until the next is welcome. */
unsigned ost_http_limit_ask(struct ost_http_limit *limit, struct ost_http_peer *peer);

/* Room for a body that was announced, until it is released; false where there is none. */
bool ost_http_limit_hold(struct ost_http_limit *limit, struct ost_http_peer *peer, size_t bytes);
void ost_http_limit_release(struct ost_http_limit *limit, struct ost_http_peer *peer, size_t bytes);

/* --- files.c: what is served as it lies --- */

struct ost_http_files;
struct ost_http_file;

OST_MUST_CHECK
bool ost_http_files_create(struct ost_http_files **out, const struct ost_http_options *options,
                           struct ost_err *err);
void ost_http_files_destroy(struct ost_http_files *files);

/* Answers a GET; a 404 where there is no such file. */
void ost_http_files_serve(struct ost_http_files *files, struct ost_http_request *request);
void ost_http_file_release(struct ost_http_file *file);

/* --- request.c, reply.c --- */

struct ost_http_reply {
    unsigned status;
    char header[2048]; /* lines, each with its CR LF */
    size_t header_len;
    bool cached;  /* says itself how it may be kept */
    bool no_body; /* HEAD and 304: the length stands, the bytes stay */
    bool close;
    struct ost_buf body;        /* owned */
    struct ost_http_file *file; /* counted; then `bytes` point into it */
    const unsigned char *bytes;
    size_t len;
};

struct ost_http_request {
    struct ost_http *http;
    struct ost_http_conn *conn; /* the loop's; NULL once the connection is gone */
    struct ost_http_request *next;
    struct ost_arena *arena;
    const struct ost_http_route *route;
    enum ost_http_method method;
    bool head;
    char *path; /* in the arena; the router cuts it into params */
    char *param[OST_HTTP_PARAM_MOST];
    size_t param_count;
    char *query[OST_HTTP_QUERY_MOST]; /* "name=value", decoded */
    size_t query_count;
    char *header[OST_HTTP_HEADER_COUNT];
    char id[OST_HTTP_ID_TEXT], address[OST_HTTP_ADDRESS_TEXT];
    struct ost_http_peer *peer; /* whose body it is; outlives the connection */
    unsigned char *body;        /* mapped, `body_len` bytes; pages appear as they arrive */
    size_t body_len, body_got;
    uint64_t began_us;
    int64_t person; /* whom the answer is for; 0: nobody knows */
    bool asking;    /* the route's `admit` looks at it, not its handler */
    struct ost_http_reply reply;
};

OST_MUST_CHECK
bool ost_http_request_create(struct ost_http_request **out, struct ost_http *http,
                             struct ost_err *err);
void ost_http_request_destroy(struct ost_http_request *request);
OST_AUTO_DEFINE(ost_http_request);

/* Room for `len` bytes of body from this address. */
OST_MUST_CHECK
bool ost_http_request_expect(struct ost_http_request *request, struct ost_http_peer *peer,
                             size_t len, struct ost_err *err);

/* The status line and every header of the reply, into `out`; its length, 0 if it cannot fit. */
size_t ost_http_reply_head(const struct ost_http_request *request, char *out, size_t size);

/* A refusal of the server's own, after which the connection ends. */
void ost_http_reply_refuse(struct ost_http_request *request, unsigned status, const char *code,
                           const char *reason, const char *text);

/* --- router.c --- */

/* NULL: none; `*other` says whether the path exists under another method. */
const struct ost_http_route *ost_http_route_find(const struct ost_http_options *options,
                                                 struct ost_http_request *request, bool *other);

/* --- pool.c --- */

struct ost_http_pool;

OST_MUST_CHECK
bool ost_http_pool_create(struct ost_http_pool **out, struct ost_http *http, struct ost_err *err);
void ost_http_pool_destroy(struct ost_http_pool *pool); /* waits for what is in work */

/* False when too many wait already. */
bool ost_http_pool_put(struct ost_http_pool *pool, struct ost_http_request *request);

/* --- inbox.c: the arrow back --- */

struct ost_http_note;

/* Takes the request, whose answer is ready. */
void ost_http_inbox_reply(struct ost_http *http, struct ost_http_request *request);
void ost_http_inbox_drain(struct ost_http *http);

/* --- memory.c --- */

/* Before the library is used; the loop is there. */
void ost_http_memory_begin(struct ost_http *http);

/* A WebSocket came or went; soon after, what they left on the heap goes back to the system. */
void ost_http_memory_moved(struct ost_http *http);

/* Between two rounds of the loop: what the library has freed goes. */
void ost_http_memory_settle(void);
/* After the library's end. */
void ost_http_memory_end(void);

/* Whether these bytes lie where the library reads into, not in what it put aside earlier. */
bool ost_http_memory_is_read(struct lws *wsi, const void *ptr);

struct ost_http {
    struct ost_http_options options;
    struct ost_http_socket_kind kind; /* what options.socket points to */
    struct ev_loop *loop; /* epoll: who is silent costs nothing, however many there are */
    struct lws_context *lws;
    struct lws_vhost *vhost;
    struct lws_protocols protocol[1 + OST_HTTP_DIALECTS + 1];
    struct lws_retry_bo keep_alive;
    struct ost_http_limit *limit;
    struct ost_http_files *files;
    struct ost_http_pool *pool;
    struct ost_http_conn *conn;                      /* list */
    struct ost_http_conn *known[1024];               /* buckets, by person */
    struct ost_http_peer *entering;                  /* between accept and the connection's birth */
    struct ost_http_session **session;               /* slots */
    struct ost_http_session *touched, *touched_last; /* something was put for them */
    uint64_t session_serial;
    uint64_t moved_us, tidied_us; /* memory.c */
    ev_timer tidy;
    size_t working, paused; /* requests with the pool; sessions not read from, under inbox_lock */
    unsigned char *scratch; /* LWS_PRE + OST_HTTP_CHUNK and room for a head */
    uint16_t port;
    atomic_bool stop;
    uint64_t round; /* of the loop */
    bool stopping;

    pthread_mutex_t inbox_lock;
    struct ost_http_note *inbox_first, *inbox_last;
    bool inbox_rung, inbox_held, inbox_urgent; /* urgent: does not wait for what is put next */
};

uint64_t ost_http_now_us(void);

#endif
