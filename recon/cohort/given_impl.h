/* A body of given surfaces. */
#ifndef OST_COHORT_GIVEN_IMPL_H
#define OST_COHORT_GIVEN_IMPL_H

#include "recon/cohort/body_impl.h"
#include "recon/cohort/given.h"

/* Bones (the prior's topology, for what is read off it), distances, size and place. */
OST_MUST_CHECK
bool ost_body_given(struct ost_body *body, const struct ost_given *given,
                    struct ost_given_place *place, struct ost_err *err);

/* mm beyond an end, negative before it. */
double ost_given_along(const struct ost_compare_cut *end, const double p[3]);

/* Size of the mean and motion of the radius at which the two lie nearest. */
OST_MUST_CHECK
bool ost_given_lay(const struct ost_prior *prior, const struct ost_given *given,
                   struct ost_given_place *place, struct ost_err *err);

/* What is filmed of a bone. */
OST_MUST_CHECK
bool ost_body_given_surface(const struct ost_body *body, enum ost_bone bone, struct ost_mesh **out,
                            struct ost_err *err);

#endif
