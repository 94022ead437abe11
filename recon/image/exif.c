#include "recon/image/exif.h"

#include <string.h>

void ost_jpeg_segments(const unsigned char *bytes, size_t len,
                       bool (*each)(void *user, unsigned int mark, const unsigned char *p,
                                    size_t n),
                       void *user)
{
    for (size_t at = 2; len >= 4 && at <= len - 4 && bytes[at] == 0xFF;) {
        unsigned int mark = bytes[at + 1];
        size_t size = (size_t)bytes[at + 2] << 8 | bytes[at + 3];
        if (mark == 0xDA || mark == 0xD9 || size < 2 || size > len - at - 2)
            return;
        if (!each(user, mark, bytes + at + 4, size - 2))
            return;
        at += 2 + size;
    }
}

/* TIFF inside EXIF, in either byte order. */
struct tiff {
    const unsigned char *p;
    size_t len;
    bool big;
};

static uint32_t tiff16(const struct tiff *t, size_t at)
{
    if (t->len < 2 || at > t->len - 2)
        return 0;
    const unsigned char *p = t->p + at;
    return t->big ? (uint32_t)p[0] << 8 | p[1] : (uint32_t)p[1] << 8 | p[0];
}

static uint32_t tiff32(const struct tiff *t, size_t at)
{
    if (t->len < 4 || at > t->len - 4)
        return 0;
    return t->big ? tiff16(t, at) << 16 | tiff16(t, at + 2)
                  : tiff16(t, at + 2) << 16 | tiff16(t, at);
}

static bool find_orientation(void *user, unsigned int mark, const unsigned char *p, size_t n)
{
    int *orientation = user;
    if (mark != 0xE1 || n < 14 || memcmp(p, "Exif\0\0", 6) != 0)
        return true;
    struct tiff t = {p + 6, n - 6, p[6] == 'M'};
    size_t directory = tiff32(&t, 4);
    uint32_t count = tiff16(&t, directory);
    for (uint32_t i = 0; i < count && i < 512; i++) {
        size_t entry = directory + 2 + (size_t)12 * i;
        if (tiff16(&t, entry) == 0x0112 && tiff16(&t, entry + 2) == 3)
            *orientation = (int)tiff16(&t, entry + 8);
    }
    return false;
}

int ost_exif_orientation(const unsigned char *bytes, size_t len)
{
    int orientation = 1;
    if (len > 4 && bytes[0] == 0xFF && bytes[1] == 0xD8)
        ost_jpeg_segments(bytes, len, find_orientation, &orientation);
    return orientation >= 1 && orientation <= 8 ? orientation : 1;
}

/* Which stored pixel stands at (x, y) of the upright picture. */
static size_t stored_at(const struct ost_image *image, int how, uint32_t x, uint32_t y)
{
    bool turned = how >= 5;
    bool flip_column = how == 2 || how == 3 || how == 7 || how == 8;
    bool flip_row = how == 3 || how == 4 || how == 6 || how == 7;
    uint32_t column = turned ? y : x, row = turned ? x : y;
    column = flip_column ? image->width - 1 - column : column;
    row = flip_row ? image->height - 1 - row : row;
    return (size_t)row * image->width + column;
}

bool ost_image_upright(const struct ost_image *image, int how, struct ost_image **out,
                       struct ost_err *err)
{
    bool turned = how >= 5;
    if (!ost_image_create(out, turned ? image->height : image->width,
                          turned ? image->width : image->height, err))
        return false;
    struct ost_image *to = *out;
    for (uint32_t y = 0; y < to->height; y++) {
        for (uint32_t x = 0; x < to->width; x++)
            to->pixel[(size_t)y * to->width + x] = image->pixel[stored_at(image, how, x, y)];
    }
    return true;
}
