/*
 * Plans, their operations in one order, their snapshots and approvals.
 *
 * One process at a time writes a plan: it holds a lease and an epoch. Every append
 * names the epoch and the last sequence number it knows, in the same statement that
 * moves them, so that an owner whose lease was taken writes nothing. Each body names the
 * hash of the one before it (recon/plan/entry.h); the database checks that `hash` is
 * the SHA-256 of the body, and `osteon audit verify` replays the whole.
 *
 * A plan's id in recon/plan is its number here, in decimal digits.
 */
#ifndef OST_DB_PLAN_H
#define OST_DB_PLAN_H

#include "recon/base/arena.h"
#include "services/db/db.h"

OST_C_BEGIN

enum { OST_PLAN_OWNER = 64, OST_PLAN_WRITER = 128, OST_PLAN_APPEND = 256 };

struct ost_db_plan {
    int64_t id, case_id, institution;
    int64_t recon_job;                     /* the reconstruction it plans on */
    int64_t seq, epoch, bytes;             /* last operation; last lease given; of its log */
    unsigned char hash[OST_DB_HASH];       /* of the last entry; zero at seq 0 */
    unsigned char state_hash[OST_DB_HASH]; /* SHA-256 of the state at `seq` */
    bool approved;                         /* that very state is approved */
};

/* One entry of the log. Borrowed pointers live until the call or callback returns. */
struct ost_db_plan_op {
    int64_t seq;
    int64_t user;            /* 0: the system */
    const char *name, *role; /* of that person then; role as ost_role_name() says */
    const char *client;      /* 32 hexadecimal digits */
    int64_t n;               /* the client's own count: (client, n) happens once */
    int64_t at_ms;           /* Unix time */
    int64_t undo_of;         /* seq, 0 where it undoes nothing */
    const void *body;        /* canonical bytes of the entry, at most 256 KiB */
    size_t body_bytes;
    unsigned char hash[OST_DB_HASH]; /* SHA-256 of the body */
};

/* Plan of a finished reconstruction, at seq 0, epoch 0. OST_CONFLICT where it has one. */
OST_MUST_CHECK
bool ost_db_plan_create(struct ost_db *db, int64_t case_id, int64_t recon_job,
                        struct ost_db_plan *out, struct ost_err *err);

OST_MUST_CHECK
bool ost_db_plan_get(struct ost_db *db, int64_t id, struct ost_db_plan *out, struct ost_err *err);

/* Every plan of the institution. */
OST_MUST_CHECK
bool ost_db_plan_list(struct ost_db *db, struct ost_arena *arena, struct ost_db_plan **out,
                      size_t *count, struct ost_err *err);

/* The case's newest plan; `*found` false where it has none yet. */
OST_MUST_CHECK
bool ost_db_plan_of_case(struct ost_db *db, int64_t case_id, struct ost_db_plan *out, bool *found,
                         struct ost_err *err);

struct ost_db_plan_lease {
    int64_t plan, seconds;
    const char *owner; /* a name no other process has, at most 63 characters */
    /* Out: */
    int64_t epoch; /* to write with; a new one unless the lease was ours */
    char holder[OST_PLAN_OWNER];
};

/* Takes or renews. Held by another and not expired: OST_CONFLICT, and `holder` names it. */
OST_MUST_CHECK
bool ost_db_plan_take_lease(struct ost_db *db, struct ost_db_plan_lease *lease,
                            struct ost_err *err);

struct ost_db_plan_hold {
    int64_t institution, plan, epoch;
    bool held; /* out: false where the lease, or the epoch, is no longer ours */
};

/* Renews several leases, of any institution, in one round trip, and a second where some are no
 * longer ours; no transaction may be open. On failure none is known to be held. */
OST_MUST_CHECK
bool ost_db_plan_hold_all(struct ost_db *db, const char *owner, int64_t seconds,
                          struct ost_db_plan_hold *hold, size_t count, struct ost_err *err);

/* Lets go early, so that another process need not wait. */
OST_MUST_CHECK
bool ost_db_plan_release(struct ost_db *db, int64_t id, const char *owner, struct ost_err *err);

struct ost_db_plan_append {
    int64_t plan, epoch;
    int64_t after;                         /* the seq the caller believes is the last */
    const struct ost_db_plan_op *op;       /* seq after+1, after+2, ... */
    size_t count;                          /* 1 to OST_PLAN_APPEND */
    unsigned char state_hash[OST_DB_HASH]; /* of the state after the last of them */
};

int64_t ost_db_plan_bytes_of(const struct ost_db_plan_append *batch); /* of its bodies */
/*
 * Durable once the caller's commit returned. OST_CONFLICT: the epoch or the seq is no
 * longer ours, or (client, n) was there before; nothing was written and the
 * transaction must end.
 */
OST_MUST_CHECK
bool ost_db_plan_append(struct ost_db *db, const struct ost_db_plan_append *batch,
                        struct ost_err *err);

struct ost_db_plan_write {
    struct ost_db_who who;
    struct ost_db_plan_append batch; /* without tags */
    bool kept;                       /* out: false where another process writes the plan now */
};

/*
 * Appends to several plans, of any institution, in one transaction and one round trip; no
 * transaction may be open. Each is fenced by itself: one whose plan has moved on writes
 * nothing, and the others are kept. On failure nothing of any was written, unless it is
 * OST_UNAVAILABLE: then nobody knows.
 */
OST_MUST_CHECK
bool ost_db_plan_append_all(struct ost_db *db, struct ost_db_plan_write *write, size_t count,
                            struct ost_err *err);

typedef bool ost_db_plan_each(void *user, const struct ost_db_plan_op *op, struct ost_err *err);

struct ost_db_plan_range {
    int64_t plan;
    int64_t after, until; /* seq in (after, until]; until 0: to the end */
};

/* In order, one call each. */
OST_MUST_CHECK
bool ost_db_plan_load(struct ost_db *db, const struct ost_db_plan_range *range,
                      ost_db_plan_each *each, void *user, struct ost_err *err);

/* The seq that (client, n) became; 0 where it never arrived. */
OST_MUST_CHECK
bool ost_db_plan_seq_of(struct ost_db *db, int64_t id, const char *client, int64_t n, int64_t *seq,
                        struct ost_err *err);

/* Of one client, below the seq `before`, newest first, at most `most`. */
struct ost_db_plan_mine {
    int64_t plan;
    const char *client;
    int64_t before, most;
    void (*each)(void *user, int64_t n, int64_t seq);
    void *user;
};
OST_MUST_CHECK
bool ost_db_plan_mine(struct ost_db *db, const struct ost_db_plan_mine *ask, struct ost_err *err);

struct ost_db_plan_snapshot {
    int64_t seq;
    unsigned char state_hash[OST_DB_HASH];
    const void *body; /* ost_plan_write(), at most 16 MiB; in the arena when loaded */
    size_t body_bytes;
};

OST_MUST_CHECK
bool ost_db_plan_snapshot_add(struct ost_db *db, int64_t id,
                              const struct ost_db_plan_snapshot *snapshot, struct ost_err *err);

/* The newest at or before `until` (0: any); seq 0 and no body where there is none. */
OST_MUST_CHECK
bool ost_db_plan_snapshot_get(struct ost_db *db, int64_t id, int64_t until, struct ost_arena *arena,
                              struct ost_db_plan_snapshot *out, struct ost_err *err);

/* What is known of every snapshot without its body, by seq. */
struct ost_db_plan_kept {
    int64_t seq;
    unsigned char state_hash[OST_DB_HASH], body_hash[OST_DB_HASH];
};
OST_MUST_CHECK
bool ost_db_plan_snapshot_list(struct ost_db *db, int64_t id, struct ost_arena *arena,
                               struct ost_db_plan_kept **out, size_t *count, struct ost_err *err);

struct ost_db_plan_tag {
    int64_t seq;   /* of the operation that set it */
    char kind[16]; /* version, approved, ...: recon/plan/README.md */
    char name[64];
    unsigned char state_hash[OST_DB_HASH];
    int64_t user;
    char by[OST_PLAN_WRITER];
    char at[OST_DB_TIME];
};

/* In the same transaction as the append of the tag's operation. In: all but `at`. */
OST_MUST_CHECK
bool ost_db_plan_tag_add(struct ost_db *db, int64_t id, struct ost_db_plan_tag *tag,
                         struct ost_err *err);

OST_MUST_CHECK
bool ost_db_plan_tags(struct ost_db *db, int64_t id, struct ost_arena *arena,
                      struct ost_db_plan_tag **out, size_t *count, struct ost_err *err);

OST_C_END

#endif
