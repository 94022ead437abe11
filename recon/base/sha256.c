#include "recon/base/sha256_impl.h"

#include <string.h>

const uint32_t ost_sha256_constant[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t rotr(uint32_t x, int k)
{
    return (x >> k) | (x << (32 - k));
}

static void schedule(const unsigned char *block, uint32_t w[64])
{
    for (int i = 0; i < 16; i++)
        w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
               (uint32_t)block[4 * i + 2] << 8 | (uint32_t)block[4 * i + 3];
    for (int i = 16; i < 64; i++) {
        uint32_t s0 = rotr(w[i - 15], 7) ^ rotr(w[i - 15], 18) ^ (w[i - 15] >> 3);
        uint32_t s1 = rotr(w[i - 2], 17) ^ rotr(w[i - 2], 19) ^ (w[i - 2] >> 10);
        w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
}

/* The eight words stay where they are; their names move on by one each round. */
static void compress(uint32_t state[8], const unsigned char *block)
{
    uint32_t w[64], v[8];
    schedule(block, w);
    memcpy(v, state, sizeof v);
    for (unsigned i = 0; i < 64; i++) {
        uint32_t a = v[-i & 7], b = v[(1 - i) & 7], c = v[(2 - i) & 7];
        uint32_t e = v[(4 - i) & 7], f = v[(5 - i) & 7], g = v[(6 - i) & 7];
        uint32_t s1 = rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25);
        uint32_t t1 = v[(7 - i) & 7] + s1 + ((e & f) ^ (~e & g)) + ost_sha256_constant[i] + w[i];
        uint32_t s0 = rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22);
        v[(3 - i) & 7] += t1;
        v[(7 - i) & 7] = t1 + s0 + ((a & b) ^ (a & c) ^ (b & c));
    }
    for (int i = 0; i < 8; i++)
        state[i] += v[i];
}

static void compress_all(uint32_t state[8], const unsigned char *bytes, size_t blocks)
{
#ifdef OST_SHA256_X86
    if (ost_sha256_x86_present()) {
        ost_sha256_x86(state, bytes, blocks);
        return;
    }
#endif
    for (; blocks > 0; blocks--, bytes += 64)
        compress(state, bytes);
}

void ost_sha256_init(struct ost_sha256 *sha)
{
    *sha = (struct ost_sha256){.state = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f,
                                         0x9b05688c, 0x1f83d9ab, 0x5be0cd19}};
}

void ost_sha256_put(struct ost_sha256 *sha, const void *bytes, size_t len)
{
    const unsigned char *p = bytes;
    while (len > 0) {
        size_t used = sha->bytes % 64, n = 64 - used;
        if (used == 0 && len >= 64) { /* whole blocks are read where they lie */
            n = len - len % 64;
            compress_all(sha->state, p, n / 64);
        } else {
            n = n < len ? n : len;
            memcpy(sha->block + used, p, n);
            if (used + n == 64)
                compress_all(sha->state, sha->block, 1);
        }
        sha->bytes += n;
        p += n;
        len -= n;
    }
}

void ost_sha256_end(struct ost_sha256 *sha, unsigned char digest[OST_SHA256_BYTES])
{
    uint64_t bits = sha->bytes * 8;
    ost_sha256_put(sha, "\x80", 1);
    while (sha->bytes % 64 != 56)
        ost_sha256_put(sha, "", 1);
    unsigned char length[8];
    for (int i = 0; i < 8; i++)
        length[i] = (unsigned char)(bits >> (56 - 8 * i));
    ost_sha256_put(sha, length, sizeof length);
    for (int i = 0; i < 32; i++)
        digest[i] = (unsigned char)(sha->state[i / 4] >> (24 - 8 * (i % 4)));
}

void ost_sha256_of(const void *bytes, size_t len, unsigned char digest[OST_SHA256_BYTES])
{
    struct ost_sha256 sha;
    ost_sha256_init(&sha);
    ost_sha256_put(&sha, bytes, len);
    ost_sha256_end(&sha, digest);
}

void ost_sha256_hex(const unsigned char digest[OST_SHA256_BYTES], char hex[OST_SHA256_HEX])
{
    static const char digit[] = "0123456789abcdef";
    for (int i = 0; i < OST_SHA256_BYTES; i++) {
        hex[2 * i] = digit[digest[i] >> 4];
        hex[2 * i + 1] = digit[digest[i] & 15];
    }
    hex[2 * OST_SHA256_BYTES] = '\0';
}
