/* Everything `osteon bench recon` found, before anybody prints it. */
#ifndef OST_BENCH_REPORT_H
#define OST_BENCH_REPORT_H

#include "services/bench/score.h"

OST_C_BEGIN

enum ost_bench_part {
    OST_BENCH_PART_SIMULATED,
    OST_BENCH_PART_SHIFTED,
    OST_BENCH_PART_CURVES,
    OST_BENCH_PART_LEAVE_ONE_OUT,
    OST_BENCH_PART_BIPLANE,
    OST_BENCH_PART_FEMUR,
    OST_BENCH_PART_LAYERS,
    OST_BENCH_PART_BMD,
    OST_BENCH_PARTS
};

/* All cases of one set, by every method that ran; scores of a method lie in set order. */
struct ost_bench_set_report {
    size_t count;
    struct ost_bench_score *score[OST_BENCH_METHODS]; /* owned; NULL where it did not run */
};

/*
 * One place on a curve: the same few cases of the simulated set, spoilt one way. Noise is in
 * multiples of the set's own.
 */
struct ost_bench_point {
    const char *curve; /* "view_angle_deg", "noise", "jpeg_quality", "cameras" */
    double at;
    size_t cases, answered;
    double asd[OST_BENCH_BODIES], raw[OST_BENCH_BODIES]; /* shown; raw NaN without cameras */
    double tilt;                                         /* mean absolute error, degrees */
};
enum { OST_BENCH_POINTS = 24 };

/* A person left out of the prior, on films rendered from that person's own surfaces. */
struct ost_bench_left_out {
    const char *subject; /* "calgary healthy" */
    bool fine;           /* of high resolution: counts in leave_one_out.asd_mm */
    bool answered;
    char why[200];
    bool has[OST_BONES];                            /* a surface that can be measured */
    struct ost_bench_distances distance[OST_BONES]; /* only within the real extent */
    double extent_mm[OST_BONES];                    /* of the real surface along the shaft */
    double seconds, peak_mb, residual_mm;
};
enum { OST_BENCH_PEOPLE = 6 };

struct ost_bench_biplane {
    bool ran;
    size_t views;
    struct ost_find_contour contour[2];
    double seconds, peak_mb;
};

/* Single figures of parts that have a room of their own, with the keys they go by. */
enum ost_bench_figure {
    OST_BENCH_FEMUR_ASD,
    OST_BENCH_FEMUR_TL_ASD,
    OST_BENCH_LAYERS_MASS,
    OST_BENCH_LAYERS_PSNR,
    OST_BENCH_BMD_R,
    OST_BENCH_FIGURES
};
struct ost_bench_figure_key {
    const char *part, *key; /* "femur", "asd_mm" */
    const char *what;       /* for the table, with the anchor */
};
const struct ost_bench_figure_key *ost_bench_figure_key(enum ost_bench_figure figure);

struct ost_bench_report {
    bool quick;
    const char *digest;    /* borrowed from the prior */
    const char *predictor; /* digest of the networks, borrowed; NULL where none was used */
    char processor[64];
    int threads;
    double load[2]; /* before and after */
    double seconds; /* the whole bench */
    struct ost_bench_set_report set[OST_BENCH_SETS];
    struct ost_bench_point point[OST_BENCH_POINTS];
    size_t points;
    struct ost_bench_left_out person[OST_BENCH_PEOPLE];
    size_t people;
    struct ost_bench_biplane biplane;
    double figure[OST_BENCH_FIGURES];    /* NaN where nobody measured */
    char left_out[OST_BENCH_PARTS][256]; /* the reason; "" where the part ran */
};
const char *ost_bench_part_name(enum ost_bench_part part);

void ost_bench_report_fini(struct ost_bench_report *report);

/* The list with published anchors beside it, on stdout. */
void ost_bench_print_table(const struct ost_bench_report *report);

/* One object with the keys that are agreed, on stdout. */
void ost_bench_print_json(const struct ost_bench_report *report);

OST_C_END

#endif
