#include "services/db/review.h"

#include "services/db/ask_impl.h"

/* The newest finished reconstruction of case $1. */
#define NEWEST                                                                                     \
    "(select j.id from job j where j.case_id = $1 and j.kind = 'recon' and j.state = 'done' "      \
    "order by j.id desc limit 1)"
#define REVIEW                                                                                     \
    "select v.id, v.job_id, v.user_id, v.verdict, coalesce(u.name, ''), " ISO(                     \
        "v.created_at") " from fit_review v left join app_user u on u.id = v.user_id "

static const struct ost_statement add = {
    "review_add", "finished reconstruction",
    "insert into fit_review (institution_id, case_id, job_id, user_id, verdict, note) "
    "select tenant(), $1, j, actor(), $2, $3 from " NEWEST " as n(j) where j is not null "
    "returning id"};
static const struct ost_statement get = {"review_get", "review", REVIEW "where v.id = $1"};
static const struct ost_statement last = {
    "review_last", NULL, REVIEW "where v.job_id = " NEWEST " order by v.id desc limit 1"};
static const struct ost_statement wanted = {
    "review_wanted", NULL,
    "select coalesce((select coalesce((select v.verdict = 'reject' from fit_review v "
    "where v.job_id = j.id order by v.id desc limit 1), "
    "(j.output ->> 'residual_ok')::boolean is false) from job j where j.id = " NEWEST "), false)"};

static void read_review(struct ost_row row, struct ost_db_review *out)
{
    out->id = ost_row_number(&row);
    out->job_id = ost_row_number(&row);
    out->user_id = ost_row_number(&row);
    ost_row_text(&row, out->verdict, sizeof out->verdict);
    ost_row_text(&row, out->by, sizeof out->by);
    ost_row_text(&row, out->at, sizeof out->at);
}

bool ost_db_review_add(struct ost_db *db, int64_t case_id, const char *verdict, const char *note,
                       struct ost_db_review *out, struct ost_err *err)
{
    OST_AUTO(ost_rows) added = NULL;
    OST_AUTO(ost_rows) rows = NULL;
    if (!ost_ask_one(
            db, &add,
            OST_PARAMS(OST_NUMBER(case_id), OST_TEXT(verdict), OST_TEXT(note == NULL ? "" : note)),
            &added, err))
        return false;
    struct ost_row row = ost_row_of(added, 0);
    int64_t id = ost_row_number(&row);
    if (!ost_ask_one(db, &get, OST_PARAMS(OST_NUMBER(id)), &rows, err))
        return false;
    read_review(ost_row_of(rows, 0), out);
    return ost_db_tell(db, out->verdict[0] == 'a' ? "fit.accept" : "fit.reject", "review", id,
                       case_id, err) &&
           ost_db_news(db, "case", case_id, case_id, err);
}

bool ost_db_review_last(struct ost_db *db, int64_t case_id, struct ost_db_review *out, bool *found,
                        struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    if (!ost_ask(db, &last, OST_PARAMS(OST_NUMBER(case_id)), &rows, err))
        return false;
    *found = ost_rows_count(rows) == 1;
    if (*found)
        read_review(ost_row_of(rows, 0), out);
    return true;
}

bool ost_db_review_wanted(struct ost_db *db, int64_t case_id, bool *out, struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    if (!ost_ask_one(db, &wanted, OST_PARAMS(OST_NUMBER(case_id)), &rows, err))
        return false;
    struct ost_row row = ost_row_of(rows, 0);
    *out = ost_row_bool(&row);
    return true;
}
