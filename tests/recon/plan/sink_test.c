#include "recon/base/rng.h"
#include "recon/plan/sink.h"
#include "recon/plan/tree.h"
#include "tests/check.h"

#include <stdlib.h>
#include <string.h>

static void write_sample(struct ost_sink *sink)
{
    ost_sink_map(sink, 4);
    ost_sink_key(sink, "a");
    ost_sink_list(sink, 0);
    ost_sink_key(sink, "b");
    ost_sink_list(sink, 3);
    ost_sink_integer(sink, -500);
    ost_sink_f64(sink, -0.0);
    ost_sink_map(sink, 0);
    ost_sink_key(sink, "cc");
    ost_sink_map(sink, 1);
    ost_sink_key(sink, "x");
    ost_sink_bool(sink, true);
    ost_sink_key(sink, "text");
    ost_sink_text(sink, "q\"\\\n\x7f\xc3\xa9");
}

static void one_writer_gives_both_forms(void **state)
{
    (void)state;
    static const char json[] = "{\"a\":[],\"b\":[-500,0.0,{}],\"cc\":{\"x\":true},"
                               "\"text\":\"q\\\"\\\\\\u000a\\u007f\xc3\xa9\"}";
    static const unsigned char cbor[] = {
        0xa4, 0x61, 'a', 0x80, 0x61, 'b',  0x83, 0x39, 0x01, 0xf3, 0xfb, 0,   0,    0,
        0,    0,    0,   0,    0,    0xa0, 0x62, 'c',  'c',  0xa1, 0x61, 'x', 0xf5, 0x64,
        't',  'e',  'x', 't',  0x67, 'q',  '"',  '\\', '\n', 0x7f, 0xc3, 0xa9};
    struct ost_buf buf;
    ost_buf_init(&buf, 1000);
    struct ost_sink sink = ost_sink_to(&buf, OST_FORM_JSON);
    write_sample(&sink);
    assert_true(ost_buf_done(&buf, NULL));
    assert_int_equal(buf.len, strlen(json));
    assert_memory_equal(buf.ptr, json, buf.len);
    buf.len = 0;
    sink = ost_sink_to(&buf, OST_FORM_CBOR);
    write_sample(&sink);
    assert_int_equal(buf.len, sizeof cbor);
    assert_memory_equal(buf.ptr, cbor, sizeof cbor);
    ost_buf_fini(&buf);
}

static void a_value_without_its_key_is_noticed(void **state)
{
    (void)state;
    struct ost_buf buf;
    ost_buf_init(&buf, 1000);
    struct ost_sink sink = ost_sink_to(&buf, OST_FORM_JSON);
    ost_sink_map(&sink, 1);
    ost_sink_integer(&sink, 1);
    assert_false(ost_buf_done(&buf, NULL));
    ost_buf_fini(&buf);
    ost_buf_init(&buf, 1000);
    sink = ost_sink_to(&buf, OST_FORM_CBOR);
    ost_sink_f64(&sink, NAN);
    assert_false(ost_buf_done(&buf, NULL));
    ost_buf_fini(&buf);
}

/* Every exponent and both ends of the mantissa, then bits at random. */
static double some_number(struct ost_rng *rng, int n)
{
    uint64_t bits = ost_rng_next(rng);
    if (n < 4096)
        bits = (uint64_t)(n / 2) << 52 | (n % 2 == 0 ? 0 : (((uint64_t)1 << 52) - 1));
    double v = 0.0;
    memcpy(&v, &bits, sizeof v);
    return isfinite(v) ? v : 1.0 / 3.0;
}

static void every_double_reads_back_bit_for_bit(void **state)
{
    (void)state;
    struct ost_rng rng = ost_rng_seed(11);
    struct ost_arena *arena = NULL;
    for (int n = 0; n < 50000; n++) {
        char text[OST_F64_TEXT];
        const struct ost_tree *root = NULL;
        double v = some_number(&rng, n);
        ost_f64_text(v, text);
        if (n % 100 == 0) {
            ost_arena_destroy(arena);
            assert_true(ost_arena_create(&arena, 1 << 20, NULL));
        }
        assert_true(ost_tree_of_json(arena, text, strlen(text), &root, NULL));
        assert_int_equal(root->kind, OST_TREE_F64);
        double want = v == 0.0 ? 0.0 : v;
        assert_memory_equal(&root->f64, &want, sizeof want);
    }
    ost_arena_destroy(arena);
}

static void numbers_are_written_as_short_as_they_read(void **state)
{
    (void)state;
    static const struct {
        double v;
        const char *text;
    } want[] = {{0.1, "0.1"},
                {2.0, "2.0"},
                {-1.5, "-1.5"},
                {1e22, "1e+22"},
                {0.0, "0.0"},
                {1.0 / 3.0, "0.3333333333333333"},
                {5e-324, "4.94065645841247e-324"}};
    char text[OST_F64_TEXT];
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        ost_f64_text(want[i].v, text);
        assert_string_equal(text, want[i].text);
    }
}

static void keys_are_ordered_by_length_then_bytes(void **state)
{
    (void)state;
    assert_int_equal(ost_key_order("b", "aa"), -1);
    assert_int_equal(ost_key_order("ab", "aa"), 1);
    assert_int_equal(ost_key_order("", "a"), -1);
    assert_int_equal(ost_key_order("\xc3\xa9", "zz"), 1);
    assert_int_equal(ost_key_order("x", "x"), 0);
}

RUN(T(one_writer_gives_both_forms), T(a_value_without_its_key_is_noticed),
    T(every_double_reads_back_bit_for_bit), T(numbers_are_written_as_short_as_they_read),
    T(keys_are_ordered_by_length_then_bytes))
