#include "services/tool/bench_arm.h"

#include "recon/math/vec.h"
#include "recon/mesh/measure.h"
#include "recon/xray/drr.h"
#include "recon/xray/exposure.h"

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
    for (int v = 0; v < OST_PATIENT_FILMS; v++)
        ost_exact_destroy(arm->exact[v]);
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
        arm->camera[v] = p->film[v].camera;
        if (!ost_exact_create(p, v, &arm->exact[v], err))
            return false;
    }
    for (int b = 0; b < OST_BONES; b++) {
        arm->bone[b] = ost_steal(&p->bone[b]);
        if (!cortex_of(ost_prior_bone_view(prior, (enum ost_bone)b), arm->bone[b], &arm->cortex[b],
                       err))
            return false;
    }
    return true;
}

bool ost_bench_arm_create(const struct ost_prior *prior, uint64_t seed, double malunions,
                          struct ost_bench_arm **out, struct ost_err *err)
{
    *out = NULL;
    const struct ost_patient_request request = ost_patient_random(seed, malunions);
    OST_AUTO(ost_patient) patient = NULL;
    OST_AUTO(ost_bench_arm) arm = calloc(1, sizeof *arm);
    if (arm == NULL)
        return ost_fail(err, OST_NOMEM, "bench: out of memory");
    arm->seed = seed;
    if (!ost_patient_create(prior, &request, NULL, &patient, err) ||
        !take(prior, patient, arm, err))
        return false;
    *out = ost_steal(&arm);
    return true;
}

/* ---- films ---- */

/* The physics of one film. */
struct physics {
    double kvp, filter, centre, width;
    struct ost_exposure exposure;
};

static struct physics draw(const struct ost_bench_arm *arm, int view, bool shifted,
                           struct ost_rng *rng)
{
    const double w = arm->camera[view].width, h = arm->camera[view].height;
    struct physics p = {.filter = 2.5};
    struct ost_exposure *e = &p.exposure;
    p.kvp = shifted ? 48.0 + 12.0 * ost_rng_uniform(rng) : 50.0 + 6.0 * ost_rng_uniform(rng);
    p.centre = (view == 0 ? 1.55 : 2.10) + (shifted ? 0.15 : 0.08) * ost_rng_normal(rng);
    p.width = (view == 0 ? 0.60 : 0.75) * exp((shifted ? 0.15 : 0.08) * ost_rng_normal(rng));
    e->scatter = shifted ? 0.06 + 0.22 * ost_rng_uniform(rng) : 0.12 + 0.1 * ost_rng_uniform(rng);
    e->scatter_reach = 110.0;
    e->heel = (shifted ? 0.18 : 0.12) * (2.0 * ost_rng_uniform(rng) - 1.0);
    e->blur = 0.7 + (shifted ? 0.8 : 0.4) * ost_rng_uniform(rng);
    e->quanta = 3500.0;
    e->shutter[0] = 10.0 + 14.0 * ost_rng_uniform(rng);
    e->shutter[1] = 8.0 + 20.0 * ost_rng_uniform(rng);
    e->shutter[2] = w - 10.0 - 14.0 * ost_rng_uniform(rng);
    e->shutter[3] = h - 36.0;
    e->tone_centre = p.centre;
    e->tone_width = p.width;
    if (shifted) {
        p.filter = 2.0 + 1.5 * ost_rng_uniform(rng);
        e->scatter_reach = 80.0 + 80.0 * ost_rng_uniform(rng);
        e->quanta = 1500.0 + 3000.0 * ost_rng_uniform(rng);
    }
    return p;
}

/* ---- the wedge: steps of aluminium down the side where the arm is not ---- */

enum { WEDGE_STEPS = 12 };
static const double step_mm[WEDGE_STEPS] = {0.0, 1.0,  2.0,  3.5,  5.0,  7.0,
                                            9.0, 11.5, 14.0, 17.0, 20.0, 24.0};
static const uint32_t step_side = 52; /* pixels */

static void step_place(const struct ost_bench_arm *arm, int view, int step, uint32_t out[2])
{
    const struct ost_camera *c = &arm->camera[view];
    out[0] = c->width - 32 - step_side;
    out[1] = c->height - 90 - (uint32_t)(step + 1) * step_side;
}

static void lay_wedge(const struct ost_bench_arm *arm, int view, const struct ost_spectrum *tube,
                      struct ost_image *passes)
{
    for (int s = 0; s < WEDGE_STEPS; s++) {
        const double area[OST_MATERIALS] = {[OST_ALUMINIUM] = 0.2699 * step_mm[s]};
        const float share = (float)ost_spectrum_passes(tube, area);
        uint32_t at[2];
        step_place(arm, view, s, at);
        for (uint32_t j = at[1]; j < at[1] + step_side; j++)
            for (uint32_t i = at[0]; i < at[0] + step_side; i++)
                passes->pixel[(size_t)j * passes->width + i] *= share;
    }
}

/* The middle of each step on the film, and what its aluminium does at the voltage assumed. */
static bool read_wedge(const struct ost_bench_arm *arm, int view, const struct ost_image *film,
                       struct ost_film_curve *tone, struct ost_err *err)
{
    struct ost_curve_step step[WEDGE_STEPS];
    struct ost_spectrum tube;
    if (!ost_spectrum_tube(tone->kvp, 2.5, OST_SPECTRUM_MOST, &tube, err))
        return false;
    const struct ost_hardening h = ost_hardening_of(&tube);
    for (int s = 0; s < WEDGE_STEPS; s++) {
        uint32_t at[2];
        double sum = 0.0, count = 0.0;
        step_place(arm, view, s, at);
        for (uint32_t j = at[1] + 12; j < at[1] + step_side - 12; j++)
            for (uint32_t i = at[0] + 12; i < at[0] + step_side - 12; i++) {
                sum += (double)film->pixel[(size_t)j * film->width + i];
                count += 1.0;
            }
        step[s].grey = sum / count;
        step[s].attenuation = ost_hardening_aluminium(&h, 0.2699 * step_mm[s]);
    }
    return ost_film_curve_of_wedge(step, WEDGE_STEPS, tone, err);
}

/* ---- putting a film together ---- */

static bool shine(const struct ost_bench_arm *arm, int view, const struct ost_spectrum *tube,
                  struct ost_image **out, struct ost_err *err)
{
    OST_AUTO(ost_image) mineral = NULL;
    OST_AUTO(ost_image) tissue = NULL;
    struct ost_image *const *area = arm->exact[view]->area;
    if (!ost_image_create(&mineral, area[0]->width, area[0]->height, err) ||
        !ost_image_create(&tissue, area[0]->width, area[0]->height, err))
        return false;
    for (size_t n = 0; n < (size_t)mineral->width * mineral->height; n++) {
        mineral->pixel[n] =
            1e4F * (area[OST_EXACT_RADIUS]->pixel[n] + area[OST_EXACT_ULNA]->pixel[n] +
                    area[OST_EXACT_HAND]->pixel[n]);
        tissue->pixel[n] = 10.0F * area[OST_EXACT_TISSUE]->pixel[n];
    }
    return ost_drr_passes(tube, tissue, mineral, out, err);
}

/* A linear detector's film: the tone curve is undone, 10000 grey an L of 1 from 2000 on. */
static void make_linear(const struct physics *p, struct ost_image *film,
                        struct ost_film_curve *tone)
{
    *tone = (struct ost_film_curve){.how = OST_CURVE_LINEAR, .gain = 10000.0, .offset = 2000.0};
    for (size_t n = 0; n < (size_t)film->width * film->height; n++) {
        const double part = (double)film->pixel[n] / 65535.0;
        const double l = p->centre + p->width / 0.55 * atanh(fmin(2.0 * part - 1.0, 1.0 - 1e-5));
        film->pixel[n] = part > 0.0 ? (float)fmin(fmax(2000.0 + 10000.0 * l, 1.0), 65535.0) : 0.0F;
    }
}

static void whole_greys(struct ost_image *film)
{
    for (size_t n = 0; n < (size_t)film->width * film->height; n++)
        film->pixel[n] = roundf(film->pixel[n]);
}

bool ost_bench_arm_film(const struct ost_bench_arm *arm, int view,
                        enum ost_bench_calibration calibration, bool shifted,
                        struct ost_image **image, struct ost_film_curve *tone,
                        struct ost_spectrum *tube, struct ost_err *err)
{
    struct ost_rng rng = ost_rng_seed(arm->seed * 8 + (uint64_t)view + (shifted ? 4 : 0));
    const struct physics p = draw(arm, view, shifted, &rng);
    if (!ost_spectrum_tube(p.kvp, p.filter, 5, tube, err) || !shine(arm, view, tube, image, err))
        return false;
    if (calibration == OST_BENCH_WEDGE)
        lay_wedge(arm, view, tube, *image);
    if (!ost_exposure_film(&p.exposure, &rng, *image, err))
        return false;
    *tone = (struct ost_film_curve){
        .how = OST_CURVE_UNKNOWN, .bone = OST_BONE_BRIGHT, .white = 65535.0};
    if (calibration == OST_BENCH_LINEAR)
        make_linear(&p, *image, tone);
    whole_greys(*image);
    /* A file says the voltage where the detector is known; else a usual one is assumed. */
    const bool told = calibration == OST_BENCH_LINEAR;
    tone->kvp = told ? p.kvp : 53.0;
    tone->kvp_sd = told ? 0.3 : 3.0;
    return calibration != OST_BENCH_WEDGE || read_wedge(arm, view, *image, tone, err);
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
    const struct ost_rigid motion = ost_rigid_about(arm->frame.origin, turn, shift);
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
                          const struct ost_spectrum *tube, struct ost_image *out[OST_LAYERS],
                          struct ost_err *err)
{
    const struct ost_hardening h = ost_hardening_of(tube);
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
