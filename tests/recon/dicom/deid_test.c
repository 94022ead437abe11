#include "recon/dicom/deid.h"
#include "recon/dicom/prepare.h"
#include "tests/check.h"
#include "tests/recon/dicom/dicom_bytes.h"

#include <stdlib.h>

static const struct ost_deid_key key = {"a key for tests", 15};

static bool in_bytes(const struct ost_buf *b, const char *text)
{
    size_t len = strlen(text);
    for (size_t i = 0; i + len <= b->len; i++) {
        if (memcmp(b->ptr + i, text, len) == 0)
            return true;
    }
    return false;
}

static struct ost_deid_report report;

static bool deid(const struct ost_buf *in, const struct ost_deid_profile *profile,
                 struct ost_buf *out, struct ost_err *err)
{
    struct ost_deid_file file = {.report = &report};
    bool ok = ost_deid_file(in->ptr, in->len, profile, &key, &file, err);
    *out = file.bytes;
    return ok;
}

static const struct ost_deid_profile basic = {0};

static void begin(struct ost_buf *b)
{
    dicom_begin(b, 1 << 20, DICOM_EXPLICIT, DICOM_DX);
    dicom_text(b, 0x00080016, "UI", DICOM_DX);
    dicom_text(b, 0x00080018, "UI", "1.2.3");
}

/* A film whose attributes up to 0020 the test puts itself. */
static void finish(struct ost_buf *b)
{
    dicom_picture(b, &dicom_small);
}

static void japanese_names_go_in_every_group_and_encoding(void **state)
{
    (void)state;
    /* ISO_IR 192, and the same name in a series description as other systems write it. */
    static const char *const elsewhere[] = {"山田太郎様 手関節", "撮影: やまだ たろう",
                                            "TARO YAMADA LEFT", "yamada, taro"};
    for (size_t i = 0; i < sizeof elsewhere / sizeof elsewhere[0]; i++) {
        struct ost_buf in, out;
        dicom_begin(&in, 1 << 20, DICOM_EXPLICIT, DICOM_DX);
        dicom_text(&in, 0x00080005, "CS", "ISO_IR 192");
        dicom_text(&in, 0x00080016, "UI", DICOM_DX);
        dicom_text(&in, 0x00080018, "UI", "1.2.3");
        dicom_text(&in, 0x00081090, "LO", elsewhere[i]); /* the model's name: not in the table */
        dicom_text(&in, 0x00100010, "PN", "Yamada^Taro=山田^太郎=ヤマダ^タロウ");
        finish(&in);
        struct ost_err err = {0};
        assert_true(deid(&in, &basic, &out, &err));
        assert_false(in_bytes(&out, elsewhere[i]));
        assert_false(in_bytes(&out, "山田"));
        assert_false(in_bytes(&out, "Yamada"));
        ost_buf_fini(&in);
        ost_buf_fini(&out);
    }
}

static void a_shift_jis_name_is_found_behind_its_utf8_one(void **state)
{
    (void)state;
    struct ost_buf in, out;
    dicom_begin(&in, 1 << 20, DICOM_EXPLICIT, DICOM_DX);
    dicom_text(&in, 0x00080005, "CS", "ISO_IR 192");
    dicom_text(&in, 0x00080016, "UI", DICOM_DX);
    dicom_text(&in, 0x00080018, "UI", "1.2.3");
    dicom_text(&in, 0x00081090, "LO", "\x8e\x52\x93\x63\x91\xbe\x98\x59"); /* 山田太郎 */
    dicom_text(&in, 0x00100010, "PN", "=山田^太郎");
    finish(&in);
    struct ost_err err = {0};
    assert_true(deid(&in, &basic, &out, &err));
    assert_false(in_bytes(&out, "\x8e\x52\x93\x63"));
    ost_buf_fini(&in);
    ost_buf_fini(&out);
}

static void a_birth_date_is_found_as_people_write_it(void **state)
{
    (void)state;
    static const char *const forms[] = {"1960-01-02",   "born 02.01.1960", "1960/1/2",
                                        "S35.1.2 M",    "昭和35年1月2日",  "S350102",
                                        "1960年1月2日", "01/02/1960"};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        struct ost_buf in, out;
        dicom_begin(&in, 1 << 20, DICOM_EXPLICIT, DICOM_DX);
        dicom_text(&in, 0x00080005, "CS", "ISO_IR 192");
        dicom_text(&in, 0x00080016, "UI", DICOM_DX);
        dicom_text(&in, 0x00080018, "UI", "1.2.3");
        dicom_text(&in, 0x00081090, "LO", forms[i]);
        dicom_text(&in, 0x00100030, "DA", "19600102");
        finish(&in);
        struct ost_err err = {0};
        assert_true(deid(&in, &basic, &out, &err));
        assert_false(in_bytes(&out, forms[i]));
        ost_buf_fini(&in);
        ost_buf_fini(&out);
    }
}

/* A look-up table is kept, and nobody reads words in it: the search of the bytes does. */
static void a_name_hidden_in_numbers_refuses_the_file(void **state)
{
    (void)state;
    struct ost_buf in, out;
    begin(&in);
    dicom_text(&in, 0x00100010, "PN", "Hidden^Harriet");
    dicom_bytes(&in, 0x00281201, "OW", "..Hidden^Harriet", 16);
    finish(&in);
    struct ost_err err = {0};
    assert_false(deid(&in, &basic, &out, &err));
    assert_int_equal(err.code, OST_DENIED);
    assert_null(strstr(err.msg, "Hidden"));
    assert_null(out.ptr);
    ost_buf_fini(&in);
}

static struct ost_buf dated(const char *patient, const char *study, const char *series)
{
    struct ost_buf in;
    begin(&in);
    dicom_text(&in, 0x00080020, "DA", study);
    dicom_text(&in, 0x00080021, "DA", series);
    dicom_text(&in, 0x0008002A, "DT", "20240303101112.5+0900");
    dicom_text(&in, 0x00100020, "LO", patient);
    finish(&in);
    return in;
}

/* A date of the output, by its tag: explicit little endian, eight characters. */
static long date_at(const struct ost_buf *b, uint32_t tag)
{
    unsigned char head[8] = {(unsigned char)(tag >> 16 & 0xff),
                             (unsigned char)(tag >> 24),
                             (unsigned char)(tag & 0xff),
                             (unsigned char)(tag >> 8 & 0xff),
                             'D',
                             'A',
                             8,
                             0};
    for (size_t i = 0; i + 16 <= b->len; i++) {
        if (memcmp(b->ptr + i, head, 8) == 0) {
            char text[9] = {0};
            memcpy(text, b->ptr + i + 8, 8);
            return strtol(text, NULL, 10);
        }
    }
    return 0;
}

/* Days between two dates written as numbers, by counting them out. */
static long days_between(long from, long to)
{
    static const int month[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    long days = 0;
    for (long at = from; at < to; days++) {
        long y = at / 10000, m = at / 100 % 100, d = at % 100;
        bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
        int last = month[m - 1] + (m == 2 && leap ? 1 : 0);
        if (d < last)
            at++;
        else
            at = m < 12 ? y * 10000 + (m + 1) * 100 + 1 : (y + 1) * 10000 + 101;
    }
    return days;
}

static void dates_move_together_and_keep_their_distance(void **state)
{
    (void)state;
    const struct ost_deid_profile shift = {.options = 1u << OST_DEID_SHIFT_DATES,
                                           .keep_weekday = true};
    struct ost_buf a = dated("P-100", "20240301", "20240415"),
                   b = dated("P-200", "20240301", "20240415");
    struct ost_buf one, two;
    struct ost_err err = {0};
    assert_true(deid(&a, &shift, &one, &err));
    assert_true(deid(&b, &shift, &two, &err));
    long study = date_at(&one, 0x00080020), series = date_at(&one, 0x00080021);
    assert_true(study > 20140101 && study < 20240301);
    assert_int_equal(days_between(study, series), days_between(20240301, 20240415));
    assert_int_equal(days_between(study, 20240301) % 7, 0);
    assert_int_not_equal(study, date_at(&two, 0x00080020));
    assert_true(in_bytes(&one, "101112.5+0900"));
    assert_false(in_bytes(&one, "20240303101112"));
    assert_true(in_bytes(&one, "113107"));
    assert_true(in_bytes(&one, "MODIFIED"));
    ost_buf_fini(&a);
    ost_buf_fini(&b);
    ost_buf_fini(&one);
    ost_buf_fini(&two);
}

static void private_attributes_go_unless_the_profile_names_them(void **state)
{
    (void)state;
    struct ost_buf in, out;
    begin(&in);
    dicom_text(&in, 0x00190011, "LO", "ACME 1.0");
    dicom_text(&in, 0x00191108, "DS", "12.5");
    dicom_text(&in, 0x00191109, "LO", "private words");
    finish(&in);
    struct ost_err err = {0};
    assert_true(deid(&in, &basic, &out, &err));
    assert_false(in_bytes(&out, "ACME"));
    assert_int_equal(report.private_count, 3);
    ost_buf_fini(&out);
    const struct ost_deid_profile safe = {.safe = {{"ACME 1.0", 0x00190008}}, .safe_count = 1};
    assert_true(deid(&in, &safe, &out, &err));
    assert_true(in_bytes(&out, "ACME 1.0"));
    assert_true(in_bytes(&out, "12.5"));
    assert_false(in_bytes(&out, "private words"));
    assert_true(in_bytes(&out, "113111"));
    ost_buf_fini(&out);
    ost_buf_fini(&in);
}

static void what_nobody_knows_goes(void **state)
{
    (void)state;
    struct ost_buf in, out;
    begin(&in);
    dicom_text(&in, 0x00080FFE, "LO", "of no dictionary");
    dicom_text(&in, 0x00081090, "UN", "known, of unknown kind");
    dicom_text(&in, 0x00189999, "UT", "long and unknown");
    finish(&in);
    struct ost_err err = {0};
    assert_true(deid(&in, &basic, &out, &err));
    assert_false(in_bytes(&out, "of no dictionary"));
    assert_false(in_bytes(&out, "of unknown kind"));
    assert_int_equal(report.unknown_count, 3);
    ost_buf_fini(&out);
    ost_buf_fini(&in);
}

/* A writer that did not know the name's kind, or took another: it is a name all the same. */
static void a_name_is_one_whatever_kind_it_is_said_to_be(void **state)
{
    (void)state;
    static const char *const kind[] = {"UN", "LO", "CS", "UT", "OB"};
    static const char *const elsewhere[] = {"Mustermann, wrist unit", "unit 4711-0815",
                                            "unit 03.02.1948"};
    for (size_t i = 0; i < 15; i++) {
        struct ost_buf in, out;
        const char *vr = kind[i / 3];
        begin(&in);
        dicom_text(&in, 0x00081090, "LO", elsewhere[i % 3]);
        dicom_text(&in, 0x00100010, vr, "Mustermann^Erika");
        dicom_text(&in, 0x00100020, vr, "4711-0815");
        dicom_text(&in, 0x00100030, vr, "19480203");
        finish(&in);
        struct ost_err err = {0};
        assert_true(deid(&in, &basic, &out, &err));
        if (in_bytes(&out, elsewhere[i % 3]))
            fail_msg("'%s' stays beside a name of kind %s", elsewhere[i % 3], vr);
        assert_false(in_bytes(&out, "Mustermann"));
        ost_buf_fini(&in);
        ost_buf_fini(&out);
    }
}

/* A date, a UID or a name that no table names, written as a text. */
static void what_is_said_to_be_something_else_goes(void **state)
{
    (void)state;
    struct ost_buf in, out;
    begin(&in);
    dicom_text(&in, 0x00140102, "SH", "19991231"); /* of no table */
    dicom_text(&in, 0x0018991E, "LO", "1.2.392.4711");
    finish(&in);
    struct ost_err err = {0};
    assert_true(deid(&in, &basic, &out, &err));
    assert_false(in_bytes(&out, "19991231"));
    assert_false(in_bytes(&out, "1.2.392.4711"));
    ost_buf_fini(&in);
    ost_buf_fini(&out);
}

/* Beside the pixels, in the group of file heads and in that of directories. */
static void no_text_hides_where_no_text_belongs(void **state)
{
    (void)state;
    struct ost_buf in, out;
    dicom_begin(&in, 1 << 20, DICOM_EXPLICIT, DICOM_DX);
    dicom_text(&in, 0x00041500, "CS", "MEIER_HANS");
    dicom_text(&in, 0x00080016, "UI", DICOM_DX);
    dicom_text(&in, 0x00080018, "UI", "1.2.3");
    dicom_text(&in, 0x00020016, "AE", "HOSPITAL_NORTH");
    finish(&in);
    dicom_text(&in, 0x7FE01234, "UT", "whispered");
    dicom_text(&in, 0x7FE01236, "UN", "mumbled");
    struct ost_err err = {0};
    assert_true(deid(&in, &basic, &out, &err));
    assert_false(in_bytes(&out, "MEIER_HANS"));
    assert_false(in_bytes(&out, "HOSPITAL_NORTH"));
    assert_false(in_bytes(&out, "whispered"));
    assert_false(in_bytes(&out, "mumbled"));
    ost_buf_fini(&in);
    ost_buf_fini(&out);
}

/* Of 32 bits eight are stored: three letters would fit beside each pixel. */
static void nothing_stays_beside_the_bits_of_wide_pixels(void **state)
{
    (void)state;
    static const char hidden[] = "\1Mus\2ter\3man\4n  "; /* 2 x 2 pixels of 4 bytes */
    struct ost_buf in, out;
    begin(&in);
    dicom_u16(&in, 0x00280002, 1);
    dicom_text(&in, 0x00280004, "CS", "MONOCHROME2");
    dicom_u16(&in, 0x00280010, 2);
    dicom_u16(&in, 0x00280011, 2);
    dicom_u16(&in, 0x00280100, 32);
    dicom_u16(&in, 0x00280101, 8);
    dicom_u16(&in, 0x00280102, 7);
    dicom_u16(&in, 0x00280103, 0);
    dicom_bytes(&in, 0x7FE00010, "OW", hidden, 16);
    struct ost_err err = {0};
    assert_true(deid(&in, &basic, &out, &err));
    assert_true(out.len > 16);
    assert_memory_equal(out.ptr + out.len - 16, "\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0", 16);
    ost_buf_fini(&in);
    ost_buf_fini(&out);
}

/* Overlays of old devices lie in the bits above the stored ones. */
static void bits_beside_the_stored_ones_are_cleared(void **state)
{
    (void)state;
    struct dicom_film f = dicom_small;
    f.pixel_bytes = 4 * 6 * 2;
    struct ost_buf in, out;
    dicom_whole(&in, DICOM_DX, &f);
    for (size_t i = in.len - f.pixel_bytes; i < in.len; i += 2)
        in.ptr[i + 1] |= 0xA0;
    struct ost_err err = {0};
    assert_true(deid(&in, &basic, &out, &err));
    for (size_t i = 0; i < f.pixel_bytes; i += 2) {
        const unsigned char *p = out.ptr + out.len - f.pixel_bytes + i;
        assert_int_equal(p[0] | p[1] << 8, i / 2 * 3);
    }
    ost_buf_fini(&in);
    ost_buf_fini(&out);
}

static void bytes_after_the_last_pixel_are_cut_off(void **state)
{
    (void)state;
    struct dicom_film f = dicom_small;
    f.pixel_bytes = 4 * 6 * 2 + 40;
    struct ost_buf in, out;
    dicom_whole(&in, DICOM_DX, &f);
    memcpy(in.ptr + in.len - 24, "somebody's secret", 17);
    struct ost_err err = {0};
    assert_true(deid(&in, &basic, &out, &err));
    assert_false(in_bytes(&out, "somebody's secret"));
    ost_buf_fini(&in);
    ost_buf_fini(&out);
}

static void overlays_and_preamble_and_old_meta_go(void **state)
{
    (void)state;
    struct ost_buf in, out;
    dicom_begin(&in, 1 << 20, DICOM_EXPLICIT, DICOM_DX);
    memcpy(in.ptr, "SECRET PREAMBLE", 15);
    dicom_text(&in, 0x00080016, "UI", DICOM_DX);
    dicom_text(&in, 0x00080018, "UI", "1.2.3");
    dicom_u16(&in, 0x00280002, 1);
    dicom_text(&in, 0x00280004, "CS", "MONOCHROME2");
    dicom_u16(&in, 0x00280010, 2);
    dicom_u16(&in, 0x00280011, 2);
    dicom_u16(&in, 0x00280100, 8);
    dicom_u16(&in, 0x00280101, 8);
    dicom_u16(&in, 0x00280102, 7);
    dicom_u16(&in, 0x00280103, 0);
    dicom_u16(&in, 0x60000010, 2);
    dicom_text(&in, 0x60001500, "LO", "overlay label");
    dicom_bytes(&in, 0x60003000, "OW", "overlay bits", 12);
    dicom_bytes(&in, 0x7FE00010, "OB", "\1\2\3\4", 4);
    struct ost_err err = {0};
    assert_true(deid(&in, &basic, &out, &err));
    assert_false(in_bytes(&out, "SECRET"));
    assert_false(in_bytes(&out, "overlay"));
    assert_false(in_bytes(&out, "1.2.3.4.5"));
    ost_buf_fini(&in);
    ost_buf_fini(&out);
}

/* One study, two files, one key: still one study; another key: another study. */
static void uids_agree_across_files_of_one_key(void **state)
{
    (void)state;
    struct ost_buf in, one, two;
    dicom_whole(&in, DICOM_DX, &dicom_small);
    struct ost_err err = {0};
    assert_true(deid(&in, &basic, &one, &err));
    struct ost_deid_file other = {.report = &report};
    const struct ost_deid_key yek = {"another key here", 16};
    assert_true(ost_deid_file(in.ptr, in.len, &basic, &yek, &other, &err));
    assert_true(deid(&in, &basic, &two, &err));
    assert_int_equal(one.len, two.len);
    assert_memory_equal(one.ptr, two.ptr, one.len);
    assert_false(other.bytes.len == one.len && memcmp(other.bytes.ptr, one.ptr, one.len) == 0);
    assert_true(in_bytes(&one, "2.25."));
    assert_true(in_bytes(&one, "OST-"));
    assert_true(in_bytes(&one, DICOM_DX)); /* a class of the standard is no identity */
    ost_buf_fini(&in);
    ost_buf_fini(&one);
    ost_buf_fini(&two);
    ost_buf_fini(&other.bytes);
}

static void the_record_tells_what_was_done_and_no_value(void **state)
{
    (void)state;
    struct ost_buf in, out, json;
    dicom_whole(&in, DICOM_DX, &dicom_small);
    struct ost_err err = {0};
    assert_true(deid(&in, &basic, &out, &err));
    ost_buf_init(&json, 1 << 20);
    assert_true(ost_deid_report_json(&report, &json, &err));
    assert_true(
        in_bytes(&json, "{\"tag\":\"00100010\",\"name\":\"Patient's Name\",\"action\":\"replaced\","
                        "\"count\":1}"));
    assert_true(in_bytes(&json, "\"rules\":\"PS3.15 2024b\""));
    assert_false(in_bytes(&json, "Planted"));
    assert_false(in_bytes(&json, "9911882"));
    ost_buf_fini(&in);
    ost_buf_fini(&out);
    ost_buf_fini(&json);
}

/* Words that de-identification itself writes do not make it refuse a Mr Basic. */
static void a_patient_called_like_our_own_words_passes(void **state)
{
    (void)state;
    static const char *const names[] = {"Basic^Clean", "Osteon^Dcm", "Anon^Anon"};
    for (size_t i = 0; i < 3; i++) {
        struct ost_buf in, out;
        begin(&in);
        dicom_text(&in, 0x00081010, "SH", "ROOM 1"); /* replaced by a dummy */
        dicom_text(&in, 0x00100010, "PN", names[i]);
        dicom_text(&in, 0x00100030, "DA", "19000101");
        finish(&in);
        struct ost_err err = {0};
        assert_true(deid(&in, &basic, &out, &err));
        assert_false(in_bytes(&out, names[i]));
        ost_buf_fini(&in);
        ost_buf_fini(&out);
    }
}

/* Free text keeps only words that cannot name anybody. */
static void cleaned_descriptors_keep_harmless_words(void **state)
{
    (void)state;
    const struct ost_deid_profile clean = {.options = 1u << OST_DEID_CLEAN_DESCRIPTORS};
    struct ost_buf in, out;
    begin(&in);
    dicom_text(&in, 0x00081030, "LO", "Left wrist of Mrs Miller, room 12");
    finish(&in);
    struct ost_err err = {0};
    assert_true(deid(&in, &clean, &out, &err));
    assert_true(in_bytes(&out, "Left wrist of"));
    assert_false(in_bytes(&out, "Miller"));
    assert_false(in_bytes(&out, "room"));
    assert_true(in_bytes(&out, "113105"));
    ost_buf_fini(&in);
    ost_buf_fini(&out);
}

static int prepare(void **state)
{
    (void)state;
    struct ost_err err;
    return ost_dicom_prepare(&err) ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest all[] = {T(japanese_names_go_in_every_group_and_encoding),
                                     T(a_shift_jis_name_is_found_behind_its_utf8_one),
                                     T(a_birth_date_is_found_as_people_write_it),
                                     T(a_name_hidden_in_numbers_refuses_the_file),
                                     T(dates_move_together_and_keep_their_distance),
                                     T(private_attributes_go_unless_the_profile_names_them),
                                     T(what_nobody_knows_goes),
                                     T(a_name_is_one_whatever_kind_it_is_said_to_be),
                                     T(what_is_said_to_be_something_else_goes),
                                     T(no_text_hides_where_no_text_belongs),
                                     T(nothing_stays_beside_the_bits_of_wide_pixels),
                                     T(bits_beside_the_stored_ones_are_cleared),
                                     T(bytes_after_the_last_pixel_are_cut_off),
                                     T(overlays_and_preamble_and_old_meta_go),
                                     T(uids_agree_across_files_of_one_key),
                                     T(the_record_tells_what_was_done_and_no_value),
                                     T(a_patient_called_like_our_own_words_passes),
                                     T(cleaned_descriptors_keep_harmless_words)};
    return cmocka_run_group_tests(all, prepare, NULL);
}
