/* memfd_create(). */
#define _GNU_SOURCE
#include "recon/dicom/dx.h"
#include "recon/dicom/prepare.h"
#include "recon/image/png.h"
#include "services/sandbox/child.h"
#include "services/sandbox/intake.h"
#include "tests/check.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { W = 320, H = 240 };

static struct ost_image *picture(uint32_t width, uint32_t height)
{
    struct ost_image *image = NULL;
    struct ost_err err;
    assert_true(ost_image_create(&image, width, height, &err));
    for (size_t i = 0; i < (size_t)width * height; i++)
        image->pixel[i] = (float)((i * 37 + i / width * 11) % 4000);
    return image;
}

static int holding(const void *bytes, size_t len)
{
    int fd = memfd_create("input", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, len), len);
    return fd;
}

static const struct ost_dx planted = {.patient_name =
                                          "Leakcheck^Planted=漏洩^確認=ろうえい^かくにん",
                                      .patient_id = "ID-55512345",
                                      .birth_date = "19600102",
                                      .sex = "F",
                                      .study_date = "20240301",
                                      .institution = "Planted Hospital",
                                      .physician = "Referrer^Rita",
                                      .uid_root = "1.2.826.0.1.3680043.10.999.77",
                                      .number = 1,
                                      .view = "PA",
                                      .laterality = "L",
                                      .spacing = 0.15,
                                      .magnification = 1.04};

static int film_fd(const struct ost_dx *dx, uint32_t width, uint32_t height)
{
    OST_AUTO(ost_image) image = picture(width, height);
    struct ost_buf bytes;
    ost_buf_init(&bytes, 256 << 20);
    struct ost_err err;
    assert_true(ost_dicom_prepare(&err));
    assert_true(ost_dx_write(dx, image, &bytes, &err));
    int fd = holding(bytes.ptr, bytes.len);
    ost_buf_fini(&bytes);
    return fd;
}

static const struct ost_intake_options keyed = {.key = "0123456789abcdef", .key_len = 16};

static bool holds(const unsigned char *bytes, size_t len, const char *text)
{
    return memmem(bytes, len, text, strlen(text)) != NULL;
}

static void a_film_comes_in_without_its_patient(void **state)
{
    (void)state;
    int fd = film_fd(&planted, W, H);
    OST_AUTO(ost_clean_dicom) clean = NULL;
    struct ost_err err = {0};
    assert_true(ost_intake_run(fd, &keyed, &clean, &err));
    (void)close(fd);
    const struct ost_clean_facts *f = ost_clean_dicom_facts_view(clean);
    assert_int_equal(f->kind, OST_CLEAN_FILM);
    assert_int_equal(f->width, W);
    assert_int_equal(f->height, H);
    assert_int_equal(f->view, OST_CLEAN_VIEW_PA);
    assert_int_equal(f->side, OST_CLEAN_SIDE_LEFT);
    assert_near(f->spacing[0], 0.15 / 1.04, 1e-9);
    assert_int_equal(f->spacing_how, OST_CLEAN_HOW_MEASURED);
    OST_AUTO(ost_image) want = picture(W, H);
    OST_AUTO(ost_image) got = NULL;
    assert_true(ost_clean_dicom_image(clean, &got, &err));
    assert_memory_equal(got->pixel, want->pixel, sizeof(float) * W * H);

    size_t len = 0;
    const unsigned char *bytes = ost_clean_dicom_bytes_view(clean, &len);
    static const char *const never[] = {"Leakcheck", "Planted", "漏洩",     "かくにん",
                                        "55512345",  "1960010", "Referrer", "3680043"};
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
        assert_false(holds(bytes, len, never[i]));
    struct ost_buf json;
    ost_buf_init(&json, 1 << 20);
    assert_true(ost_clean_dicom_removed_json(clean, &json, &err));
    assert_true(holds(json.ptr, json.len, "\"tag\":\"00100010\""));
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
        assert_false(holds(json.ptr, json.len, never[i]));
    ost_buf_fini(&json);
}

static void a_study_sent_twice_is_one_study_under_one_key(void **state)
{
    (void)state;
    const struct ost_intake_options other = {.key = "another", .key_len = 7}, none = {0};
    const struct ost_intake_options *const options[] = {&keyed, &keyed, &other, &none};
    char uid[4][OST_CLEAN_UID_TEXT];
    for (size_t i = 0; i < 4; i++) {
        int fd = film_fd(&planted, W, H);
        OST_AUTO(ost_clean_dicom) clean = NULL;
        struct ost_err err;
        assert_true(ost_intake_run(fd, options[i], &clean, &err));
        assert_true(ost_clean_dicom_is_keyed(clean));
        ost_clean_dicom_uid(clean, OST_CLEAN_STUDY, uid[i]);
        (void)close(fd);
    }
    assert_string_equal(uid[0], uid[1]);
    assert_string_not_equal(uid[0], uid[2]);
    assert_true(strncmp(uid[0], "2.25.", 5) == 0);
    assert_string_equal(uid[3], "");
}

static void a_png_comes_in_as_a_film(void **state)
{
    (void)state;
    OST_AUTO(ost_image) image = picture(W, H);
    struct ost_buf png;
    ost_buf_init(&png, 1 << 24);
    struct ost_err err;
    assert_true(ost_png_write_grey(image, 16, &png, &err));
    int fd = holding(png.ptr, png.len);
    OST_AUTO(ost_clean_dicom) clean = NULL;
    assert_true(ost_intake_run(fd, &keyed, &clean, &err));
    const struct ost_clean_facts *f = ost_clean_dicom_facts_view(clean);
    assert_int_equal(f->source, OST_CLEAN_FROM_PNG);
    assert_int_equal(f->bits, 16);
    assert_int_equal(f->spacing_how, OST_CLEAN_HOW_NONE);
    OST_AUTO(ost_image) got = NULL;
    assert_true(ost_clean_dicom_image(clean, &got, &err));
    assert_memory_equal(got->pixel, image->pixel, sizeof(float) * W * H);
    ost_buf_fini(&png);
    (void)close(fd);
}

static void refused(int fd, const struct ost_intake_options *options, enum ost_code code,
                    const char *words)
{
    struct ost_clean_dicom *clean = NULL;
    struct ost_err err = {0};
    bool ok = ost_intake_run(fd, options, &clean, &err);
    (void)close(fd);
    assert_false(ok);
    assert_null(clean);
    if (err.code != code || strstr(err.msg, words) == NULL)
        print_error("%s: %s\n", ost_code_name(err.code), err.msg);
    assert_int_equal(err.code, code);
    assert_non_null(strstr(err.msg, words));
}

static void what_is_no_film_is_told_what_it_is(void **state)
{
    (void)state;
    refused(holding("", 0), &keyed, OST_INVALID, "the file is empty");
    refused(holding("%PDF-1.7 ...", 12), &keyed, OST_UNSUPPORTED, "this is a PDF");
    refused(holding("hello, world", 12), &keyed, OST_UNSUPPORTED, "no DICOM, PNG or JPEG");
}

static void a_file_that_never_ends_is_given_up(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    const struct ost_intake_options brief = {.seconds = 0.3};
    refused(ends[0], &brief, OST_LIMIT, "longer to read than the 0.3 s");
    (void)close(ends[1]);
}

static void a_film_that_needs_too_much_memory_is_told_so(void **state)
{
    (void)state;
#if !defined(__SANITIZE_ADDRESS__)
    const struct ost_intake_options small = {.memory = 160u << 20};
    refused(film_fd(&planted, 4096, 4096), &small, OST_LIMIT,
            "more memory to read than is allowed");
#endif
}

static void a_reader_that_dies_or_lies_is_no_film(void **state)
{
    (void)state;
    const struct ost_intake_options silent = {.program = "/bin/true"};
    refused(holding("x", 1), &silent, OST_CORRUPT, "makes the reader fail");
    const struct ost_intake_options failing = {.program = "/bin/false"};
    refused(holding("x", 1), &failing, OST_CORRUPT, "makes the reader fail");
    const struct ost_intake_options absent = {.program = "/nonexistent/reader"};
    refused(holding("x", 1), &absent, OST_UNAVAILABLE, "cannot be started");
}

/* Sleeping, silent for ever or never silent: the parent is free again in time. */
static void a_reader_that_was_taken_over_is_stopped(void **state)
{
    (void)state;
    const struct ost_intake_options brief = {.program = getenv("OSTEON_HOSTILE"), .seconds = 1};
    assert_non_null(brief.program);
    refused(holding("sleep", 5), &brief, OST_LIMIT, "takes longer to read");
    refused(holding("close", 5), &brief, OST_LIMIT, "takes longer to read");
    const struct ost_intake_options patient = {.program = brief.program, .seconds = 120};
    refused(holding("flood", 5), &patient, OST_LIMIT, "unpacks to more than is allowed");
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void *one_of_many(void *user)
{
    bool *ok = user;
    int fd = film_fd(&planted, W, H);
    OST_AUTO(ost_clean_dicom) clean = NULL;
    struct ost_err err;
    *ok = ost_intake_run(fd, &keyed, &clean, &err);
    (void)close(fd);
    return NULL;
}

static void several_threads_take_in_films_at_once(void **state)
{
    (void)state;
    struct ost_err err;
    assert_true(ost_dicom_prepare(&err));
    pthread_t thread[4];
    bool ok[4] = {false};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, one_of_many, &ok[i]), 0);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(thread[i], NULL), 0);
        assert_true(ok[i]);
    }
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* nobody left behind */
}

static void a_file_is_deidentified_to_a_file_in_the_cell_too(void **state)
{
    (void)state;
    int fd = film_fd(&planted, W, H);
    const struct ost_deid_profile basic = {0};
    struct ost_buf file, record;
    ost_buf_init(&file, 1 << 24);
    ost_buf_init(&record, 1 << 20);
    struct ost_err err = {0};
    assert_true(ost_intake_deid(fd, &keyed, &basic, &file, &record, &err));
    assert_memory_equal(file.ptr + 128, "DICM", 4);
    assert_false(holds(file.ptr, file.len, "Leakcheck"));
    assert_false(holds(file.ptr, file.len, "漏洩"));
    assert_true(holds(file.ptr, file.len, "113100"));
    assert_true(holds(record.ptr, record.len, "\"before_sha256\""));
    const struct ost_intake_options none = {0};
    assert_false(ost_intake_deid(fd, &none, &basic, &file, &record, &err));
    assert_int_equal(err.code, OST_INVALID);
    ost_buf_fini(&file);
    ost_buf_fini(&record);
    (void)close(fd);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], OST_INTAKE_CHILD) == 0)
        return ost_intake_child(argc - 1, argv + 1);
    const struct CMUnitTest all[] = {
        T(a_film_comes_in_without_its_patient),
        T(a_study_sent_twice_is_one_study_under_one_key),
        T(a_png_comes_in_as_a_film),
        T(what_is_no_film_is_told_what_it_is),
        T(a_file_that_never_ends_is_given_up),
        T(a_film_that_needs_too_much_memory_is_told_so),
        T(a_reader_that_dies_or_lies_is_no_film),
        T(a_reader_that_was_taken_over_is_stopped),
        T(several_threads_take_in_films_at_once),
        T(a_file_is_deidentified_to_a_file_in_the_cell_too),
    };
    return cmocka_run_group_tests(all, NULL, NULL);
}
