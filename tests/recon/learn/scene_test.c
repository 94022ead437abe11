#include "recon/learn/scene.h"
#include "recon/mesh/measure.h"
#include "tests/recon/learn/model.h"

#include <string.h>

static struct ost_scene *scene_of(const struct ost_prior *prior, uint64_t seed)
{
    const struct ost_scene_kit kit = {.prior = prior};
    struct ost_rng rng = ost_rng_seed(seed);
    struct ost_scene *scene = NULL;
    struct ost_err err = {0};
    if (!ost_scene_create(&kit, &rng, &scene, &err))
        fail_msg("%s", err.msg);
    return scene;
}

static void every_surface_is_closed_and_the_right_way_out(void **state)
{
    (void)state;
    struct ost_prior *prior = open_prior();
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct ost_scene *scene = scene_of(prior, seed);
        for (size_t i = 0; i < scene->count; i++) {
            struct ost_mesh_facts facts;
            assert_true(ost_mesh_measure(scene->solid[i].mesh, &facts, NULL));
            assert_true(facts.closed);
            assert_true(facts.volume > 0.0);
        }
        ost_scene_destroy(scene);
    }
    ost_prior_destroy(prior);
}

static void the_mineral_of_a_bone_is_that_of_a_bone(void **state)
{
    (void)state;
    struct ost_prior *prior = open_prior();
    struct ost_scene *scene = scene_of(prior, 3);
    double mass = 0.0, volume = ost_mesh_volume(scene->bone[OST_RADIUS]);
    for (size_t i = 0; i < 4; i++) { /* the radius: outside, cavity, twice the shaft's */
        assert_true(scene->solid[i].mineral);
        mass += scene->solid[i].density * ost_mesh_volume(scene->solid[i].mesh);
    }
    assert_ptr_equal(scene->solid[0].mesh, scene->bone[OST_RADIUS]);
    assert_true(mass / volume > 250.0 && mass / volume < 900.0); /* mgHA/cm3 */
    ost_scene_destroy(scene);
    ost_prior_destroy(prior);
}

static void the_same_seed_gives_the_same_scene_and_another_another(void **state)
{
    (void)state;
    struct ost_prior *prior = open_prior();
    struct ost_scene *a = scene_of(prior, 7), *b = scene_of(prior, 7), *c = scene_of(prior, 8);
    size_t bytes = a->bone[OST_ULNA]->vertex_count * sizeof *a->bone[OST_ULNA]->vertex;
    assert_memory_equal(a->bone[OST_ULNA]->vertex, b->bone[OST_ULNA]->vertex, bytes);
    assert_true(memcmp(a->bone[OST_ULNA]->vertex, c->bone[OST_ULNA]->vertex, bytes) != 0);
    ost_scene_destroy(a);
    ost_scene_destroy(b);
    ost_scene_destroy(c);
    ost_prior_destroy(prior);
}

static void about_half_are_broken(void **state)
{
    (void)state;
    struct ost_prior *prior = open_prior();
    int broken = 0;
    for (uint64_t seed = 100; seed < 140; seed++) {
        struct ost_scene *scene = scene_of(prior, seed);
        broken += scene->arm.broken ? 1 : 0;
        ost_scene_destroy(scene);
    }
    assert_in_range(broken, 12, 32);
    ost_prior_destroy(prior);
}

RUN(T(every_surface_is_closed_and_the_right_way_out), T(the_mineral_of_a_bone_is_that_of_a_bone),
    T(the_same_seed_gives_the_same_scene_and_another_another), T(about_half_are_broken))
