/* UTF-8 (RFC 3629), one code point at a time. */
#ifndef OST_PLAN_UTF8_IMPL_H
#define OST_PLAN_UTF8_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes its first byte announces; 0 where none can begin so. */
static inline size_t ost_utf8_length(unsigned char first)
{
    if (first < 0x80)
        return first == 0 ? 0 : 1;
    if (first < 0xC2 || first > 0xF4)
        return 0;
    return first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

/* Bytes of the code point at `p`: 0 where it is malformed, overlong, a surrogate or NUL. */
static inline size_t ost_utf8_get(const unsigned char *p, size_t len)
{
    static const uint32_t least[] = {0, 1, 0x80, 0x800, 0x10000};
    size_t n = len == 0 ? 0 : ost_utf8_length(p[0]);
    if (n == 0 || n > len)
        return 0;
    uint32_t point = n == 1 ? p[0] : p[0] & (0xFFu >> (n + 1));
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return 0;
        point = point << 6 | (p[i] & 0x3F);
    }
    bool surrogate = point >= 0xD800 && point <= 0xDFFF;
    return point < least[n] || point > 0x10FFFF || surrogate ? 0 : n;
}

/* Writes `point` (at most 0x10FFFF) and returns its 1 to 4 bytes. */
static inline size_t ost_utf8_put(uint32_t point, char *to)
{
    size_t n = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = n; i-- > 1; point >>= 6)
        to[i] = (char)(0x80 | (point & 0x3F));
    to[0] = (char)(lead[n] | point);
    return n;
}

#endif
