/* What `struct ost_clean_dicom` holds: the record, and its bytes with the pixels in them. */
#ifndef OST_DICOM_CLEAN_OBJECT_IMPL_H
#define OST_DICOM_CLEAN_OBJECT_IMPL_H

#include "recon/dicom/clean_impl.h"

OST_C_BEGIN

struct ost_clean_dicom {
    struct ost_clean_record record;
    struct ost_buf bytes; /* owned; always the spelling of `record` */
    size_t pixels_at;
};

/* After a change of `record`: spells the bytes anew, pixels kept. */
OST_MUST_CHECK bool ost_clean_object_rewrite(struct ost_clean_dicom *clean, struct ost_err *err);

OST_C_END

#endif
