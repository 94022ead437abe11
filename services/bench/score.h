/* One answer held against one truth. */
#ifndef OST_BENCH_SCORE_H
#define OST_BENCH_SCORE_H

#include "services/bench/measure.h"
#include "services/bench/method.h"

OST_C_BEGIN

enum ost_bench_body { OST_BENCH_RADIUS, OST_BENCH_ULNA, OST_BENCH_TOGETHER, OST_BENCH_BODIES };
const char *ost_bench_body_name(enum ost_bench_body body); /* "together" */

/*
 * ROTATION: of the distal radius about the shaft. Both bones' shafts, from 30 mm to the end of
 * what is shown, are laid on the truth's as one body; the rigid motion that then brings the
 * vertices of the truth's distal 20 mm nearest to the result's own turns by so much.
 */
enum ost_bench_number {
    OST_BENCH_TILT,
    OST_BENCH_INCLINATION,
    OST_BENCH_ROTATION,
    OST_BENCH_VARIANCE,
    OST_BENCH_HEIGHT,
    OST_BENCH_NUMBERS
};
const char *ost_bench_number_name(enum ost_bench_number number); /* "volar_tilt" */

struct ost_bench_score {
    uint64_t seed;
    bool left, broken; /* of the truth */
    bool answered;     /* else `why`, and nothing below */
    char why[200];
    bool told_broken;
    struct ost_bench_distances body[OST_BENCH_BODIES];
    double error[OST_BENCH_NUMBERS]; /* result - truth: degrees, mm */
    double sd[OST_BENCH_NUMBERS];    /* told; NaN where nothing is */
    /*
     * Vertices of the answer that are shown, with both bones laid on the truth as one: the share
     * that lies within 1.96 of its own told SD of the truth's surface, and the mean SD. NaN
     * where no spread is told.
     */
    double band_share, predicted_mm;
    double residual_mm, seconds, peak_mb;
};

/* The distance by which everything is headed: after alignment, of what all films show. */
double ost_bench_shown_asd(const struct ost_bench_score *score, enum ost_bench_body body);

/* Told intervals of 95 % hold the truth; false too where none is told. */
bool ost_bench_covers(const struct ost_bench_score *score, enum ost_bench_number number);

/* A case nobody would want to be operated on from: no answer, 2 mm off, or 5 degrees. */
bool ost_bench_failed(const struct ost_bench_score *score);

OST_MUST_CHECK
bool ost_bench_score(const struct ost_bench_case *kase, const struct ost_bench_answer *answer,
                     struct ost_bench_score *out, struct ost_err *err);

/*
 * The share of an answer's shown vertices that lie within 1.96 SD of the truth after `motion`,
 * and their mean SD; both bones in one pool, each vertex by its share of the area.
 */
OST_MUST_CHECK
bool ost_bench_band(const struct ost_bench_pair *pair, const float *const *sd, size_t count,
                    const struct ost_region_frame *frame, const struct ost_rigid *motion,
                    double *share, double *mean_sd, struct ost_err *err);

OST_C_END

#endif
