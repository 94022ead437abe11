/* What libFuzzer calls, and how a target says that something must hold. */
#ifndef OST_TESTS_FUZZ_TARGET_H
#define OST_TESTS_FUZZ_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len);

static inline void must(bool truth)
{
    if (!truth)
        abort();
}

#endif
