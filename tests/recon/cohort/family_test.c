#include "recon/cohort/body_impl.h"
#include "recon/cohort/patient.h"
#include "recon/math/dense.h"
#include "recon/math/vec.h"
#include "recon/mesh/measure.h"
#include "recon/mesh/section.h"
#include "recon/shape/arm.h"
#include "tests/recon/shape/data.h"

#include <stdlib.h>
#include <string.h>

static const struct ost_prior *prior(void)
{
    static struct ost_prior *opened;
    if (opened == NULL)
        opened = open_model();
    return opened;
}

/* One broken right arm of each family, made once. */
static const struct ost_patient *patient(enum ost_family family)
{
    static struct ost_patient *made[OST_FAMILIES];
    if (made[family] == NULL) {
        struct ost_patient_request request = ost_patient_sample(31);
        struct ost_err err = {0};
        request.left = false;
        request.family = family;
        request.view_turn_deg = family == OST_FAMILY_TRAINED ? 5.0 : 0.0;
        if (!ost_patient_create(prior(), &request, NULL, &made[family], &err))
            fail_msg("%s", err.msg);
    }
    return made[family];
}

/* ---- how near the prior comes to a whole radius by modes, size, twist and bow ---- */

enum { COLUMNS_MOST = OST_ARM_FIRST_MODE + OST_ARM_MODES };

/* The columns that shape a whole bone: not the break's. */
static bool shapes(uint32_t column)
{
    return column < OST_ARM_SIX || column >= OST_ARM_BEND;
}

static void step_to(struct ost_arm *arm, const double *x)
{
    arm->log_scale += x[OST_ARM_SCALE];
    arm->twist[OST_RADIUS] += x[OST_ARM_BEND];
    for (int k = 0; k < 2; k++)
        arm->bow[OST_RADIUS][k] += x[OST_ARM_BEND + 1 + k];
    for (int m = 0; m < OST_ARM_MODES; m++)
        arm->mode[OST_RADIUS][m] += x[OST_ARM_FIRST_MODE + m];
}

/* Gauss and Newton, vertex by vertex; returns the RMS gap of the distal 60 mm. */
static double gap_to(const struct ost_mesh *target, const struct ost_rigid *to_model)
{
    struct ost_arm arm = {.place = ost_rigid_identity()};
    OST_AUTO(ost_arm_table) table = NULL;
    double *matrix = calloc((size_t)COLUMNS_MOST * COLUMNS_MOST, sizeof *matrix), gap = 0.0;
    assert_true(ost_arm_table_create(prior(), OST_RADIUS, OST_ARM_MODES, &table, NULL));
    const uint32_t n = table->columns;
    for (int round = 0; round < 6; round++) {
        double right[COLUMNS_MOST] = {0.0}, sum = 0.0, count = 0.0;
        memset(matrix, 0, sizeof *matrix * n * n);
        ost_arm_table_set(table, prior(), OST_RADIUS, &arm, true);
        for (uint32_t v = 0; v < table->mesh->vertex_count; v++) {
            const double p[3] = {(double)target->vertex[v][0], (double)target->vertex[v][1],
                                 (double)target->vertex[v][2]};
            double q[3];
            ost_rigid_point(to_model, p, q);
            for (size_t k = 0; k < 3; k++) {
                const double h[3] = {k == 0, k == 1, k == 2}, whole[3] = {1.0, 0.0, 0.0};
                float row[COLUMNS_MOST];
                ost_arm_slopes(table, (const uint32_t[]){v, v, v}, whole, h, table->modes, row);
                double off = q[k] - (double)table->mesh->vertex[v][k];
                sum += q[2] < 60.0 ? off * off : 0.0;
                count += q[2] < 60.0 && k == 0 ? 1.0 : 0.0;
                for (uint32_t i = 0; i < n; i++) {
                    right[i] += shapes(i) ? (double)row[i] * off : 0.0;
                    for (uint32_t j = i; j < n && shapes(i); j++)
                        matrix[i * n + j] += shapes(j) ? (double)row[i] * (double)row[j] : 0.0;
                }
            }
        }
        gap = sqrt(sum / count);
        for (uint32_t i = 0; i < n; i++)
            matrix[i * n + i] += 1e-6;
        assert_true(ost_cholesky(matrix, n));
        ost_cholesky_solve(matrix, n, right);
        step_to(&arm, right);
    }
    free(matrix);
    return gap;
}

static struct ost_rigid onto_mean(const struct ost_mesh *mesh)
{
    const struct ost_prior_bone *bone = ost_prior_bone_view(prior(), OST_RADIUS);
    struct ost_rigid motion;
    double(*p)[3] = calloc(2 * (size_t)bone->vertex_count, sizeof *p);
    for (uint32_t v = 0; v < bone->vertex_count; v++) {
        for (int k = 0; k < 3; k++) {
            p[v][k] = (double)mesh->vertex[v][k];
            p[bone->vertex_count + v][k] = (double)bone->mean[v][k];
        }
    }
    assert_true(ost_rigid_fit((const double(*)[3])p, (const double(*)[3])p + bone->vertex_count,
                              NULL, bone->vertex_count, &motion));
    free(p);
    return motion;
}

static void a_trained_arm_is_one_the_prior_can_make(void **state)
{
    (void)state;
    const struct ost_rigid here = ost_rigid_identity();
    assert_true(gap_to(patient(OST_FAMILY_TRAINED)->target, &here) < 0.02);
}

static void a_shifted_arm_is_none_of_the_priors(void **state)
{
    (void)state;
    const struct ost_mesh *mesh = patient(OST_FAMILY_SHIFTED)->target;
    const struct ost_rigid motion = onto_mean(mesh);
    double gap = gap_to(mesh, &motion);
    assert_true(gap > 0.25 && gap < 2.0);
}

static void every_family_makes_closed_bones_and_breaks_them(void **state)
{
    (void)state;
    for (int f = OST_FAMILY_TRAINED; f < OST_FAMILIES; f++) {
        const struct ost_patient *p = patient((enum ost_family)f);
        const struct ost_mesh *all[] = {p->bone[OST_RADIUS], p->bone[OST_ULNA], p->target};
        for (int n = 0; n < 3; n++) {
            struct ost_mesh_facts facts;
            assert_true(ost_mesh_measure(all[n], &facts, NULL));
            assert_true(facts.closed);
            assert_int_equal(facts.components, 1);
            assert_in_range((uint64_t)facts.volume, 20000, 110000);
        }
        assert_near(p->before.volar_tilt_deg - p->now.volar_tilt_deg, 20.0, 3.0);
        assert_true(p->distal_30 > 120.0 && p->distal_30 < 600.0);
        assert_true(p->person.age >= 20.0 && p->person.age <= 90.0);
    }
}

static void a_trained_break_moves_one_piece(void **state)
{
    (void)state;
    const struct ost_patient *p = patient(OST_FAMILY_TRAINED);
    int moved = 0, still = 0;
    for (uint32_t v = 0; v < p->target->vertex_count; v++) {
        double before[3], now[3], want[3];
        for (int k = 0; k < 3; k++) {
            before[k] = (double)p->target->vertex[v][k];
            now[k] = (double)p->bone[OST_RADIUS]->vertex[v][k];
        }
        ost_rigid_point(&p->fragment, before, want);
        moved += ost_distance(want, now) < 1e-3;
        still += ost_distance(before, now) < 1e-3;
    }
    assert_true(moved > 500 && still > 1000);
    assert_true(moved + still > 0.9 * p->target->vertex_count);
}

/* Of the first 2000 subjects of seed 1 this one's first draw has an ulna turned inside out. */
static void a_draw_that_is_no_bone_is_drawn_again(void **state)
{
    (void)state;
    const struct ost_patient_request request = {.seed = 1 + 1000003ULL * 1579,
                                                .family = OST_FAMILY_TRAINED};
    struct ost_body body = {.prior = prior(), .request = &request};
    assert_true(ost_body_surfaces(&body, NULL));
    for (int z = 30; z < 170; z += 20) {
        const struct ost_section_plane plane = {{0, 0, z}, {1, 0, 0}, {0, 1, 0}};
        OST_AUTO(ost_section) section = NULL;
        double centre[2];
        assert_true(ost_section_create(body.bone[OST_ULNA], &plane, &section, NULL));
        assert_true(ost_section_area(section, centre) > 30.0);
    }
    for (int b = 0; b < OST_BONES; b++) {
        ost_mesh_destroy(body.healthy[b]);
        ost_mesh_destroy(body.bone[b]);
    }
}

/* ---- films ---- */

static double off_true(const struct ost_patient_film *film, bool lateral)
{
    /* A right arm: PA looks from dorsal to volar, lateral from radial to ulnar. */
    const double look[3] = {lateral ? 1.0 : 0.0, lateral ? 0.0 : -1.0, 0.0};
    const double down[3] = {0.0, 0.0, 1.0};
    const double *r = film->camera.world_to_camera.r;
    double right[3], trace = 0.0;
    ost_cross(down, look, right);
    for (int k = 0; k < 3; k++)
        trace += r[3 * k] * right[k] + r[3 * k + 1] * down[k] + r[3 * k + 2] * look[k];
    return ost_degrees(acos(fmin(1.0, 0.5 * (trace - 1.0))));
}

static void a_view_turns_by_what_is_asked(void **state)
{
    (void)state;
    const struct ost_patient *p = patient(OST_FAMILY_TRAINED);
    assert_near(off_true(&p->film[0], false), 5.0, 1e-6);
    assert_near(off_true(&p->film[1], true), 5.0, 1e-6);
    for (int n = 0; n < OST_PATIENT_FILMS; n++)
        assert_true(off_true(&patient(OST_FAMILY_SHIFTED)->film[n], n == 1) <= 10.0);
}

static void a_shifted_film_is_of_another_room(void **state)
{
    (void)state;
    const struct ost_patient_film *usual = patient(OST_FAMILY_TRAINED)->film;
    const struct ost_patient_film *other = patient(OST_FAMILY_SHIFTED)->film;
    assert_near(usual[0].spacing, 0.15, 0.0);
    assert_true(other[0].spacing >= 0.1 && other[0].spacing <= 0.2);
    assert_near(other[0].spacing, other[1].spacing, 0.0);
    assert_int_equal(usual[0].bone, OST_BONE_BRIGHT);
    assert_int_equal(usual[0].jpeg, 0);
    assert_int_equal(other[0].jpeg, 50);
    /* Through 8 bits: whole numbers of 257. */
    for (size_t n = 0; n < 5000; n++) {
        float steps = other[0].image->pixel[n * 97] / 257.0F;
        assert_near(steps, roundf(steps), 1e-4);
    }
}

static double grey(const struct ost_patient_film *film, const double point[3])
{
    double pixel[2];
    assert_true(ost_camera_project(&film->camera, point, pixel, NULL));
    return ost_image_at(film->image, pixel[0], pixel[1]);
}

/* Some seed of the first few is stored inverted; there the shaft is darker than the flesh. */
static void some_shifted_films_are_inverted_and_say_so(void **state)
{
    (void)state;
    const struct ost_patient *p = patient(OST_FAMILY_SHIFTED);
    double middle[3] = {0.0, 0.0, 60.0}, count = 0.0;
    for (uint32_t v = 0; v < p->bone[OST_RADIUS]->vertex_count; v++) {
        const float *at = p->bone[OST_RADIUS]->vertex[v];
        if (fabs((double)at[2] - 60.0) > 2.0)
            continue;
        middle[0] += (double)at[0];
        middle[1] += (double)at[1];
        count += 1.0;
    }
    middle[0] /= count;
    middle[1] /= count;
    const double flesh[3] = {middle[0] - 12.0, middle[1], middle[2]};
    double more = grey(&p->film[0], middle) - grey(&p->film[0], flesh);
    assert_true(p->film[0].bone == OST_BONE_DARK ? more < -1000.0 : more > 1000.0);
    assert_int_equal(p->film[0].bone, p->film[1].bone);
}

RUN(T(a_trained_arm_is_one_the_prior_can_make), T(a_shifted_arm_is_none_of_the_priors),
    T(every_family_makes_closed_bones_and_breaks_them), T(a_trained_break_moves_one_piece),
    T(a_draw_that_is_no_bone_is_drawn_again), T(a_view_turns_by_what_is_asked),
    T(a_shifted_film_is_of_another_room), T(some_shifted_films_are_inverted_and_say_so))
