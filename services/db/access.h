/*
 * What people who are not of the institution did in one of its cases: guests, and those of
 * an institution that it was granted to. Read out of the institution's own audit.
 */
#ifndef OST_DB_ACCESS_H
#define OST_DB_ACCESS_H

#include "recon/base/arena.h"
#include "services/db/db.h"

OST_C_BEGIN

/* One thing that somebody did, or was refused. */
struct ost_db_access {
    int64_t seq, user;
    char name[128];        /* "" where it is not known any more */
    char institution[128]; /* "" for a guest */
    char at[OST_DB_TIME];
    char action[40], object[16];
    int64_t object_id;
    const char *detail; /* JSON, in the arena */
};

struct ost_db_access_ask {
    int64_t case_id;
    int64_t before; /* seq; 0: from the end */
    int64_t most;
};

/* Newest first. By the case's own institution. */
OST_MUST_CHECK
bool ost_db_access_list(struct ost_db *db, const struct ost_db_access_ask *ask,
                        struct ost_arena *arena, struct ost_db_access **out, size_t *count,
                        struct ost_err *err);

OST_C_END

#endif
