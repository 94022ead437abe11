/*
 * The fields of variation over a surface: displacements of its vertices, each
 * field[(f * vertices + v) * 3 + axis] in mm.
 */
#ifndef OST_SHAPE_FIELD_H
#define OST_SHAPE_FIELD_H

#include "recon/mesh/mesh.h"

OST_C_BEGIN

/* Sum over vertices of area x . y; `area` as ost_mesh_vertex_areas() gives it. */
double ost_field_inner(const double *area, uint32_t vertices, const float *x, const float *y);

/*
 * The principal axes of F F': as many orthogonal fields (by the inner product), largest
 * first, with the same covariance as the `count` given ones together.
 */
OST_MUST_CHECK
bool ost_field_axes(const double *area, uint32_t vertices, uint32_t count, const float *field,
                    float *out, struct ost_err *err);

/* A Gaussian process of displacements along the surface's normals. */
struct ost_field_process {
    const struct ost_mesh *mesh; /* borrowed */
    /* Covariance, mm2, of the displacements of two vertices; `normal`: smoothed, one a vertex. */
    double (*kernel)(const void *user, const float (*normal)[3], uint32_t a, uint32_t b);
    /* How much a square millimetre at a vertex counts where fields are chosen, > 0. */
    double (*importance)(const void *user, uint32_t vertex);
    const void *user; /* borrowed */
};

/*
 * Its first `count` eigenfunctions times their standard deviations, by Nystroem's method
 * on at most 360 vertices (Luethi et al. 2018). Per vertex, where not NULL: `own`, the
 * process' variance, and `held`, what of it these fields hold.
 */
OST_MUST_CHECK
bool ost_field_process_axes(const struct ost_field_process *process, uint32_t count, float *out,
                            double *own, double *held, struct ost_err *err);

OST_C_END

#endif
