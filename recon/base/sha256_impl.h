/* The compression function, where the processor has instructions for it. */
#ifndef OST_BASE_SHA256_IMPL_H
#define OST_BASE_SHA256_IMPL_H

#include "recon/base/sha256.h"

#include <stdbool.h>

extern const uint32_t ost_sha256_constant[64]; /* of the rounds */

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define OST_SHA256_X86

bool ost_sha256_x86_present(void);

/* `blocks` of 64 bytes into the state. */
void ost_sha256_x86(uint32_t state[8], const unsigned char *bytes, size_t blocks);
#endif

#endif
