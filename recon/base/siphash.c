#include "recon/base/siphash.h"

static uint64_t rotl(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

static uint64_t read64(const unsigned char *p, size_t len)
{
    uint64_t v = 0;
    for (size_t i = 0; i < len; i++)
        v |= (uint64_t)p[i] << (8 * i);
    return v;
}

static void rounds(uint64_t v[4], int count)
{
    for (int i = 0; i < count; i++) {
        v[0] += v[1];
        v[1] = rotl(v[1], 13) ^ v[0];
        v[0] = rotl(v[0], 32);
        v[2] += v[3];
        v[3] = rotl(v[3], 16) ^ v[2];
        v[0] += v[3];
        v[3] = rotl(v[3], 21) ^ v[0];
        v[2] += v[1];
        v[1] = rotl(v[1], 17) ^ v[2];
        v[2] = rotl(v[2], 32);
    }
}

static void absorb(uint64_t v[4], uint64_t word)
{
    v[3] ^= word;
    rounds(v, 2);
    v[0] ^= word;
}

static uint64_t squeeze(uint64_t v[4])
{
    rounds(v, 4);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

struct ost_u128 ost_siphash(const unsigned char key[OST_SIPHASH_KEY_BYTES], const void *bytes,
                            size_t len)
{
    const unsigned char *p = bytes;
    uint64_t k0 = read64(key, 8), k1 = read64(key + 8, 8);
    uint64_t v[4] = {k0 ^ 0x736f6d6570736575U, k1 ^ 0x646f72616e646f6dU ^ 0xeeU,
                     k0 ^ 0x6c7967656e657261U, k1 ^ 0x7465646279746573U};
    for (size_t at = 0; at + 8 <= len; at += 8)
        absorb(v, read64(p + at, 8));
    absorb(v, (uint64_t)len << 56 | read64(p + len / 8 * 8, len % 8));

    struct ost_u128 out;
    v[2] ^= 0xee;
    out.low = squeeze(v);
    v[1] ^= 0xdd;
    out.high = squeeze(v);
    return out;
}
