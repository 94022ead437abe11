#include "services/routes/pace_impl.h"
#include "tests/check.h"

static const int64_t start = 1700000000000;

static struct ost_pace *ten_a_second(void)
{
    struct ost_pace *pace = NULL;
    assert_true(ost_pace_create(&pace, 10, NULL));
    return pace;
}

static int granted(struct ost_pace *pace, int64_t user, int times, int64_t now_ms)
{
    int count = 0;
    for (int i = 0; i < times; i++)
        count += ost_pace_ask(pace, user, now_ms) == 0;
    return count;
}

static void a_burst_is_let_through_and_then_the_pace_holds(void **state)
{
    (void)state;
    OST_AUTO(ost_pace) pace = ten_a_second();
    assert_int_equal(granted(pace, 7, 500, start), 100);
    assert_int_equal(ost_pace_ask(pace, 7, start), 1);
    assert_int_equal(granted(pace, 7, 500, start + 1000), 10);
    assert_int_equal(granted(pace, 7, 500, start + 1050), 0);
    assert_int_equal(granted(pace, 7, 500, start + 3600000), 100);
}

static void one_account_does_not_slow_another(void **state)
{
    (void)state;
    OST_AUTO(ost_pace) pace = ten_a_second();
    (void)granted(pace, 7, 500, start);
    assert_int_equal(granted(pace, 8, 50, start), 50);
}

/* More accounts than rows: the one that is held back stays held back. */
static void a_crowd_does_not_wash_away_who_is_held_back(void **state)
{
    (void)state;
    OST_AUTO(ost_pace) pace = ten_a_second();
    (void)granted(pace, 7, 500, start);
    for (int64_t user = 100; user < 5000; user++)
        assert_int_equal(ost_pace_ask(pace, user, start), 0);
    assert_true(ost_pace_ask(pace, 7, start) > 0);
}

RUN(T(a_burst_is_let_through_and_then_the_pace_holds), T(one_account_does_not_slow_another),
    T(a_crowd_does_not_wash_away_who_is_held_back))
