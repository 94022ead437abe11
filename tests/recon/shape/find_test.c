#include "recon/cohort/patient.h"
#include "recon/shape/find.h"
#include "tests/recon/shape/data.h"

/* One arm as it was found: its bones and what is read on them. */
struct seen {
    struct ost_find *find;
    struct ost_arm_table *bone[OST_BONES];
    struct ost_anatomy_numbers numbers;
};

static struct seen look(const struct ost_prior *prior, const struct ost_patient_film *film,
                        enum ost_side side)
{
    struct seen seen = {.find = NULL};
    const struct ost_fit_film input = {.image = film->image,
                                       .projection = film->projection,
                                       .bone = OST_BONE_BRIGHT,
                                       .spacing = film->spacing};
    struct ost_err err = {0};
    if (!ost_find_create(prior, NULL, &input, 1, side, false, NULL, &seen.find, &err))
        fail_msg("%s", err.msg);
    for (int b = 0; b < OST_BONES; b++) {
        assert_true(
            ost_arm_table_create(prior, (enum ost_bone)b, OST_ARM_MODES, &seen.bone[b], NULL));
        ost_arm_table_set(seen.bone[b], prior, (enum ost_bone)b, &seen.find->arm, false);
    }
    double p[OST_LANDMARKS][3];
    ost_anatomy_landmarks(prior, (const float(*)[3])seen.bone[OST_RADIUS]->mesh->vertex,
                          (const float(*)[3])seen.bone[OST_ULNA]->mesh->vertex, p);
    ost_anatomy_measure(&seen.find->anatomy, (const double(*)[3])p, &seen.numbers);
    return seen;
}

static void fini(struct seen *seen)
{
    ost_find_destroy(seen->find);
    for (int b = 0; b < OST_BONES; b++)
        ost_arm_table_destroy(seen->bone[b]);
}

/* The frame that is told belongs to the bone that is told. */
static void assert_frame(const struct ost_prior *prior, const struct seen *seen)
{
    struct ost_anatomy own;
    ost_anatomy_of_arm(prior, (const float(*)[3])seen->bone[OST_RADIUS]->mesh->vertex,
                       seen->find->arm.mirrored, &own);
    for (int k = 0; k < 3; k++) {
        assert_near(seen->find->anatomy.origin[k], own.origin[k], 1e-3);
        assert_near(seen->find->anatomy.axis[k], own.axis[k], 1e-5);
        assert_near(seen->find->anatomy.radial[k], own.radial[k], 1e-5);
        assert_near(seen->find->anatomy.volar[k], own.volar[k], 1e-5);
    }
}

static void turn_over(struct ost_image *image)
{
    for (size_t y = 0; y < image->height; y++)
        for (size_t x = 0; x < image->width / 2; x++) {
            float *row = image->pixel + y * image->width, left = row[x];
            row[x] = row[image->width - 1 - x];
            row[image->width - 1 - x] = left;
        }
}

static void assert_mirrored(const struct seen *right, const struct seen *left)
{
    for (int b = 0; b < OST_BONES; b++) {
        const struct ost_mesh *r = right->bone[b]->mesh, *l = left->bone[b]->mesh;
        for (uint32_t v = 0; v < r->vertex_count; v++)
            for (int k = 0; k < 3; k++)
                assert_near((double)l->vertex[v][k],
                            (k == 0 ? -1.0 : 1.0) * (double)r->vertex[v][k], 0.01);
    }
    assert_near(left->numbers.volar_tilt, right->numbers.volar_tilt, 1e-4);
    assert_near(left->numbers.radial_inclination, right->numbers.radial_inclination, 1e-4);
    assert_near(left->numbers.radial_height, right->numbers.radial_height, 0.01);
    assert_near(left->numbers.ulnar_variance, right->numbers.ulnar_variance, 0.01);
    assert_near(left->find->residual_mm, right->find->residual_mm, 1e-3);
    assert_near(left->find->side_cost[OST_SIDE_LEFT], right->find->side_cost[OST_SIDE_RIGHT], 1e-6);
    assert_near(left->find->side_cost[OST_SIDE_RIGHT], right->find->side_cost[OST_SIDE_LEFT], 1e-6);
}

/* A film of a left arm, and the same held up the other way as one of a right arm. */
static void a_left_arm_is_found_as_the_mirrored_right_one(void **state)
{
    (void)state;
    OST_AUTO(ost_prior) prior = open_model();
    OST_AUTO(ost_patient) patient = NULL;
    const struct ost_patient_request request = ost_patient_sample(20);
    assert_true(request.left);
    assert_true(ost_patient_create(prior, &request, NULL, &patient, NULL));
    const struct ost_patient_film *film = &patient->film[0];
    struct seen left = look(prior, film, OST_SIDE_LEFT);
    assert_true(left.find->arm.mirrored);
    assert_frame(prior, &left);
    turn_over(film->image);
    struct seen right = look(prior, film, OST_SIDE_RIGHT);
    assert_false(right.find->arm.mirrored);
    assert_frame(prior, &right);
    assert_mirrored(&right, &left);
    fini(&left);
    fini(&right);
}

/* What is said of the two films of one arm, and what the search says of that. */
static struct ost_find *find_pair(const struct ost_prior *prior, const struct ost_patient *patient,
                                  bool exchanged, enum ost_side side)
{
    struct ost_fit_film input[2];
    struct ost_find *find = NULL;
    struct ost_err err = {0};
    for (int i = 0; i < 2; i++) {
        const struct ost_patient_film *film = &patient->film[i];
        input[i] =
            (struct ost_fit_film){.image = film->image,
                                  .projection = patient->film[exchanged ? 1 - i : i].projection,
                                  .bone = OST_BONE_BRIGHT,
                                  .spacing = film->spacing};
    }
    if (!ost_find_create(prior, NULL, input, 2, side, false, NULL, &find, &err))
        fail_msg("%s", err.msg);
    return find;
}

/* Labels in the wrong order are told and read the other way; so is the wrong side told, not turned.
 */
static void exchanged_labels_and_a_wrong_side_are_told(void **state)
{
    (void)state;
    OST_AUTO(ost_prior) prior = open_model();
    OST_AUTO(ost_patient) patient = NULL;
    const struct ost_patient_request request = ost_patient_sample(20);
    assert_true(ost_patient_create(prior, &request, NULL, &patient, NULL));
    OST_AUTO(ost_find) right = find_pair(prior, patient, false, OST_SIDE_LEFT);
    OST_AUTO(ost_find) exchanged = find_pair(prior, patient, true, OST_SIDE_LEFT);
    OST_AUTO(ost_find) other = find_pair(prior, patient, false, OST_SIDE_RIGHT);
    assert_false(right->swapped);
    assert_true(right->side_cost[OST_SIDE_LEFT] <
                right->side_cost[OST_SIDE_RIGHT] + ost_find_side_margin);
    assert_true(exchanged->swapped);
    assert_near(exchanged->residual_mm, right->residual_mm, 1e-6);
    assert_false(other->swapped);
    assert_false(other->arm.mirrored);
    assert_true(other->side_cost[OST_SIDE_LEFT] <
                other->side_cost[OST_SIDE_RIGHT] - ost_find_side_margin);
}

/* One camera says nothing of where the other film stands: nobody is to think it was used. */
static void lone_cameras_are_refused(void **state)
{
    (void)state;
    OST_AUTO(ost_prior) prior = open_model();
    OST_AUTO(ost_image) image = NULL;
    struct ost_find *find = NULL;
    struct ost_err err = {0};
    assert_true(ost_image_create(&image, 200, 200, NULL));
    struct ost_fit_film film[2] = {{.image = image, .has_camera = true}, {.image = image}};
    for (size_t count = 1; count <= 2; count++) {
        assert_false(
            ost_find_create(prior, NULL, film, count, OST_SIDE_RIGHT, false, NULL, &find, &err));
        assert_int_equal(err.code, OST_INVALID);
        assert_null(find);
    }
}

RUN(T(lone_cameras_are_refused), T(a_left_arm_is_found_as_the_mirrored_right_one),
    T(exchanged_labels_and_a_wrong_side_are_told))
