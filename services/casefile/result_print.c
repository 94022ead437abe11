#include "services/casefile/disk.h"
#include "services/casefile/result_impl.h"

#include <stdlib.h>

enum { JSON_MOST = 1 << 20, DIGITS = 12 };

/* `json` where it holds as many parts as it should; a part that could not be made is not in it. */
static json_t *whole(json_t *json, size_t count)
{
    if ((json_is_array(json) ? json_array_size(json) : json_object_size(json)) == count)
        return json;
    json_decref(json);
    return NULL;
}

static json_t *point_json(const double p[3])
{
    return json_pack("[f, f, f]", p[0], p[1], p[2]);
}

static json_t *rigid_json(const struct ost_rigid *m)
{
    json_t *r = json_array();
    for (int i = 0; i < 9; i++)
        (void)json_array_append_new(r, json_real(m->r[i]));
    return json_pack("{s:o, s:o}", "r", whole(r, 9), "t", point_json(m->t));
}

/* Rows of a column-major 3 x 3 matrix. */
static json_t *rows_json(const double m[9])
{
    json_t *rows = json_array();
    for (int r = 0; r < 3; r++)
        (void)json_array_append_new(rows, json_pack("[f, f, f]", m[r], m[3 + r], m[6 + r]));
    return whole(rows, 3);
}

static json_t *camera_json(const struct ost_camera *c)
{
    const double matrix[9] = {c->focal[0],     0.0, 0.0, 0.0, c->focal[1], 0.0, c->principal[0],
                              c->principal[1], 1.0};
    return json_pack("{s:o, s:o, s:o}", "matrix", rows_json(matrix), "rotation",
                     rows_json(c->world_to_camera.r), "translation",
                     point_json(c->world_to_camera.t));
}

static json_t *view_json(const struct ost_result_view *v)
{
    json_t *contour = json_pack("{s:f, s:f, s:f, s:f, s:f}", "mean", v->contour.mean, "p95",
                                v->contour.p95, "share", v->contour.share, "shifted_mean",
                                v->contour.shifted_mean, "shifted_share", v->contour.shifted_share);
    json_t *spacing =
        json_pack("{s:f, s:s}", "value", v->spacing, "how", ost_spacing_how_name(v->spacing_how));
    json_t *json =
        json_pack("{s:s, s:s, s:[i, i], s:o, s:o, s:o, s:s, s:s}", "image", v->image, "projection",
                  ost_projection_name(v->projection), "size", (int)v->camera.width,
                  (int)v->camera.height, "spacing_mm", spacing, "camera", camera_json(&v->camera),
                  "contour_mm", contour, "overlay", v->overlay, "outline", v->outline);
    if (v->frame == 0)
        return json;
    (void)json_object_set_new(json, "frame", json_integer(v->frame));
    (void)json_object_set_new(json, "pronated", ost_result_number_json(&v->pronated));
    return whole(json, 10);
}

static json_t *side_json(const struct ost_result *in)
{
    json_t *fits = json_array();
    size_t tried = 0;
    for (int s = OST_SIDE_RIGHT; s < OST_SIDES; s++)
        if (in->side_tried[s] && ++tried > 0)
            (void)json_array_append_new(fits, json_pack("{s:s, s:f}", "side",
                                                        ost_side_name((enum ost_side)s), "misfit",
                                                        in->side_misfit[s]));
    return json_pack("{s:s, s:s, s:o}", "value", ost_side_name(in->side), "how",
                     in->side_stated ? "stated" : "fitted", "fits", whole(fits, tried));
}

static json_t *bones_json(const struct ost_result *in)
{
    json_t *bones = json_object();
    for (int b = 0; b < OST_BONES; b++) {
        const struct ost_result_bone *bone = &in->bone[b];
        json_t *json = json_pack("{s:s, s:s, s:s, s:{s:f, s:f}}", "stl", bone->stl, "glb",
                                 bone->glb, "density", bone->density, "uncertainty_mm", "mean",
                                 bone->uncertainty_mean, "p95", bone->uncertainty_p95);
        (void)json_object_set_new(bones, ost_bone_name((enum ost_bone)b), json);
    }
    return whole(bones, OST_BONES);
}

static json_t *target_json(const struct ost_result *in)
{
    return json_pack("{s:s, s:s, s:s, s:o, s:{s:o, s:o}}", "stl", in->target_stl, "glb",
                     in->target_glb, "source", in->target_source, "motion",
                     rigid_json(&in->target_motion), "sd", "rotation_deg",
                     point_json(in->target_rotation_sd), "translation_mm",
                     point_json(in->target_translation_sd));
}

static json_t *landmarks_json(const struct ost_result *in)
{
    json_t *list = json_array();
    for (int l = 0; l < OST_LANDMARKS; l++) {
        enum ost_landmark name = (enum ost_landmark)l;
        (void)json_array_append_new(
            list, json_pack("{s:s, s:s, s:o, s:f}", "name", ost_landmark_name(name), "bone",
                            ost_bone_name(ost_landmark_bone(name)), "position",
                            point_json(in->landmark[l].position), "sd_mm", in->landmark[l].sd));
    }
    return whole(list, OST_LANDMARKS);
}

static json_t *numbers_json(const struct ost_number measure[OST_MEASURES])
{
    json_t *numbers = json_object();
    for (int m = 0; m < OST_MEASURES; m++)
        (void)json_object_set_new(numbers, ost_measure_name((enum ost_measure)m),
                                  ost_result_number_json(&measure[m]));
    return whole(numbers, OST_MEASURES);
}

static json_t *warnings_json(const struct ost_result *in)
{
    json_t *list = json_array();
    for (size_t i = 0; i < in->warning_count; i++)
        (void)json_array_append_new(list, json_pack("{s:s, s:s}", "code", in->warning[i].code,
                                                    "text", in->warning[i].text));
    return whole(list, in->warning_count);
}

static json_t *views_json(const struct ost_result_view *view, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        (void)json_array_append_new(list, view_json(&view[i]));
    return whole(list, count);
}

static json_t *other_json(const struct ost_result_other *in)
{
    json_t *bones = json_object();
    for (int b = 0; b < OST_BONES; b++)
        (void)json_object_set_new(bones, ost_bone_name((enum ost_bone)b),
                                  json_pack("{s:s, s:s}", "stl", in->stl[b], "glb", in->glb[b]));
    return json_pack("{s:b, s:o, s:o, s:o, s:f}", "used", (int)in->used, "views",
                     views_json(in->view, in->view_count), "bones", whole(bones, OST_BONES),
                     "numbers", numbers_json(in->measure), "residual_mm", in->residual);
}

static bool add(json_t *root, const char *key, json_t *value)
{
    return value != NULL && json_object_set_new(root, key, value) == 0;
}

static bool add_findings(json_t *root, const struct ost_result *in)
{
    bool done = add(root, "anatomy",
                    json_pack("{s:o, s:o, s:o, s:o}", "origin", point_json(in->origin), "axis",
                              point_json(in->axis), "radial", point_json(in->radial), "volar",
                              point_json(in->volar)));
    done = done &&
           add(root, "fragment",
               json_pack("{s:b, s:{s:o, s:o}, s:o}", "present", (int)in->fragment_present, "cut",
                         "point", point_json(in->cut_point), "normal", point_json(in->cut_normal),
                         "motion", rigid_json(&in->fragment_motion)));
    done = done && add(root, "landmarks", landmarks_json(in));
    done = done && add(root, "numbers", numbers_json(in->measure));
    done = done && add(root, "density",
                       json_pack("{s:s, s:o, s:o}", "how", in->density_how, "cortical",
                                 ost_result_number_json(&in->cortical), "trabecular",
                                 ost_result_number_json(&in->trabecular)));
    if (in->layers.view_count > 0)
        done = done && add(root, "layers", ost_result_layers_json(&in->layers));
    return done && add(root, "residual",
                       json_pack("{s:f, s:f, s:s, s:b}", "value", in->residual, "limit",
                                 in->residual_limit, "unit", "mm", "ok", (int)in->residual_ok));
}

static json_t *second_json(const struct ost_result_reading *in)
{
    json_t *json = json_object();
    for (int m = 0; m < OST_RESULT_READ; m++)
        (void)json_object_set_new(json, ost_measure_name((enum ost_measure)m),
                                  json_real(in->measure[m]));
    return whole(json, OST_RESULT_READ);
}

static bool add_all(json_t *root, const struct ost_result *in)
{
    bool done = add(root, "osteon_result", json_integer(1));
    done = done && add(root, "program", json_string(in->program));
    done = done && add(root, "simulated", json_boolean(in->simulated));
    done = done && add(root, "model",
                       json_pack("{s:s, s:s, s:s}", "name", in->model_name, "sha256",
                                 in->model_sha256, "licence", in->model_licence));
    done = done && add(root, "side", side_json(in));
    done = done && add(root, "frame", json_string(in->in_world ? "world" : "first_view"));
    done = done && add(root, "views", views_json(in->view, in->view_count));
    done = done &&
           add(root, "angle_between_views_deg", ost_result_number_json(&in->angle_between_views));
    done = done && add(root, "bones", bones_json(in));
    done = done && add(root, "target", target_json(in));
    if (in->other.view_count > 0)
        done = done && add(root, "other", other_json(&in->other));
    if (in->second.present)
        done = done && add(root, "second_reading", second_json(&in->second));
    return done && add_findings(root, in) && add(root, "warnings", warnings_json(in));
}

bool ost_result_print(const struct ost_result *in, struct ost_buf *out, struct ost_err *err)
{
    json_t *root = json_object();
    char *text = NULL;
    if (root != NULL && add_all(root, in))
        text = json_dumps(root, JSON_INDENT(1) | JSON_REAL_PRECISION(DIGITS));
    json_decref(root);
    if (text == NULL)
        return ost_fail(err, OST_BUG, "result: a number is not finite or a text not UTF-8");
    ost_buf_text(out, text);
    ost_buf_text(out, "\n");
    free(text);
    return ost_buf_done(out, err);
}

bool ost_result_write(const char *case_dir, const struct ost_result *in, struct ost_err *err)
{
    struct ost_buf bytes;
    ost_buf_init(&bytes, JSON_MOST);
    bool done = ost_result_print(in, &bytes, err) &&
                ost_disk_write(case_dir, "result/result.json", &bytes, err);
    ost_buf_fini(&bytes);
    return done;
}
