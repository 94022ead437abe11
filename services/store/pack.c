#include "services/store/store_impl.h"

#include <zstd.h>

#include <stdlib.h>

enum { OST_PACK_LEVEL = 3, OST_PACK_LEAST = 512 };

/* Kept only where it saves a twentieth: PNG and GLB mostly do not. */
bool ost_pack(const void *bytes, size_t len, struct ost_buf *out, bool *packed, struct ost_err *err)
{
    *packed = false;
    size_t bound = ZSTD_compressBound(len), got = len;
    void *space = len < OST_PACK_LEAST ? NULL : malloc(bound);
    if (space != NULL)
        got = ZSTD_compress(space, bound, bytes, len, OST_PACK_LEVEL);
    if (space != NULL && ZSTD_isError(got) == 0 && got < len - len / 20) {
        *packed = true;
        ost_buf_put(out, space, got);
    } else {
        ost_buf_put(out, bytes, len);
    }
    free(space);
    return ost_buf_done(out, err);
}

bool ost_unpack(const void *bytes, size_t len, size_t want, struct ost_buf *out,
                struct ost_err *err)
{
    unsigned char *space = malloc(want + 1);
    if (space == NULL)
        return ost_fail(err, OST_NOMEM, "%zu bytes", want);
    size_t got = ZSTD_decompress(space, want + 1, bytes, len);
    bool ok = ZSTD_isError(got) == 0 && got == want;
    if (ok)
        ost_buf_put(out, space, got);
    free(space);
    return ok ? ost_buf_done(out, err)
              : ost_fail(err, OST_CORRUPT, "it does not unpack to %zu bytes", want);
}
