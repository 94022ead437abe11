/* What is engraved: side, case code, version, and DRAFT until it is approved. */
#include "recon/guide/guide_impl.h"
#include "recon/image/picture.h"

#include <math.h>

/* One cell of the 5 x 7 letters is half a millimetre; a picture pixel is a quarter. */
static const double pixel_mm = 0.25;
enum { CELL = 2, FIRST = 12, ROW = 16 };

bool ost_guide_letters(const struct ost_guide_spec *spec, struct ost_image **out,
                       struct ost_err *err)
{
    const struct ost_pen pen = {.colour = {255, 255, 255}, .width = 1.0, .opacity = 1.0};
    const uint32_t width = (uint32_t)(OST_GUIDE_PLATE_WIDTH / pixel_mm);
    const uint32_t height = (uint32_t)(OST_GUIDE_PLATE_LENGTH / pixel_mm);
    OST_AUTO(ost_picture) picture = NULL;
    if (!ost_picture_create(&picture, width, height, err) ||
        !ost_image_create(out, width, height, err))
        return false;
    for (int line = 0; line < 2; line++) {
        double wide = ost_picture_text_width(spec->label[line], CELL);
        const double corner[2] = {0.5 * (width - wide), FIRST + ROW * line};
        ost_picture_text(picture, corner, CELL, spec->label[line], &pen);
    }
    for (size_t i = 0; i < (size_t)width * height; i++)
        (*out)->pixel[i] = picture->pixel[i][0] > 127 ? 1.0F : 0.0F;
    return true;
}

/*
 * Seen from outside (from +z) with distal (+y) up, x runs to the right when x, y, z
 * is right-handed, so letters read without mirroring.
 */
double ost_guide_engraving(const struct ost_guide_frame *frame, const struct ost_image *letters,
                           const double p[3])
{
    double column = (p[0] + 0.5 * OST_GUIDE_PLATE_WIDTH) / pixel_mm - 0.5;
    double row = (frame->plate_high - p[1]) / pixel_mm - 0.5;
    if (column < 0.0 || row < 0.0 || column > letters->width - 1.0 || row > letters->height - 1.0)
        return 1.0;
    double stroke = pixel_mm * 2.0 * (0.5 - ost_image_at(letters, column, row));
    return fmax(stroke, frame->plate_top - ost_guide_engraved - p[2]);
}
