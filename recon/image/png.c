#include "recon/image/png.h"

#include <math.h>
#include <spng.h>
#include <stdlib.h>

enum { BYTES_MOST = 1 << 28 };

/* One decoding: the context and the pixels as libspng gives them. */
struct decoder {
    spng_ctx *ctx;
    unsigned char *bytes; /* owned */
    struct spng_ihdr header;
};

static void decoder_fini(struct decoder *d)
{
    spng_ctx_free(d->ctx);
    free(d->bytes);
}

static bool open_file(struct decoder *d, const void *bytes, size_t len, struct ost_err *err)
{
    if (len > BYTES_MOST)
        return ost_fail(err, OST_LIMIT, "png: file of %zu bytes", len);
    d->ctx = spng_ctx_new(0);
    if (d->ctx == NULL)
        return ost_fail(err, OST_NOMEM, "png: no decoder");
    int code = spng_set_image_limits(d->ctx, OST_IMAGE_SIDE_MOST, OST_IMAGE_SIDE_MOST);
    if (code == 0)
        code = spng_set_chunk_limits(d->ctx, 1 << 20, 1 << 22);
    if (code == 0)
        code = spng_set_crc_action(d->ctx, SPNG_CRC_ERROR, SPNG_CRC_DISCARD);
    if (code == 0)
        code = spng_set_png_buffer(d->ctx, bytes, len);
    if (code == 0)
        code = spng_get_ihdr(d->ctx, &d->header);
    if (code == SPNG_EUSER_WIDTH || code == SPNG_EUSER_HEIGHT)
        return ost_fail(err, OST_LIMIT, "png: more than %d pixels along a side",
                        OST_IMAGE_SIDE_MOST);
    if (code != 0)
        return ost_fail(err, OST_CORRUPT, "png: not a PNG file (%s)", spng_strerror(code));
    return true;
}

/* Unpacks as `format` with `size` bytes a pixel. The limit stands before the memory. */
static bool unpack(struct decoder *d, int format, size_t size, struct ost_err *err)
{
    size_t count = (size_t)d->header.width * d->header.height;
    if (count > OST_IMAGE_PIXELS_MOST)
        return ost_fail(err, OST_LIMIT, "png: %u x %u pixels, at most %d million: make it smaller",
                        d->header.width, d->header.height, OST_IMAGE_PIXELS_MOST / 1000000);
    size_t bytes = 0;
    if (spng_decoded_image_size(d->ctx, format, &bytes) != 0 || bytes != count * size)
        return ost_fail(err, OST_UNSUPPORTED, "png: a form of PNG that is not handled");
    d->bytes = malloc(bytes);
    if (d->bytes == NULL)
        return ost_fail(err, OST_NOMEM, "png: no room for %zu bytes", bytes);
    int code = spng_decode_image(d->ctx, d->bytes, bytes, format, SPNG_DECODE_TRNS);
    if (code != 0)
        return ost_fail(err, OST_CORRUPT, "png: the picture is damaged or cut short (%s)",
                        spng_strerror(code));
    return true;
}

static bool is_deep(const struct decoder *d)
{
    return d->header.bit_depth == 16;
}

static double sample(const struct decoder *d, size_t i)
{
    if (!is_deep(d))
        return (double)d->bytes[i];
    uint16_t v = 0; /* the host's order, as libspng gives RGBA16 */
    __builtin_memcpy(&v, d->bytes + 2 * i, sizeof v);
    return (double)v;
}

static void luma(const struct decoder *d, struct ost_image *image)
{
    size_t count = (size_t)image->width * image->height;
    for (size_t i = 0; i < count; i++) {
        double r = sample(d, 4 * i), g = sample(d, 4 * i + 1), b = sample(d, 4 * i + 2);
        bool grey = r == g && g == b;
        image->pixel[i] = (float)(grey ? r : 0.299 * r + 0.587 * g + 0.114 * b);
    }
}

static bool read_grey(struct decoder *d, struct ost_image **out, uint32_t *bits,
                      struct ost_err *err)
{
    bool deep = is_deep(d);
    if (!unpack(d, deep ? SPNG_FMT_RGBA16 : SPNG_FMT_RGBA8, deep ? 8 : 4, err))
        return false;
    if (!ost_image_create(out, d->header.width, d->header.height, err))
        return false;
    luma(d, *out);
    if (bits != NULL)
        *bits = deep ? 16 : 8;
    return true;
}

bool ost_png_read_grey(const void *bytes, size_t len, struct ost_image **out, uint32_t *bits,
                       struct ost_err *err)
{
    *out = NULL;
    struct decoder d = {0};
    bool done = open_file(&d, bytes, len, err) && read_grey(&d, out, bits, err);
    decoder_fini(&d);
    return done;
}

static bool read_colour(struct decoder *d, struct ost_picture **out, struct ost_err *err)
{
    if (!unpack(d, SPNG_FMT_RGB8, 3, err) ||
        !ost_picture_create(out, d->header.width, d->header.height, err))
        return false;
    __builtin_memcpy((*out)->pixel, d->bytes, 3 * (size_t)d->header.width * d->header.height);
    return true;
}

bool ost_png_read_colour(const void *bytes, size_t len, struct ost_picture **out,
                         struct ost_err *err)
{
    *out = NULL;
    struct decoder d = {0};
    bool done = open_file(&d, bytes, len, err) && read_colour(&d, out, err);
    decoder_fini(&d);
    return done;
}

/* Packs pixels that already lie as the header says. */
static bool write(const struct spng_ihdr *header, const void *pixels, size_t len,
                  struct ost_buf *out, struct ost_err *err)
{
    spng_ctx *ctx = spng_ctx_new(SPNG_CTX_ENCODER);
    if (ctx == NULL)
        return ost_fail(err, OST_NOMEM, "png: no encoder");
    struct spng_ihdr copy = *header;
    int code = spng_set_ihdr(ctx, &copy);
    if (code == 0)
        code = spng_set_option(ctx, SPNG_ENCODE_TO_BUFFER, 1);
    if (code == 0)
        code = spng_set_option(ctx, SPNG_IMG_COMPRESSION_LEVEL, 4);
    if (code == 0)
        code = spng_encode_image(ctx, pixels, len, SPNG_FMT_PNG, SPNG_ENCODE_FINALIZE);
    size_t bytes = 0;
    void *file = code == 0 ? spng_get_png_buffer(ctx, &bytes, &code) : NULL;
    if (file != NULL)
        ost_buf_put(out, file, bytes);
    free(file);
    spng_ctx_free(ctx);
    if (file == NULL)
        return ost_fail(err, OST_NOMEM, "png: not written (%s)", spng_strerror(code));
    return ost_buf_done(out, err);
}

static uint32_t rounded(float value, double most)
{
    double v = (double)value;
    if (!(v > 0.0))
        return 0;
    return (uint32_t)lround(v < most ? v : most);
}

bool ost_png_write_grey(const struct ost_image *image, uint32_t bits, struct ost_buf *out,
                        struct ost_err *err)
{
    size_t count = (size_t)image->width * image->height, size = bits == 16 ? 2 : 1;
    unsigned char *bytes = malloc(count * size);
    if (bytes == NULL)
        return ost_fail(err, OST_NOMEM, "png: no room for %zu pixels", count);
    for (size_t i = 0; i < count; i++) {
        uint32_t v = rounded(image->pixel[i], size == 2 ? 65535.0 : 255.0);
        uint16_t deep = (uint16_t)v; /* libspng turns it into the file's order */
        if (size == 2)
            __builtin_memcpy(bytes + 2 * i, &deep, sizeof deep);
        else
            bytes[i] = (unsigned char)v;
    }
    struct spng_ihdr header = {.width = image->width,
                               .height = image->height,
                               .bit_depth = size == 2 ? 16 : 8,
                               .color_type = SPNG_COLOR_TYPE_GRAYSCALE};
    bool done = write(&header, bytes, count * size, out, err);
    free(bytes);
    return done;
}

bool ost_png_write_colour(const struct ost_picture *picture, struct ost_buf *out,
                          struct ost_err *err)
{
    struct spng_ihdr header = {.width = picture->width,
                               .height = picture->height,
                               .bit_depth = 8,
                               .color_type = SPNG_COLOR_TYPE_TRUECOLOR};
    size_t count = (size_t)picture->width * picture->height;
    return write(&header, picture->pixel, 3 * count, out, err);
}
