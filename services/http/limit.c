/*
 * One row per address: its connections, the bodies it announced and a token bucket of
 * requests. IPv6 counts by its network, as at log-in. A full table lets newcomers share one
 * row rather than forget somebody who is being held back.
 *
 * A body is announced before anybody knows who sends it, so one address never promises
 * more than a part of what all may; and short bodies, among them every log-in, have a
 * room of their own that no upload fills.
 */
#include "recon/base/siphash.h"
#include "services/config/network.h"
#include "services/http/http_impl.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#define ROWS        4096
#define PROBES      16
#define SHORT_BODY  ((size_t)64 * 1024)
#define SHORT_ROOM  16 /* short bodies have a sixteenth of what the long ones have */
#define OF_ONE_PEER 4  /* of each, one address has a quarter */

enum body { LONG, SHORT, BODIES };

struct ost_http_peer {
    unsigned char key[16];
    unsigned unknown, known; /* connections, by whether somebody has signed in on them */
    size_t held[BODIES];     /* bytes of announced bodies */
    double tokens;
    uint64_t at_us; /* when `tokens` was right; 0: a free row */
};

struct ost_http_limit {
    unsigned all_most, unknown_most, address_most; /* connections */
    unsigned all, unknown;
    size_t most[BODIES], held[BODIES];
    double per_s, burst;
    unsigned char seed[OST_SIPHASH_KEY_BYTES]; /* nobody chooses who shares a row with whom */
    struct ost_http_peer crowd;                /* who found no row */
    struct ost_http_peer row[ROWS];
};

bool ost_http_limit_create(struct ost_http_limit **out, const struct ost_http_options *options,
                           struct ost_err *err)
{
    struct ost_http_limit *limit = calloc(1, sizeof *limit);
    *out = limit;
    if (limit == NULL)
        return ost_fail(err, OST_NOMEM, "http: limits");
    limit->all_most = options->connections_most;
    limit->unknown_most = options->unknown_most;
    limit->address_most = options->per_address_most;
    limit->most[LONG] = options->body_total;
    limit->most[SHORT] = options->body_total / SHORT_ROOM;
    limit->per_s = options->requests_per_s;
    limit->burst = options->requests_burst;
    limit->crowd.tokens = limit->burst;
    if (getrandom(limit->seed, sizeof limit->seed, 0) != (ssize_t)sizeof limit->seed)
        return ost_fail(err, OST_UNAVAILABLE, "http: no random numbers");
    return true;
}

void ost_http_limit_destroy(struct ost_http_limit *limit)
{
    free(limit);
}

static bool peer_key(int fd, unsigned char key[16])
{
    struct sockaddr_storage peer = {0};
    socklen_t len = sizeof peer;
    memset(key, 0, 16);
    if (getpeername(fd, (struct sockaddr *)&peer, &len) != 0)
        return false;
    if (peer.ss_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, &peer, sizeof v4);
        memcpy(key + 12, &v4.sin_addr, 4);
        key[10] = key[11] = 0xff;
        return true;
    }
    struct sockaddr_in6 v6;
    memcpy(&v6, &peer, sizeof v6);
    bool mapped = IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr);
    memcpy(key, &v6.sin6_addr, mapped ? 16 : OST_NETWORK_BYTES);
    return peer.ss_family == AF_INET6;
}

static void refill(const struct ost_http_limit *limit, struct ost_http_peer *peer, uint64_t now)
{
    peer->tokens += (double)(now - peer->at_us) * 1e-6 * limit->per_s;
    if (peer->tokens > limit->burst)
        peer->tokens = limit->burst;
    peer->at_us = now;
}

/* A row nobody is connected to and whose bucket is full says nothing: it may go. */
static bool is_idle(const struct ost_http_limit *limit, const struct ost_http_peer *row,
                    uint64_t now)
{
    if (row->at_us == 0)
        return true;
    double full = row->tokens + (double)(now - row->at_us) * 1e-6 * limit->per_s;
    return row->unknown == 0 && row->known == 0 && row->held[LONG] == 0 && row->held[SHORT] == 0 &&
           full >= limit->burst;
}

static struct ost_http_peer *find(struct ost_http_limit *limit, const unsigned char key[16])
{
    uint64_t now = ost_http_now_us(), hash = ost_siphash(limit->seed, key, 16).low;
    struct ost_http_peer *idle = NULL;
    for (unsigned i = 0; i < PROBES; i++) {
        struct ost_http_peer *row = &limit->row[(hash + i) % ROWS];
        if (row->at_us != 0 && memcmp(row->key, key, 16) == 0)
            return row;
        if (idle == NULL && is_idle(limit, row, now))
            idle = row;
    }
    if (idle == NULL)
        return &limit->crowd;
    *idle = (struct ost_http_peer){.tokens = limit->burst, .at_us = now};
    memcpy(idle->key, key, 16);
    return idle;
}

struct ost_http_peer *ost_http_limit_enter(struct ost_http_limit *limit, int fd,
                                           struct ost_http_peer **full)
{
    unsigned char key[16];
    *full = NULL;
    if (!peer_key(fd, key))
        return NULL;
    struct ost_http_peer *peer = find(limit, key);
    if (peer->unknown >= limit->address_most)
        *full = peer;
    if (*full != NULL || limit->all >= limit->all_most || limit->unknown >= limit->unknown_most)
        return NULL;
    peer->unknown++;
    limit->unknown++;
    limit->all++;
    return peer;
}

void ost_http_limit_know(struct ost_http_limit *limit, struct ost_http_peer *peer)
{
    peer->unknown--;
    peer->known++;
    limit->unknown--;
}

void ost_http_limit_leave(struct ost_http_limit *limit, struct ost_http_peer *peer, bool known)
{
    if (peer == NULL)
        return;
    if (known) {
        peer->known--;
    } else {
        peer->unknown--;
        limit->unknown--;
    }
    limit->all--;
}

unsigned ost_http_limit_ask(struct ost_http_limit *limit, struct ost_http_peer *peer)
{
    refill(limit, peer, ost_http_now_us());
    if (peer->tokens >= 1.0) {
        peer->tokens -= 1.0;
        return 0;
    }
    return (unsigned)((1.0 - peer->tokens) / limit->per_s) + 1;
}

static enum body kind_of(size_t bytes)
{
    return bytes <= SHORT_BODY ? SHORT : LONG;
}

bool ost_http_limit_hold(struct ost_http_limit *limit, struct ost_http_peer *peer, size_t bytes)
{
    enum body kind = kind_of(bytes);
    size_t most = limit->most[kind], of_one = most / OF_ONE_PEER;
    if (bytes > most - limit->held[kind] || peer->held[kind] + bytes > of_one)
        return false;
    peer->held[kind] += bytes;
    limit->held[kind] += bytes;
    return true;
}

void ost_http_limit_release(struct ost_http_limit *limit, struct ost_http_peer *peer, size_t bytes)
{
    peer->held[kind_of(bytes)] -= bytes;
    limit->held[kind_of(bytes)] -= bytes;
}
