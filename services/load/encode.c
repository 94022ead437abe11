#include "services/load/encode.h"

#include "services/load/frame.h"

#include <inttypes.h>
#include <stdio.h>

#define ROUND 64 /* positions of one client */

void ost_load_client_id(size_t index, uint64_t run, char out[OST_LOAD_CLIENT])
{
    (void)snprintf(out, OST_LOAD_CLIENT, "%08x%024" PRIx64, (unsigned)index, run);
}

void ost_load_hello(struct ost_buf *out, const char *client, int64_t seq, const char *sum)
{
    ost_buf_print(out, "{\"t\":\"hello\",\"client\":\"%s\",\"seq\":%" PRId64 ",\"sum\":", client,
                  seq);
    if (sum == NULL) {
        ost_buf_text(out, "null}");
    } else {
        ost_buf_print(out, "\"%s\"}", sum);
    }
}

/* A square walked in quarter millimetres: exact numbers, no libm. */
static void place_of(size_t index, int64_t n, double out[3])
{
    int64_t step = n % ROUND, side = step / (ROUND / 4), on = step % (ROUND / 4);
    double along = 0.25 * (double)on, far = 0.25 * ROUND / 4;
    out[0] = side == 0 ? along : side == 1 ? far : side == 2 ? far - along : 0.0;
    out[1] = side == 0 ? 0.0 : side == 1 ? along : side == 2 ? far : far - along;
    out[2] = (double)(index % 100);
}

void ost_load_op(struct ost_buf *out, size_t index, uint64_t run, int64_t n)
{
    double at[3];
    place_of(index, n, at);
    ost_buf_print(out, "{\"t\":\"op\",\"n\":%" PRId64 ",\"ops\":[", n);
    if (n == 1) {
        ost_buf_print(out,
                      "{\"op\":\"create\",\"id\":\"load-%zu-%" PRIx64 "\",\"type\":\"note\","
                      "\"parent\":\"\",\"order\":\"V\",\"props\":{\"text\":\"load %zu\","
                      "\"anchor\":[%.2f,%.2f,%.2f]}}]}",
                      index, run, index, at[0], at[1], at[2]);
    } else {
        ost_buf_print(out,
                      "{\"op\":\"set\",\"object\":\"load-%zu-%" PRIx64 "\",\"property\":\"anchor\","
                      "\"value\":[%.2f,%.2f,%.2f],\"base\":%" PRId64 "}]}",
                      index, run, at[0], at[1], at[2], 1 - n);
    }
}

void ost_load_op_frame(struct ost_buf *out, size_t index, uint64_t run, int64_t n)
{
    struct ost_buf json;
    const unsigned char mask[4] = {(unsigned char)(index | 1u), (unsigned char)(index >> 8 | 2u),
                                   (unsigned char)(n | 4), (unsigned char)(n >> 8 | 8)};
    ost_buf_init(&json, 1024);
    ost_load_op(&json, index, run, n);
    if (json.failed) {
        out->failed = true;
    } else {
        ost_ws_put(out, OST_WS_TEXT, mask, json.ptr, json.len);
    }
    ost_buf_fini(&json);
}
