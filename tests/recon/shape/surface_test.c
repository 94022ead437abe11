/* The prior laid on the true surfaces of simulated forearms: side, numbers and break. */
#include "recon/cohort/patient.h"
#include "recon/math/vec.h"
#include "recon/shape/anatomy.h"
#include "recon/shape/surface.h"
#include "tests/recon/shape/data.h"

#include <string.h>

/* The bone as a CT shows it: nothing beyond `top` mm proximal of the joint. */
static struct ost_mesh *cut_off(const struct ost_mesh *whole, float top)
{
    struct ost_mesh *m = NULL;
    assert_true(ost_mesh_create(&m, whole->vertex_count, whole->triangle_count, NULL));
    memcpy(m->vertex, whole->vertex, whole->vertex_count * sizeof *whole->vertex);
    memcpy(m->triangle, whole->triangle, whole->triangle_count * sizeof *whole->triangle);
    for (uint32_t v = 0; v < m->vertex_count; v++)
        m->vertex[v][2] = fminf(m->vertex[v][2], top);
    return m;
}

static struct ost_anatomy_numbers numbers_of(const struct ost_prior *prior,
                                             const struct ost_surface_fit *fit)
{
    struct ost_anatomy frame;
    struct ost_anatomy_numbers n;
    double landmark[OST_LANDMARKS][3];
    const float(*radius)[3] = (const float(*)[3])fit->laid[OST_RADIUS]->vertex;
    const float(*ulna)[3] = (const float(*)[3])fit->laid[OST_ULNA]->vertex;
    ost_anatomy_of_arm(prior, radius, fit->arm.mirrored, &frame);
    ost_anatomy_landmarks(prior, radius, ulna, landmark);
    ost_anatomy_measure(&frame, (const double(*)[3])landmark, &n);
    return n;
}

static void check(const struct ost_prior *prior, const struct ost_patient_request *request)
{
    struct ost_patient *p = NULL;
    struct ost_surface_fit fit;
    assert_true(ost_patient_create(prior, request, NULL, &p, NULL));
    struct ost_surface_ask ask = {.proximal = {0, 0, 1}};
    struct ost_mesh *bone[OST_BONES];
    for (int b = 0; b < OST_BONES; b++)
        ask.bone[b] = bone[b] = cut_off(p->bone[b], 90.0F);
    assert_true(ost_surface_fit(prior, &ask, NULL, &fit, NULL));
    assert_int_equal(fit.arm.mirrored, request->left); /* found, not told */
    assert_int_equal(fit.arm.broken, request->malunion.present);
    assert_true(fit.residual < 0.6);
    const struct ost_anatomy_numbers n = numbers_of(prior, &fit);
    /* Within 1.96 of the SDs that the station tells. */
    assert_near(ost_degrees(n.volar_tilt), p->now.volar_tilt_deg, 4.9);
    assert_near(ost_degrees(n.radial_inclination), p->now.radial_inclination_deg, 2.9);
    assert_near(n.radial_height, p->now.radial_height_mm, 2.0);
    assert_near(n.ulnar_variance, p->now.ulnar_variance_mm, 2.0);
    if (request->malunion.present) {
        const struct ost_rigid found = ost_arm_fragment(prior, &fit.arm);
        const struct ost_rigid back = ost_rigid_inverse(&p->fragment);
        const struct ost_rigid left = ost_rigid_then(&found, &back);
        double turn[3];
        ost_vector_of_rotation(left.r, turn);
        assert_true(ost_degrees(ost_length(turn)) < 12.0);
    }
    ost_surface_fit_fini(&fit);
    for (int b = 0; b < OST_BONES; b++)
        ost_mesh_destroy(bone[b]);
    ost_patient_destroy(p);
}

static void tells_side_and_numbers(void **state)
{
    struct ost_prior *prior = open_model();
    (void)state;
    check(prior, &(struct ost_patient_request){.seed = 9});
    ost_prior_destroy(prior);
}

static void tells_a_malunion(void **state)
{
    struct ost_prior *prior = open_model();
    const struct ost_patient_request sample = ost_patient_sample(20);
    (void)state;
    check(prior, &sample);
    ost_prior_destroy(prior);
}

RUN(T(tells_side_and_numbers), T(tells_a_malunion))
