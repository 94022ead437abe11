/*
 * Bones out of a CT: one label and one closed surface each, with how sure both are.
 *
 * In: a grid in Hounsfield units, axis-aligned to the patient (LPS, mm). Steps:
 * 1. bone by a threshold that follows the local means of bone and soft tissue (Li et
 *    al., IEEE Trans Image Process 2008;17:1940), marrow by what bone encloses;
 * 2. bones apart by a watershed on the distance from joints, which are narrow dark
 *    valleys; parts are joined again where their common face is bone;
 * 3. each surface moved along its normals to where a model of the cortex, blurred as the
 *    scanner blurs, fits best (Treece et al., Med Image Anal 2010;14:276, equation 4):
 *    y(t) = y0 + (y1 - y0) P((x0 - t)/s) + (y2 - y1) P((x1 - t)/s), P the normal
 *    distribution, y0, y1, y2 grey of soft tissue, cortex, marrow, x0 and x1 its borders;
 *    s is measured where the cortex is thick, y1 is one for the whole CT.
 * The same CT gives the same bones on any number of threads.
 */
#ifndef OST_SEGMENT_SEGMENT_H
#define OST_SEGMENT_SEGMENT_H

#include "recon/base/progress.h"
#include "recon/image/grid.h"
#include "recon/mesh/mesh.h"

#include <stddef.h>

OST_C_BEGIN

enum {
    OST_SEGMENT_VOXELS = 96 << 20, /* that bones may spread over: 2 GB of memory */
    OST_SEGMENT_BONES = 96         /* the largest are kept */
};

struct ost_segment_bone {
    struct ost_mesh *surface; /* owned; closed, mm */
    float *sd;                /* owned; per vertex, 1 SD of its place along the normal, mm */
    double volume;            /* mm3, within the surface */
    double middle[3];         /* mm, of the voxels */
    double axis[9];           /* three unit vectors, longest first */
    double extent[3];         /* mm along them */
    double low[3], high[3];   /* mm */
    bool cut[3][2];           /* touches this face of the CT: low and high x, y, z */
};

struct ost_segment {
    struct ost_grid *label;       /* owned; 0, or the number of a bone, from 1 */
    struct ost_grid *uncertainty; /* owned; chance that the label of a voxel is wrong, 0..0.5 */
    size_t bone_count;
    struct ost_segment_bone *bone; /* owned; by volume, largest first; label n is bone[n - 1] */
    double tissue, compact;        /* HU: mode of soft tissue; compact bone */
    double noise;                  /* HU: SD of a voxel */
    double blur;                   /* mm: SD of what blurs the grey, our smoothing included */
    bool blur_measured;            /* else taken from the voxels */
    size_t metal;                  /* voxels brighter than any bone */
};

/*
 * Fails with OST_UNSUPPORTED where the grid is no CT (too flat, no soft tissue in
 * Hounsfield units), OST_CORRUPT where a voxel holds no number, OST_NOT_FOUND without
 * bone, OST_LIMIT where bone spreads over more voxels than fit.
 */
OST_MUST_CHECK
bool ost_segment_create(const struct ost_grid *ct, const struct ost_progress *progress,
                        struct ost_segment **out, struct ost_err *err);
void ost_segment_destroy(struct ost_segment *segment); /* NULL is fine */
OST_AUTO_DEFINE(ost_segment);

OST_C_END

#endif
