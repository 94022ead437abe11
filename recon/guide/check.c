/* What must be true of a guide before anybody prints it, measured on its own surface. */
#include "recon/guide/guide_impl.h"
#include "recon/math/vec.h"
#include "recon/mesh/bvh.h"
#include "recon/mesh/measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void add(struct ost_guide *guide, const struct ost_guide_check *check)
{
    if (guide->check_count < OST_GUIDE_CHECKS)
        guide->check[guide->check_count++] = *check;
}

static void face(const struct ost_mesh *mesh, uint32_t t, double centre[3], double normal[3])
{
    double a[3], b[3], c[3], u[3], v[3];
    for (int k = 0; k < 3; k++) {
        a[k] = (double)mesh->vertex[mesh->triangle[t][0]][k];
        b[k] = (double)mesh->vertex[mesh->triangle[t][1]][k];
        c[k] = (double)mesh->vertex[mesh->triangle[t][2]][k];
        centre[k] = (a[k] + b[k] + c[k]) / 3.0;
    }
    ost_sub(b, a, u);
    ost_sub(c, a, v);
    ost_cross(u, v, normal);
    (void)ost_unit(normal);
}

/* Letters leave ridges that carry nothing. */
static bool is_lettering(const struct ost_guide_frame *frame, const double p[3])
{
    return p[1] < frame->plate_high && p[1] > frame->plate_low &&
           p[2] > frame->plate_top - ost_guide_engraved - 0.3;
}

/*
 * The wall at a face: straight through the material to the face behind, counted where
 * that one looks the other way (within 37 degrees): edges of a wedge are no walls.
 */
static double wall(const struct ost_bvh *bvh, const struct ost_mesh *mesh, uint32_t t,
                   const struct ost_guide_frame *frame)
{
    double centre[3], normal[3], start[3], back[3], behind[3], other[3];
    face(mesh, t, centre, normal);
    if (is_lettering(frame, centre))
        return INFINITY;
    ost_along(centre, -1e-3, normal, start);
    for (int k = 0; k < 3; k++)
        back[k] = -normal[k];
    struct ost_hit hit;
    if (ost_bvh_ray(bvh, start, back, &hit, 1) == 0)
        return INFINITY;
    face(mesh, hit.triangle, behind, other);
    return ost_dot(normal, other) < -0.8 && !is_lettering(frame, behind) ? hit.at : INFINITY;
}

struct thin {
    double wall, area;
};

static int by_wall(const void *a, const void *b)
{
    const struct thin *x = a, *y = b;
    return (x->wall > y->wall) - (x->wall < y->wall);
}

/*
 * The thinnest wall: half a square millimetre of surface may be thinner, so that the
 * last voxel of a rounded corner is not taken for a wall.
 */
static bool thinnest(const struct ost_bvh *bvh, const struct ost_mesh *mesh,
                     const struct ost_guide_frame *frame, double *out, struct ost_err *err)
{
    struct thin *list = malloc(((size_t)mesh->triangle_count + 1) * sizeof *list);
    if (list == NULL)
        return ost_fail(err, OST_NOMEM, "guide: no room to measure its walls");
    uint32_t count = 0;
    for (uint32_t t = 0; t < mesh->triangle_count; t++) {
        double normal[3], here = wall(bvh, mesh, t, frame);
        if (here < INFINITY)
            list[count++] = (struct thin){here, ost_triangle_area(mesh, t, normal)};
    }
    qsort(list, count, sizeof *list, by_wall);
    double area = 0.0;
    uint32_t i = 0;
    for (; i + 1 < count && area + list[i].area < 0.5; i++)
        area += list[i].area;
    *out = count > 0 ? list[i].wall : 0.0;
    free(list);
    return true;
}

/* How deep the bone stands in the guide's way when it is lifted off along +z. */
static double undercut(const struct ost_bvh *bone, const struct ost_mesh *mesh)
{
    double worst = 0.0;
#pragma omp parallel for reduction(max : worst) schedule(dynamic, 1024)
    for (uint32_t v = 0; v < mesh->vertex_count; v++) {
        const double p[3] = {(double)mesh->vertex[v][0], (double)mesh->vertex[v][1],
                             (double)mesh->vertex[v][2]};
        struct ost_hit hit[8];
        size_t n = ost_bvh_ray(bone, p, (double[]){0, 0, 1}, hit, 8);
        if (n > 0)
            worst = fmax(worst, hit[n < 8 ? n - 1 : 7].at);
    }
    return worst;
}

static bool is_inside(const struct ost_bvh *closed, const double p[3])
{
    struct ost_hit hit;
    return ost_bvh_ray(closed, p, (double[]){0, 0, 1}, &hit, 1) % 2 == 1;
}

/*
 * The patch's own clearance: the guide's nearest point to the bone, negative inside it, and
 * contact area. Farther away than the reach looked at is as far as that; deeper is not.
 */
static void seat(const struct ost_bvh *bone, const struct ost_mesh *mesh,
                 const struct ost_guide_spec *spec, double *nearest, double *area)
{
    const double reach = spec->clearance_mm + 0.5;
    *nearest = reach;
    *area = 0.0;
    for (uint32_t t = 0; t < mesh->triangle_count; t++) {
        double centre[3], normal[3];
        struct ost_near near;
        face(mesh, t, centre, normal);
        bool close = ost_bvh_near(bone, centre, reach, &near);
        if (!close && !(is_inside(bone, centre) && ost_bvh_near(bone, centre, INFINITY, &near)))
            continue;
        *nearest = fmin(*nearest, near.signed_mm);
        if (close && normal[2] < 0.0)
            *area += ost_triangle_area(mesh, t, normal);
    }
}

/* Largest distance of the slot's own faces from the two planes they should lie in. */
static double slot_error(const struct ost_guide_spec *spec, const struct ost_guide_frame *frame,
                         const struct ost_mesh *mesh)
{
    double worst = 0.0;
    for (uint32_t t = 0; t < mesh->triangle_count; t++) {
        double centre[3], normal[3];
        face(mesh, t, centre, normal);
        double along = ost_dot(centre, frame->normal);
        bool inside = fabs(centre[0]) < frame->slot_half - 1.0 && fabs(along) < spec->slot_mm;
        if (inside && fabs(ost_dot(normal, frame->normal)) > 0.98)
            worst = fmax(worst, fabs(fabs(along) - 0.5 * spec->slot_mm));
    }
    return worst;
}

/* Nothing may stand in a drill's way: the axis must pass without touching the guide. */
static double blocked_drills(const struct ost_guide_frame *frame, const struct ost_bvh *bvh)
{
    double blocked = 0.0;
    for (size_t i = 0; i < frame->sleeve_count; i++) {
        double start[3];
        struct ost_hit hit;
        ost_along(frame->sleeve[i].point, -60.0, frame->sleeve[i].direction, start);
        blocked += ost_bvh_ray(bvh, start, frame->sleeve[i].direction, &hit, 1) > 0 ? 1.0 : 0.0;
    }
    return blocked;
}

static void record(const struct ost_guide_spec *spec, struct ost_guide *guide,
                   const struct ost_mesh_facts *facts)
{
    guide->watertight = facts->closed;
    guide->components = facts->components;
    guide->volume_mm3 = facts->volume;
    double open = (double)facts->rim_edges + facts->crowded_edges + facts->opposed_edges;
    add(guide, &(struct ost_guide_check){"watertight", "open edges", open, 0.0, facts->closed});
    add(guide, &(struct ost_guide_check){"components", "", facts->components, 1.0,
                                         facts->components == 1});
    add(guide, &(struct ost_guide_check){"volume", "mm3", facts->volume, 0.0, facts->volume > 0.0});
    double least = fmin(spec->least_wall_mm, spec->sleeve_wall_mm) - spec->voxel_mm;
    add(guide, &(struct ost_guide_check){"min_wall", "mm", guide->min_wall_mm, least,
                                         guide->min_wall_mm >= least});
}

bool ost_guide_examine(const struct ost_guide_spec *spec, const struct ost_guide_frame *frame,
                       struct ost_guide *guide, struct ost_err *err)
{
    OST_AUTO(ost_bvh) solid = NULL;
    OST_AUTO(ost_bvh) bone = NULL;
    struct ost_mesh_facts facts;
    if (!ost_mesh_measure(guide->mesh, &facts, err) || !ost_bvh_create(&solid, guide->mesh, err) ||
        !ost_bvh_create(&bone, frame->bone, err))
        return false;
    if (!thinnest(solid, guide->mesh, frame, &guide->min_wall_mm, err))
        return false;
    record(spec, guide, &facts);

    double nearest = 0.0, area = 0.0;
    seat(bone, guide->mesh, spec, &nearest, &area);
    double under = undercut(bone, guide->mesh), slot = slot_error(spec, frame, guide->mesh);
    double drills = blocked_drills(frame, solid);
    add(guide, &(struct ost_guide_check){"undercut", "mm", under, 0.0, under <= 0.0});
    add(guide,
        &(struct ost_guide_check){"clearance", "mm", nearest, spec->clearance_mm - spec->voxel_mm,
                                  nearest >= spec->clearance_mm - spec->voxel_mm});
    add(guide, &(struct ost_guide_check){"contact_area", "mm2", area, 60.0, area >= 60.0});
    add(guide, &(struct ost_guide_check){"slot_error", "mm", slot, 0.1, slot <= 0.1});
    add(guide, &(struct ost_guide_check){"sleeves", "", (double)frame->sleeve_count, 2.0,
                                         frame->sleeve_count >= 2});
    add(guide, &(struct ost_guide_check){"blocked_drills", "", drills, 0.0, drills == 0.0});
    return true;
}
