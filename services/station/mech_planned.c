/*
 * The bone as a plan leaves it once it has healed: what lies distal of the cut has moved by
 * the plan's motion C, what lies proximal has stayed, and between them a bridge of bone.
 * A point at the distance d from the cut, towards the joint, moves by C^s about the cut's
 * point, s rising smoothly from 0 to 1 over the bridge; the bridge is long enough that
 * nothing folds. The density goes along. Neither gap nor graft nor plate is modelled, and
 * fem.json says so.
 */
#include "recon/math/rigid.h"
#include "recon/math/vec.h"
#include "services/station/mech_impl.h"
#include "services/station/plan_file.h"

#include <math.h>
#include <string.h>

/* mm: half a radius at the cut; the shortest and the longest bridge; how much of a bridge the
 * motion of its rim may take, so that it keeps two fifths of its length everywhere. */
static const double half_width = 16.0, bridge_least = 8.0, bridge_most = 40.0, stretch = 2.5;
enum { OST_ROUNDS = 14 };

struct warp {
    double point[3], normal[3]; /* of the cut; towards the joint */
    double turn[3], shift[3];   /* of C about the point: rotation vector, mm */
    double bridge;
    struct ost_rigid whole, back; /* C and its inverse */
};

static double height(const struct warp *w, const double x[3])
{
    double from[3];
    ost_sub(x, w->point, from);
    return ost_dot(from, w->normal);
}

static double share(const struct warp *w, const double x[3])
{
    double u = height(w, x) / w->bridge + 0.5;
    return u <= 0.0 ? 0.0 : u >= 1.0 ? 1.0 : u * u * (3.0 - 2.0 * u);
}

static struct ost_rigid part_of(const struct warp *w, double s)
{
    double turn[3], shift[3];
    for (int k = 0; k < 3; k++) {
        turn[k] = s * w->turn[k];
        shift[k] = s * w->shift[k];
    }
    return ost_rigid_about(w->point, turn, shift);
}

static void move(const struct warp *w, const double x[3], double out[3])
{
    double s = share(w, x);
    struct ost_rigid by = part_of(w, s);
    ost_rigid_point(&by, x, out);
}

/* Where a point of the planned bone lay before: by going back until it does not change. */
static void unmove(const struct warp *w, const double y[3], double out[3])
{
    ost_rigid_point(&w->back, y, out);
    if (height(w, out) >= 0.5 * w->bridge)
        return;
    memcpy(out, y, sizeof(double[3]));
    if (height(w, y) <= -1.5 * w->bridge)
        return;
    for (int i = 0; i < OST_ROUNDS; i++) {
        struct ost_rigid by = part_of(w, share(w, out)), back = ost_rigid_inverse(&by);
        ost_rigid_point(&back, y, out);
    }
}

/* In the frame of the fit: somebody may have put the whole bone elsewhere since. */
static bool read_plan(const struct mech *m, struct warp *w, struct ost_err *err)
{
    OST_AUTO(ost_plan) plan = NULL;
    if (!ost_station_plan_read(m->case_dir, &plan, err))
        return false;
    struct ost_value motion = ost_station_plan_value(plan, OST_TYPE_FRAGMENT, "motion");
    struct ost_value point = ost_station_plan_value(plan, OST_TYPE_OSTEOTOMY, "point");
    struct ost_value normal = ost_station_plan_value(plan, OST_TYPE_OSTEOTOMY, "normal");
    if (motion.kind != OST_VALUE_RIGID || point.kind != OST_VALUE_VEC3 ||
        normal.kind != OST_VALUE_VEC3)
        return ost_fail(err, OST_INVALID, "the plan has no cut and no motion yet");
    int bone = ost_plan_find(plan, "radius");
    struct ost_value put = ost_plan_property_view(plan, bone, "correction").value;
    struct ost_rigid to = put.kind == OST_VALUE_RIGID ? put.rigid : ost_rigid_identity();
    struct ost_rigid from = ost_rigid_inverse(&to), there = ost_rigid_then(&to, &motion.rigid);
    w->whole = ost_rigid_then(&there, &from);
    w->back = ost_rigid_inverse(&w->whole);
    ost_rigid_point(&from, point.vec3, w->point);
    ost_rigid_direction(&from, normal.vec3, w->normal);
    double length = ost_length(w->normal) * (ost_dot(w->normal, m->bone.anatomy.axis) < 0 ? -1 : 1);
    for (int k = 0; k < 3; k++)
        w->normal[k] /= length;
    return true;
}

static bool measure(struct warp *w, struct ost_err *err)
{
    double moved[3];
    ost_vector_of_rotation(w->whole.r, w->turn);
    ost_rigid_point(&w->whole, w->point, moved);
    ost_sub(moved, w->point, w->shift);
    double rim = half_width * ost_length(w->turn) + ost_length(w->shift);
    w->bridge = fmax(bridge_least, stretch * rim);
    return w->bridge <= bridge_most ||
           ost_fail(err, OST_INVALID,
                    "the plan moves the fragment by %.0f mm at the cut's rim: too far for a bridge "
                    "of bone",
                    rim);
}

static void move_surface(const struct warp *w, struct ost_mesh *surface)
{
    for (uint32_t i = 0; i < surface->vertex_count; i++) {
        double x[3], y[3];
        for (int k = 0; k < 3; k++)
            x[k] = (double)surface->vertex[i][k];
        move(w, x, y);
        for (int k = 0; k < 3; k++)
            surface->vertex[i][k] = (float)y[k];
    }
}

/* A box with room for what moved. */
static bool move_density(const struct warp *w, const struct ost_grid *from, struct ost_grid **out,
                         struct ost_err *err)
{
    uint32_t size[3];
    double origin[3];
    for (int k = 0; k < 3; k++) {
        uint32_t pad = (uint32_t)ceil(w->bridge / from->spacing[k]);
        size[k] = from->size[k] + 2 * pad;
        origin[k] = from->origin[k] - pad * from->spacing[k];
    }
    if (!ost_grid_create(out, size, origin, from->spacing, err))
        return false;
    float *value = (*out)->value;
    for (uint32_t c = 0; c < size[2]; c++) {
        for (uint32_t b = 0; b < size[1]; b++) {
            for (uint32_t a = 0; a < size[0]; a++) {
                const double y[3] = {origin[0] + a * from->spacing[0],
                                     origin[1] + b * from->spacing[1],
                                     origin[2] + c * from->spacing[2]};
                double x[3];
                unmove(w, y, x);
                *value++ = (float)ost_grid_at(from, x, 0.0);
            }
        }
    }
    return true;
}

static void move_landmarks(const struct warp *w, struct ost_study_anatomy *a)
{
    double(*const all[])[3] = {&a->origin,        &a->styloid,   &a->corner_volar,
                               &a->corner_dorsal, &a->lip_volar, &a->lip_dorsal};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        double x[3];
        memcpy(x, *all[i], sizeof x);
        move(w, x, *all[i]);
    }
}

bool mech_plan_bone(struct mech *m, struct ost_err *err)
{
    struct warp w;
    struct ost_grid *density = NULL;
    if (!read_plan(m, &w, err) || !measure(&w, err) || !move_density(&w, m->density, &density, err))
        return false;
    ost_grid_destroy(m->density);
    m->density = density;
    m->bone.density = density;
    m->bridge_mm = w.bridge;
    move_surface(&w, m->surface);
    move_landmarks(&w, &m->bone.anatomy);
    return true;
}
