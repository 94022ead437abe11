/* An aluminium step wedge on the cassette. */
#include "recon/cohort/film_impl.h"

#include <math.h>

static const double density = 2.699;                     /* g/cm3 */
static const double broad = 9.0, high = 6.5, edge = 4.5; /* mm */

struct ost_film_wedge ost_film_wedge_of(const struct ost_film_domain *domain, bool left)
{
    const double mm = 1.0 / domain->pixel, width = domain->size[0], height = domain->size[1];
    struct ost_film_wedge w = {.present = true};
    /* Inside the shutters, in the lower half, on the side without the letter. */
    w.size[0] = round(broad * mm);
    w.size[1] = OST_WEDGE_STEPS * round(high * mm);
    w.corner[0] = left ? width - w.size[0] - round((edge + domain->shut[2]) * mm)
                       : round((edge + domain->shut[0]) * mm);
    w.corner[1] = height - w.size[1] - round((9.0 + domain->shut[3]) * mm);
    for (int n = 0; n < OST_WEDGE_STEPS; n++)
        w.thickness[n] = n + 1.0;
    return w;
}

bool ost_film_wedge_area(const struct ost_film_wedge *wedge, const struct ost_camera *camera,
                         struct ost_image **out, struct ost_err *err)
{
    if (!ost_image_create(out, camera->width, camera->height, err))
        return false;
    struct ost_image *image = *out;
    for (uint32_t row = 0; row < image->height; row++) {
        double down = (row - wedge->corner[1]) * OST_WEDGE_STEPS / wedge->size[1];
        for (uint32_t column = 0; column < image->width; column++) {
            double across = column - wedge->corner[0];
            if (down < 0.0 || down >= OST_WEDGE_STEPS || across < 0.0 || across >= wedge->size[0])
                continue;
            /* Rays lean a little: their way through is longer by that. */
            double x = (column - camera->principal[0]) / camera->focal[0];
            double y = (row - camera->principal[1]) / camera->focal[1];
            image->pixel[(size_t)row * image->width + column] =
                (float)(0.1 * density * wedge->thickness[(int)down] * sqrt(1.0 + x * x + y * y));
        }
    }
    return true;
}
