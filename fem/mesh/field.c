#include "fem/mesh/field.h"

#include "recon/math/vec.h"

static double at_grid(const void *user, const double point[3])
{
    const struct ost_grid *grid = user;
    return ost_grid_at(grid, point, grid->spacing[0]);
}

struct ost_field ost_field_of_grid(const struct ost_grid *grid)
{
    struct ost_field field = {.at = at_grid, .user = grid};
    for (int k = 0; k < 3; k++) {
        field.low[k] = grid->origin[k];
        field.high[k] = grid->origin[k] + grid->spacing[k] * (grid->size[k] - 1.0);
    }
    return field;
}

static double at_cut(const void *user, const double point[3])
{
    const struct ost_field_cut *cut = user;
    double from[3];
    ost_sub(point, cut->point, from);
    return fmax(cut->body.at(cut->body.user, point), -ost_dot(from, cut->normal));
}

struct ost_field ost_field_of_cut(const struct ost_field_cut *cut)
{
    struct ost_field field = cut->body;
    field.at = at_cut;
    field.user = cut;
    return field;
}
