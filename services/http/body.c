/*
 * Bodies: whether one is wanted, whether whoever sends it may, and its bytes. A long one is
 * asked about by its head first: until a pool thread has let it in, its sender is not read
 * from, and no memory is promised to him.
 */
#include "services/http/conn_impl.h"

#include <stdio.h>
#include <string.h>

#define BODY_GRACE_S     20   /* after that a body must have come ... */
#define BODY_BYTES_PER_S 4096 /* ... at this pace */
#define EARLY_MOST       ((size_t)2 * OST_HTTP_CHUNK)

bool ost_http_body_fits(struct ost_http_conn *conn)
{
    struct ost_http_request *request = conn->request;
    char text[120];
    if (conn->expected <= request->route->body_limit)
        return true;
    (void)snprintf(text, sizeof text, "The body is too large; at most %zu bytes are taken here.",
                   request->route->body_limit);
    ost_http_reply_refuse(request, 413, "limit", "body_too_large", text);
    return false;
}

/* curl waits a second for this word before it sends a large body. */
static int invite(struct ost_http_conn *conn)
{
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    if (!conn->invite)
        return 0;
    conn->invite = false;
    unsigned char *out = conn->http->scratch + LWS_PRE;
    memcpy(out, go_on, sizeof go_on - 1);
    return lws_write(conn->wsi, out, sizeof go_on - 1, LWS_WRITE_HTTP) < 0 ? -1 : 0;
}

static int receive(struct ost_http_conn *conn)
{
    struct ost_err err;
    if (ost_http_request_expect(conn->request, conn->peer, (size_t)conn->expected, &err)) {
        conn->state = OST_HTTP_BODY;
        return invite(conn);
    }
    ost_http_reply_refuse(conn->request, 503, "unavailable", "busy",
                          "The server has too many uploads in hand; try again in a moment.");
    ost_http_reply_header(conn->request, "Retry-After", "5");
    ost_http_conn_reply(conn);
    return 0;
}

int ost_http_body_begin(struct ost_http_conn *conn)
{
    conn->invite = lws_hdr_total_length(conn->wsi, WSI_TOKEN_HTTP_EXPECT) > 0;
    if (conn->request->route->admit == NULL || conn->expected <= OST_HTTP_UNASKED)
        return receive(conn);
    ost_buf_fini(&conn->early);
    ost_buf_init(&conn->early, EARLY_MOST);
    conn->state = OST_HTTP_ASK;
    conn->request->asking = true;
    ost_http_conn_hand_over(conn);
    return 0;
}

void ost_http_body_asked(struct ost_http_conn *conn)
{
    struct ost_http_request *request = conn->request;
    request->asking = false;
    conn->round = 0; /* what was put aside since is the body */
    conn->since_us = ost_http_now_us();
    if (request->reply.status != 0) {
        request->reply.close = true; /* the body it still sends is nothing to us */
        ost_http_conn_reply(conn);
        return;
    }
    (void)lws_rx_flow_control(conn->wsi, 1);
    bool ok = receive(conn) == 0;
    if (ok && conn->state == OST_HTTP_BODY && conn->early.len > 0)
        ok = ost_http_body_take(conn, conn->early.ptr, conn->early.len) == 0;
    ost_buf_fini(&conn->early);
    if (!ok)
        lws_set_timeout(conn->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
}

/*
 * Of a request that came behind another the library gives the head once more, as the body,
 * out of what it had put aside; what follows would be a request of its own.
 */
static bool is_head_again(const struct ost_http_conn *conn, const void *bytes)
{
    return (conn->state == OST_HTTP_ASK || conn->state == OST_HTTP_BODY) &&
           conn->round == conn->http->round && !ost_http_memory_is_read(conn->wsi, bytes);
}

int ost_http_body_take(struct ost_http_conn *conn, const void *bytes, size_t len)
{
    struct ost_http_request *request = conn->request;
    if (is_head_again(conn, bytes))
        return -1;
    if (conn->state == OST_HTTP_ASK) { /* what came in the same breath as the head */
        ost_buf_put(&conn->early, bytes, len);
        return conn->early.failed ? -1 : 0;
    }
    if (conn->state != OST_HTTP_BODY)
        return 0; /* the rest of what was refused */
    lws_set_timeout(conn->wsi, NO_PENDING_TIMEOUT, 0);
    if (len > request->body_len - request->body_got)
        return -1;
    memcpy(request->body + request->body_got, bytes, len);
    request->body_got += len;
    if (request->body_got == request->body_len)
        ost_http_conn_dispatch(conn);
    return 0;
}

bool ost_http_body_too_slow(const struct ost_http_conn *conn, uint64_t seconds)
{
    return seconds > BODY_GRACE_S &&
           conn->request->body_got / (seconds - BODY_GRACE_S) < BODY_BYTES_PER_S;
}
