#include "recon/image/nifti.h"

#include <nifti/nifti1.h>
#include <zlib.h>

enum { OST_NIFTI_HEADER = 348, OST_NIFTI_DATA = 352, OST_NIFTI_CHUNK = 1 << 16 };

/* In the byte order of this machine, which the header's first number tells. */
static void put_header(const struct ost_grid *grid, struct ost_buf *out)
{
    struct nifti_1_header h = {
        .sizeof_hdr = OST_NIFTI_HEADER,
        .dim = {3, 1, 1, 1, 1, 1, 1, 1},
        .datatype = NIFTI_TYPE_FLOAT32,
        .bitpix = 32,
        .pixdim = {1.0F},
        .vox_offset = OST_NIFTI_DATA,
        .scl_slope = 1.0F,
        .xyzt_units = NIFTI_UNITS_MM,
        .qform_code = NIFTI_XFORM_SCANNER_ANAT,
        .sform_code = NIFTI_XFORM_SCANNER_ANAT,
        .quatern_d = 1.0F, /* half a turn about z takes LPS to RAS */
        .qoffset_x = (float)-grid->origin[0],
        .qoffset_y = (float)-grid->origin[1],
        .qoffset_z = (float)grid->origin[2],
        .srow_x = {(float)-grid->spacing[0], 0.0F, 0.0F, (float)-grid->origin[0]},
        .srow_y = {0.0F, (float)-grid->spacing[1], 0.0F, (float)-grid->origin[1]},
        .srow_z = {0.0F, 0.0F, (float)grid->spacing[2], (float)grid->origin[2]},
        .magic = "n+1",
    };
    for (int k = 0; k < 3; k++) {
        h.dim[k + 1] = (short)grid->size[k];
        h.pixdim[k + 1] = (float)grid->spacing[k];
    }
    _Static_assert(sizeof h == OST_NIFTI_HEADER, "nifti1.h lays it out without gaps");
    ost_buf_put(out, &h, sizeof h);
    ost_buf_put(out, (const char[OST_NIFTI_DATA - OST_NIFTI_HEADER]){0},
                OST_NIFTI_DATA - OST_NIFTI_HEADER);
}

static bool deflate_all(z_stream *z, struct ost_buf *in, int flush, struct ost_buf *out)
{
    unsigned char chunk[OST_NIFTI_CHUNK];
    z->next_in = in->ptr;
    z->avail_in = (uInt)in->len;
    int result = Z_OK;
    do {
        z->next_out = chunk;
        z->avail_out = sizeof chunk;
        result = deflate(z, flush);
        ost_buf_put(out, chunk, sizeof chunk - z->avail_out);
    } while (z->avail_out == 0);
    in->len = 0;
    return result == Z_OK || result == Z_STREAM_END;
}

bool ost_nifti_write(const struct ost_grid *grid, struct ost_buf *out, struct ost_err *err)
{
    for (int k = 0; k < 3; k++) {
        if (grid->size[k] > INT16_MAX)
            return ost_fail(err, OST_LIMIT, "nifti: %u voxels along a side", grid->size[k]);
    }
    /* zlib's own gzip header carries no time and no name. */
    z_stream z = {0};
    if (deflateInit2(&z, 4, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return ost_fail(err, OST_NOMEM, "nifti: no memory to compress");
    struct ost_buf part;
    ost_buf_init(&part, (size_t)1 << 20);
    put_header(grid, &part);
    bool ok = true;
    const size_t row = grid->size[0];
    for (size_t n = 0; ok && n < (size_t)grid->size[1] * grid->size[2]; n++) {
        ost_buf_put(&part, grid->value + n * row, row * sizeof *grid->value);
        if (part.len >= OST_NIFTI_CHUNK)
            ok = !part.failed && deflate_all(&z, &part, Z_NO_FLUSH, out);
    }
    ok = ok && !part.failed && deflate_all(&z, &part, Z_FINISH, out);
    (void)deflateEnd(&z);
    ost_buf_fini(&part);
    if (!ok)
        return ost_fail(err, OST_NOMEM, "nifti: could not compress");
    return ost_buf_done(out, err) || ost_err_note(err, "nifti");
}
