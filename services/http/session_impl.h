/* One WebSocket, shared by session.c and outbox.c. All on the loop thread. */
#ifndef OST_HTTP_SESSION_IMPL_H
#define OST_HTTP_SESSION_IMPL_H

#include "services/http/conn_impl.h"

enum {
    OST_HTTP_REASON_MOST = 120, /* a close frame holds 123 bytes */
    OST_HTTP_TICKET_MOST = 128,
};

struct message;

struct ost_http_session {
    struct ost_http_conn *conn;
    size_t dialect; /* of its kind; agreed on with the opening */
    uint64_t id;    /* serial * OST_HTTP_SESSIONS + slot; 0 before it is open */
    char ticket[OST_HTTP_TICKET_MOST], address[OST_HTTP_ADDRESS_TEXT], request_id[OST_HTTP_ID_TEXT];
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
    bool ended;          /* the other side said it closes: the library alone answers */
    bool broken;         /* a write failed */
    bool touched;        /* in the list of those something was put for, http->touched */
    struct ost_http_session *touched_next;
    char close_reason[OST_HTTP_REASON_MOST];
};

static inline const struct ost_http_socket_kind *
ost_http_kind_of(const struct ost_http_session *session)
{
    return session->conn->http->options.socket;
}

static inline const struct ost_http_dialect *
ost_http_dialect_of(const struct ost_http_session *session)
{
    return &ost_http_kind_of(session)->dialect[session->dialect];
}

/* --- session.c --- */

struct ost_http_session *ost_http_session_of(struct ost_http *http, uint64_t socket);

/* --- inbox.c: one session more, or less, is not read from until its messages are done --- */

void ost_http_inbox_paused(struct ost_http *http, bool paused);

/* --- outbox.c: what waits to be sent --- */

/* The socket is ready, or taken to be: the next piece. Nonzero closes it. */
int ost_http_outbox_write(struct ost_http_session *session);
void ost_http_outbox_wake(const struct ost_http_session *session);
void ost_http_outbox_free(struct ost_http_session *session);

#endif
