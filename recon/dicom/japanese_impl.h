/* Japanese text as other systems may have written it: encodings, and the two kana. */
#ifndef OST_DICOM_JAPANESE_IMPL_H
#define OST_DICOM_JAPANESE_IMPL_H

#include "recon/base/attr.h"

#include <stdbool.h>
#include <stddef.h>

OST_C_BEGIN

enum { OST_JAPANESE_FORMS = 6 };

/*
 * UTF-8 in another form: Shift_JIS, EUC-JP, ISO-2022-JP, katakana for hiragana and back,
 * and full-width kana for half-width. False where the form is the same, or there is none.
 */
bool ost_japanese_form(int form, const char *text, size_t len, char *out, size_t size,
                       size_t *out_len);

/* Loads the converters while files can still be opened. */
void ost_japanese_prepare(void);

OST_C_END

#endif
