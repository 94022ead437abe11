/* From given surfaces to the distances that mineral, hand and films are made of. */
#include "recon/cohort/given_impl.h"
#include "recon/mesh/cap.h"
#include "recon/mesh/icp.h"
#include "recon/mesh/sample.h"

#include <stdlib.h>
#include <string.h>

static const double short_mm = 15.0; /* a shorter surface says no more than where its bone ends */
static const double slab_mm[2] = {9.0, 4.0}; /* before the end: where sections are compared */
static const double fade_mm = 60.0;          /* beyond it: how the mean comes back to itself */

static double height_of(const struct ost_mesh *mesh, double *lowest)
{
    double low = 1e9, high = -1e9;
    for (uint32_t t = 0; t < mesh->triangle_count; t++) {
        for (int k = 0; k < 3; k++) {
            double z = mesh->vertex[mesh->triangle[t][k]][2];
            low = fmin(low, z);
            high = fmax(high, z);
        }
    }
    if (lowest != NULL)
        *lowest = low;
    return high - low;
}

/* The mean ulna beside the radius, and then on its own surface as far as that tells. */
static bool place_ulna(const struct ost_body *body, const struct ost_mesh *surface,
                       struct ost_mesh *mean, struct ost_err *err)
{
    const struct ost_rigid beside = ost_prior_joint_place(body->prior, body->scale, NULL);
    const struct ost_icp_options options = {.rim_apart = true, .steps = 60, .spacing = 1.5};
    struct ost_icp_result on;
    double low[2];
    ost_mesh_move(mean, &beside);
    if (surface == NULL)
        return true;
    (void)height_of(mean, &low[0]);
    if (height_of(surface, &low[1]) >= short_mm) {
        if (!ost_icp(mean, surface, NULL, &options, &on, err))
            return false;
        ost_mesh_move(mean, &on.motion);
        return true;
    }
    for (uint32_t v = 0; v < mean->vertex_count; v++)
        mean->vertex[v][2] += (float)(low[1] - low[0]);
    return true;
}

/* ---- the mean drawn to the section at the end ---- */

struct section {
    double middle[2], spread[2]; /* across x and y, mm */
    size_t count;
};

static bool section_of(const struct ost_mesh *mesh, const struct ost_compare_cut *end,
                       struct section *out, struct ost_err *err)
{
    OST_AUTO(ost_samples) samples = NULL;
    double sum[2] = {0.0, 0.0}, square[2] = {0.0, 0.0};
    *out = (struct section){.count = 0};
    if (!ost_samples_create(&samples, mesh, 0.7, 1000000, err))
        return false;
    for (size_t i = 0; i < samples->count; i++) {
        const float *s = samples->point[i];
        double along = ost_given_along(end, (const double[]){s[0], s[1], s[2]});
        if (along < -slab_mm[0] || along > -slab_mm[1])
            continue;
        for (int k = 0; k < 2; k++) {
            sum[k] += s[k];
            square[k] += (double)s[k] * s[k];
        }
        out->count++;
    }
    for (int k = 0; k < 2 && out->count > 0; k++) {
        out->middle[k] = sum[k] / (double)out->count;
        out->spread[k] =
            sqrt(fmax(0.0, square[k] / (double)out->count - out->middle[k] * out->middle[k]));
    }
    return true;
}

static bool draw_to_end(struct ost_mesh *mean, const struct ost_mesh *surface,
                        const struct ost_compare_cut *end, struct ost_err *err)
{
    struct section own, real;
    if (!section_of(mean, end, &own, err) || !section_of(surface, end, &real, err))
        return false;
    if (own.count < 20 || real.count < 20)
        return ost_fail(err, OST_INVALID, "cohort: a surface of less than a centimetre");
    for (uint32_t v = 0; v < mean->vertex_count; v++) {
        float *p = mean->vertex[v];
        double along = ost_given_along(end, (const double[]){p[0], p[1], p[2]});
        double share = exp(-fmax(0.0, along) / fade_mm);
        for (int k = 0; k < 2; k++) {
            double wider = 1.0 + share * (real.spread[k] / fmax(own.spread[k], 0.5) - 1.0);
            double moved = own.middle[k] + share * (real.middle[k] - own.middle[k]);
            p[k] = (float)(moved + wider * ((double)p[k] - own.middle[k]));
        }
    }
    return true;
}

/* ---- one body of the two ---- */

/* What the given surface goes on as. */
struct joined {
    const struct ost_mesh *lid;  /* the surface, closed; borrowed */
    const struct ost_mesh *mean; /* borrowed */
    const struct ost_compare_cut *end;
};

static struct ost_volume_box box_of(const struct joined *j)
{
    const struct ost_mesh *mesh[2] = {j->lid, j->mean};
    double low[3] = {1e9, 1e9, 1e9}, high[3] = {-1e9, -1e9, -1e9};
    for (int m = 0; m < 2; m++) {
        for (uint32_t v = 0; v < mesh[m]->vertex_count; v++) {
            for (int k = 0; k < 3; k++) {
                low[k] = fmin(low[k], (double)mesh[m]->vertex[v][k] - 4.0);
                high[k] = fmax(high[k], (double)mesh[m]->vertex[v][k] + 4.0);
            }
        }
    }
    low[2] = fmax(low[2], OST_BODY_LOW);
    high[2] = fmin(high[2], OST_BODY_HIGH + 5.0);
    return ost_volume_box_of(low, high, 1e-3 * OST_BODY_VOXEL_UM);
}

static bool sample(const struct ost_mesh *mesh, const struct ost_volume_box *box, float **out,
                   struct ost_err *err)
{
    const double band[2] = {2.7, 4.5}, spacing = 1e-3 * OST_BODY_VOXEL_UM;
    const size_t count = (size_t)box->size[0] * box->size[1] * box->size[2];
    OST_AUTO(ost_volume) volume = NULL;
    *out = malloc((count + 1) * sizeof **out);
    return (*out != NULL || ost_fail(err, OST_NOMEM, "cohort: no room for distances")) &&
           ost_volume_from_mesh(&volume, mesh, spacing, band, err) &&
           ost_volume_to_dense(volume, box, *out, err);
}

/* Distances of the surface up to its last millimetres, of the mean from there on. */
static void blend(const struct joined *j, const struct ost_volume_box *box, float *real,
                  const float *mean)
{
    const double spacing = 1e-3 * OST_BODY_VOXEL_UM;
    size_t n = 0;
    for (uint32_t z = 0; z < box->size[2]; z++)
        for (uint32_t y = 0; y < box->size[1]; y++)
            for (uint32_t x = 0; x < box->size[0]; x++, n++) {
                const double p[3] = {(box->low[0] + (double)x) * spacing,
                                     (box->low[1] + (double)y) * spacing,
                                     (box->low[2] + (double)z) * spacing};
                double share =
                    ost_smooth_step(-ost_given_blend_mm, -1.0, ost_given_along(j->end, p));
                real[n] = (float)((1.0 - share) * (double)real[n] + share * (double)mean[n]);
            }
}

static bool join(const struct joined *j, struct ost_volume **out, struct ost_err *err)
{
    const struct ost_volume_box box = box_of(j);
    float *real = NULL, *mean = NULL;
    bool ok =
        sample(j->lid, &box, &real, err) && (j->end == NULL || sample(j->mean, &box, &mean, err));
    if (ok && j->end != NULL)
        blend(j, &box, real, mean);
    ok = ok && ost_volume_from_dense(out, real, &box, 1e-3 * OST_BODY_VOXEL_UM, 2.7F, err);
    free(real);
    free(mean);
    return ok;
}

/* ---- a bone, and the arm ---- */

/* The surface moved into the world and closed, and what is known of its end. */
static bool take_surface(const struct ost_mesh *surface, enum ost_bone bone,
                         struct ost_given_place *place, struct ost_mesh **moved,
                         struct ost_mesh **lid, struct ost_err *err)
{
    if (surface == NULL)
        return true;
    if (!ost_mesh_create(moved, surface->vertex_count, surface->triangle_count, err))
        return false;
    memcpy((*moved)->vertex, surface->vertex, surface->vertex_count * sizeof *surface->vertex);
    memcpy((*moved)->triangle, surface->triangle,
           surface->triangle_count * sizeof *surface->triangle);
    ost_mesh_move(*moved, &place->motion);
    place->extent[bone] = height_of(*moved, NULL);
    if (!ost_mesh_cap(*moved, lid, &place->end[bone], &place->has_end[bone], err))
        return false;
    if (ost_mesh_volume(*lid) <= 0.0)
        return ost_fail(err, OST_INVALID, "cohort: a surface that is inside out");
    /* A rim that does not look up the arm is a hole in the bone, not the bone's end. */
    place->has_end[bone] = place->has_end[bone] && place->end[bone].normal[2] > 0.5;
    return true;
}

static bool make_bone(struct ost_body *body, const struct ost_given *given, enum ost_bone bone,
                      struct ost_given_place *place, struct ost_err *err)
{
    OST_AUTO(ost_mesh) moved = NULL;
    OST_AUTO(ost_mesh) lid = NULL;
    if (!take_surface(given->surface[bone], bone, place, &moved, &lid, err) ||
        !ost_prior_mean(body->prior, bone, body->scale, &body->bone[bone], err) ||
        (bone == OST_ULNA && !place_ulna(body, moved, body->bone[bone], err)))
        return false;
    if (bone == OST_RADIUS && place->extent[bone] < short_mm)
        return ost_fail(err, OST_INVALID, "cohort: a radius of less than %.0f mm", short_mm);
    if (place->extent[bone] < short_mm) { /* its section is a head's, and no shaft goes on so */
        place->extent[bone] = 0.0;
        place->has_end[bone] = false;
    }
    if (place->has_end[bone] && !draw_to_end(body->bone[bone], moved, &place->end[bone], err))
        return false;
    const struct joined j = {.lid = place->extent[bone] > 0.0 ? lid : body->bone[bone],
                             .mean = body->bone[bone],
                             .end = place->has_end[bone] ? &place->end[bone] : NULL};
    return join(&j, &body->distance[bone], err);
}

bool ost_body_given(struct ost_body *body, const struct ost_given *given,
                    struct ost_given_place *place, struct ost_err *err)
{
    struct ost_rng rng = ost_body_rng(body, OST_PART_ARM);
    *place = (struct ost_given_place){.motion = ost_rigid_identity(), .scale = 1.0};
    if (body->request->left || body->request->malunion.present ||
        given->surface[OST_RADIUS] == NULL)
        return ost_fail(err, OST_INVALID, "cohort: given bones are a right arm's, with a radius");
    ost_body_person(body, &rng);
    if (!ost_given_lay(body->prior, given, place, err))
        return ost_err_note(err, "cohort");
    body->scale = place->scale;
    body->fragment = body->hand = ost_rigid_identity();
    for (int b = 0; b < OST_BONES; b++) {
        if (!make_bone(body, given, (enum ost_bone)b, place, err))
            return ost_err_note(err, "cohort");
    }
    return true;
}

bool ost_body_given_surface(const struct ost_body *body, enum ost_bone bone, struct ost_mesh **out,
                            struct ost_err *err)
{
    const struct ost_volume_surface_options options = {.iso = 0.0, .inside = OST_INSIDE_BELOW};
    return ost_volume_surface(body->distance[bone], &options, out, err);
}
