#include "recon/base/buf.h"
#include "recon/base/read.h"
#include "tests/check.h"

static void what_was_put_is_read(void **state)
{
    (void)state;
    struct ost_buf buf;
    ost_buf_init(&buf, 64);
    ost_buf_put_u8(&buf, 7);
    ost_buf_put_u64le(&buf, 0x0123456789abcdefU);
    ost_buf_put_f64le(&buf, -2.5);
    ost_buf_put_f32le(&buf, 1.5F);
    struct ost_read read = ost_read_of(buf.ptr, buf.len);
    assert_int_equal(ost_read_u8(&read), 7);
    assert_true(ost_read_u64le(&read) == 0x0123456789abcdefU);
    assert_near(ost_read_f64le(&read), -2.5, 0.0);
    assert_near((double)ost_read_f32le(&read), 1.5, 0.0);
    assert_true(ost_read_done(&read, NULL));
    ost_buf_fini(&buf);
}

static void the_end_is_never_passed(void **state)
{
    (void)state;
    struct ost_read read = ost_read_of("abc", 3);
    struct ost_err err = {0};
    assert_int_equal(ost_read_u32le(&read), 0);
    assert_int_equal(ost_read_u8(&read), 0);
    assert_false(ost_read_done(&read, &err));
    assert_int_equal(err.code, OST_CORRUPT);
}

RUN(T(what_was_put_is_read), T(the_end_is_never_passed))
