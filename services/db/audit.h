/*
 * Who did what, in one hash chain per institution. A row is written in the
 * transaction of the change it tells of, by a function of the database that the
 * application may call but not bypass: it can neither change nor remove a row.
 */
#ifndef OST_DB_AUDIT_H
#define OST_DB_AUDIT_H

#include "recon/base/arena.h"
#include "services/db/db.h"

OST_C_BEGIN

struct ost_audit {
    const char *action; /* closed words: "file.download" */
    const char *object; /* "case", "film", "job", "plan", "file", "user", ... */
    int64_t object_id;
    int64_t case_id;    /* 0: about no case */
    const char *detail; /* a JSON object of ids and closed words; NULL is {} */
    bool abroad;        /* only where the case is not the actor's institution's */
};

/* For what the functions of the other headers do not already write: reads and downloads. */
OST_MUST_CHECK
bool ost_db_audit_add(struct ost_db *db, const struct ost_audit *audit, struct ost_err *err);

struct ost_db_audit {
    int64_t seq, user, user_institution; /* 0: the system */
    char at[OST_DB_TIME];
    char action[40], object[16];
    int64_t object_id, case_id;
    const char *detail; /* JSON, in the arena */
    unsigned char hash[OST_DB_HASH];
};

struct ost_db_audit_ask {
    int64_t case_id; /* 0: of every case */
    int64_t before;  /* seq; 0: from the end */
    int64_t most;
};

/* Newest first. */
OST_MUST_CHECK
bool ost_db_audit_list(struct ost_db *db, const struct ost_db_audit_ask *ask,
                       struct ost_arena *arena, struct ost_db_audit **out, size_t *count,
                       struct ost_err *err);

struct ost_db_audit_check {
    int64_t rows;   /* read */
    int64_t broken; /* first seq that does not follow, 0 where the chain holds */
    char why[80];
};

/* Recomputes the chain of the transaction's institution. */
OST_MUST_CHECK
bool ost_db_audit_verify(struct ost_db *db, struct ost_db_audit_check *out, struct ost_err *err);

OST_C_END

#endif
