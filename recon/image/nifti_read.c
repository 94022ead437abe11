/*
 * The header is taken apart here and not by libnifti: that library reads and writes
 * named files only, and this room takes and gives bytes. The tests compare with it.
 * Layout and the two transforms: nifti1.h (Cox et al. 2004).
 */
#include "recon/base/array.h"
#include "recon/image/nifti.h"

#include <math.h>
#include <nifti/nifti1.h>
#include <stdlib.h>
#include <string.h>
#define ZLIB_CONST /* its input is const */
#include <zlib.h>

enum { OST_NIFTI_HEADER = 348, OST_NIFTI_DATA = 352 };

struct header {
    bool swap;
    uint32_t size[3];
    int datatype;
    double slope, inter;
    size_t offset;
    double column[3][3]; /* one step of file index k, mm, LPS */
    double place[3];     /* voxel (0, 0, 0), mm, LPS */
};

/* ---- bytes, plain or gzipped ---- */

struct source {
    const unsigned char *bytes;
    size_t len, at;
    bool gz;
    z_stream z;
};

static bool source_open(struct source *s, const void *bytes, size_t len, struct ost_err *err)
{
    *s = (struct source){.bytes = bytes, .len = len};
    s->gz = len >= 2 && s->bytes[0] == 0x1f && s->bytes[1] == 0x8b;
    if (!s->gz)
        return true;
    if (len > UINT32_MAX)
        return ost_fail(err, OST_LIMIT, "nifti: %zu bytes compressed", len);
    s->z.next_in = s->bytes;
    s->z.avail_in = (uInt)len;
    if (inflateInit2(&s->z, 15 + 16) != Z_OK)
        return ost_fail(err, OST_NOMEM, "nifti: no memory to decompress");
    return true;
}

static void source_close(struct source *s)
{
    if (s->gz)
        (void)inflateEnd(&s->z);
}

static bool source_read(struct source *s, unsigned char *to, size_t count, struct ost_err *err)
{
    if (!s->gz) {
        if (count > s->len - s->at)
            return ost_fail(err, OST_CORRUPT, "nifti: ends after %zu bytes", s->len);
        memcpy(to, s->bytes + s->at, count);
        s->at += count;
        return true;
    }
    s->z.next_out = to;
    s->z.avail_out = (uInt)count;
    while (s->z.avail_out > 0) {
        int result = inflate(&s->z, Z_NO_FLUSH);
        if (result != Z_OK && !(result == Z_STREAM_END && s->z.avail_out == 0))
            return ost_fail(err, OST_CORRUPT, "nifti: compressed data end or break early");
    }
    return true;
}

static bool source_skip(struct source *s, size_t count, struct ost_err *err)
{
    unsigned char waste[256];
    while (count > 0) {
        size_t part = count < sizeof waste ? count : sizeof waste;
        if (!source_read(s, waste, part, err))
            return false;
        count -= part;
    }
    return true;
}

/* ---- numbers of either byte order ---- */

static uint64_t bits_at(const unsigned char *p, size_t width, bool swap)
{
    uint64_t v = 0;
    for (size_t k = 0; k < width; k++)
        v |= (uint64_t)p[swap ? width - 1 - k : k] << (8 * k);
    return v;
}

static int short_at(const unsigned char *raw, size_t at, bool swap)
{
    return (int16_t)bits_at(raw + at, 2, swap);
}

static double float_at(const unsigned char *raw, size_t at, bool swap)
{
    uint32_t bits = (uint32_t)bits_at(raw + at, 4, swap);
    float v;
    memcpy(&v, &bits, sizeof v);
    return (double)v;
}

static size_t type_width(int datatype)
{
    switch (datatype) {
    case NIFTI_TYPE_UINT8:
    case NIFTI_TYPE_INT8:
        return 1;
    case NIFTI_TYPE_INT16:
    case NIFTI_TYPE_UINT16:
        return 2;
    case NIFTI_TYPE_INT32:
    case NIFTI_TYPE_UINT32:
    case NIFTI_TYPE_FLOAT32:
        return 4;
    case NIFTI_TYPE_FLOAT64:
        return 8;
    default:
        return 0;
    }
}

static double value_at(const unsigned char *p, int datatype, bool swap)
{
    uint64_t bits = bits_at(p, type_width(datatype), swap);
    switch (datatype) {
    case NIFTI_TYPE_INT8:
        return (int8_t)bits;
    case NIFTI_TYPE_INT16:
        return (int16_t)bits;
    case NIFTI_TYPE_INT32:
        return (int32_t)bits;
    case NIFTI_TYPE_FLOAT32:
        return float_at(p, 0, swap);
    case NIFTI_TYPE_FLOAT64: {
        double v;
        memcpy(&v, &bits, sizeof v);
        return v;
    }
    default:
        return (double)bits;
    }
}

/* ---- the header ---- */

/* Columns of the rotation of the unit quaternion (a, b, c, d), nifti1.h method 2. */
static void qform(const unsigned char *raw, struct header *h)
{
    double b = float_at(raw, 256, h->swap), c = float_at(raw, 260, h->swap);
    double d = float_at(raw, 264, h->swap), a2 = 1.0 - (b * b + c * c + d * d);
    double a = a2 > 1e-7 ? sqrt(a2) : 0.0, n = 1.0 / sqrt(a * a + b * b + c * c + d * d);
    a *= n;
    b *= n;
    c *= n;
    d *= n;
    const double r[3][3] = {
        {a * a + b * b - c * c - d * d, 2 * (b * c + a * d), 2 * (b * d - a * c)},
        {2 * (b * c - a * d), a * a + c * c - b * b - d * d, 2 * (c * d + a * b)},
        {2 * (b * d + a * c), 2 * (c * d - a * b), a * a + d * d - b * b - c * c},
    };
    double face = float_at(raw, 76, h->swap) < 0.0 ? -1.0 : 1.0;
    for (size_t k = 0; k < 3; k++) {
        double step = float_at(raw, 80 + 4 * k, h->swap) * (k == 2 ? face : 1.0);
        for (size_t axis = 0; axis < 3; axis++)
            h->column[k][axis] = r[k][axis] * step;
        h->place[k] = float_at(raw, 268 + 4 * k, h->swap);
    }
}

static void sform(const unsigned char *raw, struct header *h)
{
    for (size_t axis = 0; axis < 3; axis++) {
        for (size_t k = 0; k < 3; k++)
            h->column[k][axis] = float_at(raw, 280 + 16 * axis + 4 * k, h->swap);
        h->place[axis] = float_at(raw, 280 + 16 * axis + 12, h->swap);
    }
}

/* Millimetres, and LPS from RAS. */
static bool place(const unsigned char *raw, struct header *h, struct ost_err *err)
{
    if (short_at(raw, 254, h->swap) > 0) {
        sform(raw, h);
    } else if (short_at(raw, 252, h->swap) > 0) {
        qform(raw, h);
    } else {
        return ost_fail(err, OST_UNSUPPORTED, "nifti: neither sform nor qform says where it lies");
    }
    int unit = raw[123] & 7;
    double mm = unit == NIFTI_UNITS_METER ? 1e3 : unit == NIFTI_UNITS_MICRON ? 1e-3 : 1.0;
    for (int axis = 0; axis < 3; axis++) {
        double sign = axis < 2 ? -mm : mm;
        h->place[axis] *= sign;
        bool finite = isfinite(h->place[axis]);
        for (int k = 0; k < 3; k++) {
            h->column[k][axis] *= sign;
            finite = finite && fabs(h->column[k][axis]) < 1e4;
        }
        if (!finite)
            return ost_fail(err, OST_CORRUPT, "nifti: its place is not a finite number");
    }
    return true;
}

static bool dimensions(const unsigned char *raw, struct header *h, struct ost_err *err)
{
    int dims = short_at(raw, 40, h->swap);
    if (dims < 1 || dims > 7)
        return ost_fail(err, OST_CORRUPT, "nifti: %d dimensions", dims);
    for (int k = 0; k < dims; k++) {
        int n = short_at(raw, 42 + 2 * (size_t)k, h->swap);
        if (n < 1)
            return ost_fail(err, OST_CORRUPT, "nifti: dimension %d is %d", k, n);
        if (k > 2 && n > 1)
            return ost_fail(err, OST_UNSUPPORTED, "nifti: %d volumes in one file", n);
        if (k < 3)
            h->size[k] = (uint32_t)n;
    }
    for (int k = dims; k < 3; k++)
        h->size[k] = 1;
    return true;
}

static bool parse(const unsigned char raw[OST_NIFTI_HEADER], struct header *h, struct ost_err *err)
{
    *h = (struct header){.swap = bits_at(raw, 4, true) == OST_NIFTI_HEADER};
    if (!h->swap && bits_at(raw, 4, false) != OST_NIFTI_HEADER)
        return ost_fail(err, OST_UNSUPPORTED, "nifti: not a NIfTI-1 file");
    if (memcmp(raw + 344, "n+1", 4) != 0)
        return ost_fail(err, OST_UNSUPPORTED, "nifti: not a single-file NIfTI-1");
    if (!dimensions(raw, h, err))
        return false;
    h->datatype = short_at(raw, 70, h->swap);
    if (type_width(h->datatype) == 0)
        return ost_fail(err, OST_UNSUPPORTED, "nifti: data type %d", h->datatype);
    double offset = float_at(raw, 108, h->swap);
    if (!(offset >= OST_NIFTI_DATA && offset <= 1 << 20))
        return ost_fail(err, OST_CORRUPT, "nifti: data offset out of range");
    h->offset = (size_t)offset;
    h->slope = float_at(raw, 112, h->swap);
    h->inter = float_at(raw, 116, h->swap);
    if (!isfinite(h->slope) || h->slope == 0.0 || !isfinite(h->inter)) {
        h->slope = 1.0;
        h->inter = 0.0;
    }
    return place(raw, h, err);
}

/* ---- the voxels ---- */

/* Where file index k goes: patient axis, and whether it runs backwards. */
struct turn {
    int axis[3];
    bool back[3];
    bool oblique;
};

static bool turn_of(const struct header *h, struct turn *turn, struct ost_err *err)
{
    *turn = (struct turn){.oblique = false};
    bool taken[3] = {false, false, false};
    for (int k = 0; k < 3; k++) {
        const double *c = h->column[k];
        int best = 0;
        for (int axis = 1; axis < 3; axis++)
            best = fabs(c[axis]) > fabs(c[best]) ? axis : best;
        if (taken[best] || !(fabs(c[best]) > 1e-6))
            return ost_fail(err, OST_UNSUPPORTED, "nifti: axes too oblique or degenerate");
        taken[best] = true;
        turn->axis[k] = best;
        turn->back[k] = c[best] < 0.0;
        /* A slant is worth resampling once it moves the far end by a tenth of a voxel. */
        for (int axis = 0; axis < 3; axis++) {
            if (axis != best && fabs(c[axis]) * h->size[k] > 0.1 * fabs(c[best]))
                turn->oblique = true;
        }
    }
    return true;
}

static bool read_rows(struct source *s, const struct header *h, const struct turn *turn,
                      struct ost_grid *grid, struct ost_err *err)
{
    const size_t width = type_width(h->datatype);
    const size_t pace[3] = {1, grid->size[0], (size_t)grid->size[0] * grid->size[1]};
    ptrdiff_t step[3];
    size_t start = 0;
    for (int k = 0; k < 3; k++) {
        step[k] = (ptrdiff_t)pace[turn->axis[k]] * (turn->back[k] ? -1 : 1);
        if (turn->back[k])
            start += pace[turn->axis[k]] * (h->size[k] - 1);
    }
    unsigned char *row = malloc(h->size[0] * width + 1);
    if (row == NULL)
        return ost_fail(err, OST_NOMEM, "nifti: no memory for a row");
    bool ok = true;
    for (size_t n = 0; ok && n < (size_t)h->size[1] * h->size[2]; n++) {
        ok = source_read(s, row, h->size[0] * width, err);
        float *to = grid->value + (ptrdiff_t)start + (ptrdiff_t)(n % h->size[1]) * step[1] +
                    (ptrdiff_t)(n / h->size[1]) * step[2];
        for (size_t i = 0; ok && i < h->size[0]; i++) {
            double v = value_at(row + i * width, h->datatype, h->swap) * h->slope + h->inter;
            to[(ptrdiff_t)i * step[0]] = (float)(isfinite(v) ? v : 0.0);
        }
    }
    free(row);
    return ok;
}

static bool aligned_grid(const struct header *h, const struct turn *turn, struct ost_grid **out,
                         struct ost_err *err)
{
    uint32_t size[3];
    double origin[3] = {h->place[0], h->place[1], h->place[2]}, spacing[3];
    for (int k = 0; k < 3; k++) {
        int axis = turn->axis[k];
        size[axis] = h->size[k];
        spacing[axis] = fabs(h->column[k][axis]);
        if (turn->back[k])
            origin[axis] += h->column[k][axis] * (h->size[k] - 1);
    }
    return ost_grid_create(out, size, origin, spacing, err);
}

/* The inverse of the three columns; false where they do not span space. */
static bool invert(const double column[3][3], double inverse[3][3])
{
    const double(*c)[3] = column;
    double cofactor[3][3];
    for (int k = 0; k < 3; k++) {
        const double *p = c[(k + 1) % 3], *q = c[(k + 2) % 3];
        cofactor[k][0] = p[1] * q[2] - p[2] * q[1];
        cofactor[k][1] = p[2] * q[0] - p[0] * q[2];
        cofactor[k][2] = p[0] * q[1] - p[1] * q[0];
    }
    double det = c[0][0] * cofactor[0][0] + c[0][1] * cofactor[0][1] + c[0][2] * cofactor[0][2];
    if (!(fabs(det) > 1e-12))
        return false;
    for (int k = 0; k < 3; k++) {
        for (int axis = 0; axis < 3; axis++)
            inverse[k][axis] = cofactor[k][axis] / det;
    }
    return true;
}

/* An axis-aligned box round the oblique one, at its finest spacing. */
static bool upright_box(const struct header *h, struct ost_grid **out, struct ost_err *err)
{
    double low[3], high[3], fine = INFINITY;
    for (int axis = 0; axis < 3; axis++) {
        low[axis] = high[axis] = h->place[axis];
        for (int k = 0; k < 3; k++) {
            double reach = h->column[k][axis] * (h->size[k] - 1);
            *(reach < 0.0 ? &low[axis] : &high[axis]) += reach;
        }
    }
    for (int k = 0; k < 3; k++) {
        const double *c = h->column[k];
        fine = fmin(fine, sqrt(c[0] * c[0] + c[1] * c[1] + c[2] * c[2]));
    }
    uint32_t size[3];
    double voxels = 1.0, given = (double)h->size[0] * h->size[1] * h->size[2];
    for (int axis = 0; axis < 3; axis++) {
        double count = floor((high[axis] - low[axis]) / fine) + 1.0;
        voxels *= count;
        if (!(count <= 32768.0))
            return ost_fail(err, OST_LIMIT, "nifti: oblique volume too large to resample");
        size[axis] = (uint32_t)count;
    }
    /* A real scanner's volume grows a few times; a few voxels made into many are a bomb. */
    if (!(voxels <= 64.0 * given + 65536.0))
        return ost_fail(err, OST_LIMIT, "nifti: oblique volume too large to resample");
    return ost_grid_create(out, size, low, (double[]){fine, fine, fine}, err);
}

static double least(const struct ost_grid *grid)
{
    size_t count = (size_t)grid->size[0] * grid->size[1] * grid->size[2];
    float low = grid->value[0];
    for (size_t i = 1; i < count; i++)
        low = grid->value[i] < low ? grid->value[i] : low;
    return (double)low;
}

static void file_index(const struct header *h, double inverse[3][3], const double point[3],
                       double index[3])
{
    double d[3];
    for (int axis = 0; axis < 3; axis++)
        d[axis] = point[axis] - h->place[axis];
    for (int k = 0; k < 3; k++)
        index[k] = inverse[k][0] * d[0] + inverse[k][1] * d[1] + inverse[k][2] * d[2];
}

static bool resample(const struct header *h, const struct ost_grid *raw, struct ost_grid **out,
                     struct ost_err *err)
{
    double inverse[3][3];
    if (!invert(h->column, inverse))
        return ost_fail(err, OST_CORRUPT, "nifti: its axes do not span space");
    if (!upright_box(h, out, err))
        return false;
    struct ost_grid *grid = *out;
    const double outside = least(raw);
    const size_t count = (size_t)grid->size[0] * grid->size[1] * grid->size[2];
    for (size_t n = 0; n < count; n++) {
        const size_t row = n / grid->size[0];
        const size_t at[3] = {n % grid->size[0], row % grid->size[1], row / grid->size[1]};
        double point[3], index[3];
        for (int k = 0; k < 3; k++)
            point[k] = grid->origin[k] + grid->spacing[k] * (double)at[k];
        file_index(h, inverse, point, index);
        grid->value[n] = (float)ost_grid_at(raw, index, outside);
    }
    return true;
}

static bool read_oblique(struct source *s, const struct header *h, struct ost_grid **out,
                         struct ost_err *err)
{
    const struct turn straight = {.axis = {0, 1, 2}};
    OST_AUTO(ost_grid) raw = NULL;
    return ost_grid_create(&raw, h->size, (double[]){0, 0, 0}, (double[]){1, 1, 1}, err) &&
           read_rows(s, h, &straight, raw, err) && resample(h, raw, out, err);
}

static bool read_volume(struct source *s, const struct header *h, struct ost_grid **out,
                        struct ost_err *err)
{
    struct turn turn;
    size_t need = (size_t)h->size[0] * h->size[1] * h->size[2] * type_width(h->datatype);
    /* deflate gives at most 1032 bytes for one, so a small file cannot ask for much. */
    if (need / (s->gz ? 1032 : 1) > s->len)
        return ost_fail(err, OST_CORRUPT, "nifti: %zu bytes cannot hold %zu", s->len, need);
    if (!turn_of(h, &turn, err) || !source_skip(s, h->offset - OST_NIFTI_HEADER, err))
        return false;
    if (turn.oblique)
        return read_oblique(s, h, out, err);
    OST_AUTO(ost_grid) grid = NULL;
    if (!aligned_grid(h, &turn, &grid, err) || !read_rows(s, h, &turn, grid, err))
        return false;
    *out = ost_steal(&grid);
    return true;
}

bool ost_nifti_read(const void *bytes, size_t len, struct ost_grid **out, struct ost_err *err)
{
    *out = NULL;
    struct source source;
    unsigned char raw[OST_NIFTI_HEADER] = {0};
    struct header header;
    if (!source_open(&source, bytes, len, err))
        return false;
    bool ok = source_read(&source, raw, OST_NIFTI_HEADER, err) && parse(raw, &header, err) &&
              read_volume(&source, &header, out, err);
    source_close(&source);
    if (!ok) {
        ost_grid_destroy(*out);
        *out = NULL;
    }
    return ok;
}
