/*
 * A hub without sockets and without a database: frames are gathered per socket, bodies
 * are kept in memory, the clock stands still until it is moved.
 */
#ifndef OST_TESTS_COLLAB_WORLD_H
#define OST_TESTS_COLLAB_WORLD_H

#include "services/collab/room.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORLD_SOCKETS = 16, WORLD_BODIES = 20000 };

struct world_body {
    void *ptr;
    size_t len;
};

enum world_fault {
    WORLD_FINE,
    WORLD_FAIL_BEFORE, /* the append does not happen and says so */
    WORLD_FAIL_AFTER,  /* it happens, but the answer is lost */
    WORLD_TAKEN,       /* another process owns the plan */
    WORLD_DOWN,        /* nothing answers */
};

struct world {
    struct ost_collab *hub;
    struct world_body body[WORLD_BODIES];
    size_t count, appends, largest;
    int64_t bytes;              /* of the log, as the store says when it is asked */
    struct world_body snapshot; /* the first: the newest with enough behind it */
    size_t snapshot_seq, snapshots, replayed;
    bool from_snapshot; /* loads begin with it */
    int64_t plan, epoch, now;
    int64_t append_ms; /* how long an append takes */
    enum world_fault fault;
    size_t renewed, renewed_at_once; /* leases, by several at once */
    int64_t gone_from, watched;      /* cases whose plans are gone, 0 none; the case looked at */
    int64_t watched_ms;              /* when its lease was renewed last */
    char *heard[WORLD_SOCKETS];      /* frames, one a line */
    size_t heard_len[WORLD_SOCKETS];
    size_t visible;      /* entries told to anybody */
    bool told_too_early; /* an entry was sent that was not kept yet */
    char dismissed[WORLD_SOCKETS][16];
    FILE *out; /* where given, frames go there instead: "S socket text" */
};

static inline bool world_open(void *user, const struct ost_collab_case *at,
                              struct ost_collab_plan *out, struct ost_err *err)
{
    struct world *w = user;
    (void)at;
    if (w->fault == WORLD_DOWN)
        return ost_fail(err, OST_UNAVAILABLE, "store: down");
    if (w->fault == WORLD_TAKEN)
        return ost_fail(err, OST_CONFLICT, "store: leased to another");
    *out = (struct ost_collab_plan){w->plan, w->epoch, w->bytes};
    return true;
}

/* As the database does, but for how far back it may begin. */
static inline bool world_load(void *user, const struct ost_collab_case *at,
                              const struct ost_collab_load *to, struct ost_err *err)
{
    struct world *w = user;
    size_t first = 0;
    (void)at;
    if (w->snapshot.ptr != NULL && w->from_snapshot &&
        to->begin(to->user, w->snapshot.ptr, w->snapshot.len))
        first = w->snapshot_seq;
    w->replayed = w->count - first;
    for (size_t i = first; i < w->count; i++)
        if (!to->each(to->user, w->body[i].ptr, w->body[i].len, err))
            return false;
    return true;
}

static inline bool world_mine(void *user, const struct ost_collab_case *at,
                              const struct ost_collab_mine *ask, struct ost_err *err)
{
    struct world *w = user;
    (void)at;
    if (w->fault == WORLD_DOWN)
        return ost_fail(err, OST_UNAVAILABLE, "store: down");
    for (size_t i = w->count < (size_t)ask->before ? w->count : (size_t)ask->before - 1; i-- > 0;) {
        OST_AUTO(ost_arena) arena = NULL;
        struct ost_entry entry;
        if (!ost_arena_create(&arena, (size_t)32 * OST_ENTRY_BYTES, err) ||
            !ost_entry_read_body(w->body[i].ptr, w->body[i].len, arena, &entry, err))
            return false;
        if (strcmp(entry.client, ask->client) == 0)
            ask->each(ask->user, entry.n, entry.seq);
    }
    return true;
}

static inline bool world_snapshot(void *user, const struct ost_collab_case *at, int64_t plan,
                                  const struct ost_collab_snapshot *snapshot, struct ost_err *err)
{
    struct world *w = user;
    (void)at;
    (void)plan;
    if (w->fault != WORLD_FINE)
        return ost_fail(err, OST_UNAVAILABLE, "store: down");
    w->snapshots++;
    if (w->snapshot.ptr != NULL)
        return true;
    w->snapshot = (struct world_body){malloc(snapshot->body_bytes), snapshot->body_bytes};
    if (w->snapshot.ptr == NULL)
        abort();
    memcpy(w->snapshot.ptr, snapshot->body, snapshot->body_bytes);
    w->snapshot_seq = (size_t)snapshot->seq;
    return true;
}

static inline bool world_append(void *user, const struct ost_collab_case *at,
                                const struct ost_collab_batch *batch, struct ost_err *err)
{
    struct world *w = user;
    (void)at;
    if (w->fault == WORLD_TAKEN)
        return ost_fail(err, OST_CONFLICT, "store: leased to another");
    if (w->fault == WORLD_FAIL_BEFORE || w->fault == WORLD_DOWN)
        return ost_fail(err, OST_UNAVAILABLE, "store: down");
    if ((size_t)batch->after != w->count)
        return ost_fail(err, OST_BUG, "store: after %lld, not %zu", (long long)batch->after,
                        w->count);
    for (size_t i = 0; i < batch->count; i++) {
        struct world_body *body = &w->body[w->count++];
        body->ptr = malloc(batch->record[i].body_bytes);
        body->len = batch->record[i].body_bytes;
        if (body->ptr == NULL)
            abort();
        memcpy(body->ptr, batch->record[i].body, body->len);
    }
    w->appends++;
    w->now += w->append_ms;
    w->largest = batch->count > w->largest ? batch->count : w->largest;
    if (w->fault == WORLD_FAIL_AFTER)
        return ost_fail(err, OST_UNAVAILABLE, "store: no answer");
    return true;
}

static inline bool world_renew(void *user, const struct ost_collab_case *at,
                               struct ost_collab_plan *plan, struct ost_err *err)
{
    struct world *w = user;
    plan->epoch = w->epoch;
    if (w->gone_from != 0 && at->case_id >= w->gone_from)
        return ost_fail(err, OST_NOT_FOUND, "store: no such plan");
    if (w->fault == WORLD_TAKEN)
        return ost_fail(err, OST_CONFLICT, "store: leased to another");
    if (w->fault == WORLD_FINE && at->case_id == w->watched)
        w->watched_ms = w->now;
    return w->fault != WORLD_DOWN || ost_fail(err, OST_UNAVAILABLE, "store: down");
}

static inline void world_renew_all(void *user, struct ost_collab_renewal *one, size_t count)
{
    struct world *w = user;
    for (size_t i = 0; i < count; i++)
        one[i].ok = w->fault == WORLD_FINE && one[i].plan->epoch == w->epoch &&
                    (w->gone_from == 0 || one[i].at->case_id < w->gone_from);
    for (size_t i = 0; i < count; i++)
        w->watched_ms = one[i].ok && one[i].at->case_id == w->watched ? w->now : w->watched_ms;
    w->renewed += count;
    w->renewed_at_once = count > w->renewed_at_once ? count : w->renewed_at_once;
}

static inline void world_release(void *user, const struct ost_collab_case *at,
                                 const struct ost_collab_plan *plan)
{
    (void)user;
    (void)at;
    (void)plan;
}

static inline void world_send(void *user, uint64_t socket, uint64_t key, const char *text,
                              size_t len)
{
    struct world *w = user;
    size_t at = socket % WORLD_SOCKETS; /* those of one bucket of the hub are not told apart */
    (void)key;
    if (w->out != NULL) {
        (void)fprintf(w->out, "S %llu %.*s\n", (unsigned long long)socket, (int)len, text);
        return;
    }
    static const char ops[] = "{\"t\":\"ops\",";
    if (len > sizeof ops && memcmp(text, ops, sizeof ops - 1) == 0) {
        const char *seq = NULL;
        for (const char *p = text + len - 12; p > text && seq == NULL; p--)
            if (memcmp(p, "],\"seq\":", 8) == 0)
                seq = p + 8;
        w->visible = seq == NULL ? 0 : (size_t)strtoll(seq, NULL, 10);
        w->told_too_early = w->told_too_early || w->visible > w->count;
    }
    char *grown = realloc(w->heard[at], w->heard_len[at] + len + 2);
    if (grown == NULL)
        abort();
    memcpy(grown + w->heard_len[at], text, len);
    memcpy(grown + w->heard_len[at] + len, "\n", 2);
    w->heard[at] = grown;
    w->heard_len[at] += len + 1;
}

static inline void world_dismiss(void *user, uint64_t socket, const char *reason)
{
    struct world *w = user;
    if (w->out != NULL)
        (void)fprintf(w->out, "D %llu %s\n", (unsigned long long)socket, reason);
    else
        (void)snprintf(w->dismissed[socket % WORLD_SOCKETS],
                       sizeof w->dismissed[socket % WORLD_SOCKETS], "%s", reason);
}

static inline int64_t world_now(void *user)
{
    const struct world *w = user;
    return w->now;
}

/* A hub on this world; `send` is what hears it speak. */
static inline bool world_start_heard(struct world *w,
                                     void (*send)(void *user, uint64_t socket, uint64_t key,
                                                  const char *text, size_t len),
                                     struct ost_err *err)
{
    const struct ost_collab_store store = {.user = w,
                                           .open = world_open,
                                           .load = world_load,
                                           .mine = world_mine,
                                           .append = world_append,
                                           .snapshot = world_snapshot,
                                           .renew = world_renew,
                                           .renew_all = world_renew_all,
                                           .release = world_release};
    const struct ost_collab_line line = {
        .user = w, .send = send, .dismiss = world_dismiss, .now_ms = world_now};
    return ost_collab_create(&w->hub, &store, &line, err);
}

static inline bool world_start(struct world *w, struct ost_err *err)
{
    return world_start_heard(w, world_send, err);
}

static inline void world_end(struct world *w)
{
    ost_collab_destroy(w->hub);
    for (size_t i = 0; i < w->count; i++)
        free(w->body[i].ptr);
    free(w->snapshot.ptr);
    for (size_t i = 0; i < WORLD_SOCKETS; i++)
        free(w->heard[i]);
    free(w);
}

#endif
