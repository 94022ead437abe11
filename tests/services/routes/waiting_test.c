/* alarm(). */
#define _DEFAULT_SOURCE
#include "recon/dicom/make.h"
#include "recon/image/png.h"
#include "services/routes/waiting_impl.h"
#include "tests/check.h"

#include <unistd.h>

enum { SIDE = 64, MOST = 1 << 20 };

static struct ost_clean_dicom *film(void)
{
    struct ost_err err;
    struct ost_buf png, record;
    struct ost_clean_dicom *clean = NULL;
    OST_AUTO(ost_image) image = NULL;
    ost_buf_init(&png, MOST);
    ost_buf_init(&record, MOST);
    assert_true(ost_image_create(&image, SIDE, SIDE, &err));
    assert_true(ost_png_write_grey(image, 16, &png, &err));
    assert_true(ost_clean_dicom_make(png.ptr, png.len, &record, &err));
    assert_true(ost_clean_dicom_open(record.ptr, record.len, &clean, &err));
    ost_buf_fini(&png);
    ost_buf_fini(&record);
    return clean;
}

/* One film of person 7, lent to the caller as ost_waiting_add() does. */
static struct ost_waiting *waiting_with(struct ost_pending *out)
{
    struct ost_err err;
    struct ost_waiting *waiting;
    const struct ost_pending one = {.user = 7, .institution = 1, .case_id = 3, .clean = film()};
    assert_true(ost_waiting_create(&waiting, MOST, MOST, &err));
    assert_true(ost_waiting_add(waiting, &one, out, &err));
    return waiting;
}

/* Else who lets a picture be drawn and discards it again and again holds every thread. */
static void a_film_that_is_lent_is_discarded_without_a_wait(void **state)
{
    (void)state;
    struct ost_err err;
    struct ost_pending lent, again;
    struct ost_waiting *waiting = waiting_with(&lent);
    (void)alarm(10); /* a wait would be for ever */
    assert_true(ost_waiting_discard(waiting, lent.id, 7, &err));
    (void)alarm(0);
    assert_non_null(ost_clean_dicom_facts_view(lent.clean)); /* the borrower has it still */
    assert_false(ost_waiting_lend(waiting, lent.id, 7, &again, &err));
    assert_int_equal(err.code, OST_NOT_FOUND);
    ost_waiting_return(waiting, lent.id, false);
    assert_false(ost_waiting_discard(waiting, lent.id, 7, &err));
    ost_waiting_destroy(waiting);
}

static void a_film_is_discarded_by_its_sender_alone(void **state)
{
    (void)state;
    struct ost_err err;
    struct ost_pending lent, again;
    struct ost_waiting *waiting = waiting_with(&lent);
    ost_waiting_return(waiting, lent.id, false);
    assert_false(ost_waiting_discard(waiting, lent.id, 8, &err));
    assert_int_equal(err.code, OST_NOT_FOUND);
    assert_true(ost_waiting_lend(waiting, lent.id, 7, &again, &err));
    ost_waiting_return(waiting, lent.id, false);
    assert_true(ost_waiting_discard(waiting, lent.id, 7, &err));
    assert_false(ost_waiting_lend(waiting, lent.id, 7, &again, &err));
    ost_waiting_destroy(waiting);
}

RUN(T(a_film_that_is_lent_is_discarded_without_a_wait), T(a_film_is_discarded_by_its_sender_alone))
