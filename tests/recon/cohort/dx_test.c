#include "recon/cohort/dx.h"
#include "recon/dicom/clean.h"
#include "recon/dicom/make.h"
#include "recon/dicom/prepare.h"
#include "tests/check.h"

#include <string.h>

static const struct ost_dx dx = {.patient_name = "PLANTED^NAME",
                                 .patient_id = "4711",
                                 .birth_date = "19470312",
                                 .study_date = "20240110",
                                 .institution = "Hospital",
                                 .physician = "DR^X",
                                 .side = OST_SIDE_LEFT,
                                 .projection = OST_PROJECTION_LATERAL,
                                 .spacing = 0.15,
                                 .source_to_detector = 1050.0,
                                 .number = 77};

static struct ost_image *ramp(void)
{
    struct ost_image *image = NULL;
    assert_true(ost_image_create(&image, 301, 203, NULL));
    for (int n = 0; n < 301 * 203; n++) {
        image->pixel[n] = (float)(n % 301) * 200.0F;
    }
    return image;
}

static void intake_reads_what_was_written(void **state)
{
    (void)state;
    OST_AUTO(ost_image) image = ramp();
    struct ost_buf file, record;
    struct ost_err err = {0};
    ost_buf_init(&file, 1 << 20);
    ost_buf_init(&record, 1 << 20);
    assert_true(ost_dicom_prepare(&err));
    assert_true(ost_dx_write(&dx, image, &file, &err));
    if (!ost_clean_dicom_make(file.ptr, file.len, &record, &err)) {
        fail_msg("%s", err.msg);
    }
    OST_AUTO(ost_clean_dicom) clean = NULL;
    assert_true(ost_clean_dicom_open(record.ptr, record.len, &clean, &err));
    const struct ost_clean_facts *facts = ost_clean_dicom_facts_view(clean);
    assert_int_equal(facts->kind, OST_CLEAN_FILM);
    assert_int_equal(facts->width, 301);
    assert_int_equal(facts->height, 203);
    assert_int_equal(facts->side, OST_CLEAN_SIDE_LEFT);
    assert_int_equal(facts->view, OST_CLEAN_VIEW_LATERAL);
    assert_near(facts->spacing[0], 0.15, 1e-9);
    assert_false(facts->low_is_bright);
    OST_AUTO(ost_image) back = NULL;
    assert_true(ost_clean_dicom_image(clean, &back, &err));
    assert_true(back->pixel[300] > back->pixel[150] && back->pixel[150] > back->pixel[0]);
    ost_buf_fini(&file);
    ost_buf_fini(&record);
}

static void the_identity_is_there_to_be_found(void **state)
{
    (void)state;
    OST_AUTO(ost_image) image = ramp();
    struct ost_buf a, b;
    ost_buf_init(&a, 1 << 20);
    ost_buf_init(&b, 1 << 20);
    assert_true(ost_dx_write(&dx, image, &a, NULL));
    assert_true(ost_dx_write(&dx, image, &b, NULL));
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.ptr, b.ptr, a.len);
    bool found = false;
    for (size_t n = 0; n + 12 < a.len && !found; n++) {
        found = memcmp(a.ptr + n, "PLANTED^NAME", 12) == 0;
    }
    assert_true(found);
    ost_buf_fini(&a);
    ost_buf_fini(&b);
}

RUN(T(intake_reads_what_was_written), T(the_identity_is_there_to_be_found))
