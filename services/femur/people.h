/*
 * The femora of 37 people (../shared/data/femur_population): for experiments only; nothing
 * learnt from them is kept or shipped. The fitted surfaces are in one frame; each surface
 * as segmented is laid onto its fitted one by six landmarks and closest points.
 */
#ifndef OST_FEMUR_PEOPLE_H
#define OST_FEMUR_PEOPLE_H

#include "recon/base/progress.h"
#include "recon/mesh/mesh.h"

OST_C_BEGIN

enum { OST_FEMUR_PEOPLE = 64 };

struct ost_femur_people {
    uint32_t count;
    int number[OST_FEMUR_PEOPLE];               /* of the file */
    struct ost_mesh *fitted[OST_FEMUR_PEOPLE];  /* owned; dense correspondence */
    struct ost_mesh *surface[OST_FEMUR_PEOPLE]; /* owned; as segmented, laid onto `fitted` */
};

/* In the order of their numbers. OST_UNAVAILABLE where `data` has no such folder. */
OST_MUST_CHECK
bool ost_femur_people_load(const char *data, const struct ost_progress *progress,
                           struct ost_femur_people *out, struct ost_err *err);
void ost_femur_people_fini(struct ost_femur_people *people);

/* Every fifth of them, the last of each five, is never trained on. */
bool ost_femur_is_test(uint32_t index);

OST_C_END

#endif
