/*
 * The guide of a case: from its radius and one state of its plan. Unless exactly that
 * state is approved it is a DRAFT: in the engraving and in the file name.
 */
#ifndef OST_STATION_GUIDE_H
#define OST_STATION_GUIDE_H

#include "recon/base/progress.h"
#include "recon/guide/guide.h"

OST_C_BEGIN

enum { OST_GUIDE_NAME = 32 };

struct ost_station_guide_options {
    const char *code; /* the case's code, engraved; NULL: see code.h */
    double voxel_mm;  /* 0: 0.3 */
};

/* What came of it, for whoever reports it. */
struct ost_station_guide_made {
    char name[OST_GUIDE_NAME];     /* the STL's name within result/ */
    bool approved, watertight, ok; /* ok: every check holds */
    bool released;                 /* an STL was written; else it is nothing to print */
    double min_wall_mm;
    uint32_t components, triangles;
};

/*
 * Reads CASE/result and CASE/plan.json; writes result/guide.stl (or
 * guide_DRAFT.stl), guide.glb and guide.json. A DRAFT that fails a check is written and
 * says so. No STL is written, and one of before is removed, where the guide is not
 * closed, is not one piece, or fails any check and would not be a DRAFT: guide.json
 * then says `withheld`, and guide.glb is there to be looked at.
 */
OST_MUST_CHECK
bool ost_station_guide(const char *case_dir, const struct ost_station_guide_options *options,
                       const struct ost_progress *progress, struct ost_station_guide_made *made,
                       struct ost_err *err);

OST_C_END

#endif
