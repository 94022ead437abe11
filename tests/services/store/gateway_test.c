/*
 * The shelf on somebody else's S3 store: OSTEON_BLOB_S3_URL and its companions name it. Run by
 * tests/services/store/gateway.sh, which starts one, or by hand on any; it leaves nothing.
 */
#include "services/store/s3_impl.h"
#include "tests/check.h"
#include "tests/services/cluster.h"

#include <string.h>
#include <time.h>

static struct ost_shelf *shelf;

static int begin(void **state)
{
    (void)state;
    OST_AUTO(ost_config) config = NULL;
    (void)variable("OSTEON_BLOB_S3_URL");
    ok(ost_config_create(&config, err));
    ok(ost_s3_create(&shelf, &config->store.s3, err));
    return 0;
}

static int end(void **state)
{
    (void)state;
    ost_shelf_destroy(shelf);
    return 0;
}

static double seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static struct ost_buf noise(size_t len)
{
    struct ost_buf bytes;
    uint64_t x = len + 1;
    ost_buf_init(&bytes, len + 8);
    while (bytes.len < len) {
        x = x * 6364136223846793005U + 1442695040888963407U;
        ost_buf_put(&bytes, &x, len - bytes.len < 8 ? len - bytes.len : 8);
    }
    return bytes;
}

static void objects_of_every_size_come_back(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 100000, OST_S3_PART, OST_S3_PART + 1, 3 * OST_S3_PART + 7};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct ost_buf bytes = noise(sizes[i]), out;
        int64_t size = -1;
        double at = seconds();
        ost_buf_init(&out, sizes[i]);
        ok(shelf->kind->write(shelf, "1/aa/aa.01", &bytes, err));
        double written = seconds();
        ok(shelf->kind->read(shelf, "1/aa/aa.01", &out, err));
        print_message("%9zu bytes: written in %.3f s, read in %.3f s\n", sizes[i], written - at,
                      seconds() - written);
        ok(shelf->kind->size(shelf, "1/aa/aa.01", &size, err));
        assert_int_equal(size, sizes[i]);
        assert_int_equal(out.len, sizes[i]);
        assert_true(sizes[i] == 0 || memcmp(out.ptr, bytes.ptr, sizes[i]) == 0);
        ost_buf_fini(&out);
        ost_buf_fini(&bytes);
        ok(shelf->kind->remove(shelf, "1/aa/aa.01", err));
        ok(shelf->kind->remove(shelf, "1/aa/aa.01", err));
        refuses(OST_NOT_FOUND, shelf->kind->size(shelf, "1/aa/aa.01", &size, err));
        ost_buf_init(&out, 10);
        refuses(OST_NOT_FOUND, shelf->kind->read(shelf, "1/aa/aa.01", &out, err));
        ost_buf_fini(&out);
    }
}

static bool drop(void *user, const char *file, struct ost_err *err)
{
    ++*(size_t *)user;
    return shelf->kind->remove(shelf, file, err);
}

enum { MANY = 1005 }; /* a page holds a thousand */

static void a_list_of_two_pages_is_swept(void **state)
{
    (void)state;
    struct ost_buf bytes = noise(3);
    size_t count = 0;
    for (int i = 0; i < MANY; i++) {
        char name[64];
        (void)snprintf(name, sizeof name, "1/%02x/%04x", i & 255, i);
        ok(shelf->kind->write(shelf, name, &bytes, err));
    }
    ok(shelf->kind->old(shelf, (int64_t)time(NULL) - 3600, drop, &count, err));
    assert_int_equal(count, 0);
    ok(shelf->kind->old(shelf, (int64_t)time(NULL) + 60, drop, &count, err));
    assert_int_equal(count, MANY);
    ok(shelf->kind->old(shelf, (int64_t)time(NULL) + 60, drop, &count, err));
    assert_int_equal(count, MANY);
    ost_buf_fini(&bytes);
}

/* What was begun by somebody who died. */
static void an_upload_nobody_finished_is_ended(void **state)
{
    (void)state;
    size_t none = 0;
    const struct ost_sigv4_pair query[] = {{"uploads", ""}};
    const struct ost_s3_ask ask = {
        .method = "POST", .file = "1/bb/bb.02", .query = query, .query_count = 1};
    const struct ost_s3_ask list = {.method = "GET", .query = query, .query_count = 1};
    for (int i = 0; i < 3; i++) {
        struct ost_buf body;
        ost_buf_init(&body, 64 << 10);
        struct ost_s3_answer answer = {.body = &body};
        ok(ost_s3_ask((struct ost_s3 *)shelf, &ask, &answer, err));
        ost_buf_fini(&body);
    }
    for (int swept = 0; swept < 2; swept++) {
        struct ost_buf body;
        struct ost_s3_page page;
        ost_buf_init(&body, 1 << 20);
        struct ost_s3_answer answer = {.body = &body};
        ok(ost_s3_ask((struct ost_s3 *)shelf, &list, &answer, err));
        ok(ost_s3_page_read(body.ptr, body.len, &page, err));
        assert_int_equal(page.count, swept == 0 ? 3 : 0);
        ost_s3_page_fini(&page);
        ost_buf_fini(&body);
        ok(shelf->kind->old(shelf, (int64_t)time(NULL) + 60, drop, &none, err));
    }
    assert_int_equal(none, 0);
}

int main(void)
{
    const struct CMUnitTest all[] = {
        T(objects_of_every_size_come_back),
        T(a_list_of_two_pages_is_swept),
        T(an_upload_nobody_finished_is_ended),
    };
    return cmocka_run_group_tests(all, begin, end);
}
