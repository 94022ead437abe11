/*
 * The server: one loop thread owns every socket, a few threads run the handlers,
 * and the only arrow back to the loop is a queue. TLS always, but before a proxy on the
 * same machine; HTTP/1.1 and WebSocket only. This room knows bytes, paths and limits; what a
 * request means is the business of whoever gave the routes.
 */
#ifndef OST_HTTP_HTTP_H
#define OST_HTTP_HTTP_H

#include "recon/base/err.h"

#include <stddef.h>
#include <stdint.h>

OST_C_BEGIN

struct ost_http;
struct ost_http_request; /* request.h */
struct ost_http_socket;  /* socket.h */

enum ost_http_method {
    OST_HTTP_GET, /* HEAD comes as GET; its body stays here */
    OST_HTTP_POST,
    OST_HTTP_PUT,
    OST_HTTP_PATCH,
    OST_HTTP_DELETE,
};

enum { OST_HTTP_PARAM_MOST = 4, OST_HTTP_ORIGIN_MOST = 8 };

struct ost_http_route {
    enum ost_http_method method;
    const char *path;  /* "/api/v1/films/:id/camera"; a ":word" takes one segment */
    size_t body_limit; /* bytes; 0 where no body is taken */
    /* Runs on a pool thread and may block; leaves its answer in the request. */
    void (*handle)(struct ost_http_request *request, void *context);
    const void *detail; /* whatever the giver of the route wants beside it */
    /* Before a body longer than 16 KiB is read: runs on a pool thread with the head alone, and
     * refuses by an answer in the request. NULL: whoever sends is heard first. */
    void (*admit)(struct ost_http_request *request, void *context);
};

struct ost_http_options {
    const char *address;                      /* numeric, "127.0.0.1"; NULL: every address */
    uint16_t port;                            /* 0: the system chooses, see ost_http_port() */
    const char *certificate, *key;            /* PEM files; both NULL: no TLS, loopback only */
    const char *web_root;                     /* NULL: no files are served */
    const char *origin[OST_HTTP_ORIGIN_MOST]; /* "https://host:port"; "" in front: none */
    size_t origin_count;
    const struct ost_http_route *route;
    size_t route_count;
    const struct ost_http_socket_kind *socket; /* NULL: no WebSocket; see socket.h */

    unsigned threads;          /* that run handlers; 0: 4 */
    unsigned waiting_most;     /* requests waiting for a thread; 0: 256 */
    unsigned connections_most; /* 0: 1024 */
    unsigned unknown_most;     /* of these, on which nobody is known; 0: half of them */
    unsigned per_address_most; /* connections from one address on which nobody is known; 0: 128 */
    unsigned per_person_most;  /* connections of one person, from wherever; 0: 64 */
    double requests_per_s;     /* from one address, in the long run; 0: 100 */
    double requests_burst;     /* 0: 400 */
    size_t body_total;         /* bytes of long request bodies held at once, a quarter of them
                                  from one address; 0: 256 MiB */

    size_t answer_total;    /* bytes of long answers not yet taken, a quarter of them for one
                               reader; 0: 256 MiB */
    unsigned answer_look_s; /* how often the pace of a reader is looked at; 0: 30 */
    unsigned
        silent_s; /* after which a WebSocket without a word is given up; asked at half; 0: 40 */

    /* What one pool thread holds for its handlers, such as a database connection. */
    bool (*thread_begin)(void *user, void **context, struct ost_err *err);
    void (*thread_end)(void *user, void *context);
    void *user; /* borrowed */
};

/* Listens at once, serves from ost_http_run() on. The options' texts are borrowed. */
OST_MUST_CHECK
bool ost_http_create(struct ost_http **out, const struct ost_http_options *options,
                     struct ost_err *err);
void ost_http_destroy(struct ost_http *http); /* NULL is fine */
OST_AUTO_DEFINE(ost_http);

/* The port that is listened on. */
uint16_t ost_http_port(const struct ost_http *http);

/*
 * Serves until ost_http_stop(), then lets requests in work end (ten seconds at
 * most), tells every WebSocket that the server goes away, and returns. The calling
 * thread is the loop.
 */
void ost_http_run(struct ost_http *http);

/* From any thread and from a signal handler. */
void ost_http_stop(struct ost_http *http);

OST_C_END

#endif
