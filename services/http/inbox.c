/*
 * What other threads want of the loop, in the order they wanted it. One ring per
 * drain is enough: the loop takes all that is there.
 */
#include "services/http/session_impl.h"
#include "services/log/log.h"

#include <stdlib.h>
#include <string.h>

enum note_kind {
    OST_NOTE_REPLY,
    OST_NOTE_SEND,
    OST_NOTE_SEND_ALL,
    OST_NOTE_DONE,
    OST_NOTE_DONE_ALL,
    OST_NOTE_CLOSE,
    OST_NOTE_KNOW,
};

struct ost_http_note {
    struct ost_http_note *next;
    enum note_kind kind;
    struct ost_http_request *request;
    uint64_t socket, key;
    enum ost_http_keep keep;
    uint16_t code;
    int64_t person;
    char *text;
    size_t len;
    struct ost_http_shared *shared;
    uint64_t *many; /* sockets; owned */
    size_t count;
};

/*
 * That messages have been dealt with is of use to a session that is not read from, and else can
 * wait for what is sent next: to wake the loop for each of them costs more than the message.
 */
static void put(struct ost_http *http, struct ost_http_note *note)
{
    (void)pthread_mutex_lock(&http->inbox_lock);
    http->inbox_urgent = http->inbox_urgent || note->kind != OST_NOTE_DONE_ALL || http->paused > 0;
    if (http->inbox_last == NULL) {
        http->inbox_first = note;
    } else {
        http->inbox_last->next = note;
    }
    http->inbox_last = note;
    bool ring = http->inbox_urgent && !http->inbox_rung && !http->inbox_held;
    http->inbox_rung = http->inbox_rung || ring;
    (void)pthread_mutex_unlock(&http->inbox_lock);
    if (ring)
        lws_cancel_service(http->lws);
}

void ost_http_hold(struct ost_http *http, bool held)
{
    (void)pthread_mutex_lock(&http->inbox_lock);
    bool ring = !held && !http->inbox_rung && http->inbox_urgent;
    http->inbox_held = held;
    http->inbox_rung = http->inbox_rung || ring;
    (void)pthread_mutex_unlock(&http->inbox_lock);
    if (ring)
        lws_cancel_service(http->lws);
}

void ost_http_inbox_paused(struct ost_http *http, bool paused)
{
    (void)pthread_mutex_lock(&http->inbox_lock);
    http->paused = paused ? http->paused + 1 : http->paused - 1;
    bool ring = paused && !http->inbox_rung && http->inbox_first != NULL;
    http->inbox_urgent = http->inbox_urgent || ring;
    ring = ring && !http->inbox_held;
    http->inbox_rung = http->inbox_rung || ring;
    (void)pthread_mutex_unlock(&http->inbox_lock);
    if (ring)
        lws_cancel_service(http->lws);
}

static struct ost_http_note *note_new(enum note_kind kind)
{
    struct ost_http_note *note = calloc(1, sizeof *note);
    if (note == NULL) {
        ost_log(OST_LOG_ERROR, "http.nomem", "what=note");
    } else {
        note->kind = kind;
    }
    return note;
}

void ost_http_inbox_reply(struct ost_http *http, struct ost_http_request *request)
{
    struct ost_http_note *note = note_new(OST_NOTE_REPLY);
    if (note == NULL)
        abort(); /* a request that never answers would hold its connection for ever */
    note->request = request;
    put(http, note);
}

static char *copy(const char *text, size_t len)
{
    char *own = malloc(len + 1);
    if (own != NULL) {
        memcpy(own, text, len);
        own[len] = '\0';
    }
    return own;
}

void ost_http_socket_send(struct ost_http *http, uint64_t socket, enum ost_http_keep keep,
                          uint64_t key, const char *text, size_t len)
{
    struct ost_http_note *note = note_new(OST_NOTE_SEND);
    char *own = copy(text, len);
    if (note == NULL || own == NULL) {
        free(note);
        free(own);
        return;
    }
    note->socket = socket;
    note->keep = keep;
    note->key = key;
    note->text = own;
    note->len = len;
    put(http, note);
}

void ost_http_shared_release(struct ost_http_shared *shared)
{
    if (shared != NULL && --shared->users == 0)
        free(shared);
}

/* A note with a copy of the sockets; NULL where there is no memory, or nobody. */
static struct ost_http_note *note_to_many(enum note_kind kind, const uint64_t *socket, size_t count)
{
    struct ost_http_note *note = count == 0 ? NULL : note_new(kind);
    if (note == NULL)
        return NULL;
    note->many = calloc(count, sizeof *note->many);
    if (note->many == NULL) {
        free(note);
        return NULL;
    }
    memcpy(note->many, socket, count * sizeof *socket);
    note->count = count;
    return note;
}

void ost_http_socket_send_all(struct ost_http *http, const uint64_t *socket, size_t count,
                              enum ost_http_keep keep, uint64_t key, const char *text, size_t len)
{
    struct ost_http_note *note = note_to_many(OST_NOTE_SEND_ALL, socket, count);
    struct ost_http_shared *shared = note == NULL ? NULL : malloc(sizeof *shared + LWS_PRE + len);
    if (shared == NULL) {
        if (note != NULL)
            free(note->many);
        free(note);
        return;
    }
    shared->users = 1; /* the note */
    shared->len = len;
    memcpy(shared->bytes + LWS_PRE, text, len);
    note->shared = shared;
    note->keep = keep;
    note->key = key;
    put(http, note);
}

void ost_http_socket_done_all(struct ost_http *http, const uint64_t *socket, size_t count)
{
    struct ost_http_note *note = note_to_many(OST_NOTE_DONE_ALL, socket, count);
    if (note != NULL)
        put(http, note);
}

void ost_http_socket_done(struct ost_http *http, uint64_t socket)
{
    struct ost_http_note *note = note_new(OST_NOTE_DONE);
    if (note == NULL)
        return;
    note->socket = socket;
    put(http, note);
}

void ost_http_socket_person(struct ost_http *http, uint64_t socket, int64_t person)
{
    struct ost_http_note *note = note_new(OST_NOTE_KNOW);
    if (note == NULL)
        return;
    note->socket = socket;
    note->person = person;
    put(http, note);
}

void ost_http_socket_close(struct ost_http *http, uint64_t socket, uint16_t code,
                           const char *reason)
{
    struct ost_http_note *note = note_new(OST_NOTE_CLOSE);
    if (note == NULL)
        return;
    note->socket = socket;
    note->code = code;
    note->text = copy(reason, strlen(reason));
    put(http, note);
}

static void answer(struct ost_http *http, struct ost_http_request *request)
{
    http->working--;
    if (request->conn == NULL) {
        ost_http_request_destroy(request);
        return;
    }
    ost_http_door_know(request->conn, request->person);
    if (request->asking) {
        ost_http_body_asked(request->conn);
    } else {
        ost_http_conn_reply(request->conn);
    }
}

static void act(struct ost_http *http, struct ost_http_note *note)
{
    switch (note->kind) {
    case OST_NOTE_REPLY:
        answer(http, note->request);
        break;
    case OST_NOTE_SEND:
        ost_http_session_put(http, note->socket, note->keep, note->key, note->text, note->len);
        note->text = NULL;
        break;
    case OST_NOTE_SEND_ALL:
        for (size_t i = 0; i < note->count; i++)
            ost_http_session_share(http, note->many[i], note->keep, note->key, note->shared);
        break;
    case OST_NOTE_DONE_ALL:
        for (size_t i = 0; i < note->count; i++)
            ost_http_session_credit(http, note->many[i]);
        break;
    case OST_NOTE_DONE:
        ost_http_session_credit(http, note->socket);
        break;
    case OST_NOTE_KNOW:
        ost_http_session_know(http, note->socket, note->person);
        break;
    case OST_NOTE_CLOSE:
        ost_http_session_end(http, note->socket, note->code, note->text == NULL ? "" : note->text);
        break;
    }
    ost_http_shared_release(note->shared);
    free(note->many);
    free(note->text);
    free(note);
}

void ost_http_inbox_drain(struct ost_http *http)
{
    (void)pthread_mutex_lock(&http->inbox_lock);
    struct ost_http_note *note = http->inbox_first;
    http->inbox_first = http->inbox_last = NULL;
    http->inbox_rung = http->inbox_urgent = false;
    (void)pthread_mutex_unlock(&http->inbox_lock);
    while (note != NULL) {
        struct ost_http_note *next = note->next;
        act(http, note);
        note = next;
    }
    ost_http_outbox_flush(http);
}
