/*
 * What a key makes of an identifier: HMAC-SHA-256 (RFC 2104) shortened to what DICOM can
 * hold. The same key and value always give the same result, on every machine, so no table
 * of names is kept anywhere; without the key nothing leads back.
 */
#ifndef OST_DICOM_KEYED_H
#define OST_DICOM_KEYED_H

#include "recon/base/attr.h"
#include "recon/base/sha256.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

OST_C_BEGIN

enum { OST_KEYED_UID_BYTES = 16, OST_KEYED_UID_TEXT = 48, OST_KEYED_CODE_TEXT = 20 };

/* `purpose` keeps the uses of one key apart; it is static text. */
void ost_keyed_hash(const void *key, size_t key_len, const char *purpose, const void *value,
                    size_t value_len, unsigned char digest[OST_SHA256_BYTES]);

/* "2.25." and the 128 bits as a decimal number (PS3.5 B.2). */
void ost_keyed_uid_text(const unsigned char bits[OST_KEYED_UID_BYTES],
                        char text[OST_KEYED_UID_TEXT]);

/* "OST-" and 15 capitals and digits (75 bits), the pseudonym of a patient id. */
void ost_keyed_code_text(const unsigned char digest[OST_SHA256_BYTES],
                         char text[OST_KEYED_CODE_TEXT]);

/*
 * Days to go back, from 1 to 3650, the same for everything of one patient; a multiple of
 * seven (7 to 3647) where weekdays are to stay.
 */
int ost_keyed_shift_days(const unsigned char digest[OST_SHA256_BYTES], bool keep_weekday);

/*
 * A DICOM date (YYYYMMDD, or the first eight characters of a date and time) moved by
 * `days`, in place, by the proleptic Gregorian calendar. False where `text` is no date.
 */
OST_MUST_CHECK bool ost_keyed_shift_date(char *text, size_t len, int days);

OST_C_END

#endif
