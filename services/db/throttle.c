#include "services/db/throttle.h"

#include "services/db/ask_impl.h"

/* A subject that was quiet for a day begins anew. */
static const struct ost_statement attempt = {
    "throttle_try", NULL,
    "insert into login_throttle as t (subject, failures, next_at) values (presented_hash(), 1, now()) "
    "on conflict (subject) do update set updated_at = now(), "
    "failures = case when t.updated_at < now() - interval '1 day' then 1 else least(t.failures, 100) "
    "+ 1 end, "
    "next_at = case when t.updated_at < now() - interval '1 day' or t.failures < $1::int then now() "
    "else now() + least($2::int, 2 ^ least(t.failures - $1 + 1, 20)) * interval '1 s' end "
    "where t.next_at <= now() returning failures"};
static const struct ost_statement wait = {
    "throttle_wait", NULL,
    "select greatest(1, ceil(extract(epoch from next_at - now())))::bigint from login_throttle "
    "where subject = presented_hash()"};
static const struct ost_statement forget = {
    "throttle_forget", NULL,
    "delete from login_throttle where (subject = presented_hash() and ($1::boolean or failures = 1)) "
    "or updated_at < now() - interval '2 days'"};
static const struct ost_statement less = {
    "throttle_less", NULL,
    "update login_throttle set failures = failures - 1 where subject = presented_hash() "
    "and failures > 1 and not $1::boolean"};

bool ost_db_throttle_try(struct ost_db *db, const struct ost_db_throttle *limit, int64_t *wait_s,
                         struct ost_err *err)
{
    OST_AUTO(ost_rows) counted = NULL;
    OST_AUTO(ost_rows) rows = NULL;
    *wait_s = 0;
    if (!ost_db_show_key(db, limit->subject, err) ||
        !ost_ask(db, &attempt, OST_PARAMS(OST_NUMBER(limit->free), OST_NUMBER(limit->most_s)),
                 &counted, err))
        return false;
    if (ost_rows_count(counted) == 1)
        return true;
    if (!ost_ask(db, &wait, NULL, 0, &rows, err))
        return false;
    *wait_s = 1;
    if (ost_rows_count(rows) == 1) {
        struct ost_row row = ost_row_of(rows, 0);
        *wait_s = ost_row_number(&row);
    }
    return true;
}

static const struct ost_statement known = {
    "throttle_known", NULL,
    "select exists (select 1 from login_throttle where subject = presented_hash() "
    "and updated_at > now() - interval '2 days')"};

bool ost_db_throttle_known(struct ost_db *db, const char *subject, bool *out, struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    if (!ost_db_show_key(db, subject, err) || !ost_ask_one(db, &known, NULL, 0, &rows, err))
        return false;
    struct ost_row row = ost_row_of(rows, 0);
    *out = ost_row_bool(&row);
    return true;
}

bool ost_db_throttle_clear(struct ost_db *db, const char *subject, bool all, struct ost_err *err)
{
    const char *flag = all ? "t" : "f";
    return ost_db_show_key(db, subject, err) &&
           ost_ask(db, &less, OST_PARAMS(OST_TEXT(flag)), NULL, err) &&
           ost_ask(db, &forget, OST_PARAMS(OST_TEXT(flag)), NULL, err);
}
