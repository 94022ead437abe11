/* Sizes are multiplied here and nowhere else. */
#ifndef OST_BASE_ARRAY_H
#define OST_BASE_ARRAY_H

#include "recon/base/err.h"

#include <stddef.h>

OST_C_BEGIN

/* count * size in `*bytes`; fails with OST_LIMIT where the product overflows. */
OST_MUST_CHECK
static inline bool ost_array_bytes(size_t count, size_t size, size_t *bytes, struct ost_err *err)
{
    if (__builtin_mul_overflow(count, size, bytes))
        return ost_fail(err, OST_LIMIT, "array of %zu times %zu bytes", count, size);
    return true;
}

#define OST_COUNT(array) (sizeof(array) / sizeof(array)[0])

OST_C_END

#endif
