/* Several bones and materials in one study, ten nodes, and elements that grow. */
#include "fem/study/fixation.h"
#include "fem/study/joint.h"
#include "recon/math/vec.h"
#include "tests/fem/study/paddle.h"

#include <stdio.h>

static const double cut_at = -25.0, area = OST_PI * 13.0 * 9.0;

/* A study pressed at its end, without a Poisson's ratio: what is in series adds up. */
static struct ost_study press(void)
{
    struct ost_study study = ost_study_axial();
    study.load = OST_LOAD_END;
    study.end_mm = 4.0;
    study.poisson = 0.0;
    return study;
}

struct solved {
    struct ost_bone_model *model;
    struct ost_study_result *r;
};

static struct solved solve(const struct ost_study_bone *bone, const struct ost_study *study)
{
    struct solved s = {0};
    struct ost_err err = {0};
    if (!ost_bone_model_create(bone, study, NULL, &s.model, &err))
        fail_msg("%s", err.msg);
    const struct ost_study_case c = {bone, study, s.model, ost_engine_own(), NULL};
    if (!ost_study_solve(&c, NULL, &s.r, &err))
        fail_msg("%s", err.msg);
    assert_int_equal(s.r->answer->reason, OST_FEM_CONVERGED);
    assert_true(s.r->answer->iterations <= 120);
    assert_near(s.r->answer->reaction_error, 0.0, 1e-7);
    return s;
}

static void solved_free(struct solved *s)
{
    ost_bone_model_destroy(s->model);
    ost_study_result_destroy(s->r);
}

/* A paddle that has been cut, and its end moved. */
struct cut {
    struct paddle p;
    struct ost_correction how;
    struct ost_opened gap;
    struct ost_mesh *surface;
    struct ost_grid *density;
};

static struct cut cut_make(const double turn[3], const double shift[3])
{
    struct cut c = {.p = paddle_make(1.0, 1000.0, 1000.0),
                    .how = {{0.0, 0.0, cut_at}, {0.0, 0.0, 1.0}, {{0.0}, {0.0}}}};
    c.how.motion = ost_rigid_about(c.how.point, turn, shift);
    c.gap = ost_opened_of(&c.how);
    assert_true(ost_corrected_surface(c.p.surface, &c.how, &c.surface, NULL));
    assert_true(ost_corrected_density(c.p.density, &c.how, &c.density, NULL));
    c.p.bone.surface = c.surface;
    c.p.bone.density = c.density;
    ost_corrected_anatomy(&c.how, &c.p.bone.anatomy);
    return c;
}

static void cut_free(struct cut *c)
{
    ost_mesh_destroy(c->surface);
    ost_grid_destroy(c->density);
    paddle_free(&c->p);
}

static const double none[3] = {0.0, 0.0, 0.0};

/* The largest stress at a node about the gap; the bone between bears what the gap does. */
static double most_about(const struct solved *s, double low, double high)
{
    double most = 0.0;
    for (uint32_t n = 0; n < s->model->mesh->node_count; n++) {
        double z = s->model->mesh->node[n][2];
        if (z > low && z < high)
            most = fmax(most, s->r->von_mises_at_node[n]);
    }
    return most;
}

static void what_fills_a_gap_gives_way_as_a_layer_does(void **state)
{
    (void)state;
    const double wide = 3.0, soft = 10.0;
    struct cut c = cut_make(none, (double[3]){0.0, 0.0, wide});
    struct ost_study study = press();
    struct solved healed = solve(&c.p.bone, &study);
    const struct ost_part part = {OST_MATERIAL_GAP, ost_field_of_opened(&c.gap), soft};
    c.p.bone.part = &part;
    c.p.bone.part_count = 1;
    struct solved open = solve(&c.p.bone, &study);
    double more = open.r->max_displacement - healed.r->max_displacement;
    (void)printf("      %u iterations, %.4f mm\n", open.r->answer->iterations, more);
    assert_near(more / (study.load_n * wide / (soft * area)), 1.0, 0.15);
    const struct ost_material_stress *gap = &open.r->material[OST_MATERIAL_GAP];
    assert_near(gap->mean / (study.load_n / area), 1.0, 0.15);
    assert_near(gap->volume / (wide * area), 1.0, 0.1);
    double most = most_about(&open, cut_at - 3.0, cut_at + wide + 3.0);
    (void)printf("      %.2f times the mean at most at a node\n", most / (study.load_n / area));
    assert_true(most < 4.0 * study.load_n / area);
    /* All of an element is told, of what it is made. */
    double volume = 0.0;
    for (uint32_t e = 0; e < open.model->mesh->tet_count; e++)
        volume += open.model->mixture[e].soft * ost_tet_volume(open.model->mesh, e);
    assert_near(volume / (wide * area), 1.0, 0.04);
    assert_int_equal(healed.r->material[OST_MATERIAL_GAP].tets, 0);
    solved_free(&open);
    solved_free(&healed);
    cut_free(&c);
}

static void a_plate_holds_what_a_gap_does_not(void **state)
{
    (void)state;
    struct cut c = cut_make((double[3]){0.15, 0.0, 0.0}, (double[3]){0.0, 0.0, 1.5});
    struct ost_study study = ost_study_axial();
    struct ost_fixation plate;
    struct ost_err err = {0};
    OST_AUTO(ost_grid) distance = NULL; /* outlives what looks at it */
    OST_AUTO(ost_fixed) fixed = NULL;
    struct ost_part part[1 + OST_PLATES_MOST + OST_SCREWS_MOST];
    size_t count = 0;
    assert_true(ost_fixation_distance(c.surface, &distance, NULL));
    if (!ost_fixation_volar(c.surface, distance, &c.p.bone.anatomy, &c.how, &plate, &err))
        fail_msg("%s", err.msg);
    assert_int_equal(plate.screw_count, 7);
    assert_true(ost_fixed_create(distance, &plate, 110000.0, &fixed, NULL));
    const struct ost_part *solid = ost_fixed_parts(fixed, &count);
    part[0] = (struct ost_part){OST_MATERIAL_GAP, ost_field_of_opened(&c.gap), 1.0};
    memcpy(part + 1, solid, count * sizeof *part);
    struct solved healed = solve(&c.p.bone, &study);
    c.p.bone.part = part;
    c.p.bone.part_count = 1;
    struct solved open = solve(&c.p.bone, &study);
    c.p.bone.part_count = count + 1;
    struct solved held = solve(&c.p.bone, &study);
    (void)printf("      f.u %.3f healed, %.3f open, %.3f held; %u iterations; plate %.1f MPa, bone "
                 "%.2f MPa; %.1f degrees\n",
                 healed.r->answer->work, open.r->answer->work, held.r->answer->work,
                 held.r->answer->iterations, held.r->material[OST_MATERIAL_PLATE].p99,
                 held.r->peak_von_mises.value, held.model->quality.min_dihedral_deg);
    /* About a hinge, where both fragments are one, they are still moved apart. */
    assert_true(open.r->answer->iterations <= 25 && held.r->answer->iterations <= 70);
    assert_true(healed.r->answer->work < held.r->answer->work);
    assert_true(held.r->answer->work < 0.5 * open.r->answer->work);
    assert_true(held.r->material[OST_MATERIAL_PLATE].p99 > held.r->p99_von_mises);
    assert_true(held.r->material[OST_MATERIAL_SCREW].tets > 50);
    assert_true(held.r->material[OST_MATERIAL_GAP].mean < open.r->material[OST_MATERIAL_GAP].mean);
    assert_true(held.model->quality.min_dihedral_deg >= 12.0);
    /* A plate of even thickness: its volume is its outline's times that. */
    double metal = held.r->material[OST_MATERIAL_PLATE].volume;
    assert_true(metal > 2.0 * plate.plate[0].length * 10.0 * 0.8 &&
                metal < 2.0 * plate.plate[0].length * 21.0 * 1.3);
    solved_free(&healed);
    solved_free(&open);
    solved_free(&held);
    cut_free(&c);
}

static void fixation_without_room_is_refused(void **state)
{
    (void)state;
    struct cut c = cut_make(none, (double[3]){0.0, 0.0, 1.0});
    struct ost_fixation plate;
    struct ost_err err = {0};
    OST_AUTO(ost_grid) distance = NULL; /* outlives what looks at it */
    OST_AUTO(ost_fixed) fixed = NULL;
    assert_true(ost_fixation_distance(c.surface, &distance, NULL));
    assert_true(ost_fixation_volar(c.surface, distance, &c.p.bone.anatomy, &c.how, &plate, &err));
    /* One from its own place, the others from beneath the plate on. */
    for (size_t i = 1; i < plate.screw_count; i++)
        ost_along(plate.screw[i].head, 4.0, plate.screw[i].direction, plate.screw[i].head);
    assert_false(ost_fixed_create(distance, &plate, 110000.0, &fixed, &err));
    assert_non_null(strstr(err.msg, "plate 1 is held by fewer than two"));
    c.how.point[2] = -50.0;
    assert_false(ost_fixation_volar(c.surface, distance, &c.p.bone.anatomy, &c.how, &plate, &err));
    assert_non_null(strstr(err.msg, "the bone ends within"));
    c.how.point[2] = -3.0;
    assert_false(ost_fixation_volar(c.surface, distance, &c.p.bone.anatomy, &c.how, &plate, &err));
    assert_non_null(strstr(err.msg, "mm from the joint"));
    plate = (struct ost_fixation){.plate_count = 1};
    assert_false(ost_fixed_create(distance, &plate, 110000.0, &fixed, &err));
    assert_int_equal(err.code, OST_INVALID);
    cut_free(&c);
}

/* A screw may stand out beside a joint: it takes none of the joint's load. */
static void no_joint_is_on_metal(void **state)
{
    (void)state;
    struct paddle p = paddle_make(1.0, 1000.0, 1000.0);
    const struct ost_study study = ost_study_axial();
    const struct ost_study_anatomy *a = &p.bone.anatomy;
    struct ost_err err = {0};
    OST_AUTO(ost_bone_model) model = NULL;
    OST_AUTO(ost_joint) all = NULL;
    OST_AUTO(ost_joint) left = NULL;
    assert_true(ost_bone_model_create(&p.bone, &study, NULL, &model, NULL));
    assert_true(ost_joint_create(model, a, &all, NULL));
    uint32_t tets = model->mesh->tet_count, metal = model->boundary->tet[all->face[0]], gone = 0;
    model->material = malloc(tets);
    assert_non_null(model->material);
    memset(model->material, OST_MATERIAL_BONE, tets);
    model->material[metal] = OST_MATERIAL_SCREW;
    assert_true(ost_joint_create(model, a, &left, NULL));
    for (uint32_t i = 0; i < all->count; i++)
        gone += model->boundary->tet[all->face[i]] == metal;
    assert_int_equal(left->count, all->count - gone);
    struct ost_disc disc[OST_FOSSAE];
    struct ost_disc_load load;
    const struct ost_pressed body = {model->mesh, model->boundary, a, model->material, false};
    double(*nodal)[3] = calloc(model->mesh->node_count, sizeof *nodal);
    assert_true(ost_fossa_discs(a, disc, NULL));
    assert_true(ost_disc_press(&body, disc, (double[3]){0.0, 0.0, -1.0}, nodal, &load, &err));
    memset(model->material, OST_MATERIAL_PLATE, tets);
    assert_false(ost_disc_press(&body, disc, (double[3]){0.0, 0.0, -1.0}, nodal, &load, &err));
    assert_int_equal(err.code, OST_INVALID);
    free(nodal);
    paddle_free(&p);
}

/* Takes the triangles of eight millimetres of a paddle away. */
static void leave_ends(struct ost_mesh *mesh)
{
    uint32_t kept = 0;
    for (uint32_t t = 0; t < mesh->triangle_count; t++) {
        double z = (double)mesh->vertex[mesh->triangle[t][0]][2] + 20.0;
        if (fabs(z) > 4.0)
            memcpy(mesh->triangle[kept++], mesh->triangle[t], sizeof *mesh->triangle);
    }
    mesh->triangle_count = kept;
}

/* A second paddle a third of an edge beside the first: both held, each with its own load. */
static void an_ulna_stands_beside_and_bears_its_share(void **state)
{
    (void)state;
    struct paddle p = paddle_make(1.0, 1000.0, 1000.0), u = paddle_make(1.0, 1000.0, 1000.0);
    struct ost_study study = ost_study_axial();
    const double apart = 2.0 * paddle_half[0] + 0.4;
    for (uint32_t v = 0; v < u.surface->vertex_count; v++)
        u.surface->vertex[v][0] -= (float)apart;
    u.density->origin[0] -= apart;
    struct solved alone = solve(&p.bone, &study);
    p.bone.ulna = u.surface;
    p.bone.ulna_density = u.density;
    study.ulna = true;
    struct solved both = solve(&p.bone, &study);
    assert_int_equal(both.model->topology.components, 2);
    assert_int_equal(both.model->topology.euler, 4);
    assert_near(both.r->answer->reaction[2], 100.0, 1e-5);
    assert_near(both.r->peak_von_mises.value / alone.r->peak_von_mises.value, 1.0, 0.02);
    const struct ost_material_stress *ulna = &both.r->material[OST_MATERIAL_ULNA];
    assert_near(ulna->mean / (20.0 / area), 1.0, 0.15);
    assert_near(ulna->volume / (46.0 * area), 1.0, 0.05);
    /* In two pieces it cannot carry what presses it. */
    OST_AUTO(ost_bone_model) refused = NULL;
    struct ost_err err = {0};
    leave_ends(u.surface);
    assert_false(ost_bone_model_create(&p.bone, &study, NULL, &refused, &err));
    assert_non_null(strstr(err.msg, "the ulna is in pieces"));
    solved_free(&alone);
    solved_free(&both);
    paddle_free(&p);
    paddle_free(&u);
}

static void cartilage_is_a_layer_over_the_joint(void **state)
{
    (void)state;
    struct paddle p = paddle_make(1.0, 1000.0, 1000.0);
    struct ost_study study = ost_study_axial();
    struct solved bare = solve(&p.bone, &study);
    study.cartilage_mm = 1.5;
    struct solved over = solve(&p.bone, &study);
    const struct ost_material_stress *layer = &over.r->material[OST_MATERIAL_CARTILAGE];
    assert_true(layer->tets > 500);
    /* Soft as it is it gives way, and the bone beneath bears the same load. */
    assert_true(over.r->max_displacement > bare.r->max_displacement + 0.005);
    assert_near(over.r->answer->reaction[2], bare.r->answer->reaction[2], 1e-5);
    assert_near(over.r->material[OST_MATERIAL_BONE].mean / bare.r->material[OST_MATERIAL_BONE].mean,
                1.0, 0.1);
    study.cartilage_mm = 0.5;
    struct ost_err err = {0};
    OST_AUTO(ost_bone_model) none_made = NULL;
    assert_false(ost_bone_model_create(&p.bone, &study, NULL, &none_made, &err));
    assert_non_null(strstr(err.msg, "no thinner than lattice_mm"));
    solved_free(&bare);
    solved_free(&over);
    paddle_free(&p);
}

/* Ten nodes give way a little more than four, whose bone is too stiff; the load is the same. */
static void ten_nodes_give_the_same_study_more_softly(void **state)
{
    (void)state;
    struct paddle p = paddle_make(1.0, 1000.0, 150.0);
    struct ost_study study = ost_study_axial();
    study.lattice_mm = 1.6;
    struct solved four = solve(&p.bone, &study);
    study.nodes = 10;
    struct solved ten = solve(&p.bone, &study);
    assert_int_equal(ten.model->mesh->tet_count, four.model->mesh->tet_count);
    assert_true(ten.model->mesh->middle != NULL);
    assert_near(ten.r->answer->reaction[2], 80.0, 1e-5);
    double softer = ten.r->answer->work / four.r->answer->work;
    (void)printf("      f.u %.4f times that of four nodes\n", softer);
    assert_true(softer > 1.005 && softer < 1.2);
    study.load = OST_LOAD_COUPLE;
    struct solved twist = solve(&p.bone, &study);
    study.nodes = 4;
    struct solved twist4 = solve(&p.bone, &study);
    assert_near(twist.r->answer->work / twist4.r->answer->work, 1.05, 0.1);
    solved_free(&four);
    solved_free(&ten);
    solved_free(&twist);
    solved_free(&twist4);
    paddle_free(&p);
}

static void elements_may_grow_along_the_bone(void **state)
{
    (void)state;
    struct paddle p = paddle_make(1.0, 1000.0, 150.0);
    struct ost_study study = ost_study_axial();
    study.lattice_mm = 0.8;
    struct solved even = solve(&p.bone, &study);
    study.coarsen = 3.0;
    struct solved grown = solve(&p.bone, &study);
    assert_true(grown.model->mesh->tet_count < 0.5 * even.model->mesh->tet_count);
    assert_true(grown.model->quality.min_dihedral_deg >= 15.0);
    assert_true(grown.model->quality.max_dihedral_deg <= 152.0);
    assert_near(grown.r->answer->work / even.r->answer->work, 1.0, 0.04);
    assert_true(grown.r->answer->iterations <= 40);
    solved_free(&even);
    solved_free(&grown);
    paddle_free(&p);
}

static void what_does_not_go_together_is_refused(void **state)
{
    (void)state;
    const struct {
        const char *words;
        struct ost_study study;
    } bad[] = {
        {"nodes must be 4 or 10", {.nodes = 6}},
        {"nodes 10 is for linear", {.nodes = 10, .membrane_mm = 0.4}},
        {"coarsen must be", {.nodes = 4, .coarsen = 9.0}},
        {"gap_mpa must be", {.nodes = 4, .coarsen = 1.0, .gap_mpa = -1.0}},
        {"fixation must be", {.nodes = 4, .coarsen = 1.0, .fixation = OST_FIXATIONS}},
        {"a plate is 2 mm thick", {.nodes = 4, .coarsen = 2.0, .fixation = OST_FIXATION_PLATE}},
        {"gap_mpa, fixation, cartilage_mm and ulna",
         {.nodes = 4, .coarsen = 1.0, .gap_mpa = 1.0, .yield = OST_YIELD_DRUCKER_PRAGER}},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct ost_study study = ost_study_axial();
        struct ost_err err = {0};
        study.nodes = bad[i].study.nodes;
        study.membrane_mm = bad[i].study.membrane_mm;
        study.coarsen = bad[i].study.coarsen > 0.0 ? bad[i].study.coarsen : 1.0;
        study.gap_mpa = bad[i].study.gap_mpa;
        study.fixation = bad[i].study.fixation;
        study.yield = bad[i].study.yield;
        assert_false(ost_study_check(&study, &err));
        assert_non_null(strstr(err.msg, bad[i].words));
    }
}

RUN(T(what_fills_a_gap_gives_way_as_a_layer_does), T(a_plate_holds_what_a_gap_does_not),
    T(fixation_without_room_is_refused), T(no_joint_is_on_metal),
    T(an_ulna_stands_beside_and_bears_its_share), T(cartilage_is_a_layer_over_the_joint),
    T(ten_nodes_give_the_same_study_more_softly), T(elements_may_grow_along_the_bone),
    T(what_does_not_go_together_is_refused))
