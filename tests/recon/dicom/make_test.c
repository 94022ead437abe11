/* What a film, a CT slice and a photograph become: numbers against their definitions. */
#include "recon/dicom/clean.h"
#include "recon/dicom/dx.h"
#include "recon/dicom/make.h"
#include "recon/dicom/prepare.h"
#include "recon/image/png.h"
#include "tests/check.h"
#include "tests/recon/dicom/dicom_bytes.h"

#include <stdlib.h>
#include <turbojpeg.h>
#include <zlib.h>

static struct ost_clean_dicom *made(struct ost_buf *bytes)
{
    struct ost_buf record;
    ost_buf_init(&record, OST_CLEAN_BYTES_MOST);
    struct ost_err err = {0};
    struct ost_clean_dicom *clean = NULL;
    bool ok = ost_clean_dicom_make(bytes->ptr, bytes->len, &record, &err) &&
              ost_clean_dicom_open(record.ptr, record.len, &clean, &err);
    if (!ok)
        print_error("%s\n", err.msg);
    assert_true(ok);
    ost_buf_fini(&record);
    ost_buf_fini(bytes);
    return clean;
}

static float pixel(const struct ost_clean_dicom *clean, size_t i)
{
    OST_AUTO(ost_image) image = NULL;
    struct ost_err err;
    assert_true(ost_clean_dicom_image(clean, &image, &err));
    return image->pixel[i];
}

/* Extra attributes of groups 0018 and 0020 between the name and the picture. */
struct extra {
    uint32_t tag;
    const char *vr, *text;
};

static struct ost_clean_dicom *film_with(const struct extra *extra, size_t count)
{
    struct ost_buf b;
    dicom_begin(&b, 1 << 20, DICOM_EXPLICIT, DICOM_DX);
    dicom_text(&b, 0x00080016, "UI", DICOM_DX);
    dicom_text(&b, 0x00080018, "UI", "1.2.3");
    bool pictured = false;
    for (size_t i = 0; i < count; i++) {
        if (!pictured && extra[i].tag > 0x00280103) {
            dicom_picture(&b, &dicom_small);
            pictured = true;
        }
        dicom_text(&b, extra[i].tag, extra[i].vr, extra[i].text);
    }
    if (!pictured)
        dicom_picture(&b, &dicom_small);
    return made(&b);
}

static void the_detector_pitch_is_assumed_and_calibration_measured(void **state)
{
    (void)state;
    const struct extra pitch[] = {{0x00181164, "DS", "0.2\\0.1"}};
    OST_AUTO(ost_clean_dicom) a = film_with(pitch, 1);
    const struct ost_clean_facts *f = ost_clean_dicom_facts_view(a);
    assert_int_equal(f->spacing_how, OST_CLEAN_HOW_ASSUMED);
    assert_near(f->spacing[0], 0.1, 0); /* columns apart: the second value of the file */
    assert_near(f->spacing[1], 0.2, 0);

    const struct extra magnified[] = {{0x00181114, "DS", "1.25"}, {0x00181164, "DS", "0.2\\0.1"}};
    OST_AUTO(ost_clean_dicom) b = film_with(magnified, 2);
    f = ost_clean_dicom_facts_view(b);
    assert_int_equal(f->spacing_how, OST_CLEAN_HOW_MEASURED);
    assert_near(f->spacing[0], 0.08, 1e-15);
    assert_near(f->magnification, 1.25, 0);

    /* Distances alone: the ratio is told, and not applied, for the table top is nominal. */
    const struct extra distances[] = {
        {0x00181110, "DS", "1100"}, {0x00181111, "DS", "1000"}, {0x00181164, "DS", "0.2\\0.1"}};
    OST_AUTO(ost_clean_dicom) c = film_with(distances, 3);
    f = ost_clean_dicom_facts_view(c);
    assert_int_equal(f->spacing_how, OST_CLEAN_HOW_ASSUMED);
    assert_near(f->spacing[0], 0.1, 0);
    assert_near(f->magnification, 1.1, 1e-12);
}

static void pixel_spacing_is_at_the_patient_only_where_it_says_so(void **state)
{
    (void)state;
    struct ost_buf b;
    for (int calibrated = 0; calibrated < 2; calibrated++) {
        dicom_begin(&b, 1 << 20, DICOM_EXPLICIT, DICOM_DX);
        dicom_text(&b, 0x00080016, "UI", DICOM_DX);
        dicom_text(&b, 0x00181164, "DS", "0.15\\0.15");
        dicom_u16(&b, 0x00280002, 1);
        dicom_text(&b, 0x00280004, "CS", "MONOCHROME2");
        dicom_u16(&b, 0x00280010, 1);
        dicom_u16(&b, 0x00280011, 2);
        dicom_text(&b, 0x00280030, "DS", "0.14\\0.14");
        dicom_u16(&b, 0x00280100, 8);
        dicom_u16(&b, 0x00280101, 8);
        dicom_u16(&b, 0x00280102, 7);
        dicom_u16(&b, 0x00280103, 0);
        if (calibrated == 1)
            dicom_text(&b, 0x00280A02, "CS", "FIDUCIAL");
        dicom_bytes(&b, 0x7FE00010, "OB", "\1\2", 2);
        OST_AUTO(ost_clean_dicom) clean = made(&b);
        const struct ost_clean_facts *f = ost_clean_dicom_facts_view(clean);
        assert_near(f->spacing[0], calibrated == 1 ? 0.14 : 0.15, 0);
        assert_int_equal(f->spacing_how,
                         calibrated == 1 ? OST_CLEAN_HOW_MEASURED : OST_CLEAN_HOW_ASSUMED);
    }
}

static void projection_and_side_are_closed_words(void **state)
{
    (void)state;
    static const struct {
        const char *position, *side;
        enum ost_clean_view view;
        enum ost_clean_side want;
    } row[] = {{"PA", "L", OST_CLEAN_VIEW_PA, OST_CLEAN_SIDE_LEFT},
               {"AP", "R", OST_CLEAN_VIEW_AP, OST_CLEAN_SIDE_RIGHT},
               {"LL", "B", OST_CLEAN_VIEW_LATERAL, OST_CLEAN_SIDE_BOTH},
               {"LATERAL", "U", OST_CLEAN_VIEW_LATERAL, OST_CLEAN_SIDE_UNKNOWN},
               {"RLO", "X", OST_CLEAN_VIEW_OBLIQUE, OST_CLEAN_SIDE_UNKNOWN},
               {"JOHN SMITH", "L", OST_CLEAN_VIEW_UNKNOWN, OST_CLEAN_SIDE_LEFT}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        const struct extra extra[] = {{0x00185101, "CS", row[i].position},
                                      {0x00200062, "CS", row[i].side}};
        OST_AUTO(ost_clean_dicom) clean = film_with(extra, 2);
        assert_int_equal(ost_clean_dicom_facts_view(clean)->view, row[i].view);
        assert_int_equal(ost_clean_dicom_facts_view(clean)->side, row[i].want);
    }
}

/* A film of two by one pixels with the given modality transform. */
static struct ost_clean_dicom *rescaled(const char *slope, const char *intercept,
                                        const char *photometric, uint16_t is_signed)
{
    struct ost_buf b;
    dicom_begin(&b, 1 << 20, DICOM_EXPLICIT, DICOM_DX);
    dicom_text(&b, 0x00080016, "UI", DICOM_DX);
    dicom_u16(&b, 0x00280002, 1);
    dicom_text(&b, 0x00280004, "CS", photometric);
    dicom_u16(&b, 0x00280010, 1);
    dicom_u16(&b, 0x00280011, 3);
    dicom_u16(&b, 0x00280100, 16);
    dicom_u16(&b, 0x00280101, 12);
    dicom_u16(&b, 0x00280102, 11);
    dicom_u16(&b, 0x00280103, is_signed);
    dicom_text(&b, 0x00281050, "DS", "40");
    dicom_text(&b, 0x00281051, "DS", "80");
    dicom_text(&b, 0x00281052, "DS", intercept);
    dicom_text(&b, 0x00281053, "DS", slope);
    dicom_bytes(&b, 0x7FE00010, "OW", "\x0a\0\x14\0\xff\x0f", 6); /* 10, 20, 4095 or -1 */
    return made(&b);
}

static void whole_transforms_keep_their_values(void **state)
{
    (void)state;
    OST_AUTO(ost_clean_dicom) a = rescaled("2", "5", "MONOCHROME2", 0);
    assert_near(pixel(a, 0), 25, 0);
    assert_near(pixel(a, 2), 8195, 0);
    assert_near(ost_clean_dicom_facts_view(a)->window[0], 40, 0);
    /* Below zero: everything moves up, the window with it. */
    OST_AUTO(ost_clean_dicom) b = rescaled("1", "-15", "MONOCHROME2", 1);
    assert_near(pixel(b, 0), 11, 0); /* 10 - 15 - (-16) */
    assert_near(pixel(b, 2), 0, 0);  /* -1 - 15 is the lowest */
    assert_near(ost_clean_dicom_facts_view(b)->window[0], 56, 0);
    OST_AUTO(ost_clean_dicom) c = rescaled("1", "0", "MONOCHROME1", 0);
    assert_near(pixel(c, 0), 65535 - 10, 0);
}

static void broken_transforms_fill_sixteen_bits(void **state)
{
    (void)state;
    OST_AUTO(ost_clean_dicom) a = rescaled("0.5", "0.25", "MONOCHROME2", 0);
    assert_near(pixel(a, 0), 0, 0);
    assert_near(pixel(a, 2), 65535, 0);
    assert_near(pixel(a, 1), 65535.0 * 10 / 4085, 1);
}

static void a_ct_slice_is_in_hounsfield_units_with_its_place(void **state)
{
    (void)state;
    struct ost_buf b;
    dicom_begin(&b, 1 << 20, DICOM_EXPLICIT, DICOM_CT);
    dicom_text(&b, 0x00080016, "UI", DICOM_CT);
    dicom_text(&b, 0x00180050, "DS", "0.6");
    dicom_text(&b, 0x0020000D, "UI", "1.2.3.9");
    dicom_text(&b, 0x00200013, "IS", "17");
    dicom_text(&b, 0x00200032, "DS", "-12.5\\3\\101.25");
    dicom_text(&b, 0x00200037, "DS", "1\\0\\0\\0\\1\\0");
    dicom_u16(&b, 0x00280002, 1);
    dicom_text(&b, 0x00280004, "CS", "MONOCHROME2");
    dicom_u16(&b, 0x00280010, 2);
    dicom_u16(&b, 0x00280011, 1);
    dicom_text(&b, 0x00280030, "DS", "0.5\\0.25");
    dicom_u16(&b, 0x00280100, 16);
    dicom_u16(&b, 0x00280101, 16);
    dicom_u16(&b, 0x00280102, 15);
    dicom_u16(&b, 0x00280103, 0);
    dicom_text(&b, 0x00281052, "DS", "-1024");
    dicom_text(&b, 0x00281053, "DS", "1");
    dicom_bytes(&b, 0x7FE00010, "OW", "\0\0\xe8\x07", 4); /* 0, 2024 */
    OST_AUTO(ost_clean_dicom) clean = made(&b);
    const struct ost_clean_facts *f = ost_clean_dicom_facts_view(clean);
    assert_int_equal(f->kind, OST_CLEAN_CT);
    assert_near(pixel(clean, 0), -1024, 0);
    assert_near(pixel(clean, 1), 1000, 0);
    assert_near(f->position[0], -12.5, 0);
    assert_near(f->position[2], 101.25, 0);
    assert_near(f->along_column[1], 1, 0);
    assert_near(f->spacing[0], 0.25, 0);
    assert_near(f->spacing[1], 0.5, 0);
    assert_near(f->thickness, 0.6, 0);
    assert_int_equal(f->instance, 17);
}

static void colour_becomes_luma(void **state)
{
    (void)state;
    struct ost_buf b;
    dicom_begin(&b, 1 << 20, DICOM_EXPLICIT, DICOM_SC);
    dicom_text(&b, 0x00080016, "UI", DICOM_SC);
    dicom_u16(&b, 0x00280002, 3);
    dicom_text(&b, 0x00280004, "CS", "RGB");
    dicom_u16(&b, 0x00280006, 1); /* by planes */
    dicom_u16(&b, 0x00280010, 1);
    dicom_u16(&b, 0x00280011, 2);
    dicom_u16(&b, 0x00280100, 8);
    dicom_u16(&b, 0x00280101, 8);
    dicom_u16(&b, 0x00280102, 7);
    dicom_u16(&b, 0x00280103, 0);
    dicom_bytes(&b, 0x7FE00010, "OB", "\xff\0\0\xff\0\0", 6); /* red, then green */
    OST_AUTO(ost_clean_dicom) clean = made(&b);
    assert_near(pixel(clean, 0), 0.299 * 255, 0.51);
    assert_near(pixel(clean, 1), 0.587 * 255, 0.51);
}

static void a_deflated_film_is_the_film(void **state)
{
    (void)state;
    struct ost_buf plain, b;
    dicom_whole(&plain, DICOM_DX, &dicom_small);
    dicom_begin(&b, 1 << 20, DICOM_DEFLATED, DICOM_DX);
    size_t data = plain.len;
    while (memcmp(plain.ptr + data, "\x08\0\x16\0UI", 6) != 0)
        data--;
    unsigned char packed[4096];
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = plain.ptr + data;
    z.avail_in = (unsigned int)(plain.len - data);
    z.next_out = packed;
    z.avail_out = sizeof packed;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    ost_buf_put(&b, packed, z.total_out);
    (void)deflateEnd(&z);
    OST_AUTO(ost_clean_dicom) one = made(&plain);
    OST_AUTO(ost_clean_dicom) two = made(&b);
    for (size_t i = 0; i < 24; i++) {
        assert_near(pixel(one, i), 3.0 * (double)i, 0);
        assert_near(pixel(two, i), 3.0 * (double)i, 0);
    }
}

static void what_the_writer_writes_comes_back(void **state)
{
    (void)state;
    OST_AUTO(ost_image) image = NULL;
    struct ost_err err;
    assert_true(ost_image_create(&image, 40, 30, &err));
    for (size_t i = 0; i < 1200; i++)
        image->pixel[i] = (float)(i * 3);
    for (int inverted = 0; inverted < 2; inverted++) {
        const struct ost_dx dx = {.patient_name = "A^B",
                                  .uid_root = "1.2.3",
                                  .number = 2,
                                  .view = "LL",
                                  .laterality = "R",
                                  .spacing = 0.143,
                                  .low_is_bright = inverted == 1};
        struct ost_buf b;
        ost_buf_init(&b, 1 << 20);
        assert_true(ost_dx_write(&dx, image, &b, &err));
        OST_AUTO(ost_clean_dicom) clean = made(&b);
        const struct ost_clean_facts *f = ost_clean_dicom_facts_view(clean);
        assert_int_equal(f->view, OST_CLEAN_VIEW_LATERAL);
        assert_int_equal(f->side, OST_CLEAN_SIDE_RIGHT);
        assert_near(f->spacing[0], 0.143, 1e-9);
        assert_true(f->low_is_bright == (inverted == 1));
        float offset = inverted == 1 ? 65535.0f - 4095.0f : 0.0f;
        for (size_t i = 0; i < 1200; i += 97)
            assert_near(pixel(clean, i), (double)(image->pixel[i] + offset), 0);
    }
}

/* A JPEG of eight by sixteen pixels, dark in its upper left quarter, with EXIF in front. */
static struct ost_buf photo(int orientation)
{
    unsigned char grey[8 * 16], *jpeg = NULL;
    unsigned long len = 0;
    for (size_t i = 0; i < sizeof grey; i++)
        grey[i] = i / 8 < 8 && i % 8 < 4 ? 20 : 220;
    tjhandle tj = tjInitCompress();
    assert_int_equal(tjCompress2(tj, grey, 8, 8, 16, TJPF_GRAY, &jpeg, &len, TJSAMP_GRAY, 95, 0),
                     0);
    (void)tjDestroy(tj);
    struct ost_buf b;
    ost_buf_init(&b, 1 << 16);
    ost_buf_put(&b, jpeg, 2);
    static const unsigned char exif[] = {
        0xFF, 0xE1, 0, 38, 'E', 'x', 'i', 'f', 0, 0, 'M', 'M', 0, 42, 0, 0, 0,   8,   0,   1,
        1,    0x12, 0, 3,  0,   0,   0,   1,   0, 0, 0,   0,   0, 0,  0, 0, 'G', 'P', 'S', '!'};
    size_t at = b.len;
    ost_buf_put(&b, exif, sizeof exif);
    b.ptr[at + 29] = (unsigned char)orientation;
    ost_buf_put(&b, jpeg + 2, len - 2);
    tjFree(jpeg);
    return b;
}

/* How far inside a shape with slanting left and right sides: its top is narrower. */
static double inside(double x, double y, double top, double bottom, double slant)
{
    double half = 90.0 + slant * y;
    return fmin(half - fabs(x - 150.0), fmin(y - top, bottom - y));
}

/* A film on a light box from above: its uploader sees it as from straight before it. */
static void a_photograph_taken_at_an_angle_is_straightened(void **state)
{
    (void)state;
    enum { W = 300, H = 400 };
    unsigned char *grey = malloc(W * H), *jpeg = NULL;
    unsigned long len = 0;
    assert_non_null(grey);
    for (int i = 0; i < W * H; i++) {
        double x = i % W, y = i / W;
        bool film = inside(x, y, 50.0, 350.0, 0.08) >= 0.0;
        bool box = fabs(x - 150.0) < 110.0 + 0.08 * y && y > 30.0 && y < 370.0;
        grey[i] = film ? 40 : box ? 230 : 15;
    }
    tjhandle tj = tjInitCompress();
    assert_int_equal(tjCompress2(tj, grey, W, W, H, TJPF_GRAY, &jpeg, &len, TJSAMP_GRAY, 90, 0), 0);
    (void)tjDestroy(tj);
    free(grey);
    struct ost_buf b;
    ost_buf_init(&b, 1 << 20);
    ost_buf_put(&b, jpeg, len);
    tjFree(jpeg);
    OST_AUTO(ost_clean_dicom) clean = made(&b);
    const struct ost_clean_facts *f = ost_clean_dicom_facts_view(clean);
    assert_true(f->width < 260 && f->height < 360);
    for (uint32_t y = 4; y < f->height - 4; y += 7) { /* the film alone, out to its four corners */
        assert_near(pixel(clean, (size_t)y * f->width + 4), 40, 25);
        assert_near(pixel(clean, (size_t)y * f->width + f->width - 5), 40, 25);
    }
}

static void a_photograph_stands_upright_and_says_no_more(void **state)
{
    (void)state;
    /* Where the dark quarter is, for each orientation: left or right, top or bottom. */
    static const struct {
        bool right, bottom;
    } dark[9] = {{0},           {false, false}, {true, false},
                 {true, true},  {false, true},  {false, false},
                 {true, false}, {true, true},   {false, true}};
    for (int how = 1; how <= 8; how++) {
        struct ost_buf b = photo(how);
        OST_AUTO(ost_clean_dicom) clean = made(&b);
        const struct ost_clean_facts *f = ost_clean_dicom_facts_view(clean);
        assert_int_equal(f->width, how < 5 ? 8 : 16);
        assert_int_equal(f->source, OST_CLEAN_FROM_JPEG);
        uint32_t x = dark[how].right ? f->width - 2 : 1, y = dark[how].bottom ? f->height - 2 : 1;
        assert_near(pixel(clean, (size_t)y * f->width + x), 20, 12);
        assert_near(pixel(clean, (size_t)(f->height - 1 - y) * f->width + f->width - 1 - x), 220,
                    12);
        size_t len = 0;
        const unsigned char *bytes = ost_clean_dicom_bytes_view(clean, &len);
        for (size_t i = 0; i + 4 <= len; i++)
            assert_false(memcmp(bytes + i, "GPS!", 4) == 0 || memcmp(bytes + i, "Exif", 4) == 0);
        struct ost_buf json;
        struct ost_err err;
        ost_buf_init(&json, 1 << 16);
        assert_true(ost_clean_dicom_removed_json(clean, &json, &err));
        ost_buf_put_u8(&json, 0);
        assert_non_null(strstr((const char *)json.ptr, "\"metadata_bytes\":36,"));
        ost_buf_fini(&json);
    }
}

static int prepare(void **state)
{
    (void)state;
    struct ost_err err;
    return ost_dicom_prepare(&err) ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest all[] = {T(the_detector_pitch_is_assumed_and_calibration_measured),
                                     T(pixel_spacing_is_at_the_patient_only_where_it_says_so),
                                     T(projection_and_side_are_closed_words),
                                     T(whole_transforms_keep_their_values),
                                     T(broken_transforms_fill_sixteen_bits),
                                     T(a_ct_slice_is_in_hounsfield_units_with_its_place),
                                     T(colour_becomes_luma),
                                     T(a_deflated_film_is_the_film),
                                     T(what_the_writer_writes_comes_back),
                                     T(a_photograph_stands_upright_and_says_no_more),
                                     T(a_photograph_taken_at_an_angle_is_straightened)};
    return cmocka_run_group_tests(all, prepare, NULL);
}
