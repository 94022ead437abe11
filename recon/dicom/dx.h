/*
 * Writes a DICOM Digital X-Ray image (PS3.3 A.26, for presentation) from a picture and what
 * a device would know about it, the patient's name included: simulated films for tests and
 * for the sample, so that the whole way in is walked. Nothing is drawn or timed here: the
 * same input gives the same bytes.
 */
#ifndef OST_DICOM_DX_H
#define OST_DICOM_DX_H

#include "recon/base/buf.h"
#include "recon/base/err.h"
#include "recon/image/image.h"

OST_C_BEGIN

/* Text is UTF-8; NULL or empty leaves the attribute out or empty, as its type allows. */
struct ost_dx {
    const char *patient_name; /* "Family^Given=..." */
    const char *patient_id;
    const char *birth_date; /* YYYYMMDD */
    const char *sex;        /* M, F, O */
    const char *study_date; /* YYYYMMDD */
    const char *institution;
    const char *physician; /* referring */
    const char *accession;
    const char *uid_root;   /* "1.2.3"; study .1, series .2, instance .3.number */
    int number;             /* of the image in its series, from 1 */
    const char *view;       /* ViewPosition: PA, AP, LL, RL */
    const char *laterality; /* L, R */
    const char *body_part;  /* NULL: WRIST */
    double spacing;         /* mm at the detector; 0: not stated */
    double magnification;   /* 0: not stated */
    bool low_is_bright;     /* MONOCHROME1: the picture is stored inverted */
};

/* `image` holds 0..4095, larger brighter; values are rounded and kept within. */
OST_MUST_CHECK
bool ost_dx_write(const struct ost_dx *dx, const struct ost_image *image, struct ost_buf *out,
                  struct ost_err *err);

OST_C_END

#endif
