/* What a connection is inside, for conn.c, ask.c and pending.c. */
#ifndef OST_DB_CONN_IMPL_H
#define OST_DB_CONN_IMPL_H

#include "recon/base/buf.h"
#include "services/db/ask_impl.h"
#include "services/db/audit.h"

enum { OST_DB_STATEMENTS = 160, OST_DB_PENDING = 8, OST_DB_DETAIL = 1024 };

struct ost_db_pending {
    struct ost_audit audit; /* detail: see below */
    char detail[OST_DB_DETAIL];
};

struct ost_db {
    char *url;
    PGconn *conn;        /* NULL until first used */
    bool open;           /* a transaction is */
    uint64_t connects;   /* so often */
    uint64_t tickets_on; /* the one that tickets not yet settled were taken on, 0: none */
    struct ost_db_who who;
    const struct ost_statement *prepared[OST_DB_STATEMENTS];
    size_t prepared_count;
    struct ost_db_pending pending[OST_DB_PENDING]; /* audit rows of this transaction */
    size_t pending_count;
};

/* Connects where it must. Fails with OST_UNAVAILABLE or OST_UNSUPPORTED. */
OST_MUST_CHECK bool ost_db_connect(struct ost_db *db, struct ost_err *err);

/* Whether the failure was the connection's end. */
bool ost_db_is_lost(const struct ost_db *db);

/* Raises what `result` says: state and constraint, never the values. */
bool ost_db_raise(struct ost_db *db, const PGresult *result, const char *statement,
                  struct ost_err *err);

/* begin, commit, rollback: fixed words. */
OST_MUST_CHECK bool ost_db_word(struct ost_db *db, const char *sql, struct ost_err *err);

/* The statement that says for whom a transaction acts: institution, user. */
const struct ost_statement *ost_db_scope_view(void);

OST_MUST_CHECK bool ost_db_flush_audit(struct ost_db *db, struct ost_err *err);

#endif
