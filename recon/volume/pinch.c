#include "recon/volume/pinch.h"

#include <math.h>
#include <stddef.h>

enum { CORNERS = 8, CASES = 256 };

/* A cube of eight voxels; corner x + 2 y + 4 z. What is taken away is put at `least`. */
struct cube {
    float *values;
    size_t step[CORNERS];          /* from corner 0 */
    unsigned char culprits[CASES]; /* by which corners are inside: one of these must go */
    float least;
};

/* The corners of a cube's square: at `base`, spanned by two of 1, 2, 4. */
static unsigned diagonal(unsigned base, unsigned i, unsigned j)
{
    return 1U << base | 1U << (base + i + j);
}

/* The inside ends of a square's diagonal where the square has nothing else inside. */
static unsigned in_square(unsigned inside, unsigned base, unsigned i, unsigned j)
{
    unsigned one = diagonal(base, i, j), other = 1U << (base + i) | 1U << (base + j);
    unsigned here = inside & (one | other);
    return here == one || here == other ? here : 0;
}

static unsigned culprits(unsigned inside)
{
    static const unsigned axis[3][3] = {{1, 2, 4}, {2, 4, 1}, {4, 1, 2}};
    for (int k = 0; k < 3; k++) {
        for (unsigned side = 0; side < 2; side++) {
            unsigned found = in_square(inside, side * axis[k][2], axis[k][0], axis[k][1]);
            if (found != 0)
                return found;
        }
    }
    for (unsigned corner = 0; corner < CORNERS / 2; corner++) {
        unsigned through = 1U << corner | 1U << (CORNERS - 1 - corner);
        if (inside == through || inside == (CASES - 1 - through))
            return inside;
    }
    return 0;
}

static void prepare(struct cube *cube, float *values, const struct ost_volume_box *box,
                    double spacing)
{
    const size_t row = box->size[0], layer = row * box->size[1];
    cube->values = values;
    cube->least = (float)(0.02 * spacing);
    for (size_t c = 0; c < CORNERS; c++)
        cube->step[c] = (c & 1) + (c >> 1 & 1) * row + (c >> 2) * layer;
    for (unsigned inside = 0; inside < CASES; inside++)
        cube->culprits[inside] = (unsigned char)culprits(inside);
}

/* Of the corners that `list` names, the one nearest to the surface is taken away. */
static void open_one(const struct cube *cube, size_t at, unsigned list)
{
    size_t best = 0;
    float nearest = -INFINITY;
    for (size_t c = 0; c < CORNERS; c++) {
        size_t i = at + cube->step[c];
        if ((list >> c & 1U) != 0 && cube->values[i] > nearest) {
            nearest = cube->values[i];
            best = i;
        }
    }
    cube->values[best] = cube->least;
}

static uint64_t open_cube(const struct cube *cube, size_t at)
{
    uint64_t opened = 0;
    for (;;) {
        unsigned inside = 0;
        for (size_t c = 0; c < CORNERS; c++)
            inside |= cube->values[at + cube->step[c]] < 0.0F ? 1U << c : 0U;
        if (cube->culprits[inside] == 0)
            return opened;
        open_one(cube, at, cube->culprits[inside]);
        opened++;
    }
}

/* What is inside by less than `least`, or outside, is outside by that much. */
static void drop_films(float *values, size_t count, float least)
{
    for (size_t i = 0; i < count; i++) {
        if (values[i] > -least && values[i] < least)
            values[i] = least;
    }
}

/* One time through the box; what it opens can pinch a cube that was looked at before. */
static uint64_t pass(const struct cube *cube, const struct ost_volume_box *box)
{
    uint64_t opened = 0;
    const size_t row = box->size[0], layer = row * box->size[1];
    for (size_t z = 0; z + 1 < box->size[2]; z++) {
        for (size_t y = 0; y + 1 < box->size[1]; y++) {
            for (size_t x = 0; x + 1 < row; x++)
                opened += open_cube(cube, z * layer + y * row + x);
        }
    }
    return opened;
}

uint64_t ost_volume_unpinch(float *values, const struct ost_volume_box *box, double spacing)
{
    struct cube cube;
    uint64_t all = 0;
    prepare(&cube, values, box, spacing);
    drop_films(values, (size_t)box->size[0] * box->size[1] * box->size[2], cube.least);
    /* Ends: each pass but the last takes at least one voxel away. */
    for (uint64_t opened = 1; opened > 0; all += opened)
        opened = pass(&cube, box);
    return all;
}
