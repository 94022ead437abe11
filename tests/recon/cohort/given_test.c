#include "recon/cohort/given.h"
#include "recon/math/vec.h"
#include "recon/mesh/cap.h"
#include "recon/mesh/compare.h"
#include "recon/mesh/icp.h"
#include "tests/recon/shape/data.h"

#include <string.h>

/*
 * A radius 5 % larger than the mean with a knob no prior has, cut off at 60 mm and left open:
 * along its edges, or level as a saw does.
 */
static struct ost_mesh *radius_of_somebody(const struct ost_prior *prior, bool level)
{
    const struct ost_prior_bone *view = ost_prior_bone_view(prior, OST_RADIUS);
    struct ost_mesh *mesh = NULL;
    assert_true(ost_mesh_create(&mesh, view->vertex_count, view->triangle_count, NULL));
    ost_prior_shape(prior, OST_RADIUS, 1.05, NULL, mesh->vertex);
    const double knob[3] = {0.0, -8.0, 25.0};
    for (uint32_t v = 0; v < mesh->vertex_count; v++) {
        float *p = mesh->vertex[v];
        double d = ost_distance((const double[]){p[0], p[1], p[2]}, knob);
        p[1] -= (float)(2.5 * exp(-d * d / 50.0));
    }
    uint32_t kept = 0;
    for (uint32_t t = 0; t < view->triangle_count; t++) {
        bool below = mesh->vertex[view->triangle[t][0]][2] < 60.0F;
        for (int k = 1; level && k < 3; k++)
            below = below || mesh->vertex[view->triangle[t][k]][2] < 60.0F;
        if (below)
            memcpy(mesh->triangle[kept++], view->triangle[t], sizeof *view->triangle);
    }
    mesh->triangle_count = kept;
    for (uint32_t v = 0; level && v < mesh->vertex_count; v++)
        mesh->vertex[v][2] = fminf(mesh->vertex[v][2], 60.0F);
    return mesh;
}

/*
 * Wherever the surface lay, it is filmed as it is up to 5 mm from its end, and something of the
 * same thickness goes on beyond.
 */
static void a_piece_is_filmed_as_it_is_and_goes_on(void **state)
{
    (void)state;
    OST_AUTO(ost_prior) prior = open_model();
    OST_AUTO(ost_patient) patient = NULL;
    OST_AUTO(ost_mesh) surface = radius_of_somebody(prior, false);
    const struct ost_rigid away =
        ost_rigid_about((const double[]){0.0, 0.0, 0.0}, (const double[]){1.9, -0.4, 0.9},
                        (const double[]){120.0, -60.0, 500.0});
    ost_mesh_move(surface, &away);
    struct ost_patient_request request = ost_patient_random(2299999, 0.0);
    const struct ost_given given = {.surface = {surface, NULL}};
    struct ost_given_place place;
    struct ost_err err = {0};
    request.left = false;
    if (!ost_patient_of_surfaces(prior, &request, &given, NULL, &patient, &place, &err))
        fail_msg("%s", err.msg);
    assert_true(place.has_end[OST_RADIUS] && !place.has_end[OST_ULNA]);
    assert_near(place.scale, 1.05, 0.03);
    assert_near(place.end[OST_RADIUS].normal[2], 1.0, 0.02);
    assert_near(place.end[OST_RADIUS].point[2], 60.0, 2.5);
    assert_true(place.extent[OST_RADIUS] > 60.0 && place.extent[OST_RADIUS] < 85.0);
    assert_near(place.extent[OST_ULNA], 0.0, 0.0);

    /* The filmed body and the surface: 5 mm from the rim nothing differs, knob and all. */
    struct ost_compare_result r;
    ost_mesh_move(surface, &place.motion);
    assert_true(ost_compare(patient->bone[OST_RADIUS], surface, NULL, &r, NULL));
    assert_near(r.asd, 0.0, 0.08);
    assert_near(r.max, 0.0, 0.5);
    /* It goes on to the end of what films show, and is not the surface's lid. */
    double high = 0.0;
    for (uint32_t v = 0; v < patient->bone[OST_RADIUS]->vertex_count; v++)
        high = fmax(high, (double)patient->bone[OST_RADIUS]->vertex[v][2]);
    assert_true(high > 115.0);
    for (int n = 0; n < OST_PATIENT_FILMS; n++)
        assert_non_null(patient->film[n].image);
}

/* Sawn and closed with a flat lid it lies where it lay open, and the lid is its end. */
static void a_lid_is_no_bone(void **state)
{
    (void)state;
    OST_AUTO(ost_prior) prior = open_model();
    OST_AUTO(ost_mesh) surface = radius_of_somebody(prior, true);
    OST_AUTO(ost_mesh) closed = NULL;
    OST_AUTO(ost_patient) patient = NULL;
    struct ost_compare_cut end;
    struct ost_given_place place;
    struct ost_err err = {0};
    bool has_end = false;
    assert_true(ost_mesh_cap(surface, &closed, &end, &has_end, NULL));
    const struct ost_rigid away =
        ost_rigid_about((const double[]){0.0, 0.0, 0.0}, (const double[]){-0.8, 2.2, 0.3},
                        (const double[]){-80.0, 40.0, 300.0});
    ost_mesh_move(closed, &away);
    struct ost_patient_request request = ost_patient_random(2299999, 0.0);
    const struct ost_given given = {.surface = {closed, NULL}};
    request.left = false;
    if (!ost_patient_of_surfaces(prior, &request, &given, NULL, &patient, &place, &err))
        fail_msg("%s", err.msg);
    assert_true(place.has_end[OST_RADIUS]);
    assert_near(place.end[OST_RADIUS].normal[2], 1.0, 0.02);
    assert_near(place.end[OST_RADIUS].point[2], 60.0, 2.5);
    assert_near(place.scale, 1.05, 0.03);
}

/* The mean bone up to a height, open there. */
static struct ost_mesh *stub(const struct ost_prior *prior, enum ost_bone bone, double height)
{
    const struct ost_prior_bone *view = ost_prior_bone_view(prior, bone);
    const struct ost_rigid beside = ost_prior_joint_place(prior, 1.0, NULL);
    struct ost_mesh *mesh = NULL;
    uint32_t kept = 0;
    assert_true(ost_mesh_create(&mesh, view->vertex_count, view->triangle_count, NULL));
    ost_prior_shape(prior, bone, 1.0, NULL, mesh->vertex);
    if (bone == OST_ULNA)
        ost_mesh_move(mesh, &beside);
    for (uint32_t t = 0; t < view->triangle_count; t++)
        if ((double)mesh->vertex[view->triangle[t][0]][2] < height)
            memcpy(mesh->triangle[kept++], view->triangle[t], sizeof *view->triangle);
    mesh->triangle_count = kept;
    return mesh;
}

/* Two stubs, as of a CT of the hand, lie as they lay; the shorter ulna goes on as an ulna does. */
static void stubs_lie_as_they_lay(void **state)
{
    (void)state;
    OST_AUTO(ost_prior) prior = open_model();
    OST_AUTO(ost_patient) patient = NULL;
    OST_AUTO(ost_mesh) radius = stub(prior, OST_RADIUS, 11.0);
    OST_AUTO(ost_mesh) ulna = stub(prior, OST_ULNA, 11.0);
    const double none[3] = {0.0, 0.0, 0.0}, turn[3] = {0.4, 2.4, -1.1};
    const struct ost_rigid away = ost_rigid_about(none, turn, (const double[]){60.0, -20.0, 90.0});
    const struct ost_given given = {.surface = {radius, ulna}};
    struct ost_patient_request request = ost_patient_random(2299999, 0.0);
    struct ost_given_place place;
    struct ost_err err = {0};
    double w[3];
    ost_mesh_move(radius, &away);
    ost_mesh_move(ulna, &away);
    request.left = false;
    if (!ost_patient_of_surfaces(prior, &request, &given, NULL, &patient, &place, &err))
        fail_msg("%s", err.msg);
    struct ost_rigid off = ost_rigid_then(&away, &place.motion);
    ost_vector_of_rotation(off.r, w);
    assert_near(ost_length(w), 0.0, 0.1);
    assert_near(ost_length(off.t), 0.0, 1.5);
    assert_near(place.extent[OST_ULNA], 0.0, 0.0);
    assert_false(place.has_end[OST_ULNA]);
    OST_AUTO(ost_mesh) whole = stub(prior, OST_ULNA, 100.0);
    struct ost_compare_result r;
    assert_true(ost_compare(patient->bone[OST_ULNA], whole, NULL, &r, NULL));
    assert_true(r.hd95 < 3.0); /* no balloon */
}

static void only_a_right_whole_arm_is_taken(void **state)
{
    (void)state;
    OST_AUTO(ost_prior) prior = open_model();
    OST_AUTO(ost_mesh) surface = radius_of_somebody(prior, false);
    struct ost_given_place place;
    for (int wrong = 0; wrong < 3; wrong++) {
        struct ost_patient *patient = NULL;
        struct ost_patient_request request = ost_patient_random(2299999, 0.0);
        const struct ost_given given = {.surface = {wrong == 2 ? NULL : surface, NULL}};
        struct ost_err err = {0};
        request.left = wrong == 0;
        request.malunion.present = wrong == 1;
        assert_false(
            ost_patient_of_surfaces(prior, &request, &given, NULL, &patient, &place, &err));
        assert_int_equal(err.code, OST_INVALID);
        assert_null(patient);
    }
}

RUN(T(a_piece_is_filmed_as_it_is_and_goes_on), T(a_lid_is_no_bone), T(stubs_lie_as_they_lay),
    T(only_a_right_whole_arm_is_taken))
