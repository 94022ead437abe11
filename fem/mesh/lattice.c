#include "fem/mesh/lattice_impl.h"
#include "recon/math/vec.h"

#include <stdlib.h>
#include <string.h>

enum { PADDING = 2 };
static const double cells_most = 1e6;
static const double cut_off =
    1e-4; /* of a side: a hundredth of what the distance itself is off by */

void lattice_destroy(struct lattice *lattice)
{
    if (lattice == NULL)
        return;
    free(lattice->sign);
    free(lattice->point);
    free(lattice->cross);
    free(lattice->slot);
    rows_fini(&lattice->corners);
    rows_fini(&lattice->centres);
    free(lattice);
}

static bool fit_box(struct lattice *l, const struct ost_field *field, const double anchor[3],
                    struct ost_err *err)
{
    for (int k = 0; k < 3; k++) {
        double first = floor((field->low[k] - anchor[k]) / l->a) - PADDING;
        double last = ceil((field->high[k] - anchor[k]) / l->a) + PADDING;
        if (!(last > first))
            return ost_fail(err, OST_INVALID, "mesher: the box has no inside");
        if (!(last - first < cells_most)) {
            return ost_fail(err, OST_LIMIT, "mesher: %.0f cells side by side; widen the lattice",
                            last - first);
        }
        l->origin[k] = anchor[k] + first * l->a;
        l->cells[k] = (uint32_t)(last - first);
    }
    return true;
}

/* The points of rows, the first of the lattice's at `origin + shift`. */
static void place(struct lattice *l, const struct rows *rows, double shift)
{
    for (uint32_t row = 0; row < rows->across[0] * rows->across[1]; row++) {
        double y = l->origin[1] + l->a * (row % rows->across[0] + shift);
        double z = l->origin[2] + l->a * (row / rows->across[0] + shift);
        double(*point)[3] = l->point + rows->begin[row];
        for (uint32_t i = rows->first[row]; i < rows_end(rows, row); i++, point++) {
            (*point)[0] = l->origin[0] + l->a * (i + shift);
            (*point)[1] = y;
            (*point)[2] = z;
        }
    }
}

bool lattice_create(struct lattice **out, const struct ost_field *field, double a,
                    const double anchor[3], struct ost_err *err)
{
    *out = NULL;
    OST_AUTO(lattice) l = calloc(1, sizeof *l);
    if (l == NULL)
        return ost_fail(err, OST_NOMEM, "mesher: out of memory");
    l->a = a;
    if (!fit_box(l, field, anchor, err) || !rows_create(l, field, err))
        return false;
    l->sign = calloc((size_t)l->point_count + 1, 1);
    l->point = calloc((size_t)l->point_count + 1, sizeof *l->point);
    if (l->sign == NULL || l->point == NULL)
        return ost_fail(err, OST_NOMEM, "mesher: no room for %u lattice points", l->point_count);
    place(l, &l->corners, 0.0);
    place(l, &l->centres, 0.5);
    *out = ost_steal(&l);
    return true;
}

/* A bracket of regula falsi, and which end moved last. */
struct bracket {
    double low, high, f_low, f_high;
    int last;
};

/* Takes the new value in; an end that stays twice counts half (the Illinois step). */
static void narrow(struct bracket *b, double part, double f)
{
    int side = f < 0.0 ? -1 : 1;
    double factor = b->last == side ? 0.5 : 1.0;
    if (side < 0) {
        b->low = part;
        b->f_low = f;
        b->f_high *= factor;
    } else {
        b->high = part;
        b->f_high = f;
        b->f_low *= factor;
    }
    b->last = side;
}

/*
 * Where the field changes sign between two points, by regula falsi with the
 * Illinois step (Dowell and Jarratt 1971): exact at once on a flat surface.
 */
static void find_cut(const struct lattice *l, const struct ost_field *field, double f_inside,
                     double f_outside, struct crossing *cross)
{
    const int steps = 12;
    const double *p = l->point[cross->inside], *q = l->point[cross->outside];
    struct bracket b = {0.0, 1.0, f_inside, f_outside, 0};
    double f = INFINITY;
    cross->part = 0.0;
    memcpy(cross->point, p, sizeof cross->point);
    for (int step = 0; step < steps && fabs(f) > cut_off * l->a; step++) {
        cross->part = b.low + (b.high - b.low) * (b.f_low / (b.f_low - b.f_high));
        for (int k = 0; k < 3; k++)
            cross->point[k] = p[k] + cross->part * (q[k] - p[k]);
        f = field->at(field->user, cross->point);
        narrow(&b, cross->part, f);
    }
}

static bool add_cut(struct lattice *l, const struct ost_field *field, const float *value,
                    const uint32_t pair[2])
{
    uint32_t p = pair[0], q = pair[1];
    if (l->sign[p] * l->sign[q] >= 0)
        return true;
    if (l->cross_count == l->cross_room) {
        uint32_t room = l->cross_room > 0 ? 2 * l->cross_room : 4096;
        struct crossing *more = realloc(l->cross, (size_t)room * sizeof *more);
        if (more == NULL)
            return false;
        l->cross = more;
        l->cross_room = room;
    }
    struct crossing *cross = &l->cross[l->cross_count++];
    cross->inside = l->sign[p] > 0 ? p : q;
    cross->outside = l->sign[p] > 0 ? q : p;
    find_cut(l, field, (double)value[cross->inside], (double)value[cross->outside], cross);
    return true;
}

/* The neighbours of a row of points, and which points have one there. */
struct beside {
    uint32_t next[3], range[3][2];
};

/* The long edges from one point of a row. */
static bool cut_from(struct lattice *l, const struct ost_field *field, const float *value,
                     const struct rows *rows, const struct beside *beside, const uint32_t at[2])
{
    const uint32_t row = at[0], i = at[1];
    bool ok = true;
    for (int axis = 0; axis < 3 && ok; axis++) {
        if (i < beside->range[axis][0] || i >= beside->range[axis][1])
            continue;
        const uint32_t pair[2] = {rows_point(rows, row, i),
                                  rows_point(rows, beside->next[axis], i + (axis == 0))};
        if (l->sign[pair[0]] != l->sign[pair[1]])
            ok = add_cut(l, field, value, pair);
    }
    return ok;
}

/* The long edges between points of rows. */
static bool cut_long(struct lattice *l, const struct ost_field *field, const float *value,
                     const struct rows *rows)
{
    bool ok = true;
    for (uint32_t row = 0; row < rows->across[0] * rows->across[1] && ok; row++) {
        struct beside beside;
        rows_neighbours(rows, row, beside.next, beside.range);
        for (uint32_t i = rows->first[row]; i < rows_end(rows, row) && ok; i++)
            ok = cut_from(l, field, value, rows, &beside, (const uint32_t[]){row, i});
    }
    return ok;
}

/* From a centre to the eight corners round it; `first` are the lower of them along x. */
static bool cut_cell(struct lattice *l, const struct ost_field *field, const float *value,
                     uint32_t centre, const uint32_t first[4])
{
    int unlike = 0;
    for (int c = 0; c < 8; c++)
        unlike |= l->sign[first[c >> 1] + (c & 1)] ^ l->sign[centre];
    bool ok = true;
    for (int c = 0; c < 8 && unlike != 0 && ok; c++) {
        const uint32_t pair[2] = {centre, first[c >> 1] + (c & 1)};
        ok = add_cut(l, field, value, pair);
    }
    return ok;
}

static bool cut_short(struct lattice *l, const struct ost_field *field, const float *value)
{
    const struct rows *rows = &l->centres;
    bool ok = true;
    for (uint32_t row = 0; row < rows->across[0] * rows->across[1] && ok; row++) {
        uint32_t corner[4];
        lattice_corner_rows(l, row, corner);
        for (uint32_t i = rows->first[row]; i < rows_end(rows, row) && ok; i++) {
            uint32_t first[4];
            for (int c = 0; c < 4; c++)
                first[c] = rows_point(&l->corners, corner[c], i);
            ok = cut_cell(l, field, value, rows_point(rows, row, i), first);
        }
    }
    return ok;
}

static uint32_t hash_of(uint32_t inside, uint32_t outside)
{
    uint64_t x = ((uint64_t)inside << 32 | outside) * UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)(x >> 32);
}

static bool build_table(struct lattice *l)
{
    uint32_t size = 16;
    while (size < 2 * l->cross_count)
        size *= 2;
    l->slot = malloc((size_t)size * sizeof *l->slot);
    if (l->slot == NULL)
        return false;
    memset(l->slot, 0xff, (size_t)size * sizeof *l->slot);
    l->slot_mask = size - 1;
    for (uint32_t i = 0; i < l->cross_count; i++) {
        uint32_t at = hash_of(l->cross[i].inside, l->cross[i].outside) & l->slot_mask;
        while (l->slot[at] != OST_NOWHERE)
            at = (at + 1) & l->slot_mask;
        l->slot[at] = i;
    }
    return true;
}

uint32_t lattice_find(const struct lattice *lattice, uint32_t inside, uint32_t outside)
{
    uint32_t at = hash_of(inside, outside) & lattice->slot_mask;
    while (lattice->slot[at] != OST_NOWHERE) {
        const struct crossing *cross = &lattice->cross[lattice->slot[at]];
        if (cross->inside == inside && cross->outside == outside)
            return lattice->slot[at];
        at = (at + 1) & lattice->slot_mask;
    }
    return OST_NOWHERE;
}

/* Whether a point stands on the outermost corners or centres. */
static bool on_rim(const struct lattice *l, const double p[3])
{
    bool rim = false;
    for (int k = 0; k < 3; k++) {
        rim = rim || p[k] < l->origin[k] + 0.75 * l->a ||
              p[k] > l->origin[k] + l->a * (l->cells[k] - 0.75);
    }
    return rim;
}

/* One row of points, whose values it leaves; how many are inside, or what is wrong. */
static bool sample_row(struct lattice *l, const struct ost_field *field, uint32_t first,
                       uint32_t count, float *value, uint32_t *inside, struct ost_err *err)
{
    enum { MOST = 256 };
    double f[MOST];
    for (uint32_t at = first, left = count; left > 0;) {
        uint32_t some = left < MOST ? left : MOST;
        ost_field_row(field, (const double(*)[3])l->point + at, some, f);
        for (uint32_t k = 0; k < some; k++, at++) {
            if (!isfinite(f[k]))
                return ost_fail(err, OST_INVALID, "mesher: the distance is no number");
            /* A float's worth of zero: a point on the surface is neither in nor out. */
            value[at] = (float)f[k];
            l->sign[at] = (signed char)((value[at] < 0.0F) - (value[at] > 0.0F));
            *inside += l->sign[at] > 0;
            if (l->sign[at] >= 0 && on_rim(l, l->point[at]))
                return ost_fail(err, OST_INVALID, "mesher: the body reaches the edge of its box");
        }
        left -= some;
    }
    return true;
}

/* Asks the field at every point of rows; fails where it is inside at the lattice's rim. */
static bool sample_rows(struct lattice *l, const struct rows *rows, const struct ost_field *field,
                        float *value, uint32_t *inside, struct ost_err *err)
{
    for (uint32_t row = 0; row < rows->across[0] * rows->across[1]; row++) {
        uint32_t begin = rows->begin[row], count = rows->begin[row + 1] - begin;
        if (!sample_row(l, field, begin, count, value, inside, err))
            return false;
    }
    return true;
}

static bool sample_signs(struct lattice *l, const struct ost_field *field, float *value,
                         struct ost_err *err)
{
    uint32_t inside = 0;
    if (!sample_rows(l, &l->corners, field, value, &inside, err) ||
        !sample_rows(l, &l->centres, field, value, &inside, err))
        return false;
    return inside > 0 ||
           ost_fail(err, OST_INVALID, "mesher: nothing is inside at a lattice of %g mm", l->a);
}

bool lattice_sample(struct lattice *lattice, const struct ost_field *field, struct ost_err *err)
{
    float *value = calloc((size_t)lattice->point_count + 1, sizeof *value);
    if (value == NULL)
        return ost_fail(err, OST_NOMEM, "mesher: no room for %u values", lattice->point_count);
    bool ok = sample_signs(lattice, field, value, err);
    if (ok && !(cut_long(lattice, field, value, &lattice->corners) &&
                cut_long(lattice, field, value, &lattice->centres) &&
                cut_short(lattice, field, value) && build_table(lattice)))
        ok = ost_fail(err, OST_NOMEM, "mesher: no room for %u cuts", lattice->cross_count);
    free(value);
    return ok;
}

/* A cut that lies too near one end of its edge. */
struct violation {
    double part; /* of the edge, from the point to move */
    uint32_t cross, point, other;
};

/*
 * The limits of the paper's table 1 for the bound 10.7 degrees: a cut nearer than
 * this share of a long or a short edge pulls the point onto itself. Both are below a
 * half, so a cut pulls one end only.
 */
static bool violates(const struct lattice *l, const struct crossing *cross, struct violation *v)
{
    static const double share_long = 0.24999, share_short = 0.41189;
    bool is_long = (cross->inside < l->corner_count) == (cross->outside < l->corner_count);
    double limit = is_long ? share_long : share_short;
    v->point = cross->part < limit ? cross->inside : cross->outside;
    v->other = cross->part < limit ? cross->outside : cross->inside;
    v->part = cross->part < limit ? cross->part : 1.0 - cross->part;
    return v->part < limit;
}

/*
 * Nearest first, then by number: into bins by the share of the edge, and by insertion within
 * them. `sorted` has room for all.
 */
static bool sort_violations(const struct violation *v, size_t count, struct violation *sorted)
{
    enum { BINS = 8192 };
    uint32_t *begin = calloc(BINS + 1, sizeof *begin);
    if (begin == NULL)
        return false;
    /* Shares are below a half. */
    for (size_t i = 0; i < count; i++)
        begin[(size_t)(v[i].part * (2 * BINS)) + 1]++;
    for (size_t bin = 0; bin < BINS; bin++)
        begin[bin + 1] += begin[bin];
    for (size_t i = 0; i < count; i++)
        sorted[begin[(size_t)(v[i].part * (2 * BINS))]++] = v[i];
    free(begin);
    for (size_t i = 1; i < count; i++) {
        struct violation now = sorted[i];
        size_t at = i;
        for (; at > 0 && sorted[at - 1].part > now.part; at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = now;
    }
    return true;
}

bool lattice_warp(struct lattice *lattice, struct ost_err *err)
{
    struct violation *found = malloc(((size_t)lattice->cross_count + 1) * sizeof *found);
    struct violation *v = malloc(((size_t)lattice->cross_count + 1) * sizeof *v);
    bool ok = found != NULL && v != NULL;
    size_t count = 0;
    for (uint32_t i = 0; i < lattice->cross_count && ok; i++) {
        found[count].cross = i;
        count += violates(lattice, &lattice->cross[i], &found[count]);
    }
    ok = ok && sort_violations(found, count, v);
    for (size_t i = 0; i < count && ok; i++) {
        if (lattice->sign[v[i].point] == 0 || lattice->sign[v[i].other] == 0)
            continue;
        memcpy(lattice->point[v[i].point], lattice->cross[v[i].cross].point, sizeof(double[3]));
        lattice->sign[v[i].point] = 0;
        lattice->warped++;
    }
    free(found);
    free(v);
    return ok || ost_fail(err, OST_NOMEM, "mesher: no room for %u cuts", lattice->cross_count);
}
