/*
 * SipHash-2-4 with 128 bits out (Aumasson and Bernstein 2012): a fast keyed hash for
 * comparing states, the same in every build. Not for secrets.
 */
#ifndef OST_BASE_SIPHASH_H
#define OST_BASE_SIPHASH_H

#include "recon/base/attr.h"

#include <stddef.h>
#include <stdint.h>

OST_C_BEGIN

enum { OST_SIPHASH_KEY_BYTES = 16 };

struct ost_u128 {
    uint64_t low, high;
};

struct ost_u128 ost_siphash(const unsigned char key[OST_SIPHASH_KEY_BYTES], const void *bytes,
                            size_t len);

/* Modulo 2^128. */
static inline struct ost_u128 ost_u128_add(struct ost_u128 a, struct ost_u128 b)
{
    uint64_t low = a.low + b.low;
    return (struct ost_u128){.low = low, .high = a.high + b.high + (low < a.low ? 1 : 0)};
}

static inline struct ost_u128 ost_u128_sub(struct ost_u128 a, struct ost_u128 b)
{
    return (struct ost_u128){.low = a.low - b.low,
                             .high = a.high - b.high - (a.low < b.low ? 1 : 0)};
}

OST_C_END

#endif
