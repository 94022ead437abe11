/* WebSocket sessions: what socket.h promises. All on the loop thread. */
#include "services/http/session_impl.h"
#include "services/log/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPEN_MOST 64 /* messages handed over and not done: reading stops ... */
#define OPEN_FEW  16 /* ... and goes on */

struct ost_http_session *ost_http_session_of(struct ost_http *http, uint64_t socket)
{
    if (http->session == NULL)
        return NULL;
    struct ost_http_session *session = http->session[socket % OST_HTTP_SESSIONS];
    return session != NULL && session->id == socket ? session : NULL;
}

void ost_http_session_end(struct ost_http *http, uint64_t socket, uint16_t code, const char *reason)
{
    struct ost_http_session *session = ost_http_session_of(http, socket);
    if (session == NULL || session->close_code != 0)
        return;
    session->close_code = code;
    (void)snprintf(session->close_reason, sizeof session->close_reason, "%s", reason);
    ost_http_outbox_wake(session);
}

void ost_http_session_stop_all(struct ost_http *http)
{
    for (size_t i = 0; http->session != NULL && i < OST_HTTP_SESSIONS; i++) {
        if (http->session[i] != NULL) {
            ost_http_session_end(http, http->session[i]->id, LWS_CLOSE_STATUS_GOINGAWAY,
                                 "the server restarts; connect again");
        }
    }
}

/* --- in --------------------------------------------------------------------- */

static void pace(struct ost_http_session *session)
{
    bool pause = session->paused ? session->open > OPEN_FEW : session->open >= OPEN_MOST;
    if (pause == session->paused)
        return;
    session->paused = pause;
    ost_http_inbox_paused(session->conn->http, pause);
    (void)lws_rx_flow_control(session->conn->wsi, pause ? 0 : 1);
}

void ost_http_session_credit(struct ost_http *http, uint64_t socket)
{
    struct ost_http_session *session = ost_http_session_of(http, socket);
    if (session == NULL || session->open == 0)
        return;
    session->open--;
    pace(session);
}

void ost_http_session_know(struct ost_http *http, uint64_t socket, int64_t person)
{
    struct ost_http_session *session = ost_http_session_of(http, socket);
    if (session != NULL)
        ost_http_door_know(session->conn, person);
}

static int refuse_message(struct ost_http_session *session, uint16_t code, const char *reason)
{
    ost_buf_fini(&session->in);
    ost_http_session_end(session->conn->http, session->id, code, reason);
    return 0;
}

static int take_bytes(struct ost_http_session *session, const void *bytes, size_t len)
{
    struct lws *wsi = session->conn->wsi;
    const struct ost_http_socket_kind *kind = ost_http_kind_of(session);
    if (session->broken)
        return -1; /* who hears nothing any more is not to edit either */
    if (session->close_code != 0)
        return 0;
    bool cbor = ost_http_dialect_of(session)->cbor;
    if ((lws_frame_is_binary(wsi) != 0) != cbor) {
        return refuse_message(session, LWS_CLOSE_STATUS_UNACCEPTABLE_OPCODE,
                              cbor ? "messages are binary CBOR" : "messages are JSON text");
    }
    ost_buf_put(&session->in, bytes, len);
    if (session->in.failed) {
        return refuse_message(session, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE,
                              "the message is too long");
    }
    if (!lws_is_final_fragment(wsi) || lws_remaining_packet_payload(wsi) > 0)
        return 0;
    session->open++;
    kind->message(kind->user, session->id, (const char *)session->in.ptr, session->in.len);
    ost_buf_fini(&session->in);
    ost_buf_init(&session->in, kind->message_most);
    pace(session);
    return 0;
}

/* --- birth and death ---------------------------------------------------------- */

static bool has_slot(struct ost_http *http, uint64_t *id)
{
    for (unsigned i = 0; i < OST_HTTP_SESSIONS; i++) {
        uint64_t candidate = ++http->session_serial;
        if (candidate >= OST_HTTP_SESSIONS &&
            http->session[candidate % OST_HTTP_SESSIONS] == NULL) {
            *id = candidate;
            return true;
        }
    }
    return false;
}

static int established(struct ost_http_session *session)
{
    struct ost_http *http = session->conn->http;
    const struct ost_http_socket_kind *kind = ost_http_kind_of(session);
    if (!has_slot(http, &session->id))
        return -1;
    http->session[session->id % OST_HTTP_SESSIONS] = session;
    session->conn->state = OST_HTTP_SESSION;
    ost_http_memory_moved(http);
    session->open = OPEN_MOST; /* nothing is read before the opening is done */
    pace(session);
    const struct lws_protocols *agreed = lws_get_protocol(session->conn->wsi);
    session->dialect = agreed->id < OST_HTTP_DIALECTS ? agreed->id : 0;
    struct ost_http_opening opening = {
        .dialect = session->dialect,
        .ticket = session->ticket[0] == '\0' ? NULL : session->ticket,
        .request_id = session->request_id,
        .address = session->address,
    };
    ost_log(OST_LOG_INFO, "http.socket_open", "socket=%" PRIu64 " request=%s", session->id,
            session->request_id);
    kind->opened(kind->user, session->id, &opening);
    session->open = 1;
    return 0;
}

void ost_http_session_destroy(struct ost_http_session *session)
{
    if (session == NULL)
        return;
    struct ost_http *http = session->conn->http;
    if (session->id != 0) {
        const struct ost_http_socket_kind *kind = ost_http_kind_of(session);
        http->session[session->id % OST_HTTP_SESSIONS] = NULL;
        if (session->paused)
            ost_http_inbox_paused(http, false);
        ost_log(OST_LOG_INFO, "http.socket_closed", "socket=%" PRIu64, session->id);
        kind->closed(kind->user, session->id);
        ost_http_memory_moved(http);
    }
    ost_http_outbox_free(session);
    ost_buf_fini(&session->in);
    free(session);
}

/* One of those it offers. */
static bool speaks(struct lws *wsi, const char *protocol)
{
    char text[128];
    size_t len = strlen(protocol);
    if (lws_hdr_copy(wsi, text, (int)sizeof text, WSI_TOKEN_PROTOCOL) <= 0)
        return false;
    for (const char *at = text; *at != '\0';) {
        at += strspn(at, ", ");
        size_t word = strcspn(at, ", ");
        if (word == len && strncmp(at, protocol, len) == 0)
            return true;
        at += word;
    }
    return false;
}

static bool speaks_any(struct lws *wsi, const struct ost_http_socket_kind *kind)
{
    bool found = false;
    for (size_t i = 0; !found && i < OST_HTTP_DIALECTS && kind->dialect[i].protocol != NULL; i++)
        found = speaks(wsi, kind->dialect[i].protocol);
    return found;
}

/* RFC 6455 section 4.2.1: the version is 13, over HTTP/1.1. */
static bool has_version(struct lws *wsi)
{
    char text[16];
    return lws_hdr_copy(wsi, text, (int)sizeof text, WSI_TOKEN_VERSION) > 0 &&
           strcmp(text, "13") == 0 &&
           lws_hdr_copy(wsi, text, (int)sizeof text, WSI_TOKEN_HTTP) > 0 &&
           strcmp(text, "HTTP/1.1") == 0;
}

static bool is_upgrade_right(struct ost_http_conn *conn, struct ost_http_request *request,
                             const char *what)
{
    const struct ost_http_options *options = &conn->http->options;
    if (strcmp(what, "websocket") != 0 || options->socket == NULL || request->head ||
        request->method != OST_HTTP_GET || strcmp(request->path, options->socket->path) != 0) {
        ost_http_reply_error(request, 404, "not_found", NULL, "There is no WebSocket here.");
    } else if (!ost_http_is_own_origin(options, request->header[OST_HTTP_ORIGIN])) {
        ost_http_reply_error(request, 403, "denied", "origin",
                             "The request does not come from this server's own page.");
    } else if (!has_version(conn->wsi)) {
        ost_http_reply_error(request, 400, "unsupported", "websocket_version",
                             "Speak version 13 of WebSocket, over HTTP/1.1.");
    } else if (!speaks_any(conn->wsi, options->socket)) {
        ost_http_reply_error(request, 400, "unsupported", "subprotocol",
                             "Ask for the subprotocol of this WebSocket.");
    } else if (ost_http_limit_ask(conn->http->limit, conn->peer) > 0) {
        ost_http_reply_error(request, 429, "limit", "too_many_requests",
                             "Too many requests from this address; wait a moment.");
    } else if (conn->http->stopping) {
        ost_http_reply_error(request, 503, "unavailable", NULL, "The server restarts.");
    }
    return request->reply.status == 0;
}

static bool session_prepare(struct ost_http_conn *conn, const struct ost_http_request *request)
{
    struct ost_http_session *session = calloc(1, sizeof *session);
    if (session == NULL)
        return false;
    const char *ticket = ost_http_request_query(request, "ticket");
    session->conn = conn;
    ost_buf_init(&session->in, conn->http->options.socket->message_most);
    (void)snprintf(session->ticket, sizeof session->ticket, "%s", ticket == NULL ? "" : ticket);
    (void)snprintf(session->address, sizeof session->address, "%s", request->address);
    (void)snprintf(session->request_id, sizeof session->request_id, "%s", request->id);
    conn->session = session;
    return true;
}

/* The one answer that is written at once: the upgrade cannot wait for a pool thread. */
static int answer_now(struct ost_http_conn *conn, struct ost_http_request *request)
{
    unsigned char *out = conn->http->scratch + LWS_PRE;
    request->reply.close = true;
    size_t n = ost_http_reply_head(request, (char *)out, OST_HTTP_CHUNK / 2);
    memcpy(out + n, request->reply.bytes, request->reply.len);
    n += request->reply.len;
    ost_log(OST_LOG_INFO, "http.socket_refused", "request=%s status=%u", request->id,
            request->reply.status);
    (void)lws_write(conn->wsi, out, n, LWS_WRITE_HTTP_FINAL);
    return -1;
}

int ost_http_session_upgrade(struct ost_http_conn *conn, const char *what)
{
    struct ost_err err;
    OST_AUTO(ost_http_request) request = NULL;
    /* What it does not know it answers itself, then asks all the same with the headers gone. */
    if (lws_hdr_total_length(conn->wsi, WSI_TOKEN_UPGRADE) <= 0)
        return -1;
    if (conn->state != OST_HTTP_IDLE || conn->session != NULL || what == NULL ||
        !ost_http_request_create(&request, conn->http, &err))
        return -1;
    if (!ost_http_head_read(conn, request) || !is_upgrade_right(conn, request, what))
        return answer_now(conn, request);
    return session_prepare(conn, request) ? 0 : -1;
}

int ost_http_session_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user,
                              void *in, size_t len)
{
    struct ost_http_conn *conn = lws_get_opaque_user_data(wsi);
    (void)user;
    if (conn == NULL || conn->session == NULL)
        return 0;
    switch (reason) {
    case LWS_CALLBACK_ESTABLISHED:
        return established(conn->session);
    case LWS_CALLBACK_RECEIVE:
        return take_bytes(conn->session, in, len);
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
        conn->session->ended = true;
        return 0;
    case LWS_CALLBACK_SERVER_WRITEABLE:
        return ost_http_outbox_write(conn->session);
    case LWS_CALLBACK_CLOSED:
        ost_http_session_destroy(conn->session);
        conn->session = NULL;
        return 0;
    default:
        return 0;
    }
}
