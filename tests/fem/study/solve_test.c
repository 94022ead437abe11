#include "fem/solve/stress.h"
#include "fem/solve/tet4.h"
#include "fem/study/solve.h"
#include "tests/fem/study/paddle.h"

static struct ost_bone_model *model_of(const struct paddle *p, const struct ost_study *study)
{
    struct ost_bone_model *model = NULL;
    struct ost_err err = {0};
    if (!ost_bone_model_create(&p->bone, study, NULL, &model, &err))
        fail_msg("%s", err.msg);
    return model;
}

static struct ost_study_result *solve(const struct paddle *p, const struct ost_study *study,
                                      const struct ost_bone_model *model,
                                      const struct ost_density_shift *contrast)
{
    const struct ost_study_case c = {&p->bone, study, model, ost_engine_own(), contrast};
    struct ost_study_result *result = NULL;
    struct ost_err err = {0};
    if (!ost_study_solve(&c, NULL, &result, &err))
        fail_msg("%s", err.msg);
    assert_int_equal(result->answer->reason, OST_FEM_CONVERGED);
    assert_true(result->answer->iterations <= 40);
    assert_true(result->answer->relative_residual <= 1e-8);
    return result;
}

static struct ost_study short_study(void)
{
    struct ost_study study = ost_study_axial();
    study.length_mm = 50.0;
    study.lattice_mm = 1.4;
    return study;
}

/* 1 above 20 mm from the joint, 0 below 30 mm, a slope between. */
static double ramp(const double p[3])
{
    return fmax(0.0, fmin(1.0, (p[2] + 30.0) / 10.0));
}

/*
 * What the section between 20 and 30 mm carries: the work of the stress on a lift, and on
 * a turn about y, of all that lies above (virtual work; needs nothing of the solver).
 */
static void section(const struct ost_study *study, const struct ost_bone_model *model,
                    const struct ost_study_result *r, double out[2])
{
    const struct ost_tet_mesh *mesh = model->mesh;
    const struct ost_fem_problem problem = {
        .mesh = mesh, .modulus = r->modulus, .poisson = study->poisson};
    double(*stress)[6] = malloc(mesh->tet_count * sizeof *stress);
    ost_fem_stress(&problem, (const double(*)[3])r->answer->displacement, stress);
    out[0] = out[1] = 0.0;
    for (uint32_t e = 0; e < mesh->tet_count; e++) {
        double g[4][3], volume = ost_tet4_gradients(mesh, e, g);
        const double *s = stress[e];
        for (int k = 0; k < 4; k++) {
            const double *p = mesh->node[mesh->tet[e][k]];
            double x = s[0] * g[k][0] + s[3] * g[k][1] + s[5] * g[k][2];
            double z = s[5] * g[k][0] + s[4] * g[k][1] + s[2] * g[k][2];
            out[0] += volume * ramp(p) * z;
            out[1] += volume * ramp(p) * (z * p[0] - x * p[2]);
        }
    }
    free(stress);
}

static void every_section_carries_the_load_and_its_moment(void **state)
{
    (void)state;
    struct paddle p = paddle_make(1.0, 1000.0, 150.0);
    struct ost_study study = short_study();
    OST_AUTO(ost_bone_model) model = model_of(&p, &study);
    OST_AUTO(ost_study_result) r = solve(&p, &study, model, NULL);
    assert_near(r->answer->reaction[2], 80.0, 1e-5);
    assert_near(r->answer->reaction_error, 0.0, 1e-7);
    double carried[2], lever = 0.0;
    section(&study, model, r, carried);
    assert_near(carried[0], -80.0, 1e-4);
    for (int f = 0; f < OST_FOSSAE; f++)
        lever += (f == OST_SCAPHOID_FOSSA ? 48.0 : 32.0) * r->disc[f].centre[0];
    assert_near(lever, 124.0, 1e-9);
    assert_near(carried[1], -lever, 5.0);
    paddle_free(&p);
}

static void discs_lie_on_their_fossae_and_take_their_shares(void **state)
{
    (void)state;
    struct paddle p = paddle_make(1.0, 1000.0, 150.0);
    struct ost_disc disc[OST_FOSSAE];
    assert_true(ost_fossa_discs(&p.bone.anatomy, disc, NULL));
    const struct ost_disc *lunate = &disc[OST_LUNATE_FOSSA], *scaphoid = &disc[OST_SCAPHOID_FOSSA];
    /* Ulnar border -11, lips' middle -5.5: the ridge at 0, the styloid at 12.5. */
    assert_near(lunate->centre[0], -5.5, 1e-9);
    assert_near(scaphoid->centre[0], 6.25, 1e-9);
    assert_near(lunate->radius, 0.45 * 11.0, 1e-9);
    assert_near(scaphoid->radius, 0.45 * 12.5, 1e-9);
    struct ost_study study = short_study();
    OST_AUTO(ost_bone_model) model = model_of(&p, &study);
    OST_AUTO(ost_study_result) r = solve(&p, &study, model, NULL);
    /* Pressure 2 F / (pi R^2) in the middle of a disc, flat joint. */
    double area = OST_PI * lunate->radius * lunate->radius;
    assert_near(r->load[OST_LUNATE_FOSSA].peak / (2.0 * 32.0 / area), 1.0, 0.03);
    assert_near(r->load[OST_LUNATE_FOSSA].area / area, 1.0, 0.1);
    paddle_free(&p);
}

static void stress_is_linear_in_the_load(void **state)
{
    (void)state;
    struct paddle p = paddle_make(1.0, 1000.0, 150.0);
    struct ost_study study = short_study(), twice = short_study();
    twice.load_n *= 2.0;
    OST_AUTO(ost_bone_model) model = model_of(&p, &study);
    OST_AUTO(ost_study_result) one = solve(&p, &study, model, NULL);
    OST_AUTO(ost_study_result) two = solve(&p, &twice, model, NULL);
    assert_near(two->peak_von_mises.value / one->peak_von_mises.value, 2.0, 1e-6);
    assert_near(two->max_displacement / one->max_displacement, 2.0, 1e-6);
    assert_near(two->answer->work / one->answer->work, 4.0, 1e-6);
    paddle_free(&p);
}

static void the_other_arm_gives_the_mirrored_answer(void **state)
{
    (void)state;
    struct paddle right = paddle_make(1.0, 1000.0, 150.0), left = paddle_make(-1.0, 1000.0, 150.0);
    struct ost_study study = short_study();
    OST_AUTO(ost_bone_model) mr = model_of(&right, &study);
    OST_AUTO(ost_bone_model) ml = model_of(&left, &study);
    OST_AUTO(ost_study_result) r = solve(&right, &study, mr, NULL);
    OST_AUTO(ost_study_result) l = solve(&left, &study, ml, NULL);
    assert_near((double)ml->mesh->tet_count / mr->mesh->tet_count, 1.0, 0.002);
    assert_near(l->answer->work / r->answer->work, 1.0, 2e-3);
    assert_near(l->max_displacement / r->max_displacement, 1.0, 2e-3);
    assert_near(l->p99_von_mises / r->p99_von_mises, 1.0, 0.01);
    paddle_free(&right);
    paddle_free(&left);
}

static void an_unsure_density_gives_a_span_of_stress(void **state)
{
    (void)state;
    struct paddle p = paddle_make(1.0, 1000.0, 150.0);
    struct ost_study study = short_study();
    OST_AUTO(ost_bone_model) model = model_of(&p, &study);
    const struct ost_density_shift contrast[2] = {{1000.0, 150.0, 1.2, 0.7},
                                                  {1000.0, 150.0, 0.8, 1.3}};
    OST_AUTO(ost_study_result) r = solve(&p, &study, model, contrast);
    assert_true(r->peak_von_mises.low < 0.97 * r->peak_von_mises.value ||
                r->peak_von_mises.high > 1.03 * r->peak_von_mises.value);
    assert_true(r->peak_von_mises.low <= r->peak_von_mises.value);
    assert_true(r->peak_von_mises.high >= r->peak_von_mises.value);
    paddle_free(&p);
}

static void regions_are_those_of_the_shape(void **state)
{
    (void)state;
    struct paddle p = paddle_make(1.0, 800.0, 800.0);
    struct ost_study study = short_study();
    OST_AUTO(ost_bone_model) model = model_of(&p, &study);
    struct ost_region region;
    assert_true(ost_bone_model_region(model, &p.bone, OST_BMD_DISTAL_30, NULL, &region, NULL));
    assert_near(region.mean, 800.0, 0.01);
    assert_near(region.volume / (OST_PI * 13.0 * 9.0 * 30.0), 1.0, 0.01);
    assert_true(ost_bone_model_region(model, &p.bone, OST_BMD_ULTRADISTAL, NULL, &region, NULL));
    assert_near(region.shadow / (26.0 * 15.0), 1.0, 0.01);
    const struct ost_density_shift less = {800.0, 100.0, 0.9, 0.9};
    assert_true(ost_bone_model_region(model, &p.bone, OST_BMD_DISTAL_30, &less, &region, NULL));
    assert_near(region.mean, 720.0, 0.01);
    paddle_free(&p);
}

static void what_cannot_be_studied_is_refused(void **state)
{
    (void)state;
    struct paddle p = paddle_make(1.0, 800.0, 800.0);
    struct ost_study study = short_study();
    OST_AUTO(ost_bone_model) none = NULL;
    struct ost_err err = {0};
    /* Too short, a volume elsewhere, a study that is none. */
    struct ost_study_bone turned = p.bone;
    paddle_place(turned.anatomy.axis, 1, 0, 0);
    assert_false(ost_bone_model_create(&turned, &study, NULL, &none, &err));
    assert_int_equal(err.code, OST_INVALID);
    p.density->origin[0] += 200.0;
    assert_false(ost_bone_model_create(&p.bone, &study, NULL, &none, &err));
    assert_int_equal(err.code, OST_INVALID);
    p.density->origin[0] -= 200.0;
    study.poisson = 0.5;
    assert_false(ost_bone_model_create(&p.bone, &study, NULL, &none, &err));
    assert_int_equal(err.code, OST_INVALID);
    /* Landmarks that are no wrist's. */
    study = short_study();
    OST_AUTO(ost_bone_model) model = model_of(&p, &study);
    memcpy(p.bone.anatomy.styloid, p.bone.anatomy.corner_volar, sizeof(double[3]));
    const struct ost_study_case c = {&p.bone, &study, model, ost_engine_own(), NULL};
    OST_AUTO(ost_study_result) result = NULL;
    assert_false(ost_study_solve(&c, NULL, &result, &err));
    assert_int_equal(err.code, OST_INVALID);
    paddle_free(&p);
}

static void expect_refused(const struct paddle *p, const char *words)
{
    const struct ost_study study = short_study();
    OST_AUTO(ost_bone_model) none = NULL;
    struct ost_err err = {0};
    assert_false(ost_bone_model_create(&p->bone, &study, NULL, &none, &err));
    assert_int_equal(err.code, OST_INVALID);
    if (strstr(err.msg, words) == NULL)
        fail_msg("%s", err.msg);
}

/* Ten nodes with a modulus at each of four points: much the same work as with the element's mean,
 * and the cortex within an element told from what it holds. */
static void a_modulus_may_vary_inside_ten_nodes(void **state)
{
    (void)state;
    struct paddle p = paddle_make(1.0, 1000.0, 150.0);
    struct ost_study study = short_study();
    study.nodes = 10;
    study.lattice_mm = 2.4;
    OST_AUTO(ost_bone_model) mean_model = model_of(&p, &study);
    OST_AUTO(ost_study_result) mean = solve(&p, &study, mean_model, NULL);
    assert_null(mean->share);
    study.mapping = OST_MAPPING_GAUSS;
    OST_AUTO(ost_study_result) points = solve(&p, &study, mean_model, NULL);
    assert_non_null(points->share);
    double widest = 0.0;
    for (uint32_t e = 0; e < mean_model->mesh->tet_count; e++) {
        double sum = 0.0;
        for (int q = 0; q < 4; q++) {
            sum += 0.25 * points->share[e][q];
            widest = fmax(widest, points->share[e][q]);
        }
        assert_near(sum, 1.0, 1e-12);
    }
    assert_true(widest > 1.5);
    assert_int_equal(points->answer->reason, OST_FEM_CONVERGED);
    assert_near(points->answer->reaction_error, 0.0, 1e-7);
    double change = points->answer->work / mean->answer->work;
    assert_true(change > 0.9 && change < 1.1 && fabs(change - 1.0) > 1e-4);
    paddle_free(&p);
}

/* Keeps the triangles that `keep` says; what they leave open is the mesher's to close. */
static void leave_triangles(struct ost_mesh *mesh, bool (*keep)(const float *corner))
{
    uint32_t kept = 0;
    for (uint32_t t = 0; t < mesh->triangle_count; t++) {
        bool all = true;
        for (int k = 0; k < 3; k++)
            all = all && keep(mesh->vertex[mesh->triangle[t][k]]);
        if (all)
            memcpy(mesh->triangle[kept++], mesh->triangle[t], sizeof *mesh->triangle);
    }
    mesh->triangle_count = kept;
}

static bool off_the_middle(const float *corner)
{
    return fabs((double)corner[2] + 20.0) > 4.0;
}

/* A bone in two pieces, one in metres, one of no triangle's corner: before a solve, each by name.
 */
static void a_surface_that_no_bone_has_is_told(void **state)
{
    (void)state;
    struct paddle p = paddle_make(1.0, 1000.0, 150.0);
    leave_triangles(p.surface, off_the_middle);
    expect_refused(&p, "is in pieces: the largest");
    paddle_free(&p);
    p = paddle_make(1.0, 1000.0, 150.0);
    for (uint32_t v = 0; v < p.surface->vertex_count; v++)
        for (int k = 0; k < 3; k++)
            p.surface->vertex[v][k] *= 1e3F;
    expect_refused(&p, "in millimetres?");
    for (uint32_t v = 0; v < p.surface->vertex_count; v++)
        for (int k = 0; k < 3; k++)
            p.surface->vertex[v][k] *= 1e-6F;
    expect_refused(&p, "in millimetres?");
    p.surface->vertex_count = 0;
    expect_refused(&p, "holds nothing");
    paddle_free(&p);
    p = paddle_make(1.0, 1000.0, 150.0);
    struct ost_study study = short_study();
    study.length_mm = 22.0;
    OST_AUTO(ost_bone_model) none = NULL;
    struct ost_err err = {0};
    assert_false(ost_bone_model_create(&p.bone, &study, NULL, &none, &err));
    assert_non_null(strstr(err.msg, "length_mm is 22; at least 30"));
    paddle_free(&p);
}

/* Dust that a mask has left beyond the joint, or beyond the other end, changes nothing. */
static void specks_about_a_bone_are_none_of_it(void **state)
{
    (void)state;
    static const float at[2] = {24.0F, -95.0F}; /* mm along the bone, which is 60 long */
    const struct ost_study study = short_study();
    struct paddle p = paddle_make(1.0, 1000.0, 150.0);
    OST_AUTO(ost_bone_model) bare = model_of(&p, &study);
    for (int i = 0; i < 2; i++) {
        OST_AUTO(ost_mesh) dusty = NULL;
        const struct ost_mesh *bone = p.surface;
        uint32_t v = bone->vertex_count, t = bone->triangle_count;
        static const uint32_t face[4][3] = {{0, 2, 1}, {0, 1, 3}, {1, 2, 3}, {2, 0, 3}};
        assert_true(ost_mesh_create(&dusty, v + 4, t + 4, NULL));
        memcpy(dusty->vertex, bone->vertex, v * sizeof *bone->vertex);
        memcpy(dusty->triangle, bone->triangle, t * sizeof *bone->triangle);
        for (uint32_t k = 0; k < 4; k++) {
            dusty->vertex[v + k][0] = k == 1 ? 3.0F : 0.0F;
            dusty->vertex[v + k][1] = k == 2 ? 3.0F : 0.0F;
            dusty->vertex[v + k][2] = at[i] + (k == 3 ? 3.0F : 0.0F);
            for (int c = 0; c < 3; c++)
                dusty->triangle[t + k][c] = v + face[k][c];
        }
        struct paddle q = p;
        q.bone.surface = dusty;
        OST_AUTO(ost_bone_model) model = model_of(&q, &study);
        assert_near(model->tip, bare->tip, 1e-9);
        assert_near(model->cut, bare->cut, 1e-9);
        assert_int_equal(model->mesh->tet_count, bare->mesh->tet_count);
    }
    paddle_free(&p);
}

/* Slices left out, a screw in the bone, bright turned dark: each by its name, before a solve. */
static void a_density_that_no_bone_has_is_told(void **state)
{
    (void)state;
    const size_t layer = (size_t)61 * 45;
    struct paddle p = paddle_make(1.0, 1000.0, 150.0);
    memset(p.density->value + 90 * layer, 0, 30 * layer * sizeof *p.density->value);
    expect_refused(&p, "are slices missing");
    paddle_free(&p);
    p = paddle_make(1.0, 1000.0, 150.0);
    for (size_t at = 0; at < 141 * layer; at++) {
        double x = -15.0 + 0.5 * (double)(at % 61), z = -65.0 + 0.5 * (double)(at / layer);
        if (hypot(x, z + 12.0) < 1.5 && p.density->value[at] > 0.0F)
            p.density->value[at] = 4500.0F;
    }
    expect_refused(&p, "metal or cement");
    paddle_free(&p);
    p = paddle_make(1.0, 150.0, 1000.0);
    expect_refused(&p, "is the CT inverted");
    paddle_free(&p);
    p = paddle_make(1.0, 0.0, 0.0);
    expect_refused(&p, "does not cover the bone");
    paddle_free(&p);
}

/* A rod of one stuff: a skin of half a millimetre shares what it is pressed by. */
static void a_membrane_takes_its_part_of_a_press(void **state)
{
    (void)state;
    struct paddle p = paddle_make(1.0, 600.0, 600.0);
    struct ost_study study = ost_study_compression();
    study.length_mm = 50.0;
    study.lattice_mm = 1.4;
    OST_AUTO(ost_bone_model) model = model_of(&p, &study);
    OST_AUTO(ost_study_result) bare = solve(&p, &study, model, NULL);
    study.membrane_mm = 0.5;
    OST_AUTO(ost_study_result) skin = solve(&p, &study, model, NULL);
    const double a = paddle_half[0], b = paddle_half[1];
    /* Ramanujan's round of an ellipse. */
    double round = OST_PI * (3.0 * (a + b) - sqrt((3.0 * a + b) * (a + 3.0 * b)));
    double stiffer = 1.0 + study.membrane_mm * round / (OST_PI * a * b);
    assert_near(bare->answer->work / skin->answer->work, stiffer, 0.02);
    assert_near(skin->answer->reaction_error, 0.0, 1e-7);
    paddle_free(&p);
}

RUN(T(every_section_carries_the_load_and_its_moment),
    T(discs_lie_on_their_fossae_and_take_their_shares), T(stress_is_linear_in_the_load),
    T(the_other_arm_gives_the_mirrored_answer), T(an_unsure_density_gives_a_span_of_stress),
    T(regions_are_those_of_the_shape), T(what_cannot_be_studied_is_refused),
    T(a_density_that_no_bone_has_is_told), T(a_surface_that_no_bone_has_is_told),
    T(specks_about_a_bone_are_none_of_it), T(a_modulus_may_vary_inside_ten_nodes),
    T(a_membrane_takes_its_part_of_a_press))
