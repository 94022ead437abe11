#include "services/db/grant.h"

#include "services/db/audit.h"
#include "services/db/conn_impl.h"

#define GRANT                                                                                      \
    "select g.id, g.case_id, g.grantee_id, coalesce(i.name, ''), g.may, g.purpose, "               \
    "g.revoked_at is null and g.expires_at > now(), " ISO("g.created_at") ", " ISO(                \
        "g.expires_at") ", " ISO("g.revoked_at") ", coalesce(g.given_back, '')"
#define FROM " from case_grant g left join institution i on i.id = g.grantee_id "

static const struct ost_statement replace = {
    "grant_replace", NULL,
    "update case_grant set revoked_at = now() where case_id = $1 and grantee_id = $2 "
    "and institution_id = tenant() and revoked_at is null"};
static const struct ost_statement add = {
    "grant_add", "case",
    "insert into case_grant (institution_id, case_id, grantee_id, may, purpose, created_by, "
    "expires_at) values (tenant(), $1, $2, $3, $4, actor(), now() + $5::int * interval '1 day') "
    "returning id"};
static const struct ost_statement revoke = {
    "grant_revoke", "grant",
    "update case_grant set revoked_at = now() where id = $1 and institution_id = tenant() "
    "and revoked_at is null returning case_id"};
static const struct ost_statement give_back = {
    "grant_give_back", "grant",
    "update case_grant set revoked_at = now(), given_back = $2 where case_id = $1 "
    "and grantee_id = tenant() and revoked_at is null and expires_at > now() "
    "returning id, jsonb_build_object('reason', given_back, 'case', (select c.code from "
    "patient_case c where c.id = case_grant.case_id))"};
static const struct ost_statement get = {"grant_get", "grant", GRANT FROM "where g.id = $1"};
static const struct ost_statement list = {
    "grant_list", NULL,
    GRANT ", " ISO("s.at") FROM
    "left join lateral (select max(a.at) as at from audit a where a.institution_id = "
    "g.institution_id and a.case_id = g.case_id and a.user_institution_id = g.grantee_id "
    "and a.at > g.created_at and (g.revoked_at is null or a.at < g.revoked_at)) s on true "
    "where g.case_id = $1 and g.institution_id = tenant() order by g.revoked_at is null and g.expires_at > now() desc, "
    "g.id desc limit 500"};
static const struct ost_statement find = {
    "grant_find", "institution",
    "select id from institution where name = $1 and name = presented_key()"};

static void read_grant(struct ost_row *row, struct ost_db_grant *out)
{
    *out = (struct ost_db_grant){.id = ost_row_number(row)};
    out->case_id = ost_row_number(row);
    out->grantee = ost_row_number(row);
    ost_row_text(row, out->to, sizeof out->to);
    ost_row_text(row, out->may, sizeof out->may);
    ost_row_text(row, out->purpose, sizeof out->purpose);
    out->live = ost_row_bool(row);
    ost_row_text(row, out->created_at, sizeof out->created_at);
    ost_row_text(row, out->expires_at, sizeof out->expires_at);
    ost_row_text(row, out->revoked_at, sizeof out->revoked_at);
    ost_row_text(row, out->given_back, sizeof out->given_back);
}

bool ost_db_grant_get(struct ost_db *db, int64_t id, struct ost_db_grant *out, struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    if (!ost_ask_one(db, &get, OST_PARAMS(OST_NUMBER(id)), &rows, err))
        return false;
    struct ost_row row = ost_row_of(rows, 0);
    read_grant(&row, out);
    return true;
}

bool ost_db_grant_add(struct ost_db *db, struct ost_db_grant *grant, struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    if (!ost_ask(db, &replace, OST_PARAMS(OST_NUMBER(grant->case_id), OST_NUMBER(grant->grantee)),
                 NULL, err) ||
        !ost_ask_one(db, &add,
                     OST_PARAMS(OST_NUMBER(grant->case_id), OST_NUMBER(grant->grantee),
                                OST_TEXT(grant->may), OST_TEXT(grant->purpose),
                                OST_NUMBER(grant->days)),
                     &rows, err))
        return false;
    struct ost_row row = ost_row_of(rows, 0);
    int64_t id = ost_row_number(&row);
    return ost_db_tell(db, "grant.add", "grant", id, grant->case_id, err) &&
           ost_db_news(db, "case", grant->case_id, grant->case_id, err) &&
           ost_db_grant_get(db, id, grant, err);
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

/* Its own people read it in their audit, the owner in his. */
bool ost_db_grant_give_back(struct ost_db *db, int64_t case_id, const char *reason,
                            struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    char detail[OST_DB_DETAIL];
    if (!ost_ask_one(db, &give_back, OST_PARAMS(OST_NUMBER(case_id), OST_TEXT(reason)), &rows, err))
        return false;
    struct ost_row row = ost_row_of(rows, 0);
    struct ost_audit told = {.action = "grant.give_back", .object = "grant"};
    told.object_id = ost_row_number(&row);
    ost_row_text(&row, detail, sizeof detail);
    told.detail = detail;
    struct ost_audit abroad = told;
    abroad.case_id = case_id;
    return ost_db_audit_add(db, &told, err) && ost_db_audit_add(db, &abroad, err) &&
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
    for (size_t i = 0; i < *count; i++) {
        struct ost_row row = ost_row_of(rows, i);
        read_grant(&row, &(*out)[i]);
        ost_row_text(&row, (*out)[i].seen_at, sizeof(*out)[i].seen_at);
    }
    return true;
}

bool ost_db_grant_find(struct ost_db *db, const char *name, int64_t *institution,
                       struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    if (!ost_ask_one(db, &find, OST_PARAMS(OST_TEXT(name)), &rows, err))
        return false;
    struct ost_row row = ost_row_of(rows, 0);
    *institution = ost_row_number(&row);
    return true;
}
