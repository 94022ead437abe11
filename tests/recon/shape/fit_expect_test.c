/*
 * Edges of simulated films (voxels, recon/cohort) about the true bones: where the bones' own
 * picture (surfaces) says they lie, which is not where the borders are.
 */
#include "recon/cohort/patient.h"
#include "recon/mesh/measure.h"
#include "recon/shape/edge.h"
#include "recon/shape/fit_expect_impl.h"
#include "tests/recon/shape/data.h"

#include <string.h>

enum { PARTS = 2 }; /* of the radius: near the joint, along the shaft */
static const double joint_mm = 30.0, shaft_mm = 80.0;

struct tally {
    double weight, border, border_square, off, off_square;
};

static void stand(struct fit *fit, const struct ost_patient *patient, int film,
                  struct ost_scan **scan)
{
    const struct ost_patient_film *f = &patient->film[film];
    double seen[3], joint[3];
    for (int b = 0; b < OST_BONES; b++) {
        struct ost_arm_table *t = fit->table[b];
        assert_int_equal(t->mesh->vertex_count, patient->bone[b]->vertex_count);
        memcpy(t->mesh->vertex, patient->bone[b]->vertex,
               t->mesh->vertex_count * sizeof *t->mesh->vertex);
        ost_mesh_vertex_normals(t->mesh, t->normal);
    }
    const float *at =
        patient->bone[OST_RADIUS]->vertex[ost_prior_landmark(fit->prior, OST_LIP_VOLAR)];
    for (int k = 0; k < 3; k++)
        joint[k] = (double)at[k];
    ost_rigid_point(&f->camera.world_to_camera, joint, seen);
    assert_true(
        ost_scan_create(f->image, OST_BONE_BRIGHT, seen[2] / f->camera.focal[0], scan, NULL));
    fit->view_count = 1;
    fit->view[0] = (struct fit_view){.scan = *scan, .camera = f->camera};
}

static void take(const struct ost_scan *scan, const struct fit_expect *expect,
                 const struct ost_contour_point *p, struct tally *t)
{
    const struct ost_edge_query query = {.pixel = {p->pixel[0], p->pixel[1]},
                                         .normal = {p->normal[0], p->normal[1]},
                                         .reach = 1.5 / scan->mm,
                                         .near = 0.75 / scan->mm,
                                         .level = OST_SCAN_FINE,
                                         .inside = true};
    struct ost_edge edge;
    if (!ost_scan_is_exposed(scan, p->pixel, 1.0) || !ost_edge_find(scan, &query, &edge))
        return;
    double w = p->length * edge.clear, border = scan->mm * edge.offset;
    double off = border - scan->mm * fit_expect_offset(expect, p->pixel, p->normal);
    t->weight += w;
    t->border += w * border;
    t->border_square += w * border * border;
    t->off += w * off;
    t->off_square += w * off * off;
}

static void look(struct fit *fit, struct tally tally[PARTS])
{
    const struct ost_prior_bone *bone = ost_prior_bone_view(fit->prior, OST_RADIUS);
    struct ost_contour *both[OST_BONES];
    struct fit_expect *expect = NULL;
    for (int b = 0; b < OST_BONES; b++)
        assert_true(ost_contour_create(fit->table[b]->mesh,
                                       (const float(*)[3])fit->table[b]->normal,
                                       &fit->view[0].camera, &both[b], NULL));
    const struct ost_contour *const border[OST_BONES] = {both[0], both[1]};
    assert_true(fit_expect_create(fit, 0, border, OST_SCAN_FINE, &expect, NULL));
    assert_non_null(expect);
    for (size_t i = 0; i < both[OST_RADIUS]->count; i++) {
        const struct ost_contour_point *p = &both[OST_RADIUS]->point[i];
        double z = (double)bone->mean[bone->triangle[p->triangle][0]][2];
        if (z < shaft_mm)
            take(fit->view[0].scan, expect, p, &tally[z < joint_mm ? 0 : 1]);
    }
    fit_expect_destroy(expect);
    for (int b = 0; b < OST_BONES; b++)
        ost_contour_destroy(both[b]);
}

static void edges_lie_where_the_picture_of_the_bones_has_them(void **state)
{
    (void)state;
    struct ost_prior *prior = open_model();
    const struct ost_patient_request request = {.seed = 1652004, .family = OST_FAMILY_TRAINED};
    struct ost_patient *patient = NULL;
    struct fit fit;
    struct tally tally[PARTS];
    assert_true(ost_patient_create(prior, &request, NULL, &patient, NULL));
    memset(tally, 0, sizeof tally);
    assert_true(fit_init(&fit, prior, 1, NULL));
    fit_refresh(&fit, false);
    for (int film = 0; film < OST_PATIENT_FILMS; film++) {
        struct ost_scan *scan = NULL;
        stand(&fit, patient, film, &scan);
        look(&fit, tally);
        ost_scan_destroy(scan);
    }
    for (int i = 0; i < PARTS; i++) {
        const struct tally *t = &tally[i];
        double border = sqrt(t->border_square / t->weight), off = sqrt(t->off_square / t->weight);
        print_message("radius, %s: edges off borders %+.3f mm (rms %.3f), off the picture's "
                      "%+.3f (%.3f)\n",
                      i == 0 ? "joint" : "shaft", t->border / t->weight, border, t->off / t->weight,
                      off);
        assert_true(t->weight > 100.0);
        assert_true(off < 0.75 * border);
        assert_near(t->off / t->weight, 0.0, 0.1);
    }
    assert_true(tally[1].border / tally[1].weight < -0.15); /* inside, along the shaft */
    fit_fini(&fit);
    ost_patient_destroy(patient);
    ost_prior_destroy(prior);
}

RUN(T(edges_lie_where_the_picture_of_the_bones_has_them))
