#include "recon/plan/twin.h"
#include "services/routes/live_impl.h"
#include "tests/check.h"

#include <string.h>

static void who_was_too_slow_is_told_the_same_in_either_form(void **state)
{
    (void)state;
    struct ost_buf cbor;
    struct ost_err err;
    ost_buf_init(&cbor, 256);
    assert_true(ost_twin_cbor(OST_LIVE_SLOW, strlen(OST_LIVE_SLOW), &cbor, &err));
    assert_int_equal(cbor.len, strlen(OST_LIVE_SLOW_CBOR));
    assert_memory_equal(cbor.ptr, OST_LIVE_SLOW_CBOR, cbor.len);
    ost_buf_fini(&cbor);
}

RUN(T(who_was_too_slow_is_told_the_same_in_either_form))
