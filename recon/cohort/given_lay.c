/* How given surfaces are laid on the mean arm. */
#include "recon/cohort/given_impl.h"
#include "recon/math/vec.h"
#include "recon/mesh/cap.h"
#include "recon/mesh/icp.h"
#include "recon/mesh/measure.h"
#include "recon/mesh/piece.h"

#include <string.h>

static const double lid_mm = 0.3; /* how flat a sawn end is */

double ost_given_along(const struct ost_compare_cut *end, const double p[3])
{
    double d[3];
    ost_sub(p, end->point, d);
    return ost_dot(d, end->normal);
}

/*
 * The surface without the flat end of a sawn and closed piece. A lid has no place on a whole
 * bone: with it the piece would lie where it pays least for the lid.
 */
static bool without_lid(const struct ost_mesh *surface, struct ost_mesh **out, struct ost_err *err)
{
    OST_AUTO(ost_mesh) lid = NULL;
    struct ost_compare_cut end;
    bool has_end = false;
    if (!ost_mesh_cap(surface, &lid, &end, &has_end, err) ||
        !ost_mesh_create(out, surface->vertex_count, surface->triangle_count, err))
        return false;
    memcpy((*out)->vertex, surface->vertex, surface->vertex_count * sizeof *surface->vertex);
    uint32_t kept = 0;
    for (uint32_t t = 0; t < surface->triangle_count; t++) {
        bool flat = has_end;
        for (int k = 0; flat && k < 3; k++) {
            const float *p = surface->vertex[surface->triangle[t][k]];
            flat = ost_given_along(&end, (const double[]){p[0], p[1], p[2]}) > -lid_mm;
        }
        if (!flat)
            memcpy((*out)->triangle[kept++], surface->triangle[t], sizeof *surface->triangle);
    }
    (*out)->triangle_count = kept;
    return true;
}

/*
 * Where to begin: a short radius alone lies nearly as well turned about its shaft or leaning, and
 * the ulna beside it tells. Both are tried from every side on the wrist of the mean arm.
 */
enum { WAYS_UP = 6, TURNS = 8 };
static const double wrist_mm = 15.0; /* the middle of what is given, up the mean's shaft */
static const double stub_mm = 70.0;  /* across its box: a longer radius shows its own way up */

static bool mean_arm(const struct ost_prior *prior, struct ost_mesh **out, struct ost_err *err)
{
    const struct ost_rigid beside = ost_prior_joint_place(prior, 1.0, NULL);
    OST_AUTO(ost_mesh) radius = NULL;
    OST_AUTO(ost_mesh) ulna = NULL;
    if (!ost_prior_mean(prior, OST_RADIUS, 1.0, &radius, err) ||
        !ost_prior_mean(prior, OST_ULNA, 1.0, &ulna, err))
        return false;
    ost_mesh_move(ulna, &beside);
    return ost_mesh_join((const struct ost_mesh *const[]){radius, ulna}, 2, out, err);
}

/* The middle of a surface's box to the wrist's, some axis up the arm, turned about it. */
static struct ost_rigid set_down(const struct ost_mesh_facts *piece, int way, int turn)
{
    const double quarter = 0.5 * OST_PI, middle_up[3] = {0.0, 0.0, wrist_mm};
    const double lean[WAYS_UP][3] = {{0.0, 0.0, 0.0},     {2.0 * quarter, 0.0, 0.0},
                                     {quarter, 0.0, 0.0}, {-quarter, 0.0, 0.0},
                                     {0.0, quarter, 0.0}, {0.0, -quarter, 0.0}};
    const double about[3] = {0.0, 0.0, 2.0 * OST_PI * turn / TURNS}, none[3] = {0.0, 0.0, 0.0};
    double middle[3];
    for (int k = 0; k < 3; k++)
        middle[k] = -0.5 * (piece->low[k] + piece->high[k]);
    struct ost_rigid to = ost_rigid_about(none, none, middle);
    const struct ost_rigid up = ost_rigid_about(none, lean[way], none);
    const struct ost_rigid turned = ost_rigid_about(none, about, middle_up);
    to = ost_rigid_then(&to, &up);
    return ost_rigid_then(&to, &turned);
}

static bool lay_both(const struct ost_prior *prior, const struct ost_mesh *radius,
                     const struct ost_mesh *ulna, struct ost_icp_result *out, struct ost_err *err)
{
    const struct ost_icp_options options = {.rim_apart = true, .steps = 12, .spacing = 3.0};
    struct ost_icp_result now;
    struct ost_mesh_facts piece;
    OST_AUTO(ost_mesh) mean = NULL;
    OST_AUTO(ost_mesh) open = NULL;
    OST_AUTO(ost_mesh) both = NULL;
    if (!mean_arm(prior, &mean, err) || !without_lid(ulna, &open, err) ||
        !ost_mesh_join((const struct ost_mesh *const[]){radius, open}, 2, &both, err) ||
        !ost_mesh_measure(both, &piece, err))
        return false;
    for (int i = 0; i < WAYS_UP * TURNS; i++) {
        const struct ost_rigid start = set_down(&piece, i / TURNS, i % TURNS);
        if (!ost_icp(both, mean, &start, &options, &now, err))
            return false;
        if (i == 0 || now.rms < out->rms)
            *out = now;
    }
    return true;
}

static bool begin(const struct ost_prior *prior, const struct ost_mesh *radius,
                  const struct ost_mesh *ulna, const struct ost_mesh *mean,
                  struct ost_icp_result *out, struct ost_err *err)
{
    const struct ost_icp_options options = {.rim_apart = true, .steps = 40, .spacing = 2.0};
    struct ost_icp_result both;
    struct ost_mesh_facts facts;
    if (!ost_mesh_measure(radius, &facts, err))
        return false;
    if (ulna == NULL || ost_distance(facts.low, facts.high) > stub_mm)
        return ost_icp_anywhere(radius, mean, &options, out, err);
    return lay_both(prior, radius, ulna, &both, err) &&
           ost_icp(radius, mean, &both.motion, &options, out, err);
}

bool ost_given_lay(const struct ost_prior *prior, const struct ost_given *given,
                   struct ost_given_place *place, struct ost_err *err)
{
    const struct ost_icp_options more = {.rim_apart = true, .steps = 25, .spacing = 2.0};
    struct ost_icp_result best, now;
    OST_AUTO(ost_mesh) mean = NULL;
    OST_AUTO(ost_mesh) open = NULL;
    if (!ost_prior_mean(prior, OST_RADIUS, 1.0, &mean, err) ||
        !without_lid(given->surface[OST_RADIUS], &open, err) ||
        !begin(prior, open, given->surface[OST_ULNA], mean, &best, err))
        return false;
    place->scale = 1.0;
    const struct ost_rigid start = best.motion;
    for (int i = -7; i <= 7; i++) {
        double scale = 1.0 + 0.02 * i;
        if (i == 0)
            continue;
        ost_prior_shape(prior, OST_RADIUS, scale, NULL, mean->vertex);
        if (!ost_icp(open, mean, &start, &more, &now, err))
            return false;
        if (now.rms < best.rms) {
            best = now;
            place->scale = scale;
        }
    }
    place->motion = best.motion;
    return true;
}
