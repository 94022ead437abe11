/*
 * Laying one surface onto another without changing its size: trimmed iterative
 * closest points, point to plane (Chen and Medioni 1992; trimming by Chetverikov
 * 2002), steps damped after Levenberg and Marquardt.
 */
#ifndef OST_MESH_ICP_H
#define OST_MESH_ICP_H

#include "recon/math/rigid.h"
#include "recon/mesh/mesh.h"

OST_C_BEGIN

/* All zero means: 60 steps, every point kept, 1 mm between samples, both ways. */
struct ost_icp_options {
    int steps;
    double keep;    /* share of the points, the nearest, that count; 0 means all */
    double spacing; /* mm between samples of the surfaces */
    bool one_way;   /* only from `from` to `to`: `from` is a piece of `to` */
    /*
     * What lies nearest to the rim of an open surface has nothing to lie on there and does not
     * count (Turk and Levoy 1994). With it a piece finds its place on a whole both ways, where
     * one way alone would let it slip into the shaft.
     */
    bool rim_apart;
};

struct ost_icp_result {
    struct ost_rigid motion; /* takes `from` onto `to` */
    double rms;              /* mm, of the points that count */
    int steps;
    bool settled; /* the last step moved nothing by more than 1 micrometre */
};

/* Starts from `start` (NULL: as they lie). Not settling is a result, not an error. */
OST_MUST_CHECK
bool ost_icp(const struct ost_mesh *from, const struct ost_mesh *to, const struct ost_rigid *start,
             const struct ost_icp_options *options, struct ost_icp_result *out,
             struct ost_err *err);

/*
 * The same wherever the two lie: starts as they are and from every way to lay their
 * longest axes on each other, ends or middles together, turned in twelve steps; the
 * best is followed. For long bodies such as bones.
 */
OST_MUST_CHECK
bool ost_icp_anywhere(const struct ost_mesh *from, const struct ost_mesh *to,
                      const struct ost_icp_options *options, struct ost_icp_result *out,
                      struct ost_err *err);

/* Moves every vertex. */
void ost_mesh_move(struct ost_mesh *mesh, const struct ost_rigid *motion);

OST_C_END

#endif
