/* How sure the equations are (Laplace's approximation; MacKay 2003, chapter 27). */
#include "recon/layers/solve_impl.h"
#include "recon/math/dense.h"

#include <math.h>
#include <string.h>

/* Heights whose nodes stand for a bone's cortex and for its spongy end, mm. */
static const double cortex_from = 20.0, cortex_to = 70.0;
static const double marrow_from = -6.0, marrow_to = 9.0;

/*
 * The relative SD of all mineral of radius and ulna on all films, by the inverse of the
 * equations as they stand (Laplace; MacKay 2003, chapter 27).
 */
static bool find_gain(struct ost_solve *s, struct ost_err *err)
{
    const size_t n = s->layout.n;
    struct ost_arm_row row;
    double sum = 0.0, square = 0.0;
    memcpy(s->normal, s->whole, n * n * sizeof *s->normal);
    memset(s->way, 0, n * sizeof *s->way);
    if (!ost_cholesky(s->normal, n))
        return ost_fail(err, OST_BUG, "layers: the equations are singular");
    for (size_t v = 0; v < s->request->count; v++)
        for (size_t c = 0; c < (size_t)s->plate[v].width * s->plate[v].height; c++) {
            if (!(s->plate[v].cell[c].counts > 0.0))
                continue;
            ost_arm_row_of(&s->layout, &s->plate[v], v, &s->beam[v], s->x, c, &row);
            sum += row.mineral[OST_RADIUS] + row.mineral[OST_ULNA];
            for (uint32_t k = 0; k < row.used; k++)
                if (row.index[k] >= s->layout.cortex[OST_RADIUS] &&
                    row.index[k] < s->layout.field[0])
                    s->way[row.index[k]] += row.slope[k] / row.of_mineral;
        }
    memcpy(s->pull, s->way, n * sizeof *s->pull);
    ost_cholesky_solve(s->normal, n, s->pull);
    for (size_t k = 0; k < n; k++)
        square += s->way[k] * s->pull[k];
    s->gain_sd = sum > 0.0 ? sqrt(fmax(square, 0.0)) / sum : 1.0;
    return true;
}

/* The mean of the nodes between two heights, and its SD by the factored equations. */
static void find_density(struct ost_solve *s, uint32_t first, double from, double to, double out[2])
{
    const size_t n = s->layout.n;
    double count = 0.0, sum = 0.0, square = 0.0;
    memset(s->pull, 0, n * sizeof *s->pull);
    for (uint32_t k = 0; k < OST_BONE_NODES; k++) {
        const double height = ost_bone_low + ost_bone_step * k;
        if (height < from || height > to)
            continue;
        s->pull[first + k] = 1.0;
        sum += s->x[first + k];
        count += 1.0;
    }
    memcpy(s->way, s->pull, n * sizeof *s->way);
    ost_cholesky_solve(s->normal, n, s->pull);
    for (size_t k = 0; k < n; k++)
        square += s->way[k] * s->pull[k];
    out[0] = sum / count;
    out[1] = sqrt(fmax(square, 0.0)) / count;
}

bool ost_solve_spread(struct ost_solve *s, struct ost_err *err)
{
    if (!find_gain(s, err))
        return false;
    for (int b = 0; b < OST_BONES; b++) {
        find_density(s, s->layout.cortex[b], cortex_from, cortex_to, s->cortical[b]);
        find_density(s, s->layout.marrow[b], marrow_from, marrow_to, s->trabecular[b]);
    }
    return true;
}
