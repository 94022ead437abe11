/* Points spread evenly over a surface. */
#ifndef OST_MESH_SAMPLE_H
#define OST_MESH_SAMPLE_H

#include "recon/mesh/mesh.h"

OST_C_BEGIN

struct ost_samples {
    size_t count;
    float (*point)[3];  /* owned; mm */
    uint32_t *triangle; /* owned; where each lies */
};

/*
 * About area / spacing^2 points, uniform by area: each triangle takes its share,
 * the remainder carried to the next, placed by the R2 sequence (Roberts 2018).
 * The same mesh gives the same points. Fails with OST_LIMIT beyond `limit` points.
 */
OST_MUST_CHECK
bool ost_samples_create(struct ost_samples **out, const struct ost_mesh *mesh, double spacing,
                        size_t limit, struct ost_err *err);
void ost_samples_destroy(struct ost_samples *samples); /* NULL is fine */
OST_AUTO_DEFINE(ost_samples);

OST_C_END

#endif
