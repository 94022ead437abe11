/*
 * A signed distance, however it is computed: mm, negative inside. The mesher asks
 * for signs everywhere; values count near the surface only, and may be cut off beyond half an edge.
 */
#ifndef OST_FEM_MESH_FIELD_H
#define OST_FEM_MESH_FIELD_H

#include "recon/base/attr.h"
#include "recon/image/grid.h"

OST_C_BEGIN

struct ost_field {
    double (*at)(const void *user, const double point[3]);
    const void *user;       /* borrowed */
    double low[3], high[3]; /* mm; the surface lies within */
    /* The same for many points with one y and one z, faster; NULL: it is asked one by one. */
    void (*row)(const void *user, const double (*point)[3], uint32_t count, double *out);
    /*
     * Where along x anything inside may lie, for y and z from `low` to `high`: what lies elsewhere
     * is never asked. False: nowhere. NULL: anywhere.
     */
    bool (*span)(const void *user, const double low[2], const double high[2], double x[2]);
};

/* By `row` where there is one. */
void ost_field_row(const struct ost_field *field, const double (*point)[3], uint32_t count,
                   double *out);

/* By `span` where there is one, else the whole of x. */
bool ost_field_span(const struct ost_field *field, const double low[2], const double high[2],
                    double x[2]);

/* The way out at a point, unit: central differences of `step` mm. */
void ost_field_way_out(const struct ost_field *field, const double point[3], double step,
                       double out[3]);

/* A sampled distance: trilinear, outside beyond its voxels. `grid` is borrowed. */
struct ost_field ost_field_of_grid(const struct ost_grid *grid);

/* What remains of a body on the side of a plane that `normal` points to. */
struct ost_field_cut {
    struct ost_field body;
    double point[3];  /* mm, on the plane */
    double normal[3]; /* unit */
};
struct ost_field ost_field_of_cut(const struct ost_field_cut *cut); /* `cut` is borrowed */

OST_C_END

#endif
