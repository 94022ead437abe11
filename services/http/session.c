/* WebSocket sessions: what socket.h promises. All on the loop thread. */
#include "services/http/conn_impl.h"
#include "services/log/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPEN_MOST  64                  /* messages handed over and not done: reading stops ... */
#define OPEN_FEW   16                  /* ... and goes on */
#define FRAME_MOST ((size_t)64 * 1024) /* of several messages together */
#define PASSING_MOST                                                                               \
    ((size_t)128 * 1024) /* queued bytes above which passing messages are dropped */
#define REASON_MOST 120  /* a close frame holds 123 bytes */
#define TICKET_MOST 128

struct message {
    struct message *next;
    enum ost_http_keep keep;
    uint64_t key;
    char *text; /* owned; NULL where it is shared */
    struct ost_http_shared *shared;
    size_t len;
};

struct ost_http_session {
    struct ost_http_conn *conn;
    size_t dialect; /* of its kind; agreed on with the opening */
    uint64_t id;    /* serial * OST_HTTP_SESSIONS + slot; 0 before it is open */
    char ticket[TICKET_MOST], address[OST_HTTP_ADDRESS_TEXT], request_id[OST_HTTP_ID_TEXT];
    struct ost_buf in; /* the message that is coming */
    unsigned open;     /* handed over and not done */
    bool paused;
    struct message *first, *last;
    size_t queued, lasting; /* bytes: all, and those that may not be lost */
    unsigned char *frame;   /* LWS_PRE bytes in front; owned where it is not shared */
    struct ost_http_shared *shared;
    size_t frame_len, frame_sent;
    uint16_t close_code; /* 0: stays */
    bool closing;        /* the library knows, and waits for the other side's word */
    char close_reason[REASON_MOST];
};

static const struct ost_http_socket_kind *kind_of(const struct ost_http_session *session)
{
    return session->conn->http->options.socket;
}

static const struct ost_http_dialect *dialect_of(const struct ost_http_session *session)
{
    return &kind_of(session)->dialect[session->dialect];
}

/* --- out -------------------------------------------------------------------- */

static const void *text_of(const struct message *message)
{
    return message->shared != NULL ? (const void *)(message->shared->bytes + LWS_PRE)
                                   : message->text;
}

static void message_free(struct message *message)
{
    ost_http_shared_release(message->shared);
    free(message->text);
    free(message);
}

static void queue_clear(struct ost_http_session *session)
{
    for (struct message *m = session->first, *next; m != NULL; m = next) {
        next = m->next;
        message_free(m);
    }
    session->first = session->last = NULL;
    session->queued = session->lasting = 0;
}

static void queue_add(struct ost_http_session *session, struct message *message)
{
    if (session->last == NULL) {
        session->first = message;
    } else {
        session->last->next = message;
    }
    session->last = message;
    session->queued += message->len;
    if (message->keep == OST_HTTP_LASTING)
        session->lasting += message->len;
}

static struct message *queue_pop(struct ost_http_session *session)
{
    struct message *message = session->first;
    session->first = message->next;
    if (session->first == NULL)
        session->last = NULL;
    session->queued -= message->len;
    if (message->keep == OST_HTTP_LASTING)
        session->lasting -= message->len;
    return message;
}

static struct message *passing_of(const struct ost_http_session *session, uint64_t key)
{
    for (struct message *m = session->first; m != NULL; m = m->next) {
        if (m->keep == OST_HTTP_PASSING && m->key == key)
            return m;
    }
    return NULL;
}

static void replace_text(struct ost_http_session *session, struct message *message, char *text,
                         size_t len)
{
    session->queued = session->queued - message->len + len;
    ost_http_shared_release(message->shared);
    message->shared = NULL;
    free(message->text);
    message->text = text;
    message->len = len;
}

static bool append(struct ost_http_session *session, enum ost_http_keep keep, uint64_t key,
                   char *text, size_t len)
{
    struct message *message = calloc(1, sizeof *message);
    if (message == NULL) {
        free(text);
        return false;
    }
    *message = (struct message){.keep = keep, .key = key, .text = text, .len = len};
    queue_add(session, message);
    return true;
}

/* Too slow for too long: what waits is dropped, and the other side is told to start again. */
static void overflow(struct ost_http_session *session)
{
    const char *text = dialect_of(session)->overflow;
    ost_log(OST_LOG_WARN, "http.slow_socket", "socket=%" PRIu64 " dropped=%zu", session->id,
            session->queued);
    queue_clear(session);
    char *own = strdup(text);
    if (own != NULL)
        (void)append(session, OST_HTTP_LASTING, 0, own, strlen(own));
}

static struct ost_http_session *session_of(struct ost_http *http, uint64_t socket)
{
    if (http->session == NULL)
        return NULL;
    struct ost_http_session *session = http->session[socket % OST_HTTP_SESSIONS];
    return session != NULL && session->id == socket ? session : NULL;
}

static void wake(const struct ost_http_session *session)
{
    (void)lws_callback_on_writable(session->conn->wsi);
}

void ost_http_session_put(struct ost_http *http, uint64_t socket, enum ost_http_keep keep,
                          uint64_t key, char *text, size_t len)
{
    struct ost_http_session *session = session_of(http, socket);
    if (session == NULL || session->close_code != 0) {
        free(text);
        return;
    }
    struct message *old = keep == OST_HTTP_PASSING ? passing_of(session, key) : NULL;
    if (old != NULL) {
        replace_text(session, old, text, len);
        return;
    }
    if (keep == OST_HTTP_PASSING && session->queued > PASSING_MOST) {
        free(text);
        return;
    }
    if (!append(session, keep, key, text, len) || session->lasting > kind_of(session)->queue_most)
        overflow(session);
    wake(session);
}

/* The same for a text that waits at others too. */
void ost_http_session_share(struct ost_http *http, uint64_t socket, enum ost_http_keep keep,
                            uint64_t key, struct ost_http_shared *shared)
{
    struct ost_http_session *session = session_of(http, socket);
    if (session == NULL || session->close_code != 0)
        return;
    struct message *old = keep == OST_HTTP_PASSING ? passing_of(session, key) : NULL;
    if (old == NULL && keep == OST_HTTP_PASSING && session->queued > PASSING_MOST)
        return;
    shared->users++;
    if (old != NULL) {
        replace_text(session, old, NULL, shared->len);
        old->shared = shared;
        return;
    }
    struct message *message = calloc(1, sizeof *message);
    if (message == NULL) {
        ost_http_shared_release(shared);
    } else {
        *message = (struct message){.keep = keep, .key = key, .shared = shared, .len = shared->len};
        queue_add(session, message);
    }
    if (message == NULL || session->lasting > kind_of(session)->queue_most)
        overflow(session);
    wake(session);
}

static size_t frame_size(const struct ost_http_session *session, size_t *count)
{
    size_t size = 0;
    *count = 0;
    for (const struct message *m = session->first; m != NULL; m = m->next) {
        if (*count > 0 && size + m->len + 1 > FRAME_MOST)
            break;
        size += m->len + 1;
        ++*count;
    }
    return size + 2;
}

/*
 * A shared text that goes out alone is written from where it lies: the head in front of it
 * is the same for everybody. Longer ones are cut into pieces, whose heads would not be.
 */
static bool frame_share(struct ost_http_session *session)
{
    struct message *first = session->first;
    if (first->shared == NULL || first->next != NULL || first->len > FRAME_MOST)
        return false;
    session->shared = first->shared;
    first->shared = NULL;
    session->frame = session->shared->bytes;
    session->frame_len = first->len;
    session->frame_sent = 0;
    message_free(queue_pop(session));
    return true;
}

static void frame_free(struct ost_http_session *session)
{
    if (session->shared == NULL)
        free(session->frame);
    ost_http_shared_release(session->shared);
    session->shared = NULL;
    session->frame = NULL;
}

/* What stands before the messages of an array; after them only JSON has something. */
static size_t put_array(unsigned char *out, bool cbor, size_t count)
{
    if (!cbor) {
        out[0] = '[';
        return 1;
    }
    /* RFC 8949 section 3; FRAME_MOST holds no more messages than two bytes count. */
    size_t bytes = count < 24 ? 0 : count < 256 ? 1 : 2;
    out[0] = (unsigned char)(0x80 | (bytes == 0 ? count : 23 + bytes));
    for (size_t i = 0; i < bytes; i++)
        out[1 + i] = (unsigned char)(count >> 8 * (bytes - 1 - i));
    return 1 + bytes;
}

static bool frame_make(struct ost_http_session *session)
{
    if (frame_share(session))
        return true;
    size_t count, size = frame_size(session, &count);
    unsigned char *frame = malloc(LWS_PRE + size);
    if (frame == NULL)
        return false;
    bool cbor = dialect_of(session)->cbor;
    size_t at = LWS_PRE + (count > 1 ? put_array(frame + LWS_PRE, cbor, count) : 0);
    for (size_t i = 0; i < count; i++) {
        struct message *message = queue_pop(session);
        if (i > 0 && !cbor)
            frame[at++] = ',';
        memcpy(frame + at, text_of(message), message->len);
        at += message->len;
        message_free(message);
    }
    if (count > 1 && !cbor)
        frame[at++] = ']';
    session->frame = frame;
    session->frame_len = at - LWS_PRE;
    session->frame_sent = 0;
    return true;
}

/*
 * Read from again, so that the other side's last word is heard: a socket that is closed with
 * something unread takes back what it has sent.
 */
static int close_now(struct ost_http_session *session)
{
    session->closing = true;
    (void)lws_rx_flow_control(session->conn->wsi, 1);
    lws_close_reason(session->conn->wsi, (enum lws_close_status)session->close_code,
                     (unsigned char *)session->close_reason, strlen(session->close_reason));
    return -1;
}

static int write_some(struct ost_http_session *session)
{
    if (session->closing)
        return 0; /* asked a second time, the library would not wait */
    if (session->frame == NULL) {
        if (session->first == NULL)
            return session->close_code != 0 ? close_now(session) : 0;
        if (!frame_make(session))
            return -1;
    }
    size_t left = session->frame_len - session->frame_sent;
    size_t n = left < OST_HTTP_CHUNK || session->shared != NULL ? left : OST_HTTP_CHUNK;
    int flags = lws_write_ws_flags(dialect_of(session)->cbor ? LWS_WRITE_BINARY : LWS_WRITE_TEXT,
                                   session->frame_sent == 0, n == left);
    if (lws_write(session->conn->wsi, session->frame + LWS_PRE + session->frame_sent, n,
                  (enum lws_write_protocol)flags) < 0)
        return -1;
    session->frame_sent += n;
    if (n == left)
        frame_free(session);
    if (session->frame != NULL || session->first != NULL || session->close_code != 0)
        wake(session);
    return 0;
}

void ost_http_session_end(struct ost_http *http, uint64_t socket, uint16_t code, const char *reason)
{
    struct ost_http_session *session = session_of(http, socket);
    if (session == NULL || session->close_code != 0)
        return;
    session->close_code = code;
    (void)snprintf(session->close_reason, sizeof session->close_reason, "%s", reason);
    wake(session);
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
    (void)lws_rx_flow_control(session->conn->wsi, pause ? 0 : 1);
}

void ost_http_session_credit(struct ost_http *http, uint64_t socket)
{
    struct ost_http_session *session = session_of(http, socket);
    if (session == NULL || session->open == 0)
        return;
    session->open--;
    pace(session);
}

void ost_http_session_know(struct ost_http *http, uint64_t socket, int64_t person)
{
    struct ost_http_session *session = session_of(http, socket);
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
    const struct ost_http_socket_kind *kind = kind_of(session);
    if (session->close_code != 0)
        return 0;
    bool cbor = dialect_of(session)->cbor;
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
    const struct ost_http_socket_kind *kind = kind_of(session);
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
        const struct ost_http_socket_kind *kind = kind_of(session);
        http->session[session->id % OST_HTTP_SESSIONS] = NULL;
        ost_log(OST_LOG_INFO, "http.socket_closed", "socket=%" PRIu64, session->id);
        kind->closed(kind->user, session->id);
        ost_http_memory_moved(http);
    }
    queue_clear(session);
    frame_free(session);
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
    case LWS_CALLBACK_SERVER_WRITEABLE:
        return write_some(conn->session);
    case LWS_CALLBACK_CLOSED:
        ost_http_session_destroy(conn->session);
        conn->session = NULL;
        return 0;
    default:
        return 0;
    }
}
