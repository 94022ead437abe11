/* Which points of the bones a film is read for. */
#include "recon/math/vec.h"
#include "recon/shape/predictor.h"

#include <math.h>

static const double near_mm = 45.0, shaft_low_mm = 55.0, shaft_high_mm = 100.0;

enum { RADIUS_NEAR = 20, ULNA_NEAR = 12, SHAFT = 6 };

struct choice {
    const struct ost_prior *prior;
    struct ost_predictor_vertex *out;
    int count;
};

static void point_of(const struct ost_prior *prior, const struct ost_predictor_vertex *at,
                     double out[3])
{
    const float *p = ost_prior_bone_view(prior, at->bone)->mean[at->vertex];
    for (int k = 0; k < 3; k++)
        out[k] = (double)p[k];
}

static double nearest_chosen(const struct choice *c, enum ost_bone bone, const double p[3])
{
    double least = HUGE_VAL, q[3];
    for (int i = 0; i < c->count; i++) {
        if (c->out[i].bone != bone)
            continue;
        point_of(c->prior, &c->out[i], q);
        least = fmin(least, ost_distance(p, q));
    }
    return least;
}

/* The vertex of a bone, between two heights, that is furthest from all chosen ones. */
static void add_furthest(struct choice *c, enum ost_bone bone, double low, double high)
{
    const struct ost_prior_bone *b = ost_prior_bone_view(c->prior, bone);
    double most = -1.0;
    struct ost_predictor_vertex best = {bone, 0};
    for (uint32_t v = 0; v < b->vertex_count; v++) {
        const double p[3] = {(double)b->mean[v][0], (double)b->mean[v][1], (double)b->mean[v][2]};
        if (p[2] < low || p[2] > high)
            continue;
        double away = fmin(nearest_chosen(c, bone, p), 1e6);
        if (away > most) {
            most = away;
            best.vertex = v;
        }
    }
    c->out[c->count++] = best;
}

void ost_predictor_choose(const struct ost_prior *prior,
                          struct ost_predictor_vertex out[OST_PREDICTOR_POINTS])
{
    struct choice c = {.prior = prior, .out = out};
    for (int l = 0; l < OST_LANDMARKS; l++)
        out[c.count++] =
            (struct ost_predictor_vertex){ost_landmark_bone((enum ost_landmark)l),
                                          ost_prior_landmark(prior, (enum ost_landmark)l)};
    for (int i = 0; i < RADIUS_NEAR; i++)
        add_furthest(&c, OST_RADIUS, -HUGE_VAL, near_mm);
    for (int i = 0; i < ULNA_NEAR; i++)
        add_furthest(&c, OST_ULNA, -HUGE_VAL, near_mm);
    for (int i = 0; i < 2 * SHAFT; i++)
        add_furthest(&c, i < SHAFT ? OST_RADIUS : OST_ULNA, shaft_low_mm, shaft_high_mm);
}
