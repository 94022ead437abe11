#include "recon/base/sha256.h"
#include "tests/check.h"

#include <string.h>

static void assert_digest(const void *bytes, size_t len, const char *want)
{
    unsigned char digest[OST_SHA256_BYTES];
    char hex[OST_SHA256_HEX];
    ost_sha256_of(bytes, len, digest);
    ost_sha256_hex(digest, hex);
    assert_string_equal(hex, want);
}

/* NIST FIPS 180-4 examples. */
static void published_vectors_hold(void **state)
{
    (void)state;
    assert_digest("", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_digest("abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    const char *two = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    assert_digest(two, strlen(two),
                  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

static void a_million_letters_in_uneven_pieces(void **state)
{
    (void)state;
    struct ost_sha256 sha;
    unsigned char digest[OST_SHA256_BYTES], letters[997];
    char hex[OST_SHA256_HEX];
    memset(letters, 'a', sizeof letters);
    ost_sha256_init(&sha);
    for (size_t left = 1000000; left > 0;) {
        size_t n = left < sizeof letters ? left : sizeof letters;
        ost_sha256_put(&sha, letters, n);
        left -= n;
    }
    ost_sha256_end(&sha, digest);
    ost_sha256_hex(digest, hex);
    assert_string_equal(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

RUN(T(published_vectors_hold), T(a_million_letters_in_uneven_pieces))
