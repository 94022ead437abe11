/* Pre-encoded operations as files, for load drivers of other hands. */
#include "recon/plan/twin.h"
#include "services/load/encode.h"
#include "services/load/frame.h"
#include "services/load/load.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#define LINE 512

static bool write_all(const char *path, const struct ost_buf *bytes, struct ost_err *err)
{
    FILE *file = fopen(path, "wb");
    bool ok = file != NULL && fwrite(bytes->ptr, 1, bytes->len, file) == bytes->len;
    if (file != NULL)
        ok = fclose(file) == 0 && ok;
    return ok || ost_fail(err, OST_UNAVAILABLE, "%s cannot be written", path);
}

static void put_cbor(struct ost_buf *frames, const unsigned char mask[4], const char *json,
                     size_t len)
{
    struct ost_buf cbor;
    struct ost_err err;
    ost_buf_init(&cbor, LINE);
    if (ost_twin_cbor(json, len, &cbor, &err)) {
        ost_ws_put(frames, OST_WS_BINARY, mask, cbor.ptr, cbor.len);
    } else {
        frames->failed = true;
    }
    ost_buf_fini(&cbor);
}

/* The hello, then the operations. */
static void encode_one(size_t index, uint64_t run, size_t count, bool cbor, struct ost_buf *lines,
                       struct ost_buf *frames)
{
    static const unsigned char mask[4] = {0x5a, 0xa5, 0x3c, 0xc3};
    char client[OST_LOAD_CLIENT];
    ost_load_client_id(index, run, client);
    for (size_t n = 0; n <= count && !lines->failed; n++) {
        size_t at = lines->len;
        if (n == 0) {
            ost_load_hello(lines, client, 0, NULL);
        } else {
            ost_load_op(lines, index, run, (int64_t)n);
        }
        const char *json = (const char *)lines->ptr + at;
        if (cbor) {
            put_cbor(frames, mask, json, lines->len - at);
        } else {
            ost_ws_put(frames, OST_WS_TEXT, mask, json, lines->len - at);
        }
        ost_buf_text(lines, "\n");
    }
}

static bool encode_client(const char *dir, size_t index, uint64_t run, size_t count, bool cbor,
                          struct ost_err *err)
{
    char path[512];
    struct ost_buf lines, frames;
    ost_buf_init(&lines, (count + 1) * LINE);
    ost_buf_init(&frames, (count + 1) * LINE);
    encode_one(index, run, count, cbor, &lines, &frames);
    bool ok = ost_buf_done(&lines, err) && ost_buf_done(&frames, err);
    (void)snprintf(path, sizeof path, "%s/client_%04zu.jsonl", dir, index);
    ok = ok && write_all(path, &lines, err);
    (void)snprintf(path, sizeof path, "%s/client_%04zu.frames", dir, index);
    ok = ok && write_all(path, &frames, err);
    ost_buf_fini(&lines);
    ost_buf_fini(&frames);
    return ok;
}

bool ost_load_encode_files(const char *dir, size_t clients, size_t count, bool cbor,
                           struct ost_err *err)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    /* Another run is other clients with other notes: a plan may be loaded again. */
    uint64_t run = (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
    if (mkdir(dir, 0777) != 0 && errno != EEXIST)
        return ost_fail(err, OST_UNAVAILABLE, "no folder %s", dir);
    for (size_t i = 0; i < clients; i++) {
        if (!encode_client(dir, i, run, count, cbor, err))
            return false;
    }
    return true;
}
