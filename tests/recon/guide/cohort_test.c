/* Guides for simulated patients' own radii: what is printed must be closed, or say so. */
#include "recon/cohort/patient.h"
#include "recon/guide/guide.h"
#include "recon/math/vec.h"
#include "recon/mesh/measure.h"
#include "recon/mesh/stl.h"
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

struct cut {
    double at_mm, lean_deg, voxel_mm; /* proximal to the joint; towards the palm */
};

/* The measures a plan begins with; the guide is put on from the palm. */
static struct ost_guide_spec spec_for(const struct ost_mesh *bone, const struct ost_anatomy *frame,
                                      const struct cut *cut)
{
    struct ost_guide_spec spec = {.bone = bone,
                                  .proximal_mm = 18,
                                  .distal_mm = 12,
                                  .width_mm = 16,
                                  .thickness_mm = 4,
                                  .clearance_mm = 0.25,
                                  .slot_mm = 0.9,
                                  .drill_mm = 1.6,
                                  .sleeve_wall_mm = 2,
                                  .sleeve_height_mm = 8,
                                  .least_wall_mm = 2,
                                  .voxel_mm = cut->voxel_mm,
                                  .label = {"L C-7F3K2", "V12 DRAFT"}};
    double lean = cut->lean_deg * OST_PI / 180.0;
    for (int k = 0; k < 3; k++) {
        spec.cut_point[k] = frame->origin[k] - cut->at_mm * frame->axis[k];
        spec.cut_normal[k] = cos(lean) * frame->axis[k] + sin(lean) * frame->volar[k];
        spec.insertion[k] = -frame->volar[k];
    }
    return spec;
}

static bool holds(const struct ost_guide *guide, const char *name)
{
    for (size_t i = 0; i < guide->check_count; i++) {
        if (strcmp(guide->check[i].name, name) == 0)
            return guide->check[i].ok;
    }
    fail_msg("no check is called %s", name);
    return false;
}

/* The file, read back by position. */
static struct ost_mesh_facts printed(const struct ost_guide *guide)
{
    OST_AUTO(ost_mesh) welded = NULL;
    struct ost_mesh_facts facts;
    struct ost_buf file;
    ost_buf_init(&file, 128 << 20);
    assert_true(ost_stl_write(guide->mesh, &file, NULL));
    assert_true(ost_stl_read(file.ptr, file.len, 4000000, &welded, NULL));
    assert_true(ost_mesh_measure(welded, &facts, NULL));
    ost_buf_fini(&file);
    return facts;
}

static void is_sound(const struct ost_guide_spec *spec, const struct cut *cut)
{
    OST_AUTO(ost_guide) guide = NULL;
    struct ost_err err = {0};
    if (!ost_guide_create(spec, NULL, &guide, &err))
        fail_msg("%.0f mm, %.0f degrees: %s", cut->at_mm, cut->lean_deg, err.msg);
    struct ost_mesh_facts facts = printed(guide);
    if (!facts.closed || facts.components != 1 || facts.volume < 1000.0)
        fail_msg("%.0f mm, %.0f degrees: %u open, %u crowded, %u pieces, %.0f mm3", cut->at_mm,
                 cut->lean_deg, facts.rim_edges, facts.crowded_edges, facts.components,
                 facts.volume);
    assert_true(holds(guide, "watertight") && holds(guide, "components"));
    assert_true(holds(guide, "undercut") && holds(guide, "clearance"));
    assert_true(holds(guide, "slot_error") && holds(guide, "blocked_drills"));
    assert_int_equal(holds(guide, "min_wall"), guide->min_wall_mm >= 2.0 - cut->voxel_mm);
}

static void guides_of(bool left, bool broken, const struct cut *cut, size_t count)
{
    OST_AUTO(ost_patient) patient = NULL;
    struct ost_patient_request request = ost_patient_sample(20);
    struct ost_anatomy frame;
    struct ost_err err = {0};
    request.left = left;
    request.malunion.present = broken;
    if (!ost_patient_create(prior(), &request, NULL, &patient, &err))
        fail_msg("%s", err.msg);
    const struct ost_mesh *radius = patient->bone[OST_RADIUS];
    ost_anatomy_of_arm(prior(), (const float(*)[3])radius->vertex, left, &frame);
    for (size_t i = 0; i < count; i++) {
        struct ost_guide_spec spec = spec_for(radius, &frame, &cut[i]);
        is_sound(&spec, &cut[i]);
    }
}

static void a_left_malunion_at_several_planes(void **state)
{
    (void)state;
    const struct cut cut[] = {{14, 0, 0.5}, {14, 25, 0.5}, {60, 0, 0.5}, {24, -25, 0.4}};
    guides_of(true, true, cut, sizeof cut / sizeof *cut);
}

static void a_right_radius_at_several_planes(void **state)
{
    (void)state;
    const struct cut cut[] = {{20, 0, 0.5}, {28, -25, 0.5}, {38, 25, 0.5}};
    guides_of(false, false, cut, sizeof cut / sizeof *cut);
}

RUN(T(a_left_malunion_at_several_planes), T(a_right_radius_at_several_planes))
