#include "recon/mesh/sample.h"

#include "recon/mesh/measure.h"

#include <math.h>
#include <stdlib.h>

/* One point of triangle `t`, from two numbers in [0, 1) folded into it. */
static void place(const struct ost_mesh *mesh, const uint32_t t[3], const double uv[2],
                  float out[3])
{
    double u = uv[0], v = uv[1];
    if (u + v > 1.0) {
        u = 1.0 - u;
        v = 1.0 - v;
    }
    for (int k = 0; k < 3; k++) {
        out[k] = (float)((1.0 - u - v) * (double)mesh->vertex[t[0]][k] +
                         u * (double)mesh->vertex[t[1]][k] + v * (double)mesh->vertex[t[2]][k]);
    }
}

static double fraction(double x)
{
    return x - floor(x);
}

static bool reserve(struct ost_samples *samples, size_t count, struct ost_err *err)
{
    samples->point = calloc(count, sizeof *samples->point);
    samples->triangle = calloc(count, sizeof *samples->triangle);
    if (samples->point == NULL || samples->triangle == NULL)
        return ost_fail(err, OST_NOMEM, "samples: no room for %zu points", count);
    return true;
}

bool ost_samples_create(struct ost_samples **out, const struct ost_mesh *mesh, double spacing,
                        size_t limit, struct ost_err *err)
{
    static const double step[2] = {0.7548776662466927, 0.5698402909980532};
    *out = NULL;
    OST_AUTO(ost_samples) samples = calloc(1, sizeof *samples);
    if (samples == NULL)
        return ost_fail(err, OST_NOMEM, "samples: out of memory");
    if (!(spacing > 0.0) || !ost_mesh_check(mesh, err))
        return ost_fail(err, OST_INVALID, "samples: no spacing or no mesh");

    double area = 0.0, density = 1.0 / (spacing * spacing), normal[3];
    for (uint32_t i = 0; i < mesh->triangle_count; i++)
        area += ost_triangle_area(mesh, i, normal);
    if (!(area * density < (double)limit))
        return ost_fail(err, OST_LIMIT, "samples: %.0f points, limit %zu", area * density, limit);
    size_t room = (size_t)(area * density) + 2;
    if (!reserve(samples, room, err))
        return false;

    double owed = 0.5;
    for (uint32_t i = 0; i < mesh->triangle_count; i++) {
        owed += ost_triangle_area(mesh, i, normal) * density;
        while (owed >= 1.0 && samples->count < room && samples->point != NULL) {
            double n = (double)samples->count;
            double uv[2] = {fraction(0.5 + n * step[0]), fraction(0.5 + n * step[1])};
            place(mesh, mesh->triangle[i], uv, samples->point[samples->count]);
            samples->triangle[samples->count++] = i;
            owed -= 1.0;
        }
    }
    *out = ost_steal(&samples);
    return true;
}

void ost_samples_destroy(struct ost_samples *samples)
{
    if (samples == NULL)
        return;
    free(samples->point);
    free(samples->triangle);
    free(samples);
}
