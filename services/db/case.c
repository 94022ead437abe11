#include "services/db/case.h"

#include "services/db/blob_impl.h"

#include <string.h>

/*
 * The newest plan and the number of films come with the case: a list needs no second question.
 * To whom it was opened, by grant or invitation, it says by whom and until when.
 */
#define OPENED                                                                                     \
    "left join lateral (select min(o.may) as may, max(o.expires_at) as until from (select g.may, " \
    "g.expires_at from case_grant g where g.case_id = c.id and g.grantee_id = tenant() "           \
    "and g.revoked_at is null and g.expires_at > now() "                                           \
    "union all select v.may, v.expires_at from guest v where v.case_id = c.id "                    \
    "and v.user_id = actor() and v.revoked_at is null and v.expires_at > now()) o "                \
    "where c.institution_id <> tenant()) o on true "
#define CASE                                                                                                                   \
    "select c.id, c.institution_id, c.code, c.side, c.state, c.simulated, coalesce(o.may, ''), "                               \
    "case when c.institution_id = tenant() then '' else coalesce((select i.name from institution "                             \
    "i where i.id = c.institution_id), '') end, " ISO(                                                                         \
        "o.until") ", "                                                                                                        \
                   "greatest(0, floor(extract(epoch from o.until - now())))::bigint, " ISO(                                    \
                       "c.created_at") ", "                                                                                    \
                                       "c.created_by, p.id, p.seq, (select count(*) from film f where f.case_id = c.id) "      \
                                       "from patient_case c left join lateral (select id, seq from plan where case_id = c.id " \
                                       "order by id desc limit 1) p on true " OPENED

static const struct ost_statement create = {
    "case_create", NULL,
    "insert into patient_case (institution_id, side, created_by) values (tenant(), $1, actor()) "
    "on conflict (institution_id, code) do nothing returning id"};
static const struct ost_statement get = {"case_get", "case", CASE "where c.id = $1"};
static const struct ost_statement list = {
    "case_list", NULL,
    CASE "where (c.institution_id = tenant() or c.id in (select g.case_id from case_grant g "
         "where g.grantee_id = tenant())) and ($1::bigint = 0 or c.id < $1) "
         "order by c.id desc limit $2"};
static const struct ost_statement set_side = {
    "case_set_side", "case", "update patient_case set side = $2 where id = $1 returning id"};
static const struct ost_statement set_state = {
    "case_set_state", "case", "update patient_case set state = $2 where id = $1 returning id"};
static const struct ost_statement mark = {
    "case_mark_simulated", "case",
    "update patient_case set simulated = true where id = $1 returning id"};
/*
 * Who adds a film or a result at this moment holds the case or the job: he is waited for, and
 * nobody comes after. Else his picture would stay, with its key, and no case would lead to it.
 * The jobs first, as a worker takes them.
 */
static const struct ost_statement hold_jobs = {
    "case_hold_jobs", NULL, "select id from job where case_id = $1 order by id for update"};
static const struct ost_statement hold = {"case_hold", "case",
                                          "select id from patient_case where id = $1 for update"};
static const struct ost_statement blobs = {"case_blobs", NULL,
                                           "select blob_id from film where case_id = $1 union "
                                           "select blob_id from result_file where case_id = $1"};
static const struct ost_statement drop = {"case_delete", "case",
                                          "delete from patient_case where id = $1 returning id"};
static void read_case(struct ost_row row, struct ost_db_case *out)
{
    out->id = ost_row_number(&row);
    out->institution = ost_row_number(&row);
    ost_row_text(&row, out->code, sizeof out->code);
    ost_row_text(&row, out->side, sizeof out->side);
    ost_row_text(&row, out->state, sizeof out->state);
    out->simulated = ost_row_bool(&row);
    ost_row_text(&row, out->granted, sizeof out->granted);
    ost_row_text(&row, out->owner, sizeof out->owner);
    ost_row_text(&row, out->granted_until, sizeof out->granted_until);
    out->granted_s = ost_row_number(&row);
    ost_row_text(&row, out->created_at, sizeof out->created_at);
    out->created_by = ost_row_number(&row);
    out->plan_id = ost_row_number(&row);
    out->plan_seq = ost_row_number(&row);
    out->film_count = ost_row_number(&row);
}

bool ost_db_case_get(struct ost_db *db, int64_t id, struct ost_db_case *out, struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    if (!ost_ask_one(db, &get, OST_PARAMS(OST_NUMBER(id)), &rows, err))
        return false;
    read_case(ost_row_of(rows, 0), out);
    return true;
}

/* A code is drawn anew where the institution has it already: one in 33 million per case. */
bool ost_db_case_create(struct ost_db *db, const char *side, struct ost_db_case *out,
                        struct ost_err *err)
{
    for (int i = 0; i < 8; i++) {
        OST_AUTO(ost_rows) rows = NULL;
        if (!ost_ask(db, &create, OST_PARAMS(OST_TEXT(side)), &rows, err))
            return false;
        if (ost_rows_count(rows) == 0)
            continue;
        struct ost_row row = ost_row_of(rows, 0);
        int64_t id = ost_row_number(&row);
        return ost_db_tell(db, "case.create", "case", id, id, err) &&
               ost_db_news(db, "case", id, id, err) && ost_db_case_get(db, id, out, err);
    }
    return ost_fail(err, OST_CONFLICT, "no free case code found");
}

bool ost_db_case_list(struct ost_db *db, int64_t before, size_t most, struct ost_arena *arena,
                      struct ost_db_cases *out, struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    void *array = NULL;
    if (!ost_ask(db, &list, OST_PARAMS(OST_NUMBER(before), OST_NUMBER((int64_t)most)), &rows,
                 err) ||
        !ost_rows_array(rows, sizeof *out->row, arena, &array, &out->count, err))
        return false;
    out->row = array;
    for (size_t i = 0; i < out->count; i++)
        read_case(ost_row_of(rows, i), &out->row[i]);
    return true;
}

bool ost_db_case_set_side(struct ost_db *db, int64_t id, const char *side, struct ost_err *err)
{
    return ost_ask_one(db, &set_side, OST_PARAMS(OST_NUMBER(id), OST_TEXT(side)), NULL, err) &&
           ost_db_tell(db, "case.side", "case", id, id, err) &&
           ost_db_news(db, "case", id, id, err);
}

bool ost_db_case_set_state(struct ost_db *db, int64_t id, const char *state, struct ost_err *err)
{
    return ost_ask_one(db, &set_state, OST_PARAMS(OST_NUMBER(id), OST_TEXT(state)), NULL, err) &&
           ost_db_tell(db, "case.state", "case", id, id, err) &&
           ost_db_news(db, "case", id, id, err);
}

bool ost_db_case_mark_simulated(struct ost_db *db, int64_t id, struct ost_err *err)
{
    return ost_ask_one(db, &mark, OST_PARAMS(OST_NUMBER(id)), NULL, err) &&
           ost_db_tell(db, "case.simulated", "case", id, id, err);
}

/* "{1,2,3}": the form of an array parameter. */
static const char *id_array(const struct ost_rows *rows, struct ost_arena *arena)
{
    enum { OST_ID_TEXT = 21 };
    size_t count = ost_rows_count(rows), at = 0;
    char *text = ost_arena_alloc(arena, count * OST_ID_TEXT + 3);
    if (text == NULL)
        return NULL;
    text[at++] = '{';
    for (size_t i = 0; i < count; i++) {
        struct ost_row row = ost_row_of(rows, i);
        if (i > 0)
            text[at++] = ',';
        ost_row_text(&row, text + at, OST_ID_TEXT);
        at += strlen(text + at);
    }
    text[at++] = '}';
    text[at] = '\0';
    return text;
}

bool ost_db_case_delete(struct ost_db *db, int64_t id, struct ost_arena *arena,
                        struct ost_blob **gone, size_t *count, struct ost_err *err)
{
    OST_AUTO(ost_rows) used = NULL;
    if (!ost_ask(db, &hold_jobs, OST_PARAMS(OST_NUMBER(id)), NULL, err) ||
        !ost_ask_one(db, &hold, OST_PARAMS(OST_NUMBER(id)), NULL, err) ||
        !ost_ask(db, &blobs, OST_PARAMS(OST_NUMBER(id)), &used, err))
        return false;
    const char *ids = id_array(used, arena);
    if (ids == NULL)
        return ost_fail(err, OST_LIMIT, "%zu blobs in one case", ost_rows_count(used));
    return ost_ask_one(db, &drop, OST_PARAMS(OST_NUMBER(id)), NULL, err) &&
           ost_db_blob_drop_unused(db, ids, arena, gone, count, err) &&
           ost_db_tell(db, "case.delete", "case", id, id, err) &&
           ost_db_news(db, "case", id, id, err);
}
