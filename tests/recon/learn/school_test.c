#include "recon/learn/school.h"
#include "tests/recon/learn/model.h"

#include <stdlib.h>
#include <string.h>

/* What a pupil tells: the loss at first and at last, and its last checkpoint. */
struct diary {
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
    return (struct ost_school){.kit = {.prior = prior},
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

RUN(T(sixteen_lessons_are_learnt_by_heart), T(a_checkpoint_is_taken_up_where_it_ended))
