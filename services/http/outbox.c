/* What waits to be sent to one WebSocket: queued, joined to frames, written. */
#include "services/http/session_impl.h"
#include "services/log/log.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define FRAME_MOST ((size_t)64 * 1024) /* of several messages together */
#define PASSING_MOST                                                                               \
    ((size_t)128 * 1024) /* queued bytes above which passing messages are dropped */

struct message {
    struct message *next;
    enum ost_http_keep keep;
    uint64_t key;
    char *text; /* owned; NULL where it is shared */
    struct ost_http_shared *shared;
    size_t len;
};

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
    const char *text = ost_http_dialect_of(session)->overflow;
    ost_log(OST_LOG_WARN, "http.slow_socket", "socket=%" PRIu64 " dropped=%zu", session->id,
            session->queued);
    queue_clear(session);
    char *own = strdup(text);
    if (own != NULL)
        (void)append(session, OST_HTTP_LASTING, 0, own, strlen(own));
}

void ost_http_outbox_wake(const struct ost_http_session *session)
{
    (void)lws_callback_on_writable(session->conn->wsi);
}

/* In the order in which something was put; see ost_http_outbox_flush(). */
static void touch(struct ost_http_session *session)
{
    struct ost_http *http = session->conn->http;
    if (session->touched)
        return;
    session->touched = true;
    session->touched_next = NULL;
    if (http->touched == NULL) {
        http->touched = session;
    } else {
        http->touched_last->touched_next = session;
    }
    http->touched_last = session;
}

static void untouch(struct ost_http_session *session)
{
    struct ost_http *http = session->conn->http;
    struct ost_http_session *before = NULL, **at = &http->touched;
    for (; session->touched && *at != session; at = &before->touched_next)
        before = *at;
    if (!session->touched)
        return;
    *at = session->touched_next;
    if (http->touched_last == session)
        http->touched_last = before;
    session->touched = false;
}

void ost_http_session_put(struct ost_http *http, uint64_t socket, enum ost_http_keep keep,
                          uint64_t key, char *text, size_t len)
{
    struct ost_http_session *session = ost_http_session_of(http, socket);
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
    if (!append(session, keep, key, text, len) ||
        session->lasting > ost_http_kind_of(session)->queue_most)
        overflow(session);
    touch(session);
}

/* The same for a text that waits at others too. */
void ost_http_session_share(struct ost_http *http, uint64_t socket, enum ost_http_keep keep,
                            uint64_t key, struct ost_http_shared *shared)
{
    struct ost_http_session *session = ost_http_session_of(http, socket);
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
    if (message == NULL || session->lasting > ost_http_kind_of(session)->queue_most)
        overflow(session);
    touch(session);
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
    bool cbor = ost_http_dialect_of(session)->cbor;
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

int ost_http_outbox_write(struct ost_http_session *session)
{
    if (session->broken)
        return -1; /* it is about to be closed */
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
    int flags =
        lws_write_ws_flags(ost_http_dialect_of(session)->cbor ? LWS_WRITE_BINARY : LWS_WRITE_TEXT,
                           session->frame_sent == 0, n == left);
    if (lws_write(session->conn->wsi, session->frame + LWS_PRE + session->frame_sent, n,
                  (enum lws_write_protocol)flags) < 0)
        return -1;
    session->frame_sent += n;
    if (n == left)
        frame_free(session);
    if (session->frame != NULL || session->first != NULL || session->close_code != 0)
        ost_http_outbox_wake(session);
    return 0;
}

/*
 * What was put while the inbox was drained goes out at once where the socket takes it. To ask
 * for readiness, be told of it and take the question back are three calls of the kernel, for
 * each of a crowd and each frame. Whoever still has bytes of the frame before to take, with us
 * or with the library, is waited for as ever; and after a close frame nothing may follow.
 */
static bool may_write(const struct ost_http_session *session)
{
    struct lws *wsi = session->conn->wsi;
    return session->first != NULL && !session->closing && !session->ended &&
           session->frame == NULL && lws_get_close_length(wsi) == 0 &&
           lws_partial_buffered(wsi) == 0;
}

void ost_http_outbox_flush(struct ost_http *http)
{
    for (struct ost_http_session *session; (session = http->touched) != NULL;) {
        untouch(session);
        if (!may_write(session)) {
            ost_http_outbox_wake(session);
        } else if (ost_http_outbox_write(session) != 0) {
            /* It cannot be closed from here, and the library asks no more whether it is ready. */
            session->broken = true;
            lws_set_timeout(session->conn->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
        }
    }
}

void ost_http_outbox_free(struct ost_http_session *session)
{
    untouch(session);
    queue_clear(session);
    frame_free(session);
}
