/* What one subject gives to the report, and what the papers say of it. */
#ifndef OST_COHORT_REPORT_IMPL_H
#define OST_COHORT_REPORT_IMPL_H

#include "recon/cohort/body_impl.h"
#include "recon/cohort/morphometry.h"
#include "recon/cohort/report.h"

/* Quantities go on after those of enum ost_morph. */
enum ost_read {
    OST_READ_TOTAL = OST_MORPHS, /* mgHA/cm3, 9.5 to 18.5 mm from the joint */
    OST_READ_SPONGY,
    OST_READ_CORTICAL,
    OST_READ_WALL,       /* mm of cortex there */
    OST_READ_WALL_SHAFT, /* mm, at 30 % of the length */
    OST_READ_CANAL,      /* mm, of the ulna's shaft */
    OST_READ_AREAL,      /* g/cm2, of the same part as TOTAL, dorsal to volar */
    /* Between the two arms of one person, the affected less the other. */
    OST_READ_LENGTH_APART, /* mm, of the distal radius along the shaft, whichever way */
    OST_READ_TURN_APART,   /* degrees, of the distal radius about the shaft */
    OST_READ_ULNA_APART,   /* mm, of the ulna's length, whichever way */
    OST_READ_ULNA_TURN_APART,
    OST_READS
};

struct ost_subject {
    struct ost_person person;
    double read[OST_READS];
};

/* Density of the radius and thickness of both cortices, from the fields that fill voxels. */
OST_MUST_CHECK
bool ost_report_density(const struct ost_body *body, double read[OST_READS], struct ost_err *err);

/* How two arms of one person differ; both whole, in the model's frame. */
void ost_report_asymmetry(const struct ost_body *one, const struct ost_body *other,
                          double read[OST_READS]);

enum ost_group { OST_GROUP_ALL, OST_GROUP_WOMEN, OST_GROUP_MEN };
enum ost_statistic {
    OST_STATISTIC_SPREAD, /* mean and deviation */
    OST_STATISTIC_YEARLY, /* change in % a year between two ages: regression of the logarithm */
    OST_STATISTIC_LIFE,   /* the same from the first age to the second in all, in % */
    OST_STATISTIC_RATIO   /* men over women, less one, in % */
};

struct ost_published {
    const char *key, *what, *unit, *source, *remark;
    int read; /* enum ost_morph or ost_read */
    enum ost_group group;
    enum ost_statistic statistic;
    double age[2];
    bool remembered;
    double mean, sd; /* NAN where the paper gives none */
};

size_t ost_report_table(const struct ost_published **out);

#endif
