/*
 * How far two surfaces lie apart: the pooled symmetric average surface distance of
 * Shiode et al. 2021 (Sci Rep 11:15249). Both surfaces are sampled evenly by area,
 * each point is measured exactly to the triangles of the other, and the two sets
 * are pooled: ASD = (sum over A of d(p, B) + sum over B of d(p, A)) / (|A| + |B|).
 */
#ifndef OST_MESH_COMPARE_H
#define OST_MESH_COMPARE_H

#include "recon/mesh/mesh.h"

#include <stddef.h>

OST_C_BEGIN

/* An end where a bone was cut: `normal` (unit) points out of the part that is kept. */
struct ost_compare_cut {
    double point[3], normal[3];
};

/* All zero means: 0.5 mm, 5 mm, no stated cuts. */
struct ost_compare_options {
    double spacing;                    /* mm between samples: area / spacing^2 points */
    double cut_margin;                 /* mm left out at an open end; negative: leave nothing out */
    const struct ost_compare_cut *cut; /* borrowed; for ends that were cut and capped */
    size_t cut_count;
};

/*
 * A point counts where it is farther than the margin from the rim of its own
 * surface and from every stated cut, and where its nearest point is farther than
 * the margin from the other's rim: so a whole bone can be held against a piece.
 */
struct ost_compare_result {
    double asd, rms, hd95, max; /* mm; hd95: the larger of the two directed 95th percentiles */
    double mean[2];             /* directed: first to second, second to first */
    size_t count[2];            /* samples that counted */
    size_t left_out[2];         /* samples near an open end */
};

struct ost_compare_pair {
    const struct ost_mesh *first, *second; /* borrowed */
};

enum { OST_COMPARE_PAIRS = 16 };

/* Fails where a surface is empty or nothing of it counts. */
OST_MUST_CHECK
bool ost_compare(const struct ost_mesh *first, const struct ost_mesh *second,
                 const struct ost_compare_options *options, struct ost_compare_result *out,
                 struct ost_err *err);

/*
 * Parts of the second surfaces: bit r of what `of` says is set where a point of the pair's
 * second surface, with the outward normal there, belongs to region r. A point of a first
 * surface belongs where its nearest point on the second does, so that what is missed and what
 * is too much count alike.
 */
struct ost_compare_regions {
    uint32_t (*of)(const void *user, size_t pair, const double point[3], const double normal[3]);
    const void *user; /* borrowed */
    size_t count;     /* at most OST_COMPARE_REGIONS */
};
enum { OST_COMPARE_REGIONS = 8 };

/*
 * One result for each region, from one set of samples. A region that no sample of one of the
 * two sides lies in has counts of zero and no distances; that is no error.
 */
OST_MUST_CHECK
bool ost_compare_by_region(const struct ost_compare_pair *pair, size_t pair_count,
                           const struct ost_compare_options *options,
                           const struct ost_compare_regions *regions,
                           struct ost_compare_result *out, struct ost_err *err);

/* The points of all pairs in one pool: radius and ulna together. `options` may be NULL. */
OST_MUST_CHECK
bool ost_compare_pooled(const struct ost_compare_pair *pair, size_t pair_count,
                        const struct ost_compare_options *options, struct ost_compare_result *out,
                        struct ost_err *err);

OST_C_END

#endif
