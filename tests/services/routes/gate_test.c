#include "services/routes/gate_impl.h"
#include "tests/check.h"

static struct ost_gate *of_eight_threads(void)
{
    struct ost_gate *gate = NULL;
    assert_true(ost_gate_create(&gate, 8, NULL));
    return gate;
}

static int let_in(struct ost_gate *gate, enum ost_slow work, int64_t user, int times)
{
    struct ost_err err;
    int count = 0;
    for (int i = 0; i < times; i++)
        count += ost_gate_enter(gate, work, user, &err);
    return count;
}

static void one_person_reads_two_files_and_all_together_four(void **state)
{
    (void)state;
    OST_AUTO(ost_gate) gate = of_eight_threads();
    assert_int_equal(let_in(gate, OST_SLOW_INTAKE, 7, 8), 2);
    assert_int_equal(let_in(gate, OST_SLOW_INTAKE, 8, 8), 2);
    assert_int_equal(let_in(gate, OST_SLOW_INTAKE, 9, 8), 0);
    ost_gate_leave(gate, OST_SLOW_INTAKE, 7);
    assert_int_equal(let_in(gate, OST_SLOW_INTAKE, 9, 8), 1);
}

static void one_person_never_has_every_thread(void **state)
{
    (void)state;
    OST_AUTO(ost_gate) gate = of_eight_threads();
    struct ost_err err;
    assert_int_equal(let_in(gate, OST_SLOW_INTAKE, 7, 1), 1);
    assert_int_equal(let_in(gate, OST_SLOW_PICTURE, 7, 8), 5);
    assert_false(ost_gate_enter(gate, OST_SLOW_INTAKE, 7, &err));
    assert_int_equal(err.code, OST_UNAVAILABLE);
    assert_int_equal(let_in(gate, OST_SLOW_PLAN, 7, 8) + let_in(gate, OST_SLOW_FILE, 7, 8), 0);
    assert_int_equal(let_in(gate, OST_SLOW_PICTURE, 8, 8), 6);
    ost_gate_leave(gate, OST_SLOW_INTAKE, 7);
    assert_int_equal(let_in(gate, OST_SLOW_PICTURE, 7, 8), 1);
}

static void the_smallest_server_does_one_thing_at_a_time(void **state)
{
    (void)state;
    OST_AUTO(ost_gate) gate = NULL;
    assert_true(ost_gate_create(&gate, 1, NULL));
    assert_int_equal(let_in(gate, OST_SLOW_INTAKE, 7, 2), 1);
    assert_int_equal(let_in(gate, OST_SLOW_PICTURE, 7, 2), 0);
    ost_gate_leave(gate, OST_SLOW_INTAKE, 7);
    assert_int_equal(let_in(gate, OST_SLOW_PICTURE, 7, 2), 1);
}

RUN(T(one_person_reads_two_files_and_all_together_four), T(one_person_never_has_every_thread),
    T(the_smallest_server_does_one_thing_at_a_time))
