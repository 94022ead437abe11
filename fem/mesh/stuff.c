#include "fem/mesh/stuff.h"

#include "fem/mesh/boundary_impl.h"
#include "fem/mesh/improve_impl.h"
#include "fem/mesh/lattice_impl.h"
#include "fem/mesh/repair_impl.h"
#include "fem/mesh/stencil_impl.h"

#include <stdlib.h>

struct ost_stuff_options ost_stuff_options_default(void)
{
    return (struct ost_stuff_options){.lattice = 1.12, .largest_only = true, .passes = 3};
}

static bool fill_lattice(const struct ost_field *field, const struct ost_stuff_options *options,
                         struct ost_tet_mesh **out, unsigned char **outer,
                         struct ost_stuff_report *report, struct ost_err *err)
{
    OST_AUTO(lattice) lattice = NULL;
    if (!lattice_create(&lattice, field, options->lattice, options->anchor, err) ||
        !lattice_sample(lattice, field, err) || !lattice_warp(lattice, err))
        return false;
    report->lattice_points = lattice->point_count;
    report->warped = lattice->warped;
    return lattice_fill(lattice, out, outer, err);
}

/* Makes a body of what came off the lattice, and its angles better. */
static bool finish(struct ost_tet_mesh *mesh, unsigned char *outer, const struct ost_field *field,
                   const struct ost_stuff_options *options, struct ost_stuff_report *report,
                   struct ost_err *err)
{
    OST_AUTO(ost_boundary) boundary = NULL;
    uint32_t parts = 0;
    if (!repair_pinches(mesh, outer, &report->pinched, &boundary, &parts, err))
        return false;
    /* Every piece has a surface of its own: one part, one piece. */
    if (options->largest_only && parts > 1 && !repair_largest(mesh, outer, &report->islands, err))
        return false;
    if (report->islands > 0) {
        ost_boundary_destroy(boundary);
        boundary = NULL;
        if (!boundary_among(&boundary, mesh, outer, err))
            return false;
    }
    return options->passes <= 0 ||
           improve_angles(mesh, outer, boundary, field, options, &report->moved, err);
}

bool ost_stuff(const struct ost_field *field, const struct ost_stuff_options *options,
               struct ost_tet_mesh **out, struct ost_stuff_report *report, struct ost_err *err)
{
    struct ost_stuff_report dropped;
    report = report != NULL ? report : &dropped;
    *report = (struct ost_stuff_report){0};
    *out = NULL;
    if (!(options->lattice > 0.01 && options->lattice < 1000.0))
        return ost_fail(err, OST_INVALID, "mesher: a lattice of %g mm", options->lattice);
    OST_AUTO(ost_tet_mesh) mesh = NULL;
    unsigned char *outer = NULL;
    bool ok = fill_lattice(field, options, &mesh, &outer, report, err) &&
              finish(mesh, outer, field, options, report, err);
    free(outer);
    if (!ok)
        return false;
    if (!ost_tet_mesh_check(mesh, err))
        return ost_err_note(err, "mesher");
    *out = ost_steal(&mesh);
    return true;
}
