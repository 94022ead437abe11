#include "services/bench/arm.h"

#include "recon/base/rng.h"
#include "recon/math/vec.h"
#include "recon/xray/drr.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *ost_bench_density_name(enum ost_bench_density which)
{
    static const char *const name[] = {[OST_BENCH_ULTRADISTAL] = "ultradistal_areal",
                                       [OST_BENCH_THIRD] = "third_areal",
                                       [OST_BENCH_DISTAL_30] = "distal_30_volumetric"};
    return (unsigned)which < OST_BENCH_DENSITIES ? name[which] : "unknown";
}

const char *ost_bench_calibration_name(enum ost_bench_calibration which)
{
    static const char *const name[] = {
        [OST_BENCH_LINEAR] = "linear", [OST_BENCH_WEDGE] = "wedge", [OST_BENCH_NONE] = "none"};
    return (unsigned)which < OST_BENCH_CALIBRATIONS ? name[which] : "unknown";
}

void ost_bench_arm_destroy(struct ost_bench_arm *arm)
{
    if (arm == NULL)
        return;
    for (int b = 0; b < OST_BONES; b++) {
        ost_mesh_destroy(arm->bone[b]);
        free(arm->cortex[b]);
    }
    for (int v = 0; v < OST_PATIENT_FILMS; v++) {
        ost_exact_destroy(arm->exact[v]);
        ost_image_destroy(arm->film[v]);
    }
    free(arm);
}

/* The prior's thickness at its own vertices, which a finer mesh has first, else at the nearest. */
static bool cortex_of(const struct ost_prior_bone *view, const struct ost_mesh *mesh, float **out,
                      struct ost_err *err)
{
    *out = malloc((mesh->vertex_count + 1) * sizeof **out);
    if (*out == NULL || mesh->vertex_count < view->vertex_count)
        return ost_fail(err, OST_NOMEM, "bench: no room for a cortex");
    memcpy(*out, view->cortex, view->vertex_count * sizeof **out);
#pragma omp parallel for schedule(dynamic, 64)
    for (uint32_t v = view->vertex_count; v < mesh->vertex_count; v++) {
        float best = 1e30F;
        for (uint32_t k = 0; k < view->vertex_count; k++) {
            float d = 0.0F;
            for (int c = 0; c < 3; c++) {
                const float x = mesh->vertex[k][c] - mesh->vertex[v][c];
                d += x * x;
            }
            if (d < best) {
                best = d;
                (*out)[v] = view->cortex[k];
            }
        }
    }
    return true;
}

/* A third of the ulna's length from its most distal point, mm from the radius' joint. */
static double third_of(const struct ost_mesh *ulna, const struct ost_anatomy *frame)
{
    double low = INFINITY, high = -INFINITY;
    for (uint32_t v = 0; v < ulna->vertex_count; v++) {
        double p[3] = {(double)ulna->vertex[v][0], (double)ulna->vertex[v][1],
                       (double)ulna->vertex[v][2]};
        ost_sub(frame->origin, p, p);
        const double depth = ost_dot(p, frame->axis);
        low = fmin(low, depth);
        high = fmax(high, depth);
    }
    return low + (high - low) / 3.0;
}

static void judge(const struct ost_patient *p, struct ost_bench_arm *arm)
{
    struct ost_exact_slab slab = {.from = 2.0, .to = 17.0};
    const double third = third_of(p->bone[OST_ULNA], &arm->frame);
    memcpy(slab.origin, arm->frame.origin, sizeof slab.origin);
    memcpy(slab.axis, arm->frame.axis, sizeof slab.axis);
    /* As the arm lies on the table: dorsal to volar, whichever way a broken joint looks. */
    const double table[3] = {0.0, 1.0, 0.0};
    ost_along(table, -ost_dot(table, slab.axis), slab.axis, slab.beam);
    (void)ost_unit(slab.beam);
    arm->truth[OST_BENCH_ULTRADISTAL] = ost_exact_areal(p->mineral[OST_RADIUS], &slab);
    slab.from = third - 10.0;
    slab.to = third + 10.0;
    arm->truth[OST_BENCH_THIRD] = ost_exact_areal(p->mineral[OST_RADIUS], &slab);
    arm->truth[OST_BENCH_DISTAL_30] = p->distal_30;
}

/* ---- films ---- */

/* The middle of every step of the wedge, and what its aluminium does at the voltage assumed. */
static bool read_wedge(const struct ost_patient_film *film, struct ost_film_curve *curve,
                       struct ost_err *err)
{
    const struct ost_film_wedge *w = &film->wedge;
    const double high = w->size[1] / OST_WEDGE_STEPS, inset = 0.25;
    struct ost_curve_step step[OST_WEDGE_STEPS];
    struct ost_spectrum tube;
    if (!ost_spectrum_tube(curve->kvp, curve->filter, OST_SPECTRUM_MOST, &tube, err))
        return false;
    const struct ost_hardening h = ost_hardening_of(&tube);
    for (int s = 0; s < OST_WEDGE_STEPS; s++) {
        const uint32_t from[2] = {(uint32_t)ceil(w->corner[0] + inset * w->size[0]),
                                  (uint32_t)ceil(w->corner[1] + (s + inset) * high)};
        const uint32_t to[2] = {(uint32_t)(w->corner[0] + (1.0 - inset) * w->size[0]),
                                (uint32_t)(w->corner[1] + (s + 1.0 - inset) * high)};
        double sum = 0.0, count = 0.0;
        for (uint32_t j = from[1]; j < to[1] && j < film->image->height; j++)
            for (uint32_t i = from[0]; i < to[0] && i < film->image->width; i++) {
                sum += (double)film->image->pixel[(size_t)j * film->image->width + i];
                count += 1.0;
            }
        step[s].grey = count > 0.0 ? sum / count : 0.0;
        step[s].pixel[0] = 0.5 * (from[0] + to[0]);
        step[s].pixel[1] = 0.5 * (from[1] + to[1]);
        step[s].attenuation = ost_hardening_aluminium(&h, 0.2699 * w->thickness[s]);
    }
    return ost_film_curve_of_wedge(step, OST_WEDGE_STEPS, curve, err);
}

/* What the case of a film would say of its greys. */
static bool curve_of(const struct ost_patient_film *film, struct ost_film_curve *out,
                     struct ost_err *err)
{
    *out = (struct ost_film_curve){.how = OST_CURVE_UNKNOWN,
                                   .bone = film->bone,
                                   .white = 65535.0,
                                   .kvp = 57.0,
                                   .kvp_sd = 5.0,
                                   .filter = 3.0};
    if (film->wedge.present) {
        /* In aluminium both sides move alike: the voltage matters little, and is held. */
        out->kvp_sd = 0.5;
        return read_wedge(film, out, err);
    }
    if (film->gain > 0.0) {
        out->how = OST_CURVE_LINEAR;
        out->gain = 1.0 / film->gain;
        out->kvp = film->kvp;
        out->filter = film->filter;
        out->kvp_sd = 0.3;
        out->flat = true;
    }
    return true;
}

static bool take(const struct ost_prior *prior, struct ost_patient *p, struct ost_bench_arm *arm,
                 struct ost_err *err)
{
    const struct ost_prior_numbers *known = ost_prior_numbers_view(prior);
    memcpy(arm->cortical, known->cortical, sizeof arm->cortical);
    memcpy(arm->trabecular, known->trabecular, sizeof arm->trabecular);
    ost_anatomy_of_arm(prior, (const float(*)[3])p->bone[OST_RADIUS]->vertex, p->request.left,
                       &arm->frame);
    judge(p, arm);
    for (int v = 0; v < OST_PATIENT_FILMS; v++) {
        struct ost_patient_film *film = &p->film[v];
        arm->camera[v] = film->camera;
        arm->projection[v] = film->projection;
        arm->polarity[v] = film->bone;
        arm->spacing[v] = film->spacing;
        if (!ost_exact_create(p, v, &arm->exact[v], err) || !curve_of(film, &arm->curve[v], err) ||
            !ost_spectrum_tube(film->kvp, film->filter, 5, &arm->tube[v], err))
            return false;
        arm->film[v] = ost_steal(&film->image);
    }
    for (int b = 0; b < OST_BONES; b++) {
        arm->bone[b] = ost_steal(&p->bone[b]);
        if (!cortex_of(ost_prior_bone_view(prior, (enum ost_bone)b), arm->bone[b], &arm->cortex[b],
                       err))
            return false;
    }
    return true;
}

bool ost_bench_arm_create(const struct ost_prior *prior, uint64_t seed, enum ost_family family,
                          enum ost_bench_calibration calibration, struct ost_bench_arm **out,
                          struct ost_err *err)
{
    *out = NULL;
    struct ost_patient_request request = ost_patient_random(seed, 0.4);
    OST_AUTO(ost_patient) patient = NULL;
    OST_AUTO(ost_bench_arm) arm = calloc(1, sizeof *arm);
    if (arm == NULL)
        return ost_fail(err, OST_NOMEM, "bench: out of memory");
    arm->seed = seed;
    arm->left = request.left;
    request.family = family;
    request.linear = calibration == OST_BENCH_LINEAR;
    request.wedge = calibration == OST_BENCH_WEDGE;
    if (!ost_patient_create(prior, &request, NULL, &patient, err) ||
        !take(prior, patient, arm, err))
        return false;
    *out = ost_steal(&arm);
    return true;
}

/* ---- what a fit would be off ---- */

static bool disturb(const struct ost_bench_arm *arm, int bone, const double sd[3],
                    struct ost_rng *rng, struct ost_mesh **out, struct ost_err *err)
{
    const struct ost_mesh *in = arm->bone[bone];
    double turn[3], shift[3], wave[6][4];
    if (!ost_mesh_create(out, in->vertex_count, in->triangle_count, err))
        return false;
    memcpy((*out)->triangle, in->triangle, in->triangle_count * sizeof *in->triangle);
    for (int k = 0; k < 3; k++) {
        shift[k] = sd[0] * ost_rng_normal(rng);
        turn[k] = ost_radians(sd[1]) * ost_rng_normal(rng);
    }
    for (int i = 0; i < 6; i++) {
        for (int k = 0; k < 3; k++)
            wave[i][k] = 2.0 * OST_PI / 25.0 * ost_rng_normal(rng) * 0.6;
        wave[i][3] = 2.0 * OST_PI * ost_rng_uniform(rng);
    }
    /* About the middle of what films show: an outline that lies well turns about it. */
    double middle[3];
    ost_along(arm->frame.origin, -45.0, arm->frame.axis, middle);
    const struct ost_rigid motion = ost_rigid_about(middle, turn, shift);
    for (uint32_t v = 0; v < in->vertex_count; v++) {
        const double p[3] = {(double)in->vertex[v][0], (double)in->vertex[v][1],
                             (double)in->vertex[v][2]};
        double q[3];
        ost_rigid_point(&motion, p, q);
        for (int k = 0; k < 3; k++) {
            double bump = 0.0;
            for (int i = 2 * k; i < 2 * k + 2; i++)
                bump += sin(ost_dot(wave[i], p) + wave[i][3]);
            (*out)->vertex[v][k] = (float)(q[k] + sd[2] * bump);
        }
    }
    return true;
}

bool ost_bench_arm_disturb(const struct ost_bench_arm *arm, const double sd[3],
                           struct ost_mesh *out[OST_BONES], struct ost_err *err)
{
    struct ost_rng rng = ost_rng_seed(arm->seed + 0xb0beU);
    out[OST_RADIUS] = out[OST_ULNA] = NULL;
    return disturb(arm, OST_RADIUS, sd, &rng, &out[OST_RADIUS], err) &&
           disturb(arm, OST_ULNA, sd, &rng, &out[OST_ULNA], err);
}

bool ost_bench_arm_layers(const struct ost_bench_arm *arm, int view,
                          struct ost_image *out[OST_LAYERS], struct ost_err *err)
{
    const struct ost_hardening h = ost_hardening_of(&arm->tube[view]);
    struct ost_image *const *area = arm->exact[view]->area;
    for (int k = 0; k < OST_LAYERS; k++)
        if (!ost_image_create(&out[k], area[0]->width, area[0]->height, err))
            return false;
#pragma omp parallel for schedule(static)
    for (size_t n = 0; n < (size_t)area[0]->width * area[0]->height; n++) {
        const double m[3] = {(double)area[OST_EXACT_RADIUS]->pixel[n],
                             (double)area[OST_EXACT_ULNA]->pixel[n],
                             (double)area[OST_EXACT_HAND]->pixel[n]};
        const double t = (double)area[OST_EXACT_TISSUE]->pixel[n], sum = m[0] + m[1] + m[2];
        const double charge = sum > 0.0 ? ost_hardening_charge(&h, t, sum) : 0.0;
        for (int k = 0; k < 3; k++)
            out[k]->pixel[n] = sum > 0.0 ? (float)(charge * m[k] / sum) : 0.0F;
        out[OST_LAYER_SOFT]->pixel[n] =
            (float)(ost_hardening_attenuation(&h, t, sum, NULL) - charge);
    }
    return true;
}
