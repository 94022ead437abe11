/*
 * Films to bones. What follows from a reconstruction stands in the transaction that
 * ends it: the mechanics are asked for, and the plan begins with what was found.
 */
#include "services/station/recon.h"

#include "recon/dicom/series.h"
#include "recon/plan/plan.h"
#include "services/casefile/result.h"
#include "services/db/plan.h"
#include "services/pipeline/fill_impl.h"
#include "services/pipeline/kind_impl.h"
#include "services/station/plan_seed.h"
#include "services/station/segment.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static bool prepare(struct ost_work *work, struct ost_err *err)
{
    if (!ost_fill_films(work, err) || (work->film_count == 0 && !ost_fill_slices(work, err)))
        return false;
    return work->film_count > 0 || work->slice_count > 0 ||
           ost_fail(err, OST_INVALID, "the case has neither a film of the affected arm nor a CT");
}

/* As many bones as a page can hold; each is four files at most. */
enum { OST_BONES_SHOWN = 24 };

static bool segment(struct ost_work *work, const struct ost_progress *progress, struct ost_err *err)
{
    struct ost_series_facts facts;
    struct ost_grid *ct = NULL;
    struct ost_station_segment_done done;
    struct ost_station_segment_options options = {.simulated = work->about.simulated,
                                                  .source = "dicom",
                                                  .no_volumes = true,
                                                  .bones_most = OST_BONES_SHOWN,
                                                  .model = work->config->model};
    (void)ost_side_of_name(work->about.side, &options.side);
    if (!ost_progress_step(progress, 0.0, "read", err) || !ost_fill_ct(work, &facts, &ct, err))
        return false;
    options.slices = facts.slices;
    options.resampled = facts.resampled;
    bool ok = ost_station_segment(work->dir, ct, &options, progress, &done, err);
    ost_grid_destroy(ct);
    return ok;
}

static bool run(struct ost_work *work, const struct ost_progress *progress, struct ost_err *err)
{
    const struct ost_station_recon_options options = {.model = work->config->model};
    struct ost_station_recon_done done;
    if (work->slice_count > 0)
        return segment(work, progress, err);
    return ost_fill_case(work, err) && ost_station_recon(work->dir, &options, progress, &done, err);
}

static bool look(struct ost_work *work, struct ost_err *err)
{
    struct ost_result *result = ost_arena_alloc(work->arena, sizeof *result);
    char path[OST_WORK_DIR + 32];
    (void)snprintf(path, sizeof path, "%s/result/result.json", work->dir);
    work->bones_only = work->slice_count > 0 && access(path, F_OK) != 0;
    if (work->bones_only)
        return true;
    if (result == NULL)
        return ost_fail(err, OST_LIMIT, "a result does not fit the memory of a job");
    if (!ost_result_read(work->dir, result, err))
        return false;
    work->residual_known = true;
    work->residual_ok = result->residual_ok;
    return true;
}

static int64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool state_hash(const struct ost_plan *plan, unsigned char out[OST_DB_HASH],
                       struct ost_err *err)
{
    struct ost_buf bytes;
    ost_buf_init(&bytes, OST_PLAN_BYTES);
    bool ok = ost_plan_bytes(plan, &bytes, err);
    if (ok)
        ost_sha256_of(bytes.ptr, bytes.len, out);
    ost_buf_fini(&bytes);
    return ok;
}

/* The entry as the log keeps it; it was applied to the empty plan just before. */
static bool append(struct ost_work *work, const struct ost_db_plan *row,
                   const struct ost_plan *plan, const struct ost_entry *entry, struct ost_err *err)
{
    struct ost_buf body;
    ost_buf_init(&body, OST_ENTRY_BYTES);
    struct ost_sink sink = ost_sink_to(&body, OST_FORM_CBOR);
    ost_entry_write(&sink, entry);
    struct ost_db_plan_op op = {.seq = entry->seq,
                                .name = entry->by.name,
                                .role = ost_role_name(entry->by.role),
                                .client = entry->client,
                                .n = entry->n,
                                .at_ms = entry->at_ms,
                                .body = body.ptr,
                                .body_bytes = body.len};
    memcpy(op.hash, entry->hash, sizeof op.hash);
    struct ost_db_plan_append batch = {.plan = row->id, .epoch = row->epoch, .op = &op, .count = 1};
    bool ok = ost_buf_done(&body, err) && state_hash(plan, batch.state_hash, err) &&
              ost_db_plan_append(work->db, &batch, err);
    ost_buf_fini(&body);
    return ok;
}

static bool begin_plan(struct ost_work *work, struct ost_err *err)
{
    char id[24];
    struct ost_db_plan row;
    struct ost_entry entry;
    enum ost_outcome outcome = OST_APPLIED;
    OST_AUTO(ost_plan) plan = NULL;
    if (!ost_db_plan_create(work->db, work->job->case_id, work->job->id, &row, err))
        return false;
    (void)snprintf(id, sizeof id, "%" PRId64, row.id);
    if (!ost_plan_create(&plan, id, err) ||
        !ost_station_plan_seed(work->dir, work->arena, &entry, err))
        return false;
    entry.at_ms = now_ms();
    return ost_plan_apply(plan, &entry, &outcome, err) && append(work, &row, plan, &entry, err);
}

static bool follow(struct ost_work *work, struct ost_err *err)
{
    char program[OST_PROGRAM_TEXT];
    struct ost_db_job mech;
    if (work->bones_only)
        return true;
    return ost_pipeline_program(work->config, program, err) &&
           ost_job_enqueue(work->db, work->job->case_id, OST_JOB_MECH, program, &mech, err) &&
           begin_plan(work, err);
}

const struct ost_work_kind ost_work_recon = {
    .prepare = prepare, .run = run, .look = look, .follow = follow};
