/*
 * What makes the other arm another one: the distal radius a little elsewhere and turned,
 * fading over the shaft that films show, and both bones longer or shorter together.
 */
#include "recon/cohort/body_impl.h"
#include "recon/math/vec.h"

/* How far two arms of one person are apart: standard deviations (Vroemen 2012, 20 pairs). */
struct asymmetry {
    double shift[2];      /* mm, of the distal radius: x, y */
    double turn_deg[3];   /* of the distal radius */
    double length;        /* mm, of both bones together */
    double ulna_length;   /* mm, of the ulna besides */
    double ulna_turn_deg; /* of the ulna's head about its shaft */
    double mean_deg[2];   /* of the turns about the shafts: radius, ulna */
    bool ulna_slides;     /* it goes with the radius instead of growing */
    double most;          /* standard deviations, beyond which nobody is */
};

/*
 * Lengths differ by 2.63 +- 2.03 mm whichever way, which is what a spread of 3.3 mm
 * makes; the mixed family keeps the 2.03 it was made with.
 */
static const struct asymmetry mixed = {.shift = {1.22, 0.64},
                                       .turn_deg = {1.00, 1.35, 5.00},
                                       .length = 2.03,
                                       .ulna_slides = true,
                                       .most = 2.0};
static const struct asymmetry others = {.shift = {1.22, 0.64},
                                        .turn_deg = {1.00, 1.35, 5.00},
                                        .length = 3.30,
                                        .ulna_length = 0.7,
                                        .ulna_turn_deg = 5.58,
                                        .mean_deg = {0.53, -2.61},
                                        .most = 3.0};

static double draw(struct ost_rng *rng, double sd, double most)
{
    return sd * fmax(-most, fmin(most, ost_rng_normal(rng)));
}

/* Every vertex takes a share of a motion about the origin that fades from 12 to 115 mm. */
static void bend(struct ost_mesh *mesh, const double turn[3], const double shift[3])
{
    static const double from = 12.0, to = 115.0;
    for (uint32_t v = 0; v < mesh->vertex_count; v++) {
        const double p[3] = {(double)mesh->vertex[v][0], (double)mesh->vertex[v][1],
                             (double)mesh->vertex[v][2]};
        double share = 1.0 - ost_smooth_step(from, to, p[2]), moved[3];
        const double w[3] = {share * turn[0], share * turn[1], share * turn[2]};
        const double t[3] = {share * shift[0], share * shift[1], share * shift[2]};
        const struct ost_rigid motion = ost_rigid_about((const double[]){0.0, 0.0, 0.0}, w, t);
        ost_rigid_point(&motion, p, moved);
        for (int k = 0; k < 3; k++)
            mesh->vertex[v][k] = (float)moved[k];
    }
}

/* The ulna turns about the middle of its own head. */
static void bend_ulna(struct ost_body *body, double turn, double longer)
{
    struct ost_mesh *ulna = body->healthy[OST_ULNA];
    const float *head = ulna->vertex[ost_prior_landmark(body->prior, OST_ULNAR_HEAD)];
    const double aside[2] = {(double)head[0], (double)head[1]};
    for (uint32_t v = 0; v < ulna->vertex_count; v++) {
        ulna->vertex[v][0] -= (float)aside[0];
        ulna->vertex[v][1] -= (float)aside[1];
    }
    bend(ulna, (const double[]){0.0, 0.0, turn}, (const double[]){0.0, 0.0, -longer});
    for (uint32_t v = 0; v < ulna->vertex_count; v++) {
        ulna->vertex[v][0] += (float)aside[0];
        ulna->vertex[v][1] += (float)aside[1];
    }
}

void ost_body_differ(struct ost_body *body)
{
    const struct asymmetry *a = body->request->family == OST_FAMILY_MIXED ? &mixed : &others;
    struct ost_rng rng = ost_body_rng(body, OST_PART_ASYMMETRY);
    double shift[3] = {0.0}, turn[3];
    for (int k = 0; k < 2; k++)
        shift[k] = draw(&rng, a->shift[k], a->most);
    for (int k = 0; k < 3; k++)
        turn[k] = draw(&rng, ost_radians(a->turn_deg[k]), a->most);
    turn[2] += ost_radians(a->mean_deg[0]);
    double longer = draw(&rng, a->length, a->most);
    shift[2] = -longer;
    bend(body->healthy[OST_RADIUS], turn, shift);
    struct ost_mesh *ulna = body->healthy[OST_ULNA];
    if (a->ulna_slides) {
        for (uint32_t v = 0; v < ulna->vertex_count; v++)
            ulna->vertex[v][2] += (float)-longer;
        return;
    }
    double more = draw(&rng, a->ulna_length, a->most);
    double about = draw(&rng, ost_radians(a->ulna_turn_deg), a->most);
    bend_ulna(body, about + ost_radians(a->mean_deg[1]), longer + more);
}
