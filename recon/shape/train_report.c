#include "recon/base/rng.h"
#include "recon/math/vec.h"
#include "recon/shape/anatomy.h"
#include "recon/shape/train_impl.h"

#include <stdlib.h>
#include <string.h>

enum { SAMPLES = 2000, MODES_MOST = 256 };

struct bones {
    float (*vertex[OST_BONES])[3];
};

static void sample(const struct ost_prior *prior, struct ost_rng *rng, struct bones *bones)
{
    double scale = exp(ost_prior_numbers_view(prior)->log_scale_sd * ost_rng_normal(rng));
    double b[MODES_MOST], z[6];
    for (int i = 0; i < OST_BONES; i++) {
        const struct ost_prior_bone *bone = ost_prior_bone_view(prior, (enum ost_bone)i);
        for (uint32_t k = 0; k < bone->mode_count; k++)
            b[k] = ost_rng_normal(rng);
        ost_prior_shape(prior, (enum ost_bone)i, scale, b, bones->vertex[i]);
    }
    for (int k = 0; k < 6; k++)
        z[k] = ost_rng_normal(rng);
    struct ost_rigid place = ost_prior_joint_place(prior, scale, z);
    uint32_t count = ost_prior_bone_view(prior, OST_ULNA)->vertex_count;
    for (uint32_t v = 0; v < count; v++) {
        double p[3], q[3];
        for (int k = 0; k < 3; k++)
            p[k] = bones->vertex[OST_ULNA][v][k];
        ost_rigid_point(&place, p, q);
        for (int k = 0; k < 3; k++)
            bones->vertex[OST_ULNA][v][k] = (float)q[k];
    }
}

static void measure(const struct ost_prior *prior, const struct bones *bones, double out[4])
{
    double landmark[OST_LANDMARKS][3];
    struct ost_anatomy anatomy;
    struct ost_anatomy_numbers numbers;
    const float(*radius)[3] = (const float(*)[3])bones->vertex[OST_RADIUS];
    ost_anatomy_of(prior, radius, &anatomy);
    ost_anatomy_landmarks(prior, radius, (const float(*)[3])bones->vertex[OST_ULNA], landmark);
    ost_anatomy_measure(&anatomy, (const double(*)[3])landmark, &numbers);
    out[0] = ost_degrees(numbers.volar_tilt);
    out[1] = ost_degrees(numbers.radial_inclination);
    out[2] = numbers.radial_height;
    out[3] = numbers.ulnar_variance;
}

bool ost_train_report_samples(const struct ost_prior *prior, uint64_t seed,
                              struct ost_train_report *report, struct ost_err *err)
{
    struct bones bones = {{NULL, NULL}};
    struct ost_rng rng = ost_rng_seed(seed);
    bool ok = true;
    for (int i = 0; i < OST_BONES; i++) {
        const struct ost_prior_bone *bone = ost_prior_bone_view(prior, (enum ost_bone)i);
        bones.vertex[i] = calloc(bone->vertex_count, sizeof *bones.vertex[i]);
        ok = ok && bones.vertex[i] != NULL && bone->mode_count <= MODES_MOST;
    }
    double sum[4] = {0}, squares[4] = {0};
    for (int s = 0; ok && s < SAMPLES; s++) {
        double x[4];
        sample(prior, &rng, &bones);
        measure(prior, &bones, x);
        for (int k = 0; k < 4; k++) {
            sum[k] += x[k];
            squares[k] += x[k] * x[k];
        }
    }
    for (int k = 0; k < 4; k++) {
        report->mean[k] = sum[k] / SAMPLES;
        report->sd[k] = sqrt(fmax(squares[k] / SAMPLES - report->mean[k] * report->mean[k], 0.0));
    }
    free(bones.vertex[0]);
    free(bones.vertex[1]);
    return ok || ost_fail(err, OST_NOMEM, "training: no room to sample");
}
