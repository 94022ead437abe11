#include "services/casefile/disk.h"
#include "services/casefile/result_impl.h"

#include <math.h>
#include <string.h>

enum { JSON_MOST = 1 << 20 };

/* Reading stops at the first wrong thing; `where` says in which part it was. */
struct reading {
    bool failed;
    const char *where;
};

static bool wrong(struct reading *r, const char *where)
{
    if (!r->failed)
        r->where = where;
    r->failed = true;
    return false;
}

static void take_text(struct reading *r, const char *text, char *out, size_t size)
{
    size_t len = text == NULL ? size : strlen(text);
    if (len >= size) {
        (void)wrong(r, "a text");
        return;
    }
    memcpy(out, text, len + 1);
}

static void take_reals(struct reading *r, const json_t *list, double *out, size_t count)
{
    if (json_array_size(list) != count) {
        (void)wrong(r, "a list of numbers");
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const json_t *value = json_array_get(list, i);
        if (!json_is_number(value))
            (void)wrong(r, "a list of numbers");
        out[i] = json_number_value(value);
    }
}

static bool unpack(struct reading *r, const char *where, json_t *json, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    json_error_t why;
    int code = r->failed ? -1 : json_vunpack_ex(json, &why, JSON_STRICT, format, args);
    va_end(args);
    return code == 0 || wrong(r, where);
}

static void take_number(struct reading *r, json_t *json, struct ost_number *out)
{
    if (!r->failed && !ost_result_take_number(json, out))
        (void)wrong(r, "a number");
}

static void take_rigid(struct reading *r, json_t *json, struct ost_rigid *out)
{
    json_t *rotation = NULL, *translation = NULL;
    if (!unpack(r, "a motion", json, "{s:o, s:o}", "r", &rotation, "t", &translation))
        return;
    take_reals(r, rotation, out->r, 9);
    take_reals(r, translation, out->t, 3);
    if (!r->failed && !ost_rigid_is_proper(out, 1e-6))
        (void)wrong(r, "a motion");
}

static void take_rows(struct reading *r, const json_t *rows, double out[9])
{
    if (json_array_size(rows) != 3)
        (void)wrong(r, "a matrix");
    for (size_t i = 0; i < 3 && !r->failed; i++) {
        double row[3];
        take_reals(r, json_array_get(rows, i), row, 3);
        for (size_t k = 0; k < 3; k++)
            out[3 * k + i] = row[k];
    }
}

static void take_camera(struct reading *r, json_t *json, struct ost_camera *out)
{
    json_t *matrix = NULL, *rotation = NULL, *translation = NULL;
    double k[9] = {0.0};
    if (!unpack(r, "a camera", json, "{s:o, s:o, s:o}", "matrix", &matrix, "rotation", &rotation,
                "translation", &translation))
        return;
    take_rows(r, matrix, k);
    take_rows(r, rotation, out->world_to_camera.r);
    take_reals(r, translation, out->world_to_camera.t, 3);
    for (int i = 0; i < 2; i++) {
        out->focal[i] = k[4 * i];
        out->principal[i] = k[6 + i];
    }
    if (!r->failed && !(out->focal[0] > 0.0 && out->focal[1] > 0.0 &&
                        ost_rigid_is_proper(&out->world_to_camera, 1e-6)))
        (void)wrong(r, "a camera");
}

static void take_view(struct reading *r, json_t *json, struct ost_result_view *out)
{
    const char *image = NULL, *projection = NULL, *how = NULL, *overlay = NULL, *outline = NULL;
    json_t *camera = NULL, *pronated = NULL;
    int width = 0, height = 0, frame = 0;
    struct ost_result_contour *c = &out->contour;
    if (!unpack(r, "a view", json,
                "{s:s, s:s, s:[i, i], s:{s:F, s:s}, s:o, s:{s:F, s:F, s:F, s:F, s:F}, s:s, s:s, "
                "s?i, s?o}",
                "image", &image, "projection", &projection, "size", &width, &height, "spacing_mm",
                "value", &out->spacing, "how", &how, "camera", &camera, "contour_mm", "mean",
                &c->mean, "p95", &c->p95, "share", &c->share, "shifted_mean", &c->shifted_mean,
                "shifted_share", &c->shifted_share, "overlay", &overlay, "outline", &outline,
                "frame", &frame, "pronated", &pronated))
        return;
    if (frame < 0 || frame >= OST_CASE_VIEWS || (frame > 0) != (pronated != NULL))
        (void)wrong(r, "a view's frame");
    out->frame = (uint32_t)frame;
    if (pronated != NULL)
        take_number(r, pronated, &out->pronated);
    take_text(r, image, out->image, sizeof out->image);
    take_text(r, overlay, out->overlay, sizeof out->overlay);
    take_text(r, outline, out->outline, sizeof out->outline);
    if (!ost_projection_of_name(projection, &out->projection) ||
        !ost_spacing_how_of_name(how, &out->spacing_how) || width < 1 || height < 1)
        (void)wrong(r, "a view");
    take_camera(r, camera, &out->camera);
    out->camera.width = (uint32_t)width;
    out->camera.height = (uint32_t)height;
}

static void take_views(struct reading *r, const json_t *list,
                       struct ost_result_view view[OST_CASE_VIEWS], size_t *out)
{
    size_t count = json_array_size(list);
    if (count > OST_CASE_VIEWS) {
        (void)wrong(r, "the views");
        return;
    }
    for (size_t i = 0; i < count; i++)
        take_view(r, json_array_get(list, i), &view[i]);
    *out = count;
}

static void take_side(struct reading *r, json_t *json, struct ost_result *out)
{
    const char *value = NULL, *how = NULL;
    json_t *fits = NULL;
    if (!unpack(r, "the side", json, "{s:s, s:s, s:o}", "value", &value, "how", &how, "fits",
                &fits))
        return;
    out->side_stated = strcmp(how, "stated") == 0;
    if (!ost_side_of_name(value, &out->side))
        (void)wrong(r, "the side");
    for (size_t i = 0; i < json_array_size(fits) && !r->failed; i++) {
        enum ost_side side = OST_SIDE_UNKNOWN;
        double misfit = 0.0;
        if (!unpack(r, "the side", json_array_get(fits, i), "{s:s, s:F}", "side", &value, "misfit",
                    &misfit) ||
            !ost_side_of_name(value, &side))
            (void)wrong(r, "the side");
        out->side_tried[side] = true;
        out->side_misfit[side] = misfit;
    }
}

static void take_bones(struct reading *r, const json_t *json, struct ost_result *out)
{
    for (int b = 0; b < OST_BONES; b++) {
        struct ost_result_bone *bone = &out->bone[b];
        const char *stl = NULL, *glb = NULL, *density = NULL;
        if (!unpack(r, "a bone", json_object_get(json, ost_bone_name((enum ost_bone)b)),
                    "{s:s, s:s, s:s, s:{s:F, s:F}}", "stl", &stl, "glb", &glb, "density", &density,
                    "uncertainty_mm", "mean", &bone->uncertainty_mean, "p95",
                    &bone->uncertainty_p95))
            return;
        take_text(r, stl, bone->stl, sizeof bone->stl);
        take_text(r, glb, bone->glb, sizeof bone->glb);
        take_text(r, density, bone->density, sizeof bone->density);
    }
}

static void take_target(struct reading *r, json_t *json, struct ost_result *out)
{
    const char *stl = NULL, *glb = NULL, *source = NULL;
    json_t *motion = NULL, *rotation = NULL, *translation = NULL;
    if (!unpack(r, "the target", json, "{s:s, s:s, s:s, s:o, s:{s:o, s:o}}", "stl", &stl, "glb",
                &glb, "source", &source, "motion", &motion, "sd", "rotation_deg", &rotation,
                "translation_mm", &translation))
        return;
    take_text(r, stl, out->target_stl, sizeof out->target_stl);
    take_text(r, glb, out->target_glb, sizeof out->target_glb);
    take_text(r, source, out->target_source, sizeof out->target_source);
    take_rigid(r, motion, &out->target_motion);
    take_reals(r, rotation, out->target_rotation_sd, 3);
    take_reals(r, translation, out->target_translation_sd, 3);
}

static void take_anatomy(struct reading *r, json_t *anatomy, json_t *fragment,
                         struct ost_result *out)
{
    json_t *part[4] = {NULL}, *point = NULL, *normal = NULL, *motion = NULL;
    int present = 0;
    if (!unpack(r, "the anatomy", anatomy, "{s:o, s:o, s:o, s:o}", "origin", &part[0], "axis",
                &part[1], "radial", &part[2], "volar", &part[3]) ||
        !unpack(r, "the fragment", fragment, "{s:b, s:{s:o, s:o}, s:o}", "present", &present, "cut",
                "point", &point, "normal", &normal, "motion", &motion))
        return;
    double *const place[4] = {out->origin, out->axis, out->radial, out->volar};
    for (int i = 0; i < 4; i++)
        take_reals(r, part[i], place[i], 3);
    out->fragment_present = present != 0;
    take_reals(r, point, out->cut_point, 3);
    take_reals(r, normal, out->cut_normal, 3);
    take_rigid(r, motion, &out->fragment_motion);
}

static void take_landmarks(struct reading *r, const json_t *list, struct ost_result *out)
{
    if (json_array_size(list) != OST_LANDMARKS)
        (void)wrong(r, "the landmarks");
    for (size_t i = 0; i < OST_LANDMARKS && !r->failed; i++) {
        const char *name = NULL, *bone = NULL;
        json_t *position = NULL;
        if (!unpack(r, "a landmark", json_array_get(list, i), "{s:s, s:s, s:o, s:F}", "name", &name,
                    "bone", &bone, "position", &position, "sd_mm", &out->landmark[i].sd))
            return;
        if (strcmp(name, ost_landmark_name((enum ost_landmark)i)) != 0)
            (void)wrong(r, "a landmark");
        take_reals(r, position, out->landmark[i].position, 3);
    }
}

static void take_warnings(struct reading *r, const json_t *list, struct ost_result *out)
{
    for (size_t i = 0; i < json_array_size(list) && !r->failed; i++) {
        const char *code = NULL, *text = NULL;
        if (unpack(r, "a warning", json_array_get(list, i), "{s:s, s:s}", "code", &code, "text",
                   &text))
            ost_result_warn(out, code, text);
    }
}

static void take_measures(struct reading *r, json_t *numbers, struct ost_number out[OST_MEASURES])
{
    for (int m = 0; m < OST_MEASURES && !r->failed; m++)
        take_number(r, json_object_get(numbers, ost_measure_name((enum ost_measure)m)), &out[m]);
}

static void take_other(struct reading *r, json_t *json, struct ost_result_other *out)
{
    json_t *views = NULL, *bones = NULL, *numbers = NULL;
    int used = 0;
    if (json == NULL ||
        !unpack(r, "the other arm", json, "{s:b, s:o, s:o, s:o, s:F}", "used", &used, "views",
                &views, "bones", &bones, "numbers", &numbers, "residual_mm", &out->residual))
        return;
    out->used = used != 0;
    take_views(r, views, out->view, &out->view_count);
    take_measures(r, numbers, out->measure);
    for (int b = 0; b < OST_BONES; b++) {
        const char *stl = NULL, *glb = NULL;
        if (!unpack(r, "the other arm", json_object_get(bones, ost_bone_name((enum ost_bone)b)),
                    "{s:s, s:s}", "stl", &stl, "glb", &glb))
            return;
        take_text(r, stl, out->stl[b], sizeof out->stl[b]);
        take_text(r, glb, out->glb[b], sizeof out->glb[b]);
    }
}

static void take_findings(struct reading *r, json_t *numbers, json_t *density,
                          struct ost_result *out)
{
    take_measures(r, numbers, out->measure);
    const char *how = NULL;
    json_t *cortical = NULL, *trabecular = NULL;
    if (!unpack(r, "the density", density, "{s:s, s:o, s:o}", "how", &how, "cortical", &cortical,
                "trabecular", &trabecular))
        return;
    take_text(r, how, out->density_how, sizeof out->density_how);
    take_number(r, cortical, &out->cortical);
    take_number(r, trabecular, &out->trabecular);
}

static void take_residual(struct reading *r, json_t *json, struct ost_result *out)
{
    const char *unit = NULL;
    int ok = 0;
    (void)unpack(r, "the residual", json, "{s:F, s:F, s:s, s:b}", "value", &out->residual, "limit",
                 &out->residual_limit, "unit", &unit, "ok", &ok);
    out->residual_ok = ok != 0;
}

static void take_second(struct reading *r, json_t *json, struct ost_result_reading *out)
{
    out->present = json != NULL;
    if (json == NULL)
        return;
    if (json_object_size(json) != OST_RESULT_READ)
        (void)wrong(r, "the second reading");
    for (int m = 0; m < OST_RESULT_READ; m++) {
        const json_t *value = json_object_get(json, ost_measure_name((enum ost_measure)m));
        if (!json_is_number(value))
            (void)wrong(r, "the second reading");
        out->measure[m] = json_number_value(value);
    }
}

static void take_all(struct reading *r, json_t *root, struct ost_result *out)
{
    json_t *side = NULL, *views = NULL, *angle = NULL, *bones = NULL, *target = NULL;
    json_t *anatomy = NULL, *fragment = NULL, *landmarks = NULL, *numbers = NULL, *density = NULL;
    json_t *other = NULL, *residual = NULL, *warnings = NULL, *layers = NULL, *second = NULL;
    const char *program = NULL, *frame = NULL, *name = NULL, *sha256 = NULL, *licence = NULL;
    int version = 0, simulated = 0;
    if (!unpack(r, "the whole", root,
                "{s:i, s:s, s:b, s:{s:s, s:s, s:s}, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, "
                "s:o, s:o, s?o, s?o, s?o, s:o, s:o}",
                "osteon_result", &version, "program", &program, "simulated", &simulated, "model",
                "name", &name, "sha256", &sha256, "licence", &licence, "side", &side, "frame",
                &frame, "views", &views, "angle_between_views_deg", &angle, "bones", &bones,
                "target", &target, "anatomy", &anatomy, "fragment", &fragment, "landmarks",
                &landmarks, "numbers", &numbers, "density", &density, "other", &other, "layers",
                &layers, "second_reading", &second, "residual", &residual, "warnings", &warnings))
        return;
    if (version != 1)
        (void)wrong(r, "the version");
    take_text(r, program, out->program, sizeof out->program);
    take_text(r, name, out->model_name, sizeof out->model_name);
    take_text(r, sha256, out->model_sha256, sizeof out->model_sha256);
    take_text(r, licence, out->model_licence, sizeof out->model_licence);
    out->simulated = simulated != 0;
    out->in_world = strcmp(frame, "world") == 0;
    take_side(r, side, out);
    take_views(r, views, out->view, &out->view_count);
    take_number(r, angle, &out->angle_between_views);
    take_bones(r, bones, out);
    take_target(r, target, out);
    take_anatomy(r, anatomy, fragment, out);
    take_landmarks(r, landmarks, out);
    take_findings(r, numbers, density, out);
    take_other(r, other, &out->other);
    if (layers != NULL && !r->failed && !ost_result_take_layers(layers, &out->layers))
        (void)wrong(r, "the layers");
    take_second(r, second, &out->second);
    take_residual(r, residual, out);
    take_warnings(r, warnings, out);
}

bool ost_result_parse(const void *json, size_t len, struct ost_result *out, struct ost_err *err)
{
    json_error_t why;
    json_t *root = len > JSON_MOST ? NULL : json_loadb(json, len, JSON_REJECT_DUPLICATES, &why);
    if (root == NULL)
        return ost_fail(err, OST_CORRUPT, "result: not JSON, or more than %d bytes", JSON_MOST);
    struct ost_result fresh = {.simulated = false};
    struct reading r = {.failed = false};
    take_all(&r, root, &fresh);
    json_decref(root);
    if (r.failed)
        return ost_fail(err, OST_CORRUPT, "result: %s is missing or wrong", r.where);
    *out = fresh;
    return true;
}

bool ost_result_read(const char *case_dir, struct ost_result *out, struct ost_err *err)
{
    struct ost_buf bytes;
    ost_buf_init(&bytes, JSON_MOST);
    bool done = ost_disk_read(case_dir, "result/result.json", &bytes, err)
                    ? ost_result_parse(bytes.ptr, bytes.len, out, err)
                    : ost_err_note(err, "result.json (run osteon recon first)");
    ost_buf_fini(&bytes);
    return done;
}
