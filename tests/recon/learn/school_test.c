#include "recon/learn/school.h"
#include "tests/recon/learn/model.h"

#include <stdlib.h>
#include <string.h>

/* What a pupil tells: the loss at first and at last, and its last checkpoint. */
struct diary {
    struct ost_predictor_vertex points[OST_PREDICTOR_POINTS];
    double first, last;
    struct ost_buf bytes;
    uint32_t step;
};

static bool told(void *user, const struct ost_school_state *state, const struct ost_buf *bytes)
{
    struct diary *diary = user;
    diary->first = diary->step == 0 ? state->loss : diary->first;
    diary->last = state->loss;
    diary->step = state->step;
    ost_buf_fini(&diary->bytes);
    ost_buf_init(&diary->bytes, (size_t)1 << 28);
    ost_buf_put(&diary->bytes, bytes->ptr, bytes->len);
    return true;
}

static struct ost_school school_of(const struct ost_prior *prior, struct diary *diary)
{
    ost_buf_init(&diary->bytes, 1);
    ost_predictor_choose(prior, diary->points);
    return (struct ost_school){.kit = {.prior = prior},
                               .points = diary->points,
                               .subject = OST_SCHOOL_FIND,
                               .seed = 3,
                               .steps = 120,
                               .batch = 8,
                               .pool = 16,
                               .renew = 0.0,
                               .rate = 2e-3,
                               .every = 10,
                               .told = told,
                               .user = diary};
}

static void sixteen_lessons_are_learnt_by_heart(void **state)
{
    (void)state;
    struct ost_prior *prior = open_prior();
    struct ost_net_weights *weights = NULL;
    struct diary diary = {.step = 0};
    struct ost_school school = school_of(prior, &diary);
    struct ost_err err = {0};
    assert_true(ost_net_weights_create(&weights, 1, NULL));
    if (!ost_school_run(&school, NULL, 0, weights, &err))
        fail_msg("%s", err.msg);
    assert_int_equal(diary.step, 120);
    assert_true(diary.last < diary.first - 0.5);
    assert_true(ost_net_weights_count(weights) > 10);
    ost_net_weights_destroy(weights);
    ost_buf_fini(&diary.bytes);
    ost_prior_destroy(prior);
}

static void a_checkpoint_is_taken_up_where_it_ended(void **state)
{
    (void)state;
    struct ost_prior *prior = open_prior();
    struct ost_net_weights *weights = NULL;
    struct diary diary = {.step = 0}, later = {.step = 0};
    struct ost_school school = school_of(prior, &diary);
    assert_true(ost_net_weights_create(&weights, 1, NULL));
    school.steps = 10;
    assert_true(ost_school_run(&school, NULL, 0, weights, NULL));
    assert_int_equal(diary.step, 10);
    school.steps = 20;
    school.user = &later;
    ost_buf_init(&later.bytes, 1);
    assert_true(ost_school_run(&school, diary.bytes.ptr, diary.bytes.len, weights, NULL));
    assert_int_equal(later.step, 20);
    assert_true(later.last < diary.first);
    diary.bytes.ptr[diary.bytes.len / 2] ^= 1;
    assert_false(ost_school_run(&school, diary.bytes.ptr, diary.bytes.len, weights, NULL));
    ost_net_weights_destroy(weights);
    ost_buf_fini(&diary.bytes);
    ost_buf_fini(&later.bytes);
    ost_prior_destroy(prior);
}

/* The weights as a model file of their own. */
static struct ost_ostm *as_model(const struct ost_net_weights *weights)
{
    static const struct ost_ostm_text text[] = {{"kind", "test"}};
    struct ost_ostm_tensor *tensor = calloc(ost_net_weights_count(weights), sizeof *tensor);
    struct ost_ostm *model = NULL;
    struct ost_buf bytes;
    assert_non_null(tensor);
    ost_buf_init(&bytes, (size_t)1 << 28);
    ost_net_weights_draft(weights, OST_OSTM_REAL, tensor);
    const struct ost_ostm_draft draft = {text, 1, tensor, ost_net_weights_count(weights)};
    assert_true(ost_ostm_write(&draft, &bytes, NULL));
    assert_true(ost_ostm_open(bytes.ptr, bytes.len, &model, NULL));
    ost_buf_fini(&bytes);
    free(tensor);
    return model;
}

static void a_model_is_gone_on_from(void **state)
{
    (void)state;
    struct ost_prior *prior = open_prior();
    struct ost_net_weights *weights = NULL;
    struct diary diary = {.step = 0}, later = {.step = 0};
    struct ost_school school = school_of(prior, &diary);
    assert_true(ost_net_weights_create(&weights, 1, NULL));
    school.steps = 60;
    assert_true(ost_school_run(&school, NULL, 0, weights, NULL));
    struct ost_ostm *model = as_model(weights);
    school.from = model;
    school.steps = 10;
    school.user = &later;
    ost_buf_init(&later.bytes, 1);
    assert_true(ost_school_run(&school, NULL, 0, weights, NULL));
    assert_int_equal(later.step, 10);
    assert_true(later.first < diary.first - 0.3); /* it knows already */
    ost_ostm_close(model);
    ost_net_weights_destroy(weights);
    ost_buf_fini(&diary.bytes);
    ost_buf_fini(&later.bytes);
    ost_prior_destroy(prior);
}

RUN(T(sixteen_lessons_are_learnt_by_heart), T(a_checkpoint_is_taken_up_where_it_ended),
    T(a_model_is_gone_on_from))
