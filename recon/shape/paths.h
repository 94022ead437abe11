/*
 * A film's attenuation beside the path lengths in cortex and marrow that a guess of the bones has
 * there, on a raster: the slow part of both (soft tissue, heel effect, scatter) taken off, the
 * gains of the film solved for, what is left, and its slopes as equations of a fit.
 */
#ifndef OST_SHAPE_PATHS_H
#define OST_SHAPE_PATHS_H

#include "recon/shape/shade.h"

OST_C_BEGIN

/* What differs between bones. */
struct ost_paths_rule {
    double raster_mm, slow_mm;
    double together_mm; /* pixels this near err together */
    /* Of the gains of marrow and cortex: where the film does not say, and between what it lies. */
    double ratio, ratio_least, ratio_most;
};

struct ost_paths {
    struct ost_shade *shade; /* owned; its film is flattened */
    struct ost_image
        *cortex; /* owned; path in cortex, mm, of this turn, flattened; until then all */
    struct ost_image *marrow; /* owned; path inside the cortex */
    struct ost_image *off;    /* owned; flattened film minus flattened model */
    float *slope;             /* owned; slope[pixel * unknowns + unknown] */
    uint32_t unknowns;
    double gain[2]; /* attenuation a mm: cortex, marrow */
    double spread;  /* of `off`, robust */
};

/* |cosine| below which a slope of a path is not believed. */
static const double ost_paths_steepest = 0.3;

/* What a mm that a surface's face adds to a path adds to the attenuation: the outer's, the inner's.
 */
static inline double ost_paths_factor(const struct ost_paths *paths, bool inner)
{
    return inner ? paths->gain[1] - paths->gain[0] : paths->gain[0];
}

/* Takes the shade over. Empty before; to be finished also where it fails. */
OST_MUST_CHECK
bool ost_paths_init(struct ost_paths *paths, struct ost_shade *shade,
                    const struct ost_paths_rule *rule, uint32_t unknowns, struct ost_err *err);
void ost_paths_fini(struct ost_paths *paths);

/* A turn: cleared, each bone's surfaces added, then compared. */
void ost_paths_clear(struct ost_paths *paths);
OST_MUST_CHECK
bool ost_paths_add(struct ost_paths *paths, const struct ost_mesh *outer,
                   const struct ost_mesh *inner, const struct ost_camera *camera,
                   struct ost_err *err);

/* The gains, and what is left. `*says` is false where the film shows no such bone. */
OST_MUST_CHECK
bool ost_paths_compare(struct ost_paths *paths, const struct ost_paths_rule *rule, bool *says,
                       struct ost_err *err);

/* How much a pixel counts: less the further it is off (Cauchy). */
double ost_paths_trust(const struct ost_paths *paths, size_t pixel);

/*
 * The right sides of the pixels' equations over their weight `worth`. The slow part is taken off
 * the residual once more, which is the gradient of the flattened sum of squares; its curvature is
 * that of the sum not flattened, so steps are a little short and never wild.
 */
OST_MUST_CHECK
bool ost_paths_pull(const struct ost_paths *paths, const struct ost_paths_rule *rule,
                    struct ost_image **out, double *worth, struct ost_err *err);

OST_C_END

#endif
