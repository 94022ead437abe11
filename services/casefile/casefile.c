#include "services/casefile/casefile.h"

#include "services/casefile/disk.h"

#include <jansson.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { JSON_MOST = 1 << 20 };

static bool take_path(const char *text, char out[OST_CASE_PATH], struct ost_err *err)
{
    if (text == NULL)
        return true;
    size_t len = strlen(text);
    if (len >= OST_CASE_PATH || !ost_disk_name_is_safe(text))
        return ost_fail(err, OST_INVALID, "case: a path must be relative, plain and below %d bytes",
                        OST_CASE_PATH);
    memcpy(out, text, len + 1);
    return true;
}

static bool take_spacing(const json_t *list, const char *how, struct ost_case_view *out,
                         struct ost_err *err)
{
    if ((list == NULL || json_is_null(list)) && (how == NULL || strcmp(how, "none") == 0))
        return true;
    if (json_array_size(list) != 2)
        return ost_fail(err, OST_INVALID, "case: spacing_mm must be two numbers");
    for (size_t k = 0; k < 2; k++) {
        out->spacing[k] = json_number_value(json_array_get(list, k));
        if (!(out->spacing[k] >= 0.01 && out->spacing[k] <= 5.0))
            return ost_fail(err, OST_INVALID, "case: spacing_mm must be within 0.01 and 5");
    }
    out->spacing_how = OST_SPACING_MEASURED;
    if (how != NULL &&
        (!ost_spacing_how_of_name(how, &out->spacing_how) || out->spacing_how == OST_SPACING_NONE))
        return ost_fail(err, OST_INVALID,
                        "case: spacing_how must be measured, assumed or estimated");
    return true;
}

/* Two numbers of a list within limits. */
static bool take_two(const json_t *list, double low, double high, double out[2])
{
    for (size_t k = 0; k < 2; k++) {
        const json_t *n = json_array_get(list, k);
        out[k] = json_number_value(n);
        if (!json_is_number(n) || !(out[k] >= low && out[k] <= high))
            return false;
    }
    return json_array_size(list) == 2;
}

static bool take_steps(const json_t *list, struct ost_case_wedge *out, struct ost_err *err)
{
    size_t count = json_array_size(list);
    if (count < 2 || count > OST_CASE_STEPS)
        return ost_fail(err, OST_INVALID, "case: a wedge has 2 to %d steps", OST_CASE_STEPS);
    for (size_t n = 0; n < count; n++) {
        out->thickness[n] = json_number_value(json_array_get(list, n));
        if (!(out->thickness[n] > 0.0 && out->thickness[n] <= 50.0))
            return ost_fail(err, OST_INVALID, "case: steps_mm must be above 0, at most 50");
    }
    out->step_count = count;
    return true;
}

static bool take_wedge(json_t *json, struct ost_case_wedge *out, struct ost_err *err)
{
    const char *material = NULL;
    json_t *steps = NULL, *corner = NULL, *size = NULL;
    json_error_t why;
    if (json == NULL)
        return true;
    if (json_unpack_ex(json, &why, JSON_STRICT, "{s:s, s:o, s:o, s:o}", "material", &material,
                       "steps_mm", &steps, "corner_px", &corner, "size_px", &size) != 0)
        return ost_fail(err, OST_INVALID,
                        "case: a wedge has material, steps_mm, corner_px and size_px");
    if (strcmp(material, "aluminium") != 0)
        return ost_fail(err, OST_UNSUPPORTED, "case: only wedges of aluminium are known");
    if (!take_two(corner, 0.0, 16384.0, out->corner) || !take_two(size, 1.0, 16384.0, out->size))
        return ost_fail(err, OST_INVALID, "case: corner_px and size_px must be two pixels each");
    return take_steps(steps, out, err);
}

/* What makes a film a measurement: its beam, its grey values, a wedge. */
static bool take_beam(json_t *tube, double gain, json_t *wedge, struct ost_case_view *out,
                      struct ost_err *err)
{
    json_error_t why;
    if (tube != NULL && json_unpack_ex(tube, &why, JSON_STRICT, "{s:F, s:F}", "kvp", &out->kvp,
                                       "aluminium_mm", &out->filter) != 0)
        return ost_fail(err, OST_INVALID, "case: tube must hold kvp and aluminium_mm");
    if (tube != NULL &&
        !(out->kvp >= 20.0 && out->kvp <= 150.0 && out->filter >= 0.0 && out->filter <= 50.0))
        return ost_fail(err, OST_INVALID, "case: kvp must be within 20 and 150");
    if (!(gain >= 0.0 && gain <= 1.0))
        return ost_fail(err, OST_INVALID, "case: attenuation_per_grey must be within 0 and 1");
    out->attenuation_per_grey = gain;
    return take_wedge(wedge, &out->wedge, err);
}

static bool take_view(json_t *json, struct ost_case_view *out, struct ost_err *err)
{
    const char *image = NULL, *projection = "unknown", *camera = NULL, *bone = "auto", *how = NULL;
    json_t *spacing = NULL, *tube = NULL, *wedge = NULL;
    double gain = 0.0;
    int frame = 0;
    json_error_t why;
    if (json_unpack_ex(json, &why, JSON_STRICT,
                       "{s:s, s?s, s?o, s?s, s?s, s?s, s?o, s?F, s?o, s?i}", "image", &image,
                       "projection", &projection, "spacing_mm", &spacing, "spacing_how", &how,
                       "camera", &camera, "bone", &bone, "tube", &tube, "attenuation_per_grey",
                       &gain, "wedge", &wedge, "frame", &frame) != 0)
        return ost_fail(err, OST_INVALID,
                        "case: a view has a key missing, unknown or of wrong kind");
    if (!ost_projection_of_name(projection, &out->projection))
        return ost_fail(err, OST_INVALID,
                        "case: projection must be pa, ap, lateral, oblique, unknown");
    if (!ost_polarity_of_name(bone, &out->bone))
        return ost_fail(err, OST_INVALID, "case: bone must be auto, dark or bright");
    if (frame < 0 || frame >= OST_CASE_VIEWS)
        return ost_fail(err, OST_INVALID, "case: frame must be within 0 and %d",
                        OST_CASE_VIEWS - 1);
    out->frame = (uint32_t)frame;
    return take_path(image, out->image, err) && take_path(camera, out->camera, err) &&
           take_spacing(spacing, how, out, err) && take_beam(tube, gain, wedge, out, err);
}

static bool take_views(const json_t *list, struct ost_case_view out[OST_CASE_VIEWS], size_t *count,
                       struct ost_err *err)
{
    if (list == NULL)
        return true;
    *count = json_array_size(list);
    if (!json_is_array(list) || *count > OST_CASE_VIEWS)
        return ost_fail(err, OST_INVALID, "case: views must be a list of at most %d",
                        OST_CASE_VIEWS);
    for (size_t i = 0; i < *count; i++)
        if (!take_view(json_array_get(list, i), &out[i], err))
            return ost_err_note(err, "view %zu", i);
    return true;
}

static bool take_other(json_t *json, struct ost_case *out, struct ost_err *err)
{
    json_t *views = NULL;
    json_error_t why;
    if (json == NULL)
        return true;
    if (json_unpack_ex(json, &why, JSON_STRICT, "{s:o}", "views", &views) != 0)
        return ost_fail(err, OST_INVALID, "case: other must hold views and nothing else");
    if (!take_views(views, out->other, &out->other_count, err))
        return ost_err_note(err, "other arm");
    return out->other_count > 0 ||
           ost_fail(err, OST_INVALID, "case: other is given, but without a view");
}

static bool take_truth(json_t *json, struct ost_case_truth *out, struct ost_err *err)
{
    if (json == NULL)
        return true;
    const char *frame = "world", *path[6] = {NULL};
    json_error_t why;
    if (json_unpack_ex(json, &why, JSON_STRICT, "{s?s, s?s, s?s, s?s, s?s, s?s, s?s}", "frame",
                       &frame, "radius", &path[0], "ulna", &path[1], "density", &path[2],
                       "ulna_density", &path[3], "target_radius", &path[4], "numbers",
                       &path[5]) != 0)
        return ost_fail(err, OST_INVALID, "case: truth has a key unknown or of wrong kind");
    out->in_world = strcmp(frame, "world") == 0;
    if (!out->in_world && strcmp(frame, "lps") != 0)
        return ost_fail(err, OST_INVALID, "case: the truth's frame must be world or lps");
    char *const place[6] = {out->radius,       out->ulna,          out->density,
                            out->ulna_density, out->target_radius, out->numbers};
    for (size_t i = 0; i < 6; i++)
        if (!take_path(path[i], place[i], err))
            return ost_err_note(err, "truth");
    out->present = true;
    return true;
}

static bool take_case(json_t *json, struct ost_case *out, struct ost_err *err)
{
    int version = 0, simulated = 0;
    const char *side = "unknown", *ct = NULL;
    json_t *views = NULL, *other = NULL, *truth = NULL;
    json_error_t why;
    if (json_unpack_ex(json, &why, JSON_STRICT, "{s:i, s?s, s?b, s?o, s?o, s?s, s?o}",
                       "osteon_case", &version, "side", &side, "simulated", &simulated, "views",
                       &views, "other", &other, "ct", &ct, "truth", &truth) != 0)
        return ost_fail(err, OST_INVALID, "case: a key is missing, unknown or of wrong kind");
    if (version != 1)
        return ost_fail(err, OST_UNSUPPORTED, "case: version %d, this program reads 1", version);
    if (!ost_side_of_name(side, &out->side))
        return ost_fail(err, OST_INVALID, "case: side must be right, left or unknown");
    out->simulated = simulated != 0;
    if (!take_views(views, out->view, &out->view_count, err) || !take_other(other, out, err) ||
        !take_path(ct, out->ct, err) || !take_truth(truth, &out->truth, err))
        return false;
    if (out->view_count == 0 && out->ct[0] == '\0')
        return ost_fail(err, OST_INVALID, "case: neither a view nor a ct");
    return true;
}

bool ost_case_parse(const void *json, size_t len, struct ost_case *out, struct ost_err *err)
{
    if (len > JSON_MOST)
        return ost_fail(err, OST_LIMIT, "case: case.json of %zu bytes", len);
    json_error_t why;
    json_t *root = json_loadb(json, len, JSON_REJECT_DUPLICATES, &why);
    if (root == NULL)
        return ost_fail(err, OST_CORRUPT, "case: case.json is not JSON (line %d)", why.line);
    struct ost_case fresh = {.side = OST_SIDE_UNKNOWN};
    bool done = take_case(root, &fresh, err);
    json_decref(root);
    if (done)
        *out = fresh;
    return done;
}

static void set_text(json_t *object, const char *key, const char *text)
{
    if (text[0] != '\0')
        (void)json_object_set_new(object, key, json_string(text));
}

static void set_beam(json_t *object, const struct ost_case_view *v)
{
    const struct ost_case_wedge *w = &v->wedge;
    if (v->kvp > 0.0)
        (void)json_object_set_new(object, "tube",
                                  json_pack("{s:f,s:f}", "kvp", v->kvp, "aluminium_mm", v->filter));
    if (v->attenuation_per_grey > 0.0)
        (void)json_object_set_new(object, "attenuation_per_grey",
                                  json_real(v->attenuation_per_grey));
    if (w->step_count == 0)
        return;
    json_t *steps = json_array();
    for (size_t n = 0; n < w->step_count; n++)
        (void)json_array_append_new(steps, json_real(w->thickness[n]));
    (void)json_object_set_new(object, "wedge",
                              json_pack("{s:s,s:o,s:[f,f],s:[f,f]}", "material", "aluminium",
                                        "steps_mm", steps, "corner_px", w->corner[0], w->corner[1],
                                        "size_px", w->size[0], w->size[1]));
}

static json_t *view_json(const struct ost_case_view *v)
{
    json_t *json =
        json_pack("{s:s, s:s, s:s}", "image", v->image, "projection",
                  ost_projection_name(v->projection), "bone", ost_polarity_name(v->bone));
    set_text(json, "camera", v->camera);
    set_beam(json, v);
    if (v->frame > 0)
        (void)json_object_set_new(json, "frame", json_integer(v->frame));
    if (v->spacing_how == OST_SPACING_NONE)
        return json;
    (void)json_object_set_new(json, "spacing_mm",
                              json_pack("[f, f]", v->spacing[0], v->spacing[1]));
    set_text(json, "spacing_how", ost_spacing_how_name(v->spacing_how));
    return json;
}

static json_t *truth_json(const struct ost_case_truth *t)
{
    json_t *json = json_pack("{s:s}", "frame", t->in_world ? "world" : "lps");
    set_text(json, "radius", t->radius);
    set_text(json, "ulna", t->ulna);
    set_text(json, "density", t->density);
    set_text(json, "ulna_density", t->ulna_density);
    set_text(json, "target_radius", t->target_radius);
    set_text(json, "numbers", t->numbers);
    return json;
}

static json_t *views_json(const struct ost_case_view *view, size_t count)
{
    json_t *views = json_array();
    for (size_t i = 0; i < count; i++)
        (void)json_array_append_new(views, view_json(&view[i]));
    return views;
}

bool ost_case_print(const struct ost_case *in, struct ost_buf *out, struct ost_err *err)
{
    json_t *root =
        json_pack("{s:i, s:s, s:b, s:o}", "osteon_case", 1, "side", ost_side_name(in->side),
                  "simulated", (int)in->simulated, "views", views_json(in->view, in->view_count));
    if (root != NULL && in->other_count > 0)
        (void)json_object_set_new(
            root, "other", json_pack("{s:o}", "views", views_json(in->other, in->other_count)));
    if (root != NULL && in->ct[0] != '\0')
        set_text(root, "ct", in->ct);
    if (root != NULL && in->truth.present)
        (void)json_object_set_new(root, "truth", truth_json(&in->truth));
    char *text = root == NULL ? NULL : json_dumps(root, JSON_INDENT(1) | JSON_SORT_KEYS);
    json_decref(root);
    if (text == NULL)
        return ost_fail(err, OST_NOMEM, "case: not written");
    ost_buf_text(out, text);
    ost_buf_text(out, "\n");
    free(text);
    return ost_buf_done(out, err);
}

bool ost_case_read(const char *case_dir, struct ost_case *out, struct ost_err *err)
{
    struct ost_buf bytes;
    ost_buf_init(&bytes, JSON_MOST);
    bool done = ost_disk_read(case_dir, "case.json", &bytes, err)
                    ? ost_case_parse(bytes.ptr, bytes.len, out, err)
                    : ost_err_note(err, "case.json");
    ost_buf_fini(&bytes);
    return done;
}

bool ost_case_write(const char *case_dir, const struct ost_case *in, struct ost_err *err)
{
    struct ost_buf bytes;
    ost_buf_init(&bytes, JSON_MOST);
    bool done =
        ost_case_print(in, &bytes, err) && ost_disk_write(case_dir, "case.json", &bytes, err);
    ost_buf_fini(&bytes);
    return done;
}
