#include "recon/dicom/j2k_impl.h"

#include <openjpeg.h>
#include <string.h>

struct source {
    const unsigned char *ptr;
    size_t len, at;
};

static OPJ_SIZE_T take(void *buffer, OPJ_SIZE_T want, void *user)
{
    struct source *s = user;
    size_t left = s->len - s->at;
    if (left == 0)
        return (OPJ_SIZE_T)-1;
    size_t count = want < left ? want : left;
    memcpy(buffer, s->ptr + s->at, count);
    s->at += count;
    return count;
}

static OPJ_OFF_T skip(OPJ_OFF_T count, void *user)
{
    struct source *s = user;
    if (count < 0 || (uint64_t)count > s->len - s->at)
        return -1;
    s->at += (size_t)count;
    return count;
}

static OPJ_BOOL seek(OPJ_OFF_T at, void *user)
{
    struct source *s = user;
    if (at < 0 || (uint64_t)at > s->len)
        return OPJ_FALSE;
    s->at = (size_t)at;
    return OPJ_TRUE;
}

/* Everything the library hands out, released together. */
struct decoder {
    opj_stream_t *stream;
    opj_codec_t *codec;
    opj_image_t *image;
};

static void decoder_fini(struct decoder *d)
{
    opj_stream_destroy(d->stream);
    opj_destroy_codec(d->codec);
    opj_image_destroy(d->image);
}

static bool image_agrees(const opj_image_t *image, const struct ost_j2k_frame *f)
{
    if (image == NULL || image->numcomps != f->samples)
        return false;
    for (uint32_t c = 0; c < f->samples; c++) {
        const opj_image_comp_t *k = &image->comps[c];
        if (k->w != f->width || k->h != f->height || k->prec > f->bits_allocated || k->prec == 0)
            return false;
    }
    return true;
}

static void interleave(const opj_image_t *image, const struct ost_j2k_frame *f, unsigned char *out)
{
    size_t pixels = (size_t)f->width * f->height, bytes = f->bits_allocated / 8;
    for (uint32_t c = 0; c < f->samples; c++) {
        for (size_t i = 0; i < pixels; i++) {
            uint32_t v = (uint32_t)image->comps[c].data[i];
            unsigned char *to = out + (i * f->samples + c) * bytes;
            to[0] = (unsigned char)(v & 0xff);
            if (bytes == 2)
                to[1] = (unsigned char)(v >> 8 & 0xff);
        }
    }
}

/* The header says how large it will be; only then are samples unpacked. */
static bool decode(struct decoder *d, const struct ost_j2k_frame *f, unsigned char *out,
                   struct ost_err *err)
{
    opj_dparameters_t parameters;
    opj_set_default_decoder_parameters(&parameters);
    if (!opj_setup_decoder(d->codec, &parameters) ||
        !opj_read_header(d->stream, d->codec, &d->image))
        return ost_fail(err, OST_CORRUPT, "JPEG 2000: the header is damaged");
    uint32_t w = d->image->x1 - d->image->x0, h = d->image->y1 - d->image->y0;
    if (w != f->width || h != f->height || !image_agrees(d->image, f)) {
        return ost_fail(err, OST_CORRUPT, "JPEG 2000: %u x %u pixels packed, %u x %u declared", w,
                        h, f->width, f->height);
    }
    if (!opj_decode(d->codec, d->stream, d->image) || !image_agrees(d->image, f))
        return ost_fail(err, OST_CORRUPT, "JPEG 2000: the pixels are damaged or cut off");
    for (uint32_t c = 0; c < f->samples; c++) {
        if (d->image->comps[c].data == NULL)
            return ost_fail(err, OST_CORRUPT, "JPEG 2000: a component is missing");
    }
    interleave(d->image, f, out);
    return true;
}

bool ost_j2k_decode(const void *bytes, size_t len, const struct ost_j2k_frame *frame,
                    unsigned char *out, struct ost_err *err)
{
    static const unsigned char boxed[8] = {0, 0, 0, 12, 'j', 'P', ' ', ' '};
    struct source source = {.ptr = bytes, .len = len};
    bool jp2 = len >= sizeof boxed && memcmp(bytes, boxed, sizeof boxed) == 0;
    struct decoder d = {.stream = opj_stream_create(1 << 16, OPJ_TRUE),
                        .codec = opj_create_decompress(jp2 ? OPJ_CODEC_JP2 : OPJ_CODEC_J2K)};
    bool ok = d.stream != NULL && d.codec != NULL;
    if (ok) {
        opj_stream_set_user_data(d.stream, &source, NULL);
        opj_stream_set_user_data_length(d.stream, len);
        opj_stream_set_read_function(d.stream, take);
        opj_stream_set_skip_function(d.stream, skip);
        opj_stream_set_seek_function(d.stream, seek);
        ok = decode(&d, frame, out, err);
    } else {
        ok = ost_fail(err, OST_NOMEM, "JPEG 2000 decoder");
    }
    decoder_fini(&d);
    return ok;
}
