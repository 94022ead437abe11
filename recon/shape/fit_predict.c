#include "recon/math/vec.h"
#include "recon/shape/fit_predict_impl.h"

#include <math.h>
#include <stdlib.h>

/* Readings of one film err together: as many points as these are worth one each. */
static const double alike = 6.0;
static const double least_sd_mm = 0.35,
                    far = 3.0; /* floor of a spread; spreads where trust is half */
static const double usual_gap_mm = 45.0;

enum { TURNS = 14, STIFF_TURNS = 3, FEW_TURNS = 7, AGAIN_TURNS = 5, FEW_MODES = 8 };

/* Model to camera: the beam as read, and the shaft along the frame's rows. */
static void turn_of(const struct ost_prediction *said, double r[9])
{
    const double b[3] = {said->beam[0], said->beam[1], said->beam[2]};
    double p[3] = {-b[2] * b[0], -b[2] * b[1], 1.0 - b[2] * b[2]}, across[3];
    if (ost_unit(p) < 1e-6)
        ost_perpendicular(b, p);
    ost_cross(p, b, across);
    const double down[3] = {said->frame.down[0], said->frame.down[1], 0.0};
    const double right[3] = {down[1], -down[0], 0.0}, forward[3] = {0.0, 0.0, 1.0};
    for (int row = 0; row < 3; row++)
        for (int column = 0; column < 3; column++)
            r[3 * column + row] =
                right[row] * across[column] + down[row] * p[column] + forward[row] * b[column];
}

/* The middles of the near points: of the mean arm, and on the film. */
static void middles(const struct fit *fit, const struct ost_prediction *said,
                    const struct ost_predictor_vertex *points, double model[3], double pixel[2])
{
    for (int k = 0; k < 3; k++)
        model[k] = 0.0;
    pixel[0] = pixel[1] = 0.0;
    for (int i = 0; i < OST_PREDICTOR_NEAR; i++) {
        const float *at = fit->table[points[i].bone]->mesh->vertex[points[i].vertex];
        for (int k = 0; k < 3; k++)
            model[k] += (double)at[k] / OST_PREDICTOR_NEAR;
        for (int k = 0; k < 2; k++)
            pixel[k] += said->pixel[i][k] / OST_PREDICTOR_NEAR;
    }
}

/* How far the arm is from the source: what is usual where pixels have a size, else its own size. */
static double depth_of(const struct fit_view *v, const struct ost_prediction *said)
{
    if (v->spacing > 0.0)
        return v->camera.focal[0] * v->spacing - usual_gap_mm;
    return v->camera.focal[0] * ost_predictor_read_shape().mm / said->frame.step;
}

/* Model to the view's camera, by what was read on it alone. */
static struct ost_rigid stand(const struct fit *fit, size_t view, const struct ost_prediction *said,
                              const struct ost_predictor_vertex *points)
{
    const struct fit_view *v = &fit->view[view];
    struct ost_rigid m = ost_rigid_identity();
    double model[3], pixel[2], seen[3], depth = depth_of(v, said);
    turn_of(said, m.r);
    middles(fit, said, points, model, pixel);
    ost_rigid_direction(&m, model, seen);
    for (int k = 0; k < 2; k++)
        m.t[k] = (pixel[k] - v->camera.principal[k]) / v->camera.focal[k] * depth - seen[k];
    m.t[2] = depth - seen[2];
    return m;
}

/* With cameras: where the rays through the middles on two films pass nearest. */
static void meet(struct fit *fit, const struct ost_prediction *said,
                 const struct ost_predictor_vertex *points)
{
    double model[3], pixel[2][2], s[2][3], d[2][3], w[3], here[3], there[3], off[3];
    for (size_t v = 0; v < 2; v++) {
        middles(fit, &said[v], points, model, pixel[v]);
        ost_camera_ray(&fit->view[v].camera, pixel[v], s[v], d[v]);
    }
    ost_sub(s[0], s[1], w);
    double de = ost_dot(d[0], d[1]), across = 1.0 - de * de;
    if (across < 1e-3)
        return;
    double t = (de * ost_dot(d[1], w) - ost_dot(d[0], w)) / across;
    ost_along(s[0], t, d[0], here);
    ost_rigid_point(&fit->arm.place, model, there);
    ost_sub(here, there, off);
    ost_add(fit->arm.place.t, off, fit->arm.place.t);
}

void fit_predict_pose(struct fit *fit)
{
    const struct ost_prediction *said = fit->read->said;
    const struct ost_predictor_vertex *points = fit->read->points;
    fit->arm = (struct ost_arm){.place = ost_rigid_identity()};
    for (size_t v = 0; v < fit->view_count; v++)
        if (fit->view[v].focal_free && v == 0)
            fit->view[v].camera.world_to_camera = ost_rigid_identity();
    fit_refresh(fit, false);
    struct ost_rigid first = stand(fit, 0, &said[0], points);
    for (size_t v = 1; v < fit->view_count; v++) {
        if (!fit->view[v].pose_free)
            continue;
        struct ost_rigid own = stand(fit, v, &said[v], points), back = ost_rigid_inverse(&first);
        fit->view[v].camera.world_to_camera = ost_rigid_then(&back, &own);
    }
    struct ost_rigid to_world = ost_rigid_inverse(&fit->view[0].camera.world_to_camera);
    fit->arm.place = ost_rigid_then(&first, &to_world);
    if (!fit->view[0].focal_free && fit->view_count > 1)
        meet(fit, said, points);
}

void fit_readings_init(struct fit_readings *readings, const struct fit *fit,
                       const struct ost_prediction *said, const struct ost_predictor_vertex *points)
{
    *readings = (struct fit_readings){.said = said, .points = points};
    for (int i = 0; i < OST_PREDICTOR_POINTS; i++) {
        const struct ost_prior_bone *bone = ost_prior_bone_view(fit->prior, points[i].bone);
        for (uint32_t t = 0; t < bone->triangle_count; t++)
            for (int k = 0; k < 3; k++)
                if (bone->triangle[t][k] == points[i].vertex)
                    readings->corner[i] = (struct fit_corner){t, k};
    }
}

struct sums {
    double cost, square, ratio;
    int count;
};

static void take_point(const struct fit *fit, size_t view, int index, struct fit_normal *normal,
                       struct sums *sums)
{
    const struct fit_view *v = &fit->view[view];
    const struct ost_prediction *said = &fit->read->said[view];
    const struct ost_predictor_vertex *point = &fit->read->points[index];
    const struct fit_corner *corner = &fit->read->corner[index];
    const float *at = fit_table(fit, view, (int)point->bone)->mesh->vertex[point->vertex];
    const double p[3] = {(double)at[0], (double)at[1], (double)at[2]};
    const double axis[2][2] = {{said->frame.down[1], -said->frame.down[0]},
                               {said->frame.down[0], said->frame.down[1]}};
    struct fit_spot spot = {.view = view, .bone = (int)point->bone, .triangle = corner->triangle};
    spot.weight[corner->corner] = 1.0;
    if (!ost_camera_project(&v->camera, p, spot.pixel, &spot.depth))
        return;
    double mm = spot.depth / (0.5 * (v->camera.focal[0] + v->camera.focal[1]));
    for (int k = 0; k < 2; k++) {
        double off = mm * ((said->pixel[index][0] - spot.pixel[0]) * axis[k][0] +
                           (said->pixel[index][1] - spot.pixel[1]) * axis[k][1]);
        double sd = hypot(mm * said->spread[index][k], least_sd_mm), r = off / sd;
        double trust = far * far / (r * r + far * far);
        sums->cost += r * r * trust / alike;
        sums->square += index < OST_PREDICTOR_NEAR ? off * off : 0.0;
        sums->ratio += index < OST_PREDICTOR_NEAR ? 0.5 * r * r : 0.0;
        sums->count += index < OST_PREDICTOR_NEAR && k == 0 ? 1 : 0;
        if (normal == NULL)
            continue;
        struct fit_row row;
        spot.normal[0] = axis[k][0];
        spot.normal[1] = axis[k][1];
        fit_row_of_spot(fit, &spot, &row);
        fit_normal_add(normal, &row, off, trust * trust / (sd * sd * alike));
    }
}

static void take_film(const struct fit *fit, size_t view, int count, struct fit_normal *normal,
                      struct sums *sums)
{
    for (int i = 0; i < count; i++)
        take_point(fit, view, i, normal, sums);
}

static struct sums take_points(const struct fit *fit, int count, struct fit_normal *normal)
{
    struct sums sums = {.count = 0};
    for (size_t v = 0; v < fit->view_count; v++)
        take_film(fit, v, count, normal, &sums);
    return sums;
}

void fit_normal_readings(struct fit_normal *normal, const struct fit *fit)
{
    (void)take_points(fit, OST_PREDICTOR_POINTS, normal);
}

double fit_readings_cost(const struct fit *fit, double most)
{
    double cost = 0.0;
    for (size_t v = 0; fit->read != NULL && v < fit->view_count; v++) {
        struct sums sums = {.count = 0};
        take_film(fit, v, OST_PREDICTOR_NEAR, NULL, &sums);
        cost += fmin(sums.cost, most);
    }
    return cost;
}

/* Place first, then the larger modes, then all. */
static uint32_t free_modes(const struct fit *fit, int bone, int turn)
{
    uint32_t most = fit->table[bone]->modes, few = most < FEW_MODES ? most : FEW_MODES;
    return turn < STIFF_TURNS ? 0 : turn < FEW_TURNS ? few : most;
}

bool fit_predict(struct fit *fit, bool again, struct fit_predicted *out, struct ost_err *err)
{
    struct fit_normal *normal = malloc(sizeof *normal);
    if (normal == NULL)
        return ost_fail(err, OST_NOMEM, "fit: out of memory");
    fit->stiff = false;
    bool done = true;
    for (int turn = again ? TURNS - AGAIN_TURNS : 0; done && turn < TURNS; turn++) {
        for (int b = 0; b < OST_BONES; b++)
            fit->modes[b] = free_modes(fit, b, turn);
        fit_refresh(fit, true);
        fit_normal_clear(normal, fit_unknowns(fit));
        fit_normal_prior(normal, fit);
        done = fit_move(fit, normal) || ost_fail(err, OST_BUG, "fit: the equations are singular");
    }
    free(normal);
    if (!done)
        return false;
    fit_refresh(fit, false);
    struct sums sums = take_points(fit, OST_PREDICTOR_POINTS, NULL);
    out->cost = sums.cost + fit_prior_cost(fit);
    out->off_mm = sums.count > 0 ? sqrt(sums.square / sums.count) : 0.0;
    out->off_sd = sums.count > 0 ? sqrt(sums.ratio / sums.count) : 0.0;
    return true;
}
