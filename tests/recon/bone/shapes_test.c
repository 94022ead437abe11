/* Known ways of varying, found again; and what is not a population, refused. */
#include "recon/mesh/measure.h"
#include "recon/shape/field.h"
#include "recon/shape/reach.h"
#include "tests/recon/bone/long_bone.h"

#include <stdlib.h>

/* What one mode moves, summed over the surface's area. */
static double strength(const struct ost_bone_shapes *model, const double *area, uint32_t mode)
{
    const struct ost_prior_bone *s = &model->shape;
    const float *field = s->mode + (size_t)mode * s->vertex_count * 3;
    return ost_field_inner(area, s->vertex_count, field, field);
}

static void three_ways_make_three_modes(void **state)
{
    (void)state;
    OST_AUTO(ost_bone_shapes) model = long_bone_model(1, 20);
    const struct ost_rigid still = ost_rigid_identity();
    OST_AUTO(ost_mesh) mean = NULL;
    assert_true(ost_bone_shapes_mesh(model, 1.0, NULL, &still, &mean, NULL));
    double all = 0.0, first = 0.0, *area = calloc(mean->vertex_count, sizeof *area);
    assert_non_null(area);
    ost_mesh_vertex_areas(mean, area);
    for (uint32_t k = 0; k < model->shape.mode_count; k++) {
        all += strength(model, area, k);
        first += k < LONG_BONE_WAYS ? strength(model, area, k) : 0.0;
    }
    assert_true(model->shape.mode_count > LONG_BONE_PEOPLE);
    assert_true(first > 0.75 * all); /* roughness and what is only local make the rest */
    assert_near(model->log_size_sd, 0.05, 0.025);
    for (uint32_t k = 1; k < model->shape.mode_count; k++)
        assert_true(strength(model, area, k) <= strength(model, area, k - 1) * 1.001 + 1e-3);
    free(area);
}

/* The mean stands up: z is its longest axis, its middle the origin. */
static void the_mean_lies_in_its_axes(void **state)
{
    (void)state;
    OST_AUTO(ost_bone_shapes) model = long_bone_model(2, 20);
    const struct ost_prior_bone *s = &model->shape;
    double low[3] = {0.0}, high[3] = {0.0};
    for (uint32_t v = 0; v < s->vertex_count; v++)
        for (int k = 0; k < 3; k++) {
            low[k] = fmin(low[k], (double)s->mean[v][k]);
            high[k] = fmax(high[k], (double)s->mean[v][k]);
        }
    assert_true(high[2] - low[2] > 3.0 * (high[1] - low[1]));
    assert_near(2.0 * model->half_length, high[2] - low[2], 1e-3);
    assert_true(low[2] < -60.0 && high[2] > 60.0);
}

static void somebody_new_is_within_reach(void **state)
{
    (void)state;
    OST_AUTO(ost_bone_shapes) model = long_bone_model(3, 20);
    struct ost_rng rng = ost_rng_seed(77);
    const struct long_bone bone = long_bone_draw(&rng);
    OST_AUTO(ost_mesh) target = long_bone_mesh(&bone, 20);
    OST_AUTO(ost_mesh) mean = NULL;
    const struct ost_rigid still = ost_rigid_identity();
    const struct ost_icp_options coarse = {.spacing = 3.0};
    struct ost_icp_result onto;
    double apart = 9.0, before = 0.0;
    assert_true(ost_bone_shapes_mesh(model, 1.0, NULL, &still, &mean, NULL));
    assert_true(ost_icp_anywhere(mean, target, &coarse, &onto, NULL));
    struct ost_prior_bone stiff = model->shape;
    stiff.mode_count = 0;
    struct ost_reach reach = {.bone = &stiff,
                              .target = target,
                              .start = onto.motion,
                              .size_sd = model->log_size_sd,
                              .spacing = 2.0};
    assert_true(ost_reach_fit(&reach, &before, NULL, NULL));
    reach.bone = &model->shape;
    assert_true(ost_reach_fit(&reach, &apart, NULL, NULL));
    assert_true(before > 0.5);
    assert_true(apart < 0.1);
}

static void surfaces_of_two_topologies_are_refused(void **state)
{
    (void)state;
    const struct long_bone bone = {.size = 1.0};
    struct ost_mesh *a = long_bone_mesh(&bone, 10), *b = long_bone_mesh(&bone, 12);
    const struct ost_mesh *const person[3] = {a, a, b};
    struct ost_bone_population population = {.count = 3, .person = person};
    struct ost_bone_shapes *model = NULL;
    struct ost_err err = {0};
    assert_false(ost_bone_shapes_create(&model, &population, NULL, &err));
    assert_int_equal(err.code, OST_INVALID);
    population.count = 2;
    assert_false(ost_bone_shapes_create(&model, &population, NULL, &err));
    assert_int_equal(err.code, OST_INVALID);
    ost_mesh_destroy(a);
    ost_mesh_destroy(b);
}

RUN(T(three_ways_make_three_modes), T(the_mean_lies_in_its_axes), T(somebody_new_is_within_reach),
    T(surfaces_of_two_topologies_are_refused))
