/*
 * What every structure of a simulated patient puts into the rays of its films, straight
 * from the voxels the films were made of: the answer a decomposition is judged by.
 */
#ifndef OST_COHORT_EXACT_H
#define OST_COHORT_EXACT_H

#include "recon/cohort/patient.h"

OST_C_BEGIN

enum ost_exact_structure {
    OST_EXACT_RADIUS, /* mineral, g/cm2 */
    OST_EXACT_ULNA,
    OST_EXACT_HAND,   /* carpals and metacarpals */
    OST_EXACT_TISSUE, /* gross flesh, g/cm2: as much as there would be without mineral */
    OST_EXACT_STRUCTURES
};

struct ost_exact {
    struct ost_image *area[OST_EXACT_STRUCTURES]; /* owned; of the film's size */
};

/* `film` is 0 or 1 as in the patient. */
OST_MUST_CHECK
bool ost_exact_create(const struct ost_patient *patient, int film, struct ost_exact **out,
                      struct ost_err *err);
void ost_exact_destroy(struct ost_exact *exact); /* NULL is fine */
OST_AUTO_DEFINE(ost_exact);

/* A part of a bone between two planes across `axis`; depth = (origin - point) . axis, mm. */
struct ost_exact_slab {
    double origin[3], axis[3]; /* axis: unit, proximal to distal */
    double beam[3];            /* unit, across the axis */
    double from, to;
};

/*
 * As a densitometer sees it, g/cm2: the mineral summed along parallel beams, mean of the
 * places that hold as much as 0.3 mm of cortex, on a raster of 0.4 mm. NAN where
 * there is none.
 */
double ost_exact_areal(const struct ost_grid *mineral, const struct ost_exact_slab *slab);

/* All mineral between the planes, g. */
double ost_exact_content(const struct ost_grid *mineral, const struct ost_exact_slab *slab);

OST_C_END

#endif
