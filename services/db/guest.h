/*
 * Guests: somebody without an account in one case, to look or to plan, until a moment, by a
 * link of which only a keyed hash of its token is here. The invitation is one row for good:
 * it is revoked, never changed.
 */
#ifndef OST_DB_GUEST_H
#define OST_DB_GUEST_H

#include "recon/base/arena.h"
#include "services/db/db.h"

OST_C_BEGIN

enum { OST_GUEST_HOURS = 90 * 24 }; /* the longest an invitation holds */

struct ost_db_guest {
    int64_t id, institution, case_id;
    int64_t user;   /* the person that log, audit and sessions name */
    char name[128]; /* as whoever invited wrote it */
    char may[8];    /* view, plan */
    bool live;      /* neither revoked nor over */
    int64_t left_s; /* until it is over by itself; 0 where it is */
    char created_at[OST_DB_TIME], expires_at[OST_DB_TIME];
    char revoked_at[OST_DB_TIME]; /* "" where it is not */
    char seen_at[OST_DB_TIME];    /* in lists: when the audit last heard of him, or "" */
    int64_t entered;              /* in lists: how often the link let somebody in */
};

struct ost_db_guest_new {
    int64_t case_id, hours; /* 1 to OST_GUEST_HOURS */
    const char *name, *may;
    const unsigned char *hash; /* of the token */
};

/* By the case's own institution. OST_INVALID where the tables do not take it. */
OST_MUST_CHECK
bool ost_db_guest_add(struct ost_db *db, const struct ost_db_guest_new *fresh,
                      struct ost_db_guest *out, struct ost_err *err);

OST_MUST_CHECK
bool ost_db_guest_get(struct ost_db *db, int64_t id, struct ost_db_guest *out, struct ost_err *err);

/* Ends the guest's sessions with it, and tells whoever holds his socket. */
OST_MUST_CHECK bool ost_db_guest_revoke(struct ost_db *db, int64_t id, struct ost_err *err);

/* Newest first, those that are over too. */
OST_MUST_CHECK
bool ost_db_guest_list(struct ost_db *db, int64_t case_id, struct ost_arena *arena,
                       struct ost_db_guest **out, size_t *count, struct ost_err *err);

/* In a transaction whose key is the token's hash in hexadecimal; `name` stays "". */
OST_MUST_CHECK
bool ost_db_guest_find(struct ost_db *db, struct ost_db_guest *out, bool *found,
                       struct ost_err *err);

/* The invitation of a person whose role is guest, in a transaction of his institution. */
OST_MUST_CHECK
bool ost_db_guest_of_user(struct ost_db *db, int64_t user, struct ost_db_guest *out, bool *found,
                          struct ost_err *err);

/* The guest has come in: his earlier sessions end, and whoever holds their sockets is told. */
OST_MUST_CHECK
bool ost_db_guest_enter(struct ost_db *db, const struct ost_db_guest *guest, struct ost_err *err);

OST_C_END

#endif
