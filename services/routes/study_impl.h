/* Study files, as jobs are asked for them. */
#ifndef OST_ROUTES_STUDY_IMPL_H
#define OST_ROUTES_STUDY_IMPL_H

#include "recon/base/sha256.h"
#include "services/routes/call_impl.h"

enum { OST_STUDY_NAME_MOST = 32 }; /* with its NUL, as fem/study has it */

/* The digest of the study's file in hexadecimal; OST_INVALID where there is none. */
OST_MUST_CHECK
bool ost_study_find(const struct ost_app *app, const char *name, char sha256[OST_SHA256_HEX],
                    struct ost_err *err);

#endif
