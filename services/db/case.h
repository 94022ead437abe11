/* Cases: `patient_case`. A case has a code for people and never a name. */
#ifndef OST_DB_CASE_H
#define OST_DB_CASE_H

#include "recon/base/arena.h"
#include "services/db/blob.h"
#include "services/db/db.h"

OST_C_BEGIN

struct ost_db_case {
    int64_t id, institution; /* the owner's */
    char code[12];           /* "C-7F3K2" */
    char side[8];            /* right, left, unknown */
    char state[12];          /* new, planning, approved, closed */
    char granted[8];         /* "" for the owner's people, else the right: view, plan */
    char owner[128];         /* the owner's name, "" for its own people and for guests */
    char granted_until[OST_DB_TIME];
    int64_t granted_s; /* until then */
    bool simulated;    /* no patient: every picture of it says so */
    char created_at[OST_DB_TIME];
    int64_t created_by;
    int64_t plan_id, plan_seq; /* 0 where there is no plan yet */
    int64_t film_count;
};

OST_MUST_CHECK
bool ost_db_case_create(struct ost_db *db, const char *side, struct ost_db_case *out,
                        struct ost_err *err);

/* OST_NOT_FOUND also where the case is another institution's. */
OST_MUST_CHECK
bool ost_db_case_get(struct ost_db *db, int64_t id, struct ost_db_case *out, struct ost_err *err);

struct ost_db_cases {
    struct ost_db_case *row; /* in the arena */
    size_t count;
};

/* Newest first, those before `before` (0: from the newest). */
OST_MUST_CHECK
bool ost_db_case_list(struct ost_db *db, int64_t before, size_t most, struct ost_arena *arena,
                      struct ost_db_cases *out, struct ost_err *err);

OST_MUST_CHECK
bool ost_db_case_set_side(struct ost_db *db, int64_t id, const char *side, struct ost_err *err);
OST_MUST_CHECK
bool ost_db_case_set_state(struct ost_db *db, int64_t id, const char *state, struct ost_err *err);

/* For cases made by a program; there is no way back. */
OST_MUST_CHECK
bool ost_db_case_mark_simulated(struct ost_db *db, int64_t id, struct ost_err *err);

/*
 * Deletes the case with everything that hangs on it. `*gone` lists the blobs no
 * other row uses: their rows are deleted too, and after the commit the caller
 * gives them to ost_store_delete().
 */
OST_MUST_CHECK
bool ost_db_case_delete(struct ost_db *db, int64_t id, struct ost_arena *arena,
                        struct ost_blob **gone, size_t *count, struct ost_err *err);

OST_C_END

#endif
