/*
 * Questions to a surface about space: nearest point, inside or outside, where a
 * ray passes. A tree of boxes over the triangles; built once, then any number of
 * threads may ask. The mesh is borrowed: it must outlive the tree and keep still.
 */
#ifndef OST_MESH_BVH_H
#define OST_MESH_BVH_H

#include "recon/mesh/mesh.h"

#include <stddef.h>

OST_C_BEGIN

struct ost_bvh;

/* Fails on an empty mesh and on one that ost_mesh_check() refuses. */
OST_MUST_CHECK
bool ost_bvh_create(struct ost_bvh **out, const struct ost_mesh *mesh, struct ost_err *err);
void ost_bvh_destroy(struct ost_bvh *bvh); /* NULL is fine */
OST_AUTO_DEFINE(ost_bvh);

struct ost_near {
    double point[3];  /* on the surface */
    double distance;  /* mm, >= 0 */
    double weight[3]; /* of the triangle's corners, sum 1 */
    double normal[3]; /* angle-weighted pseudonormal of the face, edge or corner hit */
    double signed_mm; /* distance with the sign of the side: negative inside */
    uint32_t triangle;
};

/*
 * The nearest point of the surface. Exact; ties go to the lower triangle visited
 * first, so equal questions give equal answers. The sign is that of Baerentzen and
 * Aanaes 2005 and means something on closed surfaces only. False (and `out`
 * untouched) where nothing lies within `limit` mm; INFINITY always finds.
 */
bool ost_bvh_near(const struct ost_bvh *bvh, const double point[3], double limit,
                  struct ost_near *out);

struct ost_hit {
    double at; /* along the ray, in units of |direction| */
    uint32_t triangle;
    bool entering; /* the ray runs against the face's normal */
};

/*
 * Every passage of the ray origin + at * direction, at >= 0, sorted by `at`. Returns
 * how many there are; at most `room` of them, the nearest, are written.
 */
size_t ost_bvh_ray(const struct ost_bvh *bvh, const double origin[3], const double direction[3],
                   struct ost_hit *hit, size_t room);

OST_C_END

#endif
