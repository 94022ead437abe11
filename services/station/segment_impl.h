/* What the writers of a segmentation share. */
#ifndef OST_STATION_SEGMENT_IMPL_H
#define OST_STATION_SEGMENT_IMPL_H

#include "recon/segment/calibrate.h"
#include "recon/segment/name.h"
#include "recon/segment/segment.h"
#include "services/station/segment.h"

enum { OST_SEGMENT_STEM = 32, OST_SEGMENT_WARNINGS = 12 };

struct ost_segment_warning {
    const char *code, *text; /* static */
};

struct ost_segment_run {
    const char *case_dir;
    const struct ost_grid *ct;
    const struct ost_station_segment_options *options;
    struct ost_segment *segment;
    struct ost_calibration calibration;
    struct ost_bone_name name[OST_SEGMENT_BONES];
    char stem[OST_SEGMENT_BONES][OST_SEGMENT_STEM];
    double density[OST_SEGMENT_BONES]; /* mgHA/cm3, mean of a bone's voxels */
    size_t written;
    bool forearm;  /* radius and ulna were recognised */
    bool numbered; /* and result.json tells of them */
    size_t warning_count;
    struct ost_segment_warning warning[OST_SEGMENT_WARNINGS];
};

/*
 * result.json of a forearm by the shape prior laid on its bones; sets `numbered`. That
 * nothing fits is no error: then it stays unset. Before the bones themselves are written.
 */
OST_MUST_CHECK
bool ost_segment_write_forearm(struct ost_segment_run *run, const struct ost_progress *progress,
                               struct ost_err *err);

/*
 * Slope and base of a calibration file in place of what `out` holds; see
 * fem/bmd/calibration.h. Its forms:
 *   {"osteon_calibration":1,"how":"phantom","mineral":"hydroxyapatite","rods":
 *     [{"mg_cm3":0,"from":[x,y,z],"to":[x,y,z],"reach_mm":4}, ...]}   mm, as the CT has them
 *   {"osteon_calibration":1,"how":"table","mineral":"k2hpo4","kvp":120,"points":
 *     [[mg_cm3,HU], ...]}
 */
OST_MUST_CHECK
bool ost_segment_take_calibration(const struct ost_grid *ct, const void *json, size_t len,
                                  struct ost_calibration *out, struct ost_err *err);

OST_MUST_CHECK
bool ost_segment_write_json(const struct ost_segment_run *run, struct ost_err *err);

#endif
