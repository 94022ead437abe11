#include "recon/math/vec.h"
#include "recon/shape/anatomy.h"
#include "services/station/recon_impl.h"
#include "tests/recon/shape/data.h"

#include <stdlib.h>

/* A mean arm with smooth uncertainties, and what its films would have said of its density. */
struct scene {
    struct ost_prior *prior;
    struct ost_arm_table *table;
    struct ost_anatomy frame;
    struct ost_recon_found found;
};

static void make(struct scene *s)
{
    *s = (struct scene){.prior = open_model()};
    const struct ost_prior_numbers *numbers = ost_prior_numbers_view(s->prior);
    s->found = (struct ost_recon_found){
        .prior = s->prior, .cortex_factor = 1.0, .density_how = "relative"};
    s->found.arm.place = ost_rigid_identity();
    for (int k = 0; k < 2; k++) {
        s->found.cortical[k] = numbers->cortical[k];
        s->found.trabecular[k] = numbers->trabecular[k];
    }
    assert_true(ost_arm_table_create(s->prior, OST_RADIUS, OST_ARM_MODES, &s->table, NULL));
    ost_arm_table_set(s->table, s->prior, OST_RADIUS, &s->found.arm, false);
    ost_anatomy_of_arm(s->prior, (const float(*)[3])s->table->mesh->vertex, false, &s->frame);
}

static void drop(struct scene *s)
{
    ost_arm_table_destroy(s->table);
    ost_prior_destroy(s->prior);
}

static struct ost_grid *density(const struct scene *s)
{
    struct ost_grid *grid = NULL;
    struct ost_err err = {0};
    if (!ost_recon_density(&s->found, OST_RADIUS, s->table->mesh, &grid, &err))
        fail_msg("%s", err.msg);
    return grid;
}

/* All mineral between two heights, any unit. */
static double mineral(const struct scene *s, const struct ost_grid *grid, double from, double to)
{
    double sum = 0.0;
    for (uint32_t k = 0; k < grid->size[2]; k++)
        for (uint32_t j = 0; j < grid->size[1]; j++)
            for (uint32_t i = 0; i < grid->size[0]; i++) {
                const uint32_t at[3] = {i, j, k};
                double p[3];
                for (int c = 0; c < 3; c++)
                    p[c] = grid->origin[c] + grid->spacing[c] * at[c];
                ost_sub(s->frame.origin, p, p);
                const double height = ost_dot(p, s->frame.axis);
                if (height >= from && height < to)
                    sum += (double)grid->value[((size_t)k * grid->size[1] + j) * grid->size[0] + i];
            }
    return sum;
}

/* Films that show each slice as dense as `density`; beyond the fourth they show none. */
static void filmed(struct scene *s, double density)
{
    s->found.slices.present = true;
    for (int k = 1; k < 5; k++)
        s->found.slices.density[OST_RADIUS][k] = density;
}

/* Where films are calibrated a bone twice as dense on them is twice as dense in its grid. */
static void density_is_the_calibrated_films(void **state)
{
    (void)state;
    struct scene s;
    make(&s);
    filmed(&s, 300.0);
    OST_AUTO(ost_grid) once = density(&s);
    filmed(&s, 600.0);
    OST_AUTO(ost_grid) twice = density(&s);
    const double ratio = mineral(&s, twice, 5.0, 35.0) / mineral(&s, once, 5.0, 35.0);
    assert_near(ratio, 2.0, 1e-3);
    drop(&s);
}

/* Films that nobody calibrated do not move a voxel. */
static void without_calibration_it_is_the_expected_one(void **state)
{
    (void)state;
    struct scene s;
    make(&s);
    OST_AUTO(ost_grid) expected = density(&s);
    filmed(&s, 350.0);
    s.found.slices.present = false;
    OST_AUTO(ost_grid) relative = density(&s);
    const size_t count = (size_t)expected->size[0] * expected->size[1] * expected->size[2];
    assert_memory_equal(expected->value, relative->value, count * sizeof *expected->value);
    drop(&s);
}

/* A film that says a bone is a hundred times too dense is not followed. */
static void an_absurd_density_is_bounded(void **state)
{
    (void)state;
    struct scene s;
    make(&s);
    OST_AUTO(ost_grid) expected = density(&s);
    filmed(&s, 30000.0);
    OST_AUTO(ost_grid) found = density(&s);
    const double ratio = mineral(&s, found, 5.0, 35.0) / mineral(&s, expected, 5.0, 35.0);
    assert_near(ratio, 2.5, 1e-3);
    drop(&s);
}

RUN(T(density_is_the_calibrated_films), T(without_calibration_it_is_the_expected_one),
    T(an_absurd_density_is_bounded))
