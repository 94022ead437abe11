#include "recon/math/vec.h"
#include "recon/mesh/bvh.h"
#include "recon/mesh/icp.h"
#include "recon/mesh/measure.h"
#include "recon/shape/shaft.h"
#include "recon/shape/train_impl.h"

#include <float.h>
#include <string.h>

/* The mean arm: 240 mm in men, 217 in women, 8 less in Japan. */
static const double radius_length = 230.0;
/* Radius in the ulna's axes of the opensim arms "rv", rough model axes, mm. */
static const double rv_offset[3] = {-20.0, -0.4, -11.5};

static const double grid_spacing = 0.8; /* mm */
enum { SHAFT_ASIDE = 3 };               /* mm from the head's middle to the shaft's line */

void ost_train_arm_fini(struct arm *arm)
{
    for (int i = 0; i < OST_BONES; i++) {
        ost_mesh_destroy(arm->bone[i]);
        ost_train_variety_fini(&arm->variety[i]);
    }
    *arm = (struct arm){0};
}

struct blend {
    const struct ost_mesh *distal, *whole;
    double from, to; /* z above the distal end where the pieces change over */
    double blur[2];  /* mm, distal and whole */
    double spacing;  /* mm, of the grid */
};

/* How far the distal piece stands out of the whole bone where they change over. */
static double girth_gap(const struct blend *blend, const struct ost_grid *whole)
{
    double sum = 0.0, count = 0.0, z0 = ost_train_mesh_lowest(blend->distal);
    for (uint32_t v = 0; v < blend->distal->vertex_count; v++) {
        double p[3];
        ost_train_vertex_at(blend->distal, v, p);
        if (p[2] - z0 < blend->from || p[2] - z0 > blend->to)
            continue;
        sum += ost_train_solid_at(whole, p);
        count += 1.0;
    }
    return count > 0.0 ? sum / count : 0.0;
}

/* distal * (1 - w) + whole * w, both as distances: in between one grows into the other. */
static bool blend_solids(const struct blend *blend, struct ost_grid **out, struct ost_err *err)
{
    struct solid_box box = ost_train_solid_box_of(blend->whole, 5.0, blend->spacing);
    struct solid_box other = ost_train_solid_box_of(blend->distal, 5.0, blend->spacing);
    for (int k = 0; k < 3; k++) {
        box.low[k] = fmin(box.low[k], other.low[k]);
        box.high[k] = fmax(box.high[k], other.high[k]);
    }
    OST_AUTO(ost_grid) whole = NULL;
    OST_AUTO(ost_grid) distal = NULL;
    if (!ost_train_solid_of_mesh(blend->whole, &box, blend->blur[1], &whole, err))
        return false;
    ost_train_solid_through_vertices(whole, blend->whole);
    if (!ost_train_solid_of_mesh(blend->distal, &box, blend->blur[0], &distal, err))
        return false;
    double stouter = girth_gap(blend, whole);
    double z0 = ost_train_mesh_lowest(blend->distal);
    for (size_t i = 0; i < ost_train_grid_count(whole); i++) {
        double p[3];
        ost_train_grid_point(whole, i, p);
        double z = p[2] - z0;
        double w = ost_train_smooth_step(blend->from, blend->to, z);
        double shaft = (double)whole->value[i] -
                       stouter * (1.0 - ost_train_smooth_step(blend->to, blend->to + 70.0, z));
        whole->value[i] = (float)((1.0 - w) * (double)distal->value[i] + w * shaft);
    }
    *out = ost_steal(&whole);
    return true;
}

static double coarse_of(const struct ost_train_input *input)
{
    return input->coarse > 1.0 ? input->coarse : 1.0;
}

static bool copy_of(const struct ost_train_input *input, int file, struct ost_mesh **out,
                    struct ost_err *err)
{
    return ost_train_rough_copy(input->surface[file], ost_train_file(file)->set, out, err);
}

/* To the published means; the origin goes with the joint surface. */
static void settle(struct arm *arm, struct ost_mesh *follower)
{
    struct ost_mesh *radius = arm->bone[OST_RADIUS];
    const struct marks *marks = &arm->marks[OST_RADIUS];
    double s[3], u[3], v[3], d[3];
    ost_train_field_settle(radius, marks);
    ost_train_mark_border(radius, marks, u);
    ost_train_mark_point(radius, marks, OST_STYLOID, s);
    ost_train_mark_point(radius, marks, OST_LIP_VOLAR, v);
    ost_train_mark_point(radius, marks, OST_LIP_DORSAL, d);
    struct ost_rigid step = ost_rigid_identity();
    for (int k = 0; k < 3; k++)
        step.t[k] = -0.25 * (s[k] + u[k] + v[k] + d[k]);
    ost_mesh_move(radius, &step);
    ost_mesh_move(follower, &step);
}

static bool make_radius(const struct ost_train_input *input, struct ost_mesh *whole,
                        struct arm *arm, struct ost_mesh *follower, struct ost_err *err)
{
    OST_AUTO(ost_mesh) distal = NULL;
    OST_AUTO(ost_grid) solid = NULL;
    struct ost_rigid moved;
    double scale = 1.0;
    bool brown = input->surface[6] != NULL;
    if (!copy_of(input, brown ? 6 : 7, &distal, err))
        return false;
    struct ost_rigid step = ost_rigid_identity();
    step.t[2] = -ost_train_mesh_lowest(whole);
    ost_mesh_move(whole, &step);
    ost_mesh_move(follower, &step);
    if (distal != NULL) {
        ost_train_centre_distal(distal);
        if (!ost_train_fit_size(distal, whole, arm->chirality_mm, &scale, err))
            return false;
        ost_train_mesh_scale(follower, scale);
    }
    struct blend blend = {.distal = distal != NULL ? distal : whole,
                          .whole = whole,
                          .from = brown ? 45.0 : 12.0,
                          .to = brown ? 75.0 : 22.0,
                          .blur = {distal != NULL ? 0.6 : 2.0, 2.2},
                          .spacing = grid_spacing * coarse_of(input)};
    if (!blend_solids(&blend, &solid, err) ||
        !ost_train_solid_surface(solid, coarse_of(input), &arm->bone[OST_RADIUS], err) ||
        !ost_train_frame_radius(arm->bone[OST_RADIUS], &moved, err))
        return false;
    double size = radius_length / ost_train_mesh_length(arm->bone[OST_RADIUS]);
    ost_train_mesh_scale(arm->bone[OST_RADIUS], size);
    ost_mesh_move(follower, &moved);
    ost_train_mesh_scale(follower, size);
    if (!ost_train_vary(input, OST_RADIUS, (double[]){blend.to, blend.to + 60.0},
                        arm->bone[OST_RADIUS], &arm->variety[OST_RADIUS], err) ||
        !ost_train_frame_radius(arm->bone[OST_RADIUS], &moved, err))
        return false;
    ost_mesh_move(follower, &moved);
    ost_train_variety_turn(&arm->variety[OST_RADIUS], arm->bone[OST_RADIUS]->vertex_count, &moved);
    ost_train_mark_radius(arm->bone[OST_RADIUS], &arm->marks[OST_RADIUS]);
    settle(arm, follower);
    return true;
}

static double smooth_least(double a, double b, double k)
{
    double h = fmax(k - fabs(a - b), 0.0) / k;
    return fmin(a, b) - h * h * k * 0.25;
}

/* A capsule that tapers from radius r[0] at a to r[1] at b. */
static double taper(const double p[3], const double a[3], const double b[3], const double r[2])
{
    double ab[3], ap[3], on[3];
    ost_sub(b, a, ab);
    ost_sub(p, a, ap);
    double t = ost_dot(ap, ab) / ost_dot(ab, ab);
    t = t < 0.0 ? 0.0 : t > 1.0 ? 1.0 : t;
    ost_along(a, t, ab, on);
    return ost_distance(p, on) - (r[0] + t * (r[1] - r[0]));
}

/*
 * An ulnar head by published measures: 15.8 mm across, a flattened dome, a styloid
 * about 4.5 mm beyond it, a hollow (fovea) between the two. Ulna's frame.
 */
static double head_at(const double p[3], double way)
{
    const double middle[3] = {0.0, 0.0, 1.0}, side[2] = {cos(way), sin(way)};
    double a[3] = {4.2 * side[0], 4.2 * side[1], 6.0};
    double b[3] = {6.0 * side[0], 6.0 * side[1], -7.6};
    double c[3] = {1.5 * side[0], 1.5 * side[1], 4.0};
    double d[3] = {SHAFT_ASIDE * side[0], SHAFT_ASIDE * side[1], 24.0};
    double hollow[3] = {1.8 * side[0], 1.8 * side[1], -8.0};
    double ball = ost_distance(p, middle) - 7.9;
    double dome = -smooth_least(-ball, p[2] + 5.0, 3.0);
    double styloid = taper(p, a, b, (double[]){4.3, 2.1});
    double neck = taper(p, c, d, (double[]){7.3, 6.3});
    double all = smooth_least(smooth_least(dome, styloid, 2.0), neck, 4.0);
    return -smooth_least(-all, ost_distance(p, hollow) - 2.9, 1.5);
}

/* Puts the line of the shaft beside the head, on the styloid's side (3.9 +- 0.8 mm). */
static bool step_aside(struct ost_mesh *ulna, struct ost_rigid *moved, struct ost_err *err)
{
    double middle[3];
    if (!ost_train_section_middle(ulna, 20.0, middle))
        return ost_fail(err, OST_INVALID, "training: an ulna has no shaft");
    struct ost_rigid step = ost_rigid_identity();
    step.t[0] = SHAFT_ASIDE * cos(ost_radians(20.0)) - middle[0];
    step.t[1] = SHAFT_ASIDE * sin(ost_radians(20.0)) - middle[1];
    ost_mesh_move(ulna, &step);
    *moved = ost_rigid_then(moved, &step);
    return true;
}

static bool make_ulna_solid(const struct ost_mesh *shaft, double spacing, struct ost_grid **out,
                            struct ost_err *err)
{
    struct solid_box box = ost_train_solid_box_of(shaft, 6.0, spacing);
    OST_AUTO(ost_grid) solid = NULL;
    if (!ost_train_solid_of_mesh(shaft, &box, 2.0, &solid, err))
        return false;
    ost_train_solid_through_vertices(solid, shaft);
    /* Two cortices of 2.6 mm round a canal of 5.8 mm. */
    double stouter = 5.5 - ost_train_section_radius(shaft, 45.0);
    for (size_t i = 0; i < ost_train_grid_count(solid); i++) {
        double p[3];
        ost_train_grid_point(solid, i, p);
        double w = ost_train_smooth_step(12.0, 34.0, p[2]);
        double bone =
            (double)solid->value[i] - stouter * (1.0 - ost_train_smooth_step(60.0, 170.0, p[2]));
        solid->value[i] =
            (float)(w < 1.0 ? (1.0 - w) * head_at(p, ost_radians(20.0)) + w * bone : bone);
    }
    *out = ost_steal(&solid);
    return true;
}

/* A real distal end in the place of the made one, where there is one. */
static bool refine_ulna(const struct ost_train_input *input, struct ost_mesh **ulna,
                        struct ost_err *err)
{
    OST_AUTO(ost_mesh) distal = NULL;
    OST_AUTO(ost_mesh) finer = NULL;
    OST_AUTO(ost_grid) solid = NULL;
    double rms[2], scale;
    struct ost_rigid back;
    if (!copy_of(input, 8, &distal, err))
        return false;
    if (distal == NULL)
        return true;
    ost_train_centre_distal(distal);
    struct ost_rigid lift = ost_rigid_identity();
    lift.t[2] = ost_train_mesh_lowest(*ulna);
    ost_mesh_move(distal, &lift);
    if (!ost_train_fit_size(distal, *ulna, rms, &scale, err))
        return false;
    struct blend blend = {.distal = distal,
                          .whole = *ulna,
                          .from = 14.0,
                          .to = 23.0,
                          .blur = {0.5, 0.0},
                          .spacing = grid_spacing * coarse_of(input)};
    if (!blend_solids(&blend, &solid, err) ||
        !ost_train_solid_surface(solid, coarse_of(input), &finer, err))
        return false;
    ost_train_mesh_scale(finer, 1.0 / scale);
    if (!ost_train_frame_ulna(finer, &back, err))
        return false;
    ost_mesh_destroy(*ulna);
    *ulna = ost_steal(&finer);
    return true;
}

/* Turns direction `from` to direction `to` by the shortest way. */
static struct ost_rigid shortest_turn(const double about[3], const double from[3],
                                      const double to[3])
{
    static const double none[3];
    double a[3], b[3], w[3];
    memcpy(a, from, sizeof a);
    memcpy(b, to, sizeof b);
    (void)ost_unit(a);
    (void)ost_unit(b);
    ost_cross(a, b, w);
    double angle = atan2(ost_length(w), ost_dot(a, b));
    (void)ost_unit(w);
    for (int k = 0; k < 3; k++)
        w[k] *= angle;
    return ost_rigid_about(about, w, none);
}

/*
 * On films of the forearm in neutral rotation 14 mm lie between the shafts 75 mm from
 * the joint, about 27 mm between their middles: the templates' bow is brought to it.
 */
static bool straighten(struct arm *arm, struct ost_err *err)
{
    enum { HEIGHT = 75, APART = 27, REACH = 225 };
    struct ost_mesh *ulna = arm->bone[OST_ULNA];
    double r[3], u[3];
    if (!ost_train_section_middle(arm->bone[OST_RADIUS], HEIGHT, r) ||
        !ost_train_section_middle(ulna, HEIGHT - arm->place.t[2], u))
        return ost_fail(err, OST_INVALID, "training: a bone has no shaft");
    double excess = u[0] + arm->place.t[0] - r[0] - APART;
    double most = excess / sin(OST_PI * (HEIGHT - arm->place.t[2]) / REACH);
    for (uint32_t v = 0; v < ulna->vertex_count; v++) {
        double t = ulna->vertex[v][2] / (double)REACH;
        if (t > 0.0 && t < 1.0) {
            ulna->vertex[v][0] -=
                (float)(most * sin(OST_PI * t) * ost_train_smooth_step(0.0, 0.15, t));
        }
    }
    return true;
}

/* The radial head's nearest point of the ulna: how far (negative inside) and which way. */
static bool elbow_gap(const struct arm *arm, double *gap, double way[3], struct ost_err *err)
{
    const struct ost_mesh *radius = arm->bone[OST_RADIUS];
    OST_AUTO(ost_bvh) bvh = NULL;
    double top = ost_train_mesh_lowest(radius) + ost_train_mesh_length(radius);
    *gap = DBL_MAX;
    if (!ost_bvh_create(&bvh, arm->bone[OST_ULNA], err))
        return false;
    for (uint32_t v = 0; v < radius->vertex_count; v++) {
        double p[3];
        struct ost_near near;
        ost_train_vertex_at(radius, v, p);
        if (p[2] < top - 12.0)
            continue;
        ost_sub(p, arm->place.t, p);
        (void)ost_bvh_near(bvh, p, INFINITY, &near);
        if (near.signed_mm < *gap) {
            *gap = near.signed_mm;
            memcpy(way, near.normal, sizeof near.normal);
        }
    }
    return true;
}

/* Leans the ulna about its head until the radial head is 2 mm from it. */
static bool close_elbow(struct arm *arm, struct ost_err *err)
{
    enum { ROUNDS = 4 };
    static const double up[3] = {0.0, 0.0, 1.0}, none[3];
    const struct ost_mesh *radius = arm->bone[OST_RADIUS];
    double length = ost_train_mesh_lowest(radius) + ost_train_mesh_length(radius) - arm->place.t[2];
    for (int round = 0; round < ROUNDS; round++) {
        double gap, way[3] = {0}, w[3];
        if (!elbow_gap(arm, &gap, way, err))
            return false;
        /* A push of `gap - 2` along `way` at the elbow, as a turn about the head. */
        ost_cross(up, way, w);
        for (int k = 0; k < 3; k++)
            w[k] *= (gap - 2.0) / length;
        struct ost_rigid lean = ost_rigid_about(none, w, none);
        ost_mesh_move(arm->bone[OST_ULNA], &lean);
        ost_train_variety_turn(&arm->variety[OST_ULNA], arm->bone[OST_ULNA]->vertex_count, &lean);
    }
    return true;
}

/*
 * Sets the ulna beside the radius: its head in the sigmoid notch behind 1.5 mm of
 * cartilage, half a millimetre short of the radius' ulnar border, its shaft pointing
 * at the radial head as in the template, its styloid ulnar (neutral rotation).
 */
static bool set_joint(struct arm *arm, const struct ost_rigid *template_place, struct ost_err *err)
{
    const struct ost_mesh *radius = arm->bone[OST_RADIUS];
    struct ost_mesh *ulna = arm->bone[OST_ULNA];
    double head[3], notch[3], border[3], elbow[3];
    double z = ost_train_mesh_lowest(radius) + ost_train_mesh_length(radius) - 6.0;
    if (!ost_train_section_middle(radius, z, elbow))
        return ost_fail(err, OST_INVALID, "training: a radius has no head");
    ost_train_mark_ulna(ulna, &arm->marks[OST_ULNA]);
    ost_train_mark_point(ulna, &arm->marks[OST_ULNA], OST_ULNAR_HEAD, head);
    ost_train_mark_point(radius, &arm->marks[OST_RADIUS], OST_SIGMOID_NOTCH, notch);
    ost_train_mark_border(radius, &arm->marks[OST_RADIUS], border);
    double want[3] = {notch[0] + 1.5 + 7.9, notch[1], border[2] + 0.5 - head[2]};

    double from[3], to[3], x[3], along[3];
    struct ost_rigid place = *template_place;
    ost_sub(place.t, elbow, from);
    ost_sub(want, elbow, to);
    struct ost_rigid turn = shortest_turn(elbow, from, to);
    place = ost_rigid_then(&place, &turn);
    memcpy(place.t, want, sizeof want);
    for (int k = 0; k < 3; k++)
        along[k] = -to[k];
    (void)ost_unit(along);
    ost_rigid_direction(&place, (double[]){1.0, 0.0, 0.0}, x);
    double spin = -atan2(x[1], x[0]), w[3];
    for (int k = 0; k < 3; k++)
        w[k] = spin * along[k];
    struct ost_rigid last = ost_rigid_about(want, w, (double[]){0.0, 0.0, 0.0});
    place = ost_rigid_then(&place, &last);

    struct ost_rigid lean = place;
    memset(lean.t, 0, sizeof lean.t);
    ost_train_variety_turn(&arm->variety[OST_ULNA], ulna->vertex_count, &lean);
    ost_mesh_move(ulna, &lean); /* from now on the ulna's axes are the radius' */
    arm->place = ost_rigid_identity();
    memcpy(arm->place.t, want, sizeof want);
    memcpy(arm->turn, along, sizeof along);
    if (!straighten(arm, err) || !close_elbow(arm, err))
        return false;
    ost_train_mark_ulna(ulna, &arm->marks[OST_ULNA]);
    ost_train_mark_point(ulna, &arm->marks[OST_ULNA], OST_ULNAR_HEAD, head);
    arm->place.t[2] = border[2] + 0.5 - head[2];
    return true;
}

bool ost_train_arm_make(const struct ost_train_input *input, const struct ost_progress *progress,
                        struct arm *out, struct ost_err *err)
{
    OST_AUTO(ost_mesh) radius = NULL;
    OST_AUTO(ost_mesh) ulna = NULL;
    OST_AUTO(ost_grid) solid = NULL;
    struct ost_rigid moved;
    *out = (struct arm){0};
    if (!copy_of(input, 0, &radius, err) || !copy_of(input, 1, &ulna, err))
        return false;
    if (radius == NULL || ulna == NULL)
        return ost_fail(err, OST_INVALID, "training: the opensim set is missing");
    struct ost_rigid offset = ost_rigid_identity();
    for (int k = 0; k < 3; k++)
        offset.t[k] = -rv_offset[k];
    ost_mesh_move(ulna, &offset);
    if (!ost_progress_step(progress, 0.05, "radius", err) ||
        !make_radius(input, radius, out, ulna, err) ||
        !ost_progress_step(progress, 0.30, "ulna", err) ||
        !ost_train_frame_ulna(ulna, &moved, err) || !step_aside(ulna, &moved, err))
        return false;
    struct ost_rigid place = ost_rigid_inverse(&moved);
    return make_ulna_solid(ulna, grid_spacing * coarse_of(input), &solid, err) &&
           ost_train_solid_surface(solid, coarse_of(input), &out->bone[OST_ULNA], err) &&
           refine_ulna(input, &out->bone[OST_ULNA], err) &&
           ost_train_vary(input, OST_ULNA, (double[]){25.0, 85.0}, out->bone[OST_ULNA],
                          &out->variety[OST_ULNA], err) &&
           set_joint(out, &place, err);
}
