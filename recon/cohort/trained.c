/* An arm as the prior draws it, bent and jointed as a fit may find it. */
#include "recon/cohort/body_impl.h"
#include "recon/mesh/section.h"
#include "recon/shape/arm.h"

/* What a fit holds twist (rad) and bow (mm) with: one standard deviation of each bone. */
static const double twist_sd[OST_BONES] = {0.08, 0.18};
static const double bow_sd[OST_BONES] = {2.0, 3.5};

static void draw_bone(const struct ost_body *body, enum ost_bone bone, struct ost_rng *rng,
                      struct ost_arm *arm)
{
    const uint32_t modes = ost_prior_bone_view(body->prior, bone)->mode_count;
    for (uint32_t m = 0; m < modes && m < OST_ARM_MODES; m++)
        arm->mode[bone][m] = ost_rng_normal(rng);
    arm->twist[bone] = twist_sd[bone] * ost_rng_normal(rng);
    for (int k = 0; k < 2; k++)
        arm->bow[bone][k] = bow_sd[bone] * ost_rng_normal(rng);
}

/*
 * The prior is Gaussian: now and then a draw has a shaft thinner than any, or one that
 * is turned inside out. Nobody's forearm has less than 35 mm2 of it.
 */
static bool is_bone(const struct ost_mesh *mesh, bool *is, struct ost_err *err)
{
    const double least = 35.0;
    *is = true;
    for (int z = 30; *is && z <= 170; z += 10) {
        const struct ost_section_plane plane = {{0.0, 0.0, z}, {1.0, 0.0, 0.0}, {0.0, 1.0, 0.0}};
        OST_AUTO(ost_section) section = NULL;
        double centre[2];
        if (!ost_section_create(mesh, &plane, &section, err))
            return false;
        *is = ost_section_area(section, centre) > least;
    }
    return true;
}

bool ost_body_trained(struct ost_body *body, struct ost_rng *rng, struct ost_err *err)
{
    enum { TRIES = 64 };
    struct ost_arm arm = {.log_scale = log(body->scale), .place = ost_rigid_identity()};
    for (int k = 0; k < 6; k++)
        arm.joint[k] = ost_rng_normal(rng);
    for (int b = 0; b < OST_BONES; b++) {
        enum ost_bone bone = (enum ost_bone)b;
        struct ost_rng own =
            ost_body_rng(body, bone == OST_RADIUS ? OST_PART_RADIUS : OST_PART_ULNA);
        OST_AUTO(ost_arm_table) table = NULL;
        bool is = false;
        if (!ost_arm_table_create(body->prior, bone, OST_ARM_MODES, &table, err))
            return false;
        for (int n = 0; n < TRIES && !is; n++) {
            draw_bone(body, bone, &own, &arm);
            ost_arm_table_set(table, body->prior, bone, &arm, false);
            if (!is_bone(table->mesh, &is, err))
                return false;
        }
        if (!is)
            return ost_fail(err, OST_INVALID, "cohort: the prior draws no %s", ost_bone_name(bone));
        body->healthy[b] = ost_steal(&table->mesh);
    }
    return true;
}

void ost_body_trained_break(struct ost_body *body, double cut)
{
    const double half = 2.0;
    const struct ost_prior_bone *prior = ost_prior_bone_view(body->prior, OST_RADIUS);
    for (uint32_t v = 0; v < prior->vertex_count; v++) {
        const float *at = body->healthy[OST_RADIUS]->vertex[v];
        const double p[3] = {(double)at[0], (double)at[1], (double)at[2]};
        double q[3], height = body->scale * (double)prior->mean[v][2];
        double share = ost_smooth_step(cut - half, cut + half, 2.0 * cut - height);
        ost_rigid_point(&body->fragment, p, q);
        for (int k = 0; k < 3; k++)
            body->bone[OST_RADIUS]->vertex[v][k] = (float)(p[k] + share * (q[k] - p[k]));
    }
}
