/*
 * Where lettering may be burned into a film. Names, dates and numbers that a device or a
 * scanner wrote into the pixels are small marks of even height and sharp edges that stand
 * in a line; bone, skin and casts are not. The boxes are shown to a person, who decides:
 * a box too many costs a glance, a name too few costs a patient's privacy, and neither is
 * decided here.
 */
#ifndef OST_DICOM_LETTERING_H
#define OST_DICOM_LETTERING_H

#include "recon/base/err.h"
#include "recon/dicom/clean.h"

OST_C_BEGIN

struct ost_lettering {
    struct ost_clean_box box[OST_CLEAN_BOXES]; /* from the top, then from the left */
    uint32_t count;
};

/* `pixels` as a clean record holds them: facts->width * height, 8 or 16 bits. */
OST_MUST_CHECK
bool ost_lettering_find(const unsigned char *pixels, const struct ost_clean_facts *facts,
                        struct ost_lettering *out, struct ost_err *err);

OST_C_END

#endif
