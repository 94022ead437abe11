#include "recon/plan/plan.h"
#include "services/db/plan.h"
#include "services/db/result.h"
#include "services/pipeline/fill_impl.h"
#include "services/pipeline/folder_impl.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { OST_FILL_BYTES = 512 << 20, OST_ENTRY_MEMORY = 8 << 20 };

static bool begin(struct ost_work *work, struct ost_err *err)
{
    const struct ost_db_who who = {.institution = work->job->institution};
    return ost_db_begin(work->db, &who, err);
}

static bool put_blob(struct ost_work *work, const struct ost_blob *blob, const char *name,
                     struct ost_err *err)
{
    struct ost_buf bytes;
    ost_buf_init(&bytes, OST_FILL_BYTES);
    bool ok = ost_store_get(work->store, blob, &bytes, err) &&
              ost_folder_put(work->dir, name, bytes.ptr, bytes.len, err);
    ost_buf_fini(&bytes);
    return ok;
}

/* The films of one arm. */
struct arm {
    const char *name, *stem; /* as the row says; as their files begin */
    struct ost_db_film *film;
    size_t *count;
    struct ost_blob blob[OST_WORK_FILMS];
    const char *camera[OST_WORK_FILMS]; /* NULL where it has none */
};

static bool add_film(struct ost_work *work, const struct ost_db_film *film, struct arm *arm,
                     struct ost_err *err)
{
    size_t n = *arm->count;
    if (strcmp(film->kind, "film") != 0 || strcmp(film->arm, arm->name) != 0)
        return true;
    if (n == OST_WORK_FILMS)
        return ost_fail(err, OST_LIMIT, "more than %d films of one arm", OST_WORK_FILMS);
    if (!ost_db_blob_get(work->db, film->blob_id, &arm->blob[n], err) ||
        !ost_db_film_camera(work->db, film->id, work->arena, &arm->camera[n], err))
        return false;
    arm->film[(*arm->count)++] = *film;
    return true;
}

static bool ask_films(struct ost_work *work, struct arm arm[2], struct ost_err *err)
{
    struct ost_db_film *film = NULL;
    size_t count = 0;
    if (!ost_db_case_get(work->db, work->job->case_id, &work->about, err) ||
        !ost_db_film_list(work->db, work->job->case_id, work->arena, &film, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!add_film(work, &film[i], &arm[0], err) || !add_film(work, &film[i], &arm[1], err))
            return false;
    }
    return true;
}

/* The slices of the largest series of the case's CT; of equal ones the first. */
struct slices {
    struct ost_db_film *film; /* in the arena: all films of the case */
    size_t count;
    const char *series; /* NULL where the case has no CT */
    struct ost_blob *blob;
};

static bool is_slice(const struct slices *s, size_t i)
{
    return strcmp(s->film[i].kind, "ct") == 0 &&
           (s->series == NULL || strcmp(s->film[i].series, s->series) == 0);
}

static void choose_series(struct slices *s)
{
    size_t most = 0;
    const char *best = NULL;
    for (size_t i = 0; i < s->count; i++) {
        size_t same = 0;
        s->series = NULL;
        if (!is_slice(s, i) || (best != NULL && strcmp(best, s->film[i].series) == 0))
            continue;
        s->series = s->film[i].series;
        for (size_t j = 0; j < s->count; j++)
            same += is_slice(s, j) ? 1 : 0;
        best = same > most ? s->series : best;
        most = same > most ? same : most;
    }
    s->series = best;
}

static bool ask_slices(struct ost_work *work, struct slices *s, struct ost_err *err)
{
    if (!ost_db_film_list(work->db, work->job->case_id, work->arena, &s->film, &s->count, err))
        return false;
    choose_series(s);
    s->blob = ost_arena_alloc(work->arena, (s->count + 1) * sizeof *s->blob);
    if (s->blob == NULL)
        return ost_fail(err, OST_LIMIT, "%zu slices do not fit the memory of a job", s->count);
    for (size_t i = 0; s->series != NULL && i < s->count; i++)
        if (is_slice(s, i) &&
            !ost_db_blob_get(work->db, s->film[i].blob_id, &s->blob[work->slice_count++], err))
            return false;
    return true;
}

bool ost_fill_slices(struct ost_work *work, struct ost_err *err)
{
    struct slices s = {.count = 0};
    char name[OST_WORK_NAME];
    if (!begin(work, err))
        return false;
    bool ok = ask_slices(work, &s, err);
    ost_db_end(work->db);
    for (size_t i = 0; ok && i < work->slice_count; i++) {
        (void)snprintf(name, sizeof name, "slice_%zu.clean", i);
        ok = put_blob(work, &s.blob[i], name, err);
    }
    return ok;
}

static bool put_films(struct ost_work *work, const struct arm *arm, struct ost_err *err)
{
    char name[OST_WORK_NAME];
    for (size_t i = 0; i < *arm->count; i++) {
        (void)snprintf(name, sizeof name, "%s_%zu.clean", arm->stem, i);
        if (!put_blob(work, &arm->blob[i], name, err))
            return false;
        (void)snprintf(name, sizeof name, "%s_%zu.camera", arm->stem, i);
        if (arm->camera[i] != NULL &&
            !ost_folder_put(work->dir, name, arm->camera[i], strlen(arm->camera[i]), err))
            return false;
    }
    return true;
}

bool ost_fill_films(struct ost_work *work, struct ost_err *err)
{
    struct arm arm[2] = {
        {.name = "affected", .stem = "film", .film = work->film, .count = &work->film_count},
        {.name = "other", .stem = "other", .film = work->other, .count = &work->other_count}};
    if (!begin(work, err))
        return false;
    bool ok = ask_films(work, arm, err);
    ost_db_end(work->db);
    return ok && put_films(work, &arm[0], err) && put_films(work, &arm[1], err);
}

struct found {
    struct ost_blob blob[OST_WORK_FILES];
};

/* Files of one job; a later job's file of the same name is never asked for. */
static bool ask_files(struct ost_work *work, int64_t job, struct found *found, struct ost_err *err)
{
    struct ost_db_result *file = NULL;
    size_t count = 0;
    if (!ost_db_result_of_job(work->db, job, work->arena, &file, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        size_t n = work->given_count;
        if (n == OST_WORK_FILES)
            return ost_fail(err, OST_LIMIT, "more than %d files of results", OST_WORK_FILES);
        if (!ost_db_blob_get(work->db, file[i].blob_id, &found->blob[n], err))
            return false;
        (void)snprintf(work->given[n], OST_WORK_NAME, "%s", file[i].name);
        work->given_count++;
    }
    return true;
}

static bool ask_results(struct ost_work *work, struct found *found, struct ost_err *err)
{
    return ask_files(work, work->recon, found, err) &&
           (work->mech == 0 || ask_files(work, work->mech, found, err)) &&
           (work->guide == 0 || ask_files(work, work->guide, found, err));
}

bool ost_fill_results(struct ost_work *work, struct ost_err *err)
{
    struct found *found = ost_arena_alloc(work->arena, sizeof *found);
    char name[OST_WORK_NAME + 8];
    char path[OST_WORK_DIR + OST_WORK_NAME];
    (void)snprintf(path, sizeof path, "%s/result", work->dir);
    if (found == NULL || mkdir(path, S_IRWXU) != 0)
        return ost_fail(err, OST_UNAVAILABLE, "no folder for the results");
    if (!begin(work, err))
        return false;
    bool ok = ask_results(work, found, err);
    ost_db_end(work->db);
    for (size_t i = 0; ok && i < work->given_count; i++) {
        (void)snprintf(name, sizeof name, "result/%s", work->given[i]);
        ok = put_blob(work, &found->blob[i], name, err);
    }
    return ok;
}

static bool replay(void *user, const struct ost_db_plan_op *op, struct ost_err *err)
{
    struct ost_plan *plan = user;
    OST_AUTO(ost_arena) arena = NULL;
    struct ost_entry entry;
    return ost_arena_create(&arena, OST_ENTRY_MEMORY, err) &&
           ost_entry_read_body(op->body, op->body_bytes, arena, &entry, err) &&
           ost_plan_replay(plan, &entry, err);
}

static bool load_plan(struct ost_work *work, struct ost_plan *plan, struct ost_err *err)
{
    const struct ost_db_plan_range range = {.plan = work->plan, .until = work->plan_seq};
    if (!begin(work, err))
        return false;
    bool ok = ost_db_plan_load(work->db, &range, replay, plan, err);
    ost_db_end(work->db);
    return ok;
}

/* The state must be the one the job was asked for: what is engraved depends on it. */
static bool is_that_state(const struct ost_work *work, const struct ost_plan *plan,
                          struct ost_err *err)
{
    char got[OST_SHA256_HEX], want[OST_SHA256_HEX];
    if (!ost_plan_hash(plan, got, err))
        return false;
    ost_sha256_hex(work->plan_hash, want);
    return (ost_plan_seq(plan) == work->plan_seq && strcmp(got, want) == 0) ||
           ost_fail(err, OST_CORRUPT, "plan %" PRId64 " at %" PRId64 " is not the state asked for",
                    work->plan, work->plan_seq);
}

bool ost_fill_plan(struct ost_work *work, struct ost_err *err)
{
    char id[24];
    struct ost_buf json;
    OST_AUTO(ost_plan) plan = NULL;
    (void)snprintf(id, sizeof id, "%" PRId64, work->plan);
    if (!ost_plan_create(&plan, id, err) || !load_plan(work, plan, err) ||
        !is_that_state(work, plan, err))
        return false;
    ost_buf_init(&json, OST_PLAN_BYTES);
    bool ok = ost_plan_write(plan, OST_FORM_JSON, &json, err) &&
              ost_folder_put(work->dir, "plan.json", json.ptr, json.len, err);
    ost_buf_fini(&json);
    return ok;
}
