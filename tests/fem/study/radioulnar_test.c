/*
 * The distal radioulnar joint: a round ulna beside the paddle's ulnar border. Two parallel
 * cylinders on an elastic foundation (Johnson KL, Contact Mechanics, 1985, section 4.3, in two
 * dimensions): F / L = 4/3 K sqrt(2 R) d^1.5, p0 = K d, 1 / R the sum of both curvatures.
 */
#include "fem/study/radioulnar.h"
#include "tests/fem/study/paddle.h"

static const double head_radius = 8.0;

/* A rod along z, `off` beside the paddle's border at x = -13. */
static struct ost_mesh *ulna(double off)
{
    struct ost_mesh *mesh = paddle_surface(1.0);
    for (uint32_t v = 0; v < mesh->vertex_count; v++) {
        double x = (double)mesh->vertex[v][0] / paddle_half[0] * head_radius;
        double y = (double)mesh->vertex[v][1] / paddle_half[1] * head_radius;
        mesh->vertex[v][0] = (float)(x - paddle_half[0] - head_radius - off);
        mesh->vertex[v][1] = (float)y;
        mesh->vertex[v][2] += 5.0F;
    }
    return mesh;
}

static struct ost_bone_model *model_of(const struct paddle *p)
{
    struct ost_study study = ost_study_axial();
    struct ost_bone_model *model = NULL;
    study.length_mm = 40.0;
    study.lattice_mm = 0.8;
    assert_true(ost_bone_model_create(&p->bone, &study, NULL, &model, NULL));
    return model;
}

static void two_cylinders_on_springs(void **state)
{
    (void)state;
    const double force = 20.0, h = ost_radioulnar_cartilage().thickness, length = 10.0;
    const struct ost_cartilage cartilage = ost_radioulnar_cartilage();
    const double k = ost_cartilage_confined(&cartilage) / h;
    const double border = paddle_half[1] * paddle_half[1] / paddle_half[0];
    const double round = 1.0 / (1.0 / border + 1.0 / (head_radius + h));
    const double depth = pow(0.75 * force / length / k / sqrt(2.0 * round), 2.0 / 3.0);
    struct paddle p = paddle_make(1.0, 1000.0, 150.0);
    OST_AUTO(ost_bone_model) model = model_of(&p);
    OST_AUTO(ost_mesh) head = ulna(1.0);
    struct ost_radioulnar got;
    struct ost_err err = {0};
    if (!ost_radioulnar_press(model, &p.bone.anatomy, head, force, &got, &err))
        fail_msg("%s", err.msg);
    assert_near(got.gap, 1.0, 0.06);
    assert_near(got.contact.carpal[0].peak / (k * depth), 1.0, 0.1);
    assert_near(got.contact.carpal[0].force[0], force, 0.05 * force);
    assert_near(got.dorsal, 0.0, 0.2);
    assert_near(got.proximal, 5.0, 0.5);
    paddle_free(&p);
}

static void bones_far_apart_and_no_notch_are_told(void **state)
{
    (void)state;
    struct paddle p = paddle_make(1.0, 1000.0, 150.0);
    OST_AUTO(ost_bone_model) model = model_of(&p);
    OST_AUTO(ost_mesh) far = ulna(14.0);
    OST_AUTO(ost_mesh) near = ulna(1.0);
    struct ost_radioulnar got;
    struct ost_err err = {0};
    assert_false(ost_radioulnar_press(model, &p.bone.anatomy, far, 20.0, &got, &err));
    assert_int_equal(err.code, OST_INVALID);
    paddle_place(p.bone.anatomy.corner_volar, -11, -4, 40);
    paddle_place(p.bone.anatomy.corner_dorsal, -11, 4, 40);
    err = (struct ost_err){0};
    assert_false(ost_radioulnar_press(model, &p.bone.anatomy, near, 20.0, &got, &err));
    assert_non_null(strstr(err.msg, "notch"));
    paddle_free(&p);
}

RUN(T(two_cylinders_on_springs), T(bones_far_apart_and_no_notch_are_told))
