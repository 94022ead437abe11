#include "recon/math/vec.h"
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

enum { STARTS = 12, SHAFT_ASIDE = 3 }; /* mm from the head's middle to the shaft's line */

void ost_train_arm_fini(struct arm *arm)
{
    for (int i = 0; i < OST_BONES; i++)
        ost_mesh_destroy(arm->bone[i]);
    *arm = (struct arm){0};
}

/* The best of many starts about z; `rms` says how good it is. */
static bool lay_onto(const struct ost_mesh *piece, const struct ost_mesh *whole,
                     struct ost_rigid *out, double *rms, struct ost_err *err)
{
    static const double zero[3];
    struct ost_icp_options options = {.one_way = true, .keep = 0.9, .spacing = 1.5, .steps = 40};
    *rms = DBL_MAX;
    for (int i = 0; i < STARTS; i++) {
        double w[3] = {0.0, 0.0, 2.0 * OST_PI * i / STARTS};
        struct ost_rigid start = ost_rigid_about(zero, w, zero);
        struct ost_icp_result result;
        if (!ost_icp(piece, whole, &start, &options, &result, err))
            return false;
        if (result.rms < *rms) {
            *rms = result.rms;
            *out = result.motion;
        }
    }
    return true;
}

/* Distal end at z = 0, middle of the first 25 mm on the z axis. */
static void centre_distal(struct ost_mesh *mesh)
{
    double z = ost_train_mesh_lowest(mesh), sum[2] = {0}, count = 0.0;
    for (uint32_t v = 0; v < mesh->vertex_count; v++)
        if (mesh->vertex[v][2] < z + 25.0) {
            count += 1.0;
            sum[0] += mesh->vertex[v][0];
            sum[1] += mesh->vertex[v][1];
        }
    struct ost_rigid step = ost_rigid_identity();
    step.t[0] = -sum[0] / count;
    step.t[1] = -sum[1] / count;
    step.t[2] = -z;
    ost_mesh_move(mesh, &step);
}

struct blend {
    const struct ost_mesh *distal, *whole;
    double from, to; /* z above the distal end where the pieces change over */
    double blur[2];  /* mm, distal and whole */
};

/* distal * (1 - w) + whole * w, both as distances: in between one grows into the other. */
static bool blend_solids(const struct blend *blend, struct ost_grid **out, struct ost_err *err)
{
    enum { TENTHS = 8 };
    struct solid_box box = ost_train_solid_box_of(blend->whole, 5.0, TENTHS / 10.0);
    struct solid_box other = ost_train_solid_box_of(blend->distal, 5.0, TENTHS / 10.0);
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
    size_t slab = (size_t)whole->size[0] * whole->size[1];
    double z0 = ost_train_mesh_lowest(blend->distal);
    for (size_t i = 0; i < slab * whole->size[2]; i++) {
        double z = whole->origin[2] + whole->spacing[2] * (double)(i / slab) - z0;
        double w = ost_train_smooth_step(blend->from, blend->to, z);
        whole->value[i] =
            (float)((1.0 - w) * (double)distal->value[i] + w * (double)whole->value[i]);
    }
    *out = ost_steal(&whole);
    return true;
}

/* Fine at the wrist, coarse at the elbow; z from the model's origin. */
static double edge_of_arm(const void *user, const double p[3])
{
    (void)user;
    return 1.25 + 2.5 * ost_train_smooth_step(40.0, 140.0, p[2]);
}

/* Turns data axes into rough model axes: proper rotations, set by set. */
static bool rough_copy(const struct ost_train_input *input, int file, struct ost_mesh **out,
                       struct ost_err *err)
{
    static const int8_t axis[OST_TRAIN_SETS][3] = {{-3, -1, 2}, {-2, -1, -3}, {-1, -3, -2}};
    *out = NULL;
    if (input->surface[file] == NULL)
        return true;
    if (!ost_train_mesh_copy(input->surface[file], out, err))
        return false;
    const int8_t *way = axis[ost_train_file(file)->set];
    for (uint32_t v = 0; v < (*out)->vertex_count; v++) {
        const float *from = input->surface[file]->vertex[v];
        for (int k = 0; k < 3; k++)
            (*out)->vertex[v][k] = way[k] < 0 ? -from[-way[k] - 1] : from[way[k] - 1];
    }
    return true;
}

/* Brings `whole` to the size at which `piece` lies best on it, and the piece onto it. */
static bool fit_size(struct ost_mesh *piece, struct ost_mesh *whole, double rms[2], double *scale,
                     struct ost_err *err)
{
    enum { SIZES = 7 };
    struct ost_rigid best_motion = ost_rigid_identity(), motion;
    double best = DBL_MAX, now;
    OST_AUTO(ost_mesh) mirrored = NULL;
    *scale = 1.0;
    for (int i = 0; i < SIZES; i++) {
        double size = 0.90 + 0.04 * i;
        OST_AUTO(ost_mesh) sized = NULL;
        if (!ost_train_mesh_copy(whole, &sized, err))
            return false;
        ost_train_mesh_scale(sized, size);
        if (!lay_onto(piece, sized, &motion, &now, err))
            return false;
        if (now < best) {
            best = now;
            best_motion = motion;
            *scale = size;
        }
    }
    if (!ost_train_mesh_copy(piece, &mirrored, err))
        return false;
    ost_train_mesh_mirror(mirrored);
    ost_train_mesh_scale(whole, *scale);
    rms[0] = best;
    if (!lay_onto(mirrored, whole, &motion, &rms[1], err))
        return false;
    ost_mesh_move(piece, &best_motion);
    return true;
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
    if (!rough_copy(input, brown ? 6 : 7, &distal, err))
        return false;
    struct ost_rigid step = ost_rigid_identity();
    step.t[2] = -ost_train_mesh_lowest(whole);
    ost_mesh_move(whole, &step);
    ost_mesh_move(follower, &step);
    if (distal != NULL) {
        centre_distal(distal);
        if (!fit_size(distal, whole, arm->chirality_mm, &scale, err))
            return false;
        ost_train_mesh_scale(follower, scale);
    }
    struct blend blend = {.distal = distal != NULL ? distal : whole,
                          .whole = whole,
                          .from = brown ? 45.0 : 12.0,
                          .to = brown ? 75.0 : 22.0,
                          .blur = {distal != NULL ? 0.6 : 2.0, 2.2}};
    if (!blend_solids(&blend, &solid, err) ||
        !ost_train_solid_surface(solid, edge_of_arm, &arm->bone[OST_RADIUS], err) ||
        !ost_train_frame_radius(arm->bone[OST_RADIUS], &moved, err))
        return false;
    double size = radius_length / ost_train_mesh_length(arm->bone[OST_RADIUS]);
    ost_train_mesh_scale(arm->bone[OST_RADIUS], size);
    ost_mesh_move(follower, &moved);
    ost_train_mesh_scale(follower, size);
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
    double a[3] = {4.6 * side[0], 4.6 * side[1], 4.0};
    double b[3] = {6.0 * side[0], 6.0 * side[1], -7.6};
    double c[3] = {1.5 * side[0], 1.5 * side[1], 4.0};
    double d[3] = {SHAFT_ASIDE * side[0], SHAFT_ASIDE * side[1], 18.0};
    double hollow[3] = {1.8 * side[0], 1.8 * side[1], -8.0};
    double ball = ost_distance(p, middle) - 7.9;
    double dome = -smooth_least(-ball, p[2] + 5.0, 3.0);
    double styloid = taper(p, a, b, (double[]){3.8, 2.0});
    double neck = taper(p, c, d, (double[]){7.0, 6.0});
    double all = smooth_least(smooth_least(dome, styloid, 2.0), neck, 4.0);
    return -smooth_least(-all, ost_distance(p, hollow) - 3.2, 1.5);
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

static bool make_ulna_solid(const struct ost_mesh *shaft, struct ost_grid **out,
                            struct ost_err *err)
{
    struct solid_box box = ost_train_solid_box_of(shaft, 6.0, 0.8);
    OST_AUTO(ost_grid) solid = NULL;
    if (!ost_train_solid_of_mesh(shaft, &box, 2.0, &solid, err))
        return false;
    ost_train_solid_through_vertices(solid, shaft);
    size_t at = 0;
    for (uint32_t k = 0; k < solid->size[2]; k++)
        for (uint32_t j = 0; j < solid->size[1]; j++)
            for (uint32_t i = 0; i < solid->size[0]; i++, at++) {
                double p[3] = {box.low[0] + i * box.spacing, box.low[1] + j * box.spacing,
                               box.low[2] + k * box.spacing};
                double w = ost_train_smooth_step(5.0, 20.0, p[2]);
                if (w < 1.0)
                    solid->value[at] = (float)((1.0 - w) * head_at(p, ost_radians(20.0)) +
                                               w * (double)solid->value[at]);
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
    if (!rough_copy(input, 8, &distal, err))
        return false;
    if (distal == NULL)
        return true;
    centre_distal(distal);
    struct ost_rigid lift = ost_rigid_identity();
    lift.t[2] = ost_train_mesh_lowest(*ulna);
    ost_mesh_move(distal, &lift);
    if (!fit_size(distal, *ulna, rms, &scale, err))
        return false;
    struct blend blend = {
        .distal = distal, .whole = *ulna, .from = 14.0, .to = 23.0, .blur = {0.5, 0.0}};
    if (!blend_solids(&blend, &solid, err) ||
        !ost_train_solid_surface(solid, edge_of_arm, &finer, err))
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
    ost_mesh_move(ulna, &lean); /* from now on the ulna's axes are the radius' */
    arm->place = ost_rigid_identity();
    memcpy(arm->place.t, want, sizeof want);
    memcpy(arm->turn, along, sizeof along);
    ost_train_mark_ulna(ulna, &arm->marks[OST_ULNA]);
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
    if (!rough_copy(input, 0, &radius, err) || !rough_copy(input, 1, &ulna, err))
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
    return make_ulna_solid(ulna, &solid, err) &&
           ost_train_solid_surface(solid, edge_of_arm, &out->bone[OST_ULNA], err) &&
           refine_ulna(input, &out->bone[OST_ULNA], err) && set_joint(out, &place, err);
}
