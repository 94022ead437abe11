#include "services/station/plan_file.h"
#include "tests/check.h"
#include "tests/recon/plan/forearm.h"

static struct ost_mesh *corner(void)
{
    struct ost_mesh *mesh = NULL;
    assert_true(ost_mesh_create(&mesh, 3, 1, NULL));
    memcpy(mesh->vertex[1], ((float[]){10, 0, 0}), sizeof mesh->vertex[1]);
    memcpy(mesh->triangle[0], ((uint32_t[]){0, 1, 2}), sizeof mesh->triangle[0]);
    return mesh;
}

/* The radius is turned a quarter about z and lifted; the ulna stays. */
static void a_surface_goes_where_its_bone_was_corrected_to(void **state)
{
    (void)state;
    struct drive d;
    struct forearm f;
    struct ost_rigid still = ost_rigid_identity();
    forearm_make(&f, &still);
    forearm_plan(&d, &f);
    assert_int_equal(drive(&d, SURGEON, 2,
                           "{\"op\":\"set\",\"object\":\"radius\",\"property\":\"correction\","
                           "\"base\":1,\"value\":{\"r\":[0,1,0,-1,0,0,0,0,1],\"t\":[0,0,3.5]}}"),
                     OST_OK);
    struct ost_mesh *radius = corner(), *ulna = corner();
    ost_station_place_bone(d.plan, "radius", radius);
    ost_station_place_bone(d.plan, "ulna", ulna);
    assert_near((double)radius->vertex[1][0], 0.0, 1e-6);
    assert_near((double)radius->vertex[1][1], 10.0, 1e-6);
    assert_near((double)radius->vertex[1][2], 3.5, 1e-6);
    assert_near((double)ulna->vertex[1][0], 10.0, 0.0);
    ost_mesh_destroy(radius);
    ost_mesh_destroy(ulna);
    ost_plan_destroy(d.plan);
}

RUN(T(a_surface_goes_where_its_bone_was_corrected_to))
