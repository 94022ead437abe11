#include "recon/dicom/keyed.h"
#include "tests/check.h"

#include <string.h>

/* RFC 4231, test case 2, whose data is "what do ya want for nothing?": the purpose and its
 * zero byte stand in front, so the vector is split where a zero byte may stand: not there.
 * Hence the construction is checked against its own definition, H(k^o || H(k^i || m)). */
static void hash_by_definition(const char *key, const char *message, size_t len,
                               unsigned char digest[32])
{
    unsigned char block[64 + 256], inner[64 + 32];
    memset(block, 0x36, 64);
    memset(inner, 0x5c, 64);
    for (size_t i = 0; key[i] != '\0'; i++) {
        block[i] ^= (unsigned char)key[i];
        inner[i] ^= (unsigned char)key[i];
    }
    memcpy(block + 64, message, len);
    ost_sha256_of(block, 64 + len, inner + 64);
    ost_sha256_of(inner, sizeof inner, digest);
}

static void the_hash_is_hmac_sha256_of_purpose_and_value(void **state)
{
    (void)state;
    unsigned char got[32], want[32];
    ost_keyed_hash("Jefe", 4, "uid", "1.2.3", 5, got);
    hash_by_definition("Jefe", "uid\0001.2.3", 9, want);
    assert_memory_equal(got, want, 32);
    ost_keyed_hash("Jefe", 4, "file", "1.2.3", 5, got);
    assert_memory_not_equal(got, want, 32);

    /* RFC 4231 test case 2 proves the definition above. */
    static const unsigned char rfc[32] = {0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e,
                                          0x6a, 0x04, 0x24, 0x26, 0x08, 0x95, 0x75, 0xc7,
                                          0x5a, 0x00, 0x3f, 0x08, 0x9d, 0x27, 0x39, 0x83,
                                          0x9d, 0xec, 0x58, 0xb9, 0x64, 0xec, 0x38, 0x43};
    hash_by_definition("Jefe", "what do ya want for nothing?", 28, want);
    assert_memory_equal(want, rfc, 32);
}

static void a_long_key_is_hashed_first(void **state)
{
    (void)state;
    char key[100];
    memset(key, 'k', sizeof key);
    unsigned char shortened[32], a[32], b[32];
    ost_sha256_of(key, sizeof key, shortened);
    ost_keyed_hash(key, sizeof key, "uid", "x", 1, a);
    ost_keyed_hash(shortened, 32, "uid", "x", 1, b);
    assert_memory_equal(a, b, 32);
}

static void a_uid_is_its_bits_as_a_decimal_number(void **state)
{
    (void)state;
    char text[OST_KEYED_UID_TEXT];
    unsigned char bits[16] = {0};
    ost_keyed_uid_text(bits, text);
    assert_string_equal(text, "2.25.0");
    memset(bits, 0xff, sizeof bits);
    ost_keyed_uid_text(bits, text);
    assert_string_equal(text, "2.25.340282366920938463463374607431768211455");
    /* f81d4fae-7dec-11d0-a765-00a0c91e6bf6, the example of PS3.5 B.2 */
    static const unsigned char example[16] = {0xf8, 0x1d, 0x4f, 0xae, 0x7d, 0xec, 0x11, 0xd0,
                                              0xa7, 0x65, 0x00, 0xa0, 0xc9, 0x1e, 0x6b, 0xf6};
    ost_keyed_uid_text(example, text);
    assert_string_equal(text, "2.25.329800735698586629295641978511506172918");
}

static void dates_move_over_leap_days_and_centuries(void **state)
{
    (void)state;
    char date[] = "20240301";
    assert_true(ost_keyed_shift_date(date, 8, 1));
    assert_string_equal(date, "20240229");
    assert_true(ost_keyed_shift_date(date, 8, 60));
    assert_string_equal(date, "20231231");
    char century[] = "19000301123456.5";
    assert_true(ost_keyed_shift_date(century, 16, 1));
    assert_string_equal(century, "19000228123456.5");
    char far[] = "20000101";
    assert_true(ost_keyed_shift_date(far, 8, 3650));
    assert_string_equal(far, "19900103");
}

static void what_is_no_date_is_left_alone(void **state)
{
    (void)state;
    char text[] = "2024-3-1", none[] = "20241301", zero[] = "00000105";
    assert_false(ost_keyed_shift_date(text, 8, 1));
    assert_false(ost_keyed_shift_date(none, 8, 1));
    assert_false(ost_keyed_shift_date(none, 7, 1));
    assert_false(ost_keyed_shift_date(zero, 8, 400));
    assert_string_equal(text, "2024-3-1");
}

static void a_shift_stays_in_its_bounds_and_keeps_weekdays(void **state)
{
    (void)state;
    unsigned char digest[32] = {0};
    for (unsigned int i = 0; i < 256; i++) {
        memset(digest, (int)i, 4);
        int free_shift = ost_keyed_shift_days(digest, false);
        int weekly = ost_keyed_shift_days(digest, true);
        assert_in_range(free_shift, 1, 3650);
        assert_in_range(weekly, 7, 3647);
        assert_int_equal(weekly % 7, 0);
    }
}

static void a_code_has_its_form(void **state)
{
    (void)state;
    unsigned char digest[32];
    memset(digest, 0, sizeof digest);
    char text[OST_KEYED_CODE_TEXT];
    ost_keyed_code_text(digest, text);
    assert_string_equal(text, "OST-AAAAAAAAAAAAAAA");
    memset(digest, 0xff, sizeof digest);
    ost_keyed_code_text(digest, text);
    assert_string_equal(text, "OST-999999999999999");
}

RUN(T(the_hash_is_hmac_sha256_of_purpose_and_value), T(a_long_key_is_hashed_first),
    T(a_uid_is_its_bits_as_a_decimal_number), T(dates_move_over_leap_days_and_centuries),
    T(what_is_no_date_is_left_alone), T(a_shift_stays_in_its_bounds_and_keeps_weekdays),
    T(a_code_has_its_form))
