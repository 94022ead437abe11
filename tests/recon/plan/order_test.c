#include "recon/base/rng.h"
#include "recon/plan/order.h"
#include "tests/check.h"

#include <string.h>

static void a_key_between_two_lies_between_them(void **state)
{
    (void)state;
    struct ost_rng rng = ost_rng_seed(5);
    char key[200][OST_ORDER_BYTES + 1] = {"V"};
    size_t count = 1;
    while (count < 200) {
        size_t at = (size_t)(ost_rng_uniform(&rng) * (double)(count + 1));
        char made[OST_ORDER_BYTES + 1];
        struct ost_err err;
        assert_true(
            ost_order_between(at == 0 ? "" : key[at - 1], at == count ? "" : key[at], made, &err));
        assert_true(ost_order_valid(made));
        assert_true(at == 0 || strcmp(key[at - 1], made) < 0);
        assert_true(at == count || strcmp(made, key[at]) < 0);
        memmove(key[at + 1], key[at], (count - at) * sizeof key[0]);
        memcpy(key[at], made, sizeof made);
        count++;
    }
}

static void always_at_the_end_stays_short(void **state)
{
    (void)state;
    char last[OST_ORDER_BYTES + 1] = "V", next[OST_ORDER_BYTES + 1];
    for (int n = 0; n < 300; n++) {
        assert_true(ost_order_between(last, "", next, NULL));
        memcpy(last, next, sizeof last);
    }
    assert_true(strlen(last) < 62);
}

static void what_is_no_key_is_refused(void **state)
{
    (void)state;
    char out[OST_ORDER_BYTES + 1];
    assert_false(ost_order_valid("") || ost_order_valid("10") || ost_order_valid("a-b"));
    assert_false(ost_order_between("V", "V", out, NULL));
    assert_false(ost_order_between("V", "A", out, NULL));
    assert_false(ost_order_between("V0", "", out, NULL));
}

RUN(T(a_key_between_two_lies_between_them), T(always_at_the_end_stays_short),
    T(what_is_no_key_is_refused))
