/* The rows of a lattice: a body fills little of its box where it is long or lies askew. */
#include "fem/mesh/lattice_impl.h"
#include "recon/math/vec.h"

#include <stdlib.h>

enum { ROWS_MOST = 1 << 24, POINTS_MOST = 60000000 };

void rows_fini(struct rows *rows)
{
    free(rows->first);
    free(rows->begin);
}

static size_t count_of(const struct rows *rows)
{
    return (size_t)rows->across[0] * rows->across[1];
}

static bool rows_begin(struct rows *rows, uint32_t length, uint32_t along_y, uint32_t along_z,
                       struct ost_err *err)
{
    *rows = (struct rows){.across = {along_y, along_z}, .length = length};
    if (count_of(rows) > ROWS_MOST)
        return ost_fail(err, OST_LIMIT, "mesher: %u x %u rows of points; widen the lattice",
                        along_y, along_z);
    rows->first = calloc(count_of(rows) + 1, sizeof *rows->first);
    rows->begin = calloc(count_of(rows) + 1, sizeof *rows->begin);
    return (rows->first != NULL && rows->begin != NULL) ||
           ost_fail(err, OST_NOMEM, "mesher: no room for rows of points");
}

/* Points of a row between two places along x, in steps of `a` from `origin`. */
static void keep(struct rows *rows, uint32_t row, const double x[2], double origin, double a)
{
    double first = fmax(0.0, ceil((x[0] - origin) / a));
    double last = fmin(rows->length - 1.0, floor((x[1] - origin) / a));
    if (!(first <= last))
        return;
    rows->first[row] = (uint32_t)first;
    rows->begin[row + 1] = (uint32_t)(last - first) + 1; /* how many, as yet */
}

/* An edge is no longer than `a`: what may be inside, and so far about it. */
static void keep_near(struct lattice *l, struct rows *rows, const struct ost_field *field,
                      double shift)
{
    const double far = 1.001 * l->a;
    for (uint32_t row = 0; row < count_of(rows); row++) {
        double y = l->origin[1] + l->a * (row % rows->across[0] + shift);
        double z = l->origin[2] + l->a * (row / rows->across[0] + shift);
        double x[2];
        if (!ost_field_span(field, (const double[2]){y - far, z - far},
                            (const double[2]){y + far, z + far}, x))
            continue;
        x[0] -= far;
        x[1] += far;
        keep(rows, row, x, l->origin[0] + l->a * shift, l->a);
    }
}

/* A row, longer by points from .. end; `begin` holds how many yet. */
static void stretch(struct rows *rows, uint32_t row, uint32_t from, uint32_t end)
{
    uint32_t *count = &rows->begin[row + 1], first = rows->first[row];
    uint32_t last = *count > 0 && first + *count > end ? first + *count : end;
    rows->first[row] = *count > 0 && first < from ? first : from;
    *count = last - rows->first[row];
}

static void keep_corners(struct lattice *l)
{
    for (uint32_t row = 0; row < count_of(&l->centres); row++) {
        uint32_t corner[4], count = l->centres.begin[row + 1], first = l->centres.first[row];
        lattice_corner_rows(l, row, corner);
        for (int c = 0; c < 4 && count > 0; c++)
            stretch(&l->corners, corner[c], first, first + count + 1);
    }
}

/* From how many to the first of each; false past the limit. */
static bool number(struct rows *rows, uint32_t *count)
{
    size_t total = *count;
    rows->begin[0] = *count;
    for (size_t row = 0; row < count_of(rows); row++) {
        total += rows->begin[row + 1];
        if (total > POINTS_MOST)
            return false;
        rows->begin[row + 1] = (uint32_t)total;
    }
    *count = (uint32_t)total;
    return true;
}

bool rows_create(struct lattice *lattice, const struct ost_field *field, struct ost_err *err)
{
    const uint32_t *n = lattice->cells;
    if (!rows_begin(&lattice->corners, n[0] + 1, n[1] + 1, n[2] + 1, err) ||
        !rows_begin(&lattice->centres, n[0], n[1], n[2], err))
        return false;
    keep_near(lattice, &lattice->corners, field, 0.0);
    keep_near(lattice, &lattice->centres, field, 0.5);
    keep_corners(lattice);
    lattice->point_count = 0;
    if (!number(&lattice->corners, &lattice->point_count))
        return ost_fail(err, OST_LIMIT, "mesher: more than %d lattice points; widen the lattice",
                        POINTS_MOST);
    lattice->corner_count = lattice->point_count;
    return number(&lattice->centres, &lattice->point_count) ||
           ost_fail(err, OST_LIMIT, "mesher: more than %d lattice points; widen the lattice",
                    POINTS_MOST);
}

void rows_neighbours(const struct rows *rows, uint32_t row, uint32_t next[3], uint32_t range[3][2])
{
    const uint32_t j = row % rows->across[0], k = row / rows->across[0];
    const uint32_t begin = rows->first[row], end = rows_end(rows, row);
    const bool more[3] = {true, j + 1 < rows->across[0], k + 1 < rows->across[1]};
    next[0] = row;
    next[1] = row + 1;
    next[2] = row + rows->across[0];
    range[0][0] = begin;
    range[0][1] = end > begin ? end - 1 : begin;
    for (int axis = 1; axis < 3; axis++) {
        uint32_t other = more[axis] ? rows->first[next[axis]] : 0;
        uint32_t stop = more[axis] ? rows_end(rows, next[axis]) : 0;
        range[axis][0] = other > begin ? other : begin;
        range[axis][1] = stop < end ? stop : end;
    }
}
