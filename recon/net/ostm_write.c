#include "recon/base/sha256.h"
#include "recon/net/ostm.h"
#include "recon/net/ostm_impl.h"

#include <math.h>
#include <string.h>

bool ost_ostm_name_is_sound(const char *name, size_t len)
{
    return len > 0 && len < OST_OSTM_NAME &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._") == len;
}

size_t ost_ostm_count(const struct ost_ostm_tensor *tensor)
{
    size_t count = 1;
    for (uint32_t i = 0; i < tensor->rank; i++)
        count *= tensor->dim[i];
    return count;
}

static void put_name(struct ost_buf *out, const char *name)
{
    size_t len = strlen(name);
    ost_buf_put_u16le(out, (uint16_t)len);
    ost_buf_put(out, name, len);
}

static bool put_text(struct ost_buf *out, const struct ost_ostm_text *text, struct ost_err *err)
{
    size_t len = strlen(text->value);
    if (!ost_ostm_name_is_sound(text->name, strlen(text->name)) || len > OST_OSTM_VALUE)
        return ost_fail(err, OST_INVALID, "ostm: a text of %zu bytes or its name is no good", len);
    put_name(out, text->name);
    ost_buf_put_u32le(out, (uint32_t)len);
    ost_buf_put(out, text->value, len);
    return true;
}

static void put_row16(struct ost_buf *out, const float *row, size_t count)
{
    float most = 0.0F;
    for (size_t i = 0; i < count; i++)
        most = fmaxf(most, fabsf(row[i]));
    float scale = most / (float)OST_OSTM_INT16;
    ost_buf_put_f32le(out, scale);
    for (size_t i = 0; i < count; i++) {
        long step = scale > 0.0F ? lroundf(row[i] / scale) : 0;
        step = step > OST_OSTM_INT16 ? OST_OSTM_INT16 : step;
        step = step < -OST_OSTM_INT16 ? -OST_OSTM_INT16 : step;
        ost_buf_put_u16le(out, (uint16_t)(int16_t)step);
    }
}

static bool put_tensor(struct ost_buf *out, const struct ost_ostm_tensor *t, struct ost_err *err)
{
    if (!ost_ostm_name_is_sound(t->name, strlen(t->name)) || t->rank < 1 ||
        t->rank > OST_OSTM_RANK) {
        return ost_fail(err, OST_INVALID, "ostm: a tensor of rank %u or its name is no good",
                        t->rank);
    }
    size_t count = ost_ostm_count(t);
    for (size_t i = 0; t->kind != OST_OSTM_INDEX && i < count; i++) {
        if (!isfinite(t->real[i]))
            return ost_fail(err, OST_INVALID, "ostm: number %zu of a tensor is not finite", i);
    }

    put_name(out, t->name);
    ost_buf_put_u8(out, (uint8_t)t->kind);
    ost_buf_put_u8(out, (uint8_t)t->rank);
    for (uint32_t i = 0; i < t->rank; i++)
        ost_buf_put_u32le(out, t->dim[i]);
    size_t row = t->dim[0] > 0 ? count / t->dim[0] : 0;
    for (size_t i = 0; t->kind == OST_OSTM_REAL16 && i < t->dim[0]; i++)
        put_row16(out, t->real + i * row, row);
    for (size_t i = 0; t->kind == OST_OSTM_REAL && i < count; i++)
        ost_buf_put_f32le(out, t->real[i]);
    for (size_t i = 0; t->kind == OST_OSTM_INDEX && i < count; i++)
        ost_buf_put_u32le(out, t->index[i]);
    return true;
}

bool ost_ostm_write(const struct ost_ostm_draft *draft, struct ost_buf *out, struct ost_err *err)
{
    static const unsigned char none[OST_SHA256_BYTES];
    if (out->len != 0 || draft->text_count > OST_OSTM_TEXTS ||
        draft->tensor_count > OST_OSTM_TENSORS) {
        return ost_fail(err, OST_INVALID, "ostm: %zu texts, %zu tensors", draft->text_count,
                        draft->tensor_count);
    }
    ost_buf_text(out, OST_OSTM_MAGIC);
    ost_buf_put_u32le(out, OST_OSTM_VERSION);
    ost_buf_put_u64le(out, 0);
    ost_buf_put(out, none, sizeof none);
    ost_buf_put_u32le(out, (uint32_t)draft->text_count);
    ost_buf_put_u32le(out, (uint32_t)draft->tensor_count);
    for (size_t i = 0; i < draft->text_count; i++) {
        if (!put_text(out, &draft->text[i], err))
            return false;
    }
    for (size_t i = 0; i < draft->tensor_count; i++) {
        if (!put_tensor(out, &draft->tensor[i], err))
            return false;
    }
    if (!ost_buf_done(out, err))
        return ost_err_note(err, "ostm");
    for (size_t i = 0; i < 8; i++)
        out->ptr[8 + i] = (unsigned char)((uint64_t)out->len >> (8 * i));
    ost_sha256_of(out->ptr + OST_OSTM_HEAD, out->len - OST_OSTM_HEAD, out->ptr + 16);
    return true;
}
