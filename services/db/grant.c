#include "services/db/grant.h"

#include "services/db/ask_impl.h"

#define GRANT                                                                                      \
    "id, case_id, grantee_id, may, purpose, " ISO("created_at") ", " ISO("expires_at") ", " ISO(   \
        "revoked_at")

static const struct ost_statement add = {
    "grant_add", NULL,
    "insert into case_grant (institution_id, case_id, grantee_id, may, purpose, created_by, "
    "expires_at) values (tenant(), $1, $2, $3, $4, actor(), now() + $5::int * interval '1 day') "
    "returning " GRANT};
static const struct ost_statement revoke = {
    "grant_revoke", "grant",
    "update case_grant set revoked_at = now() where id = $1 and revoked_at is null "
    "returning case_id"};
static const struct ost_statement list = {
    "grant_list", NULL, "select " GRANT " from case_grant where case_id = $1 order by id"};

static void read_grant(struct ost_row row, struct ost_db_grant *out)
{
    out->id = ost_row_number(&row);
    out->case_id = ost_row_number(&row);
    out->grantee = ost_row_number(&row);
    ost_row_text(&row, out->may, sizeof out->may);
    ost_row_text(&row, out->purpose, sizeof out->purpose);
    ost_row_text(&row, out->created_at, sizeof out->created_at);
    ost_row_text(&row, out->expires_at, sizeof out->expires_at);
    ost_row_text(&row, out->revoked_at, sizeof out->revoked_at);
}

bool ost_db_grant_add(struct ost_db *db, struct ost_db_grant *grant, struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    if (!ost_ask_one(db, &add,
                     OST_PARAMS(OST_NUMBER(grant->case_id), OST_NUMBER(grant->grantee),
                                OST_TEXT(grant->may), OST_TEXT(grant->purpose),
                                OST_NUMBER(grant->days)),
                     &rows, err))
        return false;
    read_grant(ost_row_of(rows, 0), grant);
    return ost_db_tell(db, "grant.add", "grant", grant->id, grant->case_id, err) &&
           ost_db_news(db, "case", grant->case_id, grant->case_id, err);
}

bool ost_db_grant_revoke(struct ost_db *db, int64_t id, struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    if (!ost_ask_one(db, &revoke, OST_PARAMS(OST_NUMBER(id)), &rows, err))
        return false;
    struct ost_row row = ost_row_of(rows, 0);
    int64_t case_id = ost_row_number(&row);
    return ost_db_tell(db, "grant.revoke", "grant", id, case_id, err) &&
           ost_db_news(db, "case", case_id, case_id, err);
}

bool ost_db_grant_list(struct ost_db *db, int64_t case_id, struct ost_arena *arena,
                       struct ost_db_grant **out, size_t *count, struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    void *array = NULL;
    if (!ost_ask(db, &list, OST_PARAMS(OST_NUMBER(case_id)), &rows, err) ||
        !ost_rows_array(rows, sizeof **out, arena, &array, count, err))
        return false;
    *out = array;
    for (size_t i = 0; i < *count; i++)
        read_grant(ost_row_of(rows, i), &(*out)[i]);
    return true;
}
