#include "services/routes/spool_impl.h"
#include "tests/check.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MOST 1000000

static struct ost_spool *spool_of(size_t most)
{
    struct ost_spool *spool;
    struct ost_err err;
    assert_true(ost_spool_create(&spool, most, most / 4 * 3, &err));
    return spool;
}

static bool put(struct ost_spool *spool, const char *id, int64_t user, uint64_t offset,
                const char *text)
{
    struct ost_err err;
    size_t now;
    const struct ost_piece piece = {.ptr = text, .len = strlen(text), .offset = offset};
    return ost_spool_put(spool, id, user, &piece, &now, &err);
}

static void pieces_become_one_file_that_no_folder_names(void **state)
{
    (void)state;
    struct ost_err err;
    struct ost_spool *spool = spool_of(MOST);
    struct ost_upload upload = {.user = 7, .case_id = 3, .bytes = 11};
    char id[OST_SPOOL_ID], path[64], link[128], text[12] = "";
    assert_true(ost_spool_add(spool, &upload, id, &err));
    assert_int_equal(strlen(id), 32);
    assert_true(put(spool, id, 7, 0, "hello "));
    assert_true(put(spool, id, 7, 6, "world"));
    assert_true(ost_spool_take(spool, id, 7, &upload, &err));
    assert_int_equal(upload.case_id, 3);
    assert_int_equal(pread(upload.fd, text, 11, 0), 11);
    assert_string_equal(text, "hello world");
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", upload.fd);
    ssize_t n = readlink(path, link, sizeof link - 1);
    assert_true(n > 0);
    link[n] = '\0';
    assert_non_null(strstr(link, "memfd:"));
    (void)close(upload.fd);
    assert_false(ost_spool_look(spool, id, 7, &upload, &err)); /* taken once */
    ost_spool_destroy(spool);
}

static void a_piece_goes_where_the_upload_stands(void **state)
{
    (void)state;
    struct ost_err err;
    struct ost_spool *spool = spool_of(MOST);
    struct ost_upload upload = {.user = 7, .case_id = 3, .bytes = 6};
    char id[OST_SPOOL_ID];
    size_t now;
    assert_true(ost_spool_add(spool, &upload, id, &err));
    assert_true(put(spool, id, 7, 0, "abc"));
    const struct ost_piece again = {.ptr = "abc", .len = 3, .offset = 0};
    assert_false(ost_spool_put(spool, id, 7, &again, &now, &err));
    assert_int_equal(err.code, OST_CONFLICT);
    assert_int_equal(now, 3);
    const struct ost_piece gap = {.ptr = "f", .len = 1, .offset = 5};
    assert_false(ost_spool_put(spool, id, 7, &gap, &now, &err));
    assert_int_equal(err.code, OST_CONFLICT);
    const struct ost_piece beyond = {.ptr = "defg", .len = 4, .offset = 3};
    assert_false(ost_spool_put(spool, id, 7, &beyond, &now, &err));
    assert_int_equal(err.code, OST_INVALID);
    assert_false(ost_spool_take(spool, id, 7, &upload, &err));
    assert_int_equal(err.code, OST_CONFLICT);
    ost_spool_destroy(spool);
}

static void an_upload_is_its_senders_alone(void **state)
{
    (void)state;
    struct ost_err err;
    struct ost_spool *spool = spool_of(MOST);
    struct ost_upload upload = {.user = 7, .case_id = 3, .bytes = 3};
    char id[OST_SPOOL_ID];
    assert_true(ost_spool_add(spool, &upload, id, &err));
    assert_false(put(spool, id, 8, 0, "abc"));
    assert_false(ost_spool_look(spool, id, 8, &upload, &err));
    assert_int_equal(err.code, OST_NOT_FOUND);
    ost_spool_drop(spool, id, 8); /* does nothing */
    assert_true(ost_spool_look(spool, id, 7, &upload, &err));
    assert_false(ost_spool_look(spool, "", 0, &upload, &err));
    ost_spool_drop_case(spool, 3);
    assert_false(ost_spool_look(spool, id, 7, &upload, &err));
    ost_spool_destroy(spool);
}

static void one_person_has_half_and_all_have_a_limit(void **state)
{
    (void)state;
    struct ost_err err;
    struct ost_spool *spool = spool_of(1000);
    struct ost_upload upload = {.user = 1, .case_id = 3, .bytes = 501};
    char id[OST_SPOOL_ID], other[OST_SPOOL_ID];
    assert_false(ost_spool_add(spool, &upload, id, &err));
    assert_int_equal(err.code, OST_LIMIT);
    upload.bytes = 500;
    assert_true(ost_spool_add(spool, &upload, id, &err));
    upload.user = 2;
    upload.institution = 2;
    assert_true(ost_spool_add(spool, &upload, other, &err));
    upload = (struct ost_upload){.user = 3, .institution = 3, .case_id = 3, .bytes = 1};
    assert_false(ost_spool_add(spool, &upload, other, &err));
    assert_int_equal(err.code, OST_UNAVAILABLE);
    ost_spool_drop(spool, id, 1);
    assert_true(ost_spool_add(spool, &upload, other, &err));
    ost_spool_destroy(spool);
}

/* Three people of one institution leave a quarter to the others. */
static void an_institution_has_its_share(void **state)
{
    (void)state;
    struct ost_err err;
    struct ost_spool *spool = spool_of(1000);
    struct ost_upload upload = {.user = 1, .institution = 1, .case_id = 3, .bytes = 400};
    char id[OST_SPOOL_ID];
    assert_true(ost_spool_add(spool, &upload, id, &err));
    upload.user = 2;
    upload.bytes = 350;
    assert_true(ost_spool_add(spool, &upload, id, &err));
    upload.user = 3;
    upload.bytes = 1;
    assert_false(ost_spool_add(spool, &upload, id, &err));
    assert_int_equal(err.code, OST_LIMIT);
    assert_non_null(strstr(err.msg, "the institution's store is full: 750 bytes of uploads"));
    upload = (struct ost_upload){.user = 4, .institution = 2, .case_id = 3, .bytes = 250};
    assert_true(ost_spool_add(spool, &upload, id, &err));
    ost_spool_destroy(spool);
}

RUN(T(pieces_become_one_file_that_no_folder_names), T(a_piece_goes_where_the_upload_stands),
    T(an_upload_is_its_senders_alone), T(one_person_has_half_and_all_have_a_limit),
    T(an_institution_has_its_share))
