#include "recon/base/progress.h"
#include "tests/check.h"

struct heard {
    double fraction;
    const char *stage;
    int times;
    double stop_at; /* asks to stop from here on */
};

static bool hear(void *user, double fraction, const char *stage)
{
    struct heard *heard = user;
    heard->fraction = fraction;
    heard->stage = stage;
    heard->times++;
    return fraction < heard->stop_at;
}

static void nobody_listening_is_no_reason_to_stop(void **state)
{
    (void)state;
    const struct ost_progress deaf = {.user = NULL};
    struct ost_progress part = ost_progress_part(NULL, 0.2, 0.4);
    assert_true(ost_progress_step(NULL, 0.5, "a", NULL));
    assert_true(ost_progress_step(&deaf, 0.5, "a", NULL));
    assert_true(ost_progress_step(&part, 0.5, "a", NULL));
}

static void a_part_of_a_part_fills_its_own_span(void **state)
{
    (void)state;
    struct heard heard = {.stop_at = 2.0};
    const struct ost_progress whole = {.report = hear, .user = &heard};
    struct ost_progress half = ost_progress_part(&whole, 0.5, 1.0);
    struct ost_progress inner = ost_progress_part(&half, 0.2, 0.6);
    assert_true(ost_progress_step(&whole, 0.25, "a", NULL));
    assert_near(heard.fraction, 0.25, 1e-12);
    assert_true(ost_progress_step(&half, 0.0, "b", NULL));
    assert_near(heard.fraction, 0.5, 1e-12);
    assert_true(ost_progress_step(&inner, 0.0, "c", NULL));
    assert_near(heard.fraction, 0.6, 1e-12);
    assert_true(ost_progress_step(&inner, 1.0, "d", NULL));
    assert_near(heard.fraction, 0.8, 1e-12);
    assert_string_equal(heard.stage, "d");
    assert_int_equal(heard.times, 4);
}

static void who_asks_to_stop_is_heeded_and_told_where(void **state)
{
    (void)state;
    struct heard heard = {.stop_at = 0.75};
    const struct ost_progress whole = {.report = hear, .user = &heard};
    struct ost_progress half = ost_progress_part(&whole, 0.5, 1.0);
    struct ost_err err = {0};
    assert_true(ost_progress_step(&half, 0.4, "early", &err));
    assert_false(ost_progress_step(&half, 0.6, "late", &err));
    assert_int_equal(err.code, OST_CANCELLED);
    assert_string_equal(err.msg, "stopped at late");
}

RUN(T(nobody_listening_is_no_reason_to_stop), T(a_part_of_a_part_fills_its_own_span),
    T(who_asks_to_stop_is_heeded_and_told_where))
