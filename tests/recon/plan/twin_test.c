#include "recon/base/array.h"
#include "recon/plan/twin.h"
#include "tests/check.h"

#include <string.h>

static const struct {
    const char *json, *cbor; /* RFC 8949 appendix A, and its rules for keys */
    size_t len;
    const char *back;
} pair[] = {
    {"null", "\xf6", 1, "null"},
    {"[true,false]", "\x82\xf5\xf4", 3, "[true,false]"},
    {"[0,23,24,1000,-1,-1000]", "\x86\x00\x17\x18\x18\x19\x03\xe8\x20\x39\x03\xe7", 12,
     "[0,23,24,1000,-1,-1000]"},
    {"1.5", "\xfb\x3f\xf8\x00\x00\x00\x00\x00\x00", 9, "1.5"},
    {"1.0", "\xfb\x3f\xf0\x00\x00\x00\x00\x00\x00", 9, "1.0"},
    {"-0.0", "\xfb\x00\x00\x00\x00\x00\x00\x00\x00", 9, "0.0"},
    {"\"\\u00fc\"", "\x62\xc3\xbc", 3, "\"\xc3\xbc\""},
    {" { \"t\" : \"ack\", \"seq\":5, \"n\" :3 } ",
     "\xa3\x61n\x03\x61t\x63"
     "ack\x63seq\x05",
     15, "{\"n\":3,\"t\":\"ack\",\"seq\":5}"},
};

static void both_forms_say_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < OST_COUNT(pair); i++) {
        struct ost_buf cbor, json;
        struct ost_err err;
        ost_buf_init(&cbor, 256);
        ost_buf_init(&json, 256);
        assert_true(ost_twin_cbor(pair[i].json, strlen(pair[i].json), &cbor, &err));
        assert_int_equal(cbor.len, pair[i].len);
        assert_memory_equal(cbor.ptr, pair[i].cbor, pair[i].len);
        assert_true(ost_twin_json(cbor.ptr, cbor.len, &json, &err));
        assert_int_equal(json.len, strlen(pair[i].back));
        assert_memory_equal(json.ptr, pair[i].back, json.len);
        ost_buf_fini(&cbor);
        ost_buf_fini(&json);
    }
}

static void what_has_no_twin_is_refused(void **state)
{
    static const char *const wrong[] = {"", "{\"a\":1,\"a\":2}", "[1", "1e999",
                                        "[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]"};
    struct ost_err err;
    (void)state;
    for (size_t i = 0; i < OST_COUNT(wrong); i++) {
        struct ost_buf out;
        ost_buf_init(&out, 1024);
        assert_false(ost_twin_cbor(wrong[i], strlen(wrong[i]), &out, &err));
        ost_buf_fini(&out);
    }
    struct ost_buf small;
    ost_buf_init(&small, 4);
    assert_false(ost_twin_cbor("\"longer than four\"", 18, &small, &err));
    ost_buf_fini(&small);
    ost_buf_init(&small, 64);
    assert_false(ost_twin_json("\xa2\x61t\x01\x61n\x02", 7, &small, &err)); /* keys out of order */
    assert_false(ost_twin_json("\x18\x17", 2, &small, &err));               /* not the shortest */
    assert_false(ost_twin_json("\xfa\x3f\x80\x00\x00", 5, &small, &err));   /* 32 bits of float */
    ost_buf_fini(&small);
}

RUN(T(both_forms_say_the_same), T(what_has_no_twin_is_refused))
