#include "fem/mesh/hull_impl.h"
#include "recon/math/vec.h"

#include <stdlib.h>
#include <string.h>

/* Rows of a bundle along y and along z. */
enum { SIDE = 4 };

bool hull_begin(struct hull *hull, const double low[3], double spacing, const double size[2],
                struct ost_err *err)
{
    const double most = 1 << 26; /* 512 MB; tiles are fewer */
    double count = 1.0;
    *hull = (struct hull){.spacing = spacing};
    memcpy(hull->low, low, sizeof hull->low);
    for (int k = 0; k < 2; k++) {
        double bundles = floor(size[k] / SIDE) + 1.0;
        count *= bundles;
        hull->bundles[k] = count <= most ? (uint32_t)bundles : 0;
    }
    hull->reach = count <= most ? malloc((size_t)count * sizeof *hull->reach) : NULL;
    if (hull->reach == NULL)
        return ost_fail(err, OST_NOMEM, "distance: no room for %.0f bundles of rows", count);
    for (size_t i = 0; i < (size_t)count; i++) {
        hull->reach[i][0] = UINT32_MAX;
        hull->reach[i][1] = 0;
    }
    return true;
}

void hull_fini(struct hull *hull)
{
    free(hull->reach);
    hull->reach = NULL;
}

/* What lies between two rows is made of both: the row between two bundles is of both. */
void hull_add(struct hull *hull, uint32_t y, uint32_t z, uint32_t first, uint32_t last)
{
    const uint32_t from[2] = {y > 0 ? (y - 1) / SIDE : 0, z > 0 ? (z - 1) / SIDE : 0};
    for (uint32_t k = from[1]; k <= z / SIDE; k++) {
        for (uint32_t j = from[0]; j <= y / SIDE; j++) {
            uint32_t *reach = hull->reach[(size_t)k * hull->bundles[0] + j];
            reach[0] = first < reach[0] ? first : reach[0];
            reach[1] = last > reach[1] ? last : reach[1];
        }
    }
}

/* The bundles between two coordinates; false for none. */
static bool bundles_of(const struct hull *h, int axis, double low, double high, uint32_t range[2])
{
    const double side = SIDE * h->spacing, slack = 1e-6;
    double first = floor((low - h->low[axis + 1]) / side - slack);
    double last = floor((high - h->low[axis + 1]) / side + slack);
    if (!(last >= 0.0) || !(first < h->bundles[axis]))
        return false;
    range[0] = first > 0.0 ? (uint32_t)first : 0;
    range[1] = last < h->bundles[axis] ? (uint32_t)last : h->bundles[axis] - 1;
    return true;
}

bool hull_span(const struct hull *hull, const double low[2], const double high[2], double x[2])
{
    uint32_t y[2], z[2], first = UINT32_MAX, last = 0;
    if (!bundles_of(hull, 0, low[0], high[0], y) || !bundles_of(hull, 1, low[1], high[1], z))
        return false;
    for (uint32_t k = z[0]; k <= z[1]; k++) {
        for (uint32_t j = y[0]; j <= y[1]; j++) {
            const uint32_t *reach = hull->reach[(size_t)k * hull->bundles[0] + j];
            first = reach[0] < first ? reach[0] : first;
            last = reach[1] > last ? reach[1] : last;
        }
    }
    /* Beside the last voxel inside, what is between it and the next may be inside as well. */
    x[0] = hull->low[0] + hull->spacing * ((double)first - 1.0);
    x[1] = hull->low[0] + hull->spacing * ((double)last + 1.0);
    return first <= last;
}
