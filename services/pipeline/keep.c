#include "recon/base/sha256.h"
#include "services/casefile/disk.h"
#include "services/db/result.h"
#include "services/log/log.h"
#include "services/pipeline/keep_impl.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OST_KEEP_BYTES = 256 << 20, OST_TRIES = 120 };

/* A file whose ending is not listed stays behind. */
static const struct {
    const char *ending, *content_type;
} kinds[] = {
    {".json", "application/json"},   {".stl", "model/stl"},
    {".glb", "model/gltf-binary"},   {".png", "image/png"},
    {".nii.gz", "application/gzip"}, {".pdf", "application/pdf"},
    {".vtu", "application/xml"},     {".csv", "text/csv"},
    {".3mf", "model/3mf"},           {".txt", "text/plain"},
};

static const char *type_of(const char *name)
{
    size_t len = strlen(name);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        size_t n = strlen(kinds[i].ending);
        if (len > n && strcmp(name + len - n, kinds[i].ending) == 0)
            return kinds[i].content_type;
    }
    return NULL;
}

static bool was_given(const struct ost_work *work, const char *name)
{
    for (size_t i = 0; i < work->given_count; i++) {
        if (strcmp(work->given[i], name) == 0)
            return true;
    }
    return false;
}

static int by_name(const void *a, const void *b)
{
    const struct ost_made *x = a, *y = b;
    return strcmp(x->name, y->name);
}

/* The names first, sorted, so that the order of a folder decides nothing. */
static bool list_names(const struct ost_work *work, struct ost_made_list *made, struct ost_err *err)
{
    char path[OST_WORK_DIR + 8];
    (void)snprintf(path, sizeof path, "%s/result", work->dir);
    DIR *dir = opendir(path);
    if (dir == NULL)
        return ost_fail(err, OST_BUG, "the station left no result");
    bool ok = true;
    for (struct dirent *e = readdir(dir); ok && e != NULL; e = readdir(dir)) {
        struct stat st;
        const char *type = type_of(e->d_name);
        if (e->d_name[0] == '.' || type == NULL || strlen(e->d_name) >= OST_WORK_NAME ||
            !ost_disk_name_is_safe(e->d_name) || was_given(work, e->d_name) ||
            fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode))
            continue;
        ok = made->count < OST_WORK_FILES ||
             ost_fail(err, OST_LIMIT, "more than %d files in one result", OST_WORK_FILES);
        if (ok) {
            struct ost_made *file = &made->file[made->count++];
            (void)snprintf(file->name, sizeof file->name, "%.*s", OST_WORK_NAME - 1, e->d_name);
            file->content_type = type;
        }
    }
    (void)closedir(dir);
    qsort(made->file, made->count, sizeof made->file[0], by_name);
    return ok && (made->count > 0 || ost_fail(err, OST_BUG, "the station left no result"));
}

static bool keep_one(struct ost_work *work, struct ost_made *file, struct ost_err *err)
{
    char name[OST_WORK_NAME + 8];
    struct ost_buf bytes;
    (void)snprintf(name, sizeof name, "result/%s", file->name);
    ost_buf_init(&bytes, OST_KEEP_BYTES);
    bool ok = ost_disk_read(work->dir, name, &bytes, err) &&
              ost_keep_digest(file->name, &bytes, file->digest, err) &&
              ost_store_put_result(work->store, work->job->institution, bytes.ptr, bytes.len,
                                   &file->blob, err);
    ost_buf_fini(&bytes);
    return ok;
}

bool ost_keep_files(struct ost_work *work, struct ost_made_list *made, struct ost_err *err)
{
    struct ost_sha256 all;
    if (!list_names(work, made, err))
        return false;
    ost_sha256_init(&all);
    for (size_t i = 0; i < made->count; i++) {
        if (!keep_one(work, &made->file[i], err))
            return false;
        ost_sha256_put(&all, made->file[i].name, strlen(made->file[i].name) + 1);
        ost_sha256_put(&all, made->file[i].digest, OST_DB_HASH);
    }
    ost_sha256_end(&all, made->digest);
    return true;
}

void ost_keep_drop(struct ost_work *work, struct ost_made_list *made, bool all)
{
    struct ost_err err;
    for (size_t i = 0; i < made->count; i++) {
        if (made->file[i].blob.file[0] != '\0' && (all || !made->file[i].added) &&
            !ost_store_delete(work->store, &made->file[i].blob, &err))
            ost_log_err(OST_LOG_WARN, "job.drop", &err);
    }
}

/* `blob` becomes the row's; where the row is another file's, ours is dropped later. */
static bool add_file(struct ost_work *work, struct ost_made *file, struct ost_err *err)
{
    struct ost_blob stored = file->blob;
    if (!ost_db_blob_add(work->db, &stored, &file->added, err))
        return false;
    struct ost_db_result row = {.case_id = work->job->case_id,
                                .job_id = work->job->id,
                                .blob_id = stored.id,
                                .plan_seq = work->plan_seq,
                                .approved = work->approved};
    (void)snprintf(row.name, sizeof row.name, "%s", file->name);
    (void)snprintf(row.content_type, sizeof row.content_type, "%s", file->content_type);
    memcpy(row.plan_hash, work->plan_hash, sizeof row.plan_hash);
    return ost_db_result_add(work->db, &row, err);
}

static bool write_end(struct ost_work *work, const struct ost_work_kind *kind,
                      struct ost_made_list *made, struct ost_err *err)
{
    char output[160];
    (void)snprintf(output, sizeof output, "{\"files\":%zu%s}", made->count,
                   !work->residual_known ? ""
                   : work->residual_ok   ? ",\"residual_ok\":true"
                                         : ",\"residual_ok\":false");
    for (size_t i = 0; i < made->count; i++) {
        if (!add_file(work, &made->file[i], err))
            return false;
    }
    return ost_job_finish(work->db, work->job, output, made->digest, err) &&
           (kind->follow == NULL || kind->follow(work, err));
}

static bool try_end(struct ost_work *work, const struct ost_work_kind *kind,
                    struct ost_made_list *made, struct ost_err *err)
{
    const struct ost_db_who who = {.institution = work->job->institution};
    if (!ost_db_begin(work->db, &who, err))
        return false;
    bool ok = write_end(work, kind, made, err) && ost_db_commit(work->db, err);
    ost_db_end(work->db);
    return ok;
}

/* Whether a commit whose answer was lost had happened after all. */
static bool is_done(struct ost_work *work, const struct ost_made_list *made)
{
    const struct ost_db_who who = {.institution = work->job->institution};
    struct ost_db_job row;
    struct ost_err err;
    if (!ost_db_begin(work->db, &who, &err))
        return false;
    bool done = ost_db_job_get(work->db, work->job->id, &row, &err) &&
                strcmp(row.state, "done") == 0 &&
                memcmp(row.output_digest, made->digest, sizeof made->digest) == 0;
    ost_db_end(work->db);
    return done;
}

bool ost_keep_end(const struct ost_pipeline *pipeline, struct ost_work *work,
                  const struct ost_work_kind *kind, struct ost_made_list *made, struct ost_err *err)
{
    bool ok = try_end(work, kind, made, err), doubt = false;
    for (int i = 0; !ok && err->code == OST_UNAVAILABLE && i < OST_TRIES && *pipeline->stop == 0;
         i++) {
        doubt = true;
        (void)sleep(1);
        ok = try_end(work, kind, made, err);
    }
    if (!ok && doubt) {
        ok = is_done(work, made);
    } else {
        ost_keep_drop(work, made, !ok); /* in doubt the sweep decides, by the rows */
    }
    return ok;
}
