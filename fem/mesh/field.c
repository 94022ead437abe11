#include "fem/mesh/field.h"

#include "recon/math/vec.h"

#include <string.h>

static double at_grid(const void *user, const double point[3])
{
    const struct ost_grid *grid = user;
    return ost_grid_at(grid, point, grid->spacing[0]);
}

static void row_of_grid(const void *user, const double (*point)[3], uint32_t count, double *out)
{
    const struct ost_grid *grid = user;
    ost_grid_row(grid, point, count, grid->spacing[0], out);
}

void ost_field_row(const struct ost_field *field, const double (*point)[3], uint32_t count,
                   double *out)
{
    if (field->row != NULL) {
        field->row(field->user, point, count, out);
        return;
    }
    for (uint32_t i = 0; i < count; i++)
        out[i] = field->at(field->user, point[i]);
}

bool ost_field_span(const struct ost_field *field, const double low[2], const double high[2],
                    double x[2])
{
    if (field->span != NULL)
        return field->span(field->user, low, high, x);
    x[0] = -INFINITY;
    x[1] = INFINITY;
    return true;
}

void ost_field_way_out(const struct ost_field *field, const double point[3], double step,
                       double out[3])
{
    for (int k = 0; k < 3; k++) {
        double a[3], b[3];
        memcpy(a, point, sizeof a);
        memcpy(b, point, sizeof b);
        a[k] += step;
        b[k] -= step;
        out[k] = field->at(field->user, a) - field->at(field->user, b);
    }
    (void)ost_unit(out);
}

struct ost_field ost_field_of_grid(const struct ost_grid *grid)
{
    struct ost_field field = {.at = at_grid, .user = grid, .row = row_of_grid};
    for (int k = 0; k < 3; k++) {
        field.low[k] = grid->origin[k];
        field.high[k] = grid->origin[k] + grid->spacing[k] * (grid->size[k] - 1.0);
    }
    return field;
}

/* Beyond the plane, whatever the body says. */
static double cut_off(const struct ost_field_cut *cut, const double point[3], double body)
{
    double from[3];
    ost_sub(point, cut->point, from);
    double beyond = -ost_dot(from, cut->normal);
    return body > beyond ? body : beyond;
}

static double at_cut(const void *user, const double point[3])
{
    const struct ost_field_cut *cut = user;
    return cut_off(cut, point, cut->body.at(cut->body.user, point));
}

static void row_of_cut(const void *user, const double (*point)[3], uint32_t count, double *out)
{
    const struct ost_field_cut *cut = user;
    ost_field_row(&cut->body, point, count, out);
    for (uint32_t i = 0; i < count; i++)
        out[i] = cut_off(cut, point[i], out[i]);
}

static bool span_of_cut(const void *user, const double low[2], const double high[2], double x[2])
{
    const struct ost_field_cut *cut = user;
    return ost_field_span(&cut->body, low, high, x);
}

struct ost_field ost_field_of_cut(const struct ost_field_cut *cut)
{
    struct ost_field field = cut->body;
    field.at = at_cut;
    field.row = row_of_cut;
    field.span = span_of_cut;
    field.user = cut;
    return field;
}
