/*
 * One broken file per rule, each made here and sent in through the sandbox; each names the
 * code and the words it expects, and none leaves anything behind.
 */
#define _GNU_SOURCE
#include "services/sandbox/child.h"
#include "services/sandbox/intake.h"
#include "tests/check.h"
#include "tests/recon/dicom/dicom_bytes.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

static bool intake(const struct ost_buf *bytes, struct ost_clean_dicom **out, struct ost_err *err)
{
    static const struct ost_intake_options options = {.key = "key", .key_len = 3, .seconds = 20};
    int fd = memfd_create("broken", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes->ptr, bytes->len), bytes->len);
    bool ok = ost_intake_run(fd, &options, out, err);
    (void)close(fd);
    return ok;
}

static void refused(struct ost_buf *bytes, enum ost_code code, const char *words)
{
    struct ost_clean_dicom *clean = NULL;
    struct ost_err err = {0};
    assert_false(bytes->failed);
    bool ok = intake(bytes, &clean, &err);
    ost_buf_fini(bytes);
    ost_clean_dicom_destroy(clean);
    if (ok || err.code != code || strstr(err.msg, words) == NULL)
        print_error("wanted %s: %s\n   got %s: %s\n", ost_code_name(code), words,
                    ok ? "a film" : ost_code_name(err.code), ok ? "" : err.msg);
    assert_false(ok);
    assert_int_equal(err.code, code);
    assert_non_null(strstr(err.msg, words));
}

static struct ost_buf film(const struct dicom_film *f)
{
    struct ost_buf b;
    dicom_whole(&b, DICOM_DX, f);
    return b;
}

/* A file with everything but what the test adds, up to group 0028. */
static struct ost_buf start(void)
{
    struct ost_buf b;
    dicom_begin(&b, 64 << 20, DICOM_EXPLICIT, DICOM_DX);
    dicom_identify(&b, DICOM_DX);
    return b;
}

static void a_sound_film_passes(void **state)
{
    (void)state;
    struct ost_buf b = film(&dicom_small);
    struct ost_clean_dicom *clean = NULL;
    struct ost_err err;
    assert_true(intake(&b, &clean, &err));
    ost_clean_dicom_destroy(clean);
    ost_buf_fini(&b);
}

/* ------------------------------------------------ what it is */

static void an_empty_file(void **state)
{
    (void)state;
    struct ost_buf b;
    ost_buf_init(&b, 16);
    refused(&b, OST_INVALID, "the file is empty");
}

static void files_of_other_kinds(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
        const char *words;
    } kind[] = {{"%PDF-1.4 and so on", 18, "a PDF"},
                {"PK\3\4 and so on", 14, "a zip archive"},
                {"GIF89a and so on", 16, "a GIF"},
                {"II*\0 and so on", 14, "a TIFF"},
                {"\0\0\0\x18"
                 "ftypheic and",
                 16, "an HEIC"},
                {"RIFF\1\1\1\1WEBP and", 16, "a WebP"},
                {"\x1f\x8b\x08 and so on", 13, "a gzip archive"},
                {"Dear Doctor, plain", 18, "no DICOM, PNG or JPEG"}};
    for (size_t i = 0; i < sizeof kind / sizeof kind[0]; i++) {
        struct ost_buf b;
        ost_buf_init(&b, 64);
        ost_buf_put(&b, kind[i].bytes, kind[i].len);
        refused(&b, OST_UNSUPPORTED, kind[i].words);
    }
}

static void an_image_of_another_modality(void **state)
{
    (void)state;
    struct ost_buf b;
    dicom_whole(&b, "1.2.840.10008.5.1.4.1.1.4", &dicom_small); /* MR */
    refused(&b, OST_UNSUPPORTED, "no film and no CT slice");
}

static void a_film_without_a_picture(void **state)
{
    (void)state;
    struct ost_buf b = start();
    refused(&b, OST_INVALID, "holds no picture");
}

static void a_transfer_syntax_nobody_reads(void **state)
{
    (void)state;
    struct ost_buf b;
    dicom_begin(&b, 1 << 20, "1.2.840.10008.1.2.4.201", DICOM_DX); /* HTJ2K */
    dicom_identify(&b, DICOM_DX);
    refused(&b, OST_UNSUPPORTED, "a transfer syntax that is not read");
}

static void a_film_of_several_frames(void **state)
{
    (void)state;
    struct dicom_film f = dicom_small;
    f.frames = "3";
    f.pixel_bytes = 4 * 6 * 2 * 3;
    struct ost_buf b = film(&f);
    refused(&b, OST_UNSUPPORTED, "a picture of 3 frames: send each film by itself");
}

static void a_depth_nobody_reads(void **state)
{
    (void)state;
    struct dicom_film f = dicom_small;
    f.allocated = 32;
    f.stored = 32;
    f.high = 31;
    struct ost_buf b = film(&f);
    refused(&b, OST_UNSUPPORTED, "pixels of 1 samples of 32 bits");
}

static void a_palette(void **state)
{
    (void)state;
    struct dicom_film f = dicom_small;
    f.photometric = "PALETTE COLOR";
    struct ost_buf b = film(&f);
    refused(&b, OST_UNSUPPORTED, "not read here");
}

static void a_ct_slice_without_a_place(void **state)
{
    (void)state;
    struct ost_buf b;
    dicom_whole(&b, DICOM_CT, &dicom_small);
    refused(&b, OST_INVALID, "does not say where it lies");
}

/* ------------------------------------------------ lengths */

static void a_file_cut_off_in_its_pixels(void **state)
{
    (void)state;
    struct ost_buf b = film(&dicom_small);
    b.len -= 10;
    refused(&b, OST_CORRUPT, "ends inside attribute 7FE00010");
}

static void a_file_cut_off_in_an_attribute(void **state)
{
    (void)state;
    struct ost_buf b = start();
    dicom_head(&b, 0x00280004, "CS", 12);
    ost_buf_text(&b, "MONO");
    refused(&b, OST_CORRUPT, "ends inside attribute 00280004");
}

static void a_file_that_is_only_its_mark(void **state)
{
    (void)state;
    static const unsigned char zeros[128];
    struct ost_buf b;
    ost_buf_init(&b, 256);
    ost_buf_put(&b, zeros, sizeof zeros);
    ost_buf_text(&b, "DICM");
    refused(&b, OST_CORRUPT, "does not say its transfer syntax");
}

static void a_length_of_four_gigabytes(void **state)
{
    (void)state;
    struct ost_buf b = start();
    dicom_head(&b, 0x00281201, "OW", 0xFFFFFFF0u);
    ost_buf_text(&b, "few bytes");
    refused(&b, OST_CORRUPT, "ends inside attribute 00281201");
}

static void an_open_length_where_none_may_be(void **state)
{
    (void)state;
    struct ost_buf b = start();
    dicom_head(&b, 0x00281000, "UT", 0xFFFFFFFFu);
    ost_buf_text(&b, "text without an end");
    refused(&b, OST_CORRUPT, "attribute 00281000 has no length");
}

static void an_item_longer_than_its_sequence(void **state)
{
    (void)state;
    struct ost_buf b = start();
    dicom_head(&b, 0x00540220, "SQ", 16);
    dicom_mark(&b, 0xE000, 64);
    ost_buf_text(&b, "12345678");
    refused(&b, OST_CORRUPT, "cut off or damaged");
}

static void a_sequence_without_an_end(void **state)
{
    (void)state;
    struct ost_buf b = start();
    dicom_open(&b, 0x00540220);
    dicom_item(&b);
    refused(&b, OST_CORRUPT, "cut off or damaged");
}

static void an_item_mark_out_of_place(void **state)
{
    (void)state;
    struct ost_buf b = start();
    dicom_mark(&b, 0xE000, 0);
    refused(&b, OST_CORRUPT, "item mark FFFEE000");
}

static void an_attribute_without_a_representation(void **state)
{
    (void)state;
    struct ost_buf b = start();
    ost_buf_put(&b, "\x28\0\4\0\1\2\4\0MONO", 12);
    refused(&b, OST_CORRUPT, "has no value representation");
}

static void fewer_pixels_than_declared(void **state)
{
    (void)state;
    struct dicom_film f = dicom_small;
    f.pixel_bytes = 20;
    struct ost_buf b = film(&f);
    refused(&b, OST_CORRUPT, "20 bytes of pixels, 48 declared");
}

/* ------------------------------------------------ nesting and floods */

static void sequences_a_thousand_deep(void **state)
{
    (void)state;
    struct ost_buf b = start();
    for (int i = 0; i < 1000; i++) {
        dicom_open(&b, 0x00540220);
        dicom_item(&b);
    }
    for (int i = 0; i < 1000; i++) {
        dicom_item_end(&b);
        dicom_close(&b);
    }
    refused(&b, OST_LIMIT, "nested deeper than 32 levels");
}

/* A VR of UN hides sequences from those who read only the named ones. */
static void deep_sequences_in_unknown_attributes(void **state)
{
    (void)state;
    struct ost_buf b = start();
    dicom_head(&b, 0x00540220, "UN", 0xFFFFFFFFu);
    for (int i = 0; i < 1000; i++) {
        dicom_item(&b);
        ost_buf_put(&b, "\x54\0\x20\2\xff\xff\xff\xff", 8); /* implicit inside UN */
    }
    refused(&b, OST_LIMIT, "nested deeper than 32 levels");
}

static void deep_sequences_in_an_implicit_file(void **state)
{
    (void)state;
    struct ost_buf b;
    dicom_begin(&b, 1 << 20, DICOM_IMPLICIT, DICOM_DX);
    for (int i = 0; i < 1000; i++) {
        ost_buf_put(&b, "\x54\0\x20\2\xff\xff\xff\xff", 8);
        dicom_mark(&b, 0xE000, 0xFFFFFFFFu);
    }
    refused(&b, OST_LIMIT, "nested deeper than 32 levels");
}

static void a_million_attributes(void **state)
{
    (void)state;
    struct ost_buf b = start();
    for (int i = 0; i < 600000; i++)
        dicom_text(&b, 0x00280004, "CS", "");
    refused(&b, OST_LIMIT, "more than 500000 attributes");
}

static void a_flood_of_pixels(void **state)
{
    (void)state;
    struct dicom_film f = dicom_small;
    f.rows = 65535;
    f.columns = 65535;
    f.pixel_bytes = 64;
    struct ost_buf b = film(&f);
    refused(&b, OST_LIMIT, "65535 x 65535 pixels");
}

static void a_flood_of_frames(void **state)
{
    (void)state;
    struct dicom_film f = dicom_small;
    f.frames = "2000000000";
    f.pixel_bytes = 64;
    struct ost_buf b = film(&f);
    refused(&b, OST_LIMIT, "2000000000 frames");
}

static void a_film_wider_than_any(void **state)
{
    (void)state;
    struct dicom_film f = dicom_small;
    f.rows = 2;
    f.columns = 20000;
    struct ost_buf b = film(&f);
    refused(&b, OST_LIMIT, "20000 x 2 pixels is too large");
}

static void a_film_of_no_pixels(void **state)
{
    (void)state;
    struct dicom_film f = dicom_small;
    f.rows = 0;
    f.pixel_bytes = 8;
    struct ost_buf b = film(&f);
    refused(&b, OST_CORRUPT, "a picture of 6 x 0 pixels");
}

static void more_bits_stored_than_allocated(void **state)
{
    (void)state;
    struct dicom_film f = dicom_small;
    f.stored = 17;
    struct ost_buf b = film(&f);
    refused(&b, OST_CORRUPT, "17 bits stored of 16");
}

static void a_highest_bit_below_the_stored_ones(void **state)
{
    (void)state;
    struct dicom_film f = dicom_small;
    f.high = 3;
    struct ost_buf b = film(&f);
    refused(&b, OST_CORRUPT, "highest bit 3");
}

static void a_look_up_table_shorter_than_it_says(void **state)
{
    (void)state;
    struct ost_buf b = start();
    dicom_u16(&b, 0x00280002, 1);
    dicom_text(&b, 0x00280004, "CS", "MONOCHROME2");
    dicom_u16(&b, 0x00280010, 1);
    dicom_u16(&b, 0x00280011, 2);
    dicom_u16(&b, 0x00280100, 16);
    dicom_u16(&b, 0x00280101, 16);
    dicom_u16(&b, 0x00280102, 15);
    dicom_u16(&b, 0x00280103, 0);
    dicom_open(&b, 0x00283000);
    dicom_item(&b);
    dicom_bytes(&b, 0x00283002, "US", "\0\1\0\0\x10\0", 6); /* 256 entries from 0 */
    dicom_bytes(&b, 0x00283006, "OW", "\1\0\2\0", 4);
    dicom_item_end(&b);
    dicom_close(&b);
    dicom_bytes(&b, 0x7FE00010, "OW", "\1\0\2\0", 4);
    refused(&b, OST_CORRUPT, "look-up table of 256 entries, 2 present");
}

/* ------------------------------------------------ packed pixels */

static struct ost_buf packed(const char *syntax, const void *fragment, size_t len)
{
    struct ost_buf b;
    dicom_begin(&b, 1 << 20, syntax, DICOM_DX);
    dicom_identify(&b, DICOM_DX);
    dicom_u16(&b, 0x00280002, 1);
    dicom_text(&b, 0x00280004, "CS", "MONOCHROME2");
    dicom_u16(&b, 0x00280010, 8);
    dicom_u16(&b, 0x00280011, 8);
    dicom_u16(&b, 0x00280100, 8);
    dicom_u16(&b, 0x00280101, 8);
    dicom_u16(&b, 0x00280102, 7);
    dicom_u16(&b, 0x00280103, 0);
    dicom_head(&b, 0x7FE00010, "OB", 0xFFFFFFFFu);
    dicom_mark(&b, 0xE000, 0);
    dicom_mark(&b, 0xE000, (uint32_t)len);
    ost_buf_put(&b, fragment, len);
    dicom_close(&b);
    return b;
}

static void packed_pixels_that_are_none(void **state)
{
    (void)state;
    static const char *const syntax[] = {"1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.70",
                                         "1.2.840.10008.1.2.4.80", DICOM_RLE};
    for (size_t i = 0; i < 4; i++) {
        struct ost_buf b = packed(syntax[i], "this is not what it says, surely", 32);
        refused(&b, OST_CORRUPT, "the packed pixels are damaged");
    }
    struct ost_buf b = packed(DICOM_JPEG2000, "this is not what it says, surely", 32);
    refused(&b, OST_CORRUPT, "JPEG 2000");
}

/* A code stream whose header claims 65535 pixels a side. */
static void a_jpeg_2000_that_claims_more_than_the_file(void **state)
{
    (void)state;
    static const unsigned char siz[] = {0xFF, 0x4F, 0xFF, 0x51, 0, 41, 0,    0,    0, 0, 0xFF, 0xFF,
                                        0,    0,    0xFF, 0xFF, 0, 0,  0,    0,    0, 0, 0,    0,
                                        0,    0,    0xFF, 0xFF, 0, 0,  0xFF, 0xFF, 0, 0, 0,    0,
                                        0,    0,    0,    0,    0, 1,  7,    1,    1, 0};
    struct ost_buf b = packed(DICOM_JPEG2000, siz, sizeof siz);
    refused(&b, OST_CORRUPT, "JPEG 2000");
}

static void a_deflated_bomb(void **state)
{
    (void)state;
    struct ost_buf b;
    dicom_begin(&b, 1 << 22, DICOM_DEFLATED, DICOM_DX);
    size_t len = (size_t)300 << 20;
    unsigned char *zeros = calloc(1 << 20, 1), packed_bytes[65536];
    assert_non_null(zeros);
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY), Z_OK);
    for (size_t done = 0; done < len; done += 1 << 20) {
        z.next_in = zeros;
        z.avail_in = 1 << 20;
        bool last = done + (1 << 20) >= len;
        do {
            z.next_out = packed_bytes;
            z.avail_out = sizeof packed_bytes;
            (void)deflate(&z, last ? Z_FINISH : Z_NO_FLUSH);
            ost_buf_put(&b, packed_bytes, sizeof packed_bytes - z.avail_out);
        } while (z.avail_out == 0);
    }
    (void)deflateEnd(&z);
    free(zeros);
    refused(&b, OST_LIMIT, "unpacks to more than");
}

static void a_deflated_file_cut_off(void **state)
{
    (void)state;
    struct ost_buf b;
    dicom_begin(&b, 1 << 20, DICOM_DEFLATED, DICOM_DX);
    ost_buf_put(&b, "\x63\x60", 2);
    refused(&b, OST_CORRUPT, "deflated data set is damaged or cut off");
}

/* ------------------------------------------------ PNG and JPEG */

static void a_png_cut_off(void **state)
{
    (void)state;
    static const unsigned char png[] = {0x89, 'P', 'N', 'G', 13, 10, 26, 10, 0, 0, 0, 13,
                                        'I',  'H', 'D', 'R', 0,  0,  0,  4,  0, 0, 0, 4};
    struct ost_buf b;
    ost_buf_init(&b, 64);
    ost_buf_put(&b, png, sizeof png);
    refused(&b, OST_CORRUPT, "");
}

static void put_png_chunk(struct ost_buf *b, const char *type, const void *bytes, uint32_t len)
{
    for (int i = 24; i >= 0; i -= 8)
        ost_buf_put_u8(b, (uint8_t)(len >> i));
    size_t at = b->len;
    ost_buf_text(b, type);
    ost_buf_put(b, bytes, len);
    uint32_t crc = (uint32_t)crc32(0, b->ptr + at, len + 4);
    for (int i = 24; i >= 0; i -= 8)
        ost_buf_put_u8(b, (uint8_t)(crc >> i));
}

static void a_png_of_a_billion_pixels(void **state)
{
    (void)state;
    struct ost_buf b;
    ost_buf_init(&b, 4096);
    ost_buf_put(&b, "\x89PNG\r\n\x1a\n", 8);
    put_png_chunk(&b, "IHDR", "\0\0\x7f\xff\0\0\x7f\xff\x08\0\0\0\0", 13);
    put_png_chunk(&b, "IDAT", "\x78\x9c\x63\0\0\0\1\0\1", 9);
    put_png_chunk(&b, "IEND", "", 0);
    refused(&b, OST_LIMIT, "more than 16384 pixels along a side");
}

static void a_jpeg_that_stops_after_its_first_mark(void **state)
{
    (void)state;
    struct ost_buf b;
    ost_buf_init(&b, 64);
    ost_buf_put(&b, "\xff\xd8\xff\xe0\0\x10JFIF\0", 11);
    refused(&b, OST_CORRUPT, "");
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], OST_INTAKE_CHILD) == 0)
        return ost_intake_child(argc - 1, argv + 1);
    const struct CMUnitTest all[] = {T(a_sound_film_passes),
                                     T(an_empty_file),
                                     T(files_of_other_kinds),
                                     T(an_image_of_another_modality),
                                     T(a_film_without_a_picture),
                                     T(a_transfer_syntax_nobody_reads),
                                     T(a_film_of_several_frames),
                                     T(a_depth_nobody_reads),
                                     T(a_palette),
                                     T(a_ct_slice_without_a_place),
                                     T(a_file_cut_off_in_its_pixels),
                                     T(a_file_cut_off_in_an_attribute),
                                     T(a_file_that_is_only_its_mark),
                                     T(a_length_of_four_gigabytes),
                                     T(an_open_length_where_none_may_be),
                                     T(an_item_longer_than_its_sequence),
                                     T(a_sequence_without_an_end),
                                     T(an_item_mark_out_of_place),
                                     T(an_attribute_without_a_representation),
                                     T(fewer_pixels_than_declared),
                                     T(sequences_a_thousand_deep),
                                     T(deep_sequences_in_unknown_attributes),
                                     T(deep_sequences_in_an_implicit_file),
                                     T(a_million_attributes),
                                     T(a_flood_of_pixels),
                                     T(a_flood_of_frames),
                                     T(a_film_wider_than_any),
                                     T(a_film_of_no_pixels),
                                     T(more_bits_stored_than_allocated),
                                     T(a_highest_bit_below_the_stored_ones),
                                     T(a_look_up_table_shorter_than_it_says),
                                     T(packed_pixels_that_are_none),
                                     T(a_jpeg_2000_that_claims_more_than_the_file),
                                     T(a_deflated_bomb),
                                     T(a_deflated_file_cut_off),
                                     T(a_png_cut_off),
                                     T(a_png_of_a_billion_pixels),
                                     T(a_jpeg_that_stops_after_its_first_mark)};
    return cmocka_run_group_tests(all, NULL, NULL);
}
