#include "recon/learn/tl_impl.h"
#include "recon/mesh/bvh.h"
#include "recon/mesh/level.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { HITS = 64, SUB = 2, TRIANGLES_MOST = 4000000 };

/* Adds the part of each voxel of a column that lies between two heights. */
static void add_between(const struct ost_tl_size *size, double from, double to, float *column)
{
    double low = (from - size->low[2]) / size->spacing + 0.5;
    double high = (to - size->low[2]) / size->spacing + 0.5;
    low = fmax(low, 0.0);
    high = fmin(high, (double)size->voxels[2]);
    for (uint32_t z = (uint32_t)low; (double)z < high && z < size->voxels[2]; z++)
        column[z] += (float)(fmin(high, z + 1.0) - fmax(low, z));
}

/* One ray up through the body; entries and exits by turns. */
static void trace(const struct ost_tl_size *size, const struct ost_bvh *bvh, double x, double y,
                  float *column)
{
    struct ost_hit hit[HITS];
    const double bottom = size->low[2] - 1000.0;
    const double origin[3] = {x, y, bottom}, up[3] = {0.0, 0.0, 1.0};
    size_t count = ost_bvh_ray(bvh, origin, up, hit, HITS);
    count = count < HITS ? count : HITS;
    for (size_t i = 0; i + 1 < count; i++)
        if (hit[i].entering && !hit[i + 1].entering)
            add_between(size, bottom + hit[i].at, bottom + hit[i + 1].at, column);
}

bool ost_tl_voxels(const struct ost_tl_size *size, uint32_t body, const struct ost_mesh *mesh,
                   uint8_t *out, struct ost_err *err)
{
    const size_t bodies = tl_bodies(size);
    OST_AUTO(ost_bvh) bvh = NULL;
    const size_t nx = size->voxels[0], ny = size->voxels[1], nz = size->voxels[2];
    float *column = calloc(nz, sizeof *column);
    bool ok = (column != NULL || ost_fail(err, OST_NOMEM, "tl: out of memory")) &&
              ost_bvh_create(&bvh, mesh, err);
    for (size_t n = 0; ok && n < nx * ny; n++) {
        memset(column, 0, nz * sizeof *column);
        for (int s = 0; s < SUB * SUB; s++) {
            /* A little off the lattice, so that no ray runs along an edge of it. */
            double sx = (s % SUB + 0.503) / SUB - 0.5, sy = ((double)(s / SUB) + 0.503) / SUB - 0.5;
            trace(size, bvh, size->low[0] + size->spacing * ((double)(n % nx) + sx),
                  size->low[1] + size->spacing * ((double)(n / nx) + sy), column);
        }
        for (size_t z = 0; z < nz; z++)
            out[(z * nx * ny + n) * bodies + body] =
                (uint8_t)(fminf(column[z] / (SUB * SUB), 1.0F) * 255.0F + 0.5F);
    }
    free(column);
    return ok;
}

/* Marks what hangs together with `start`; returns how much that is. */
static size_t flood(const struct ost_tl_size *size, const float *odds, uint32_t mark,
                    uint32_t *piece, size_t *stack, size_t start)
{
    const size_t nx = size->voxels[0], ny = size->voxels[1], nz = size->voxels[2];
    size_t top = 0, count = 0;
    stack[top++] = start;
    piece[start] = mark;
    while (top > 0) {
        size_t at = stack[--top], x = at % nx, y = at / nx % ny, z = at / nx / ny;
        const bool there[6] = {x > 0, x + 1 < nx, y > 0, y + 1 < ny, z > 0, z + 1 < nz};
        const size_t next[6] = {at - 1, at + 1, at - nx, at + nx, at - nx * ny, at + nx * ny};
        count++;
        for (int k = 0; k < 6; k++)
            if (there[k] && piece[next[k]] == 0 && odds[next[k]] > 0.0F) {
                piece[next[k]] = mark;
                stack[top++] = next[k];
            }
    }
    return count;
}

static bool keep_largest(const struct ost_tl_size *size, float *odds, struct ost_err *err)
{
    size_t count = ost_tl_voxel_count(size), most = 0;
    uint32_t *piece = calloc(count, sizeof *piece), mark = 0, best = 0;
    size_t *stack = malloc(count * sizeof *stack);
    bool ok = (piece != NULL && stack != NULL) || ost_fail(err, OST_NOMEM, "tl: out of memory");
    for (size_t n = 0; ok && n < count; n++) {
        if (piece[n] != 0 || !(odds[n] > 0.0F))
            continue;
        size_t found = flood(size, odds, ++mark, piece, stack, n);
        best = found > most ? mark : best;
        most = found > most ? found : most;
    }
    for (size_t n = 0; ok && n < count; n++)
        if (odds[n] > 0.0F && piece[n] != best)
            odds[n] = -1e-3F;
    free(piece);
    free(stack);
    return ok && (most > 0 || ost_fail(err, OST_INVALID, "tl: no voxel is more likely bone"));
}

/* From odds to what is negative inside, in place. */
static void turn_round(const struct ost_tl_size *size, float *odds)
{
    const size_t nx = size->voxels[0], ny = size->voxels[1], nz = size->voxels[2];
    for (size_t n = 0; n < ost_tl_voxel_count(size); n++) {
        size_t x = n % nx, y = n / nx % ny, z = n / nx / ny;
        bool rim =
            x == 0 || y == 0 || z == 0 || x + 1 == nx || y + 1 == ny || (z + 1 == nz && !size->cut);
        float off =
            0.5F - 1.0F / (1.0F + expf(-odds[n])); /* shares change evenly across a border */
        odds[n] = rim ? fmaxf(off, 1e-3F) : off;   /* closed at the box */
    }
}

bool ost_tl_surface(const struct ost_tl_size *size, uint32_t body, const float *odds,
                    struct ost_mesh **out, struct ost_err *err)
{
    const size_t count = ost_tl_voxel_count(size), bodies = tl_bodies(size);
    float *own = malloc(count * sizeof *own);
    if (own == NULL)
        return ost_fail(err, OST_NOMEM, "tl: out of memory");
    for (size_t n = 0; n < count; n++)
        own[n] = odds[n * bodies + body];
    bool ok = keep_largest(size, own, err);
    if (ok) {
        turn_round(size, own);
        struct ost_lattice lattice = {.size = {size->voxels[0], size->voxels[1], size->voxels[2]},
                                      .low = {size->low[0], size->low[1], size->low[2]},
                                      .spacing = size->spacing,
                                      .value = own};
        ok = ost_level_surface(&lattice, TRIANGLES_MOST, out, err);
    }
    free(own);
    return ok;
}
