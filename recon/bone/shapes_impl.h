/* What the chapters of making a model share. */
#ifndef OST_BONE_SHAPES_IMPL_H
#define OST_BONE_SHAPES_IMPL_H

#include "recon/bone/shapes.h"

/* --- shapes_lay.c: people laid together --- */

struct bone_people {
    uint32_t count, vertices;
    struct ost_mesh **body; /* owned; in the model's frame, of one size */
    struct ost_mesh *mean;  /* owned */
    double log_size_sd;
};
OST_MUST_CHECK
bool bone_people_make(const struct ost_bone_population *population, bool coarse,
                      struct bone_people *out, struct ost_err *err);
void bone_people_fini(struct bone_people *people);

/* --- shapes_pull.c --- */

/* Bends a fitted surface onto the one it was fitted to, which lies within some mm of it. */
OST_MUST_CHECK
bool bone_pull_onto(struct ost_mesh *body, const struct ost_mesh *surface, struct ost_err *err);
/* Moves every vertex to the surface's nearest point. */
OST_MUST_CHECK
bool bone_put_onto(struct ost_mesh *body, const struct ost_mesh *surface, struct ost_err *err);

/* --- shapes_vary.c: their differences as modes --- */

OST_MUST_CHECK
bool bone_modes_make(const struct bone_people *people, const struct ost_bone_train *options,
                     uint32_t *count, float **mode, double *residual, struct ost_err *err);

#endif
