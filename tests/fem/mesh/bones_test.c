#include "fem/mesh/boundary.h"
#include "fem/mesh/quality.h"
#include "fem/mesh/sdf.h"
#include "fem/mesh/stuff.h"
#include "recon/mesh/bvh.h"
#include "recon/mesh/cap.h"
#include "recon/mesh/stl.h"
#include "tests/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The bones a wrist has, from closed and open surfaces. */
static const char *const bone[] = {
    "brown_sandbox/radius_frame0.stl",
    "opensim/radius_rv.stl",
    "opensim/ulna_rv.stl",
    "calgary/ControlSample1_R_Radius_Mesh.stl",
    "calgary/ControlSample1_R_Ulna_Mesh.stl",
    "calgary/InjurySample2_R_Radius_Mesh.stl",
    "calgary/InjurySample2_R_Ulna_Mesh.stl",
};

static struct ost_mesh *read_bone(const char *name)
{
    char path[1024];
    const char *data = getenv("OSTEON_DATA");
    (void)snprintf(path, sizeof path, "%s/wrist_surfaces/%s",
                   data != NULL ? data : "../shared/data", name);
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return NULL;
    struct ost_buf bytes;
    unsigned char part[4096];
    ost_buf_init(&bytes, 64U << 20);
    for (size_t n = fread(part, 1, sizeof part, file); n > 0; n = fread(part, 1, sizeof part, file))
        ost_buf_put(&bytes, part, n);
    (void)fclose(file);
    struct ost_mesh *mesh = NULL;
    assert_true(ost_stl_read(bytes.ptr, bytes.len, 1000000, &mesh, NULL));
    ost_buf_fini(&bytes);
    return mesh;
}

static struct ost_tet_mesh *mesh_bone(const struct ost_mesh *surface)
{
    struct ost_sdf_options how = ost_sdf_options_default();
    struct ost_stuff_options options = ost_stuff_options_default();
    OST_AUTO(ost_grid) grid = NULL;
    struct ost_tet_mesh *mesh = NULL;
    assert_true(ost_sdf_of_mesh(surface, &how, &grid, NULL));
    struct ost_field field = ost_field_of_grid(grid);
    assert_true(ost_stuff(&field, &options, &mesh, NULL, NULL));
    return mesh;
}

static void real_bones_become_sound_meshes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bone / sizeof bone[0]; i++) {
        OST_AUTO(ost_mesh) surface = read_bone(bone[i]);
        assert_non_null(surface);
        OST_AUTO(ost_tet_mesh) mesh = mesh_bone(surface);
        OST_AUTO(ost_boundary) boundary = NULL;
        struct ost_topology topology;
        struct ost_tet_quality quality = ost_tet_mesh_quality(mesh);
        assert_true(ost_boundary_create(&boundary, mesh, NULL));
        assert_true(ost_boundary_topology(boundary, mesh->node_count, &topology, NULL));
        assert_int_equal(topology.bad_edges, 0);
        assert_int_equal(topology.pinched, 0);
        assert_int_equal(topology.components, 1);
        assert_int_equal(topology.euler, 2);
        assert_true(quality.min_dihedral_deg >= 15.0);
        assert_true(quality.max_dihedral_deg <= 152.0);
    }
}

static int rising(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* A vertex in a hundred may lie far off; the body loses no more than its chords cut off. */
static void expect_near(const struct ost_mesh *surface, const struct ost_tet_mesh *mesh)
{
    double loss = mesh->tet_count > 10000 ? 0.005 : 0.025; /* a stub 8 mm thick */
    OST_AUTO(ost_boundary) boundary = NULL;
    OST_AUTO(ost_bvh) tree = NULL;
    assert_true(ost_boundary_create(&boundary, mesh, NULL));
    assert_true(ost_bvh_create(&tree, surface, NULL));
    double *distance = malloc((size_t)boundary->face_count * sizeof *distance);
    for (uint32_t i = 0; i < boundary->face_count; i++) {
        struct ost_near near;
        assert_true(ost_bvh_near(tree, mesh->node[boundary->face[i][0]], INFINITY, &near));
        distance[i] = near.distance;
    }
    qsort(distance, boundary->face_count, sizeof *distance, rising);
    assert_true(distance[boundary->face_count / 2] < 0.015);
    assert_true(distance[(size_t)boundary->face_count * 99 / 100] <= 0.05);
    free(distance);
    assert_near(ost_tet_mesh_volume(mesh) / fabs(ost_mesh_volume(surface)), 1.0, loss);
}

/* Some are open where they were sawn: with a lid there, the lid is kept like the rest. */
static void the_mesh_keeps_the_surface_and_the_volume(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bone / sizeof bone[0]; i++) {
        OST_AUTO(ost_mesh) open = read_bone(bone[i]);
        OST_AUTO(ost_mesh) surface = NULL;
        struct ost_compare_cut end;
        bool has_end = false;
        assert_true(ost_mesh_cap(open, &surface, &end, &has_end, NULL));
        OST_AUTO(ost_tet_mesh) mesh = mesh_bone(surface);
        expect_near(surface, mesh);
    }
}

int main(void)
{
    OST_AUTO(ost_mesh) probe = read_bone(bone[0]);
    if (probe == NULL) {
        (void)printf("no real bones: OSTEON_DATA/wrist_surfaces is not there\n");
        return 77;
    }
    const struct CMUnitTest all[] = {T(real_bones_become_sound_meshes),
                                     T(the_mesh_keeps_the_surface_and_the_volume)};
    return cmocka_run_group_tests(all, NULL, NULL);
}
