/*
 * Signatures beside two others' results: the examples of "Signature Calculations for the
 * Authorization Header: Transferring Payload in a Single Chunk" of Amazon's S3 API reference,
 * and what botocore 1.29.27 (Debian's python3-botocore) signs.
 */
#include "services/store/sigv4_impl.h"
#include "tests/check.h"

#include <string.h>

#define NOTHING "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define WELCOME "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"
#define SEALED  "c9d0036bed6744bcdf692fc980d8717d7e5f5a4f4e8266b4a84982602fb1cd09"

static const struct ost_sigv4_key amazon = {
    "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1"};
static const struct ost_sigv4_key boto = {"AKIDOSTEON", "a+b/secret=with&signs", "eu-central-1"};

struct example {
    const struct ost_sigv4_key *key;
    const char *method, *path, *payload, *when, *signature;
    struct ost_sigv4_pair query[4], header[6];
};

#define AMAZON_DAY "20130524T000000Z"
#define BOTO_DAY   "20261130T235958Z"
#define HOST                                                                                       \
    {                                                                                              \
        "host", "examplebucket.s3.amazonaws.com"                                                   \
    }

static const struct example example[] = {
    {&amazon,
     "GET",
     "/test.txt",
     NOTHING,
     AMAZON_DAY,
     "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
     {{NULL, NULL}},
     {HOST, {"range", "bytes=0-9"}, {"x-amz-content-sha256", NOTHING}, {"x-amz-date", AMAZON_DAY}}},
    {&amazon,
     "PUT",
     "/test$file.text",
     WELCOME,
     AMAZON_DAY,
     "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
     {{NULL, NULL}},
     {HOST, /* in any order */
      {"x-amz-storage-class", "REDUCED_REDUNDANCY"},
      {"x-amz-date", AMAZON_DAY},
      {"date", "Fri, 24 May 2013 00:00:00 GMT"},
      {"x-amz-content-sha256", WELCOME}}},
    {&amazon,
     "GET",
     "/",
     NOTHING,
     AMAZON_DAY,
     "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
     {{"lifecycle", ""}},
     {HOST, {"x-amz-content-sha256", NOTHING}, {"x-amz-date", AMAZON_DAY}}},
    {&amazon,
     "GET",
     "/",
     NOTHING,
     AMAZON_DAY,
     "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
     {{"prefix", "J"}, {"max-keys", "2"}},
     {HOST, {"x-amz-content-sha256", NOTHING}, {"x-amz-date", AMAZON_DAY}}},
    {&boto,
     "GET",
     "/bucket/pre/fix/7/3f/3fab.00",
     NOTHING,
     BOTO_DAY,
     "a71798289a36dec2237cf1cc39911f42bfd32f99820bda3da2e301b0c0a4a983",
     {{NULL, NULL}},
     {{"x-amz-content-sha256", NOTHING}, {"x-amz-date", BOTO_DAY}, {"host", "localhost:9000"}}},
    {&boto,
     "PUT",
     "/bucket/7/3f/3fab.00",
     SEALED,
     BOTO_DAY,
     "ed53bd8d6bc260561fe9ec21a695017f25b27f5b838291bb7a14b56a4eb2b698",
     {{"uploadId", "a/b+c=&d~e"}, {"partNumber", "2"}},
     {{"host", "s3.example:8443"}, {"x-amz-content-sha256", SEALED}, {"x-amz-date", BOTO_DAY}}},
    {&boto,
     "GET",
     "/bucket",
     NOTHING,
     BOTO_DAY,
     "45221cb5f0ff8fd45a0a4654ec629933a33dcaa7517bc9a5a6bec9e6c8f965ee",
     {{"list-type", "2"},
      {"max-keys", "1000"},
      {"prefix", "pre/fix/"},
      {"continuation-token", "1+&a/b="}},
     {{"host", "s3.example"}, {"x-amz-content-sha256", NOTHING}, {"x-amz-date", BOTO_DAY}}},
    {&boto,
     "POST",
     "/bucket/7/3f/3fab.00",
     NOTHING,
     BOTO_DAY,
     "75af5c680735d08011d7a811e0fa9a0eca81a132fa6865f82692f590f2c24285",
     {{"uploads", ""}},
     {{"host", "s3.example"}, {"x-amz-content-sha256", NOTHING}, {"x-amz-date", BOTO_DAY}}},
};

static struct ost_sigv4_ask ask_of(const struct example *e)
{
    struct ost_sigv4_ask ask = {.method = e->method,
                                .path = e->path,
                                .query = e->query,
                                .header = e->header,
                                .payload = e->payload,
                                .when = e->when};
    while (ask.query_count < 4 && e->query[ask.query_count].name != NULL)
        ask.query_count++;
    while (ask.header_count < 6 && e->header[ask.header_count].name != NULL)
        ask.header_count++;
    return ask;
}

static void the_signature_is_what_others_sign(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof example / sizeof example[0]; i++) {
        const struct ost_sigv4_ask ask = ask_of(&example[i]);
        struct ost_buf out;
        ost_buf_init(&out, 1024);
        assert_true(ost_sigv4_sign(example[i].key, &ask, &out, NULL));
        ost_buf_put_u8(&out, 0);
        const char *got = strstr((const char *)out.ptr, ",Signature=");
        assert_non_null(got);
        if (strcmp(got + 11, example[i].signature) != 0)
            fail_msg("example %zu: %s", i, got);
        ost_buf_fini(&out);
    }
}

static void the_line_names_key_day_and_headers(void **state)
{
    (void)state;
    const struct ost_sigv4_ask ask = ask_of(&example[1]);
    struct ost_buf out;
    ost_buf_init(&out, 1024);
    assert_true(ost_sigv4_sign(&amazon, &ask, &out, NULL));
    static const char line[] =
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
        "SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class,Signature="
        "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd";
    assert_int_equal(out.len, sizeof line - 1);
    assert_memory_equal(out.ptr, line, out.len);
    ost_buf_fini(&out);
}

static void the_query_is_sorted_by_name_then_value(void **state)
{
    (void)state;
    const struct ost_sigv4_pair query[] = {
        {"b", "2"}, {"a-b", "1"}, {"a", "\xc3\xa9 z"}, {"a", "~_.-"}, {"A", "/"}};
    const struct ost_sigv4_ask ask = {.query = query, .query_count = 5};
    struct ost_buf out;
    ost_buf_init(&out, 1024);
    assert_true(ost_sigv4_query(&ask, &out, NULL));
    static const char line[] = "A=%2F&a=%C3%A9%20z&a=~_.-&a-b=1&b=2";
    assert_int_equal(out.len, sizeof line - 1);
    assert_memory_equal(out.ptr, line, out.len);
    ost_buf_fini(&out);
}

/* An upload's id may have 1024 characters, each three when it is encoded. */
static void a_long_value_is_sent_whole(void **state)
{
    (void)state;
    char id[1025];
    memset(id, '/', sizeof id - 1);
    id[sizeof id - 1] = '\0';
    const struct ost_sigv4_pair query[] = {{"uploadId", id}};
    const struct ost_sigv4_ask ask = {.query = query, .query_count = 1};
    struct ost_buf out;
    ost_buf_init(&out, 16 << 10);
    assert_true(ost_sigv4_query(&ask, &out, NULL));
    assert_int_equal(out.len, strlen("uploadId=") + 3 * (sizeof id - 1));
    ost_buf_fini(&out);
}

static void what_is_no_request_is_not_signed(void **state)
{
    (void)state;
    struct ost_sigv4_ask ask = ask_of(&example[0]);
    struct ost_buf out;
    ost_buf_init(&out, 1024);
    ask.when = "20130524";
    assert_false(ost_sigv4_sign(&amazon, &ask, &out, NULL));
    ask = ask_of(&example[0]);
    ask.header_count = OST_SIGV4_PAIRS + 1;
    assert_false(ost_sigv4_sign(&amazon, &ask, &out, NULL));
    ost_buf_fini(&out);
}

RUN(T(the_signature_is_what_others_sign), T(the_line_names_key_day_and_headers),
    T(the_query_is_sorted_by_name_then_value), T(a_long_value_is_sent_whole),
    T(what_is_no_request_is_not_signed))
