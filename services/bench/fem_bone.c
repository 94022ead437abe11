#include "fem/bmd/map.h"
#include "fem/material/density.h"
#include "fem/mesh/band.h"
#include "fem/mesh/stuff.h"
#include "recon/mesh/stl.h"
#include "services/bench/fem.h"
#include "services/bench/machine.h"
#include "services/casefile/disk.h"

#include <math.h>
#include <stdlib.h>

static const double load_n = 500.0, poisson = 0.3, least_mpa = 1.0, end_mm = 3.0;

bool ost_bench_fem_surface(const char *data, const char *name, struct ost_mesh **out,
                           struct ost_err *err)
{
    struct ost_buf bytes;
    ost_buf_init(&bytes, (size_t)256 << 20);
    bool ok = ost_disk_read(data, name, &bytes, err) &&
              ost_stl_read(bytes.ptr, bytes.len, 4000000, out, err);
    ost_buf_fini(&bytes);
    return ok;
}

void ost_bench_fem_bone_destroy(struct ost_bench_fem_bone *bone)
{
    if (bone == NULL)
        return;
    ost_mesh_destroy(bone->surface);
    ost_grid_destroy(bone->density);
    free(bone);
}

/* mgHA/cm3 by depth: a cortex of 1.5 mm, trabeculae near the joint, marrow in the shaft. */
static void fill_density(struct ost_grid *grid)
{
    size_t layer = (size_t)grid->size[0] * grid->size[1], count = layer * grid->size[2];
    double top = grid->origin[2] + grid->spacing[2] * grid->size[2];
    for (size_t i = 0; i < count; i++) {
        double depth = -(double)grid->value[i];
        double below = top - grid->origin[2] - grid->spacing[2] * (double)(i / layer);
        double inner = below < 25.0 ? 220.0 : 20.0;
        grid->value[i] = depth <= 0.0 ? 0.0F : depth < 1.5 ? 1050.0F : (float)inner;
    }
}

bool ost_bench_fem_bone_create(const char *data, struct ost_bench_fem_bone **out,
                               struct ost_err *err)
{
    struct ost_sdf_options options = ost_sdf_options_default();
    options.spacing = 0.6;
    options.band = 2.0;
    options.margin = 2.4;
    *out = NULL;
    OST_AUTO(ost_bench_fem_bone) bone = calloc(1, sizeof *bone);
    OST_AUTO(ost_grid) grid = NULL;
    if (bone == NULL)
        return ost_fail(err, OST_NOMEM, "bench fem: out of memory");
    if (!ost_bench_fem_surface(data, "wrist_surfaces/brown_sandbox/radius_frame0.stl",
                               &bone->surface, err) ||
        !ost_sdf_of_mesh(bone->surface, &options, &grid, err))
        return false;
    fill_density(grid);
    if (!ost_density_extend(grid, 0, 3, &bone->density, err))
        return false;
    *out = ost_steal(&bone);
    return true;
}

bool ost_bench_fem_tets(const struct ost_mesh *surface, double lattice, double *sdf_s,
                        double *stuff_s, struct ost_tet_mesh **out, struct ost_err *err)
{
    struct ost_sdf_options how = ost_sdf_options_default();
    struct ost_stuff_options options = ost_stuff_options_default();
    OST_AUTO(ost_band) band = NULL;
    options.lattice = lattice;
    double begin = ost_bench_cpu();
    if (!ost_band_of_mesh(surface, &how, &band, err))
        return false;
    double middle = ost_bench_cpu();
    struct ost_field field = ost_field_of_band(band);
    if (!ost_stuff(&field, &options, out, NULL, err))
        return false;
    if (sdf_s != NULL)
        *sdf_s = middle - begin;
    if (stuff_s != NULL)
        *stuff_s = ost_bench_cpu() - middle;
    return true;
}

static double modulus_of(const void *user, double mineral)
{
    return ost_modulus_of_mineral(user, mineral, least_mpa);
}

/* In steps of 6 %, so that a deck for another program need not name a material for every element.
 */
static double in_class(double modulus)
{
    const double steps = 16.0;
    return exp(round(steps * log(modulus)) / steps);
}

static bool fill_modulus(struct ost_bench_fem_load *load, const struct ost_grid *density,
                         double contrast, struct ost_err *err)
{
    OST_AUTO(ost_grid) grid = NULL;
    if (!ost_density_apply(density, modulus_of, ost_law_nth(0), &grid, err))
        return false;
    ost_tet_mean(load->mesh, grid, load->modulus);
    double most = 0.0;
    for (uint32_t e = 0; e < load->mesh->tet_count; e++) {
        load->modulus[e] = in_class(fmax(load->modulus[e], least_mpa));
        most = fmax(most, load->modulus[e]);
    }
    for (uint32_t e = 0; e < load->mesh->tet_count && contrast > 0.0; e++)
        load->modulus[e] = load->modulus[e] > 0.2 * most ? most : most / contrast;
    return true;
}

/* Held over the lowest 3 mm; the force on the nodes of the highest 3 mm, one as the other. */
static void fill_ends(struct ost_bench_fem_load *load)
{
    const struct ost_tet_mesh *mesh = load->mesh;
    double low = INFINITY, high = -INFINITY;
    uint32_t loaded = 0;
    for (uint32_t n = 0; n < mesh->node_count; n++) {
        low = fmin(low, mesh->node[n][2]);
        high = fmax(high, mesh->node[n][2]);
    }
    for (uint32_t n = 0; n < mesh->node_count; n++) {
        load->held[n] = mesh->node[n][2] < low + end_mm ? 7 : 0;
        load->dof += load->held[n] == 0 ? 3 : 0;
        loaded += mesh->node[n][2] > high - end_mm;
    }
    for (uint32_t n = 0; n < mesh->node_count; n++) {
        if (mesh->node[n][2] > high - end_mm) {
            load->force[n][0] = -0.174 * load_n / loaded;
            load->force[n][2] = -0.985 * load_n / loaded;
        }
    }
}

void ost_bench_fem_load_destroy(struct ost_bench_fem_load *load)
{
    if (load == NULL)
        return;
    ost_tet_mesh_destroy(load->mesh);
    free(load->modulus);
    free(load->held);
    free(load->force);
    free(load);
}

static bool mesh_bone(const struct ost_mesh *surface, const struct ost_bench_fem_size *size,
                      struct ost_tet_mesh **out, struct ost_err *err)
{
    OST_AUTO(ost_tet_mesh) linear = NULL;
    if (!ost_bench_fem_tets(surface, size->lattice, NULL, NULL, &linear, err))
        return false;
    if (size->quadratic)
        return ost_tet_mesh_quadratic(linear, out, err);
    *out = ost_steal(&linear);
    return true;
}

bool ost_bench_fem_load_create(const struct ost_bench_fem_bone *bone,
                               const struct ost_bench_fem_size *size,
                               struct ost_bench_fem_load **out, struct ost_err *err)
{
    *out = NULL;
    OST_AUTO(ost_bench_fem_load) load = calloc(1, sizeof *load);
    if (load == NULL)
        return ost_fail(err, OST_NOMEM, "bench fem: out of memory");
    if (!mesh_bone(bone->surface, size, &load->mesh, err))
        return false;
    load->modulus = calloc((size_t)load->mesh->tet_count + 1, sizeof *load->modulus);
    load->held = calloc((size_t)load->mesh->node_count + 1, 1);
    load->force = calloc((size_t)load->mesh->node_count + 1, sizeof *load->force);
    if (load->modulus == NULL || load->held == NULL || load->force == NULL)
        return ost_fail(err, OST_NOMEM, "bench fem: no room for %u nodes", load->mesh->node_count);
    if (!fill_modulus(load, bone->density, size->contrast, err))
        return false;
    fill_ends(load);
    load->problem = (struct ost_fem_problem){.mesh = load->mesh,
                                             .modulus = load->modulus,
                                             .poisson = poisson,
                                             .held = load->held,
                                             .force = (const double(*)[3])load->force};
    if (!ost_fem_problem_check(&load->problem, err))
        return false;
    *out = ost_steal(&load);
    return true;
}
