#include "recon/dicom/clean.h"
#include "recon/dicom/clean_impl.h"
#include "tests/check.h"

#include <stdlib.h>
#include <string.h>

enum { W = 6, H = 5 };

static struct ost_clean_record film(void)
{
    struct ost_clean_record r = {.state = OST_CLEAN_FRESH};
    r.facts = (struct ost_clean_facts){.kind = OST_CLEAN_FILM,
                                       .source = OST_CLEAN_FROM_DICOM,
                                       .modality = OST_CLEAN_DX,
                                       .width = W,
                                       .height = H,
                                       .bits = 16,
                                       .view = OST_CLEAN_VIEW_LATERAL,
                                       .side = OST_CLEAN_SIDE_LEFT,
                                       .spacing = {0.15, 0.15},
                                       .spacing_how = OST_CLEAN_HOW_ASSUMED};
    r.suspected_count = 1;
    r.suspected[0] = (struct ost_clean_box){1, 1, 3, 2};
    r.removal_count = 2;
    r.removal[0] = (struct ost_deid_removal){0x00080020, 1, OST_DEID_EMPTIED};
    r.removal[1] = (struct ost_deid_removal){0x00100010, 2, OST_DEID_REPLACED};
    memset(r.file, 7, sizeof r.file);
    memset(r.uid[OST_CLEAN_STUDY], 9, sizeof r.uid[0]);
    return r;
}

/* Pixel i holds 100 + i. */
static struct ost_buf spell(const struct ost_clean_record *r)
{
    unsigned char pixels[W * H * 2];
    for (size_t i = 0; i < W * H; i++) {
        pixels[2 * i] = (unsigned char)(100 + i);
        pixels[2 * i + 1] = 0;
    }
    struct ost_buf out;
    ost_buf_init(&out, 1 << 16);
    struct ost_err err;
    assert_true(ost_clean_record_write(r, pixels, &out, &err));
    return out;
}

static struct ost_clean_dicom *opened(const struct ost_clean_record *r)
{
    struct ost_buf bytes = spell(r);
    struct ost_clean_dicom *clean = NULL;
    struct ost_err err;
    assert_true(ost_clean_dicom_open(bytes.ptr, bytes.len, &clean, &err));
    ost_buf_fini(&bytes);
    return clean;
}

static bool opens(const void *bytes, size_t len)
{
    struct ost_clean_dicom *clean = NULL;
    struct ost_err err;
    bool ok = ost_clean_dicom_open(bytes, len, &clean, &err);
    ost_clean_dicom_destroy(clean);
    return ok;
}

static void a_record_comes_back_as_it_was_written(void **state)
{
    (void)state;
    struct ost_clean_record r = film();
    struct ost_buf bytes = spell(&r);
    OST_AUTO(ost_clean_dicom) clean = opened(&r);
    size_t len = 0, count = 0;
    const unsigned char *same = ost_clean_dicom_bytes_view(clean, &len);
    assert_int_equal(len, bytes.len);
    assert_memory_equal(same, bytes.ptr, len);
    const struct ost_clean_facts *f = ost_clean_dicom_facts_view(clean);
    assert_int_equal(f->view, OST_CLEAN_VIEW_LATERAL);
    assert_near(f->spacing[0], 0.15, 0);
    assert_int_equal(ost_clean_dicom_suspected_view(clean, &count)->w, 3);
    assert_int_equal(count, 1);
    ost_buf_fini(&bytes);
}

static void every_shortened_record_is_refused(void **state)
{
    (void)state;
    struct ost_clean_record r = film();
    struct ost_buf bytes = spell(&r);
    for (size_t len = 0; len < bytes.len; len++)
        assert_false(opens(bytes.ptr, len));
    ost_buf_put_u8(&bytes, 0);
    assert_false(opens(bytes.ptr, bytes.len));
    ost_buf_fini(&bytes);
}

/* Whatever a changed byte turns into, it has only one spelling: its own. */
static void a_changed_byte_is_refused_or_spelled_the_same(void **state)
{
    (void)state;
    struct ost_clean_record r = film();
    struct ost_buf bytes = spell(&r);
    size_t refused = 0;
    for (size_t at = 0; at < bytes.len; at++) {
        for (unsigned int bit = 0; bit < 8; bit++) {
            bytes.ptr[at] ^= (unsigned char)(1u << bit);
            struct ost_clean_record *back = calloc(1, sizeof *back);
            assert_non_null(back);
            size_t pixels = 0;
            struct ost_err err;
            if (ost_clean_record_read(bytes.ptr, bytes.len, back, &pixels, &err)) {
                struct ost_buf again;
                ost_buf_init(&again, 1 << 16);
                assert_true(ost_clean_record_write(back, bytes.ptr + pixels, &again, &err));
                assert_int_equal(again.len, bytes.len);
                assert_memory_equal(again.ptr, bytes.ptr, bytes.len);
                ost_buf_fini(&again);
            } else {
                refused++;
            }
            free(back);
            bytes.ptr[at] ^= (unsigned char)(1u << bit);
        }
    }
    assert_true(refused > 500);
    ost_buf_fini(&bytes);
}

static void facts_that_contradict_each_other_are_refused(void **state)
{
    (void)state;
    struct ost_clean_record r = film();
    r.facts.spacing_how = OST_CLEAN_HOW_NONE;
    struct ost_buf bytes = spell(&r);
    assert_false(opens(bytes.ptr, bytes.len));
    ost_buf_fini(&bytes);

    r = film();
    r.facts.modality = OST_CLEAN_X_CT;
    bytes = spell(&r);
    assert_false(opens(bytes.ptr, bytes.len));
    ost_buf_fini(&bytes);

    r = film();
    r.suspected[0].w = W;
    bytes = spell(&r);
    assert_false(opens(bytes.ptr, bytes.len));
    ost_buf_fini(&bytes);

    r = film();
    r.facts.spacing[0] = NAN;
    bytes = spell(&r);
    assert_false(opens(bytes.ptr, bytes.len));
    ost_buf_fini(&bytes);
}

static void a_blacked_out_box_takes_the_darkest_value_around_it(void **state)
{
    (void)state;
    struct ost_clean_record r = film();
    OST_AUTO(ost_clean_dicom) clean = opened(&r);
    struct ost_err err;
    const struct ost_clean_box box = {2, 2, 2, 2};
    assert_true(ost_clean_dicom_blackout(clean, &box, 1, &err));
    OST_AUTO(ost_image) image = NULL;
    assert_true(ost_clean_dicom_image(clean, &image, &err));
    for (uint32_t y = 0; y < H; y++)
        for (uint32_t x = 0; x < W; x++) {
            bool inside = x >= 2 && x < 4 && y >= 2 && y < 4;
            float want = inside ? 100 + 1 * W + 1 : (float)(100 + y * W + x);
            assert_near(image->pixel[y * W + x], want, 0);
        }
    size_t count = 0;
    assert_int_equal(ost_clean_dicom_blacked_view(clean, &count)->x, 2);
    assert_int_equal(count, 1);
    size_t len = 0;
    const unsigned char *bytes = ost_clean_dicom_bytes_view(clean, &len);
    assert_true(opens(bytes, len));

    const struct ost_clean_box outside = {5, 0, 2, 1};
    assert_false(ost_clean_dicom_blackout(clean, &outside, 1, &err));
    assert_int_equal(err.code, OST_INVALID);
}

static void where_low_is_bright_black_is_the_highest_value(void **state)
{
    (void)state;
    struct ost_clean_record r = film();
    r.facts.low_is_bright = true;
    OST_AUTO(ost_clean_dicom) clean = opened(&r);
    struct ost_err err;
    OST_AUTO(ost_image) before = NULL;
    assert_true(ost_clean_dicom_image(clean, &before, &err));
    assert_near(before->pixel[0], 65535 - 100, 0);
    const struct ost_clean_box box = {2, 2, 1, 1};
    assert_true(ost_clean_dicom_blackout(clean, &box, 1, &err));
    OST_AUTO(ost_image) image = NULL;
    assert_true(ost_clean_dicom_image(clean, &image, &err));
    assert_near(image->pixel[2 * W + 2], 65535 - (100 + 3 * W + 3), 0);
}

static void a_record_is_keyed_once_and_then_names_its_study(void **state)
{
    (void)state;
    struct ost_clean_record r = film();
    OST_AUTO(ost_clean_dicom) one = opened(&r);
    OST_AUTO(ost_clean_dicom) same = opened(&r);
    OST_AUTO(ost_clean_dicom) other = opened(&r);
    struct ost_err err;
    char a[OST_CLEAN_UID_TEXT], b[OST_CLEAN_UID_TEXT];
    ost_clean_dicom_uid(one, OST_CLEAN_STUDY, a);
    assert_string_equal(a, "");
    assert_true(ost_clean_dicom_key(one, "key", 3, &err));
    assert_true(ost_clean_dicom_key(same, "key", 3, &err));
    assert_true(ost_clean_dicom_key(other, "yek", 3, &err));
    assert_true(ost_clean_dicom_is_keyed(one));
    assert_false(ost_clean_dicom_key(one, "key", 3, &err));
    assert_int_equal(err.code, OST_CONFLICT);
    ost_clean_dicom_uid(one, OST_CLEAN_STUDY, a);
    ost_clean_dicom_uid(same, OST_CLEAN_STUDY, b);
    assert_true(strncmp(a, "2.25.", 5) == 0 && strlen(a) > 30);
    assert_string_equal(a, b);
    ost_clean_dicom_uid(other, OST_CLEAN_STUDY, b);
    assert_string_not_equal(a, b);
    ost_clean_dicom_uid(one, OST_CLEAN_SERIES, b);
    assert_string_equal(b, "");
}

static void without_a_key_nothing_leads_back(void **state)
{
    (void)state;
    struct ost_clean_record r = film();
    OST_AUTO(ost_clean_dicom) clean = opened(&r);
    struct ost_err err;
    assert_true(ost_clean_dicom_key(clean, NULL, 0, &err));
    char text[OST_CLEAN_UID_TEXT];
    ost_clean_dicom_uid(clean, OST_CLEAN_STUDY, text);
    assert_string_equal(text, "");
    size_t len = 0;
    const unsigned char *bytes = ost_clean_dicom_bytes_view(clean, &len);
    for (size_t i = 0; i + 4 <= len; i++)
        assert_false(memcmp(bytes + i, "\7\7\7\7", 4) == 0 ||
                     memcmp(bytes + i, "\t\t\t\t", 4) == 0);
}

static void the_removal_record_names_tags_and_counts(void **state)
{
    (void)state;
    struct ost_clean_record r = film();
    OST_AUTO(ost_clean_dicom) clean = opened(&r);
    struct ost_buf json;
    ost_buf_init(&json, 1 << 16);
    struct ost_err err;
    assert_true(ost_clean_dicom_removed_json(clean, &json, &err));
    ost_buf_put_u8(&json, 0);
    const char *text = (const char *)json.ptr;
    assert_non_null(strstr(text, "{\"tag\":\"00100010\",\"name\":\"Patient's Name\","
                                 "\"action\":\"replaced\",\"count\":2}"));
    assert_non_null(strstr(text, "\"rules\":\"PS3.15 2024b\""));
    ost_buf_fini(&json);
}

static void the_preview_spreads_the_values_over_eight_bits(void **state)
{
    (void)state;
    struct ost_clean_record r = film();
    r.facts.window[0] = 110;
    r.facts.window[1] = 20;
    OST_AUTO(ost_clean_dicom) clean = opened(&r);
    struct ost_buf grey;
    ost_buf_init(&grey, 1 << 16);
    struct ost_err err;
    assert_true(ost_clean_dicom_preview(clean, &grey, &err));
    assert_int_equal(grey.len, W * H);
    assert_int_equal(grey.ptr[0], 0);
    assert_int_equal(grey.ptr[10], 128);
    assert_int_equal(grey.ptr[20], 255);
    ost_buf_fini(&grey);
}

static void a_view_is_set_by_the_one_who_looked(void **state)
{
    (void)state;
    struct ost_clean_record r = film();
    OST_AUTO(ost_clean_dicom) clean = opened(&r);
    struct ost_err err;
    enum ost_clean_view view = OST_CLEAN_VIEW_UNKNOWN;
    assert_true(ost_clean_view_of("oblique", &view));
    assert_false(ost_clean_view_of("sideways", &view));
    assert_true(ost_clean_dicom_set_view(clean, view, &err));
    assert_string_equal(ost_clean_view_name(ost_clean_dicom_facts_view(clean)->view), "oblique");
    size_t len = 0;
    const unsigned char *bytes = ost_clean_dicom_bytes_view(clean, &len);
    OST_AUTO(ost_clean_dicom) again = NULL;
    assert_true(ost_clean_dicom_open(bytes, len, &again, &err));
    assert_int_equal(ost_clean_dicom_facts_view(again)->view, OST_CLEAN_VIEW_OBLIQUE);
}

RUN(T(a_record_comes_back_as_it_was_written), T(every_shortened_record_is_refused),
    T(a_changed_byte_is_refused_or_spelled_the_same),
    T(facts_that_contradict_each_other_are_refused),
    T(a_blacked_out_box_takes_the_darkest_value_around_it),
    T(where_low_is_bright_black_is_the_highest_value),
    T(a_record_is_keyed_once_and_then_names_its_study), T(without_a_key_nothing_leads_back),
    T(the_removal_record_names_tags_and_counts), T(the_preview_spreads_the_values_over_eight_bits),
    T(a_view_is_set_by_the_one_who_looked))
