#include "recon/mesh/cap.h"
#include "recon/mesh/measure.h"
#include "tests/recon/mesh/bodies.h"

static const double origin[3];

/* Takes the triangles away that lie wholly above a height. */
static void open_at(struct ost_mesh *mesh, float height)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < mesh->triangle_count; i++) {
        bool above = true;
        for (int k = 0; k < 3; k++)
            above = above && mesh->vertex[mesh->triangle[i][k]][2] >= height;
        if (!above)
            memmove(mesh->triangle[kept++], mesh->triangle[i], 12);
    }
    mesh->triangle_count = kept;
}

/* A box without its lid: closed again it holds what it held. */
static void an_open_box_is_closed_to_its_volume(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) mesh = box((double[]){1, 2, 3}, (double[]){11, 22, 33});
    OST_AUTO(ost_mesh) closed = NULL;
    struct ost_compare_cut end;
    struct ost_mesh_facts facts;
    bool has_end;
    open_at(mesh, 33.0F);
    assert_true(ost_mesh_cap(mesh, &closed, &end, &has_end, NULL));
    assert_true(ost_mesh_measure(closed, &facts, NULL));
    assert_true(facts.closed);
    assert_near(facts.volume, 6000.0, 1e-2);
    assert_true(has_end);
    assert_near(end.normal[2], 1.0, 1e-6);
    assert_near(end.point[0], 6.0, 1e-6);
    assert_near(end.point[2], 33.0, 1e-6);
}

/* Two holes: both are closed, the wider one is the end. */
static void every_hole_is_closed_and_the_longest_rim_is_the_end(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) mesh = ball(20.0, origin, 60);
    OST_AUTO(ost_mesh) closed = NULL;
    struct ost_compare_cut end;
    struct ost_mesh_facts facts;
    bool has_end;
    open_at(mesh, 12.0F);
    for (uint32_t i = 0; i < mesh->vertex_count; i++)
        mesh->vertex[i][2] = -mesh->vertex[i][2];
    ost_mesh_flip(mesh);
    open_at(mesh, 16.0F);
    assert_true(ost_mesh_cap(mesh, &closed, &end, &has_end, NULL));
    assert_true(ost_mesh_measure(closed, &facts, NULL));
    assert_true(facts.closed);
    assert_true(has_end);
    assert_near(end.normal[2], -1.0, 1e-3);
    assert_near(end.point[2], -12.0, 1.1);
}

static void closed_bodies_stay_and_a_saw_is_seen(void **state)
{
    (void)state;
    struct ost_compare_cut end;
    bool has_end;
    OST_AUTO(ost_mesh) whole = ball(20.0, origin, 60);
    OST_AUTO(ost_mesh) same = NULL;
    OST_AUTO(ost_mesh) sawn = NULL;
    assert_true(ost_mesh_cap(whole, &same, &end, &has_end, NULL));
    assert_int_equal(same->triangle_count, whole->triangle_count);
    assert_false(has_end);
    for (uint32_t i = 0; i < whole->vertex_count; i++)
        whole->vertex[i][2] = fminf(whole->vertex[i][2], 17.0F);
    assert_true(ost_mesh_cap(whole, &sawn, &end, &has_end, NULL));
    assert_true(has_end);
    assert_near(end.normal[2], 1.0, 1e-6);
    assert_near(end.point[2], 17.0, 1e-5);
}

RUN(T(an_open_box_is_closed_to_its_volume), T(every_hole_is_closed_and_the_longest_rim_is_the_end),
    T(closed_bodies_stay_and_a_saw_is_seen))
