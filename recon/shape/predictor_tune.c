#include "recon/shape/predictor_impl.h"

#include <math.h>
#include <stdlib.h>

bool ost_predictor_can_tune(const struct ost_predictor *predictor)
{
    return predictor->tune.net != NULL;
}

/* Where the fit has all points; film pixels. False where one is behind the source. */
static bool project(const struct ost_predictor *p, const struct ost_camera *camera,
                    const struct ost_arm_table *const table[OST_BONES],
                    double out[OST_PREDICTOR_POINTS][2], double middle[2][2])
{
    for (int i = 0; i < 2; i++)
        for (int k = 0; k < 2; k++)
            middle[i][k] = 0.0;
    for (int i = 0; i < OST_PREDICTOR_POINTS; i++) {
        const float *at = table[p->point[i].bone]->mesh->vertex[p->point[i].vertex];
        const double q[3] = {(double)at[0], (double)at[1], (double)at[2]};
        bool near = i < OST_PREDICTOR_NEAR;
        if (!ost_camera_project(camera, q, out[i], NULL))
            return false;
        for (int k = 0; k < 2; k++)
            middle[near ? 0 : 1][k] +=
                out[i][k] / (near ? OST_PREDICTOR_NEAR : OST_PREDICTOR_POINTS - OST_PREDICTOR_NEAR);
    }
    return true;
}

static bool cut(const struct ost_patch_film *film, const struct ost_patch_frame *frame,
                float *input, struct ost_err *err)
{
    const struct ost_patch_shape shape = ost_predictor_tune_shape();
    size_t count = (size_t)shape.width * shape.height;
    float *patch = malloc(count * OST_PATCH_CHANNELS * sizeof *patch);
    bool done = (patch != NULL || ost_fail(err, OST_NOMEM, "predictor: out of memory")) &&
                ost_patch_cut(film, frame, &shape, patch, err);
    for (size_t i = 0; done && i < count; i++)
        for (size_t k = 0; k < OST_PATCH_CHANNELS; k++)
            input[i * OST_TUNE_CHANNELS + k] = patch[i * OST_PATCH_CHANNELS + k];
    free(patch);
    return done;
}

static void decode(const float *said, const double (*pixel)[2], const struct ost_patch_frame *frame,
                   struct ost_prediction *out)
{
    enum { K = OST_PREDICTOR_NEAR };
    const struct ost_patch_shape shape = ost_predictor_tune_shape();
    for (int i = 0; i < K; i++) {
        double patch[2];
        ost_patch_of_film(frame, &shape, pixel[i], patch);
        for (int k = 0; k < 2; k++) {
            patch[k] += ost_predictor_tune_unit * (double)said[k * K + i];
            out->spread[i][k] = sqrt(2.0) * ost_predictor_tune_unit *
                                exp((double)said[(2 + k) * K + i]) * frame->step;
        }
        ost_patch_to_film(frame, &shape, patch, out->pixel[i]);
    }
    for (int k = 0; k < 2; k++)
        out->frame.down[k] = frame->down[k];
}

bool ost_predictor_tune(struct ost_predictor *p, const struct ost_patch_film *film,
                        const struct ost_camera *camera,
                        const struct ost_arm_table *const table[OST_BONES], double scale,
                        struct ost_prediction *said, struct ost_err *err)
{
    double pixel[OST_PREDICTOR_POINTS][2], middle[2][2];
    if (!project(p, camera, table, pixel, middle))
        return ost_fail(err, OST_INVALID, "predictor: the arm stands behind the source");
    const struct ost_patch_frame frame = ost_predictor_tune_frame(middle[0], middle[1]);
    float *input = ost_net_value(p->tune.net, p->tune.input);
    if (!cut(film, &frame, input, err) ||
        !ost_predictor_expect(p->prior, table, scale, camera, &frame, input, err) ||
        !ost_net_forward(p->tune.net, err))
        return false;
    decode(ost_net_value(p->tune.net, p->tune.output), (const double(*)[2])pixel, &frame, said);
    return true;
}
