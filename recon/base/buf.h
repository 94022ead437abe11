/*
 * Growing bytes, for building a file or a response.
 *
 * Appends do not report errors: a buffer that could not grow stays failed, and
 * ost_buf_done() says so once, at the end. Every buffer states its limit.
 */
#ifndef OST_BASE_BUF_H
#define OST_BASE_BUF_H

#include "recon/base/err.h"

#include <stddef.h>
#include <stdint.h>

OST_C_BEGIN

struct ost_buf {
    unsigned char *ptr; /* owned */
    size_t len, cap, limit;
    bool failed;
};

void ost_buf_init(struct ost_buf *buf, size_t limit);
void ost_buf_fini(struct ost_buf *buf); /* twice is fine */

void ost_buf_put(struct ost_buf *buf, const void *bytes, size_t len);
void ost_buf_put_u8(struct ost_buf *buf, uint8_t v);
void ost_buf_put_u16le(struct ost_buf *buf, uint16_t v);
void ost_buf_put_u32le(struct ost_buf *buf, uint32_t v);
void ost_buf_put_u64le(struct ost_buf *buf, uint64_t v);
void ost_buf_put_f32le(struct ost_buf *buf, float v);
void ost_buf_put_f64le(struct ost_buf *buf, double v);

/* NUL-less text. */
void ost_buf_text(struct ost_buf *buf, const char *text);
void ost_buf_print(struct ost_buf *buf, const char *fmt, ...) OST_PRINTF(2, 3);

OST_MUST_CHECK bool ost_buf_done(const struct ost_buf *buf, struct ost_err *err);

OST_C_END

#endif
