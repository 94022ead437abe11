#include "recon/image/png.h"
#include "services/routes/picture_impl.h"

#include <string.h>

void ost_picture_hex(const unsigned char *bytes, size_t len, char *text)
{
    for (size_t i = 0; i < len; i++) {
        text[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
        text[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
    }
    text[2 * len] = '\0';
}

static bool encode(const struct ost_buf *grey, uint32_t width, uint32_t height, struct ost_buf *png,
                   struct ost_err *err)
{
    OST_AUTO(ost_image) image = NULL;
    if (!ost_image_create(&image, width, height, err))
        return false;
    if (grey->len != (size_t)width * height)
        return ost_fail(err, OST_BUG, "picture: %zu bytes for %u by %u", grey->len, width, height);
    for (size_t i = 0; i < grey->len; i++)
        image->pixel[i] = (float)grey->ptr[i];
    return ost_png_write_grey(image, 8, png, err);
}

bool ost_picture_send(struct ost_call *call, const struct ost_clean_dicom *clean,
                      struct ost_err *err)
{
    const struct ost_clean_facts *facts = ost_clean_dicom_facts_view(clean);
    struct ost_buf grey, png;
    ost_buf_init(&grey, OST_CLEAN_PIXELS_MOST);
    ost_buf_init(&png, (size_t)2 * OST_CLEAN_PIXELS_MOST);
    bool ok = ost_clean_dicom_preview(clean, &grey, err) &&
              encode(&grey, facts->width, facts->height, &png, err);
    ost_buf_fini(&grey);
    if (ok)
        ost_http_reply_take(call->request, 200, "image/png", &png);
    ost_buf_fini(&png);
    return ok;
}
