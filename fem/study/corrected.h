/*
 * A bone as a plan would have it: cut by a plane, the distal part moved, and healed: the gap
 * between both sections is filled from one to the other, outline and density, and where the
 * parts overlap the denser counts. What heals is assumed to become what stands beside it.
 */
#ifndef OST_FEM_STUDY_CORRECTED_H
#define OST_FEM_STUDY_CORRECTED_H

#include "fem/mesh/field.h"
#include "fem/study/study.h"
#include "recon/image/grid.h"
#include "recon/math/rigid.h"
#include "recon/mesh/mesh.h"

OST_C_BEGIN

struct ost_correction {
    double point[3], normal[3]; /* mm; unit, pointing distal */
    struct ost_rigid motion;    /* of the distal part, from where it is to where it shall be */
};

/*
 * Fails with OST_INVALID where the plane misses the bone, the normal has no length of one, or
 * the motion is no rigid one of less than 90 degrees and 60 mm where the bone is cut.
 */
OST_MUST_CHECK
bool ost_corrected_surface(const struct ost_mesh *bone, const struct ost_correction *correction,
                           struct ost_mesh **out, struct ost_err *err);

/* A new box of the same voxels, wide enough for what has moved. */
OST_MUST_CHECK
bool ost_corrected_density(const struct ost_grid *density, const struct ost_correction *correction,
                           struct ost_grid **out, struct ost_err *err);

/* What lies between both sections of the cut, as a field without bounds; borrowed. */
struct ost_opened {
    struct ost_correction correction;
    struct ost_rigid back;
};
struct ost_opened ost_opened_of(const struct ost_correction *correction);
struct ost_field ost_field_of_opened(const struct ost_opened *gap);

/* Joint and landmarks move; the axes stay those of the forearm, along which it is loaded. */
void ost_corrected_anatomy(const struct ost_correction *correction,
                           struct ost_study_anatomy *anatomy);

OST_C_END

#endif
