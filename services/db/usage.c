#include "services/db/usage.h"

#include "services/db/ask_impl.h"

/* What others grant is theirs, and counts for them. */
static const struct ost_statement count[OST_USAGES] = {
    [OST_USAGE_CASES] = {"usage_cases", NULL,
                         "select count(*) from patient_case where institution_id = tenant()"},
    [OST_USAGE_JOBS] = {"usage_jobs", NULL,
                        "select count(*) from job where institution_id = tenant() "
                        "and state in ('ready', 'running')"},
    [OST_USAGE_BYTES] = {"usage_bytes", NULL,
                         "select coalesce(sum(stored_bytes), 0)::bigint from blob "
                         "where institution_id = tenant()"},
};

bool ost_db_usage(struct ost_db *db, enum ost_usage of, int64_t *out, struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    if (!ost_ask_one(db, &count[of], NULL, 0, &rows, err))
        return false;
    struct ost_row row = ost_row_of(rows, 0);
    *out = ost_row_number(&row);
    return true;
}
