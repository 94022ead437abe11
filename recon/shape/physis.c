#include "recon/shape/physis.h"

#include <math.h>

enum { LINES = 240, LEANS = 21 };

static const double first_mm = -10.0, step_mm = 0.25; /* proximal of the joint: the profile */
static const double low_mm = 5.0, high_mm = 14.0;     /* where a plate may lie */
static const double banks_mm[] = {1.5, 2.25, 3.0};
static const double half_mm = 5.5, across_mm = 0.5; /* of the radius that a line crosses */
static const double lean_step = 0.035;              /* tangent */
static const double joint_mm = 20.0, shaft_mm = 50.0;

/* The radius' axis on the film, as it was read. */
struct axis {
    double at[2], z;         /* film pixels, and which mm of the model that is */
    double down[2], side[2]; /* unit; proximally, and across */
    double pixels;           /* a mm of the model */
};

static bool find_axis(const struct ost_prediction *said, const struct ost_predictor_vertex *points,
                      const struct ost_prior *prior, struct axis *out)
{
    double sum[2][3] = {{0.0}}, count[2] = {0.0, 0.0};
    const struct ost_prior_bone *radius = ost_prior_bone_view(prior, OST_RADIUS);
    for (int i = 0; i < OST_PREDICTOR_POINTS; i++) {
        double z = points[i].bone == OST_RADIUS ? (double)radius->mean[points[i].vertex][2] : 30.0;
        int end = z > shaft_mm ? 1 : 0;
        if (z > joint_mm && z <= shaft_mm)
            continue; /* between, or the ulna's */
        sum[end][0] += said->pixel[i][0];
        sum[end][1] += said->pixel[i][1];
        sum[end][2] += z;
        count[end] += 1.0;
    }
    if (!(count[0] > 0.0 && count[1] > 0.0))
        return false;
    for (int k = 0; k < 3; k++) {
        sum[0][k] /= count[0];
        sum[1][k] /= count[1];
    }
    const double d[2] = {sum[1][0] - sum[0][0], sum[1][1] - sum[0][1]}, length = hypot(d[0], d[1]);
    *out = (struct axis){.at = {sum[0][0], sum[0][1]},
                         .z = sum[0][2],
                         .down = {d[0] / length, d[1] / length},
                         .side = {-d[1] / length, d[0] / length},
                         .pixels = length / (sum[1][2] - sum[0][2])};
    return length > 1.0;
}

/* Mean greys of lines across the radius, all leaning alike; bone is high. */
static void profile(const struct ost_image *film, bool dark, const struct axis *a, double lean,
                    double out[LINES])
{
    const int reach = (int)(half_mm / across_mm);
    for (int i = 0; i < LINES; i++) {
        const double along = (first_mm + step_mm * i - a->z) * a->pixels;
        double sum = 0.0;
        for (int w = -reach; w <= reach; w++) {
            const double off = w * across_mm * a->pixels, down = along + off * lean;
            sum += ost_image_at(film, a->at[0] + a->down[0] * down + a->side[0] * off,
                                a->at[1] + a->down[1] * down + a->side[1] * off);
        }
        out[i] = (dark ? -sum : sum) / (2 * reach + 1);
    }
}

static double deepest(const double line[LINES])
{
    double low = line[0], high = line[0], best = 0.0;
    for (int i = 0; i < LINES; i++) {
        low = fmin(low, line[i]);
        high = fmax(high, line[i]);
    }
    for (int i = (int)((low_mm - first_mm) / step_mm); i <= (int)((high_mm - first_mm) / step_mm);
         i++)
        for (size_t b = 0; b < sizeof banks_mm / sizeof banks_mm[0]; b++) {
            const int off = (int)lrint(banks_mm[b] / step_mm);
            best = fmax(best, fmin(line[i - off], line[i + off]) - line[i]);
        }
    return high > low ? best / (high - low) : 0.0;
}

double ost_physis_depth(const struct ost_image *film, const struct ost_prediction *said,
                        const struct ost_predictor_vertex *points, const struct ost_prior *prior)
{
    struct axis axis;
    double line[LINES], best = 0.0;
    if (!find_axis(said, points, prior, &axis))
        return 0.0;
    for (int i = 0; i < LEANS; i++) {
        profile(film, said->dark, &axis, lean_step * (i - LEANS / 2), line);
        best = fmax(best, deepest(line));
    }
    return best;
}
