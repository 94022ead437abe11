#include "recon/math/vec.h"
#include "recon/shape/anatomy.h"
#include "recon/shape/arm.h"
#include "tests/recon/shape/data.h"

#include <math.h>

/* An arm of no special shape, broken, somewhere in the world. */
static struct ost_arm some_arm(void)
{
    struct ost_arm arm = {.log_scale = 0.04,
                          .joint = {0.6, -0.4, 0.3, 0.2, -0.5, 0.4},
                          .twist = {0.05, -0.1},
                          .bow = {{1.0, -0.7}, {-1.5, 2.0}},
                          .broken = true,
                          .cut = 21.0,
                          .turn = {0.3, -0.1, 0.15},
                          .shift = {1.0, -2.0, 4.0}};
    for (int b = 0; b < OST_BONES; b++)
        for (int m = 0; m < 8; m++)
            arm.mode[b][m] = 0.9 - 0.25 * m + 0.3 * b;
    arm.place = ost_rigid_about((const double[]){4.0, -9.0, 20.0}, (const double[]){0.7, -0.4, 1.1},
                                (const double[]){30.0, 15.0, 1050.0});
    return arm;
}

/* The other arm that looks like this one in a mirror across the world's x. */
static struct ost_arm in_mirror(const struct ost_arm *arm)
{
    struct ost_arm left = *arm;
    left.mirrored = !arm->mirrored;
    for (int c = 0; c < 3; c++)
        for (int r = 0; r < 3; r++)
            left.place.r[3 * c + r] *= (c == 0) != (r == 0) ? -1.0 : 1.0;
    left.place.t[0] = -left.place.t[0];
    return left;
}

struct bones {
    struct ost_arm_table *bone[OST_BONES];
};

static struct bones bones_of(const struct ost_prior *prior, const struct ost_arm *arm)
{
    struct bones bones = {{NULL}};
    for (int b = 0; b < OST_BONES; b++) {
        assert_true(
            ost_arm_table_create(prior, (enum ost_bone)b, OST_ARM_MODES, &bones.bone[b], NULL));
        ost_arm_table_set(bones.bone[b], prior, (enum ost_bone)b, arm, false);
    }
    return bones;
}

static void fini(struct bones *bones)
{
    for (int b = 0; b < OST_BONES; b++)
        ost_arm_table_destroy(bones->bone[b]);
}

static struct ost_anatomy_numbers numbers_of(const struct ost_prior *prior,
                                             const struct ost_arm *arm)
{
    struct bones bones = bones_of(prior, arm);
    const float(*radius)[3] = (const float(*)[3])bones.bone[OST_RADIUS]->mesh->vertex;
    const float(*ulna)[3] = (const float(*)[3])bones.bone[OST_ULNA]->mesh->vertex;
    struct ost_anatomy frame;
    struct ost_anatomy_numbers n;
    double p[OST_LANDMARKS][3];
    ost_anatomy_of_arm(prior, radius, arm->mirrored, &frame);
    ost_anatomy_landmarks(prior, radius, ulna, p);
    ost_anatomy_measure(&frame, (const double(*)[3])p, &n);
    fini(&bones);
    return n;
}

static void assert_same(const struct ost_anatomy_numbers *a, const struct ost_anatomy_numbers *b)
{
    assert_near(a->volar_tilt, b->volar_tilt, 1e-4);
    assert_near(a->radial_inclination, b->radial_inclination, 1e-4);
    assert_near(a->radial_height, b->radial_height, 1e-3);
    assert_near(a->ulnar_variance, b->ulnar_variance, 1e-3);
}

static void a_left_arm_is_the_right_one_in_a_mirror(void **state)
{
    (void)state;
    OST_AUTO(ost_prior) prior = open_model();
    struct ost_arm right = some_arm(), left = in_mirror(&right);
    struct bones r = bones_of(prior, &right), l = bones_of(prior, &left);
    for (int b = 0; b < OST_BONES; b++) {
        const struct ost_mesh *a = r.bone[b]->mesh, *m = l.bone[b]->mesh;
        for (uint32_t v = 0; v < a->vertex_count; v++)
            for (int k = 0; k < 3; k++)
                assert_near((double)m->vertex[v][k],
                            (k == 0 ? -1.0 : 1.0) * (double)a->vertex[v][k], 0.01);
        assert_true(ost_mesh_volume(a) > 1000.0); /* both are wound outwards */
        assert_near(ost_mesh_volume(m), ost_mesh_volume(a), 1.0);
    }
    struct ost_anatomy_numbers here = numbers_of(prior, &right), there = numbers_of(prior, &left);
    assert_same(&here, &there);
    fini(&r);
    fini(&l);
}

/* Whose thumb is where: the frame of a left arm is the right one's in the mirror. */
static void volar_is_volar_on_either_arm(void **state)
{
    (void)state;
    OST_AUTO(ost_prior) prior = open_model();
    struct ost_arm right = some_arm(), left = in_mirror(&right);
    struct bones r = bones_of(prior, &right), l = bones_of(prior, &left);
    struct ost_anatomy a, b;
    ost_anatomy_of_arm(prior, (const float(*)[3])r.bone[OST_RADIUS]->mesh->vertex, false, &a);
    ost_anatomy_of_arm(prior, (const float(*)[3])l.bone[OST_RADIUS]->mesh->vertex, true, &b);
    for (int k = 0; k < 3; k++) {
        double sign = k == 0 ? -1.0 : 1.0;
        assert_near(b.volar[k], sign * a.volar[k], 1e-4);
        assert_near(b.radial[k], sign * a.radial[k], 1e-4);
        assert_near(b.axis[k], sign * a.axis[k], 1e-4);
    }
    fini(&r);
    fini(&l);
}

/* The sign everything that sets or reads a fragment's turn goes by, on either arm. */
static void a_positive_turn_tilts_the_fragment_back(void **state)
{
    (void)state;
    OST_AUTO(ost_prior) prior = open_model();
    for (int side = 0; side < 2; side++) {
        struct ost_arm arm = {.mirrored = side == 1, .place = ost_rigid_identity()};
        struct ost_anatomy_numbers whole = numbers_of(prior, &arm), broken;
        arm.broken = true;
        arm.cut = 20.0;
        arm.turn[0] = 0.35;
        broken = numbers_of(prior, &arm);
        assert_near(broken.volar_tilt - whole.volar_tilt, -0.35, 0.03);
    }
}

/* The motion told in the world is the one the vertices made. */
static void the_fragment_moves_as_it_is_told(void **state)
{
    (void)state;
    OST_AUTO(ost_prior) prior = open_model();
    const struct ost_prior_bone *view = ost_prior_bone_view(prior, OST_RADIUS);
    for (int side = 0; side < 2; side++) {
        struct ost_arm arm = some_arm(), whole;
        arm.mirrored = side == 1;
        whole = arm;
        whole.broken = false;
        struct bones now = bones_of(prior, &arm), before = bones_of(prior, &whole);
        struct ost_rigid motion = ost_arm_fragment(prior, &arm);
        uint32_t moved = 0;
        for (uint32_t v = 0; v < view->vertex_count; v++) {
            if ((double)view->mean[v][2] > 12.0)
                continue;
            const float *from = before.bone[OST_RADIUS]->mesh->vertex[v];
            double p[3] = {(double)from[0], (double)from[1], (double)from[2]}, q[3];
            ost_rigid_point(&motion, p, q);
            for (int k = 0; k < 3; k++)
                assert_near((double)now.bone[OST_RADIUS]->mesh->vertex[v][k], q[k], 0.01);
            moved++;
        }
        assert_true(moved > 100);
        fini(&now);
        fini(&before);
    }
}

/* The number of the arm that a column of a bone's table stands for. */
static double *column_of(struct ost_arm *arm, enum ost_bone bone, uint32_t column)
{
    const bool radius = bone == OST_RADIUS;
    if (column == OST_ARM_SCALE)
        return &arm->log_scale;
    if (column < OST_ARM_CUT) {
        const uint32_t k = column - OST_ARM_SIX;
        return !radius ? &arm->joint[k] : k < 3 ? &arm->turn[k] : &arm->shift[k - 3];
    }
    if (column < OST_ARM_BEND)
        return column == OST_ARM_CUT ? &arm->cut : &arm->log_blend;
    if (column < OST_ARM_FIRST_MODE)
        return column == OST_ARM_BEND ? &arm->twist[bone]
                                      : &arm->bow[bone][column - OST_ARM_BEND - 1];
    return &arm->mode[bone][column - OST_ARM_FIRST_MODE];
}

/* Every column of both tables beside what the vertices do when its number changes a little. */
static void vertices_move_as_their_slopes_say(void **state)
{
    (void)state;
    const double step = 0.01;
    OST_AUTO(ost_prior) prior = open_model();
    struct ost_arm arm = some_arm();
    arm.log_blend = 0.3;
    for (int b = 0; b < OST_BONES; b++) {
        OST_AUTO(ost_arm_table) t = NULL;
        assert_true(ost_arm_table_create(prior, (enum ost_bone)b, OST_ARM_MODES, &t, NULL));
        ost_arm_table_set(t, prior, (enum ost_bone)b, &arm, true);
        for (uint32_t c = 0; c < OST_ARM_FIRST_MODE + 6; c++) {
            if (b == OST_ULNA && c >= OST_ARM_CUT && c < OST_ARM_BEND)
                continue;
            struct ost_arm up = arm, down = arm;
            *column_of(&up, (enum ost_bone)b, c) += step;
            *column_of(&down, (enum ost_bone)b, c) -= step;
            struct bones over = bones_of(prior, &up), under = bones_of(prior, &down);
            double off = 0.0, size = 0.0;
            const uint32_t n = t->mesh->vertex_count;
            for (uint32_t v = 0; v < n; v++)
                for (uint32_t k = 0; k < 3; k++) {
                    const double h[3] = {k == 0, k == 1, k == 2}, weight[3] = {0.5, 0.3, 0.2};
                    const uint32_t corner[3] = {v, (v + 1) % n, (v + 2) % n};
                    float slope[OST_ARM_FIRST_MODE + OST_ARM_MODES];
                    ost_arm_slopes(t, corner, weight, h, t->modes, slope);
                    double moved = 0.0, said = (double)slope[c];
                    for (int i = 0; i < 3; i++)
                        moved += weight[i] *
                                 ((double)over.bone[b]->mesh->vertex[corner[i]][k] -
                                  (double)under.bone[b]->mesh->vertex[corner[i]][k]) /
                                 (2.0 * step);
                    off += (said - moved) * (said - moved);
                    size += moved * moved;
                }
            fini(&over);
            fini(&under);
            assert_true(size > 0.0);
            assert_true(sqrt(off / size) < 0.01);
        }
    }
}

RUN(T(a_left_arm_is_the_right_one_in_a_mirror), T(volar_is_volar_on_either_arm),
    T(a_positive_turn_tilts_the_fragment_back), T(the_fragment_moves_as_it_is_told),
    T(vertices_move_as_their_slopes_say))
