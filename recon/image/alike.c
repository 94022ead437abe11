#include "recon/image/alike.h"

#include "recon/image/exif.h"
#include "recon/image/filter.h"

#include <math.h>

enum { SIDE = 128, SHIFT = 10, STRIDE = 2, TURNS = 8 };
static const double fine_px = 1.0, coarse_px = 4.0, spread_px = 8.0;

/* The picture at a common size. */
static bool shrink(const struct ost_image *image, struct ost_image **out, struct ost_err *err)
{
    uint32_t longer = image->width > image->height ? image->width : image->height;
    double factor = (double)longer / SIDE;
    return factor > 1.0 ? ost_image_shrink(image, factor, out, err)
                        : ost_image_copy(image, out, err);
}

/* Out with what is slow; what is left has the same spread everywhere but where nothing is. */
static bool flatten(struct ost_image *fine, struct ost_err *err)
{
    OST_AUTO(ost_image) coarse = NULL;
    OST_AUTO(ost_image) power = NULL;
    size_t count = (size_t)fine->width * fine->height;
    double mean = 0.0;
    if (!ost_image_copy(fine, &coarse, err) || !ost_image_blur(fine, fine_px, err) ||
        !ost_image_blur(coarse, coarse_px, err))
        return false;
    for (size_t i = 0; i < count; i++)
        fine->pixel[i] -= coarse->pixel[i];
    if (!ost_image_copy(fine, &power, err))
        return false;
    for (size_t i = 0; i < count; i++)
        power->pixel[i] *= power->pixel[i];
    if (!ost_image_blur(power, spread_px, err))
        return false;
    for (size_t i = 0; i < count; i++)
        mean += (double)power->pixel[i] / (double)count;
    /* Against a quarter of the mean: noise on bare film must not speak as loud as bone. */
    for (size_t i = 0; i < count; i++)
        fine->pixel[i] /= sqrtf(power->pixel[i] + 0.25F * (float)mean + 1e-12F);
    return true;
}

/* |correlation| where both are, `b` shifted by so much against `a`; 0 where little is shared. */
static double match(const struct ost_image *a, const struct ost_image *b, int right, int down)
{
    double aa = 0.0, bb = 0.0, ab = 0.0;
    size_t count = 0;
    for (int y = 0; y < (int)a->height; y++) {
        int row = y + down;
        if (row < 0 || row >= (int)b->height)
            continue;
        for (int x = 0; x < (int)a->width; x++) {
            int column = x + right;
            if (column < 0 || column >= (int)b->width)
                continue;
            double p = (double)a->pixel[(size_t)y * a->width + (size_t)x];
            double q = (double)b->pixel[(size_t)row * b->width + (size_t)column];
            aa += p * p;
            bb += q * q;
            ab += p * q;
            count++;
        }
    }
    size_t whole = (size_t)a->width * a->height;
    return 2 * count < whole || !(aa > 0.0 && bb > 0.0) ? 0.0 : fabs(ab) / sqrt(aa * bb);
}

/* Over shifts: coarsely, then around the best. */
static double best_match(const struct ost_image *a, const struct ost_image *b)
{
    double best = 0.0;
    int at[2] = {0, 0};
    for (int down = -SHIFT; down <= SHIFT; down += STRIDE)
        for (int right = -SHIFT; right <= SHIFT; right += STRIDE) {
            double r = match(a, b, right, down);
            if (r <= best)
                continue;
            best = r;
            at[0] = right;
            at[1] = down;
        }
    for (int down = at[1] - 1; down <= at[1] + 1; down++)
        for (int right = at[0] - 1; right <= at[0] + 1; right++)
            best = fmax(best, match(a, b, right, down));
    return best;
}

/* Two formats that a turn cannot bring together are no copies of each other. */
static bool may_lie_on(const struct ost_image *a, const struct ost_image *b)
{
    double shape = ((double)a->width / a->height) / ((double)b->width / b->height);
    return fabs(log(shape)) < 0.12;
}

bool ost_image_alike(const struct ost_image *a, const struct ost_image *b, double *out,
                     struct ost_err *err)
{
    OST_AUTO(ost_image) one = NULL;
    OST_AUTO(ost_image) two = NULL;
    *out = 0.0;
    if (!shrink(a, &one, err) || !shrink(b, &two, err) || !flatten(one, err) || !flatten(two, err))
        return false;
    for (int how = 1; how <= TURNS; how++) {
        OST_AUTO(ost_image) turned = NULL;
        if (!ost_image_upright(two, how, &turned, err))
            return false;
        if (may_lie_on(one, turned))
            *out = fmax(*out, best_match(one, turned));
    }
    return true;
}
