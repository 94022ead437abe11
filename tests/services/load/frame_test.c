/* Frames as RFC 6455 section 5.7 has them, cut anywhere, and what no server may send. */
#include "services/load/frame.h"
#include "tests/check.h"

#include <string.h>

struct heard {
    char text[70000];
    size_t len, messages, controls;
    enum ost_ws_opcode last;
};

static bool hear(void *user, enum ost_ws_opcode opcode, const unsigned char *payload, size_t len,
                 struct ost_err *err)
{
    struct heard *heard = user;
    (void)err;
    heard->last = opcode;
    if (opcode >= OST_WS_CLOSE) {
        heard->controls++;
        return true;
    }
    heard->messages++;
    assert_true(heard->len + len < sizeof heard->text);
    if (len > 0)
        memcpy(heard->text + heard->len, payload, len);
    heard->len += len;
    return true;
}

/* In pieces of `step` bytes. */
static bool feed(const void *bytes, size_t len, size_t step, struct heard *heard,
                 struct ost_err *err)
{
    struct ost_ws_reader reader = {0};
    const unsigned char *from = bytes;
    bool ok = true;
    *heard = (struct heard){.len = 0};
    ost_ws_reader_init(&reader, 66000);
    for (size_t at = 0; ok && at < len; at += step)
        ok = ost_ws_feed(&reader, from + at, len - at < step ? len - at : step, hear, heard, err);
    ost_ws_reader_fini(&reader);
    ost_ws_reader_fini(&reader);
    return ok;
}

static void a_client_masks_as_the_standard_shows(void **state)
{
    static const unsigned char want[] = {0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d,
                                         0x7f, 0x9f, 0x4d, 0x51, 0x58};
    static const unsigned char mask[] = {0x37, 0xfa, 0x21, 0x3d};
    struct ost_buf out;
    (void)state;
    ost_buf_init(&out, 100000);
    ost_ws_put(&out, OST_WS_TEXT, mask, "Hello", 5);
    assert_int_equal(out.len, sizeof want);
    assert_memory_equal(out.ptr, want, sizeof want);
    out.len = 0;
    static char large[70000];
    ost_ws_put(&out, OST_WS_BINARY, mask, large, 256);
    assert_memory_equal(out.ptr, "\x82\xfe\x01\x00", 4);
    assert_int_equal(out.len, 4 + 4 + 256);
    out.len = 0;
    ost_ws_put(&out, OST_WS_BINARY, mask, large, 65536);
    assert_memory_equal(out.ptr, "\x82\xff\0\0\0\0\0\x01\0\0", 10);
    assert_int_equal(out.len, 10 + 4 + 65536);
    ost_buf_fini(&out);
}

static void frames_are_heard_wherever_they_are_cut(void **state)
{
    static const char bytes[] = "\x81\x05Hello"
                                "\x01\x03Hel"
                                "\x89\x05Hello"
                                "\x80\x02lo"
                                "\x81\x00";
    static struct heard heard;
    struct ost_err err;
    (void)state;
    for (size_t step = 1; step < sizeof bytes; step++) {
        assert_true(feed(bytes, sizeof bytes - 1, step, &heard, &err));
        assert_int_equal(heard.messages, 3);
        assert_int_equal(heard.controls, 1);
        assert_int_equal(heard.len, 10);
        assert_memory_equal(heard.text, "HelloHello", 10);
    }
}

static void long_frames_state_their_length_in_more_bytes(void **state)
{
    static unsigned char bytes[10 + 65536] = {0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0};
    static struct heard heard;
    struct ost_err err;
    (void)state;
    memset(bytes + 10, 'x', 65536);
    assert_true(feed(bytes, sizeof bytes, 4096, &heard, &err));
    assert_true(heard.messages == 1 && heard.len == 65536 && heard.last == OST_WS_BINARY);
    bytes[1] = 126;
    bytes[2] = 0x01;
    bytes[3] = 0x00;
    assert_true(feed(bytes, 4 + 256, 7, &heard, &err));
    assert_true(heard.messages == 1 && heard.len == 256);
}

static void what_no_server_may_send_is_refused(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        enum ost_code code;
    } bad[] = {
        {"\x81\x85\x01\x02\x03\x04Hello", 11, OST_CORRUPT}, /* masked */
        {"\xc1\x05Hello", 7, OST_CORRUPT},                  /* a reserved bit */
        {"\x83\x00", 2, OST_CORRUPT},                       /* a reserved opcode */
        {"\x8b\x00", 2, OST_CORRUPT},                       /* a reserved control opcode */
        {"\x09\x00", 2, OST_CORRUPT},                       /* a ping in pieces */
        {"\x89\x7e\x00\x7e", 4, OST_CORRUPT},               /* a ping of 126 bytes */
        {"\x80\x02lo", 4, OST_CORRUPT},                     /* the rest of nothing */
        {"\x01\x03Hel\x81\x02lo", 9, OST_CORRUPT},          /* a message inside another */
        {"\x82\x7f\0\0\0\0\0\x02\0\0", 10, OST_LIMIT},      /* longer than anybody wants */
        {"\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff", 10, OST_LIMIT},
    };
    static struct heard heard;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        for (size_t step = 1; step <= 2; step++) {
            struct ost_err err = {0};
            assert_false(feed(bad[i].bytes, bad[i].len, step * step * 16 - 15, &heard, &err));
            assert_int_equal(err.code, bad[i].code);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_masks_as_the_standard_shows),
        cmocka_unit_test(frames_are_heard_wherever_they_are_cut),
        cmocka_unit_test(long_frames_state_their_length_in_more_bytes),
        cmocka_unit_test(what_no_server_may_send_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
