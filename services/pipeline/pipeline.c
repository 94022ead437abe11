#include "services/pipeline/pipeline.h"

#include "recon/base/sha256.h"
#include "services/casefile/disk.h"
#include "services/log/log.h"
#include "services/pipeline/child_impl.h"
#include "services/pipeline/folder_impl.h"
#include "services/pipeline/keep_impl.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#ifndef OST_VERSION
#define OST_VERSION "0.1.0"
#endif

static bool finish(const struct ost_pipeline *pipeline, struct ost_work *work,
                   const struct ost_work_kind *kind, struct ost_err *err)
{
    struct ost_made_list *made = ost_arena_alloc(work->arena, sizeof *made);
    if (made == NULL)
        return ost_fail(err, OST_NOMEM, "the list of results");
    if (ost_keep_files(work, made, err) && (kind->look == NULL || kind->look(work, err)))
        return ost_keep_end(pipeline, work, kind, made, err);
    ost_keep_drop(work, made, true);
    return false;
}

/* What a failure that can be told is told as; the rest the lease's end will tell. */
static bool tell_end(const struct ost_pipeline *pipeline, const struct ost_job *job,
                     enum ost_watch verdict, const struct ost_err *why, struct ost_err *err)
{
    switch (verdict) {
    case OST_WATCH_DONE:
        ost_log(OST_LOG_INFO, "job.done", "job=%" PRId64 " kind=%s attempt=%" PRId64, job->id,
                ost_job_kind_name(job->kind), job->attempt);
        return true;
    case OST_WATCH_LOST:
        ost_log(OST_LOG_WARN, "job.lost", "job=%" PRId64, job->id);
        return true;
    case OST_WATCH_STOPPED:
        ost_log(OST_LOG_INFO, "job.returned", "job=%" PRId64, job->id);
        return ost_job_return(pipeline->db, job, err);
    case OST_WATCH_FAILED:
        break;
    }
    ost_log(OST_LOG_WARN, "job.failed", "job=%" PRId64 " kind=%s code=%s text=\"%s\"", job->id,
            ost_job_kind_name(job->kind), ost_code_name(why->code), why->msg);
    return ost_job_fail(pipeline->db, job, why, err);
}

static enum ost_watch work_on(const struct ost_pipeline *pipeline, struct ost_work *work,
                              struct ost_err *why)
{
    const struct ost_work_kind *kind = pipeline->kinds[work->job->kind];
    if (!kind->prepare(work, why))
        return why->code == OST_CONFLICT ? OST_WATCH_LOST : OST_WATCH_FAILED;
    enum ost_watch verdict = ost_child_run(pipeline, work, why);
    if (verdict == OST_WATCH_DONE && !finish(pipeline, work, kind, why))
        verdict = why->code == OST_CONFLICT ? OST_WATCH_LOST : OST_WATCH_FAILED;
    return verdict;
}

bool ost_pipeline_do(const struct ost_pipeline *pipeline, const struct ost_job *job,
                     struct ost_arena *arena, struct ost_err *err)
{
    struct ost_err why = {0};
    struct ost_folder folder;
    struct ost_work *work = ost_arena_alloc(arena, sizeof *work);
    if (work == NULL)
        return ost_fail(err, OST_NOMEM, "a job's memory");
    ost_log(OST_LOG_INFO, "job.claimed", "job=%" PRId64 " kind=%s attempt=%" PRId64, job->id,
            ost_job_kind_name(job->kind), job->attempt);
    *work = (struct ost_work){.db = pipeline->db,
                              .store = pipeline->store,
                              .config = pipeline->config,
                              .job = job,
                              .arena = arena};
    enum ost_watch verdict = OST_WATCH_FAILED;
    if (ost_folder_open(&folder, pipeline->config->work_dir, &why)) {
        memcpy(work->dir, folder.dir, sizeof work->dir);
        verdict = work_on(pipeline, work, &why);
        ost_folder_wipe(&folder);
    }
    return tell_end(pipeline, job, verdict, &why, err);
}

bool ost_pipeline_program(const struct ost_config_worker *config, char text[OST_PROGRAM_TEXT],
                          struct ost_err *err)
{
    enum { OST_MODEL_BYTES = 256 << 20 };
    unsigned char digest[OST_SHA256_BYTES];
    char hex[OST_SHA256_HEX] = "none";
    struct ost_buf model;
    ost_buf_init(&model, OST_MODEL_BYTES);
    const char *slash = strrchr(config->model, '/');
    char dir[OST_WORK_DIR] = ".";
    if (slash != NULL)
        (void)snprintf(dir, sizeof dir, "%.*s", (int)(slash - config->model), config->model);
    bool ok = ost_disk_read(dir, slash == NULL ? config->model : slash + 1, &model, err);
    if (ok) {
        ost_sha256_of(model.ptr, model.len, digest);
        ost_sha256_hex(digest, hex);
        (void)snprintf(text, OST_PROGRAM_TEXT, "osteon " OST_VERSION " model %s", hex);
    }
    ost_buf_fini(&model);
    return ok || ost_err_note(err, "OSTEON_MODEL");
}
