#include "services/station/plan_seed.h"

#include "recon/mesh/stl.h"
#include "services/casefile/disk.h"
#include "services/station/plan_section.h"

#include <stdio.h>
#include <string.h>

enum { OST_SURFACE_BYTES = 64 << 20, OST_SURFACE_TRIANGLES = 1000000 };

/* 95 % of a normal lies within +-1.96 SD; numbers without an interval say so. */
static double sd_of(const struct ost_number *number)
{
    double half = (number->high - number->low) / 2.0;
    return half > 0.0 ? half / 1.96 : -1.0;
}

static const char *digest_of(const char *case_dir, const char *name, struct ost_arena *arena,
                             struct ost_err *err)
{
    unsigned char digest[OST_SHA256_BYTES];
    char path[OST_RESULT_NAME + 8], hex[OST_SHA256_HEX];
    struct ost_buf bytes;
    (void)snprintf(path, sizeof path, "result/%s", name);
    ost_buf_init(&bytes, OST_SURFACE_BYTES);
    bool ok = ost_disk_read(case_dir, path, &bytes, err);
    if (ok)
        ost_sha256_of(bytes.ptr, bytes.len, digest);
    ost_buf_fini(&bytes);
    if (!ok)
        return NULL;
    ost_sha256_hex(digest, hex);
    const char *kept = ost_arena_text(arena, hex, sizeof hex - 1);
    if (kept == NULL)
        (void)ost_fail(err, OST_LIMIT, "the plan's first entry does not fit its memory");
    return kept;
}

static bool bones(const char *case_dir, const struct ost_result *result, struct ost_arena *arena,
                  struct ost_seed *seed, struct ost_err *err)
{
    for (int b = 0; b < OST_BONES; b++) {
        if (result->bone[b].stl[0] == '\0')
            continue;
        const char *digest = digest_of(case_dir, result->bone[b].stl, arena, err);
        if (digest == NULL)
            return false;
        seed->bone[seed->bone_count++] =
            (struct ost_seed_bone){.kind = ost_bone_name((enum ost_bone)b), .surface = digest};
    }
    return true;
}

/* A surface that cannot be read leaves the section unknown: the plan then says so. */
static void section(const char *case_dir, const struct ost_result *result, struct ost_seed *seed)
{
    struct ost_buf bytes;
    OST_AUTO(ost_mesh) radius = NULL;
    char path[OST_RESULT_NAME + 8];
    (void)snprintf(path, sizeof path, "result/%s", result->bone[OST_RADIUS].stl);
    ost_buf_init(&bytes, OST_SURFACE_BYTES);
    if (ost_disk_read(case_dir, path, &bytes, NULL) &&
        ost_stl_read(bytes.ptr, bytes.len, OST_SURFACE_TRIANGLES, &radius, NULL))
        ost_station_plan_section(radius, seed);
    ost_buf_fini(&bytes);
}

static void anatomy(const struct ost_result *result, struct ost_seed *seed)
{
    memcpy(seed->origin, result->origin, sizeof seed->origin);
    memcpy(seed->axis, result->axis, sizeof seed->axis);
    memcpy(seed->radial, result->radial, sizeof seed->radial);
    memcpy(seed->volar, result->volar, sizeof seed->volar);
    memcpy(seed->cut_point, result->cut_point, sizeof seed->cut_point);
    memcpy(seed->cut_normal, result->cut_normal, sizeof seed->cut_normal);
    memcpy(seed->target_rotation_sd_deg, result->target_rotation_sd,
           sizeof seed->target_rotation_sd_deg);
    memcpy(seed->target_translation_sd_mm, result->target_translation_sd,
           sizeof seed->target_translation_sd_mm);
    seed->side = ost_side_name(result->side);
    seed->target = result->target_motion;
    seed->target_source = result->target_source;
    seed->volar_tilt_sd_deg = sd_of(&result->measure[OST_VOLAR_TILT]);
    seed->radial_inclination_sd_deg = sd_of(&result->measure[OST_RADIAL_INCLINATION]);
    seed->radial_height_sd_mm = sd_of(&result->measure[OST_RADIAL_HEIGHT]);
    seed->ulnar_variance_sd_mm = sd_of(&result->measure[OST_ULNAR_VARIANCE]);
}

bool ost_station_plan_seed(const char *case_dir, struct ost_arena *arena, struct ost_entry *out,
                           struct ost_err *err)
{
    struct ost_result *result = ost_arena_alloc(arena, sizeof *result);
    struct ost_seed_landmark *landmark = ost_arena_alloc(arena, OST_LANDMARKS * sizeof *landmark);
    struct ost_seed seed = {.landmark = landmark, .landmark_count = OST_LANDMARKS};
    if (result == NULL || landmark == NULL)
        return ost_fail(err, OST_LIMIT, "the plan's first entry does not fit its memory");
    if (!ost_result_read(case_dir, result, err) || !bones(case_dir, result, arena, &seed, err))
        return false;
    anatomy(result, &seed);
    section(case_dir, result, &seed);
    for (int l = 0; l < OST_LANDMARKS; l++) {
        enum ost_landmark which = (enum ost_landmark)l;
        landmark[l] = (struct ost_seed_landmark){.name = ost_landmark_name(which),
                                                 .bone = ost_bone_name(ost_landmark_bone(which)),
                                                 .sd_mm = result->landmark[l].sd};
        memcpy(landmark[l].position, result->landmark[l].position, sizeof landmark[l].position);
    }
    if (!ost_seed_entry(&seed, arena, out, err))
        return false;
    out->client = "00000000000000000000000000000000";
    out->n = 1;
    return true;
}
