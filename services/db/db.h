/*
 * One connection to PostgreSQL, and a pool of them. Everything happens inside a
 * transaction that says for whom it acts, because row-level security shows nothing
 * to a transaction that does not:
 *
 *     if (!ost_db_begin(db, &who, err))
 *         return false;
 *     bool ok = ost_db_case_get(db, id, &row, err) && ost_db_commit(db, err);
 *     ost_db_end(db);
 *     return ok;
 *
 * The questions stand in the other headers of this room, one per table, and are
 * asked between begin and commit. Functions that change something write its audit
 * row in the same transaction.
 *
 * A connection belongs to one thread at a time. It connects when first used and
 * again by itself after the server was gone: what was in flight then fails with
 * OST_UNAVAILABLE, the next begin works once the server is back.
 */
#ifndef OST_DB_DB_H
#define OST_DB_DB_H

#include "recon/base/err.h"
#include "services/config/config.h"

#include <stddef.h>
#include <stdint.h>

OST_C_BEGIN

struct ost_db;

/*
 * Who acts: every row read or written belongs to the institution or was granted to it. A
 * guest acts for no institution (0) and reads what his invitation opens.
 */
struct ost_db_who {
    int64_t institution;
    int64_t user; /* 0 is the system itself: a worker, an upgrade */
};

enum { OST_DB_HASH = 32, OST_DB_TIME = 32 };

/* Does not connect yet. `url` is copied. */
OST_MUST_CHECK bool ost_db_create(struct ost_db **out, const char *url, struct ost_err *err);
/* The same for who administers; its refusal names the other variable. */
OST_MUST_CHECK bool ost_db_create_owner(struct ost_db **out, const char *url, struct ost_err *err);
void ost_db_destroy(struct ost_db *db); /* NULL is fine */
OST_AUTO_DEFINE(ost_db);

/*
 * For start-up: connects; refuses with OST_UNSUPPORTED a server with fsync,
 * full_page_writes or synchronous_commit off, a role that owns tables or bypasses
 * row-level security, and a schema older than this program.
 */
OST_MUST_CHECK bool ost_db_check(struct ost_db *db, struct ost_err *err);

/* A transaction of one institution, or of a guest. */
OST_MUST_CHECK
bool ost_db_begin(struct ost_db *db, const struct ost_db_who *who, struct ost_err *err);

/* A transaction that sees only what it can name: an account's address, a token's hash. */
OST_MUST_CHECK bool ost_db_begin_key(struct ost_db *db, const char *key, struct ost_err *err);

/* The key's owner is known now: goes on as `who` in the same transaction. */
OST_MUST_CHECK
bool ost_db_become(struct ost_db *db, const struct ost_db_who *who, struct ost_err *err);

/* A transaction of the queue: sees the jobs of every institution and nothing else. */
OST_MUST_CHECK bool ost_db_begin_queue(struct ost_db *db, struct ost_err *err);

OST_MUST_CHECK bool ost_db_commit(struct ost_db *db, struct ost_err *err);
void ost_db_end(struct ost_db *db); /* rolls back what was not committed */

struct ost_db_pool;

OST_MUST_CHECK
bool ost_db_pool_create(struct ost_db_pool **out, const char *url, size_t size,
                        struct ost_err *err);
void ost_db_pool_destroy(struct ost_db_pool *pool); /* all given back; NULL is fine */
OST_AUTO_DEFINE(ost_db_pool);

/* Waits at most five seconds for a free one, then OST_UNAVAILABLE. */
OST_MUST_CHECK
bool ost_db_pool_take(struct ost_db_pool *pool, struct ost_db **out, struct ost_err *err);
void ost_db_pool_give(struct ost_db_pool *pool, struct ost_db *db);

OST_C_END

#endif
