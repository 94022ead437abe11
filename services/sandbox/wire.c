#include "services/sandbox/wire_impl.h"

#include <string.h>

static const uint32_t request_mark = 0x5154534F, status_mark = 0x5354534F;

void ost_wire_put_request(const struct ost_wire_request *r, struct ost_buf *out)
{
    ost_buf_put_u32le(out, request_mark);
    ost_buf_put_u32le(out, (uint32_t)r->task);
    ost_buf_put_u64le(out, r->memory);
    ost_buf_put_u32le(out, r->cpu_seconds);
    ost_buf_put_u32le(out, r->profile.options);
    ost_buf_put_u8(out, r->profile.keep_weekday ? 1 : 0);
    ost_buf_put_u32le(out, (uint32_t)r->profile.safe_count);
    for (size_t i = 0; i < r->profile.safe_count; i++) {
        ost_buf_put(out, r->profile.safe[i].creator, sizeof r->profile.safe[i].creator);
        ost_buf_put_u32le(out, r->profile.safe[i].tag);
    }
    ost_buf_put_u32le(out, r->key_len);
    ost_buf_put(out, r->key, r->key_len);
}

static void read_into(struct ost_read *in, void *to, size_t len)
{
    const unsigned char *from = ost_read_bytes(in, len);
    if (from != NULL)
        memcpy(to, from, len);
}

bool ost_wire_read_request(const void *bytes, size_t len, struct ost_wire_request *r,
                           struct ost_err *err)
{
    struct ost_read in = ost_read_of(bytes, len);
    *r = (struct ost_wire_request){0};
    bool marked = ost_read_u32le(&in) == request_mark;
    r->task = (enum ost_wire_task)ost_read_u32le(&in);
    r->memory = ost_read_u64le(&in);
    r->cpu_seconds = ost_read_u32le(&in);
    r->profile.options = ost_read_u32le(&in);
    r->profile.keep_weekday = ost_read_u8(&in) != 0;
    r->profile.safe_count = ost_read_u32le(&in);
    if (r->profile.safe_count > OST_DEID_SAFE)
        return ost_fail(err, OST_INVALID, "intake request: too many private attributes");
    for (size_t i = 0; i < r->profile.safe_count; i++) {
        read_into(&in, r->profile.safe[i].creator, sizeof r->profile.safe[i].creator);
        r->profile.safe[i].creator[sizeof r->profile.safe[i].creator - 1] = '\0';
        r->profile.safe[i].tag = ost_read_u32le(&in);
    }
    r->key_len = ost_read_u32le(&in);
    if (r->key_len > sizeof r->key)
        return ost_fail(err, OST_INVALID, "intake request: key of %u bytes", r->key_len);
    read_into(&in, r->key, r->key_len);
    if (!marked || in.failed || in.at != in.len)
        return ost_fail(err, OST_INVALID, "no intake request");
    return true;
}

void ost_wire_put_status(const struct ost_err *err, struct ost_buf *out)
{
    size_t len = err->code == OST_OK ? 0 : strlen(err->msg);
    ost_buf_put_u32le(out, status_mark);
    ost_buf_put_u32le(out, (uint32_t)err->code);
    ost_buf_put_u32le(out, (uint32_t)len);
    ost_buf_put(out, err->msg, len);
}

bool ost_wire_read_status(struct ost_read *in, struct ost_err *err)
{
    bool marked = ost_read_u32le(in) == status_mark;
    uint32_t code = ost_read_u32le(in), len = ost_read_u32le(in);
    struct ost_err told = {0};
    if (in->failed || !marked || code > OST_BUG || len >= sizeof told.msg)
        return ost_fail(err, OST_CORRUPT, "the file makes the reader fail: it is damaged");
    read_into(in, told.msg, len);
    for (uint32_t i = 0; i < len; i++) {
        if (told.msg[i] < ' ' || told.msg[i] > '~')
            told.msg[i] = '?';
    }
    if (in->failed)
        return ost_fail(err, OST_CORRUPT, "the file makes the reader fail: it is damaged");
    if (code == OST_NOMEM)
        return ost_fail(err, OST_LIMIT, "the file needs more memory to read than is allowed");
    return code == OST_OK || ost_fail(err, (enum ost_code)code, "%s", told.msg);
}

bool ost_wire_read_blob(struct ost_read *in, const unsigned char **bytes, size_t *len,
                        struct ost_err *err)
{
    uint64_t declared = ost_read_u64le(in);
    if (in->failed || declared > in->len - in->at)
        return ost_fail(err, OST_CORRUPT, "the reader's answer is cut off");
    *len = (size_t)declared;
    *bytes = ost_read_bytes(in, *len);
    return true;
}
