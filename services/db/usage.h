/* How much an institution has of what there is not without end. */
#ifndef OST_DB_USAGE_H
#define OST_DB_USAGE_H

#include "services/db/db.h"

OST_C_BEGIN

enum ost_usage {
    OST_USAGE_CASES,
    OST_USAGE_JOBS,  /* that wait or run */
    OST_USAGE_BYTES, /* of blobs, as they lie sealed */
    OST_USAGES,
};

/* Of the transaction's institution, with what the transaction has added. */
OST_MUST_CHECK
bool ost_db_usage(struct ost_db *db, enum ost_usage of, int64_t *out, struct ost_err *err);

OST_C_END

#endif
