/* WebSocket frames of a server: what is heard does not depend on where the bytes were cut. */
#include "recon/base/sha256.h"
#include "services/load/frame.h"
#include "tests/fuzz/target.h"

struct heard {
    struct ost_sha256 sha;
    size_t count;
};

static bool hear(void *user, enum ost_ws_opcode opcode, const unsigned char *payload, size_t len,
                 struct ost_err *err)
{
    struct heard *heard = user;
    const unsigned char head[4] = {(unsigned char)opcode, (unsigned char)len,
                                   (unsigned char)(len >> 8), (unsigned char)(len >> 16)};
    (void)err;
    ost_sha256_put(&heard->sha, head, sizeof head);
    ost_sha256_put(&heard->sha, payload, len);
    heard->count++;
    return true;
}

static bool feed(const unsigned char *bytes, size_t len, size_t step,
                 unsigned char digest[OST_SHA256_BYTES])
{
    struct ost_ws_reader reader = {.head_len = 0};
    struct heard heard = {.count = 0};
    struct ost_err err;
    bool ok = true;
    ost_sha256_init(&heard.sha);
    ost_ws_reader_init(&reader, 4096);
    for (size_t at = 0; ok && at < len; at += step)
        ok =
            ost_ws_feed(&reader, bytes + at, len - at < step ? len - at : step, hear, &heard, &err);
    ost_ws_reader_fini(&reader);
    ost_sha256_end(&heard.sha, digest);
    return ok;
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len)
{
    unsigned char whole[OST_SHA256_BYTES], cut[OST_SHA256_BYTES];
    if (len == 0)
        return 0;
    size_t step = 1 + bytes[0] % 16;
    bool ok = feed(bytes + 1, len - 1, len, whole);
    must(feed(bytes + 1, len - 1, step, cut) == ok);
    for (size_t i = 0; i < sizeof whole; i++)
        must(whole[i] == cut[i]);
    return 0;
}
