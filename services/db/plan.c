#include "services/db/plan.h"

#include "services/db/ask_impl.h"
#include "services/db/audit.h"

#include <stdio.h>
#include <string.h>

#define PLAN                                                                                       \
    "select p.id, p.case_id, p.institution_id, p.recon_job_id, p.seq, p.epoch, p.bytes, p.hash, "  \
    "p.state_hash, exists (select 1 from approval a where a.plan_id = p.id "                       \
    "and a.kind = 'approved' and a.state_hash = p.state_hash) from plan p "

static const struct ost_statement create = {
    "plan_create", NULL,
    "insert into plan (institution_id, case_id, recon_job_id) values (tenant(), $1, $2) "
    "returning id"};
static const struct ost_statement get = {"plan_get", "plan", PLAN "where p.id = $1"};
static const struct ost_statement of_case = {
    "plan_of_case", NULL, PLAN "where p.case_id = $1 order by p.id desc limit 1"};
static const struct ost_statement list = {"plan_list", NULL,
                                          PLAN "where p.institution_id = tenant() order by p.id"};
static const struct ost_statement lease = {
    "plan_lease", NULL,
    "update plan set epoch = case when lease_owner = $2 then epoch else epoch + 1 end, "
    "lease_owner = $2, lease_until = now() + $3::int * interval '1 s' "
    "where id = $1 and (lease_owner is null or lease_owner = $2 or lease_until < now()) "
    "returning epoch"};
static const struct ost_statement holder_of = {"plan_holder", "plan",
                                               "select lease_owner from plan where id = $1"};
static const struct ost_statement release = {
    "plan_release", NULL,
    "update plan set lease_owner = null, lease_until = null where id = $1 and lease_owner = $2"};
static const struct ost_statement snapshot_add = {
    "plan_snapshot_add", NULL,
    "insert into plan_snapshot (institution_id, case_id, plan_id, seq, state_hash, body, body_hash) "
    "select institution_id, case_id, id, $2, $3, $4, sha256($4) from plan where id = $1 "
    "on conflict (plan_id, seq) do nothing"};
static const struct ost_statement snapshot_get = {
    "plan_snapshot_get", NULL,
    "select seq, state_hash, body from plan_snapshot where plan_id = $1 "
    "and ($2::bigint = 0 or seq <= $2) order by seq desc limit 1"};
static const struct ost_statement snapshot_list = {
    "plan_snapshot_list", NULL,
    "select seq, state_hash, sha256(body) from plan_snapshot where plan_id = $1 order by seq"};
static const struct ost_statement tag_add = {
    "plan_tag_add", "plan",
    "insert into approval (institution_id, case_id, plan_id, seq, kind, name, state_hash, user_id, "
    "user_name) select institution_id, case_id, id, $2, $3, $4, $5, $6, $7 from plan where id = $1 "
    "returning case_id"};
static const struct ost_statement approve_case = {
    "plan_approve_case", NULL,
    "update patient_case c set state = 'approved' from plan p where p.id = $1 and c.id = p.case_id "
    "and p.state_hash = $2 and c.institution_id = tenant() and c.state in ('new', 'planning')"};
static const struct ost_statement tags = {
    "plan_tags", NULL,
    "select seq, kind, name, state_hash, user_id, user_name, " ISO(
        "created_at") " from approval "
                      "where plan_id = $1 order by seq"};

static void read_plan(struct ost_row row, struct ost_db_plan *out)
{
    out->id = ost_row_number(&row);
    out->case_id = ost_row_number(&row);
    out->institution = ost_row_number(&row);
    out->recon_job = ost_row_number(&row);
    out->seq = ost_row_number(&row);
    out->epoch = ost_row_number(&row);
    out->bytes = ost_row_number(&row);
    ost_row_hash(&row, out->hash, sizeof out->hash);
    ost_row_hash(&row, out->state_hash, sizeof out->state_hash);
    out->approved = ost_row_bool(&row);
}

bool ost_db_plan_get(struct ost_db *db, int64_t id, struct ost_db_plan *out, struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    if (!ost_ask_one(db, &get, OST_PARAMS(OST_NUMBER(id)), &rows, err))
        return false;
    read_plan(ost_row_of(rows, 0), out);
    return true;
}

bool ost_db_plan_create(struct ost_db *db, int64_t case_id, int64_t recon_job,
                        struct ost_db_plan *out, struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    if (!ost_ask_one(db, &create, OST_PARAMS(OST_NUMBER(case_id), OST_NUMBER(recon_job)), &rows,
                     err))
        return false;
    struct ost_row row = ost_row_of(rows, 0);
    int64_t id = ost_row_number(&row);
    return ost_db_tell(db, "plan.create", "plan", id, case_id, err) &&
           ost_db_news(db, "plan", case_id, id, err) && ost_db_plan_get(db, id, out, err);
}

bool ost_db_plan_of_case(struct ost_db *db, int64_t case_id, struct ost_db_plan *out, bool *found,
                         struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    if (!ost_ask(db, &of_case, OST_PARAMS(OST_NUMBER(case_id)), &rows, err))
        return false;
    *found = ost_rows_count(rows) == 1;
    if (*found)
        read_plan(ost_row_of(rows, 0), out);
    return true;
}

bool ost_db_plan_list(struct ost_db *db, struct ost_arena *arena, struct ost_db_plan **out,
                      size_t *count, struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    void *array = NULL;
    if (!ost_ask(db, &list, NULL, 0, &rows, err) ||
        !ost_rows_array(rows, sizeof **out, arena, &array, count, err))
        return false;
    *out = array;
    for (size_t i = 0; i < *count; i++)
        read_plan(ost_row_of(rows, i), &(*out)[i]);
    return true;
}

bool ost_db_plan_take_lease(struct ost_db *db, struct ost_db_plan_lease *ask, struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    OST_AUTO(ost_rows) other = NULL;
    (void)snprintf(ask->holder, sizeof ask->holder, "%s", ask->owner);
    if (!ost_ask(db, &lease,
                 OST_PARAMS(OST_NUMBER(ask->plan), OST_TEXT(ask->owner), OST_NUMBER(ask->seconds)),
                 &rows, err))
        return false;
    if (ost_rows_count(rows) == 1) {
        struct ost_row row = ost_row_of(rows, 0);
        ask->epoch = ost_row_number(&row);
        return true;
    }
    if (!ost_ask_one(db, &holder_of, OST_PARAMS(OST_NUMBER(ask->plan)), &other, err))
        return false;
    struct ost_row row = ost_row_of(other, 0);
    ost_row_text(&row, ask->holder, sizeof ask->holder);
    return ost_fail(err, OST_CONFLICT, "another process holds the plan");
}

bool ost_db_plan_release(struct ost_db *db, int64_t id, const char *owner, struct ost_err *err)
{
    return ost_ask(db, &release, OST_PARAMS(OST_NUMBER(id), OST_TEXT(owner)), NULL, err);
}

bool ost_db_plan_snapshot_add(struct ost_db *db, int64_t id,
                              const struct ost_db_plan_snapshot *snapshot, struct ost_err *err)
{
    return ost_ask(db, &snapshot_add,
                   OST_PARAMS(OST_NUMBER(id), OST_NUMBER(snapshot->seq),
                              OST_BYTES(snapshot->state_hash, OST_DB_HASH),
                              OST_BYTES(snapshot->body, snapshot->body_bytes)),
                   NULL, err);
}

bool ost_db_plan_snapshot_get(struct ost_db *db, int64_t id, int64_t until, struct ost_arena *arena,
                              struct ost_db_plan_snapshot *out, struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    *out = (struct ost_db_plan_snapshot){0};
    if (!ost_ask(db, &snapshot_get, OST_PARAMS(OST_NUMBER(id), OST_NUMBER(until)), &rows, err))
        return false;
    if (ost_rows_count(rows) == 0)
        return true;
    struct ost_row row = ost_row_of(rows, 0);
    out->seq = ost_row_number(&row);
    ost_row_hash(&row, out->state_hash, sizeof out->state_hash);
    return ost_row_bytes(&row, arena, &out->body, &out->body_bytes, err);
}

bool ost_db_plan_snapshot_list(struct ost_db *db, int64_t id, struct ost_arena *arena,
                               struct ost_db_plan_kept **out, size_t *count, struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    void *array = NULL;
    if (!ost_ask(db, &snapshot_list, OST_PARAMS(OST_NUMBER(id)), &rows, err) ||
        !ost_rows_array(rows, sizeof **out, arena, &array, count, err))
        return false;
    *out = array;
    for (size_t i = 0; i < *count; i++) {
        struct ost_row row = ost_row_of(rows, i);
        (*out)[i].seq = ost_row_number(&row);
        ost_row_hash(&row, (*out)[i].state_hash, OST_DB_HASH);
        ost_row_hash(&row, (*out)[i].body_hash, OST_DB_HASH);
    }
    return true;
}

bool ost_db_plan_tag_add(struct ost_db *db, int64_t id, struct ost_db_plan_tag *tag,
                         struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    if (!ost_ask_one(db, &tag_add,
                     OST_PARAMS(OST_NUMBER(id), OST_NUMBER(tag->seq), OST_TEXT(tag->kind),
                                OST_TEXT(tag->name), OST_BYTES(tag->state_hash, OST_DB_HASH),
                                OST_NUMBER(tag->user), OST_TEXT(tag->by)),
                     &rows, err))
        return false;
    struct ost_row row = ost_row_of(rows, 0);
    int64_t case_id = ost_row_number(&row);
    /* The transaction may act for the sequencer; the chain shall name the person. */
    char detail[96];
    (void)snprintf(detail, sizeof detail, "{\"by\":%lld,\"seq\":%lld,\"kind\":\"%s\"}",
                   (long long)tag->user, (long long)tag->seq, tag->kind);
    const struct ost_audit audit = {.action = strcmp(tag->kind, "approved") == 0  ? "plan.approve"
                                              : strcmp(tag->kind, "version") == 0 ? "plan.version"
                                                                                  : "plan.review",
                                    .object = "plan",
                                    .object_id = id,
                                    .case_id = case_id,
                                    .detail = detail};
    if (strcmp(tag->kind, "approved") == 0 &&
        !ost_ask(db, &approve_case,
                 OST_PARAMS(OST_NUMBER(id), OST_BYTES(tag->state_hash, OST_DB_HASH)), NULL, err))
        return false;
    return ost_db_audit_add(db, &audit, err) && ost_db_news(db, "case", case_id, case_id, err);
}

bool ost_db_plan_tags(struct ost_db *db, int64_t id, struct ost_arena *arena,
                      struct ost_db_plan_tag **out, size_t *count, struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    void *array = NULL;
    if (!ost_ask(db, &tags, OST_PARAMS(OST_NUMBER(id)), &rows, err) ||
        !ost_rows_array(rows, sizeof **out, arena, &array, count, err))
        return false;
    *out = array;
    for (size_t i = 0; i < *count; i++) {
        struct ost_db_plan_tag *t = &(*out)[i];
        struct ost_row row = ost_row_of(rows, i);
        t->seq = ost_row_number(&row);
        ost_row_text(&row, t->kind, sizeof t->kind);
        ost_row_text(&row, t->name, sizeof t->name);
        ost_row_hash(&row, t->state_hash, sizeof t->state_hash);
        t->user = ost_row_number(&row);
        ost_row_text(&row, t->by, sizeof t->by);
        ost_row_text(&row, t->at, sizeof t->at);
    }
    return true;
}
