/*
 * A simulated CT of a simulated forearm: grey from the patient's mineral, carpals of our
 * own beside it, flesh and air round both; blurred as a scanner blurs, averaged over
 * voxels, with noise. Nothing here is shared with recon/segment.
 */
#ifndef OST_TESTS_SEGMENT_FOREARM_H
#define OST_TESTS_SEGMENT_FOREARM_H

#include "recon/base/rng.h"
#include "recon/cohort/patient.h"
#include "recon/volume/volume.h"
#include "tests/recon/shape/data.h"

#include <math.h>
#include <string.h>

enum { CARPALS = 7, TRUTHS = 2 + CARPALS, BLUR_TAPS = 12 };
static const char *const truth_name[TRUTHS] = {"radius",    "ulna",       "scaphoid",
                                               "lunate",    "triquetrum", "capitate",
                                               "trapezium", "trapezoid",  "hamate"};

/* Of a right hand: x ulnar, y dorsal, z proximal of the radius' joint; mm. */
static const struct carpal {
    double centre[3], half[3];
} carpal[CARPALS] = {
    {{-7.5, -1.5, -11.0}, {7.0, 6.5, 10.0}}, {{5.5, -0.5, -9.0}, {7.4, 8.4, 7.4}},
    {{17.5, -1.0, -14.0}, {6.6, 7.0, 7.0}},  {{3.0, 0.5, -24.0}, {7.0, 8.0, 10.0}},
    {{-19.0, -5.5, -25.5}, {6.6, 6.8, 7.6}}, {{-8.0, 1.0, -26.5}, {5.8, 7.4, 6.4}},
    {{13.5, 0.5, -26.0}, {6.8, 8.0, 9.0}},
};

struct forearm {
    const struct ost_prior *prior; /* borrowed */
    struct ost_patient *patient;
    struct ost_grid *distance[OST_BONES]; /* mm, clamped 8 mm away */
    struct ost_grid *ct;
    struct ost_mesh *truth[TRUTHS]; /* radius and ulna are the patient's */
    double side;                    /* -1: a left arm */
    double top;                     /* mm: where the CT ends proximally */
};

static inline double carpal_raw(const struct forearm *f, int c, const double p[3])
{
    double sum = 0.0, grow = 0.0;
    for (int k = 0; k < 3; k++) {
        double x = (k == 0 ? f->side : 1.0) * p[k] - carpal[c].centre[k];
        sum += x * x / (carpal[c].half[k] * carpal[c].half[k]);
        grow += x * x / pow(carpal[c].half[k], 4.0);
    }
    return sum < 1e-9 ? -5.0 : sqrt(sum) * (sqrt(sum) - 1.0) / sqrt(grow);
}

/* Cut back so that 1.6 mm stay free to every other bone. */
static inline double carpal_distance(const struct forearm *f, int c, const double p[3])
{
    const double own = carpal_raw(f, c, p), gap = 1.6;
    double d = own;
    if (own > 4.0)
        return own;
    for (int o = 0; o < CARPALS; o++)
        if (o != c)
            d = fmax(d, 0.5 * (own - carpal_raw(f, o, p) + gap));
    for (int b = 0; b < OST_BONES; b++)
        d = fmax(d, gap - ost_grid_at(f->distance[b], p, 8.0));
    return d;
}

static inline double share(double depth)
{
    return fmin(1.0, fmax(0.0, 0.5 + depth / 0.4));
}

/* HU of what lies at a point, before any scanner: flesh, then bones one by one. */
static inline double forearm_grey(const struct forearm *f, const double p[3])
{
    const double x = (f->side * p[0] - 4.0) / 40.0, y = (p[1] + 1.5) / 27.0;
    const double level = sqrt(x * x + y * y);
    double hu = level > 1.0 ? -1000.0 : level > 0.93 ? -95.0 : 55.0;
    for (int b = 0; b < OST_BONES; b++) {
        const double in = share(-ost_grid_at(f->distance[b], p, 8.0));
        const double mineral = ost_grid_at(f->patient->mineral[b], p, 0.0);
        hu = (1.0 - in) * hu + in * -50.0 + 1.25 * mineral;
    }
    for (int c = 0; c < CARPALS; c++) {
        if (carpal_raw(f, c, p) > 0.5)
            continue;
        const double d = carpal_distance(f, c, p), in = share(-d);
        const double shell = share(-d) - share(-d - 0.8);
        hu = (1.0 - in) * hu + (in - shell) * 230.0 + shell * 1000.0;
    }
    return hu;
}

static inline double carpal_of(const void *user, const double p[3])
{
    const struct forearm *f = ((const void *const *)user)[0];
    const int c = *(const int *)((const void *const *)user)[1];
    return carpal_distance(f, c, p);
}

static inline void forearm_truth(struct forearm *f)
{
    for (int b = 0; b < OST_BONES; b++)
        f->truth[b] = f->patient->bone[b];
    for (int c = 0; c < CARPALS; c++) {
        const void *user[2] = {f, &c};
        const struct ost_shape shape = {carpal_of, user};
        struct ost_volume *volume = NULL;
        double low[3], high[3];
        for (int k = 0; k < 3; k++) {
            const double m = (k == 0 ? f->side : 1.0) * carpal[c].centre[k];
            low[k] = m - carpal[c].half[k] - 3.0;
            high[k] = m + carpal[c].half[k] + 3.0;
        }
        const struct ost_volume_box box = ost_volume_box_of(low, high, 0.4);
        const struct ost_volume_surface_options how = {.inside = OST_INSIDE_BELOW};
        assert_true(ost_volume_from_shape(&volume, &shape, &box, 0.4, NULL));
        assert_true(ost_volume_surface(volume, &how, &f->truth[2 + c], NULL));
        ost_volume_destroy(volume);
    }
}

static inline void forearm_distances(struct forearm *f, const double low[3], const double high[3])
{
    const double fine = 0.5, band[2] = {8.0, 4.0};
    const struct ost_volume_box box = ost_volume_box_of(low, high, fine);
    double origin[3];
    for (int k = 0; k < 3; k++)
        origin[k] = box.low[k] * fine;
    for (int b = 0; b < OST_BONES; b++) {
        struct ost_volume *volume = NULL;
        assert_true(ost_volume_from_mesh(&volume, f->patient->bone[b], fine, band, NULL));
        assert_true(
            ost_grid_create(&f->distance[b], box.size, origin, (double[]){fine, fine, fine}, NULL));
        assert_true(ost_volume_to_dense(volume, &box, f->distance[b]->value, NULL));
        ost_volume_destroy(volume);
    }
}

/* One axis of a Gaussian of `sigma` voxels. */
static inline void blur_axis(struct ost_grid *g, int axis, double sigma)
{
    const size_t step = axis == 0 ? 1 : axis == 1 ? g->size[0] : (size_t)g->size[0] * g->size[1];
    const size_t count = (size_t)g->size[0] * g->size[1] * g->size[2], n = g->size[axis];
    float *copy = malloc(count * sizeof *copy);
    assert_non_null(copy);
    memcpy(copy, g->value, count * sizeof *copy);
    for (size_t i = 0; i < count; i++) {
        const size_t at = i / step % n;
        double sum = 0.0, all = 0.0;
        for (int t = -BLUR_TAPS / 2; t <= BLUR_TAPS / 2; t++) {
            if ((t < 0 && at < (size_t)-t) || (t > 0 && at + (size_t)t >= n))
                continue;
            const double w = exp(-0.5 * t * t / (sigma * sigma));
            sum += w * (double)copy[i + (size_t)t * step];
            all += w;
        }
        g->value[i] = (float)(sum / all);
    }
    free(copy);
}

struct scanner {
    double voxel, blur, noise; /* mm, mm, HU */
    unsigned fine;             /* samples along a voxel's side */
};

static inline void forearm_scan(struct forearm *f, const struct scanner *how, const double low[3],
                                const double high[3])
{
    struct ost_grid *fine = NULL;
    const double h = how->voxel / how->fine;
    uint32_t size[3], many[3];
    double origin[3];
    for (int k = 0; k < 3; k++) {
        size[k] = (uint32_t)((high[k] - low[k]) / how->voxel);
        many[k] = size[k] * how->fine;
        origin[k] = low[k] + 0.5 * (how->fine - 1) * h;
    }
    assert_true(ost_grid_create(&fine, many, low, (double[]){h, h, h}, NULL));
#pragma omp parallel for schedule(dynamic)
    for (uint32_t k = 0; k < many[2]; k++)
        for (uint32_t j = 0; j < many[1]; j++)
            for (uint32_t i = 0; i < many[0]; i++) {
                const double p[3] = {low[0] + h * i, low[1] + h * j, low[2] + h * k};
                fine->value[((size_t)k * many[1] + j) * many[0] + i] = (float)forearm_grey(f, p);
            }
    for (int axis = 0; axis < 3; axis++)
        blur_axis(fine, axis, how->blur / h);
    assert_true(ost_grid_create(&f->ct, size, origin,
                                (double[]){how->voxel, how->voxel, how->voxel}, NULL));
    const float part = 1.0F / (float)(how->fine * how->fine * how->fine);
    for (size_t n = 0; n < (size_t)many[0] * many[1] * many[2]; n++) {
        const size_t i = n % many[0] / how->fine, j = n / many[0] % many[1] / how->fine;
        const size_t k = n / many[0] / many[1] / how->fine;
        f->ct->value[(k * size[1] + j) * size[0] + i] += part * fine->value[n];
    }
    ost_grid_destroy(fine);
    struct ost_rng rng = ost_rng_seed(77);
    for (size_t n = 0; n < (size_t)size[0] * size[1] * size[2]; n++)
        f->ct->value[n] = (float)rint((double)f->ct->value[n] + how->noise * ost_rng_normal(&rng));
}

static inline void forearm_open(struct forearm *f, const struct ost_patient_request *request,
                                const struct scanner *how)
{
    memset(f, 0, sizeof *f);
    f->side = request->left ? -1.0 : 1.0;
    f->top = 92.0;
    f->prior = open_model();
    assert_true(ost_patient_create(f->prior, request, NULL, &f->patient, NULL));
    const double low[3] = {f->side < 0.0 ? -46.0 : -38.0, -30.0, -38.0};
    const double high[3] = {f->side < 0.0 ? 38.0 : 46.0, 27.0, f->top};
    const double wide_low[3] = {-60.0, -50.0, -60.0}, wide_high[3] = {60.0, 50.0, f->top + 6.0};
    forearm_distances(f, wide_low, wide_high);
    forearm_truth(f);
    forearm_scan(f, how, low, high);
}

static inline void forearm_close(struct forearm *f)
{
    for (int c = 2; c < TRUTHS; c++)
        ost_mesh_destroy(f->truth[c]);
    for (int b = 0; b < OST_BONES; b++)
        ost_grid_destroy(f->distance[b]);
    ost_grid_destroy(f->ct);
    ost_patient_destroy(f->patient);
    ost_prior_destroy((struct ost_prior *)(uintptr_t)f->prior);
}

#endif
