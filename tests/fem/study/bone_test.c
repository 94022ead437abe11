/* A real radius of 85 mm with a density made from its depth below the surface. */
#include "fem/mesh/sdf.h"
#include "fem/study/solve.h"
#include "recon/mesh/stl.h"
#include "tests/check.h"

#include <stdio.h>
#include <stdlib.h>

static struct ost_mesh *radius(void)
{
    char path[1024];
    const char *data = getenv("OSTEON_DATA");
    (void)snprintf(path, sizeof path, "%s/wrist_surfaces/brown_sandbox/radius_frame0.stl",
                   data != NULL ? data : "../shared/data");
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return NULL;
    struct ost_buf bytes;
    unsigned char part[4096];
    ost_buf_init(&bytes, 8U << 20);
    for (size_t n = fread(part, 1, sizeof part, file); n > 0; n = fread(part, 1, sizeof part, file))
        ost_buf_put(&bytes, part, n);
    (void)fclose(file);
    struct ost_mesh *mesh = NULL;
    assert_true(ost_stl_read(bytes.ptr, bytes.len, 100000, &mesh, NULL));
    ost_buf_fini(&bytes);
    return mesh;
}

/* Cortex of 1.5 mm, trabeculae in the metaphysis, an empty shaft. */
static struct ost_grid *density_of(const struct ost_mesh *surface)
{
    struct ost_sdf_options options = ost_sdf_options_default();
    options.spacing = 0.6;
    options.band = 2.0;
    options.margin = 2.4;
    struct ost_grid *grid = NULL;
    assert_true(ost_sdf_of_mesh(surface, &options, &grid, NULL));
    size_t layer = (size_t)grid->size[0] * grid->size[1];
    for (size_t i = 0; i < layer * grid->size[2]; i++) {
        double z = grid->origin[2] + grid->spacing[2] * (double)(i / layer);
        float inner = z > 65.0 ? 220.0F : 20.0F;
        grid->value[i] = grid->value[i] >= 0.0F ? 0.0F : grid->value[i] > -1.5F ? 1050.0F : inner;
    }
    return grid;
}

static void a_real_radius_goes_from_surface_to_stress(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) surface = radius();
    OST_AUTO(ost_grid) density = density_of(surface);
    const struct ost_study_bone bone = {.surface = surface,
                                        .density = density,
                                        .anatomy = {{177, 96, 83},
                                                    {0, 0, 1},
                                                    {0, 1, 0},
                                                    {1, 0, 0},
                                                    {181, 109, 92},
                                                    {181, 79.5, 76},
                                                    {166.5, 83, 75},
                                                    {187, 88, 79},
                                                    {168, 88, 80}}};
    struct ost_study study = ost_study_axial();
    OST_AUTO(ost_bone_model) model = NULL;
    assert_true(ost_bone_model_create(&bone, &study, NULL, &model, NULL));
    assert_true(model->quality.min_dihedral_deg >= 15.0);
    assert_int_equal(model->topology.euler, 2);
    const struct ost_study_case c = {&bone, &study, model, ost_engine_own(), NULL};
    OST_AUTO(ost_study_result) r = NULL;
    assert_true(ost_study_solve(&c, NULL, &r, NULL));
    assert_int_equal(r->answer->reason, OST_FEM_CONVERGED);
    assert_true(r->answer->iterations <= 40);
    assert_near(r->answer->reaction[2], 80.0, 1e-5);
    assert_true(r->peak_von_mises.value > 1.0 && r->peak_von_mises.value < 8.0);
    struct ost_region region;
    assert_true(ost_bone_model_region(model, &bone, OST_BMD_DISTAL_30, NULL, &region, NULL));
    assert_true(region.mean > 250.0 && region.mean < 650.0);
}

int main(void)
{
    OST_AUTO(ost_mesh) probe = radius();
    if (probe == NULL) {
        (void)printf("no real radius: OSTEON_DATA/wrist_surfaces is not there\n");
        return 77;
    }
    const struct CMUnitTest all[] = {T(a_real_radius_goes_from_surface_to_stress)};
    return cmocka_run_group_tests(all, NULL, NULL);
}
