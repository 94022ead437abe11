/*
 * A digital X-ray file (DX For Presentation, explicit little-endian) as a hospital's
 * archive would send it, identity and all: something for intake to take apart. Only
 * simulated films are ever written this way.
 */
#ifndef OST_COHORT_DX_H
#define OST_COHORT_DX_H

#include "recon/base/buf.h"
#include "recon/image/film.h"
#include "recon/image/image.h"

OST_C_BEGIN

struct ost_dx {
    const char *patient_name; /* "FAMILY^GIVEN", ASCII, at most 64 bytes */
    const char *patient_id;
    const char *birth_date, *study_date; /* "19470312" */
    const char *institution, *physician;
    enum ost_side side;
    enum ost_projection projection;
    double spacing; /* mm, of the detector's pixel */
    double source_to_detector;
    uint64_t number; /* unique ids grow from it: equal numbers, equal files */
};

/* `film` holds 0..65535, bones bright; it is stored with 12 bits. */
OST_MUST_CHECK
bool ost_dx_write(const struct ost_dx *dx, const struct ost_image *film, struct ost_buf *out,
                  struct ost_err *err);

OST_C_END

#endif
