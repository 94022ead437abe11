/*
 * HTTP on one connection. While a pool thread works the connection is not read, so
 * that a second request waits in the client's buffers; while the answer is written
 * it is read again, because libwebsockets looks at writability only then.
 */
#include "services/http/conn_impl.h"
#include "services/log/log.h"

#include <inttypes.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#define ROUNDS_MOST        64
#define ANSWER_BYTES_PER_S 4096                /* an answer is taken at this pace, or given up */
#define SHORT_ANSWER       ((size_t)64 * 1024) /* nobody counts these */
#define OF_ONE             4 /* one person has a quarter of the room for answers, or one answer */

/* --- the answer --------------------------------------------------------- */

static bool same_reader(const struct ost_http_conn *a, const struct ost_http_conn *b)
{
    if (a->request->person != 0 || b->request->person != 0)
        return a->request->person == b->request->person;
    return a->peer == b->peer;
}

/* What lies in memory until its reader has taken it: one reader leaves room for others. */
static bool has_room(const struct ost_http_conn *conn)
{
    size_t most = conn->http->options.answer_total, len = conn->request->reply.body.len;
    size_t all = len, own = 0;
    if (len <= SHORT_ANSWER)
        return true;
    for (const struct ost_http_conn *c = conn->http->conn; c != NULL; c = c->next) {
        if (c->state != OST_HTTP_WRITE || c->request->reply.body.len <= SHORT_ANSWER)
            continue;
        all += c->request->reply.body.len;
        own += same_reader(c, conn) ? c->request->reply.body.len : 0;
    }
    return all <= most && (own == 0 || own + len <= most / OF_ONE);
}

static void put_off(struct ost_http_request *request)
{
    ost_http_reply_error(request, 503, "unavailable", "busy",
                         "Other answers are still on their way to you; take them first.");
    ost_http_reply_header(request, "Retry-After", "5");
}

void ost_http_conn_reply(struct ost_http_conn *conn)
{
    struct ost_http_reply *reply = &conn->request->reply;
    if (conn->state == OST_HTTP_WORK || conn->state == OST_HTTP_ASK)
        (void)lws_rx_flow_control(conn->wsi, 1);
    if (!has_room(conn))
        put_off(conn->request);
    reply->no_body = conn->request->head || reply->status == 204 || reply->status == 304;
    reply->close = reply->close || conn->unread || conn->http->stopping;
    conn->state = OST_HTTP_WRITE;
    conn->head_sent = false;
    conn->sent = conn->moved = 0;
    conn->since_us = ost_http_now_us();
    (void)lws_callback_on_writable(conn->wsi);
}

static void log_request(const struct ost_http_request *request)
{
    static const char *const word[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};
    if (request->route == NULL && request->reply.status < 400)
        return; /* the page's own files say nothing */
    uint64_t ms = (ost_http_now_us() - request->began_us) / 1000;
    ost_log(request->reply.status >= 500 ? OST_LOG_WARN : OST_LOG_INFO, "http.request",
            "request=%s method=%s route=%s status=%u in=%zu out=%zu ms=%" PRIu64, request->id,
            word[request->method], request->route == NULL ? "-" : request->route->path,
            request->reply.status, request->body_got, request->reply.len, ms);
}

/* All is written: on to the next request, or to the end. */
static int finish(struct ost_http_conn *conn)
{
    bool closing = conn->request->reply.close, unread = conn->unread;
    log_request(conn->request);
    ost_http_request_destroy(conn->request);
    conn->request = NULL;
    conn->since_us = ost_http_now_us();
    if (closing && !unread)
        return -1;
    conn->state = closing ? OST_HTTP_LINGER : OST_HTTP_IDLE;
    conn->raw_mark = ost_http_conn_received(conn);
    return lws_http_transaction_completed(conn->wsi) ? -1 : 0;
}

static int write_some(struct ost_http_conn *conn)
{
    struct ost_http_reply *reply = &conn->request->reply;
    unsigned char *out = conn->http->scratch + LWS_PRE;
    size_t n = 0;
    if (!conn->head_sent) {
        n = ost_http_reply_head(conn->request, (char *)out, OST_HTTP_CHUNK / 2);
        if (n == 0)
            return -1;
        conn->head_sent = true;
    }
    size_t body = reply->no_body ? 0 : reply->len - conn->sent;
    if (body > OST_HTTP_CHUNK - n)
        body = OST_HTTP_CHUNK - n;
    if (body > 0)
        memcpy(out + n, reply->bytes + conn->sent, body);
    conn->sent += body;
    bool last = reply->no_body || conn->sent == reply->len;
    if (lws_write(conn->wsi, out, n + body, last ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP) < 0)
        return -1;
    if (last)
        return finish(conn);
    (void)lws_callback_on_writable(conn->wsi);
    return 0;
}

/* --- the request -------------------------------------------------------- */

bool ost_http_is_own_origin(const struct ost_http_options *options, const char *origin)
{
    for (size_t i = 0; origin != NULL && i < options->origin_count; i++) {
        if (strcmp(options->origin[i], origin) == 0)
            return true;
    }
    return false;
}

static bool let_in(struct ost_http_conn *conn, struct ost_http_request *request)
{
    unsigned wait_s = ost_http_limit_ask(conn->http->limit, conn->peer);
    if (wait_s > 0) {
        char seconds[12];
        (void)snprintf(seconds, sizeof seconds, "%u", wait_s);
        ost_http_reply_refuse(request, 429, "limit", "too_many_requests",
                              "Too many requests from this address; wait a moment.");
        ost_http_reply_header(request, "Retry-After", seconds);
        return false;
    }
    if (request->method != OST_HTTP_GET &&
        !ost_http_is_own_origin(&conn->http->options, request->header[OST_HTTP_ORIGIN])) {
        ost_http_reply_refuse(request, 403, "denied", "origin",
                              "The request does not come from this server's own page.");
        return false;
    }
    return true;
}

/* True where the request goes to a handler; else it has its answer. */
static bool find_route(struct ost_http_conn *conn, struct ost_http_request *request)
{
    bool other;
    request->route = ost_http_route_find(&conn->http->options, request, &other);
    if (request->route != NULL)
        return true;
    if (other) {
        ost_http_reply_error(request, 405, "unsupported", "method",
                             "This address is not used with this method.");
    } else if (request->method == OST_HTTP_GET && conn->http->files != NULL &&
               strncmp(request->path, "/api/", 5) != 0) {
        ost_http_files_serve(conn->http->files, request);
    } else {
        ost_http_reply_error(request, 404, "not_found", NULL, "There is nothing at this address.");
    }
    return false;
}

void ost_http_conn_dispatch(struct ost_http_conn *conn)
{
    conn->state = OST_HTTP_WORK;
    conn->unread = conn->expected == 0 && conn->unread;
    ost_http_conn_hand_over(conn);
}

void ost_http_conn_hand_over(struct ost_http_conn *conn)
{
    struct ost_http *http = conn->http;
    lws_set_timeout(conn->wsi, NO_PENDING_TIMEOUT, 0);
    (void)lws_rx_flow_control(conn->wsi, 0);
    http->working++;
    if (ost_http_pool_put(http->pool, conn->request))
        return;
    http->working--;
    conn->request->asking = false;
    ost_http_reply_error(conn->request, 503, "unavailable", "busy",
                         "The server is busy; try again in a moment.");
    ost_http_reply_header(conn->request, "Retry-After", "5");
    ost_http_conn_reply(conn);
}

static int begin_request(struct ost_http_conn *conn)
{
    struct ost_err err;
    if (conn->state != OST_HTTP_IDLE)
        return -1; /* a request before the last was answered: not with us */
    if (!ost_http_request_create(&conn->request, conn->http, &err))
        return -1;
    struct ost_http_request *request = conn->request;
    request->conn = conn;
    conn->since_us = ost_http_now_us();
    conn->round = conn->http->round;
    conn->body_ends = 0;
    lws_set_timeout(conn->wsi, NO_PENDING_TIMEOUT, 0);
    if (!ost_http_head_read(conn, request) || !let_in(conn, request) ||
        !find_route(conn, request) || !ost_http_body_fits(conn)) {
        ost_http_conn_reply(conn);
        return 0;
    }
    if (conn->expected == 0) {
        ost_http_conn_dispatch(conn);
        return 0;
    }
    return ost_http_body_begin(conn);
}

/*
 * Said again and again of one body, it is libwebsockets going round in a circle: more
 * came behind a body than it can put away. Nobody of good will sends that; a few rounds
 * leave time for the answer, then the connection ends.
 */
static int body_ended(struct ost_http_conn *conn)
{
    if (++conn->body_ends > ROUNDS_MOST)
        return -1;
    if (conn->state == OST_HTTP_WRITE)
        conn->unread = false;
    return 0;
}

/* --- time, birth and death ------------------------------------------------ */

/* Bytes of the answer that are at the other side, not in this machine's buffers. */
static size_t taken(const struct ost_http_conn *conn)
{
    int waiting = 0;
    if (ioctl(lws_get_socket_fd(conn->wsi), SIOCOUTQ, &waiting) != 0 || waiting < 0)
        return conn->sent;
    return conn->sent > (size_t)waiting ? conn->sent - (size_t)waiting : 0;
}

/* Looked at again and again: a quick beginning earns no slow end. */
static bool reader_too_slow(struct ost_http_conn *conn, uint64_t seconds)
{
    if (seconds < conn->http->options.answer_look_s)
        return false;
    size_t now = taken(conn);
    bool slow = now < conn->moved + (size_t)seconds * ANSWER_BYTES_PER_S;
    if (slow) {
        ost_log(OST_LOG_INFO, "http.slow_reader", "request=%s taken=%zu of=%zu", conn->request->id,
                now, conn->request->reply.len);
    }
    conn->moved = now;
    conn->since_us = ost_http_now_us();
    return slow;
}

static int tick(struct ost_http_conn *conn)
{
    uint64_t seconds = (ost_http_now_us() - conn->since_us) / 1000000u;
    lws_set_timer_usecs(conn->wsi, OST_HTTP_TICK_S * LWS_US_PER_SEC);
    switch (conn->state) {
    case OST_HTTP_BODY:
        if (!ost_http_body_too_slow(conn, seconds))
            return 0;
        ost_http_reply_refuse(conn->request, 408, "limit", "too_slow",
                              "The upload came too slowly and was given up; send smaller pieces.");
        ost_http_conn_reply(conn);
        return 0;
    case OST_HTTP_WRITE:
        return reader_too_slow(conn, seconds) ? -1 : 0;
    case OST_HTTP_LINGER:
        return seconds >= OST_HTTP_TICK_S - 1 ? -1 : 0;
    case OST_HTTP_IDLE:
        return conn->http->stopping ? -1 : 0;
    default:
        return 0;
    }
}

static int be_born(struct ost_http *http, struct lws *wsi)
{
    struct ost_http_conn *conn = calloc(1, sizeof *conn);
    if (conn == NULL)
        return -1;
    *conn = (struct ost_http_conn){.http = http,
                                   .wsi = wsi,
                                   .peer = http->entering,
                                   .next = http->conn,
                                   .since_us = ost_http_now_us()};
    http->entering = NULL;
    if (conn->next != NULL)
        conn->next->prev = conn;
    http->conn = conn;
    lws_set_opaque_user_data(wsi, conn);
    lws_set_timer_usecs(wsi, OST_HTTP_TICK_S * LWS_US_PER_SEC);
    return 0;
}

static void die(struct ost_http_conn *conn)
{
    struct ost_http *http = conn->http;
    if (conn->state == OST_HTTP_WORK || conn->state == OST_HTTP_ASK) {
        conn->request->conn = NULL; /* comes back by the inbox and is dropped there */
    } else {
        ost_http_request_destroy(conn->request);
    }
    ost_http_session_destroy(conn->session);
    ost_http_door_leave(conn);
    ost_buf_fini(&conn->early);
    if (conn->prev != NULL) {
        conn->prev->next = conn->next;
    } else {
        http->conn = conn->next;
    }
    if (conn->next != NULL)
        conn->next->prev = conn->prev;
    lws_set_opaque_user_data(conn->wsi, NULL);
    free(conn);
}

static int on_conn(struct ost_http_conn *conn, enum lws_callback_reasons reason, void *in,
                   size_t len)
{
    switch (reason) {
    case LWS_CALLBACK_HTTP:
        return begin_request(conn);
    case LWS_CALLBACK_HTTP_BODY:
        return ost_http_body_take(conn, in, len);
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
        return body_ended(conn);
    case LWS_CALLBACK_HTTP_WRITEABLE:
        return conn->state == OST_HTTP_WRITE ? write_some(conn) : 0;
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
        return ost_http_session_upgrade(conn, in);
    case LWS_CALLBACK_TIMER:
        return tick(conn);
    case LWS_CALLBACK_WSI_DESTROY:
        die(conn);
        return 0;
    default:
        return 0;
    }
}

int ost_http_conn_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                           size_t len)
{
    struct ost_http *http = lws_context_user(lws_get_context(wsi));
    (void)user;
    switch (reason) {
    case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
        ost_http_inbox_drain(http);
        return 0;
    case LWS_CALLBACK_FILTER_NETWORK_CONNECTION:
        return ost_http_door_enter(http, (int)(intptr_t)in);
    case LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED:
        return be_born(http, wsi);
    default:
        break;
    }
    struct ost_http_conn *conn = lws_get_opaque_user_data(wsi);
    return conn == NULL ? 0 : on_conn(conn, reason, in, len);
}
