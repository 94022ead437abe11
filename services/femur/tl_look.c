#include "recon/image/filter.h"
#include "services/femur/femur_impl.h"
#include "services/femur/tl.h"

#include <math.h>
#include <stdlib.h>

const struct ost_tl_size ost_femur_tl_size = {.voxels = {48, 48, 128},
                                              .low = {-94.0, -94.0, -254.0},
                                              .spacing = 4.0,
                                              .film = {80, 240},
                                              .views = OST_BONE_FILMS};

/* Mean 0 and variance 1: nobody tells the film's gain. */
static void standardise(float *out, size_t count, size_t stride)
{
    double sum = 0.0, square = 0.0;
    for (size_t i = 0; i < count; i++) {
        sum += (double)out[i * stride];
        square += (double)out[i * stride] * (double)out[i * stride];
    }
    double mean = sum / (double)count, variance = square / (double)count - mean * mean;
    double scale = variance > 0.0 ? 1.0 / sqrt(variance) : 0.0;
    for (size_t i = 0; i < count; i++)
        out[i * stride] = (float)(scale * ((double)out[i * stride] - mean));
}

bool femur_tl_films(const struct ost_bone_scene *scene, float *out, struct ost_err *err)
{
    const struct ost_tl_size *size = &ost_femur_tl_size;
    for (size_t v = 0; v < OST_BONE_FILMS; v++) {
        OST_AUTO(ost_image) small = NULL;
        const struct ost_image *film = scene->film[v].image;
        double across = (double)film->width / size->film[0],
               down = (double)film->height / size->film[1];
        double factor = fmax(fmin(across, down), 1.0);
        if (!ost_image_shrink(film, factor, &small, err))
            return false;
        for (size_t n = 0; n < (size_t)size->film[0] * size->film[1]; n++) {
            double column = ((double)(n % size->film[0]) + 0.5) * across / factor - 0.5;
            double row = ((double)(n / size->film[0]) + 0.5) * down / factor - 0.5;
            out[n * OST_BONE_FILMS + v] = (float)ost_image_at(small, column, row);
        }
        standardise(out + v, (size_t)size->film[0] * size->film[1], OST_BONE_FILMS);
    }
    return true;
}

bool femur_tl_measure(struct ost_tl *tl, const float *film, const struct ost_mesh *bone,
                      struct ost_bone_apart *out, struct ost_err *err)
{
    OST_AUTO(ost_mesh) got = NULL;
    float *odds = malloc(ost_tl_volume_count(&ost_femur_tl_size) * sizeof *odds);
    bool ok = (odds != NULL || ost_fail(err, OST_NOMEM, "femur: out of memory")) &&
              ost_tl_predict(tl, film, odds, err) &&
              ost_tl_surface(&ost_femur_tl_size, 0, odds, &got, err) &&
              ost_bone_measure(got, bone, out, err);
    free(odds);
    return ok;
}
