#include "services/load/frame.h"

#include <string.h>

#define FIN      0x80
#define RESERVED 0x70
#define MASKED   0x80
#define CONTROL  0x8
#define SMALL    125 /* the longest payload of a control frame */

void ost_ws_put(struct ost_buf *out, enum ost_ws_opcode opcode, const unsigned char mask[4],
                const void *payload, size_t len)
{
    const unsigned char *from = payload;
    ost_buf_put_u8(out, (uint8_t)(FIN | (unsigned)opcode));
    if (len <= SMALL) {
        ost_buf_put_u8(out, (uint8_t)(MASKED | len));
    } else {
        unsigned bytes = len <= 0xffff ? 2 : 8;
        ost_buf_put_u8(out, (uint8_t)(MASKED | (bytes == 2 ? 126u : 127u)));
        while (bytes-- > 0)
            ost_buf_put_u8(out, (uint8_t)((uint64_t)len >> 8 * bytes));
    }
    ost_buf_put(out, mask, 4);
    size_t at = out->len;
    ost_buf_put(out, from, len);
    for (size_t i = 0; i < len && !out->failed; i++)
        out->ptr[at + i] ^= mask[i % 4];
}

void ost_ws_reader_init(struct ost_ws_reader *reader, size_t most)
{
    *reader = (struct ost_ws_reader){.most = most};
    ost_buf_init(&reader->part, most);
    ost_buf_init(&reader->whole, most);
}

void ost_ws_reader_fini(struct ost_ws_reader *reader)
{
    ost_buf_fini(&reader->part);
    ost_buf_fini(&reader->whole);
}

static bool broken(struct ost_err *err, const char *what)
{
    return ost_fail(err, OST_CORRUPT, "the server sent %s", what);
}

/* How long the head is, as far as its first two bytes tell. */
static size_t head_size(const struct ost_ws_reader *reader)
{
    unsigned len = reader->head_len < 2 ? 0 : reader->head[1] & 0x7fu;
    return len == 126 ? 4 : len == 127 ? 10 : 2;
}

static uint64_t stated_length(const struct ost_ws_reader *reader)
{
    uint64_t len = reader->head[1] & 0x7fu;
    size_t end = head_size(reader);
    if (end > 2)
        len = 0;
    for (size_t i = 2; i < end; i++)
        len = len << 8 | reader->head[i];
    return len;
}

static bool check_head(struct ost_ws_reader *reader, struct ost_err *err)
{
    unsigned first = reader->head[0], opcode = first & 0xfu;
    reader->left = stated_length(reader);
    if ((first & RESERVED) != 0)
        return broken(err, "a reserved bit");
    if ((reader->head[1] & MASKED) != 0)
        return broken(err, "a masked frame");
    if (opcode > OST_WS_PONG || (opcode > OST_WS_BINARY && opcode < OST_WS_CLOSE))
        return broken(err, "a reserved opcode");
    if ((opcode & CONTROL) != 0 && ((first & FIN) == 0 || reader->left > SMALL))
        return broken(err, "a control frame that is long or in pieces");
    if (opcode == OST_WS_MORE && reader->kind == OST_WS_MORE)
        return broken(err, "the rest of a message that never began");
    if ((opcode == OST_WS_TEXT || opcode == OST_WS_BINARY) && reader->kind != OST_WS_MORE)
        return broken(err, "a message inside another");
    if (reader->left > reader->most || reader->whole.len + reader->left > reader->most)
        return ost_fail(err, OST_LIMIT, "a message beyond %zu bytes", reader->most);
    return true;
}

/* Byte by byte: a head may be cut anywhere. */
static size_t take_head(struct ost_ws_reader *reader, const unsigned char *bytes, size_t len)
{
    size_t used = 0;
    while (used < len && (reader->head_len < 2 || reader->head_len < head_size(reader)))
        reader->head[reader->head_len++] = bytes[used++];
    return used;
}

static bool is_whole(const struct ost_ws_reader *reader)
{
    return reader->head_len >= 2 && reader->head_len == head_size(reader);
}

static void clear(struct ost_buf *buf, size_t most)
{
    ost_buf_fini(buf);
    ost_buf_init(buf, most);
}

/* A frame whose payload lies at `payload`. */
static bool end_frame(struct ost_ws_reader *reader, const unsigned char *payload, size_t len,
                      ost_ws_heard *heard, void *user, struct ost_err *err)
{
    enum ost_ws_opcode opcode = (enum ost_ws_opcode)(reader->head[0] & 0xfu);
    bool fin = (reader->head[0] & FIN) != 0;
    reader->head_len = 0;
    if ((opcode & CONTROL) != 0)
        return heard(user, opcode, payload, len, err);
    if (opcode != OST_WS_MORE && fin)
        return heard(user, opcode, payload, len, err);
    if (opcode != OST_WS_MORE)
        reader->kind = opcode;
    ost_buf_put(&reader->whole, payload, len);
    if (!fin || !ost_buf_done(&reader->whole, err))
        return !fin;
    opcode = reader->kind;
    reader->kind = OST_WS_MORE;
    bool ok = heard(user, opcode, reader->whole.ptr, reader->whole.len, err);
    clear(&reader->whole, reader->most);
    return ok;
}

/* The payload, or what has come of it; `*used` of the bytes. */
static bool take_payload(struct ost_ws_reader *reader, const unsigned char *bytes, size_t len,
                         size_t *used, ost_ws_heard *heard, void *user, struct ost_err *err)
{
    size_t n = reader->left < len ? (size_t)reader->left : len;
    *used = n;
    reader->left -= n;
    if (reader->left == 0 && reader->part.len == 0)
        return end_frame(reader, bytes, n, heard, user, err);
    ost_buf_put(&reader->part, bytes, n);
    if (reader->part.failed)
        return ost_fail(err, OST_NOMEM, "no memory for a frame");
    if (reader->left > 0)
        return true;
    bool ok = end_frame(reader, reader->part.ptr, reader->part.len, heard, user, err);
    reader->part.len = 0;
    return ok;
}

bool ost_ws_feed(struct ost_ws_reader *reader, const void *bytes, size_t len, ost_ws_heard *heard,
                 void *user, struct ost_err *err)
{
    const unsigned char *at = bytes, *end = at + len;
    while (at < end) {
        size_t used = 0;
        if (!is_whole(reader)) {
            at += take_head(reader, at, (size_t)(end - at));
            if (!is_whole(reader))
                return true;
            if (!check_head(reader, err))
                return false;
            if (reader->left > 0)
                continue;
        }
        if (!take_payload(reader, at, (size_t)(end - at), &used, heard, user, err))
            return false;
        at += used;
    }
    return true;
}
