/* What one institution may have, so that the others find room too. */
#include "services/routes/share_impl.h"

#include <inttypes.h>

#define GIB ((int64_t)1024 * 1024 * 1024)

static const struct {
    int64_t unit;
    const char *what, *advice;
} table[OST_USAGES] = {
    [OST_USAGE_CASES] = {1, "cases", "delete some first"},
    [OST_USAGE_JOBS] = {1, "jobs that wait or run", "ask again when some are done"},
    [OST_USAGE_BYTES] = {GIB, "GiB of films and results", "delete cases first"},
};

static int64_t most_of(const struct ost_config_share *share, enum ost_usage of)
{
    switch (of) {
    case OST_USAGE_CASES:
        return share->cases;
    case OST_USAGE_JOBS:
        return share->jobs;
    default:
        return share->store_gb;
    }
}

bool ost_call_share(struct ost_call *call, enum ost_usage of, int64_t more, struct ost_err *err)
{
    int64_t has, most = most_of(&call->app->config->share, of);
    if (!ost_db_usage(call->db, of, &has, err))
        return false;
    if (has + more <= most * table[of].unit)
        return true;
    return ost_call_refuse(call, err, OST_LIMIT, "store_full",
                           "the institution's store is full: %" PRId64 " %s are the most; %s", most,
                           table[of].what, table[of].advice);
}
