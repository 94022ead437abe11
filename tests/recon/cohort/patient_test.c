#include "recon/cohort/patient.h"
#include "recon/math/vec.h"
#include "recon/mesh/measure.h"
#include "recon/shape/anatomy.h"
#include "tests/recon/shape/data.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct ost_prior *prior(void)
{
    static struct ost_prior *opened;
    if (opened == NULL)
        opened = open_model();
    return opened;
}

static struct ost_patient *made(const struct ost_patient_request *request)
{
    struct ost_patient *patient = NULL;
    struct ost_err err = {0};
    if (!ost_patient_create(prior(), request, NULL, &patient, &err)) {
        fail_msg("%s", err.msg);
    }
    return patient;
}

/* The sample and its other arm, made once for all tests that only look. */
static const struct ost_patient *arm(bool left)
{
    static struct ost_patient *patient[2];
    if (patient[left] == NULL) {
        struct ost_patient_request request = ost_patient_sample(20);
        request.left = left;
        patient[left] = made(&request);
    }
    return patient[left];
}

static const struct ost_patient *sample(void)
{
    return arm(true);
}

static void at(const struct ost_mesh *mesh, uint32_t vertex, double out[3])
{
    for (int k = 0; k < 3; k++) {
        out[k] = (double)mesh->vertex[vertex][k];
    }
}

static void the_sample_is_tilted_and_shortened_as_stated(void **state)
{
    (void)state;
    const struct ost_patient *p = sample();
    assert_true(p->request.left);
    /* Twenty degrees about the hinge; the frame's own axes differ by a degree or two. */
    assert_near(p->before.volar_tilt_deg - p->now.volar_tilt_deg, 20.0, 1.5);
    assert_near(p->now.ulnar_variance_mm - p->before.ulnar_variance_mm, 5.0, 0.5);
    assert_near(p->before.radial_inclination_deg - p->now.radial_inclination_deg, 4.0, 1.5);
}

static void the_bones_are_closed_and_of_human_size(void **state)
{
    (void)state;
    const struct ost_patient *p = sample();
    const struct ost_mesh *all[] = {p->bone[OST_RADIUS], p->bone[OST_ULNA], p->target};
    for (int n = 0; n < 3; n++) {
        struct ost_mesh_facts facts;
        assert_true(ost_mesh_measure(all[n], &facts, NULL));
        assert_true(facts.closed);
        assert_int_equal(facts.components, 1);
        assert_in_range((uint64_t)facts.volume, 20000, 90000);
        assert_near(facts.high[2] - facts.low[2], 240.0, 40.0);
    }
}

static void the_fragment_moves_as_one_piece(void **state)
{
    (void)state;
    const struct ost_patient *p = sample();
    int near_joint = 0, shaft = 0;
    for (uint32_t v = 0; v < p->target->vertex_count; v++) {
        double before[3], now[3], moved[3];
        at(p->target, v, before);
        at(p->bone[OST_RADIUS], v, now);
        ost_rigid_point(&p->fragment, before, moved);
        if (before[2] < p->cut_point[2] - 19.0) {
            assert_near(ost_distance(moved, now), 0.0, 0.05);
            near_joint++;
        }
        if (before[2] > p->cut_point[2] + 25.0) {
            assert_near(ost_distance(before, now), 0.0, 0.01);
            shaft++;
        }
    }
    assert_true(near_joint > 300 && shaft > 2000);
}

/* The prior's modes, and what moves or sizes a bone as a whole: x of vertex v in `out`. */
static void direction(const struct ost_prior_bone *bone, uint32_t n, size_t v, double out[3])
{
    const double p[3] = {(double)bone->mean[v][0], (double)bone->mean[v][1],
                         (double)bone->mean[v][2]};
    const double unit[3] = {n % 3 == 0, n % 3 == 1, n % 3 == 2};
    if (n < bone->mode_count) {
        for (size_t k = 0; k < 3; k++) {
            out[k] = (double)bone->mode[(n * (size_t)bone->vertex_count + v) * 3 + k];
        }
    } else if (n < bone->mode_count + 3) {
        ost_cross(unit, p, out);
    } else if (n < bone->mode_count + 6) {
        memcpy(out, unit, sizeof unit);
    } else {
        memcpy(out, p, sizeof p);
    }
}

/* Takes direction n out of the rest. */
static void take_out(const struct ost_prior_bone *bone, uint32_t n, double (*rest)[3])
{
    double dot = 0.0, square = 0.0, d[3];
    for (size_t v = 0; v < bone->vertex_count; v++) {
        direction(bone, n, v, d);
        dot += ost_dot(d, rest[v]);
        square += ost_dot(d, d);
    }
    for (size_t v = 0; v < bone->vertex_count; v++) {
        direction(bone, n, v, d);
        ost_along(rest[v], -dot / square, d, rest[v]);
    }
}

/* What of a shape no sum of these can follow, mm RMS over the distal part. */
static double beyond_modes(const struct ost_patient *p)
{
    const struct ost_prior_bone *bone = ost_prior_bone_view(prior(), OST_RADIUS);
    double(*rest)[3] = calloc(bone->vertex_count, sizeof *rest);
    assert_non_null(rest);
    for (size_t v = 0; v < bone->vertex_count; v++) {
        for (size_t k = 0; k < 3; k++) {
            rest[v][k] = (double)p->target->vertex[v][k] - (double)bone->mean[v][k];
        }
    }
    /* Every direction in turn, several rounds: near enough to least squares. */
    const uint32_t all = bone->mode_count + 7;
    for (uint32_t n = 0; n < 20 * all; n++) {
        take_out(bone, n % all, rest);
    }
    double sum = 0.0;
    int used = 0;
    for (size_t v = 0; v < bone->vertex_count; v++) {
        if (bone->mean[v][2] < 60.0F) {
            sum += ost_dot(rest[v], rest[v]);
            used++;
        }
    }
    free(rest);
    return sqrt(sum / used);
}

static void a_patient_lies_outside_the_span_of_the_prior(void **state)
{
    (void)state;
    double rest = beyond_modes(arm(false));
    assert_true(rest > 0.25 && rest < 2.0);
}

static double grey(const struct ost_patient_film *film, const double point[3])
{
    double pixel[2];
    assert_true(ost_camera_project(&film->camera, point, pixel, NULL));
    return ost_image_at(film->image, pixel[0], pixel[1]);
}

/* The middle of the radius' shaft 60 mm up. */
static void shaft_middle(const struct ost_mesh *mesh, double out[3])
{
    int count = 0;
    memset(out, 0, 3 * sizeof *out);
    for (uint32_t v = 0; v < mesh->vertex_count; v++) {
        double q[3];
        at(mesh, v, q);
        if (fabs(q[2] - 60.0) > 2.0)
            continue;
        ost_add(out, q, out);
        count++;
    }
    assert_true(count > 10);
    for (int k = 0; k < 3; k++)
        out[k] /= count;
}

static void the_films_show_the_bones_where_the_cameras_put_them(void **state)
{
    (void)state;
    const struct ost_patient *p = sample();
    double middle[3];
    shaft_middle(p->bone[OST_RADIUS], middle);
    /* PA: beside it, on the thumb's side, is flesh (a left arm: +x). */
    const double flesh[3] = {middle[0] + 12.0, middle[1], middle[2]};
    assert_true(grey(&p->film[0], middle) > 1.15 * grey(&p->film[0], flesh));
    /* Lateral: flesh towards the palm, air far behind the back of the hand. */
    const double palm[3] = {middle[0], middle[1] - 12.0, middle[2]};
    const double air[3] = {middle[0], middle[1] + 45.0, middle[2]};
    assert_true(grey(&p->film[1], middle) > 1.15 * grey(&p->film[1], palm));
    assert_true(grey(&p->film[1], air) < 0.5 * grey(&p->film[1], palm));
}

static void the_views_stand_across_and_away_from_true(void **state)
{
    (void)state;
    const struct ost_patient *p = sample();
    double axis[2][3];
    for (int n = 0; n < 2; n++) {
        const double *r = p->film[n].camera.world_to_camera.r;
        for (int k = 0; k < 3; k++) {
            axis[n][k] = r[3 * k + 2];
        }
        assert_true(ost_rigid_is_proper(&p->film[n].camera.world_to_camera, 1e-9));
    }
    double angle = ost_degrees(acos(ost_dot(axis[0], axis[1])));
    assert_near(angle, 90.0, 20.0);
    assert_true(fabs(angle - 90.0) > 0.05);
}

static void density_is_that_of_bone(void **state)
{
    (void)state;
    const struct ost_patient *p = sample();
    assert_true(p->distal_30 > 150.0 && p->distal_30 < 600.0);
    /* The mean again, another way: all mineral near the joint over the mesh's volume there. */
    const struct ost_grid *g = p->mineral[OST_RADIUS];
    float most = 0.0F;
    for (size_t n = 0; n < (size_t)g->size[0] * g->size[1] * g->size[2]; n++) {
        most = fmaxf(most, g->value[n]);
    }
    assert_true(most > 900.0F && most < 1500.0F);
}

static void the_other_arm_is_its_mirror(void **state)
{
    (void)state;
    const struct ost_patient *right = arm(false), *left = arm(true);
    assert_near(right->now.volar_tilt_deg, left->now.volar_tilt_deg, 1e-9);
    assert_near(right->distal_30, left->distal_30, 1e-6);
    for (uint32_t v = 0; v < right->target->vertex_count; v += 17) {
        double a[3], b[3];
        at(right->bone[OST_RADIUS], v, a);
        at(left->bone[OST_RADIUS], v, b);
        b[0] = -b[0];
        assert_near(ost_distance(a, b), 0.0, 1e-6);
    }
    assert_true(ost_mesh_volume(left->bone[OST_RADIUS]) > 0.0);
    assert_true(ost_mesh_volume(right->bone[OST_RADIUS]) > 0.0);
    /* The motion mirrored: x of an image point turns round, the rest stays. */
    const double p[3] = {4.0, -3.0, -8.0}, q[3] = {-4.0, -3.0, -8.0};
    double a[3], b[3];
    ost_rigid_point(&right->fragment, p, a);
    ost_rigid_point(&left->fragment, q, b);
    b[0] = -b[0];
    assert_near(ost_distance(a, b), 0.0, 1e-9);
}

static void the_same_seed_gives_the_same_patient(void **state)
{
    (void)state;
    const struct ost_patient_request request = ost_patient_sample(20);
    OST_AUTO(ost_patient) again = made(&request);
    const struct ost_patient *p = sample();
    for (int n = 0; n < OST_PATIENT_FILMS; n++) {
        const struct ost_image *a = p->film[n].image, *b = again->film[n].image;
        assert_memory_equal(a->pixel, b->pixel, sizeof(float) * a->width * a->height);
    }
}

static void random_requests_vary_within_reason(void **state)
{
    (void)state;
    int left = 0, broken = 0;
    for (uint64_t seed = 0; seed < 500; seed++) {
        struct ost_patient_request r = ost_patient_random(seed, 0.4);
        left += r.left;
        broken += r.malunion.present;
        assert_true(fabs(r.malunion.tilt_deg) <= 45.0 && r.malunion.shortening_mm <= 12.0);
    }
    assert_in_range(left, 200, 300);
    assert_in_range(broken, 150, 250);
}

RUN(T(the_sample_is_tilted_and_shortened_as_stated), T(the_bones_are_closed_and_of_human_size),
    T(the_fragment_moves_as_one_piece), T(a_patient_lies_outside_the_span_of_the_prior),
    T(the_films_show_the_bones_where_the_cameras_put_them),
    T(the_views_stand_across_and_away_from_true), T(density_is_that_of_bone),
    T(the_other_arm_is_its_mirror), T(the_same_seed_gives_the_same_patient),
    T(random_requests_vary_within_reason))
