/*
 * Who is let in, and for whom a connection counts. One that nobody has signed in on counts
 * for its address, which has few: where it has no more, its oldest that is idle or does not
 * get on makes room, so that many people behind one address get in one after another and
 * one who only holds connections keeps nobody out. Once somebody is known on it, it counts
 * for that person, wherever he comes from.
 */
#include "recon/base/array.h"
#include "services/http/conn_impl.h"
#include "services/log/log.h"

#define IDLE_S  2  /* a connection so old that asks nothing may make room ... */
#define STUCK_S 10 /* ... and one that is at a body or an answer for so long */

static bool may_go(const struct ost_http_conn *conn, const struct ost_http_peer *of, uint64_t now)
{
    uint64_t age = now - conn->since_us;
    if (conn->person != 0 || conn->left || (of != NULL && conn->peer != of))
        return false;
    switch (conn->state) {
    case OST_HTTP_IDLE:
        return age >= (uint64_t)IDLE_S * 1000000u;
    case OST_HTTP_BODY:
    case OST_HTTP_WRITE:
    case OST_HTTP_LINGER:
        return age >= (uint64_t)STUCK_S * 1000000u;
    default:
        return false;
    }
}

/* The oldest connection of this address (NULL: of any) that nobody is known on goes. */
static bool make_room(struct ost_http *http, const struct ost_http_peer *of)
{
    struct ost_http_conn *oldest = NULL;
    uint64_t now = ost_http_now_us();
    for (struct ost_http_conn *c = http->conn; c != NULL; c = c->next) {
        if (may_go(c, of, now) && (oldest == NULL || c->since_us < oldest->since_us))
            oldest = c;
    }
    if (oldest == NULL)
        return false;
    ost_http_door_leave(oldest);
    lws_set_timeout(oldest->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
    return true;
}

int ost_http_door_enter(struct ost_http *http, int fd)
{
    struct ost_http_peer *full = NULL;
    ost_http_limit_leave(http->limit, http->entering, false); /* one that was never born */
    http->entering = NULL;
    if (http->stopping)
        return -1;
    http->entering = ost_http_limit_enter(http->limit, fd, &full);
    if (http->entering == NULL && make_room(http, full))
        http->entering = ost_http_limit_enter(http->limit, fd, &full);
    return http->entering == NULL ? -1 : 0;
}

static struct ost_http_conn **bucket_of(const struct ost_http_conn *conn, int64_t person)
{
    struct ost_http *http = conn->http;
    return &http->known[(uint64_t)person % OST_COUNT(http->known)];
}

/* Out of the bucket of whom it is known for. */
static void forget(struct ost_http_conn *conn)
{
    struct ost_http_conn **at = bucket_of(conn, conn->person);
    while (*at != NULL && *at != conn)
        at = &(*at)->beside;
    if (*at == conn)
        *at = conn->beside;
}

void ost_http_door_leave(struct ost_http_conn *conn)
{
    if (!conn->left)
        ost_http_limit_leave(conn->http->limit, conn->peer, conn->person != 0);
    conn->left = true;
    forget(conn);
}

void ost_http_door_know(struct ost_http_conn *conn, int64_t person)
{
    size_t own = 0;
    if (person == 0 || conn->person == person || conn->left)
        return;
    struct ost_http_conn **first = bucket_of(conn, person);
    for (const struct ost_http_conn *c = *first; c != NULL; c = c->beside)
        own += c->person == person ? 1 : 0;
    if (own >= conn->http->options.per_person_most)
        return; /* as if nobody were known: it counts for its address */
    if (conn->person == 0)
        ost_http_limit_know(conn->http->limit, conn->peer);
    forget(conn);
    conn->person = person;
    conn->beside = *first;
    *first = conn;
}
