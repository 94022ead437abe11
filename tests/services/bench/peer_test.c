/* Programs beside ours: ended by what they had of the processor, not by the clock. */
#include "services/bench/peer.h"
#include "tests/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool run_in_shell(const char *command, double limit_s, struct ost_bench_peer_cost *cost,
                         struct ost_err *err)
{
    const char *const argv[] = {"sh", "-c", command, NULL};
    char folder[] = "/tmp/osteon-test-XXXXXX";
    char said[64];
    assert_non_null(mkdtemp(folder));
    bool ok = ost_bench_peer_run(folder, argv, 0, limit_s, cost, err);
    assert_true(snprintf(said, sizeof said, "%s/said", folder) > 0);
    assert_int_equal(unlink(said), 0);
    assert_int_equal(rmdir(folder), 0);
    return ok;
}

static void one_that_waits_for_a_busy_machine_goes_on(void **state)
{
    (void)state;
    struct ost_bench_peer_cost cost = {0};
    struct ost_err err = {0};
    if (!run_in_shell("sleep 1.3", 1.0, &cost, &err))
        fail_msg("%s", err.msg);
    assert_true(cost.wall_s > 1.2 && cost.cpu_s < 1.0);
}

static void one_that_counts_for_ever_is_ended(void **state)
{
    (void)state;
    struct ost_bench_peer_cost cost = {0};
    struct ost_err err = {0};
    assert_false(run_in_shell("while :; do :; done", 1.0, &cost, &err));
    assert_int_equal(err.code, OST_LIMIT);
    assert_non_null(strstr(err.msg, "of the processor"));
    assert_true(cost.cpu_s > 0.9);
    /* Nor does it help to be deaf. */
    memset(&err, 0, sizeof err);
    assert_false(run_in_shell("trap '' XCPU; while :; do :; done", 1.0, &cost, &err));
    assert_int_equal(err.code, OST_LIMIT);
}

static void what_is_not_there_is_told(void **state)
{
    (void)state;
    const char *const argv[] = {"osteon-no-such-program", NULL};
    struct ost_err err = {0};
    char folder[] = "/tmp/osteon-peer-XXXXXX", said[64];
    assert_non_null(mkdtemp(folder));
    assert_false(ost_bench_peer_run(folder, argv, 0, 5.0, NULL, &err));
    assert_int_equal(err.code, OST_UNAVAILABLE);
    assert_non_null(strstr(err.msg, "not installed"));
    (void)snprintf(said, sizeof said, "%s/said", folder);
    assert_int_equal(unlink(said), 0);
    assert_int_equal(rmdir(folder), 0); /* it left nothing else */
}

int main(void)
{
    const struct CMUnitTest all[] = {T(one_that_waits_for_a_busy_machine_goes_on),
                                     T(one_that_counts_for_ever_is_ended),
                                     T(what_is_not_there_is_told)};
    return cmocka_run_group_tests(all, NULL, NULL);
}
