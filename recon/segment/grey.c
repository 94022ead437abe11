/* Volumes whose grey cannot be one CT's, whatever stands in it. */
#include "recon/segment/segment_impl.h"

#include <math.h>
#include <stdlib.h>

static const float dark_hu = -20.0F;
static const size_t dark_share = 10000; /* one in so many, at least */

/* The least and the most of every slice across each axis, one axis after the other. */
static void ranges_of(const struct ost_grid *ct, float *least, float *most)
{
    const uint32_t *n = ct->size;
    const size_t total = (size_t)n[0] + n[1] + n[2];
    for (size_t i = 0; i < total; i++) {
        least[i] = INFINITY;
        most[i] = -INFINITY;
    }
    const float *v = ct->value;
    for (size_t k = 0; k < n[2]; k++) {
        for (size_t j = 0; j < n[1]; j++) {
            const size_t slice[2] = {n[0] + j, (size_t)n[0] + n[1] + k};
            float low = INFINITY, high = -INFINITY;
            for (size_t i = 0; i < n[0]; i++, v++) {
                least[i] = *v < least[i] ? *v : least[i];
                most[i] = *v > most[i] ? *v : most[i];
                low = *v < low ? *v : low;
                high = *v > high ? *v : high;
            }
            for (int a = 0; a < 2; a++) {
                least[slice[a]] = low < least[slice[a]] ? low : least[slice[a]];
                most[slice[a]] = high > most[slice[a]] ? high : most[slice[a]];
            }
        }
    }
}

/*
 * Slices of one value between slices that have something in them: of a series that was padded
 * where some were lost. Beside the body a slice may well be empty.
 */
static bool check_axis(const float *least, const float *most, uint32_t count, char axis,
                       struct ost_err *err)
{
    uint32_t first = 0, last = count, empty = 0, at = 0;
    while (first < count && !(most[first] > least[first]))
        first++;
    while (last > first && !(most[last - 1] > least[last - 1]))
        last--;
    for (uint32_t i = last; i-- > first;) {
        if (!(most[i] > least[i])) {
            empty++;
            at = i;
        }
    }
    return empty == 0 ||
           ost_fail(err, OST_CORRUPT,
                    "%u slices across %c hold nothing, the first of them number %u of %u: are "
                    "slices missing? export the series anew, or cut it to one side of them",
                    empty, axis, at + 1, count);
}

static bool check_slices(const struct ost_grid *ct, struct ost_err *err)
{
    const uint32_t *n = ct->size;
    const size_t total = (size_t)n[0] + n[1] + n[2];
    float *least = malloc(2 * total * sizeof *least), *most = least + total;
    if (least == NULL)
        return ost_fail(err, OST_NOMEM, "no room for %zu slices", total);
    ranges_of(ct, least, most);
    bool ok = true;
    for (size_t axis = 0, at = 0; axis < 3 && ok; at += n[axis++])
        ok = check_axis(least + at, most + at, n[axis], "xyz"[axis], err);
    free(least);
    return ok;
}

/* Fat, air and the noise of both are darker than water. */
static bool check_dark(const struct ost_grid *ct, struct ost_err *err)
{
    const size_t count = (size_t)ct->size[0] * ct->size[1] * ct->size[2];
    size_t dark = 0;
    for (size_t n = 0; n < count; n++)
        dark += ct->value[n] < dark_hu ? 1 : 0;
    return dark >= count / dark_share + 1 ||
           ost_fail(err, OST_UNSUPPORTED,
                    "nothing in the volume is darker than water: it is not in Hounsfield units; "
                    "was 1024 added to them, or the rescale intercept lost?");
}

bool seg_grey_check(const struct ost_grid *ct, struct ost_err *err)
{
    return check_slices(ct, err) && check_dark(ct, err);
}
