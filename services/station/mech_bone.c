/* A bone that is no radius, and what is known of a density's scale. */
#include "recon/image/nifti.h"
#include "recon/math/dense.h"
#include "recon/math/vec.h"
#include "recon/mesh/stl.h"
#include "services/casefile/disk.h"
#include "services/station/mech_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const size_t json_most = (size_t)4 << 20;
static const double level = 0.95, wide = 1.96;

/* segment.json; NULL where the case has none, `err` untouched. */
static json_t *read_segment(const struct mech *m)
{
    struct ost_buf bytes;
    struct ost_err none = {0};
    ost_buf_init(&bytes, json_most);
    json_t *root = ost_disk_read(m->case_dir, "result/segment.json", &bytes, &none)
                       ? json_loadb((const char *)bytes.ptr, bytes.len, 0, NULL)
                       : NULL;
    ost_buf_fini(&bytes);
    return root;
}

/* Whether a list of segment.json has an entry that says `word` under `key`. */
static bool has_entry(json_t *root, const char *list, const char *key, const char *word)
{
    size_t i;
    json_t *entry;
    json_array_foreach(json_object_get(root, list), i, entry)
    {
        const char *here = json_string_value(json_object_get(entry, key));
        if (here != NULL && strcmp(here, word) == 0)
            return true;
    }
    return false;
}

static void tell_calibration(struct mech *m, json_t *root)
{
    const char *how = "unknown", *reason = NULL;
    double energy = 0.0, slope = 0.0, slope_high = 0.0, base = 0.0;
    (void)json_unpack(root, "{s:{s:s, s?s, s:{s?F}, s:{s:F, s:F}, s:{s:F}}}", "calibration", "how",
                      &how, "reason", &reason, "energy", "value", &energy, "slope", "value", &slope,
                      "high", &slope_high, "base", "value", &base);
    int len = snprintf(m->calibration, sizeof m->calibration,
                       "%s: %.3f HU per mgHA/cm3 from %.0f HU", how, slope, base);
    if (reason != NULL && len > 0 && len < (int)sizeof m->calibration)
        (void)snprintf(m->calibration + len, sizeof m->calibration - (size_t)len, " (%s)", reason);
    (void)snprintf(m->result->density_how, sizeof m->result->density_how, "%s", how);
    m->metal = has_entry(root, "warnings", "code", "metal");
    m->scale_share = slope > 0.0 ? (slope_high - slope) / wide / slope : 0.0;
    m->scale_measured = strcmp(how, "assumed") != 0 && strcmp(how, "unknown") != 0;
}

void mech_read_calibration(struct mech *m)
{
    json_t *root = read_segment(m);
    if (root != NULL) {
        tell_calibration(m, root);
    } else {
        (void)snprintf(m->calibration, sizeof m->calibration, "%s: from films, no scanner",
                       m->result->density_how);
    }
    json_decref(root);
}

static bool read_files(struct mech *m, struct ost_err *err)
{
    char name[OST_RESULT_NAME + 32];
    struct ost_buf bytes;
    ost_buf_init(&bytes, (size_t)256 << 20);
    (void)snprintf(name, sizeof name, "result/%s.stl", m->name);
    bool ok = ost_disk_read(m->case_dir, name, &bytes, err) &&
              ost_stl_read(bytes.ptr, bytes.len, 4000000, &m->surface, err);
    ost_buf_fini(&bytes);
    if (!ok)
        return ost_err_note(err, "the bone's surface");
    ost_buf_init(&bytes, (size_t)512 << 20);
    (void)snprintf(name, sizeof name, "result/%s.density.nii.gz", m->name);
    ok = ost_disk_read(m->case_dir, name, &bytes, err) &&
         ost_nifti_read(bytes.ptr, bytes.len, &m->density, err);
    ost_buf_fini(&bytes);
    return ok || ost_err_note(err, "the bone's density");
}

static void vertex_of(const struct mech *m, uint32_t v, double out[3])
{
    for (int k = 0; k < 3; k++)
        out[k] = (double)m->surface->vertex[v][k];
}

/* The middle of the vertices, and how they spread about it. */
static void spread_of(const struct mech *m, double middle[3], double sum[9])
{
    const double count = m->surface->vertex_count;
    double p[3];
    for (uint32_t v = 0; v < m->surface->vertex_count; v++) {
        vertex_of(m, v, p);
        ost_along(middle, 1.0 / count, p, middle);
    }
    for (uint32_t v = 0; v < m->surface->vertex_count; v++) {
        vertex_of(m, v, p);
        ost_sub(p, middle, p);
        for (int k = 0; k < 9; k++)
            sum[k] += p[k / 3] * p[k % 3] / count;
    }
}

/*
 * The frame of any bone: its longest axis through its vertices, pointing down where the
 * patient stands (LPS: z grows to the head), so that the lower end is pressed and the
 * upper one, where a CT of a limb ends, is held.
 */
static void take_axis(struct mech *m)
{
    struct ost_study_anatomy *a = &m->bone.anatomy;
    double sum[9] = {0.0}, value[3], vector[9], middle[3] = {0.0}, p[3];
    double low = INFINITY, high = -INFINITY;
    spread_of(m, middle, sum);
    ost_eigen_symmetric(sum, 3, value, vector);
    double down = vector[2] > 0.0 ? -1.0 : 1.0;
    for (int k = 0; k < 3; k++) {
        a->axis[k] = down * vector[k];
        a->radial[k] = vector[3 + k];
    }
    ost_cross(a->axis, a->radial, a->volar);
    for (uint32_t v = 0; v < m->surface->vertex_count; v++) {
        vertex_of(m, v, p);
        low = fmin(low, ost_dot(p, a->axis));
        high = fmax(high, ost_dot(p, a->axis));
    }
    ost_along(middle, high - ost_dot(middle, a->axis), a->axis, a->origin);
    m->extent = high - low;
}

/* Compression between the ends, a mould of an eighth of the length round each. */
static void take_study(struct mech *m)
{
    m->study = ost_study_compression();
    m->study.end_mm = fmax(3.0, fmin(12.0, m->extent / 8.0));
    m->study.held_mm = m->study.end_mm;
}

static void take_scale(struct mech *m)
{
    const double share = fmin(0.9, wide * m->scale_share);
    m->has_interval = share > 0.0;
    m->low = (struct ost_density_shift){1.0, 1.0, 1.0 - share, 1.0 - share};
    m->high = (struct ost_density_shift){1.0, 1.0, 1.0 + share, 1.0 + share};
    m->contrast[0] = m->low;
    m->contrast[1] = m->high;
    m->result->cortical.level = level;
}

bool mech_read_other(struct mech *m, struct ost_err *err)
{
    json_t *root = read_segment(m);
    if (root == NULL)
        return ost_fail(err, OST_INVALID,
                        "the case has no segment.json that can be read: run osteon segment first");
    bool ok = has_entry(root, "bones", "name", m->name);
    m->result->simulated = json_is_true(json_object_get(root, "simulated"));
    tell_calibration(m, root);
    json_decref(root);
    if (!ok)
        return ost_fail(err, OST_INVALID, "segment.json knows no bone of this name");
    if (!read_files(m, err))
        return false;
    m->bone.surface = m->surface;
    m->bone.density = m->density;
    m->bone.averaged = true;
    take_axis(m);
    take_study(m);
    take_scale(m);
    return true;
}
