/* The films taken apart: CASE/result/layers/ and layers.json. */
#include "recon/image/png.h"
#include "services/casefile/disk.h"
#include "services/station/recon_impl.h"
#include "services/station/recon_layers_impl.h"

#include <jansson.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PNG_BYTES = 64 << 20, JSON_BYTES = 1 << 20 };

static const double usual_kvp = 57.0, usual_kvp_sd = 5.0, usual_filter = 3.0;
static const double kvp_least = 42.0, kvp_most = 67.0; /* what the tube's model knows */

/* mg/cm2 of one grey value. */
static double grey_unit(enum ost_layer layer)
{
    return layer == OST_LAYER_SOFT ? 0.2 : 0.1;
}

/* The middle of every step of the wedge on the film. */
static bool read_wedge(const struct ost_case_wedge *w, const struct ost_image *film,
                       struct ost_film_curve *out, struct ost_err *err)
{
    const double high = w->size[1] / (double)w->step_count, inset = 0.25;
    struct ost_curve_step step[OST_CURVE_POINTS];
    struct ost_spectrum tube;
    if (!ost_spectrum_tube(out->kvp, out->filter, OST_SPECTRUM_MOST, &tube, err))
        return false;
    const struct ost_hardening h = ost_hardening_of(&tube);
    const size_t count = w->step_count < OST_CURVE_POINTS ? w->step_count : OST_CURVE_POINTS;
    for (size_t s = 0; s < count; s++) {
        double sum = 0.0, pixels = 0.0;
        for (double y = w->corner[1] + ((double)s + inset) * high;
             y < w->corner[1] + ((double)s + 1.0 - inset) * high; y += 1.0)
            for (double x = w->corner[0] + inset * w->size[0];
                 x < w->corner[0] + (1.0 - inset) * w->size[0]; x += 1.0) {
                sum += ost_image_at(film, x, y);
                pixels += 1.0;
            }
        step[s] = (struct ost_curve_step){
            .grey = pixels > 0.0 ? sum / pixels : 0.0,
            .attenuation = ost_hardening_aluminium(&h, 0.2699 * w->thickness[s]),
            .pixel = {w->corner[0] + 0.5 * w->size[0], w->corner[1] + ((double)s + 0.5) * high}};
    }
    return ost_film_curve_of_wedge(step, count, out, err);
}

static double largest(const struct ost_image *film)
{
    float most = 0.0F;
    for (size_t n = 0; n < (size_t)film->width * film->height; n++)
        most = fmaxf(most, film->pixel[n]);
    return most > 255.0F ? 65535.0 : 255.0;
}

/* What the case says of a film's greys; a wedge that cannot be read leaves the curve unknown. */
static struct ost_film_curve curve_of(const struct ost_case_view *view,
                                      const struct ost_image *film)
{
    struct ost_film_curve c = {.how = OST_CURVE_UNKNOWN,
                               .bone = view->bone,
                               .white = largest(film),
                               .kvp = usual_kvp,
                               .kvp_sd = usual_kvp_sd,
                               .filter = usual_filter};
    if (view->kvp > 0.0) {
        c.kvp = fmin(fmax(view->kvp, kvp_least), kvp_most);
        c.kvp_sd = c.kvp == view->kvp ? 0.3 : 2.0;
        c.filter = fmin(fmax(view->filter, 0.5), 20.0);
    }
    if (view->attenuation_per_grey > 0.0) {
        c.how = OST_CURVE_LINEAR;
        c.gain = 1.0 / view->attenuation_per_grey;
        c.flat = true;
    } else if (view->wedge.step_count > 0 && read_wedge(&view->wedge, film, &c, NULL)) {
        c.kvp_sd = 0.5;
    }
    return c;
}

static json_t *number_json(const struct ost_number *n)
{
    return json_pack("{s:f, s:f, s:f, s:f, s:s, s:s}", "value", n->value, "low", n->low, "high",
                     n->high, "level", n->level, "unit", n->unit, "how", n->how);
}

/* Of the sites that a film shows. */
static json_t *densities(const struct ost_layers *layers, const struct ost_layers_request *request)
{
    json_t *all = json_object();
    for (int s = 0; s < OST_DENSITY_SITES; s++) {
        const enum ost_density_site site = (enum ost_density_site)s;
        const struct ost_density_part part = ost_density_part_of(request, site);
        struct ost_density_found f;
        if (!ost_density_measure(layers, request, &part, &f, NULL))
            continue;
        const struct ost_result_site told = ost_recon_site_of(layers, site, &f);
        (void)json_object_set_new(all, told.name,
                                  json_pack("{s:i, s:f, s:o, s:o}", "view", (int)f.view, "shown",
                                            f.shown, "areal", number_json(&told.areal),
                                            "volumetric", number_json(&told.volumetric)));
    }
    return all;
}

/* One structure's picture, to be written. */
static bool draw_layer(const struct ost_image *area, enum ost_layer layer, struct ost_buf *png,
                       struct ost_err *err)
{
    OST_AUTO(ost_image) grey = NULL;
    if (!ost_image_create(&grey, area->width, area->height, err))
        return false;
    for (size_t n = 0; n < (size_t)area->width * area->height; n++)
        grey->pixel[n] = (float)(1000.0 * (double)area->pixel[n] / grey_unit(layer));
    return ost_png_write_grey(grey, 16, png, err);
}

/* One view's pictures. */
struct view_pictures {
    const struct ost_image *const *area;
    bool wanted[OST_LAYERS], drawn[OST_LAYERS];
    struct ost_buf png[OST_LAYERS];
    struct ost_err why[OST_LAYERS];
};

/* A picture's packing takes longer than all the rest: each has a core of its own. */
static void draw_view(struct view_pictures *p)
{
#pragma omp parallel for schedule(dynamic, 1)
    for (int k = 0; k < OST_LAYERS; k++) {
        ost_buf_init(&p->png[k], PNG_BYTES);
        p->drawn[k] =
            p->wanted[k] && draw_layer(p->area[k], (enum ost_layer)k, &p->png[k], &p->why[k]);
    }
}

/* A picture's file; its mass in g goes to the list. */
static bool write_layer(const char *case_dir, size_t view, enum ost_layer layer,
                        const struct ost_buf *png, double mass, json_t *list, struct ost_err *err)
{
    char name[OST_RESULT_NAME];
    (void)snprintf(name, sizeof name, "result/layers/%zu_%s.png", view, ost_layer_name(layer));
    const bool ok = ost_disk_write(case_dir, name, png, err);
    json_t *item = json_pack("{s:s, s:f, s:f}", "file", name + strlen("result/"), "mg_cm2_per_grey",
                             grey_unit(layer), "mass_g", mass);
    return json_object_set_new(list, ost_layer_name(layer), item) == 0 && ok;
}

static bool write_view(const char *case_dir, const struct ost_layers *layers, size_t view,
                       const double mass[OST_LAYERS], json_t *views, struct ost_err *err)
{
    struct view_pictures p = {.area = (const struct ost_image *const *)layers->view[view].area};
    json_t *list = json_object();
    bool ok = list != NULL;
    for (int k = 0; k < OST_LAYERS; k++)
        p.wanted[k] = k != OST_LAYER_METAL || mass[k] > 0.0;
    draw_view(&p);
    for (int k = 0; k < OST_LAYERS; k++) {
        const enum ost_layer layer = (enum ost_layer)k;
        if (ok && p.wanted[k] && !p.drawn[k]) {
            ok = false;
            if (err != NULL)
                *err = p.why[k];
        }
        if (ok && p.wanted[k])
            ok = write_layer(case_dir, view, layer, &p.png[k], mass[k], list, err);
        ost_buf_fini(&p.png[k]);
    }
    return json_array_append_new(views, list) == 0 && ok;
}

/* A picture of an earlier fit's metal must not stand for this one's. */
static bool forget(const char *case_dir, struct ost_err *err)
{
    char name[OST_RESULT_NAME];
    for (size_t v = 0; v < OST_LAYERS_VIEWS; v++) {
        (void)snprintf(name, sizeof name, "result/layers/%zu_%s.png", v,
                       ost_layer_name(OST_LAYER_METAL));
        if (!ost_disk_remove(case_dir, name, err))
            return false;
    }
    return true;
}

static bool write_all(const char *case_dir, const struct ost_layers *layers,
                      const struct ost_layers_request *request,
                      const struct ost_result_layers *told, bool simulated, struct ost_err *err)
{
    json_t *views = json_array();
    bool ok = ost_disk_folder(case_dir, "result", err) &&
              ost_disk_folder(case_dir, "result/layers", err) && forget(case_dir, err);
    for (size_t v = 0; ok && v < layers->count; v++)
        ok = write_view(case_dir, layers, v, told->mass_g[v], views, err);
    json_t *root = json_pack("{s:i, s:b, s:s, s:b, s:o, s:o}", "osteon_layers", 1, "simulated",
                             (int)simulated, "calibration", ost_curve_how_name(layers->how),
                             "relative", (int)(layers->how == OST_CURVE_UNKNOWN), "views", views,
                             "densities", densities(layers, request));
    char *text = root == NULL ? NULL : json_dumps(root, JSON_INDENT(1) | JSON_SORT_KEYS);
    struct ost_buf out;
    json_decref(root);
    if (text == NULL)
        return ost_fail(err, OST_NOMEM, "layers.json cannot be written");
    ost_buf_init(&out, JSON_BYTES);
    ost_buf_text(&out, text);
    ost_buf_text(&out, "\n");
    free(text);
    ok = ok && ost_disk_write(case_dir, "result/layers.json", &out, err);
    ost_buf_fini(&out);
    return ok;
}

bool ost_recon_layers(const char *case_dir, struct ost_recon_found *found,
                      const struct ost_case_view *view, struct ost_err *err)
{
    struct ost_layers_request r = {.count = found->view_count};
    struct ost_arm_table *table[OST_BONES] = {NULL};
    OST_AUTO(ost_layers) layers = NULL;
    if (r.count > OST_LAYERS_VIEWS)
        r.count = OST_LAYERS_VIEWS;
    bool ok = ost_disk_remove(case_dir, "result/layers.json", err);
    for (int b = 0; ok && b < OST_BONES; b++) {
        const enum ost_bone bone = (enum ost_bone)b;
        ok = ost_arm_table_create(found->prior, bone, OST_ARM_MODES, &table[b], err);
        if (!ok)
            break;
        ost_arm_table_set(table[b], found->prior, bone, &found->arm, false);
        r.bone[b] = (struct ost_layers_bone){table[b]->mesh,
                                             ost_prior_bone_view(found->prior, bone)->cortex};
    }
    for (size_t v = 0; ok && v < r.count; v++)
        r.film[v] =
            (struct ost_layers_film){found->view[v].film, found->view[v].camera,
                                     curve_of(&view[v], found->view[v].film), found->view[v].ulna};
    if (ok) {
        ost_anatomy_of_arm(found->prior, (const float(*)[3])table[OST_RADIUS]->mesh->vertex,
                           found->arm.mirrored, &r.frame);
        memcpy(r.cortical, found->cortical, sizeof r.cortical);
        memcpy(r.trabecular, found->trabecular, sizeof r.trabecular);
        ok = ost_layers_create(&r, NULL, &layers, err);
        if (ok) {
            struct ost_recon_found told = *found;
            ost_recon_tell(layers, &r, &told);
            ok = write_all(case_dir, layers, &r, &told.layers, found->simulated, err);
            *found = ok ? told : *found;
        }
    }
    for (int b = 0; b < OST_BONES; b++)
        ost_arm_table_destroy(table[b]);
    return ok || ost_err_note(err, "layers");
}
