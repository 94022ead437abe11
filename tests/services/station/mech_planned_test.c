/* The bone as a plan leaves it: what is moved, what stays, and what fills the gap. */
#include "recon/math/rigid.h"
#include "services/casefile/disk.h"
#include "services/station/mech_impl.h"
#include "tests/fem/study/paddle.h"
#include "tests/recon/plan/forearm.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

static char folder[] = "/tmp/osteon-planned-XXXXXX";
static const double cut = -25.0; /* mm along the axis */

/* A density one can compute anywhere. */
static double field(const double x[3])
{
    return 600.0 + 5.0 * x[2] + 7.0 * x[0] - 3.0 * x[1];
}

static void fill(struct ost_grid *grid)
{
    float *value = grid->value;
    for (uint32_t k = 0; k < grid->size[2]; k++) {
        for (uint32_t j = 0; j < grid->size[1]; j++) {
            for (uint32_t i = 0; i < grid->size[0]; i++) {
                const double x[3] = {grid->origin[0] + i * grid->spacing[0],
                                     grid->origin[1] + j * grid->spacing[1],
                                     grid->origin[2] + k * grid->spacing[2]};
                *value++ = (float)field(x);
            }
        }
    }
}

static void set(struct drive *d, const char *object, const char *property, const char *value)
{
    char op[512];
    (void)snprintf(op, sizeof op,
                   "{\"op\":\"set\",\"object\":\"%s\",\"property\":\"%s\",\"base\":1,\"value\":%s}",
                   object, property, value);
    assert_int_equal(drive(d, SURGEON, 1, op), OST_OK);
}

static void rigid_text(const struct ost_rigid *m, char out[400])
{
    (void)snprintf(out, 400,
                   "{\"r\":[%.17g,%.17g,%.17g,%.17g,%.17g,%.17g,%.17g,%.17g,%.17g],"
                   "\"t\":[%.17g,%.17g,%.17g]}",
                   m->r[0], m->r[1], m->r[2], m->r[3], m->r[4], m->r[5], m->r[6], m->r[7], m->r[8],
                   m->t[0], m->t[1], m->t[2]);
}

/* Where the plate and its screws lie on the bone as it was fitted. */
static const double plate_at[3] = {0.0, -10.5, -30.0}, screw_length = 17.0;
static const double screw_x[4] = {0.0, 0.0, -7.5, 7.5};
static const double screw_z[4] = {-48.0, -40.0, -16.0, -10.0};
static int screws = 4;

static void create(struct drive *d, const char *id, const char *type, const char *parent,
                   const char *props)
{
    char op[1024];
    (void)snprintf(op, sizeof op,
                   "{\"op\":\"create\",\"id\":\"%s\",\"type\":\"%s\",\"parent\":\"%s\","
                   "\"props\":{%s}}",
                   id, type, parent, props);
    assert_int_equal(drive(d, SURGEON, 1, op), OST_OK);
}

/* A volar plate, told where people have put the bone. */
static void put_plate(struct drive *d, const struct ost_rigid *correction)
{
    struct ost_rigid pose = {{-1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0}, {0.0}};
    char text[400], props[640], id[8];
    double p[3], n[3];
    /* x across, y to distal, z to volar, which is -y here. */
    pose.r[0] = 1.0;
    pose.r[7] = -1.0;
    memcpy(pose.t, plate_at, sizeof pose.t);
    pose = ost_rigid_then(&pose, correction);
    rigid_text(&pose, text);
    (void)snprintf(props, sizeof props, "\"pose\":%s,\"model\":\"volar\"", text);
    create(d, "plate", "plate", "radius", props);
    for (int i = 0; i < screws; i++) {
        ost_rigid_point(correction, (double[3]){screw_x[i], -12.0, screw_z[i]}, p);
        ost_rigid_direction(correction, (double[3]){0.0, 1.0, 0.0}, n);
        (void)snprintf(props, sizeof props,
                       "\"position\":[%.17g,%.17g,%.17g],\"direction\":[%.17g,%.17g,%.17g],"
                       "\"length_mm\":%g,\"diameter_mm\":2.4",
                       p[0], p[1], p[2], n[0], n[1], n[2], screw_length);
        (void)snprintf(id, sizeof id, "s%d", i);
        create(d, id, "screw", "plate", props);
    }
}

static bool plated; /* the plan has a plate */

/* plan.json: the cut's normal points away from the joint, which must not matter. */
static void put_plan(const struct ost_rigid *motion, const struct ost_rigid *correction)
{
    struct drive d;
    struct forearm f;
    struct ost_rigid still = ost_rigid_identity();
    struct ost_buf json;
    char text[400];
    double point[3], normal[3];
    forearm_make(&f, &still);
    forearm_plan(&d, &f);
    ost_rigid_point(correction, (double[3]){0.0, 0.0, cut}, point);
    ost_rigid_direction(correction, (double[3]){0.0, 0.0, -1.0}, normal);
    (void)snprintf(text, sizeof text, "[%.17g,%.17g,%.17g]", point[0], point[1], point[2]);
    set(&d, "osteotomy", "point", text);
    (void)snprintf(text, sizeof text, "[%.17g,%.17g,%.17g]", normal[0], normal[1], normal[2]);
    set(&d, "osteotomy", "normal", text);
    rigid_text(motion, text);
    set(&d, "fragment", "motion", text);
    rigid_text(correction, text);
    set(&d, "radius", "correction", text);
    if (plated)
        put_plate(&d, correction);
    ost_buf_init(&json, OST_PLAN_BYTES);
    assert_true(ost_plan_write(d.plan, OST_FORM_JSON, &json, NULL));
    assert_true(ost_disk_write(folder, "plan.json", &json, NULL));
    ost_buf_fini(&json);
    ost_plan_destroy(d.plan);
}

static struct ost_study asked; /* of which only what stands beside the bone is read */

static struct ost_result found; /* the reconstruction, of which only the volar tilt is told */

static bool plan_bone(struct mech *m, struct paddle *p, struct ost_err *err)
{
    *p = paddle_make(1.0, 1000.0, 150.0);
    fill(p->density);
    const struct ost_study_anatomy *a = &p->bone.anatomy;
    memcpy(found.landmark[OST_STYLOID].position, a->styloid, sizeof a->styloid);
    memcpy(found.landmark[OST_LIP_VOLAR].position, a->lip_volar, sizeof a->lip_volar);
    memcpy(found.landmark[OST_LIP_DORSAL].position, a->lip_dorsal, sizeof a->lip_dorsal);
    *m = (struct mech){.case_dir = folder,
                       .surface = p->surface,
                       .density = p->density,
                       .bone = p->bone,
                       .study = asked,
                       .result = &found};
    bool ok = mech_plan_bone(m, err);
    p->surface = m->surface; /* others now */
    p->density = m->density;
    return ok;
}

static double away(const double a[3], const double b[3])
{
    return sqrt((a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]) +
                (a[2] - b[2]) * (a[2] - b[2]));
}

/* Where both parts lie the denser counts; a voxel beside a seam is mixed of both sides. */
static bool is_of_one_part(const double x[3], const double y[3], const struct ost_rigid *motion)
{
    const struct ost_rigid back = ost_rigid_inverse(motion);
    double from[3];
    ost_rigid_point(&back, y, from);
    return x[2] > cut ? y[2] > cut + 1.0 && x[2] > cut + 1.0
                      : y[2] < cut - 1.0 && from[2] < cut - 1.0;
}

/* Every vertex, and the density where it now lies, against what the plan says of it. */
static void check_parts(const struct mech *m, const struct paddle *was,
                        const struct ost_rigid *motion)
{
    uint32_t moved = 0, stayed = 0, read = 0;
    for (uint32_t i = 0; i < was->surface->vertex_count; i++) {
        double x[3], y[3], to[3];
        for (int k = 0; k < 3; k++) {
            x[k] = (double)was->surface->vertex[i][k];
            y[k] = (double)m->surface->vertex[i][k];
        }
        ost_rigid_point(motion, x, to);
        assert_near(away(y, x[2] > cut ? to : x), 0.0, 1e-4);
        if (x[2] > cut) {
            moved++;
        } else {
            stayed++;
        }
        if (is_of_one_part(x, y, motion)) {
            assert_near(ost_grid_at(m->density, y, 0.0), field(x), 1.0);
            read++;
        }
    }
    assert_true(moved > 200 && stayed > 200 && read > 9 * (moved + stayed) / 10);
}

/* Half way from a point of the cut to where it has gone: as dense as there, within a voxel. */
static uint32_t check_gap(const struct mech *m, const struct ost_rigid *motion)
{
    uint32_t in_gap = 0;
    for (int i = 0; i < 15 * 13; i++) {
        const double p[3] = {-10.0 + 20.0 * (i % 15) / 14.0, -7.0 + 14.0 * (i / 15) / 12.0, cut};
        double to[3], half[3];
        ost_rigid_point(motion, p, to);
        if (to[2] - p[2] < 1.0)
            continue;
        for (int k = 0; k < 3; k++)
            half[k] = 0.5 * (p[k] + to[k]);
        assert_near(ost_grid_at(m->density, half, 0.0), field(p), 6.0);
        in_gap++;
    }
    return in_gap;
}

static void check(const struct mech *m, const struct ost_rigid *motion)
{
    struct paddle was = paddle_make(1.0, 1000.0, 150.0);
    const double middle[3] = {0.0, 0.0, cut};
    double wanted[3];
    check_parts(m, &was, motion);
    assert_true(check_gap(m, motion) > 30);
    /* The section times how far its middle has gone along the axis. */
    double gained = ost_mesh_volume(m->surface) - ost_mesh_volume(was.surface);
    ost_rigid_point(motion, middle, wanted);
    assert_near(gained / (OST_PI * 13.0 * 9.0 * (wanted[2] - cut)), 1.0, 0.1);
    ost_rigid_point(motion, was.bone.anatomy.styloid, wanted);
    assert_near(away(wanted, m->bone.anatomy.styloid), 0.0, 1e-9);
    ost_rigid_point(motion, was.bone.anatomy.lip_dorsal, wanted);
    assert_near(away(wanted, m->bone.anatomy.lip_dorsal), 0.0, 1e-9);
    assert_memory_equal(was.bone.anatomy.axis, m->bone.anatomy.axis, sizeof(double[3]));
    paddle_free(&was);
}

static const double at_cut[3] = {0.0, 0.0, -25.0};

static void the_fragment_moves_the_shaft_stays_and_bone_fills_the_gap(void **state)
{
    (void)state;
    struct ost_rigid still = ost_rigid_identity();
    struct ost_rigid motion =
        ost_rigid_about(at_cut, (double[3]){0.17, -0.06, 0.05}, (double[3]){0.8, -0.5, 1.5});
    struct mech m;
    struct paddle p;
    struct ost_err err = {0};
    put_plan(&motion, &still);
    if (!plan_bone(&m, &p, &err))
        fail_msg("%s", err.msg);
    check(&m, &motion);
    paddle_free(&p);
}

/* Somebody has put the whole bone elsewhere: the plan is told there, the fit lies here. */
static void a_corrected_bone_is_planned_where_it_was_corrected_to(void **state)
{
    (void)state;
    struct ost_rigid put = ost_rigid_about(
        (double[3]){5.0, 3.0, -40.0}, (double[3]){0.1, 0.2, -0.3}, (double[3]){4.0, -2.0, 6.0});
    struct ost_rigid own =
        ost_rigid_about(at_cut, (double[3]){0.12, 0.03, 0.0}, (double[3]){0.0, 1.0, 1.0});
    /* C M C^-1 of the corrected bone is M of the bone as it was fitted. */
    struct ost_rigid back = ost_rigid_inverse(&put), first = ost_rigid_then(&back, &own);
    struct ost_rigid motion = ost_rigid_then(&first, &put);
    struct mech m;
    struct paddle p;
    struct ost_err err = {0};
    put_plan(&motion, &put);
    if (!plan_bone(&m, &p, &err))
        fail_msg("%s", err.msg);
    check(&m, &own);
    paddle_free(&p);
}

/* Where a part is: how far a point lies from it. */
static double from_part(const struct mech *m, size_t part, const double p[3])
{
    return m->bone.part[part].field.at(m->bone.part[part].field.user, p);
}

static void the_plan_s_plate_and_screws_stand_on_its_bone(void **state)
{
    (void)state;
    struct ost_rigid put = ost_rigid_about(
        (double[3]){5.0, 3.0, -40.0}, (double[3]){0.1, 0.2, -0.3}, (double[3]){4.0, -2.0, 6.0});
    struct ost_rigid own =
        ost_rigid_about(at_cut, (double[3]){0.0, 0.0, 0.0}, (double[3]){0.0, 0.0, 3.0});
    struct ost_rigid back = ost_rigid_inverse(&put), first = ost_rigid_then(&back, &own);
    struct ost_rigid motion = ost_rigid_then(&first, &put);
    struct mech m;
    struct paddle p;
    struct ost_err err = {0};
    asked = ost_study_axial();
    asked.gap_mpa = 2.0;
    asked.fixation = OST_FIXATION_PLATE;
    plated = true;
    put_plan(&motion, &put);
    if (!plan_bone(&m, &p, &err))
        fail_msg("%s", err.msg);
    assert_true(m.plan_plates);
    assert_int_equal(m.bone.part_count, 6);
    /* 2 mm of metal from 1.5 mm off the bone's volar side on, as far as the screws reach. */
    assert_true(from_part(&m, 0, (double[3]){0.0, -11.5, -30.0}) < 0.0);
    assert_true(from_part(&m, 0, (double[3]){0.0, -9.7, -30.0}) > 0.0);
    assert_true(from_part(&m, 0, (double[3]){0.0, -13.5, -30.0}) > 0.0);
    assert_true(from_part(&m, 0, (double[3]){0.0, -11.5, -60.0}) > 0.0);
    assert_true(from_part(&m, 0, (double[3]){0.0, 11.5, -30.0}) > 0.0);
    /* As broad as its distal screws ask, and no broader at the shaft. */
    assert_true(from_part(&m, 0, (double[3]){8.6, -9.6, -13.0}) < 0.0);
    assert_true(from_part(&m, 0, (double[3]){8.6, -9.6, -40.0}) > 0.0);
    for (size_t i = 0; i < 4; i++) {
        assert_near(from_part(&m, 1 + i, (double[3]){screw_x[i], 0.0, screw_z[i]}), -1.2, 1e-6);
        assert_near(from_part(&m, 1 + i, (double[3]){screw_x[i], 7.0, screw_z[i]}), 2.0, 1e-6);
    }
    assert_int_equal(m.bone.part[5].material, OST_MATERIAL_GAP);
    assert_true(from_part(&m, 5, (double[3]){0.0, 0.0, cut + 1.5}) < 0.0);
    assert_true(from_part(&m, 5, (double[3]){0.0, 0.0, cut + 3.5}) > 0.0);
    ost_fixed_destroy(m.fixed);
    paddle_free(&p);
    plated = false;
    asked.gap_mpa = 0.0;
    asked.fixation = OST_FIXATION_NONE;
}

static void a_plate_without_screws_is_refused(void **state)
{
    (void)state;
    struct ost_rigid still = ost_rigid_identity();
    struct ost_rigid motion =
        ost_rigid_about(at_cut, (double[3]){0.0, 0.0, 0.0}, (double[3]){0.0, 0.0, 3.0});
    const char *const words[] = {"plate has no screws", "plate 1 is held by fewer than two"};
    asked = ost_study_axial();
    asked.fixation = OST_FIXATION_PLATE;
    plated = true;
    for (screws = 0; screws < 2; screws++) {
        struct mech m;
        struct paddle p;
        struct ost_err err = {0};
        put_plan(&motion, &still);
        assert_false(plan_bone(&m, &p, &err));
        assert_int_equal(err.code, OST_INVALID);
        assert_non_null(strstr(err.msg, words[screws]));
        paddle_free(&p);
    }
    screws = 4;
    plated = false;
    asked.fixation = OST_FIXATION_NONE;
}

static void a_plan_that_goes_too_far_is_refused(void **state)
{
    (void)state;
    struct ost_rigid still = ost_rigid_identity();
    struct ost_rigid far =
        ost_rigid_about(at_cut, (double[3]){1.7, 0.0, 0.0}, (double[3]){0.0, 0.0, 2.0});
    struct mech m;
    struct paddle p;
    struct ost_err err = {0};
    put_plan(&far, &still);
    assert_false(plan_bone(&m, &p, &err));
    assert_int_equal(err.code, OST_INVALID);
    assert_non_null(strstr(err.msg, "turns the fragment by 97 degrees"));
    paddle_free(&p);
    assert_true(ost_disk_remove(folder, "plan.json", NULL));
    assert_false(plan_bone(&m, &p, &err));
    assert_int_equal(err.code, OST_NOT_FOUND);
    paddle_free(&p);
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL;
}

static int drop_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest all[] = {
        T(the_fragment_moves_the_shaft_stays_and_bone_fills_the_gap),
        T(a_corrected_bone_is_planned_where_it_was_corrected_to),
        T(the_plan_s_plate_and_screws_stand_on_its_bone),
        T(a_plate_without_screws_is_refused),
        T(a_plan_that_goes_too_far_is_refused),
    };
    return cmocka_run_group_tests(all, make_folder, drop_folder);
}
