/* Asking for a job: what goes into it decides which row it is. */
#include "services/db/job_impl.h"
#include "services/db/queue.h"

#include <string.h>

/* The newest finished reconstruction of case $1. */
#define NEWEST                                                                                     \
    "(select j.id from job j where j.case_id = $1 and j.kind = 'recon' and j.state = 'done' "      \
    "order by j.id desc limit 1)"
#define FIT "'recon', j.id, 'recon_digest', encode(j.output_digest, 'hex')"
#define PLAN                                                                                       \
    "'plan', p.id, 'plan_seq', p.seq, 'state_hash', encode(p.state_hash, 'hex'), 'approved', "     \
    "exists (select 1 from approval a where a.plan_id = p.id and a.kind = 'approved' "             \
    "and a.state_hash = p.state_hash)"

/*
 * A case may come back to what it was: the side taken back, the views exchanged twice. The
 * newest result is what a case shows, so this is new work, told apart by what it comes after.
 */
#define AGAIN                                                                                      \
    "case when n.input - 'after' = i.input then n.input "                                          \
    "when exists (select 1 from job o where o.case_id = $1 and o.kind = 'recon' "                  \
    "and o.state = 'done' and o.input - 'after' = i.input) "                                       \
    "then i.input || jsonb_build_object('after', n.id) else i.input end"

/* A CT is asked for where the broken arm has no film: then its slices go into the input. */
#define FILMED                                                                                     \
    "exists (select 1 from film a where a.case_id = $1 and a.kind = 'film' and a.arm = 'affected')"
#define SLICES                                                                                     \
    "(select encode(sha256(convert_to(string_agg(encode(b.sha256, 'hex'), '' order by f.id), "     \
    "'UTF8')), 'hex') from film f join blob b on b.id = f.blob_id "                                \
    "where f.case_id = $1 and f.kind = 'ct')"

static const struct ost_statement recon = {
    "input_recon", NULL,
    "select " AGAIN ", i.input -> 'ct' is not null or " FILMED
    ", 0 from (select jsonb_build_object('osteon_job', "
    "1, 'kind', 'recon', 'program', $2::text, 'side', c.side, 'films', (select "
    "jsonb_agg(jsonb_build_object('film', f.id, 'blob', f.blob_id, 'sha256', encode(b.sha256, "
    "'hex'), 'projection', f.projection, 'arm', f.arm, 'laterality', f.laterality, 'spacing_mm', "
    "jsonb_build_array(f.spacing_u, f.spacing_v), 'spacing_how', f.spacing_how, 'frame', f.frame, 'camera_sha256', "
    "encode(sha256(convert_to(f.camera, 'UTF8')), 'hex')) order by f.id) from film f join blob b "
    "on b.id = f.blob_id where f.case_id = c.id and f.kind = 'film')) || case when " FILMED
    " then '{}'::jsonb else jsonb_strip_nulls(jsonb_build_object('ct', " SLICES ")) end as input "
    "from patient_case c where c.id = $1) i left join job n on n.id = " NEWEST};

static const struct ost_statement mech = {
    "input_mech", NULL,
    "select jsonb_build_object('osteon_job', 1, 'kind', 'mech', 'program', $2::text, " FIT
    "), true, 0 from job j where j.id = " NEWEST};

/* A study by name, of the bone as it is or as its plan leaves it. */
static const struct ost_statement study = {
    "input_study", NULL,
    "select jsonb_build_object('osteon_job', 1, 'kind', 'mech', 'program', $2::text, 'study', "
    "$3::text, 'study_sha256', $4::text, " FIT
    ") || case when $5 = 'planned' then jsonb_build_object(" PLAN ") else '{}'::jsonb end, "
    "$5 <> 'planned' or p.id is not null, 0 from job j left join plan p on p.recon_job_id = j.id "
    "where j.id = " NEWEST};

static const struct ost_statement guide = {
    "input_guide", NULL,
    "select jsonb_build_object('osteon_job', 1, 'kind', 'guide', 'program', $2::text, " FIT
    ", " PLAN "), p.id is not null, 0 from job j left join plan p on p.recon_job_id = j.id "
    "where j.id = " NEWEST};

/*
 * Density and stress belong in the report: a job for them that is on its way is waited
 * for. So does what is known of the guide of this very state.
 */
static const struct ost_statement report = {
    "input_report", NULL,
    "select jsonb_build_object('osteon_job', 1, 'kind', 'report', 'program', $2::text, " FIT
    ", " PLAN ") || jsonb_strip_nulls(jsonb_build_object('mech', m.id, 'guide', g.id)), "
    "p.id is not null, "
    "case when m.state in ('ready', 'running') then m.id else 0 end "
    "from job j left join plan p on p.recon_job_id = j.id left join lateral (select id, state from "
    "job w where w.case_id = $1 and w.kind = 'mech' and not w.input ? 'study' "
    "and w.state in ('ready', 'running', 'done') "
    "and (w.input ->> 'recon')::bigint = j.id order by w.id desc limit 1) m on true "
    "left join lateral (select id from job w where w.case_id = $1 and w.kind = 'guide' "
    "and w.state = 'done' and w.input ->> 'state_hash' = encode(p.state_hash, 'hex') "
    "order by w.id desc limit 1) g on true "
    "where j.id = " NEWEST};

static const struct {
    const char *kind;
    const struct ost_statement *input;
    const char *no_row, *not_fit; /* what to do where the question has no answer */
} asks[] = {
    {"recon", &recon, "there is no such case",
     "the case has neither a film of the affected arm nor a CT; upload one"},
    {"mech", &mech, "the case has no finished reconstruction; ask for recon first",
     "the case has no plan yet"},
    {"guide", &guide, "the case has no finished reconstruction; ask for recon first",
     "the case has no plan yet"},
    {"report", &report, "the case has no finished reconstruction; ask for recon first",
     "the case has no plan yet"},
};

static const struct ost_statement insert = {
    "job_insert", NULL,
    "insert into job (institution_id, case_id, kind, input, input_digest, depends_on, created_by) "
    "values (tenant(), $1, $2, $3::jsonb, sha256(convert_to(($3::jsonb)::text, 'UTF8')), "
    "nullif($4::bigint, 0), nullif(actor(), 0)) "
    "on conflict (case_id, kind, input_digest) where state in ('ready', 'running', 'done') "
    "do nothing returning id"};
static const struct ost_statement same = {
    "job_same", "job",
    "select id from job where case_id = $1 and kind = $2 and state in ('ready', 'running', 'done') "
    "and input_digest = sha256(convert_to(($3::jsonb)::text, 'UTF8'))"};

static bool add_row(struct ost_db *db, const struct ost_queue_ask *ask, const char *input,
                    int64_t depends_on, int64_t *id, struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    if (!ost_ask(db, &insert,
                 OST_PARAMS(OST_NUMBER(ask->case_id), OST_TEXT(ask->kind), OST_TEXT(input),
                            OST_NUMBER(depends_on)),
                 &rows, err))
        return false;
    if (ost_rows_count(rows) == 1) {
        struct ost_row row = ost_row_of(rows, 0);
        *id = ost_row_number(&row);
        return ost_db_tell(db, "job.ask", "job", *id, ask->case_id, err) &&
               ost_db_news_ready(db, err) && ost_db_job_changed(db, ask->case_id, *id, err);
    }
    OST_AUTO(ost_rows) known = NULL;
    if (!ost_ask_one(db, &same,
                     OST_PARAMS(OST_NUMBER(ask->case_id), OST_TEXT(ask->kind), OST_TEXT(input)),
                     &known, err))
        return false;
    struct ost_row row = ost_row_of(known, 0);
    *id = ost_row_number(&row);
    return true;
}

static bool ask_input(struct ost_db *db, const struct ost_queue_ask *ask,
                      const struct ost_statement *input, struct ost_rows **rows,
                      struct ost_err *err)
{
    if (ask->study == NULL)
        return ost_ask(db, input, OST_PARAMS(OST_NUMBER(ask->case_id), OST_TEXT(ask->program)),
                       rows, err);
    return ost_ask(db, &study,
                   OST_PARAMS(OST_NUMBER(ask->case_id), OST_TEXT(ask->program),
                              OST_TEXT(ask->study), OST_TEXT(ask->study_sha256),
                              OST_TEXT(ask->planned ? "planned" : "before")),
                   rows, err);
}

bool ost_queue_add(struct ost_db *db, const struct ost_queue_ask *ask, struct ost_db_job *out,
                   const char **missing, struct ost_err *err)
{
    enum { OST_INPUT_MEMORY = 1 << 20 };
    size_t at = 0;
    while (at < sizeof asks / sizeof asks[0] && strcmp(asks[at].kind, ask->kind) != 0)
        at++;
    if (at == sizeof asks / sizeof asks[0])
        return ost_fail(err, OST_BUG, "a job of no known kind");

    OST_AUTO(ost_arena) arena = NULL;
    OST_AUTO(ost_rows) rows = NULL;
    if (!ost_arena_create(&arena, OST_INPUT_MEMORY, err) ||
        !ask_input(db, ask, asks[at].input, &rows, err))
        return false;
    *missing = asks[at].no_row;
    if (ost_rows_count(rows) == 0)
        return true;
    const char *input = NULL;
    struct ost_row row = ost_row_of(rows, 0);
    if (!ost_row_keep(&row, arena, &input, err))
        return false;
    bool fit = ost_row_bool(&row);
    *missing = fit ? NULL : asks[at].not_fit;
    int64_t depends_on = ost_row_number(&row), id = 0;
    return !fit ||
           (add_row(db, ask, input, depends_on, &id, err) && ost_db_job_get(db, id, out, err));
}
