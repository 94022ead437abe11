#include "fem/study/strength.h"

#include "recon/math/vec.h"

#include <stdlib.h>

static double mean_of(const double s[6])
{
    return (s[0] + s[1] + s[2]) / 3.0;
}

/* Second invariant of the deviator. */
static double j2_of(const double s[6])
{
    double a = s[0] - s[1], b = s[1] - s[2], c = s[2] - s[0];
    return (a * a + b * b + c * c) / 6.0 + s[3] * s[3] + s[4] * s[4] + s[5] * s[5];
}

void ost_principal_stress(const double stress[6], double out[3])
{
    double m = mean_of(stress), x = stress[0] - m, y = stress[1] - m, z = stress[2] - m;
    double xy = stress[3], yz = stress[4], zx = stress[5], j2 = j2_of(stress);
    double j3 = x * (y * z - yz * yz) - xy * (xy * z - yz * zx) + zx * (xy * yz - y * zx);
    double size = 2.0 * sqrt(j2 / 3.0), angle = 0.0;
    if (j2 > 0.0)
        angle = acos(fmax(-1.0, fmin(1.0, 0.5 * j3 * pow(3.0 / j2, 1.5)))) / 3.0;
    for (int k = 0; k < 3; k++)
        out[k] = m + size * cos(angle + (k == 0 ? 0.0 : k == 1 ? -2.0 : 2.0) * OST_PI / 3.0);
}

double ost_coulomb_mohr(const double stress[6], double compressive, double ratio)
{
    double s[3];
    ost_principal_stress(stress, s);
    return fmax(0.0, s[0]) / (ratio * compressive) - fmin(0.0, s[2]) / compressive;
}

double ost_drucker_prager(const double stress[6], double ratio)
{
    double a = (1.0 - ratio) / (sqrt(3.0) * (1.0 + ratio));
    return (sqrt(j2_of(stress)) + 3.0 * a * mean_of(stress)) / (1.0 / sqrt(3.0) - a);
}

struct part {
    double index, volume;
};

static int falling(const void *a, const void *b)
{
    double x = ((const struct part *)a)->index, y = ((const struct part *)b)->index;
    return x > y ? -1 : x < y;
}

bool ost_failure_estimate(const struct ost_tet_mesh *mesh, const double *index, double share,
                          struct ost_failure *out, struct ost_err *err)
{
    *out = (struct ost_failure){0};
    struct part *part = calloc((size_t)mesh->tet_count + 1, sizeof *part);
    if (part == NULL)
        return ost_fail(err, OST_NOMEM, "strength: no room for %u elements", mesh->tet_count);
    size_t count = 0, at = 0;
    double volume = 0.0, sum = 0.0;
    for (uint32_t e = 0; e < mesh->tet_count; e++) {
        if (!(index[e] >= 0.0))
            continue;
        part[count] = (struct part){index[e], ost_tet_volume(mesh, e)};
        volume += part[count].volume;
        out->failed_share += index[e] >= 1.0 ? part[count].volume : 0.0;
        out->most = fmax(out->most, index[e]);
        count++;
    }
    qsort(part, count, sizeof *part, falling);
    while (at + 1 < count && (sum += part[at].volume) < share * volume)
        at++;
    double here = count > 0 ? part[at].index : 0.0;
    free(part);
    if (!(here > 0.0))
        return ost_fail(err, OST_INVALID, "strength: no element under load");
    out->failed_share /= volume;
    out->factor = 1.0 / here;
    return true;
}
