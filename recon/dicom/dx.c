#include "recon/dicom/dx.h"

#include "recon/dicom/dataset_impl.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { OST_DX_TOP = 4095 };

struct line {
    uint32_t tag;
    const char *text;
};

/* Absent text makes an empty value: every attribute put here may be empty. */
static bool put_all(struct ost_dataset *dataset, const struct line *line, size_t count,
                    struct ost_err *err)
{
    for (size_t i = 0; i < count; i++) {
        if (!ost_dataset_put(dataset, line[i].tag, line[i].text == NULL ? "" : line[i].text, err))
            return false;
    }
    return true;
}

static bool put_fixed(struct ost_dataset *dataset, const struct ost_dx *dx, struct ost_err *err)
{
    const struct line line[] = {
        {0x00080005, "ISO_IR 192"},
        {0x00080008, "ORIGINAL\\PRIMARY"},
        {0x00080016, "1.2.840.10008.5.1.4.1.1.1.1"},
        {0x00080020, dx->study_date},
        {0x00080030, NULL},
        {0x00080050, dx->accession},
        {0x00080060, "DX"},
        {0x00080068, "FOR PRESENTATION"},
        {0x00080070, "Osteon"},
        {0x00080080, dx->institution},
        {0x00080090, dx->physician},
        {0x00081090, "simulated"},
        {0x00100010, dx->patient_name},
        {0x00100020, dx->patient_id},
        {0x00100030, dx->birth_date},
        {0x00100040, dx->sex},
        {0x00180015, dx->body_part == NULL ? "WRIST" : dx->body_part},
        {0x00185101, dx->view},
        {0x00200010, NULL},
        {0x00200011, "1"},
        {0x00200062, dx->laterality == NULL ? "U" : dx->laterality},
        {0x00280301, "NO"},
    };
    return put_all(dataset, line, sizeof line / sizeof line[0], err);
}

static bool put_uids(struct ost_dataset *dataset, const struct ost_dx *dx, struct ost_err *err)
{
    static const uint32_t tag[] = {0x0020000D, 0x0020000E, 0x00080018};
    char text[128], number[16];
    for (int i = 0; i < 3; i++) {
        int n = snprintf(text, sizeof text, i < 2 ? "%s.%d" : "%s.%d.%d", dx->uid_root, i + 1,
                         dx->number);
        if (n < 0 || n > 64)
            return ost_fail(err, OST_INVALID, "DX: the root of the UIDs is too long");
        if (!ost_dataset_put(dataset, tag[i], text, err))
            return false;
    }
    (void)snprintf(number, sizeof number, "%d", dx->number);
    return ost_dataset_put(dataset, 0x00200013, number, err);
}

static bool put_number(struct ost_dataset *dataset, uint32_t tag, uint32_t v, struct ost_err *err)
{
    char text[16];
    (void)snprintf(text, sizeof text, "%u", v);
    return ost_dataset_put(dataset, tag, text, err);
}

static bool put_geometry(struct ost_dataset *dataset, const struct ost_dx *dx,
                         const struct ost_image *image, struct ost_err *err)
{
    char text[64];
    (void)snprintf(text, sizeof text, "%.6g\\%.6g", dx->spacing, dx->spacing);
    if (dx->spacing > 0 && !ost_dataset_put(dataset, 0x00181164, text, err))
        return false;
    (void)snprintf(text, sizeof text, "%.6g", dx->magnification);
    if (dx->magnification > 0 && !ost_dataset_put(dataset, 0x00181114, text, err))
        return false;
    return ost_dataset_put(dataset, 0x00280004, dx->low_is_bright ? "MONOCHROME1" : "MONOCHROME2",
                           err) &&
           ost_dataset_put(dataset, 0x20500020, dx->low_is_bright ? "INVERSE" : "IDENTITY", err) &&
           put_number(dataset, 0x00280002, 1, err) &&
           put_number(dataset, 0x00280010, image->height, err) &&
           put_number(dataset, 0x00280011, image->width, err) &&
           put_number(dataset, 0x00280100, 16, err) && put_number(dataset, 0x00280101, 12, err) &&
           put_number(dataset, 0x00280102, 11, err) && put_number(dataset, 0x00280103, 0, err);
}

static bool put_picture(struct ost_dataset *dataset, const struct ost_dx *dx,
                        const struct ost_image *image, struct ost_err *err)
{
    size_t count = (size_t)image->width * image->height;
    unsigned char *bytes = malloc(2 * count);
    if (bytes == NULL)
        return ost_fail(err, OST_NOMEM, "DX of %u x %u pixels", image->width, image->height);
    for (size_t i = 0; i < count; i++) {
        float v = image->pixel[i];
        unsigned int kept = v >= OST_DX_TOP ? OST_DX_TOP : v > 0.0f ? (unsigned int)(v + 0.5f) : 0;
        if (dx->low_is_bright)
            kept = OST_DX_TOP - kept;
        bytes[2 * i] = (unsigned char)(kept & 0xff);
        bytes[2 * i + 1] = (unsigned char)(kept >> 8);
    }
    bool ok = ost_dataset_put_pixels(dataset, bytes, 2 * count, 16, err);
    free(bytes);
    return ok;
}

bool ost_dx_write(const struct ost_dx *dx, const struct ost_image *image, struct ost_buf *out,
                  struct ost_err *err)
{
    OST_AUTO(ost_dataset) dataset = NULL;
    if (dx->uid_root == NULL)
        return ost_fail(err, OST_INVALID, "DX: no root for its UIDs");
    return ost_dataset_create(&dataset, err) && put_fixed(dataset, dx, err) &&
           put_uids(dataset, dx, err) && put_geometry(dataset, dx, image, err) &&
           put_picture(dataset, dx, image, err) && ost_dataset_write(dataset, out, err);
}
