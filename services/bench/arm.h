/*
 * Simulated arms for the figures of layers and densities: the surfaces as they are or
 * disturbed as a fit would leave them, the cohort's films, and what the answer should be.
 */
#ifndef OST_BENCH_ARM_H
#define OST_BENCH_ARM_H

#include "recon/cohort/exact.h"
#include "recon/layers/layers.h"

OST_C_BEGIN

/* Densities that are judged, all of the radius. */
enum ost_bench_density {
    OST_BENCH_ULTRADISTAL, /* areal, g/cm2: 2 to 17 mm from the joint */
    OST_BENCH_THIRD,       /* areal, g/cm2: 20 mm about a third of the ulna's length */
    OST_BENCH_DISTAL_30,   /* volumetric, mgHA/cm3: all to 30 mm */
    OST_BENCH_DENSITIES
};
const char *ost_bench_density_name(enum ost_bench_density which); /* "ultradistal_areal" */

enum ost_bench_calibration {
    OST_BENCH_LINEAR, /* a known linear detector */
    OST_BENCH_WEDGE,  /* a step wedge beside the arm */
    OST_BENCH_NONE,
    OST_BENCH_CALIBRATIONS
};
const char *ost_bench_calibration_name(enum ost_bench_calibration which);

struct ost_bench_arm {
    uint64_t seed;
    struct ost_mesh *bone[OST_BONES]; /* owned; the truth */
    float *cortex[OST_BONES];         /* owned; as the prior expects it, mm per vertex */
    struct ost_camera camera[OST_PATIENT_FILMS];
    struct ost_image *film[OST_PATIENT_FILMS]; /* owned; as stored */
    struct ost_film_curve curve[OST_PATIENT_FILMS];
    enum ost_projection projection[OST_PATIENT_FILMS];
    enum ost_polarity polarity[OST_PATIENT_FILMS];
    double spacing[OST_PATIENT_FILMS]; /* mm */
    bool left;
    struct ost_spectrum tube[OST_PATIENT_FILMS]; /* what truly shone */
    struct ost_exact *exact[OST_PATIENT_FILMS];  /* owned */
    struct ost_anatomy frame;                    /* by the true radius */
    double truth[OST_BENCH_DENSITIES];           /* NAN where no film reaches */
    double cortical[2], trabecular[2];           /* what the prior expects: mean, SD */
};

/* Seed and family of the cohort; two in five are malunited. */
OST_MUST_CHECK
bool ost_bench_arm_create(const struct ost_prior *prior, uint64_t seed, enum ost_family family,
                          enum ost_bench_calibration calibration, struct ost_bench_arm **out,
                          struct ost_err *err);
void ost_bench_arm_destroy(struct ost_bench_arm *arm); /* NULL is fine */
OST_AUTO_DEFINE(ost_bench_arm);

/* A bone's surface off by `pose_mm`, `pose_deg` and `shape_mm` SD, by the seed; owned. */
OST_MUST_CHECK
bool ost_bench_arm_disturb(const struct ost_bench_arm *arm, const double sd[3],
                           struct ost_mesh *out[OST_BONES], struct ost_err *err);

/* The exact attenuation layers of a film: their sum is what its primary beam lost. */
OST_MUST_CHECK
bool ost_bench_arm_layers(const struct ost_bench_arm *arm, int view,
                          struct ost_image *out[OST_LAYERS], struct ost_err *err);

OST_C_END

#endif
