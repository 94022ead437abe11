/*
 * Density, elements and stress of a reconstruction. A study that was asked for by name has
 * its own files beside those of the first one: study_NAME.fem.json for the bone as it is,
 * planned_NAME.fem.json for the bone as the plan leaves it; and so on.
 */
#include "services/station/mech.h"

#include "recon/base/sha256.h"
#include "services/casefile/disk.h"
#include "services/pipeline/fill_impl.h"
#include "services/pipeline/folder_impl.h"
#include "services/pipeline/kind_impl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { OST_STUDY_BYTES = 64 << 10 };

/* The file that was asked for, with the content that was asked for. */
static bool put_study(struct ost_work *work, struct ost_err *err)
{
    char name[OST_WORK_STUDY + 8], hex[OST_SHA256_HEX];
    unsigned char digest[OST_SHA256_BYTES];
    struct ost_buf bytes;
    (void)snprintf(name, sizeof name, "%s.json", work->study);
    ost_buf_init(&bytes, OST_STUDY_BYTES);
    bool ok = ost_disk_read(work->config->studies, name, &bytes, err);
    if (ok) {
        ost_sha256_of(bytes.ptr, bytes.len, digest);
        ost_sha256_hex(digest, hex);
        ok = strcmp(hex, work->study_sha256) == 0 ||
             ost_fail(err, OST_INVALID, "the study's file was changed; ask for the study again");
    }
    ok = ok && ost_folder_put(work->dir, "study.json", bytes.ptr, bytes.len, err);
    ost_buf_fini(&bytes);
    return ok || ost_err_note(err, "study %s", work->study);
}

static bool prepare(struct ost_work *work, struct ost_err *err)
{
    return ost_fill_input(work, err) && ost_fill_films(work, err) && ost_fill_results(work, err) &&
           (work->study[0] == '\0' || put_study(work, err)) &&
           (work->plan == 0 || ost_fill_plan(work, err));
}

/* Its density is that of the first study, which has told it. */
static bool name_files(const struct ost_work *work, struct ost_err *err)
{
    static const char *const made[] = {"fem.json", "joint.json", "radius.vtu", "radius_fields.glb",
                                       "radius_stress.pdf"};
    char from[OST_WORK_DIR + 64], to[OST_WORK_DIR + 128];
    const bool planned = work->plan != 0;
    const char *mark = planned ? "planned_" : "", *state = planned ? "planned" : "study";
    for (size_t i = 0; i < sizeof made / sizeof made[0]; i++) {
        (void)snprintf(from, sizeof from, "%s/result/%s%s", work->dir, mark, made[i]);
        (void)snprintf(to, sizeof to, "%s/result/%s_%s.%s", work->dir, state, work->study, made[i]);
        if (rename(from, to) != 0 && errno != ENOENT)
            return ost_fail(err, OST_UNAVAILABLE, "a result cannot be named");
    }
    return ost_disk_remove(work->dir, planned ? "result/planned_bmd.json" : "result/bmd.json", err);
}

static bool run(struct ost_work *work, const struct ost_progress *progress, struct ost_err *err)
{
    char study[OST_WORK_DIR + 16];
    (void)snprintf(study, sizeof study, "%s/study.json", work->dir);
    const struct ost_station_mech_options options = {.study = work->study[0] == '\0' ? NULL : study,
                                                     .planned = work->plan != 0};
    return ost_fill_case(work, err) && ost_station_mech(work->dir, &options, progress, err) &&
           (work->study[0] == '\0' || name_files(work, err));
}

const struct ost_work_kind ost_work_mech = {.prepare = prepare, .run = run};
