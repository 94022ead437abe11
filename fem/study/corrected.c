#include "fem/study/corrected.h"

#include "recon/math/vec.h"

#include <string.h>

static double past_cut(const struct ost_correction *c, const double p[3])
{
    double from[3];
    ost_sub(p, c->point, from);
    return ost_dot(from, c->normal);
}

static bool check(const struct ost_correction *c, struct ost_err *err)
{
    const double most_turn = 0.5 * OST_PI, most_mm = 60.0;
    double turn[3], at[3];
    if (!ost_rigid_is_proper(&c->motion, 1e-6) || !(fabs(ost_length(c->normal) - 1.0) < 1e-6))
        return ost_fail(err, OST_INVALID, "the plan's cut or motion is none");
    ost_vector_of_rotation(c->motion.r, turn);
    ost_rigid_point(&c->motion, c->point, at);
    if (!(ost_length(turn) < most_turn && ost_distance(at, c->point) < most_mm)) {
        return ost_fail(err, OST_INVALID,
                        "the plan turns the fragment by %.0f degrees and moves it by %.0f mm",
                        ost_degrees(ost_length(turn)), ost_distance(at, c->point));
    }
    return true;
}

/* Vertices beyond the cut move; the triangles between stretch and close the gap. */
bool ost_corrected_surface(const struct ost_mesh *bone, const struct ost_correction *correction,
                           struct ost_mesh **out, struct ost_err *err)
{
    OST_AUTO(ost_mesh) moved = NULL;
    uint32_t distal = 0;
    *out = NULL;
    if (!check(correction, err) ||
        !ost_mesh_create(&moved, bone->vertex_count, bone->triangle_count, err) || moved == NULL)
        return false;
    memcpy(moved->triangle, bone->triangle, bone->triangle_count * sizeof *moved->triangle);
    for (uint32_t v = 0; v < bone->vertex_count; v++) {
        double p[3], to[3];
        for (int k = 0; k < 3; k++)
            to[k] = p[k] = (double)bone->vertex[v][k];
        if (past_cut(correction, p) > 0.0) {
            ost_rigid_point(&correction->motion, p, to);
            distal++;
        }
        for (int k = 0; k < 3; k++)
            moved->vertex[v][k] = (float)to[k];
    }
    if (distal < 10 || distal + 10 > bone->vertex_count)
        return ost_fail(err, OST_INVALID, "the plan's cut misses the bone: %u of %u vertices",
                        distal, bone->vertex_count);
    *out = ost_steal(&moved);
    return true;
}

/* Where a box's corners come to lie, before and after. */
static void widen(const struct ost_grid *g, const struct ost_correction *c, double low[3],
                  double high[3])
{
    for (int corner = 0; corner < 8; corner++) {
        double p[3], to[3];
        for (int k = 0; k < 3; k++) {
            double end = g->spacing[k] * (g->size[k] - 1);
            p[k] = g->origin[k] + (corner >> k & 1 ? end : 0.0);
        }
        ost_rigid_point(&c->motion, p, to);
        for (int k = 0; k < 3; k++) {
            bool moves = past_cut(c, p) > 0.0;
            low[k] = fmin(low[k], moves ? fmin(p[k], to[k]) : p[k]);
            high[k] = fmax(high[k], moves ? fmax(p[k], to[k]) : p[k]);
        }
    }
}

static void onto_cut(const struct ost_correction *c, const double p[3], double out[3])
{
    ost_along(p, -past_cut(c, p), c->normal, out);
}

/*
 * The place on the cut that heals to p: p = (1 - s) q + s C(q), as the outline is drawn, by going
 * back until it does not change; C turns by less than a right angle, so that it comes to rest.
 */
static void section_of(const struct ost_correction *c, const double p[3], double q[3])
{
    enum { ROUNDS = 12 };
    onto_cut(c, p, q);
    for (int i = 0; i < ROUNDS; i++) {
        double there[3], back[3];
        ost_rigid_point(&c->motion, q, there);
        double rise = past_cut(c, there);
        double s = rise > 0.0 ? fmin(fmax(past_cut(c, p) / rise, 0.0), 1.0) : 1.0;
        for (int k = 0; k < 3; k++)
            back[k] = p[k] - s * (there[k] - q[k]);
        onto_cut(c, back, q);
    }
}

static double density_at(const struct ost_grid *g, const struct ost_correction *c,
                         const struct ost_rigid *back, const double p[3])
{
    double from[3], q[3];
    ost_rigid_point(back, p, from);
    double beyond = past_cut(c, p), short_of = -past_cut(c, from);
    if (beyond > 0.0 && short_of > 0.0) {
        section_of(c, p, q);
        return ost_grid_at(g, q, 0.0);
    }
    double stays = beyond <= 0.0 ? ost_grid_at(g, p, 0.0) : 0.0;
    double comes = short_of <= 0.0 ? ost_grid_at(g, from, 0.0) : 0.0;
    return fmax(stays, comes);
}

bool ost_corrected_density(const struct ost_grid *density, const struct ost_correction *correction,
                           struct ost_grid **out, struct ost_err *err)
{
    double low[3] = {INFINITY, INFINITY, INFINITY}, high[3] = {-INFINITY, -INFINITY, -INFINITY};
    const struct ost_rigid back = ost_rigid_inverse(&correction->motion);
    uint32_t size[3];
    double origin[3];
    *out = NULL;
    if (!check(correction, err))
        return false;
    widen(density, correction, low, high);
    for (int k = 0; k < 3; k++) {
        /* Whole voxels away, so that what stays is read where it stands. */
        double below = ceil((density->origin[k] - low[k]) / density->spacing[k] - 1e-9);
        origin[k] = density->origin[k] - below * density->spacing[k];
        size[k] = (uint32_t)ceil((high[k] - origin[k]) / density->spacing[k] - 1e-9) + 1;
    }
    OST_AUTO(ost_grid) grid = NULL;
    if (!ost_grid_create(&grid, size, origin, density->spacing, err) || grid == NULL)
        return false;
    size_t layer = (size_t)size[0] * size[1];
    for (size_t i = 0; i < layer * size[2]; i++) {
        const uint32_t at[3] = {(uint32_t)(i % size[0]), (uint32_t)(i / size[0] % size[1]),
                                (uint32_t)(i / layer)};
        double p[3];
        for (int k = 0; k < 3; k++)
            p[k] = origin[k] + grid->spacing[k] * at[k];
        grid->value[i] = (float)density_at(density, correction, &back, p);
    }
    *out = ost_steal(&grid);
    return true;
}

struct ost_opened ost_opened_of(const struct ost_correction *correction)
{
    return (struct ost_opened){*correction, ost_rigid_inverse(&correction->motion)};
}

/* Past the cut where it was made, and short of where it has gone. */
static double at_gap(const void *user, const double p[3])
{
    const struct ost_opened *gap = user;
    double from[3];
    ost_rigid_point(&gap->back, p, from);
    return fmax(-past_cut(&gap->correction, p), past_cut(&gap->correction, from));
}

struct ost_field ost_field_of_opened(const struct ost_opened *gap)
{
    const double far = 1e6;
    return (struct ost_field){
        .at = at_gap, .user = gap, .low = {-far, -far, -far}, .high = {far, far, far}};
}

void ost_corrected_anatomy(const struct ost_correction *correction,
                           struct ost_study_anatomy *anatomy)
{
    double *const point[] = {anatomy->origin,        anatomy->styloid,   anatomy->corner_volar,
                             anatomy->corner_dorsal, anatomy->lip_volar, anatomy->lip_dorsal};
    for (size_t i = 0; i < sizeof point / sizeof point[0]; i++) {
        double to[3];
        ost_rigid_point(&correction->motion, point[i], to);
        memcpy(point[i], to, sizeof to);
    }
}
