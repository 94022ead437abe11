/* result/segment.json: what a segmentation found, with units, intervals and how it is known. */
#include "recon/mesh/measure.h"
#include "services/casefile/disk.h"
#include "services/station/segment_impl.h"

#include <jansson.h>

#include <math.h>
#include <stdlib.h>

static const double wide = 1.96; /* SDs to either side of 95 % */
enum { JSON_BYTES = 1 << 20, DIGITS = 10 };

static json_t *number(double value, double sd, const char *unit, const char *how)
{
    return json_pack("{s:f, s:f, s:f, s:f, s:s, s:s}", "value", value, "low",
                     fmax(0.0, value - wide * sd), "high", value + wide * sd, "level", 0.95, "unit",
                     unit, "how", how);
}

static int by_value(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* Mean and 95th percentile of a bone's spread over its vertices. */
static bool spread(const struct ost_segment_bone *b, double *mean, double *p95)
{
    const uint32_t count = b->surface->vertex_count;
    float *sorted = malloc(((size_t)count + 1) * sizeof *sorted);
    if (sorted == NULL || count == 0) {
        free(sorted);
        return false;
    }
    *mean = 0.0;
    for (uint32_t v = 0; v < count; v++) {
        sorted[v] = b->sd[v];
        *mean += (double)b->sd[v] / count;
    }
    qsort(sorted, count, sizeof *sorted, by_value);
    *p95 = (double)sorted[(size_t)(0.95 * (count - 1))];
    free(sorted);
    return true;
}

static bool is_cut(const struct ost_segment_bone *b)
{
    bool cut = false;
    for (int k = 0; k < 3; k++)
        cut = cut || b->cut[k][0] || b->cut[k][1];
    return cut;
}

/* Half of a surface's spread is taken to be common to all of it: that is what moves a volume. */
static json_t *bone_json(const struct ost_segment_run *r, size_t i)
{
    static const char *const side[] = {"unknown", "right", "left"};
    const struct ost_segment_bone *b = &r->segment->bone[i];
    const struct ost_calibration *c = &r->calibration;
    struct ost_mesh_facts facts;
    double mean = 0.0, p95 = 0.0;
    if (!ost_mesh_measure(b->surface, &facts, NULL) || !spread(b, &mean, &p95))
        return NULL;
    const double off = hypot(r->density[i] * c->slope_share, c->base_sd / c->slope);
    json_t *files = json_pack("{s:s+, s:s+, s:s+}", "stl", r->stem[i], ".stl", "glb", r->stem[i],
                              ".glb", "density", r->stem[i], ".density.nii.gz");
    json_t *size = json_pack("[f, f, f]", b->extent[0], b->extent[1], b->extent[2]);
    return json_pack(
        "{s:s, s:s, s:s, s:i, s:o, s:b, s:b, s:o, s:o, s:[f,f,f], s:{s:f, s:f, s:s}, s:o}", "name",
        r->stem[i], "kind", ost_bone_kind_name(r->name[i].kind), "side", side[r->name[i].side],
        "label", (int)i + 1, "files", files, "closed", (int)facts.closed, "cut", (int)is_cut(b),
        "volume", number(b->volume, 0.5 * mean * facts.area, "mm3", "surface"), "size_mm", size,
        "middle_mm", b->middle[0], b->middle[1], b->middle[2], "uncertainty_mm", "mean", mean,
        "p95", p95, "level", "1 SD", "density",
        number(r->density[i], off, "mgHA/cm3", ost_calibration_how_name(c->how)));
}

static json_t *known(double hu)
{
    return isnan(hu) ? json_null() : json_real(hu);
}

static json_t *calibration_json(const struct ost_calibration *c)
{
    json_t *json =
        json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "how", ost_calibration_how_name(c->how),
                  "air_hu", known(c->air), "fat_hu", known(c->fat), "muscle_hu", known(c->muscle),
                  "energy", number(c->energy, c->energy_sd, "keV", "fit"), "slope",
                  number(c->slope, c->slope * c->slope_share, "HU per mgHA/cm3", "fit"), "base",
                  json_pack("{s:f, s:f, s:s}", "value", c->base, "sd", c->base_sd, "unit", "HU"));
    if (json != NULL && c->reason != NULL)
        (void)json_object_set_new(json, "reason", json_string(c->reason));
    return json;
}

static json_t *ct_json(const struct ost_segment_run *r)
{
    const struct ost_segment *s = r->segment;
    const struct ost_grid *ct = r->ct;
    return json_pack("{s:s, s:I, s:b, s:[I,I,I], s:[f,f,f], s:f, s:f, s:f, s:{s:f, s:s, s:s}, s:I}",
                     "source", r->options->source, "slices", (json_int_t)r->options->slices,
                     "resampled", (int)r->options->resampled, "size", (json_int_t)ct->size[0],
                     (json_int_t)ct->size[1], (json_int_t)ct->size[2], "spacing_mm", ct->spacing[0],
                     ct->spacing[1], ct->spacing[2], "noise_hu", s->noise, "soft_tissue_hu",
                     s->tissue, "compact_bone_hu", s->compact, "blur", "value", s->blur, "unit",
                     "mm, 1 SD", "how", s->blur_measured ? "measured" : "assumed", "metal_voxels",
                     (json_int_t)s->metal);
}

static json_t *all(const struct ost_segment_run *r)
{
    json_t *bones = json_array(), *warnings = json_array();
    for (size_t i = 0; i < r->written; i++)
        if (json_array_append_new(bones, bone_json(r, i)) != 0) {
            json_decref(bones);
            json_decref(warnings);
            return NULL;
        }
    for (size_t i = 0; i < r->warning_count; i++)
        (void)json_array_append_new(warnings, json_pack("{s:s, s:s}", "code", r->warning[i].code,
                                                        "text", r->warning[i].text));
    return json_pack("{s:i, s:b, s:s, s:b, s:o, s:o, s:o, s:I, s:o}", "osteon_segment", 1,
                     "simulated", (int)r->options->simulated, "frame", "lps", "forearm",
                     (int)r->forearm, "ct", ct_json(r), "calibration",
                     calibration_json(&r->calibration), "bones", bones, "bones_found",
                     (json_int_t)r->segment->bone_count, "warnings", warnings);
}

bool ost_segment_write_json(const struct ost_segment_run *run, struct ost_err *err)
{
    json_t *root = all(run);
    char *text =
        root == NULL ? NULL : json_dumps(root, JSON_INDENT(1) | JSON_REAL_PRECISION(DIGITS));
    struct ost_buf out;
    json_decref(root);
    if (text == NULL)
        return ost_fail(err, OST_BUG, "a segmentation could not be written down");
    ost_buf_init(&out, JSON_BYTES);
    ost_buf_text(&out, text);
    ost_buf_text(&out, "\n");
    free(text);
    bool ok =
        ost_buf_done(&out, err) && ost_disk_write(run->case_dir, "result/segment.json", &out, err);
    ost_buf_fini(&out);
    return ok;
}
