#include "recon/learn/school.h"

#include <stdlib.h>
#include <string.h>

/* Bone (0 radius, 1 ulna), x, y, z of each point on the prior's mean. */
static void points_of(const struct ost_prior *prior, const struct ost_predictor_vertex *point,
                      float out[OST_PREDICTOR_POINTS][4])
{
    for (int i = 0; i < OST_PREDICTOR_POINTS; i++) {
        const float *p = ost_prior_bone_view(prior, point[i].bone)->mean[point[i].vertex];
        out[i][0] = point[i].bone == OST_ULNA ? 1.0F : 0.0F;
        memcpy(out[i] + 1, p, 3 * sizeof *p);
    }
}

bool ost_school_model(const struct ost_prior *prior,
                      const struct ost_predictor_vertex points[OST_PREDICTOR_POINTS],
                      const struct ost_net_weights *const weights[OST_SCHOOL_SUBJECTS],
                      struct ost_buf *out, char digest[65], struct ost_err *err)
{
    size_t count = 1;
    for (int s = 0; s < OST_SCHOOL_SUBJECTS; s++)
        count += ost_net_weights_count(weights[s]);
    const struct ost_ostm_text text[] = {{"kind", "predictor"},
                                         {"prior", ost_prior_digest_view(prior)},
                                         {"licence", ost_prior_licence_view(prior)}};
    float place[OST_PREDICTOR_POINTS][4];
    struct ost_ostm *file = NULL;
    struct ost_ostm_tensor *tensor = calloc(count, sizeof *tensor);
    if (tensor == NULL)
        return ost_fail(err, OST_NOMEM, "school: out of memory");
    points_of(prior, points, place);
    tensor[0] = (struct ost_ostm_tensor){.name = "points",
                                         .kind = OST_OSTM_REAL,
                                         .rank = 2,
                                         .dim = {OST_PREDICTOR_POINTS, 4},
                                         .real = place[0]};
    size_t at = 1;
    for (int s = 0; s < OST_SCHOOL_SUBJECTS; s++) {
        ost_net_weights_draft(weights[s], OST_OSTM_REAL16, tensor + at);
        at += ost_net_weights_count(weights[s]);
    }
    const struct ost_ostm_draft draft = {text, 3, tensor, count};
    bool done = ost_ostm_write(&draft, out, err) && ost_ostm_open(out->ptr, out->len, &file, err);
    if (done)
        memcpy(digest, ost_ostm_digest_view(file), 65);
    ost_ostm_close(file);
    free(tensor);
    return done;
}
