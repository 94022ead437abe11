/* Deflated data sets (PS3.5 A.5), inflated under a limit before anything parses them. */
#include "recon/dicom/scan.h"
#include "recon/dicom/scan_impl.h"

#define ZLIB_CONST
#include <string.h>
#include <zlib.h>

static const char syntax[] = "1.2.840.10008.1.2.1"; /* 19 characters and one zero byte */

/* Preamble, mark and the smallest file meta information there may be. */
static void put_meta(struct ost_buf *out, const unsigned char *meta, size_t meta_len)
{
    static const unsigned char zeros[128];
    ost_buf_put(out, zeros, sizeof zeros);
    ost_buf_text(out, "DICM");
    /* (0002,0000), whose value follows from what is kept, then all but the syntax. */
    struct ost_buf kept;
    ost_buf_init(&kept, 1 << 20);
    for (size_t at = 0; meta_len - at >= 8;) {
        const unsigned char *p = meta + at;
        bool is_long = ost_scan_is_long((const char *)p + 4);
        size_t head = is_long ? 12 : 8, left = meta_len - at;
        if (head > left)
            break;
        size_t len =
            is_long ? (size_t)p[8] | (size_t)p[9] << 8 | (size_t)p[10] << 16 | (size_t)p[11] << 24
                    : (size_t)p[6] | (size_t)p[7] << 8;
        if (len > left - head)
            break;
        unsigned int element = p[2] | (unsigned int)p[3] << 8;
        if (element != 0x0000 && element != 0x0010) {
            ost_buf_put(&kept, p, head + len);
        } else if (element == 0x0010) {
            ost_buf_put(&kept, "\2\0\x10\0UI\x14\0", 8);
            ost_buf_put(&kept, syntax, sizeof syntax);
        }
        at += head + len;
    }
    ost_buf_put(out, "\2\0\0\0UL\4\0", 8);
    ost_buf_put_u32le(out, (uint32_t)kept.len);
    ost_buf_put(out, kept.ptr, kept.len);
    if (kept.failed)
        out->failed = true;
    ost_buf_fini(&kept);
}

static bool run(z_stream *z, struct ost_buf *out, size_t limit, struct ost_err *err)
{
    unsigned char chunk[65536];
    int status = Z_OK;
    while (status != Z_STREAM_END) {
        z->next_out = chunk;
        z->avail_out = sizeof chunk;
        status = inflate(z, Z_NO_FLUSH);
        if (status != Z_OK && status != Z_STREAM_END)
            return ost_fail(err, OST_CORRUPT, "the deflated data set is damaged or cut off");
        ost_buf_put(out, chunk, sizeof chunk - z->avail_out);
        if (out->failed || z->total_out > limit) {
            return ost_fail(err, OST_LIMIT, "the deflated data set unpacks to more than %zu bytes",
                            limit < out->limit ? limit : out->limit);
        }
    }
    return true;
}

bool ost_scan_inflate(const void *bytes, size_t len, struct ost_buf *out, struct ost_err *err)
{
    struct ost_scan scan;
    struct ost_err deflated;
    if (ost_scan_part10(bytes, len, &scan, &deflated) || scan.data_at == 0 || scan.data_at >= len)
        return ost_fail(err, OST_CORRUPT, "no deflated data set");
    const unsigned char *data = bytes;
    put_meta(out, data + 132, scan.data_at - 132);
    z_stream z = {.next_in = data + scan.data_at, .avail_in = (unsigned int)(len - scan.data_at)};
    if (len - scan.data_at > UINT32_MAX / 2 || inflateInit2(&z, -MAX_WBITS) != Z_OK)
        return ost_fail(err, OST_LIMIT, "deflated data set of %zu bytes", len - scan.data_at);
    bool ok = run(&z, out, (len - scan.data_at) * OST_SCAN_INFLATE_RATIO + 65536, err);
    (void)inflateEnd(&z);
    return ok;
}
