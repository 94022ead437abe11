#include "recon/plan/sink.h"

#include "recon/plan/utf8_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* First bytes of RFC 8949: major type in the three upper bits. */
#define UNSIGNED 0x00
#define NEGATIVE 0x20
#define TEXT     0x60
#define LIST     0x80
#define MAP      0xA0
#define SIMPLE   0xE0

struct ost_sink ost_sink_to(struct ost_buf *buf, enum ost_form form)
{
    return (struct ost_sink){.buf = buf, .form = form};
}

static void big_endian(struct ost_buf *buf, uint64_t v, int bytes)
{
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
        ost_buf_put_u8(buf, (uint8_t)(v >> shift));
}

static void head(struct ost_buf *buf, unsigned major, uint64_t argument)
{
    int bytes = argument < 24            ? 0
                : argument < 0x100       ? 1
                : argument < 0x10000     ? 2
                : argument < 0x100000000 ? 4
                                         : 8;
    static const uint8_t info[] = {0, 24, 25, 0, 26, 0, 0, 0, 27};
    ost_buf_put_u8(buf, (uint8_t)(major | (bytes == 0 ? (uint8_t)argument : info[bytes])));
    big_endian(buf, argument, bytes);
}

/* What stands before a member: in JSON a comma, and for a broken caller a failed buffer. */
static void before(struct ost_sink *sink)
{
    if (sink->depth == 0)
        return;
    if (sink->form == OST_FORM_JSON && sink->level[sink->depth - 1].begun &&
        !sink->level[sink->depth - 1].key_next)
        ost_buf_put_u8(sink->buf, ',');
    if (sink->level[sink->depth - 1].map && !sink->level[sink->depth - 1].key_next)
        sink->buf->failed = true;
    sink->level[sink->depth - 1].key_next = false;
    sink->level[sink->depth - 1].begun = true;
}

/* A member is complete; so may be what it was the last member of. */
static void after(struct ost_sink *sink)
{
    while (sink->depth > 0 && --sink->level[sink->depth - 1].left == 0) {
        if (sink->form == OST_FORM_JSON)
            ost_buf_put_u8(sink->buf, sink->level[sink->depth - 1].map ? '}' : ']');
        sink->depth--;
    }
}

static void open_level(struct ost_sink *sink, bool map, size_t count)
{
    before(sink);
    if (sink->form == OST_FORM_CBOR) {
        head(sink->buf, map ? MAP : LIST, count);
    } else {
        ost_buf_put_u8(sink->buf, map ? '{' : '[');
    }
    if (count == 0) {
        if (sink->form == OST_FORM_JSON)
            ost_buf_put_u8(sink->buf, map ? '}' : ']');
        after(sink);
        return;
    }
    if (sink->depth == OST_SINK_DEPTH) {
        sink->buf->failed = true;
        return;
    }
    sink->level[sink->depth].left = count;
    sink->level[sink->depth].map = map;
    sink->level[sink->depth].key_next = false;
    sink->level[sink->depth].begun = false;
    sink->depth++;
}

void ost_sink_map(struct ost_sink *sink, size_t count)
{
    open_level(sink, true, count);
}

void ost_sink_list(struct ost_sink *sink, size_t count)
{
    open_level(sink, false, count);
}

static void json_text(struct ost_buf *buf, const char *text)
{
    static const char digit[] = "0123456789abcdef";
    ost_buf_put_u8(buf, '"');
    for (const char *p = text; *p != '\0'; p++) {
        unsigned char c = (unsigned char)*p;
        if (c == '"' || c == '\\') {
            ost_buf_put(buf, (char[]){'\\', *p}, 2);
        } else if (c < 0x20 || c == 0x7F) {
            ost_buf_put(buf, (char[]){'\\', 'u', '0', '0', digit[c >> 4], digit[c & 15]}, 6);
        } else {
            size_t run = strcspn(p, "\"\\\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e"
                                    "\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d"
                                    "\x1e\x1f\x7f");
            ost_buf_put(buf, p, run);
            p += run - 1;
        }
    }
    ost_buf_put_u8(buf, '"');
}

static void any_text(struct ost_sink *sink, const char *text)
{
    if (sink->form == OST_FORM_JSON) {
        json_text(sink->buf, text);
        return;
    }
    size_t len = strlen(text);
    head(sink->buf, TEXT, len);
    ost_buf_put(sink->buf, text, len);
}

void ost_sink_key(struct ost_sink *sink, const char *key)
{
    if (sink->depth == 0 || !sink->level[sink->depth - 1].map ||
        sink->level[sink->depth - 1].key_next) {
        sink->buf->failed = true;
        return;
    }
    if (sink->form == OST_FORM_JSON && sink->level[sink->depth - 1].begun)
        ost_buf_put_u8(sink->buf, ',');
    any_text(sink, key);
    if (sink->form == OST_FORM_JSON)
        ost_buf_put_u8(sink->buf, ':');
    sink->level[sink->depth - 1].key_next = true;
    sink->level[sink->depth - 1].begun = true;
}

void ost_sink_text(struct ost_sink *sink, const char *text)
{
    before(sink);
    any_text(sink, text);
    after(sink);
}

void ost_sink_integer(struct ost_sink *sink, int64_t v)
{
    before(sink);
    if (sink->form == OST_FORM_JSON) {
        ost_buf_print(sink->buf, "%lld", (long long)v);
    } else if (v < 0) {
        head(sink->buf, NEGATIVE, (uint64_t)(-1 - v));
    } else {
        head(sink->buf, UNSIGNED, (uint64_t)v);
    }
    after(sink);
}

void ost_f64_text(double v, char text[OST_F64_TEXT])
{
    v = v == 0.0 ? 0.0 : v;
    for (int digits = 15; digits <= 17; digits++) {
        (void)snprintf(text, OST_F64_TEXT, "%.*g", digits, v);
        if (strtod(text, NULL) == v)
            break;
    }
    size_t len = strlen(text);
    if (strcspn(text, ".e") == len)
        memcpy(text + len, ".0", 3);
}

void ost_sink_f64(struct ost_sink *sink, double v)
{
    before(sink);
    if (!(v - v == 0.0)) {
        sink->buf->failed = true;
    } else if (sink->form == OST_FORM_JSON) {
        char text[OST_F64_TEXT];
        ost_f64_text(v, text);
        ost_buf_text(sink->buf, text);
    } else {
        uint64_t bits = 0;
        v = v == 0.0 ? 0.0 : v;
        memcpy(&bits, &v, sizeof bits);
        ost_buf_put_u8(sink->buf, SIMPLE | 27);
        big_endian(sink->buf, bits, 8);
    }
    after(sink);
}

static void word(struct ost_sink *sink, const char *json, unsigned cbor)
{
    before(sink);
    if (sink->form == OST_FORM_JSON) {
        ost_buf_text(sink->buf, json);
    } else {
        ost_buf_put_u8(sink->buf, (uint8_t)(SIMPLE | cbor));
    }
    after(sink);
}

void ost_sink_bool(struct ost_sink *sink, bool v)
{
    word(sink, v ? "true" : "false", v ? 21 : 20);
}

void ost_sink_null(struct ost_sink *sink)
{
    word(sink, "null", 22);
}

static void numbers(struct ost_sink *sink, const double *v, size_t count)
{
    ost_sink_list(sink, count);
    for (size_t i = 0; i < count; i++)
        ost_sink_f64(sink, v[i]);
}

void ost_sink_value(struct ost_sink *sink, const struct ost_value *value)
{
    switch (value->kind) {
    case OST_VALUE_NONE:
        ost_sink_null(sink);
        break;
    case OST_VALUE_F64:
        ost_sink_f64(sink, value->f64);
        break;
    case OST_VALUE_BOOL:
        ost_sink_bool(sink, value->truth);
        break;
    case OST_VALUE_TEXT:
        ost_sink_text(sink, value->text);
        break;
    case OST_VALUE_VEC3:
        numbers(sink, value->vec3, 3);
        break;
    case OST_VALUE_RIGID:
        ost_sink_map(sink, 2);
        ost_sink_key(sink, "r");
        numbers(sink, value->rigid.r, 9);
        ost_sink_key(sink, "t");
        numbers(sink, value->rigid.t, 3);
        break;
    }
}

int ost_key_order(const char *a, const char *b)
{
    size_t x = strlen(a), y = strlen(b);
    if (x != y)
        return x < y ? -1 : 1;
    int order = memcmp(a, b, x);
    return (order > 0) - (order < 0);
}
