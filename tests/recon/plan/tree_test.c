#include "recon/plan/sink.h"
#include "recon/plan/tree.h"
#include "tests/check.h"

#include <stdlib.h>
#include <string.h>

struct parsed {
    struct ost_arena *arena;
    const struct ost_tree *root;
    struct ost_err err;
    bool ok;
};

static struct parsed json(const char *text, size_t len)
{
    struct parsed p = {.arena = NULL};
    assert_true(ost_arena_create(&p.arena, 1 << 22, &p.err));
    p.ok = ost_tree_of_json(p.arena, text, len, &p.root, &p.err);
    return p;
}

static struct parsed cbor(const void *bytes, size_t len)
{
    struct parsed p = {.arena = NULL};
    assert_true(ost_arena_create(&p.arena, 1 << 22, &p.err));
    p.ok = ost_tree_of_cbor(p.arena, bytes, len, &p.root, &p.err);
    return p;
}

static void texts_are_read_with_their_escapes(void **state)
{
    (void)state;
    static const char text[] = "\"a\\u00e9\\\"\\n\\ud83d\\ude00\xe6\x89\x8b\"";
    struct parsed p = json(text, strlen(text));
    assert_true(p.ok);
    assert_string_equal(p.root->text, "a\xc3\xa9\"\n\xf0\x9f\x98\x80\xe6\x89\x8b");
    ost_arena_destroy(p.arena);
}

static void what_is_not_json_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "{",
        "[1,]",
        "{\"a\":1,}",
        "{\"a\" 1}",
        "{a:1}",
        "01",
        "1.",
        ".5",
        "1e",
        "+1",
        "-",
        "1e999",
        "NaN",
        "Infinity",
        "tru",
        "nul",
        "[1 2]",
        "1 2",
        "\"a",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\ud800\"",
        "\"\\udc00\"",
        "\"\\u0000\"",
        "\"\x01\"",
        "\"\xff\"",
        "\"\xc0\xaf\"",
        "\"\xed\xa0\x80\"",
        "\"\xf5\x80\x80\x80\"",
        "\"\xe2\x82\"",
        "[[[[[[[[[[[[[1]]]]]]]]]]]]]",
        "\"\\\"",
        "0x10",
        "1111111111111111111111111111111111111111111111111111111111111111111111",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct parsed p = json(wrong[i], strlen(wrong[i]));
        if (p.ok)
            print_error("accepted: %s\n", wrong[i]);
        assert_false(p.ok);
        assert_true(p.err.code == OST_INVALID || p.err.code == OST_LIMIT);
        ost_arena_destroy(p.arena);
    }
    struct parsed nul = json("1\0", 2);
    assert_false(nul.ok);
    ost_arena_destroy(nul.arena);
}

static void whole_numbers_stay_apart_from_others(void **state)
{
    (void)state;
    static const char text[] = "[5,-0,5.0,1e2,9007199254740993,-0.0]";
    struct parsed p = json(text, strlen(text));
    assert_true(p.ok);
    const struct ost_tree *at = p.root->first;
    assert_true(at->kind == OST_TREE_INTEGER && at->integer == 5);
    at = at->next;
    assert_true(at->kind == OST_TREE_INTEGER && at->integer == 0 && !signbit(at->f64));
    at = at->next;
    assert_true(at->kind == OST_TREE_F64 && at->f64 == 5.0);
    at = at->next;
    assert_true(at->kind == OST_TREE_F64 && at->f64 == 100.0);
    at = at->next;
    assert_true(at->kind == OST_TREE_F64);
    at = at->next;
    assert_true(at->kind == OST_TREE_F64 && !signbit(at->f64));
    ost_arena_destroy(p.arena);
}

static void a_map_is_read_by_its_list_of_keys(void **state)
{
    (void)state;
    static const char *const name[] = {"a", "b", NULL};
    const struct ost_tree *part[2];
    struct ost_err err;
    struct parsed p = json("{\"b\":1}", 7);
    assert_true(ost_tree_fields(p.root, "this", name, part, &err));
    assert_true(part[0] == NULL && part[1]->integer == 1);
    ost_arena_destroy(p.arena);
    p = json("{\"b\":1,\"b\":2}", 13);
    assert_false(ost_tree_fields(p.root, "this", name, part, &err));
    ost_arena_destroy(p.arena);
    p = json("{\"c\":1}", 7);
    assert_false(ost_tree_fields(p.root, "this", name, part, &err));
    assert_null(strstr(err.msg, "c\""));
    ost_arena_destroy(p.arena);
}

/* RFC 8949 appendix A, as far as we use it. */
static void published_cbor_is_read(void **state)
{
    (void)state;
    static const unsigned char map[] = {0xa2, 0x61, 0x61, 0x01, 0x61, 0x62, 0x82, 0x02, 0x03};
    struct parsed p = cbor(map, sizeof map);
    assert_true(p.ok && p.root->count == 2);
    assert_string_equal(p.root->first->key, "a");
    assert_int_equal(p.root->first->next->first->next->integer, 3);
    ost_arena_destroy(p.arena);
    static const unsigned char big[] = {0x1b, 0x00, 0x00, 0x00, 0xe8, 0xd4, 0xa5, 0x10, 0x00};
    p = cbor(big, sizeof big);
    assert_true(p.ok && p.root->integer == 1000000000000);
    ost_arena_destroy(p.arena);
    static const unsigned char pi[] = {0xfb, 0x3f, 0xf1, 0x99, 0x99, 0x99, 0x99, 0x99, 0x9a};
    p = cbor(pi, sizeof pi);
    assert_true(p.ok && p.root->f64 == 1.1);
    ost_arena_destroy(p.arena);
    static const unsigned char minus[] = {0x38, 0x63};
    p = cbor(minus, sizeof minus);
    assert_true(p.ok && p.root->integer == -100);
    ost_arena_destroy(p.arena);
}

static void cbor_in_any_other_form_is_refused(void **state)
{
    (void)state;
    static const struct {
        size_t len;
        unsigned char bytes[12];
    } wrong[] = {
        {2, {0x18, 0x17}},                               /* 23 in two bytes */
        {3, {0x19, 0x00, 0xff}},                         /* 255 in three */
        {1, {0x18}},                                     /* cut off */
        {1, {0x9f}},                                     /* indefinite */
        {2, {0x41, 0x00}},                               /* bytes */
        {2, {0xc0, 0x00}},                               /* a tag */
        {1, {0xf7}},                                     /* undefined */
        {3, {0xf9, 0x3c, 0x00}},                         /* a half */
        {9, {0xfb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0}},       /* NaN */
        {9, {0xfb, 0x80, 0, 0, 0, 0, 0, 0, 0}},          /* -0 */
        {5, {0xa2, 0x61, 0x62, 0x01, 0x61}},             /* cut off */
        {7, {0xa2, 0x61, 0x62, 0x01, 0x61, 0x61, 0x01}}, /* keys out of order */
        {7, {0xa2, 0x61, 0x61, 0x01, 0x61, 0x61, 0x01}}, /* a key twice */
        {3, {0xa1, 0x01, 0x01}},                         /* a key that is no text */
        {2, {0x61, 0xff}},                               /* not UTF-8 */
        {2, {0x61, 0x00}},                               /* NUL */
        {2, {0x00, 0x00}},                               /* something follows */
        {9, {0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}},
        {9, {0x1b, 0x00, 0x20, 0, 0, 0, 0, 0, 0}}, /* 2^53 */
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct parsed p = cbor(wrong[i].bytes, wrong[i].len);
        if (p.ok)
            print_error("accepted case %zu\n", i);
        assert_false(p.ok);
        ost_arena_destroy(p.arena);
    }
}

static void memory_runs_out_before_ours_does(void **state)
{
    (void)state;
    struct ost_arena *arena = NULL;
    const struct ost_tree *root = NULL;
    struct ost_err err;
    char text[20001];
    memset(text, ' ', sizeof text);
    text[0] = '[';
    for (size_t i = 1; i + 2 < sizeof text; i++)
        text[i] = i % 2 == 1 ? '1' : ',';
    text[19998] = '1';
    text[19999] = ']';
    assert_true(ost_arena_create(&arena, 100000, &err));
    assert_false(ost_tree_of_json(arena, text, 20000, &root, &err));
    assert_int_equal(err.code, OST_LIMIT);
    ost_arena_destroy(arena);
}

RUN(T(texts_are_read_with_their_escapes), T(what_is_not_json_is_refused),
    T(whole_numbers_stay_apart_from_others), T(a_map_is_read_by_its_list_of_keys),
    T(published_cbor_is_read), T(cbor_in_any_other_form_is_refused),
    T(memory_runs_out_before_ours_does))
