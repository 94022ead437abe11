#include "recon/base/rng.h"
#include "recon/base/siphash.h"
#include "tests/check.h"

#include <sodium.h>
#include <string.h>

static void assert_bytes(struct ost_u128 got, const unsigned char want[16])
{
    for (int i = 0; i < 8; i++) {
        assert_int_equal(got.low >> (8 * i) & 255, want[i]);
        assert_int_equal(got.high >> (8 * i) & 255, want[8 + i]);
    }
}

/* The first and last of the published vectors: key 00..0f, message 00, 01, 02 ... */
static void the_published_vectors_come_out(void **state)
{
    (void)state;
    static const unsigned char none[16] = {0xa3, 0x81, 0x7f, 0x04, 0xba, 0x25, 0xa8, 0xe6,
                                           0x6d, 0xf6, 0x72, 0x14, 0xc7, 0x55, 0x02, 0x93};
    static const unsigned char one[16] = {0xda, 0x87, 0xc1, 0xd8, 0x6b, 0x99, 0xaf, 0x44,
                                          0x34, 0x76, 0x59, 0x11, 0x9b, 0x22, 0xfc, 0x45};
    unsigned char key[16];
    for (int i = 0; i < 16; i++)
        key[i] = (unsigned char)i;
    assert_bytes(ost_siphash(key, "", 0), none);
    assert_bytes(ost_siphash(key, "\0", 1), one);
}

static void it_agrees_with_libsodium(void **state)
{
    (void)state;
    struct ost_rng rng = ost_rng_seed(7);
    unsigned char key[crypto_shorthash_siphashx24_KEYBYTES], text[300], want[16];
    for (size_t len = 0; len < sizeof text; len++) {
        for (size_t i = 0; i < sizeof key; i++)
            key[i] = (unsigned char)ost_rng_next(&rng);
        for (size_t i = 0; i < len; i++)
            text[i] = (unsigned char)ost_rng_next(&rng);
        assert_int_equal(crypto_shorthash_siphashx24(want, text, len, key), 0);
        assert_bytes(ost_siphash(key, text, len), want);
    }
}

static void sums_carry_and_come_back(void **state)
{
    (void)state;
    struct ost_u128 a = {UINT64_MAX, 3}, b = {2, UINT64_MAX};
    struct ost_u128 sum = ost_u128_add(a, b), back = ost_u128_sub(sum, b);
    assert_true(sum.low == 1 && sum.high == 3);
    assert_true(back.low == a.low && back.high == a.high);
}

RUN(T(the_published_vectors_come_out), T(it_agrees_with_libsodium), T(sums_carry_and_come_back))
