/* Two simulated films of somebody new, cameras believed wrongly: the bone comes out. */
#include "tests/recon/bone/long_bone.h"

/* Somebody who lies near the model's axes, filmed coarsely. */
static struct ost_bone_trial trial_of(const struct ost_bone_shapes *model,
                                      const struct ost_mesh *surface)
{
    return (struct ost_bone_trial){
        .model = model,
        .surface = surface,
        .guide = surface,
        .seed = 5,
        .turn_deg = 4.0,
        .shift_mm = 5.0,
        .camera = {.error = {.turn_deg = 2.0, .shift_mm = 5.0, .depth_mm = 3.0, .focal_log = 0.003},
                   .voxel = 0.8,
                   .pixel = 0.4},
    };
}

static void a_bone_comes_out_of_two_films(void **state)
{
    (void)state;
    OST_AUTO(ost_bone_shapes) model = long_bone_model(4, 36);
    const struct long_bone bone = {.way = {2.0, -1.8, 1.6}, .size = 1.04};
    OST_AUTO(ost_mesh) surface = long_bone_mesh(&bone, 36);
    const struct ost_bone_trial trial = trial_of(model, surface);
    struct ost_bone_scene scene;
    struct ost_bone_fit fit;
    struct ost_bone_apart apart, mean;
    struct ost_err err = {0};
    if (!ost_bone_scene_make(&trial, &scene, &err) ||
        !ost_bone_trial_fit(&trial, &scene, false, &fit, &err))
        fail_msg("%s", err.msg);
    OST_AUTO(ost_mesh) before = NULL;
    const struct ost_rigid still = ost_rigid_identity();
    assert_true(ost_bone_shapes_mesh(model, 1.0, NULL, &still, &before, NULL));
    assert_true(ost_bone_measure(before, scene.bone, &mean, NULL));
    assert_true(ost_bone_measure(fit.mesh, scene.bone, &apart, NULL));
    assert_true(mean.asd > 0.6);
    assert_true(apart.asd < 0.4);
    assert_true(apart.hd95 < 1.0);
    assert_true(fit.edge_share > 0.6);
    ost_bone_fit_fini(&fit);
    ost_bone_scene_fini(&scene);
}

static void a_camera_that_faces_away_is_refused(void **state)
{
    (void)state;
    OST_AUTO(ost_bone_shapes) model = long_bone_model(4, 12);
    OST_AUTO(ost_image) film = NULL;
    assert_true(ost_image_create(&film, 64, 64, NULL));
    struct ost_bone_fit_request request = {
        .model = model, .view_count = 1, .start = ost_rigid_identity()};
    request.view[0] = (struct ost_bone_view){
        .film = film,
        .bone = OST_BONE_BRIGHT,
        .camera = {.width = 64,
                   .height = 64,
                   .focal = {1000.0, 1000.0},
                   .world_to_camera = ost_rigid_identity()},
    };
    request.view[0].camera.world_to_camera.t[2] = -500.0;
    struct ost_bone_fit fit;
    struct ost_err err = {0};
    assert_false(ost_bone_fit_films(&request, NULL, &fit, &err));
    assert_int_equal(err.code, OST_INVALID);
    request.view_count = 0;
    assert_false(ost_bone_fit_films(&request, NULL, &fit, &err));
    assert_int_equal(err.code, OST_INVALID);
}

RUN(T(a_bone_comes_out_of_two_films), T(a_camera_that_faces_away_is_refused))
