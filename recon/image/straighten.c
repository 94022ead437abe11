#include "recon/image/straighten.h"

#include <math.h>

static const double lens[2] = {0.6, 4.0}, usual_lens = 1.3; /* of the longer side */
static const double weak = 1e-9;                            /* product of two vanishing slopes */

/* Rows; the unit square to the corners, in order (Heckbert 1989, section 2.2.3). */
static void of_square(const double c[4][2], double h[9])
{
    const double *a = c[0], *b = c[1], *d = c[2], *e = c[3];
    double dx1 = b[0] - d[0], dx2 = e[0] - d[0], sx = a[0] - b[0] + d[0] - e[0];
    double dy1 = b[1] - d[1], dy2 = e[1] - d[1], sy = a[1] - b[1] + d[1] - e[1];
    double det = dx1 * dy2 - dx2 * dy1;
    double g = (sx * dy2 - dx2 * sy) / det, k = (dx1 * sy - sx * dy1) / det;
    const double full[9] = {b[0] - a[0] + g * b[0],
                            e[0] - a[0] + k * e[0],
                            a[0],
                            b[1] - a[1] + g * b[1],
                            e[1] - a[1] + k * e[1],
                            a[1],
                            g,
                            k,
                            1.0};
    for (int i = 0; i < 9; i++)
        h[i] = full[i];
}

/* Width over height of the film in space. */
static double proportion(const struct ost_image *photo, const struct ost_rim *rim)
{
    const double longer = fmax(photo->width, photo->height);
    double centred[4][2], h[9];
    for (int i = 0; i < 4; i++) {
        centred[i][0] = rim->corner[i][0] - 0.5 * (photo->width - 1.0);
        centred[i][1] = rim->corner[i][1] - 0.5 * (photo->height - 1.0);
    }
    of_square((const double(*)[2])centred, h);
    double f2 = -(h[0] * h[1] + h[3] * h[4]) / (h[6] * h[7]);
    double least = lens[0] * longer, most = lens[1] * longer;
    if (fabs(h[6] * h[7]) < weak || !(f2 > least * least && f2 < most * most))
        f2 = usual_lens * longer * usual_lens * longer;
    return sqrt((h[0] * h[0] + h[3] * h[3] + f2 * h[6] * h[6]) /
                (h[1] * h[1] + h[4] * h[4] + f2 * h[7] * h[7]));
}

bool ost_image_straighten(const struct ost_image *photo, const struct ost_rim *rim,
                          struct ost_image **out, struct ost_err *err)
{
    double h[9], longest = 0.0;
    *out = NULL;
    if (!rim->found || rim->lean > ost_straighten_most)
        return ost_fail(
            err, OST_UNSUPPORTED,
            "photographed at too steep an angle: take it from straight before the film");
    of_square(rim->corner, h);
    for (int i = 0; i < 4; i++) {
        const double *p = rim->corner[i], *q = rim->corner[(i + 1) % 4];
        longest = fmax(longest, hypot(p[0] - q[0], p[1] - q[1]));
    }
    double shape = proportion(photo, rim);
    double width = fmax(1.0, floor(longest * fmin(1.0, shape)));
    double height = fmax(1.0, floor(longest * fmin(1.0, 1.0 / shape)));
    if (!ost_image_create(out, (uint32_t)width, (uint32_t)height, err))
        return false;
    struct ost_image *to = *out;
    for (uint32_t row = 0; row < to->height; row++)
        for (uint32_t column = 0; column < to->width; column++) {
            double u = (column + 0.5) / to->width, v = (row + 0.5) / to->height;
            double w = h[6] * u + h[7] * v + h[8];
            to->pixel[(size_t)row * to->width + column] = (float)ost_image_at(
                photo, (h[0] * u + h[1] * v + h[2]) / w, (h[3] * u + h[4] * v + h[5]) / w);
        }
    return true;
}
