/* A clean picture as the PNG that is looked at. */
#ifndef OST_ROUTES_PICTURE_IMPL_H
#define OST_ROUTES_PICTURE_IMPL_H

#include "recon/dicom/clean.h"
#include "services/routes/call_impl.h"

/* Answers with the whole picture in 8 bits. */
OST_MUST_CHECK
bool ost_picture_send(struct ost_call *call, const struct ost_clean_dicom *clean,
                      struct ost_err *err);

/* Lower-case hexadecimal of `len` bytes with its NUL. */
void ost_picture_hex(const unsigned char *bytes, size_t len, char *text);

#endif
