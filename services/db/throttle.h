/*
 * Who tries passwords too often. Subjects are keyed hashes of an account's name or a
 * network address. An attempt is counted before the password is looked at, so that
 * attempts side by side cannot slip past one another.
 */
#ifndef OST_DB_THROTTLE_H
#define OST_DB_THROTTLE_H

#include "services/db/db.h"

OST_C_BEGIN

struct ost_db_throttle {
    const char *subject; /* 64 hexadecimal digits */
    int64_t free;        /* attempts without a delay */
    int64_t most_s;      /* longest delay: it doubles from 2 s */
};

/* `*wait_s` is 0 where the attempt may go ahead; it is counted then. */
OST_MUST_CHECK
bool ost_db_throttle_try(struct ost_db *db, const struct ost_db_throttle *limit, int64_t *wait_s,
                         struct ost_err *err);

/* Whether the subject was counted in the last two days; older ones are swept away. */
OST_MUST_CHECK
bool ost_db_throttle_known(struct ost_db *db, const char *subject, bool *out, struct ost_err *err);

/* After a success: forgets the subject, or takes the one attempt back. */
OST_MUST_CHECK
bool ost_db_throttle_clear(struct ost_db *db, const char *subject, bool all, struct ost_err *err);

OST_C_END

#endif
