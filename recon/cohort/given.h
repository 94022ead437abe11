/*
 * Films of somebody whose bones are known as surfaces: real bones in simulated flesh, beside a
 * simulated hand, by the rays that make every other film here. Everything but the surfaces is
 * simulated.
 *
 * Where a surface ends, the prior's mean goes on: at the size and place at which it lies best
 * on what there is, drawn to the section there, the two blended over the last 5 mm of the
 * surface. A bone that is not given is the prior's mean beside the radius; of less than 15 mm of an
 * ulna only where it ends is taken, and on which side of the radius it lies. So nothing that
 * lies within 5 mm of an end, or beyond it, is anybody's.
 */
#ifndef OST_COHORT_GIVEN_H
#define OST_COHORT_GIVEN_H

#include "recon/cohort/patient.h"
#include "recon/mesh/compare.h"

OST_C_BEGIN

static const double ost_given_blend_mm = 5.0;

/* Of a right arm, in any space that both share. Closed, open at one end, or sawn and closed. */
struct ost_given {
    const struct ost_mesh *surface[OST_BONES]; /* borrowed; the ulna may be NULL */
};

struct ost_given_place {
    struct ost_rigid motion;               /* from the surfaces' space to the patient's world */
    double scale;                          /* of the prior's mean that goes on */
    bool has_end[OST_BONES];               /* false: the whole bone is given, or none of it */
    struct ost_compare_cut end[OST_BONES]; /* in the world */
    double extent[OST_BONES];              /* mm of the surface along the shaft; 0: not given */
};

/*
 * `request` must be of a right arm without a malunion. Of the patient, `bone` are the surfaces as
 * filmed, up to where films can show them; `target` is NULL; the numbers are the mean's.
 */
OST_MUST_CHECK
bool ost_patient_of_surfaces(const struct ost_prior *prior,
                             const struct ost_patient_request *request,
                             const struct ost_given *given, const struct ost_progress *progress,
                             struct ost_patient **out, struct ost_given_place *place,
                             struct ost_err *err);

OST_C_END

#endif
