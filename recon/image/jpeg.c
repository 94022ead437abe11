#include "recon/image/jpeg.h"

#include <math.h>
#include <stdlib.h>
#include <turbojpeg.h>

enum { BYTES_MOST = 1 << 28 };

static bool header(tjhandle handle, const void *bytes, size_t len, int size[2])
{
    int subsampling = 0, colourspace = 0;
    return tjDecompressHeader3(handle, bytes, (unsigned long)len, &size[0], &size[1], &subsampling,
                               &colourspace) == 0 &&
           size[0] > 0 && size[1] > 0;
}

/* A file that ends early decodes with a warning: half a film is no film. */
static bool unpack(tjhandle handle, const void *bytes, size_t len, struct ost_image *image)
{
    int width = (int)image->width, height = (int)image->height;
    size_t count = (size_t)image->width * image->height;
    unsigned char *grey = malloc(count);
    bool done = grey != NULL && tjDecompress2(handle, bytes, (unsigned long)len, grey, width, 0,
                                              height, TJPF_GRAY, TJFLAG_ACCURATEDCT) == 0;
    for (size_t i = 0; done && i < count; i++)
        image->pixel[i] = (float)grey[i];
    free(grey);
    return done;
}

bool ost_jpeg_read_grey(const void *bytes, size_t len, struct ost_image **out, struct ost_err *err)
{
    *out = NULL;
    if (len > BYTES_MOST)
        return ost_fail(err, OST_LIMIT, "jpeg: file of %zu bytes", len);
    tjhandle handle = tjInitDecompress();
    if (handle == NULL)
        return ost_fail(err, OST_NOMEM, "jpeg: no decoder");
    int size[2] = {0, 0};
    OST_AUTO(ost_image) image = NULL;
    bool done = header(handle, bytes, len, size);
    if (!done)
        (void)ost_fail(err, OST_CORRUPT, "jpeg: not a JPEG file");
    done = done && ost_image_create(&image, (uint32_t)size[0], (uint32_t)size[1], err);
    if (done && !unpack(handle, bytes, len, image))
        done = ost_fail(err, OST_CORRUPT, "jpeg: the picture is damaged or cut short");
    (void)tjDestroy(handle);
    if (done)
        *out = ost_steal(&image);
    return done;
}

static unsigned char *bytes_of(const struct ost_image *image)
{
    size_t count = (size_t)image->width * image->height;
    unsigned char *grey = malloc(count);
    for (size_t i = 0; grey != NULL && i < count; i++)
        grey[i] = (unsigned char)lrintf(fminf(255.0F, fmaxf(0.0F, image->pixel[i])));
    return grey;
}

bool ost_jpeg_write_grey(const struct ost_image *image, int quality, struct ost_buf *out,
                         struct ost_err *err)
{
    if (quality < 1 || quality > 100)
        return ost_fail(err, OST_INVALID, "jpeg: quality %d, 1 to 100", quality);
    unsigned char *grey = bytes_of(image), *file = NULL;
    unsigned long len = 0;
    tjhandle handle = tjInitCompress();
    bool done = grey != NULL && handle != NULL &&
                tjCompress2(handle, grey, (int)image->width, 0, (int)image->height, TJPF_GRAY,
                            &file, &len, TJSAMP_GRAY, quality, TJFLAG_ACCURATEDCT) == 0;
    if (done)
        ost_buf_put(out, file, len);
    free(grey);
    tjFree(file);
    if (handle != NULL)
        (void)tjDestroy(handle);
    return done ? ost_buf_done(out, err) : ost_fail(err, OST_NOMEM, "jpeg: not written");
}
