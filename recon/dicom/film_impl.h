/* What a clean record tells of a data set: closed words, numbers and pixels. */
#ifndef OST_DICOM_FILM_IMPL_H
#define OST_DICOM_FILM_IMPL_H

#include "recon/dicom/clean.h"
#include "recon/dicom/dataset_impl.h"
#include "recon/dicom/raw_impl.h"

OST_C_BEGIN

/* Kind and modality by SOP class; OST_UNSUPPORTED for what is neither film nor CT slice. */
OST_MUST_CHECK
bool ost_film_kind(const struct ost_dataset *dataset, struct ost_clean_facts *facts,
                   struct ost_err *err);

/* Spacing, magnification, projection, side; for a CT slice its place in the patient. */
OST_MUST_CHECK
bool ost_film_facts(const struct ost_dataset *dataset, struct ost_clean_facts *facts,
                    struct ost_err *err);

/*
 * The modality look-up table or the rescale of `dataset` over `raw`: a film in 8 or 16
 * bits (shifted and scaled into them where it must be), CT as Hounsfield units in 16 bits
 * signed. Sets size, bits, polarity and window of `facts`; appends the pixels to `out`.
 */
OST_MUST_CHECK
bool ost_film_pixels(const struct ost_dataset *dataset, const struct ost_raw *raw,
                     struct ost_clean_facts *facts, struct ost_buf *out, struct ost_err *err);

OST_C_END

#endif
