/* Where a hub's plans are kept: what it asks of a store, and what it is told. */
#ifndef OST_COLLAB_STORE_H
#define OST_COLLAB_STORE_H

#include "recon/plan/plan.h"

OST_C_BEGIN

/* A case, and the institution whose row it is. */
struct ost_collab_case {
    int64_t institution, case_id;
};

struct ost_collab_plan {
    int64_t id; /* in decimal digits also the plan's id in recon/plan */
    int64_t epoch;
    int64_t bytes; /* of all entries in its log */
};

struct ost_collab_record {
    const struct ost_entry *entry;
    const void *body; /* canonical bytes; entry->hash is their SHA-256 */
    size_t body_bytes;
};

struct ost_collab_batch {
    struct ost_collab_plan plan;
    int64_t after; /* the seq before the first record's */
    const struct ost_collab_record *record;
    size_t count;                               /* 1 to OST_COLLAB_BATCH */
    unsigned char state_hash[OST_SHA256_BYTES]; /* after the last record */
};

/* One body of the log, in order. */
typedef bool ost_collab_each(void *user, const void *body, size_t len, struct ost_err *err);

/* A state as ost_plan_write() left it, on which the bodies then follow; false: not that one. */
typedef bool ost_collab_begin(void *user, const void *state, size_t len);

struct ost_collab_load {
    int64_t plan;
    ost_collab_begin *begin; /* called once at most, before `each` */
    ost_collab_each *each;
    void *user;
};

/* Transactions of one client, the newest first, at most OST_COLLAB_MINE of them. */
struct ost_collab_mine {
    int64_t plan;
    const char *client;
    int64_t before; /* entries below this seq */
    void (*each)(void *user, int64_t n, int64_t seq);
    void *user;
};

/* The state a plan had at `seq`, in canonical bytes. */
struct ost_collab_snapshot {
    int64_t seq;
    const unsigned char *state_hash;
    const void *body; /* ost_plan_write() */
    size_t body_bytes;
};

/* One plan's part of a loop turn, and what became of it. */
struct ost_collab_write {
    const struct ost_collab_case *at;
    const struct ost_collab_batch *batch;
    bool ok;
    struct ost_err err; /* where it is not */
};

/* A plan that is to stay ours for another while. */
struct ost_collab_renewal {
    const struct ost_collab_case *at;
    const struct ost_collab_plan *plan;
    bool ok; /* out: it does, as the same epoch; else renew() tells what became of it */
};

/*
 * Where plans are kept. Every call may block. OST_CONFLICT from any of them means that
 * another process owns the plan now; other failures that the outcome is unknown.
 */
struct ost_collab_store {
    void *user; /* borrowed */
    /* The newest plan of the case, leased to this process; id 0 where it has none. */
    bool (*open)(void *user, const struct ost_collab_case *at, struct ost_collab_plan *out,
                 struct ost_err *err);
    /* The newest snapshot that has OST_COLLAB_TAIL entries behind it, then all that follow;
     * without one, or where it is not taken, all entries there are. */
    bool (*load)(void *user, const struct ost_collab_case *at, const struct ost_collab_load *to,
                 struct ost_err *err);
    /* Which of a client's transactions are in the log, before what a room has at hand. */
    bool (*mine)(void *user, const struct ost_collab_case *at, const struct ost_collab_mine *ask,
                 struct ost_err *err);
    /* All records or none, durable on return. */
    bool (*append)(void *user, const struct ost_collab_case *at,
                   const struct ost_collab_batch *batch, struct ost_err *err);
    /* Several plans in one commit, each kept or not by itself; NULL: append one by one. */
    void (*append_all)(void *user, struct ost_collab_write *write, size_t count);
    /* Kept for later loads; that it is not kept costs time and nothing else. */
    bool (*snapshot)(void *user, const struct ost_collab_case *at, int64_t plan,
                     const struct ost_collab_snapshot *snapshot, struct ost_err *err);
    bool (*renew)(void *user, const struct ost_collab_case *at, struct ost_collab_plan *plan,
                  struct ost_err *err);
    /* Several at once, in the usual course all there is to do; NULL: one by one. */
    void (*renew_all)(void *user, struct ost_collab_renewal *one, size_t count);
    void (*release)(void *user, const struct ost_collab_case *at,
                    const struct ost_collab_plan *plan);
};

OST_C_END

#endif
