/* Cases: list, make, look at, delete; the word on a fit; the way to its socket. */
#include "services/db/review.h"
#include "services/log/log.h"
#include "services/routes/share_impl.h"
#include "services/routes/spool_impl.h"
#include "services/routes/table_impl.h"
#include "services/routes/waiting_impl.h"

#include <string.h>

#define PAGE 100 /* cases in one answer */

static json_t *json_case(const struct ost_db_case *one)
{
    return json_pack("{s:I,s:s,s:s,s:s,s:s,s:I,s:o,s:o,s:o}", "id", (json_int_t)one->id, "code",
                     one->code, "side", one->side, "state", one->state, "created_at",
                     one->created_at, "film_count", (json_int_t)one->film_count, "granted",
                     ost_json_text(one->granted), "owner", ost_json_text(one->owner),
                     "granted_until", ost_json_text(one->granted_until));
}

OST_ROUTE(case_list)
{
    int64_t before;
    struct ost_db_cases cases;
    if (!ost_call_query(call, "before", 0, &before, err) ||
        !ost_call_begin(call, OST_RIGHT_CASE_LIST, 0, err) ||
        !ost_db_case_list(call->db, before, PAGE, call->arena, &cases, err) ||
        !ost_db_commit(call->db, err))
        return false;
    json_t *list = json_array();
    for (size_t i = 0; i < cases.count; i++)
        (void)json_array_append_new(list, json_case(&cases.row[i]));
    json_t *next = cases.count == PAGE ? json_integer(cases.row[PAGE - 1].id) : json_null();
    return ost_call_answer(call, 200, json_pack("{s:o,s:o}", "cases", list, "next", next));
}

static bool check_side(struct ost_call *call, const char *side, struct ost_err *err)
{
    return strcmp(side, "left") == 0 || strcmp(side, "right") == 0 ||
           strcmp(side, "unknown") == 0 ||
           ost_call_refuse(call, err, OST_INVALID, "side", "The side is left, right or unknown.");
}

OST_ROUTE(case_create)
{
    const char *side;
    int simulated = 0; /* a program that made the patient says so */
    struct ost_db_case made;
    if (!ost_call_json(call, err, "{s:s, s?b!}", "side", &side, "simulated", &simulated) ||
        !check_side(call, side, err) || !ost_call_begin(call, OST_RIGHT_CASE_CREATE, 0, err) ||
        !ost_db_case_create(call->db, side, &made, err) ||
        !ost_call_share(call, OST_USAGE_CASES, 0, err) ||
        (simulated && !ost_db_case_mark_simulated(call->db, made.id, err)) ||
        !ost_db_commit(call->db, err))
        return false;
    return ost_call_answer(call, 201, json_case(&made));
}

/* --- one case, with everything a page shows of it ------------------------------- */

/* A right that is refused is no error here, but a database that does not answer is. */
static bool json_may(struct ost_call *call, int64_t case_id, json_t **out, struct ost_err *err)
{
    *out = json_array();
    for (int i = 0; i < OST_RIGHTS; i++) {
        enum ost_right right = (enum ost_right)i;
        if (right == OST_RIGHT_CASE_LIST || right == OST_RIGHT_CASE_CREATE ||
            right == OST_RIGHT_AUDIT_READ)
            continue;
        if (ost_auth_may(call->db, &call->session, right, case_id, err)) {
            (void)json_array_append_new(*out, json_string(ost_right_name(right)));
        } else if (err->code != OST_DENIED && err->code != OST_CONFLICT) {
            json_decref(*out);
            return false;
        }
    }
    return true;
}

static bool json_films(struct ost_call *call, int64_t case_id, json_t *into, struct ost_err *err)
{
    struct ost_db_film *film;
    size_t count;
    if (!ost_db_film_list(call->db, case_id, call->arena, &film, &count, err))
        return false;
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        (void)json_array_append_new(list, ost_json_film(&film[i]));
    return json_object_set_new(into, "films", list) == 0;
}

static bool json_jobs(struct ost_call *call, int64_t case_id, json_t *into, struct ost_err *err)
{
    struct ost_db_job *job;
    size_t count;
    if (!ost_db_job_list(call->db, case_id, call->arena, &job, &count, err))
        return false;
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        (void)json_array_append_new(list, ost_json_job(&job[i]));
    return json_object_set_new(into, "jobs", list) == 0;
}

static bool json_review(struct ost_call *call, int64_t case_id, json_t *into, struct ost_err *err)
{
    struct ost_db_review review;
    bool found, wanted;
    if (!ost_db_review_last(call->db, case_id, &review, &found, err) ||
        !ost_db_review_wanted(call->db, case_id, &wanted, err))
        return false;
    json_t *last = found ? json_pack("{s:s,s:s,s:s}", "verdict", review.verdict, "by", review.by,
                                     "at", review.at)
                         : json_null();
    return json_object_set_new(into, "fit_review", last) == 0 &&
           json_object_set_new(into, "fit_review_wanted", json_boolean(wanted)) == 0;
}

static bool json_parts(struct ost_call *call, const struct ost_db_case *one, json_t *into,
                       struct ost_err *err)
{
    json_t *files, *may;
    if (!json_films(call, one->id, into, err) || !json_jobs(call, one->id, into, err) ||
        !json_review(call, one->id, into, err) ||
        !ost_json_files(call->db, one->id, call->arena, &files, err))
        return false;
    (void)json_object_update_new(into, files);
    if (!json_may(call, one->id, &may, err))
        return false;
    json_t *plan = one->plan_id == 0 ? json_null()
                                     : json_pack("{s:I,s:I}", "id", (json_int_t)one->plan_id, "seq",
                                                 (json_int_t)one->plan_seq);
    return json_object_set_new(into, "may", may) == 0 &&
           json_object_set_new(into, "plan", plan) == 0;
}

OST_ROUTE(case_get)
{
    int64_t id;
    struct ost_db_case one;
    if (!ost_call_id(call, 0, &id, err) || !ost_call_begin(call, OST_RIGHT_CASE_READ, id, err) ||
        !ost_db_case_get(call->db, id, &one, err))
        return false;
    const struct ost_audit seen = {
        .action = "case.view", .object = "case", .object_id = id, .case_id = id};
    if (!ost_call_seen(call, &seen, err))
        return false;
    json_t *json = json_case(&one);
    if (json == NULL)
        return ost_fail(err, OST_NOMEM, "case");
    if (!json_parts(call, &one, json, err) || !ost_db_commit(call->db, err)) {
        json_decref(json);
        return false;
    }
    return ost_call_answer(call, 200, json);
}

/* A person says which side it is: never the program by itself. */
OST_ROUTE(case_change)
{
    int64_t id;
    const char *side;
    struct ost_db_case one;
    if (!ost_call_id(call, 0, &id, err) || !ost_call_json(call, err, "{s:s!}", "side", &side) ||
        !check_side(call, side, err) || !ost_call_begin(call, OST_RIGHT_UPLOAD, id, err) ||
        !ost_db_case_set_side(call->db, id, side, err) ||
        !ost_db_case_get(call->db, id, &one, err) || !ost_db_commit(call->db, err))
        return false;
    return ost_call_answer(call, 200, json_case(&one));
}

OST_ROUTE(case_delete)
{
    int64_t id;
    struct ost_blob *gone;
    size_t count;
    struct ost_err late;
    if (!ost_call_id(call, 0, &id, err) || !ost_call_no_body(call, err) ||
        !ost_call_begin(call, OST_RIGHT_CASE_DELETE, id, err) ||
        !ost_db_case_delete(call->db, id, call->arena, &gone, &count, err) ||
        !ost_db_commit(call->db, err))
        return false;
    /* The rows held the keys: what stays of a file that cannot be removed is noise. */
    for (size_t i = 0; i < count; i++) {
        if (!ost_store_delete(call->app->store, &gone[i], &late))
            ost_log_err(OST_LOG_WARN, "case.blob_left", &late);
    }
    ost_waiting_drop_case(call->app->waiting, id);
    ost_spool_drop_case(call->app->spool, id);
    return ost_call_answer_empty(call);
}

OST_ROUTE(case_review)
{
    int64_t id;
    const char *verdict, *note = "";
    struct ost_db_review review;
    if (!ost_call_id(call, 0, &id, err) ||
        !ost_call_json(call, err, "{s:s,s?s!}", "verdict", &verdict, "note", &note))
        return false;
    if (strcmp(verdict, "accept") != 0 && strcmp(verdict, "reject") != 0) {
        return ost_call_refuse(call, err, OST_INVALID, "verdict",
                               "The verdict is accept or reject.");
    }
    if (!ost_call_begin(call, OST_RIGHT_FIT_REVIEW, id, err) ||
        !ost_db_review_add(call->db, id, verdict, note, &review, err) ||
        !ost_db_commit(call->db, err))
        return false;
    return ost_call_answer(call, 200,
                           json_pack("{s:{s:s,s:s,s:s}}", "fit_review", "verdict", review.verdict,
                                     "by", review.by, "at", review.at));
}

OST_ROUTE(case_ticket)
{
    int64_t id;
    char ticket[OST_AUTH_TOKEN];
    if (!ost_call_id(call, 0, &id, err) || !ost_call_no_body(call, err) ||
        !ost_auth_ticket_give(call->app->auth, call->db, &call->session, id, ticket, err))
        return false;
    return ost_call_answer(call, 201, json_pack("{s:s}", "ticket", ticket));
}
