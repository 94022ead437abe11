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

static uint32_t nearest_vertex(const struct ost_prior *prior, enum ost_bone bone, const float at[3])
{
    const struct ost_prior_bone *b = ost_prior_bone_view(prior, bone);
    const double p[3] = {(double)at[0], (double)at[1], (double)at[2]};
    double least = HUGE_VAL;
    uint32_t best = 0;
    for (uint32_t v = 0; v < b->vertex_count; v++) {
        const double q[3] = {(double)b->mean[v][0], (double)b->mean[v][1], (double)b->mean[v][2]};
        double away = ost_distance(p, q);
        if (away < least) {
            least = away;
            best = v;
        }
    }
    return best;
}

/* "points": bone, x, y, z of each on the mean it was trained with. */
bool ost_predictor_recall(const struct ost_prior *prior, const struct ost_ostm *file,
                          struct ost_predictor_vertex out[OST_PREDICTOR_POINTS],
                          struct ost_err *err)
{
    const struct ost_ostm_tensor *t = ost_ostm_tensor_view(file, "points");
    if (t == NULL || t->real == NULL || t->rank != 2 || t->dim[0] != OST_PREDICTOR_POINTS ||
        t->dim[1] != 4)
        return ost_fail(err, OST_UNSUPPORTED, "predictor: the model's points are not those of %d",
                        (int)OST_PREDICTOR_POINTS);
    for (int i = 0; i < OST_PREDICTOR_POINTS; i++) {
        const float *row = t->real + 4 * (size_t)i;
        enum ost_bone bone = row[0] > 0.5F ? OST_ULNA : OST_RADIUS;
        uint32_t vertex = i < OST_LANDMARKS ? ost_prior_landmark(prior, (enum ost_landmark)i)
                                            : nearest_vertex(prior, bone, row + 1);
        out[i] = (struct ost_predictor_vertex){bone, vertex};
    }
    return true;
}
