#include "recon/dicom/series.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double same_way = 1e-3, tilt_least_deg = 0.2, air_hu = -1024.0;

/* A slice and how far it lies along the normal of all. */
struct place {
    const struct ost_clean_dicom *slice;
    const struct ost_clean_facts *facts;
    double height;
};

/* Voxel (i, j, k) lies at origin + i * way[0] + j * way[1] + k * way[2]. */
struct stack {
    struct place *place; /* owned; by height */
    size_t count;
    double origin[3], way[3][3], normal[3];
};

static double dot(const double a[3], const double b[3])
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

static int by_height(const void *a, const void *b)
{
    const struct place *p = a, *q = b;
    return (p->height > q->height) - (p->height < q->height);
}

static bool is_alike(const struct place *first, const struct place *p)
{
    const struct ost_clean_facts *f = p->facts, *g = first->facts;
    bool same = f->width == g->width && f->height == g->height;
    for (int k = 0; k < 3; k++)
        same = same && fabs(f->along_row[k] - g->along_row[k]) < same_way &&
               fabs(f->along_column[k] - g->along_column[k]) < same_way;
    for (int k = 0; k < 2; k++)
        same = same && fabs(f->spacing[k] - g->spacing[k]) < same_way;
    return same;
}

static bool check_slice(const struct stack *s, size_t i, struct ost_err *err)
{
    const struct place *p = &s->place[i];
    char series[2][OST_CLEAN_UID_TEXT];
    if (p->facts->kind != OST_CLEAN_CT)
        return ost_fail(err, OST_UNSUPPORTED, "slice %zu of %zu is no slice of a CT", i + 1,
                        s->count);
    ost_clean_dicom_uid(s->place[0].slice, OST_CLEAN_SERIES, series[0]);
    ost_clean_dicom_uid(p->slice, OST_CLEAN_SERIES, series[1]);
    if (strcmp(series[0], series[1]) != 0)
        return ost_fail(err, OST_UNSUPPORTED,
                        "the slices belong to more than one series: give one alone");
    return is_alike(&s->place[0], p) ||
           ost_fail(err, OST_UNSUPPORTED,
                    "slice %zu of %zu has another size, pixel or direction than the first: give "
                    "one series without its overview picture",
                    i + 1, s->count);
}

static bool gather(struct stack *s, const struct ost_clean_dicom *const *slice, struct ost_err *err)
{
    const struct ost_clean_facts *f = ost_clean_dicom_facts_view(slice[0]);
    const double *r = f->along_row, *c = f->along_column;
    const double normal[3] = {r[1] * c[2] - r[2] * c[1], r[2] * c[0] - r[0] * c[2],
                              r[0] * c[1] - r[1] * c[0]};
    memcpy(s->normal, normal, sizeof normal);
    for (size_t i = 0; i < s->count; i++) {
        s->place[i].slice = slice[i];
        s->place[i].facts = ost_clean_dicom_facts_view(slice[i]);
        s->place[i].height = dot(normal, s->place[i].facts->position);
    }
    for (size_t i = 0; i < s->count; i++)
        if (!check_slice(s, i, err))
            return false;
    qsort(s->place, s->count, sizeof *s->place, by_height);
    return true;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static bool middle_step(const struct stack *s, double *step, struct ost_err *err)
{
    double *all = calloc(s->count, sizeof *all);
    if (all == NULL)
        return ost_fail(err, OST_NOMEM, "no room for %zu slices", s->count);
    for (size_t i = 0; i + 1 < s->count; i++)
        all[i] = s->place[i + 1].height - s->place[i].height;
    qsort(all, s->count - 1, sizeof *all, by_value);
    *step = all[(s->count - 1) / 2];
    free(all);
    return true;
}

/* Every slice one step from the next: along the normal, and along the way of all. */
static bool check_steps(const struct stack *s, double step, struct ost_err *err)
{
    const double near = fmax(0.02, 0.03 * step);
    if (!(step > 0.01))
        return ost_fail(err, OST_UNSUPPORTED, "most slices lie at the same place");
    for (size_t i = 0; i + 1 < s->count; i++) {
        const double here = s->place[i + 1].height - s->place[i].height;
        if (here < near)
            return ost_fail(err, OST_UNSUPPORTED, "slices %zu and %zu lie at the same place", i + 1,
                            i + 2);
        if (fabs(here - step) > near)
            return ost_fail(err, OST_UNSUPPORTED,
                            "between slices %zu and %zu of %zu lie %.2f mm, elsewhere %.2f mm: "
                            "slices are missing",
                            i + 1, i + 2, s->count, here, step);
    }
    for (size_t i = 0; i < s->count; i++)
        for (int k = 0; k < 3; k++) {
            const double want = s->origin[k] + s->way[2][k] * (double)i;
            if (fabs(s->place[i].facts->position[k] - want) > 0.1 + near)
                return ost_fail(err, OST_UNSUPPORTED, "slice %zu of %zu is shifted to the side",
                                i + 1, s->count);
        }
    return true;
}

static bool lay_out(struct stack *s, struct ost_series_facts *facts, struct ost_err *err)
{
    const struct ost_clean_facts *first = s->place[0].facts;
    const struct ost_clean_facts *last = s->place[s->count - 1].facts;
    double step = 0.0, along = 0.0;
    if (!(first->spacing[0] > 0.0) || !(first->spacing[1] > 0.0))
        return ost_fail(err, OST_UNSUPPORTED, "the series does not tell the size of its pixels");
    if (!middle_step(s, &step, err))
        return false;
    memcpy(s->origin, first->position, sizeof s->origin);
    for (int k = 0; k < 3; k++) {
        s->way[0][k] = first->spacing[0] * first->along_row[k];
        s->way[1][k] = first->spacing[1] * first->along_column[k];
        s->way[2][k] = (last->position[k] - first->position[k]) / (double)(s->count - 1);
        along += s->way[2][k] * s->way[2][k];
    }
    if (!check_steps(s, step, err))
        return false;
    *facts = (struct ost_series_facts){.slices = s->count,
                                       .spacing = {first->spacing[0], first->spacing[1], step}};
    facts->tilt_deg =
        acos(fmin(1.0, fabs(dot(s->way[2], s->normal)) / sqrt(along))) * (180.0 / 3.14159265358979);
    return true;
}

/* Which patient axis an image axis runs along; -1 where along none. */
static int axis_of(const double way[3])
{
    const double length = sqrt(dot(way, way));
    for (int k = 0; k < 3; k++)
        if (fabs(way[k]) > (1.0 - 1e-5) * length)
            return k;
    return -1;
}

static bool one_slice(const struct stack *s, size_t k, struct ost_image **out, struct ost_err *err)
{
    return ost_clean_dicom_image(s->place[k].slice, out, err) ||
           ost_err_note(err, "slice %zu", k + 1);
}

/* Axes permuted and turned over, voxel by voxel. */
static bool copy(const struct stack *s, const int axis[3], struct ost_grid **out,
                 struct ost_err *err)
{
    const uint32_t many[3] = {s->place[0].facts->width, s->place[0].facts->height,
                              (uint32_t)s->count};
    uint32_t size[3];
    double origin[3], spacing[3];
    ptrdiff_t step[3] = {0}, begin = 0;
    for (int a = 0; a < 3; a++) {
        size[axis[a]] = many[a];
        spacing[axis[a]] = fabs(s->way[a][axis[a]]);
        origin[axis[a]] = s->origin[axis[a]] + fmin(0.0, s->way[a][axis[a]] * (many[a] - 1.0));
    }
    const ptrdiff_t stride[3] = {1, (ptrdiff_t)size[0], (ptrdiff_t)size[0] * size[1]};
    for (int a = 0; a < 3; a++) {
        const bool back = s->way[a][axis[a]] < 0.0;
        step[a] = back ? -stride[axis[a]] : stride[axis[a]];
        begin += back ? stride[axis[a]] * (ptrdiff_t)(many[a] - 1) : 0;
    }
    OST_AUTO(ost_grid) grid = NULL;
    if (!ost_grid_create(&grid, size, origin, spacing, err))
        return false;
    for (uint32_t k = 0; k < many[2]; k++) {
        OST_AUTO(ost_image) image = NULL;
        if (!one_slice(s, k, &image, err))
            return false;
        for (uint32_t j = 0; j < many[1]; j++)
            for (uint32_t i = 0; i < many[0]; i++)
                grid->value[begin + (ptrdiff_t)i * step[0] + (ptrdiff_t)j * step[1] +
                            (ptrdiff_t)k * step[2]] = image->pixel[(size_t)j * many[0] + i];
    }
    *out = ost_steal(&grid);
    return true;
}

/* The slices in their own axes, as a grid whose mm are voxels. */
static bool raw(const struct stack *s, struct ost_grid **out, struct ost_err *err)
{
    const uint32_t size[3] = {s->place[0].facts->width, s->place[0].facts->height,
                              (uint32_t)s->count};
    const size_t area = (size_t)size[0] * size[1];
    OST_AUTO(ost_grid) grid = NULL;
    if (!ost_grid_create(&grid, size, (double[]){0, 0, 0}, (double[]){1, 1, 1}, err))
        return false;
    for (size_t k = 0; k < s->count; k++) {
        OST_AUTO(ost_image) image = NULL;
        if (!one_slice(s, k, &image, err))
            return false;
        memcpy(grid->value + k * area, image->pixel, area * sizeof(float));
    }
    *out = ost_steal(&grid);
    return true;
}

/* mm to voxels: the inverse of the three ways. */
static void invert(const double way[3][3], double out[3][3])
{
    double cross[3][3];
    for (int a = 0; a < 3; a++) {
        const double *p = way[(a + 1) % 3], *q = way[(a + 2) % 3];
        for (int k = 0; k < 3; k++)
            cross[a][k] = p[(k + 1) % 3] * q[(k + 2) % 3] - p[(k + 2) % 3] * q[(k + 1) % 3];
    }
    const double det = dot(way[0], cross[0]);
    for (int a = 0; a < 3; a++)
        for (int k = 0; k < 3; k++)
            out[a][k] = cross[a][k] / det;
}

/* A box along the patient's axes that holds all, at the finest spacing of the slices. */
static bool box_of(const struct stack *s, struct ost_grid **out, struct ost_err *err)
{
    const double many[3] = {s->place[0].facts->width - 1.0, s->place[0].facts->height - 1.0,
                            (double)s->count - 1.0};
    double low[3], spacing[3], step = INFINITY;
    uint32_t size[3];
    for (int a = 0; a < 3; a++)
        step = fmin(step, sqrt(dot(s->way[a], s->way[a])));
    step = fmax(step, 0.25);
    for (int k = 0; k < 3; k++) {
        double high = s->origin[k];
        low[k] = s->origin[k];
        for (int a = 0; a < 3; a++) {
            low[k] += fmin(0.0, s->way[a][k] * many[a]);
            high += fmax(0.0, s->way[a][k] * many[a]);
        }
        spacing[k] = step;
        size[k] = (uint32_t)fmin(1e6, floor((high - low[k]) / step)) + 1;
    }
    return ost_grid_create(out, size, low, spacing, err);
}

static bool resample(const struct stack *s, struct ost_grid **out, struct ost_err *err)
{
    OST_AUTO(ost_grid) from = NULL;
    OST_AUTO(ost_grid) to = NULL;
    double back[3][3];
    if (!raw(s, &from, err) || !box_of(s, &to, err))
        return false;
    invert(s->way, back);
    const size_t row = to->size[0], rows = (size_t)to->size[1] * to->size[2];
#pragma omp parallel for schedule(static)
    for (size_t r = 0; r < rows; r++)
        for (size_t i = 0; i < row; i++) {
            const double at[3] = {(double)i, (double)(r % to->size[1]), (double)(r / to->size[1])};
            double d[3], voxel[3];
            for (int k = 0; k < 3; k++)
                d[k] = to->origin[k] + to->spacing[k] * at[k] - s->origin[k];
            for (int a = 0; a < 3; a++)
                voxel[a] = dot(back[a], d);
            to->value[r * row + i] = (float)ost_grid_at(from, voxel, air_hu);
        }
    *out = ost_steal(&to);
    return true;
}

static bool volume(struct stack *s, const struct ost_clean_dicom *const *slice,
                   struct ost_series_facts *facts, struct ost_grid **out, struct ost_err *err)
{
    if (!gather(s, slice, err) || !lay_out(s, facts, err))
        return false;
    const int axis[3] = {axis_of(s->way[0]), axis_of(s->way[1]), axis_of(s->way[2])};
    facts->resampled = axis[0] < 0 || axis[1] < 0 || axis[2] < 0 || axis[0] == axis[1] ||
                       axis[1] == axis[2] || axis[0] == axis[2] || facts->tilt_deg > tilt_least_deg;
    return facts->resampled ? resample(s, out, err) : copy(s, axis, out, err);
}

bool ost_series_volume(const struct ost_clean_dicom *const *slice, size_t count,
                       struct ost_series_facts *facts, struct ost_grid **out, struct ost_err *err)
{
    *out = NULL;
    if (count < OST_SERIES_LEAST || count > OST_SERIES_MOST)
        return ost_fail(err, OST_UNSUPPORTED, "a CT of %zu slices: it needs %d to %d", count,
                        OST_SERIES_LEAST, OST_SERIES_MOST);
    struct stack s = {.place = calloc(count, sizeof(struct place)), .count = count};
    if (s.place == NULL)
        return ost_fail(err, OST_NOMEM, "no room for %zu slices", count);
    bool ok = volume(&s, slice, facts, out, err);
    free(s.place);
    return ok || ost_err_note(err, "series");
}
