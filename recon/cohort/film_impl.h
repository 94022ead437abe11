/* The two films of a finished patient. */
#ifndef OST_COHORT_FILM_IMPL_H
#define OST_COHORT_FILM_IMPL_H

#include "recon/cohort/patient.h"

/* What rays meet, in the world: mineral in any number of boxes, and tissue. */
struct ost_film_scene {
    const struct ost_patient *patient; /* for its request; cameras come from it too */
    const struct ost_grid *mineral[3];
    const struct ost_grid *tissue;
    double centre[3]; /* what the beam is aimed at, mm */
};

/* Camera and picture of the film with this number (0 PA, 1 lateral). */
OST_MUST_CHECK
bool ost_film_make(const struct ost_film_scene *scene, int number, struct ost_patient_film *out,
                   struct ost_err *err);

#endif
