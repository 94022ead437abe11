#include "recon/dicom/photo_impl.h"
#include "recon/image/exif.h"

#include <string.h>

static uint32_t big32(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint32_t png_extras(const unsigned char *bytes, size_t len)
{
    static const char needed[][5] = {"IHDR", "PLTE", "IDAT", "IEND"};
    uint64_t extras = 0;
    for (size_t at = 8; len - at >= 12;) {
        uint32_t size = big32(bytes + at);
        bool keep = false;
        for (size_t i = 0; i < 4; i++)
            keep = keep || memcmp(bytes + at + 4, needed[i], 4) == 0;
        if (size > len - at - 12)
            break;
        extras += keep ? 0 : size;
        at += 12 + (size_t)size;
    }
    return extras > UINT32_MAX ? UINT32_MAX : (uint32_t)extras;
}

static bool add_extra(void *user, unsigned int mark, const unsigned char *p, size_t n)
{
    (void)p;
    uint32_t *extras = user;
    if (mark == 0xFE || (mark >= 0xE1 && mark <= 0xEF))
        *extras += (uint32_t)n;
    return true;
}

uint32_t ost_photo_extras(const unsigned char *bytes, size_t len)
{
    if (len > 8 && bytes[0] == 0x89)
        return png_extras(bytes, len);
    uint32_t extras = 0;
    if (len > 4 && bytes[0] == 0xFF)
        ost_jpeg_segments(bytes, len, add_extra, &extras);
    return extras;
}
