/*
 * SHA-256 (FIPS 180-4), for rooms that run in the browser too, where no library
 * is at hand. Not for secrets: keyed hashing belongs to services.
 */
#ifndef OST_BASE_SHA256_H
#define OST_BASE_SHA256_H

#include "recon/base/attr.h"

#include <stddef.h>
#include <stdint.h>

OST_C_BEGIN

struct ost_sha256 {
    uint32_t state[8];
    uint64_t bytes;
    unsigned char block[64];
};

enum { OST_SHA256_BYTES = 32, OST_SHA256_HEX = 65 };

void ost_sha256_init(struct ost_sha256 *sha);
void ost_sha256_put(struct ost_sha256 *sha, const void *bytes, size_t len);
void ost_sha256_end(struct ost_sha256 *sha, unsigned char digest[OST_SHA256_BYTES]);

void ost_sha256_of(const void *bytes, size_t len, unsigned char digest[OST_SHA256_BYTES]);

/* Lower-case hexadecimal with its NUL. */
void ost_sha256_hex(const unsigned char digest[OST_SHA256_BYTES], char hex[OST_SHA256_HEX]);

OST_C_END

#endif
