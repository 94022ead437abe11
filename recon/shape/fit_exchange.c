#include "recon/shape/fit_exchange_impl.h"

#include <math.h>

/* The middles of a bone's sections on a film, by height above the joint. */
static void middles(const struct fit *fit, size_t view, int bone, struct fit_middles *out)
{
    const struct ost_prior_bone *b = ost_prior_bone_view(fit->prior, (enum ost_bone)bone);
    const struct ost_mesh *mesh = fit_table(fit, view, bone)->mesh;
    double sum[FIT_BANDS][3] = {{0.0}}, count[FIT_BANDS] = {0.0};
    for (uint32_t v = 0; v < b->vertex_count; v++) {
        int band = fit_band_of((double)b->mean[v][2]);
        if (band < 0)
            continue;
        for (int k = 0; k < 3; k++)
            sum[band][k] += (double)mesh->vertex[v][k];
        count[band] += 1.0;
    }
    for (int i = 0; i < FIT_BANDS; i++) {
        for (int k = 0; k < 3; k++)
            sum[i][k] /= fmax(count[i], 1.0);
        out->known[i] = count[i] > 0.0 &&
                        ost_camera_project(&fit->view[view].camera, sum[i], out->pixel[i], NULL);
    }
}

void fit_middles_of(const struct fit *fit, size_t view, struct fit_middles out[OST_BONES])
{
    for (int b = 0; b < OST_BONES; b++)
        middles(fit, view, b, &out[b]);
}
