#include "recon/math/vec.h"
#include "recon/shape/anatomy.h"
#include "services/station/recon_target.h"
#include "tests/recon/shape/data.h"

#include <string.h>

static struct ost_rigid place(double x, double turn)
{
    struct ost_rigid m = {.t = {x, -40.0, 700.0}};
    ost_rotation_of_vector((const double[]){turn, 0.4 * turn, -0.3}, m.r);
    return m;
}

/* A left arm with the radius healed 22 degrees dorsally and 5 mm short. */
static struct ost_arm malunited(void)
{
    struct ost_arm arm = {.log_scale = 0.03, .mirrored = true, .broken = true, .cut = 21.0};
    arm.place = place(30.0, 1.2);
    arm.mode[OST_RADIUS][0] = 1.1;
    arm.mode[OST_RADIUS][2] = -0.7;
    arm.mode[OST_ULNA][1] = 0.5;
    arm.joint[0] = 0.4;
    arm.turn[0] = 0.38;
    arm.turn[2] = 0.06;
    arm.shift[2] = 5.0;
    return arm;
}

/* The same bones on the right, whole, filmed elsewhere. */
static struct ost_arm its_other(const struct ost_arm *arm)
{
    struct ost_arm other = *arm;
    other.mirrored = !arm->mirrored;
    other.place = place(-90.0, -0.8);
    other.broken = false;
    memset(other.turn, 0, sizeof other.turn);
    memset(other.shift, 0, sizeof other.shift);
    return other;
}

static struct ost_recon_target *laid(const struct ost_prior *prior, const struct ost_arm *arm,
                                     const struct ost_arm *other)
{
    struct ost_recon_target *target = NULL;
    struct ost_err err = {0};
    if (!ost_recon_target_create(prior, arm, other, arm->cut, &target, &err))
        fail_msg("%s", err.msg);
    return target;
}

static void equal_arms_give_the_break_undone(void **state)
{
    (void)state;
    OST_AUTO(ost_prior) prior = open_model();
    struct ost_arm arm = malunited(), other = its_other(&arm);
    OST_AUTO(ost_recon_target) target = laid(prior, &arm, &other);
    struct ost_rigid fragment = ost_arm_fragment(prior, &arm);
    struct ost_rigid both = ost_rigid_then(&fragment, &target->motion);
    double turn[3], moved[3];
    ost_vector_of_rotation(both.r, turn);
    assert_near(ost_degrees(ost_length(turn)), 0.0, 0.02);
    ost_rigid_point(&both, arm.place.t, moved);
    assert_near(ost_distance(moved, arm.place.t), 0.0, 0.02);

    /* and the surface is the affected bone before its break, left like it */
    OST_AUTO(ost_arm_table) healthy = NULL;
    assert_true(ost_arm_table_create(prior, OST_RADIUS, OST_ARM_MODES, &healthy, NULL));
    struct ost_arm whole = arm;
    whole.broken = false;
    ost_arm_table_set(healthy, prior, OST_RADIUS, &whole, false);
    assert_memory_equal(healthy->mesh->triangle, target->mesh->triangle,
                        target->mesh->triangle_count * sizeof *target->mesh->triangle);
    for (uint32_t v = 0; v < target->mesh->vertex_count; v += 37)
        for (int k = 0; k < 3; k++)
            assert_near((double)target->mesh->vertex[v][k], (double)healthy->mesh->vertex[v][k],
                        0.03);
}

/* The ulna's head to the middle of the radius' ulnar corners, along the shaft. */
static double variance(const struct ost_prior *prior, const struct ost_mesh *radius,
                       const struct ost_mesh *ulna, const double axis[3])
{
    const float *h = ulna->vertex[ost_prior_landmark(prior, OST_ULNAR_HEAD)];
    const float *a = radius->vertex[ost_prior_landmark(prior, OST_ULNAR_CORNER_VOLAR)];
    const float *b = radius->vertex[ost_prior_landmark(prior, OST_ULNAR_CORNER_DORSAL)];
    double way[3];
    for (int k = 0; k < 3; k++)
        way[k] = (double)h[k] - 0.5 * ((double)a[k] + (double)b[k]);
    return ost_dot(way, axis);
}

static double variance_of(const struct ost_prior *prior, const struct ost_arm *arm,
                          const struct ost_mesh *radius)
{
    double axis[3], value = 0.0;
    OST_AUTO(ost_arm_table) ulna = NULL;
    OST_AUTO(ost_arm_table) own = NULL;
    assert_true(ost_arm_table_create(prior, OST_ULNA, OST_ARM_MODES, &ulna, NULL));
    assert_true(ost_arm_table_create(prior, OST_RADIUS, OST_ARM_MODES, &own, NULL));
    ost_arm_table_set(ulna, prior, OST_ULNA, arm, false);
    ost_arm_table_set(own, prior, OST_RADIUS, arm, false);
    ost_rigid_direction(&arm->place, (const double[]){0.0, 0.0, -1.0}, axis);
    value = variance(prior, radius == NULL ? own->mesh : radius, ulna->mesh, axis);
    return value;
}

static void the_ulna_gives_the_length(void **state)
{
    (void)state;
    OST_AUTO(ost_prior) prior = open_model();
    struct ost_arm arm = malunited(), other = its_other(&arm);
    other.log_scale += 0.02; /* five millimetres on the whole bone */
    OST_AUTO(ost_recon_target) target = laid(prior, &arm, &other);
    double want = variance_of(prior, &other, NULL);
    assert_near(variance_of(prior, &arm, target->mesh), want, 0.1);
    assert_true(fabs(variance_of(prior, &arm, NULL) - want) > 3.0); /* it was shortened */
}

static void a_whole_arm_beside_a_tilted_other_gives_the_difference(void **state)
{
    (void)state;
    OST_AUTO(ost_prior) prior = open_model();
    struct ost_arm arm = malunited(), other = its_other(&arm);
    arm.broken = false;
    other.broken = true;
    other.cut = arm.cut;
    other.turn[0] = 0.1;
    OST_AUTO(ost_recon_target) target = laid(prior, &arm, &other);
    double turn[3];
    ost_vector_of_rotation(target->motion.r, turn);
    assert_near(ost_length(turn), 0.1, 0.002);
}

RUN(T(equal_arms_give_the_break_undone), T(the_ulna_gives_the_length),
    T(a_whole_arm_beside_a_tilted_other_gives_the_difference))
