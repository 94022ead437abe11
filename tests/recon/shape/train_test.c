#include "recon/mesh/stl.h"
#include "recon/shape/train.h"
#include "tests/recon/shape/data.h"

#include <string.h>

static struct ost_mesh *surface[OST_TRAIN_FILES];

static bool load_surfaces(void)
{
    for (int i = 0; i < OST_TRAIN_FILES; i++) {
        struct ost_buf bytes;
        bool ok = read_data(ost_train_file(i)->path, &bytes);
        if (ok)
            assert_true(ost_stl_read(bytes.ptr, bytes.len, 1000000, &surface[i], NULL));
        ost_buf_fini(&bytes);
        if (!ok)
            return false;
    }
    return true;
}

static struct ost_train_input input_of(bool brown)
{
    struct ost_train_input input = {.name = "test", .command = "test", .coarse = 4.0, .seed = 7};
    for (int i = 0; i < OST_TRAIN_FILES; i++) {
        enum ost_train_set set = ost_train_file(i)->set;
        if (set == OST_TRAIN_OPENSIM || (brown && set == OST_TRAIN_BROWN))
            input.surface[i] = surface[i];
        else if (set == OST_TRAIN_CALGARY && brown)
            input.unseen[i] = surface[i];
    }
    return input;
}

static void the_same_input_gives_the_same_file(void **state)
{
    (void)state;
    struct ost_train_input input = input_of(false);
    struct ost_train_report report;
    struct ost_buf a, b;
    ost_buf_init(&a, (size_t)1 << 26);
    ost_buf_init(&b, (size_t)1 << 26);
    assert_true(ost_train_prior(&input, NULL, &a, &report, NULL));
    assert_true(ost_train_prior(&input, NULL, &b, &report, NULL));
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.ptr, b.ptr, a.len);
    ost_buf_fini(&a);
    ost_buf_fini(&b);
}

/* Even a coarse model finds the side of a bone and reaches bones it has never seen. */
static void a_model_reaches_real_bones_it_has_not_seen(void **state)
{
    (void)state;
    struct ost_train_input input = input_of(true);
    struct ost_train_report report;
    struct ost_buf model, card;
    struct ost_err err = {0};
    ost_buf_init(&model, (size_t)1 << 26);
    ost_buf_init(&card, 65536);
    if (!ost_train_prior(&input, NULL, &model, &report, &err))
        fail_msg("%s", err.msg);
    assert_true(report.chirality_mm[0] < 0.85 * report.chirality_mm[1]);
    for (int i = 0; i < OST_TRAIN_FILES; i++)
        if (report.unseen_mm[i] > 0.0)
            assert_true(report.unseen_mm[i] < 0.6);
    assert_true(report.unseen_mm[7] > 0.0 && report.unseen_mm[8] > 0.0);
    assert_near(report.mean[0], 10.74, 0.8);
    assert_near(report.sd[0], 3.74, 0.5);
    assert_near(report.mean[1], 24.05, 0.8);
    assert_near(report.sd[1], 2.63, 0.5);

    ost_train_card(&input, &report, "0123", &card);
    assert_true(ost_buf_done(&card, NULL));
    ost_buf_put_u8(&card, 0);
    assert_non_null(strstr((const char *)card.ptr, "AutoscoperSandbox"));
    assert_null(strstr((const char *)card.ptr, "GPL-3.0"));
    ost_buf_fini(&model);
    ost_buf_fini(&card);
}

static void without_opensim_there_is_no_arm(void **state)
{
    (void)state;
    struct ost_train_input input = input_of(true);
    struct ost_train_report report;
    struct ost_buf out;
    struct ost_err err;
    input.surface[1] = NULL;
    ost_buf_init(&out, 1024);
    assert_false(ost_train_prior(&input, NULL, &out, &report, &err));
    assert_int_equal(err.code, OST_INVALID);
    ost_buf_fini(&out);
}

static bool stop_at_once(void *user, double fraction, const char *stage)
{
    (void)user;
    (void)fraction;
    (void)stage;
    return false;
}

static void training_stops_when_asked(void **state)
{
    (void)state;
    struct ost_train_input input = input_of(true);
    struct ost_progress progress = {.report = stop_at_once};
    struct ost_train_report report;
    struct ost_buf out;
    struct ost_err err;
    ost_buf_init(&out, 1024);
    assert_false(ost_train_prior(&input, &progress, &out, &report, &err));
    assert_int_equal(err.code, OST_CANCELLED);
    ost_buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest all[] = {
        T(the_same_input_gives_the_same_file), T(a_model_reaches_real_bones_it_has_not_seen),
        T(without_opensim_there_is_no_arm), T(training_stops_when_asked)};
    if (!load_surfaces()) {
        (void)printf("no real bones: OSTEON_DATA/wrist_surfaces is not there\n");
        return 77;
    }
    int failed = cmocka_run_group_tests(all, NULL, NULL);
    for (int i = 0; i < OST_TRAIN_FILES; i++)
        ost_mesh_destroy(surface[i]);
    return failed;
}
