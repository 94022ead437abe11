/* The joint surface's outline, seen along the axis, in the joint's frame. */
#ifndef OST_FEM_STUDY_OUTLINE_IMPL_H
#define OST_FEM_STUDY_OUTLINE_IMPL_H

#include "fem/study/load.h"

enum { OST_OUTLINE = 5 };

struct outline {
    double corner[OST_OUTLINE][3];
    double ridge; /* u between the fossae */
};

/* Toward radial, toward dorsal, along the axis. */
void outline_frame(const struct ost_study_anatomy *a, const double p[3], double out[3]);

OST_MUST_CHECK
bool outline_of(const struct ost_study_anatomy *a, struct outline *o, struct ost_err *err);

/* Whether a point of the frame lies within it. */
bool outline_within(const struct outline *o, const double p[3]);

/* mm across the axis to its edge, negative within. */
double outline_distance(const struct outline *o, const double p[3]);

#endif
