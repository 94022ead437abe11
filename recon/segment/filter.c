/* Gaussians and exact distances on a box of voxels. */
#include "recon/base/array.h"
#include "recon/segment/segment_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TAPS_MOST = 64 };

const int seg_way[13][3] = {{1, 0, 0},  {0, 1, 0},  {0, 0, 1}, {1, 1, 0},  {1, -1, 0},
                            {1, 0, 1},  {1, 0, -1}, {0, 1, 1}, {0, 1, -1}, {1, 1, 1},
                            {1, 1, -1}, {1, -1, 1}, {-1, 1, 1}};

/* A line of the box along one axis: where it begins, its step, its length. */
struct line {
    size_t begin, step;
    uint32_t length;
};

static struct line line_of(const uint32_t size[3], int axis, size_t which)
{
    const size_t step[3] = {1, size[0], (size_t)size[0] * size[1]};
    const int a = axis == 0 ? 1 : 0, b = axis == 2 ? 1 : 2;
    return (struct line){which % size[a] * step[a] + which / size[a] * step[b], step[axis],
                         size[axis]};
}

static size_t line_count(const uint32_t size[3], int axis)
{
    return (size_t)size[axis == 0 ? 1 : 0] * size[axis == 2 ? 1 : 2];
}

static uint32_t longest(const uint32_t size[3])
{
    uint32_t most = size[0] > size[1] ? size[0] : size[1];
    return most > size[2] ? most : size[2];
}

/* Half a kernel: weight[0] in the middle. Returns its reach. */
static int kernel(double sigma, double weight[TAPS_MOST])
{
    int reach = (int)ceil(3.0 * sigma);
    double sum = 0.0;
    reach = reach < TAPS_MOST ? reach : TAPS_MOST - 1;
    for (int i = 0; i <= reach; i++) {
        weight[i] = exp(-0.5 * i * i / (sigma * sigma));
        sum += i == 0 ? weight[i] : 2.0 * weight[i];
    }
    for (int i = 0; i <= reach; i++)
        weight[i] /= sum;
    return reach;
}

static void blur_line(float *value, const struct line *l, const double *weight, int reach,
                      float *room)
{
    const int last = (int)l->length - 1;
    for (int i = 0; i <= last; i++)
        room[i] = value[l->begin + (size_t)i * l->step];
    for (int i = 0; i <= last; i++) {
        double sum = weight[0] * (double)room[i];
        for (int r = 1; r <= reach; r++)
            sum += weight[r] *
                   ((double)room[i < r ? 0 : i - r] + (double)room[i + r > last ? last : i + r]);
        value[l->begin + (size_t)i * l->step] = (float)sum;
    }
}

bool seg_blur(const uint32_t size[3], const double spacing[3], double sigma, float *value,
              struct ost_err *err)
{
    bool failed = false;
    for (int axis = 0; axis < 3; axis++) {
        double weight[TAPS_MOST];
        if (sigma / spacing[axis] < 0.2)
            continue;
        const int reach = kernel(sigma / spacing[axis], weight);
        const size_t lines = line_count(size, axis);
#pragma omp parallel reduction(|| : failed)
        {
            float *room = calloc(longest(size), sizeof *room);
            failed = room == NULL;
#pragma omp for schedule(static)
            for (size_t i = 0; i < lines; i++) {
                const struct line l = line_of(size, axis, i);
                if (room != NULL)
                    blur_line(value, &l, weight, reach, room);
            }
            free(room);
        }
    }
    return !failed || ost_fail(err, OST_NOMEM, "no room to smooth %u x %u x %u voxels", size[0],
                               size[1], size[2]);
}

/* The lower envelope of parabolas (Felzenszwalb and Huttenlocher 2012): squares in, squares out. */
struct envelope {
    double *square, *edge;
    uint32_t *root;
};

static void distance_line(float *value, const struct line *l, double spacing,
                          const struct envelope *e)
{
    const double far = 1e15;
    uint32_t top = 0;
    for (uint32_t i = 0; i < l->length; i++)
        e->square[i] = (double)value[l->begin + i * l->step];
    e->root[0] = 0;
    e->edge[0] = -far;
    e->edge[1] = far;
    for (uint32_t i = 1; i < l->length; i++) {
        const double x = i * spacing;
        double cross = -far;
        for (;; top--) {
            const double r = e->root[top] * spacing;
            cross = (e->square[i] + x * x - e->square[e->root[top]] - r * r) / (2.0 * (x - r));
            if (cross > e->edge[top])
                break; /* always at the lowest: its edge is far away */
        }
        e->root[++top] = i;
        e->edge[top] = cross;
        e->edge[top + 1] = far;
    }
    uint32_t at = 0;
    for (uint32_t i = 0; i < l->length; i++) {
        while (e->edge[at + 1] < i * spacing)
            at++;
        double d = ((double)i - (double)e->root[at]) * spacing;
        value[l->begin + i * l->step] = (float)fmin(1e9, d * d + e->square[e->root[at]]);
    }
}

static bool distance_axis(const uint32_t size[3], double spacing, int axis, float *value)
{
    bool failed = false;
    const size_t lines = line_count(size, axis), most = longest(size);
#pragma omp parallel reduction(|| : failed)
    {
        struct envelope e = {calloc(most, sizeof(double)), calloc(most + 1, sizeof(double)),
                             calloc(most, sizeof(uint32_t))};
        failed = e.square == NULL || e.edge == NULL || e.root == NULL;
        const bool sound = !failed;
#pragma omp for schedule(static)
        for (size_t i = 0; i < lines; i++) {
            const struct line l = line_of(size, axis, i);
            if (sound)
                distance_line(value, &l, spacing, &e);
        }
        free(e.square);
        free(e.edge);
        free(e.root);
    }
    return !failed;
}

bool seg_distance(const uint32_t size[3], const double spacing[3], const uint8_t *solid, float *out,
                  struct ost_err *err)
{
    const size_t count = (size_t)size[0] * size[1] * size[2];
    for (size_t n = 0; n < count; n++)
        out[n] = solid[n] != 0 ? 1e9F : 0.0F;
    for (int axis = 0; axis < 3; axis++)
        if (!distance_axis(size, spacing[axis], axis, out))
            return ost_fail(err, OST_NOMEM, "no room for the distances of %zu voxels", count);
    for (size_t n = 0; n < count; n++)
        out[n] = sqrtf(out[n]);
    return true;
}
