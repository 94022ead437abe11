#include "recon/base/read.h"

#include <string.h>

const unsigned char *ost_read_bytes(struct ost_read *read, size_t len)
{
    if (read->failed || len > read->len - read->at) {
        read->failed = true;
        return NULL;
    }
    const unsigned char *p = read->ptr + read->at;
    read->at += len;
    return p;
}

static uint64_t little_endian(struct ost_read *read, size_t len)
{
    const unsigned char *p = ost_read_bytes(read, len);
    uint64_t v = 0;
    for (size_t i = 0; p != NULL && i < len; i++)
        v |= (uint64_t)p[i] << (8 * i);
    return v;
}

uint8_t ost_read_u8(struct ost_read *read)
{
    return (uint8_t)little_endian(read, 1);
}

uint16_t ost_read_u16le(struct ost_read *read)
{
    return (uint16_t)little_endian(read, 2);
}

uint32_t ost_read_u32le(struct ost_read *read)
{
    return (uint32_t)little_endian(read, 4);
}

uint64_t ost_read_u64le(struct ost_read *read)
{
    return little_endian(read, 8);
}

float ost_read_f32le(struct ost_read *read)
{
    uint32_t bits = ost_read_u32le(read);
    float v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

double ost_read_f64le(struct ost_read *read)
{
    uint64_t bits = ost_read_u64le(read);
    double v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

bool ost_read_done(const struct ost_read *read, struct ost_err *err)
{
    if (read->failed)
        return ost_fail(err, OST_CORRUPT, "bytes end at %zu, more was promised", read->len);
    return true;
}
