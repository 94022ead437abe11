/*
 * Reading bytes somebody else wrote: little-endian, never past the end. A reader
 * that ran out stays failed and gives zeros; ost_read_done() says so once.
 */
#ifndef OST_BASE_READ_H
#define OST_BASE_READ_H

#include "recon/base/err.h"

#include <stddef.h>
#include <stdint.h>

OST_C_BEGIN

struct ost_read {
    const unsigned char *ptr; /* borrowed */
    size_t len, at;
    bool failed;
};

static inline struct ost_read ost_read_of(const void *bytes, size_t len)
{
    return (struct ost_read){.ptr = (const unsigned char *)bytes, .len = len};
}

/* `len` bytes, borrowed from the input; NULL past the end. */
const unsigned char *ost_read_bytes(struct ost_read *read, size_t len);
uint8_t ost_read_u8(struct ost_read *read);
uint16_t ost_read_u16le(struct ost_read *read);
uint32_t ost_read_u32le(struct ost_read *read);
uint64_t ost_read_u64le(struct ost_read *read);
float ost_read_f32le(struct ost_read *read);
double ost_read_f64le(struct ost_read *read);

/* Fails with OST_CORRUPT where anything was asked for past the end. */
OST_MUST_CHECK bool ost_read_done(const struct ost_read *read, struct ost_err *err);

OST_C_END

#endif
