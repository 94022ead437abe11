#include "recon/base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void ost_buf_init(struct ost_buf *buf, size_t limit)
{
    *buf = (struct ost_buf){.limit = limit};
}

void ost_buf_fini(struct ost_buf *buf)
{
    free(buf->ptr);
    *buf = (struct ost_buf){.failed = true};
}

static bool grow(struct ost_buf *buf, size_t extra)
{
    if (buf->failed || extra > buf->limit - buf->len)
        return false;
    size_t need = buf->len + extra;
    if (need <= buf->cap)
        return true;

    size_t cap = buf->cap > buf->limit / 2 ? buf->limit : buf->cap * 2;
    if (cap < need)
        cap = need;
    void *ptr = realloc(buf->ptr, cap);
    if (ptr == NULL)
        return false;
    buf->ptr = ptr;
    buf->cap = cap;
    return true;
}

void ost_buf_put(struct ost_buf *buf, const void *bytes, size_t len)
{
    if (len == 0)
        return;
    if (!grow(buf, len)) {
        buf->failed = true;
        return;
    }
    memcpy(buf->ptr + buf->len, bytes, len);
    buf->len += len;
}

void ost_buf_put_u8(struct ost_buf *buf, uint8_t v)
{
    ost_buf_put(buf, &v, 1);
}

void ost_buf_put_u16le(struct ost_buf *buf, uint16_t v)
{
    ost_buf_put(buf, (unsigned char[]){(unsigned char)v, (unsigned char)(v >> 8)}, 2);
}

void ost_buf_put_u32le(struct ost_buf *buf, uint32_t v)
{
    ost_buf_put_u16le(buf, (uint16_t)v);
    ost_buf_put_u16le(buf, (uint16_t)(v >> 16));
}

void ost_buf_put_f32le(struct ost_buf *buf, float v)
{
    uint32_t bits;
    memcpy(&bits, &v, sizeof bits);
    ost_buf_put_u32le(buf, bits);
}

void ost_buf_put_u64le(struct ost_buf *buf, uint64_t v)
{
    ost_buf_put_u32le(buf, (uint32_t)v);
    ost_buf_put_u32le(buf, (uint32_t)(v >> 32));
}

void ost_buf_put_f64le(struct ost_buf *buf, double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    ost_buf_put_u64le(buf, bits);
}

void ost_buf_text(struct ost_buf *buf, const char *text)
{
    ost_buf_put(buf, text, strlen(text));
}

void ost_buf_print(struct ost_buf *buf, const char *fmt, ...)
{
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    int len = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (len < 0 || (size_t)len >= sizeof text)
        buf->failed = true;
    else
        ost_buf_put(buf, text, (size_t)len);
}

bool ost_buf_done(const struct ost_buf *buf, struct ost_err *err)
{
    if (buf->failed)
        return ost_fail(err, OST_LIMIT, "buffer stopped at %zu of %zu bytes", buf->len, buf->limit);
    return true;
}
