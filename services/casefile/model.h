/*
 * The model files that ship, and which networks go with which shape prior: those beside
 * forearm.ostm are predictor.ostm, those beside forearm_nobrown.ostm predictor_nobrown.ostm, and
 * so on. Networks must not have learned from a person whom the prior beside them has not seen, or
 * a figure on that person would be no figure.
 */
#ifndef OST_CASEFILE_MODEL_H
#define OST_CASEFILE_MODEL_H

#include "recon/shape/predictor.h"

OST_C_BEGIN

/* The path of the networks that go with a prior of this path. OST_LIMIT where it has no room. */
OST_MUST_CHECK
bool ost_model_predictor_path(const char *prior_path, char *out, size_t size, struct ost_err *err);

/*
 * The networks of a file, opened on a prior; NULL, and true, where there is no such file: films
 * are then searched. The caller's to destroy.
 */
OST_MUST_CHECK
bool ost_model_predictor_read(const char *path, const struct ost_prior *prior,
                              struct ost_predictor **out, struct ost_err *err);

OST_C_END

#endif
