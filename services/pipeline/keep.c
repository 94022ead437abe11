#include "recon/base/sha256.h"
#include "services/casefile/disk.h"
#include "services/db/result.h"
#include "services/job/job.h"
#include "services/log/log.h"
#include "services/pipeline/keep_impl.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
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

/*
 * The folder was the child's to write in: neither it nor a file of it is followed to where
 * a link leads, and a file that has a second name may be somebody else's.
 */
static bool open_result(const struct ost_work *work, int *out, struct ost_err *err)
{
    int dir = open(work->dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    *out = dir < 0 ? -1 : openat(dir, "result", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (dir >= 0)
        (void)close(dir);
    return *out >= 0 || ost_fail(err, OST_BUG, "the station left no result");
}

static bool open_plain(int dir, const char *name, int *out, struct ost_err *err)
{
    struct stat st;
    int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 1 &&
        st.st_uid == geteuid()) {
        *out = fd;
        return true;
    }
    if (fd >= 0)
        (void)close(fd);
    *out = -1;
    return ost_fail(err, OST_CORRUPT, "the station left a result that is no plain file of its own");
}

static bool read_all(int fd, struct ost_buf *out, struct ost_err *err)
{
    unsigned char piece[65536];
    ssize_t n = 1;
    while (n > 0 && !out->failed) {
        n = read(fd, piece, sizeof piece);
        if (n > 0)
            ost_buf_put(out, piece, (size_t)n);
    }
    if (n < 0)
        return ost_fail(err, OST_UNAVAILABLE, "a result could not be read");
    return !out->failed || ost_fail(err, OST_LIMIT, "a result has more than %zu bytes", out->limit);
}

static bool is_result(const struct ost_work *work, const char *name)
{
    return name[0] != '.' && type_of(name) != NULL && strlen(name) < OST_WORK_NAME &&
           ost_disk_name_is_safe(name) && !was_given(work, name);
}

/* The names first, sorted, so that the order of a folder decides nothing. */
static bool list_names(const struct ost_work *work, int fd, struct ost_made_list *made,
                       struct ost_err *err)
{
    int own = dup(fd);
    DIR *dir = own < 0 ? NULL : fdopendir(own);
    if (dir == NULL) {
        if (own >= 0)
            (void)close(own);
        return ost_fail(err, OST_UNAVAILABLE, "the station's result cannot be listed");
    }
    bool ok = true;
    for (struct dirent *e = readdir(dir); ok && e != NULL; e = readdir(dir)) {
        if (!is_result(work, e->d_name))
            continue;
        ok = made->count < OST_WORK_FILES ||
             ost_fail(err, OST_LIMIT, "more than %d files in one result", OST_WORK_FILES);
        if (ok) {
            struct ost_made *file = &made->file[made->count++];
            (void)snprintf(file->name, sizeof file->name, "%.*s", OST_WORK_NAME - 1, e->d_name);
            file->content_type = type_of(file->name);
        }
    }
    (void)closedir(dir);
    qsort(made->file, made->count, sizeof made->file[0], by_name);
    return ok && (made->count > 0 || ost_fail(err, OST_BUG, "the station left no result"));
}

static bool keep_one(struct ost_work *work, int dir, struct ost_made *file, struct ost_err *err)
{
    struct ost_buf bytes;
    int fd;
    if (!open_plain(dir, file->name, &fd, err))
        return false;
    ost_buf_init(&bytes, OST_KEEP_BYTES);
    bool ok = read_all(fd, &bytes, err) && ost_keep_digest(file->name, &bytes, file->digest, err) &&
              ost_store_put_result(work->store, work->job->institution, bytes.ptr, bytes.len,
                                   &file->blob, err);
    ost_buf_fini(&bytes);
    (void)close(fd);
    return ok;
}

/* Seconds after which a worker says again that the job is its own. */
enum { OST_KEEP_BEAT_S = 5 };

/* A store far away takes its time; false where the job is somebody else's by now. */
static bool still_ours(struct ost_work *work, time_t *said, struct ost_err *err)
{
    struct ost_err why = {.code = OST_OK};
    bool stop = false;
    if (time(NULL) - *said < OST_KEEP_BEAT_S)
        return true;
    *said = time(NULL);
    if (ost_job_heartbeat(work->db, work->job, 1.0, "write", &stop, &why) ||
        (why.code != OST_CONFLICT && why.code != OST_NOT_FOUND))
        return true; /* a database that is away may come back before the lease is over */
    return ost_fail(err, why.code, "%s", why.msg);
}

static bool keep_all(struct ost_work *work, int dir, struct ost_made_list *made,
                     struct ost_err *err)
{
    struct ost_sha256 all;
    if (!list_names(work, dir, made, err))
        return false;
    time_t said = time(NULL);
    ost_sha256_init(&all);
    for (size_t i = 0; i < made->count; i++) {
        if (!keep_one(work, dir, &made->file[i], err) || !still_ours(work, &said, err))
            return false;
        ost_sha256_put(&all, made->file[i].name, strlen(made->file[i].name) + 1);
        ost_sha256_put(&all, made->file[i].digest, OST_DB_HASH);
    }
    ost_sha256_end(&all, made->digest);
    return true;
}

bool ost_keep_files(struct ost_work *work, struct ost_made_list *made, struct ost_err *err)
{
    int dir;
    if (!open_result(work, &dir, err))
        return false;
    bool ok = keep_all(work, dir, made, err);
    (void)close(dir);
    return ok;
}

void ost_keep_drop(struct ost_work *work, struct ost_made_list *made, bool all)
{
    struct ost_err err;
    for (size_t i = 0; i < made->count; i++) {
        if (made->file[i].blob.file[0] != '\0' && (all || !made->file[i].added) &&
            !ost_store_delete(work->store, &made->file[i].blob, &err)) {
            ost_log_err(OST_LOG_WARN, "job.drop", &err);
            if (err.code == OST_UNAVAILABLE) /* the sweep finds the others */
                return;
        }
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
