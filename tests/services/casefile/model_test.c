#include "services/casefile/disk.h"
#include "services/casefile/model.h"
#include "tests/check.h"

#include <string.h>

static void networks_are_named_after_their_prior(void **state)
{
    static const char *const pair[][2] = {
        {"forearm.ostm", "predictor.ostm"},
        {"models/forearm_nobrown.ostm", "models/predictor_nobrown.ostm"},
        {"/a.b/forearm.ostm", "/a.b/predictor.ostm"},
        {"/x/mine.ostm", "/x/predictor.ostm"},
        {"forearm/other.ostm", "forearm/predictor.ostm"},
    };
    char path[64];
    (void)state;
    for (size_t i = 0; i < sizeof pair / sizeof pair[0]; i++) {
        assert_true(ost_model_predictor_path(pair[i][0], path, sizeof path, NULL));
        assert_string_equal(path, pair[i][1]);
    }
}

static void a_path_that_has_no_room_is_refused(void **state)
{
    char path[20];
    struct ost_err err = {.code = OST_OK};
    (void)state;
    assert_true(ost_model_predictor_path("a23/forearm.ostm", path, sizeof path, &err));
    assert_false(ost_model_predictor_path("a23456/forearm.ostm", path, sizeof path, &err));
    assert_int_equal(err.code, OST_LIMIT);
}

/* Each prior that ships has networks that learned from nobody it has not seen. */
static void what_ships_belongs_together(void **state)
{
    static const char *const prior_file[] = {"recon/shape/models/forearm.ostm",
                                             "recon/shape/models/forearm_nobrown.ostm"};
    (void)state;
    for (int i = 0; i < 2; i++) {
        char path[256];
        struct ost_buf bytes;
        struct ost_prior *prior = NULL;
        struct ost_predictor *predictor = NULL;
        ost_buf_init(&bytes, (size_t)1 << 26);
        assert_true(ost_disk_read(NULL, prior_file[i], &bytes, NULL));
        assert_true(ost_prior_open(bytes.ptr, bytes.len, &prior, NULL));
        ost_buf_fini(&bytes);
        assert_true(ost_model_predictor_path(prior_file[i], path, sizeof path, NULL));
        assert_true(ost_model_predictor_read(path, prior, &predictor, NULL));
        assert_non_null(predictor);
        assert_string_equal(ost_predictor_prior_view(predictor), ost_prior_digest_view(prior));
        ost_predictor_destroy(predictor);
        ost_prior_destroy(prior);
    }
}

static void networks_that_are_not_there_are_none(void **state)
{
    struct ost_predictor *predictor = NULL;
    (void)state;
    assert_true(ost_model_predictor_read("no/such/file.ostm", NULL, &predictor, NULL));
    assert_null(predictor);
}

RUN(T(networks_are_named_after_their_prior), T(a_path_that_has_no_room_is_refused),
    T(what_ships_belongs_together), T(networks_that_are_not_there_are_none))
