/*
 * The strings that name a patient, gathered before anything is removed and searched for
 * afterwards: names in all their groups and parts, ids, addresses, and the birth date as
 * people write it, Japanese eras included; Japanese text also in the encodings in which it
 * may stand elsewhere in the file. Case of ASCII letters does not matter.
 */
#ifndef OST_DICOM_IDENTITY_IMPL_H
#define OST_DICOM_IDENTITY_IMPL_H

#include "recon/base/err.h"

#include <stddef.h>
#include <stdint.h>

OST_C_BEGIN

enum {
    OST_IDENTITY_STRINGS = 4096,
    OST_IDENTITY_BYTES = 512 << 10,
    /* Shorter strings are looked for as whole words of text values only: by chance they
     * stand in numbers, in UIDs and in pixels. */
    OST_IDENTITY_BYTES_LEAST = 5,
    OST_IDENTITY_DIGITS_LEAST = 8,
    OST_IDENTITY_PIXELS_LEAST = 7,
    OST_IDENTITY_WORD_LEAST = 2
};

struct ost_identity;

OST_MUST_CHECK bool ost_identity_create(struct ost_identity **out, struct ost_err *err);
void ost_identity_destroy(struct ost_identity *identity); /* NULL is fine */
OST_AUTO_DEFINE(ost_identity);

/* A person name: groups split at '=', parts at '^' and blanks, and their usual joins. */
void ost_identity_add_name(struct ost_identity *identity, const char *value, size_t len);
/* An id, an address, a number: each value of a list, as it stands. */
void ost_identity_add_text(struct ost_identity *identity, const char *value, size_t len);
/* YYYYMMDD. */
void ost_identity_add_date(struct ost_identity *identity, const char *value, size_t len);

/* Strings that stand in `own`, words the de-identifier itself writes, are no longer searched. */
void ost_identity_forgive(struct ost_identity *identity, const char *own);

size_t ost_identity_count(const struct ost_identity *identity);

/* True where a string of the set stands in a text value: anywhere, or short ones as words. */
bool ost_identity_in_text(const struct ost_identity *identity, const char *value, size_t len);

/* True where a string of the set, not a short one, stands in these bytes. */
bool ost_identity_in_bytes(const struct ost_identity *identity, const void *bytes, size_t len);

/*
 * The same among pixels: strings of at least OST_IDENTITY_PIXELS_LEAST bytes, and none
 * that a smooth picture holds by chance ("00000001", "12345678").
 */
bool ost_identity_in_pixels(const struct ost_identity *identity, const void *bytes, size_t len);

/* Fails with OST_LIMIT where the set grew beyond its bounds: then nothing may be trusted. */
OST_MUST_CHECK bool ost_identity_done(const struct ost_identity *identity, struct ost_err *err);

OST_C_END

#endif
