/* Volumes whose grey cannot be one CT's, whatever stands in it. */
#include "recon/segment/segment_impl.h"

#include <math.h>
#include <stdlib.h>

static const float dark_hu = -20.0F, padded_hu = -1100.0F, flesh_hu = -300.0F;
static const size_t dark_share = 10000; /* one in so many, at least */

/* What a slice across an axis holds. */
struct slice {
    float least, most;
    size_t flesh; /* voxels that are no air */
};

/* Of every slice across each axis, one axis after the other. */
static void look_through(const struct ost_grid *ct, struct slice *of)
{
    const uint32_t *n = ct->size;
    const size_t total = (size_t)n[0] + n[1] + n[2];
    for (size_t i = 0; i < total; i++)
        of[i] = (struct slice){.least = INFINITY, .most = -INFINITY};
    const float *v = ct->value;
    for (size_t k = 0; k < n[2]; k++) {
        for (size_t j = 0; j < n[1]; j++) {
            struct slice row = {.least = INFINITY, .most = -INFINITY};
            for (size_t i = 0; i < n[0]; i++, v++) {
                const size_t flesh = *v > flesh_hu ? 1 : 0;
                of[i].least = fminf(of[i].least, *v);
                of[i].most = fmaxf(of[i].most, *v);
                of[i].flesh += flesh;
                row.least = fminf(row.least, *v);
                row.most = fmaxf(row.most, *v);
                row.flesh += flesh;
            }
            struct slice *const whole[2] = {&of[n[0] + j], &of[(size_t)n[0] + n[1] + k]};
            for (int a = 0; a < 2; a++) {
                whole[a]->least = fminf(whole[a]->least, row.least);
                whole[a]->most = fmaxf(whole[a]->most, row.most);
                whole[a]->flesh += row.flesh;
            }
        }
    }
}

static bool is_empty(const struct slice *s)
{
    return !(s->most > s->least);
}

/* The flesh of a slice over that of the last one within a few mm of it, going `way` from it. */
static double blunt(const struct slice *of, uint32_t count, uint32_t at, int way, double spacing)
{
    const double within = 8.0;
    int64_t to = at;
    for (int64_t next = to + way; next >= 0 && next < count && !is_empty(&of[next]) &&
                                  fabs((double)(next - at)) * spacing <= within;
         next += way)
        to = next;
    return of[to].flesh > 0 ? (double)of[at].flesh / (double)of[to].flesh : 0.0;
}

/*
 * Slices of one value to both sides of which a body ends bluntly: of a series that was padded where
 * some were lost. Between two limbs, and beside the body, there may well be nothing: a limb's own
 * end is thin.
 */
static bool check_axis(const struct slice *of, uint32_t count, double spacing, char axis,
                       struct ost_err *err)
{
    for (uint32_t first = 1, end; first < count; first = end + 1) {
        end = first;
        while (end < count && is_empty(&of[end]))
            end++;
        if (end > first && end < count && !is_empty(&of[first - 1]) &&
            blunt(of, count, first - 1, -1, spacing) > 0.5 &&
            blunt(of, count, end, 1, spacing) > 0.5) {
            return ost_fail(err, OST_CORRUPT,
                            "%u slices across %c hold nothing in the midst of a body, the first of "
                            "them number %u of %u as they lie in space: are slices missing? export "
                            "the series anew, or cut it to one side of them",
                            end - first, axis, first + 1, count);
        }
    }
    return true;
}

static bool check_slices(const struct ost_grid *ct, struct ost_err *err)
{
    const uint32_t *n = ct->size;
    const size_t total = (size_t)n[0] + n[1] + n[2];
    struct slice *of = malloc(total * sizeof *of);
    if (of == NULL)
        return ost_fail(err, OST_NOMEM, "no room for %zu slices", total);
    look_through(ct, of);
    bool ok = true;
    for (size_t axis = 0, at = 0; axis < 3 && ok; at += n[axis++])
        ok = check_axis(of + at, n[axis], ct->spacing[axis], "xyz"[axis], err);
    free(of);
    return ok;
}

/* Fat, air and the noise of both are darker than water; what is darker than air is no part of it.
 */
static bool check_dark(const struct ost_grid *ct, struct ost_err *err)
{
    const size_t all = (size_t)ct->size[0] * ct->size[1] * ct->size[2];
    size_t count = 0, dark = 0;
    for (size_t n = 0; n < all; n++) {
        count += ct->value[n] > padded_hu ? 1 : 0;
        dark += ct->value[n] > padded_hu && ct->value[n] < dark_hu ? 1 : 0;
    }
    return dark >= count / dark_share + 1 ||
           ost_fail(err, OST_UNSUPPORTED,
                    "nothing in the volume is darker than water: it is not in Hounsfield units; "
                    "was 1024 added to them, or the rescale intercept lost?");
}

bool seg_grey_check(const struct ost_grid *ct, struct ost_err *err)
{
    return check_slices(ct, err) && check_dark(ct, err);
}
