#include "recon/image/png.h"
#include "tests/check.h"

#include <stdlib.h>
#include <string.h>

static struct ost_image *ramp(uint32_t width, uint32_t height, double most)
{
    struct ost_image *image = NULL;
    assert_true(ost_image_create(&image, width, height, NULL));
    for (uint32_t i = 0; i < width * height; i++)
        image->pixel[i] = (float)floor(most * (double)((i * 7919U) % 1009U) / 1008.0);
    return image;
}

static void grey_comes_back_as_it_was_written(void **state)
{
    (void)state;
    static const uint32_t depth[] = {8, 16};
    for (size_t d = 0; d < 2; d++) {
        OST_AUTO(ost_image) image = ramp(37, 21, depth[d] == 8 ? 255.0 : 65535.0);
        OST_AUTO(ost_image) back = NULL;
        struct ost_buf file;
        ost_buf_init(&file, 1 << 20);
        uint32_t bits = 0;
        assert_true(ost_png_write_grey(image, depth[d], &file, NULL));
        assert_true(ost_png_read_grey(file.ptr, file.len, &back, &bits, NULL));
        assert_int_equal(bits, depth[d]);
        assert_int_equal(back->width, 37);
        assert_int_equal(back->height, 21);
        assert_memory_equal(back->pixel, image->pixel, 37 * 21 * sizeof *image->pixel);
        ost_buf_fini(&file);
    }
}

static void values_outside_the_range_are_kept_at_its_ends(void **state)
{
    (void)state;
    OST_AUTO(ost_image) image = ramp(4, 1, 0.0);
    OST_AUTO(ost_image) back = NULL;
    const float in[4] = {-5.0F, 254.6F, 300.0F, NAN};
    memcpy(image->pixel, in, sizeof in);
    struct ost_buf file;
    ost_buf_init(&file, 1 << 20);
    assert_true(ost_png_write_grey(image, 8, &file, NULL));
    assert_true(ost_png_read_grey(file.ptr, file.len, &back, NULL, NULL));
    assert_near(back->pixel[0], 0.0, 0.0);
    assert_near(back->pixel[1], 255.0, 0.0);
    assert_near(back->pixel[2], 255.0, 0.0);
    assert_near(back->pixel[3], 0.0, 0.0);
    ost_buf_fini(&file);
}

static void colour_comes_back_and_reads_as_luma(void **state)
{
    (void)state;
    OST_AUTO(ost_picture) picture = NULL;
    OST_AUTO(ost_picture) back = NULL;
    OST_AUTO(ost_image) grey = NULL;
    assert_true(ost_picture_create(&picture, 2, 1, NULL));
    const unsigned char in[2][3] = {{200, 100, 50}, {9, 9, 9}};
    memcpy(picture->pixel, in, sizeof in);
    struct ost_buf file;
    ost_buf_init(&file, 1 << 20);
    assert_true(ost_png_write_colour(picture, &file, NULL));
    assert_true(ost_png_read_colour(file.ptr, file.len, &back, NULL));
    assert_memory_equal(back->pixel, in, sizeof in);
    assert_true(ost_png_read_grey(file.ptr, file.len, &grey, NULL, NULL));
    assert_near(grey->pixel[0], 0.299 * 200 + 0.587 * 100 + 0.114 * 50, 1e-4);
    assert_near(grey->pixel[1], 9.0, 0.0);
    ost_buf_fini(&file);
}

static void a_file_cut_short_or_changed_is_refused(void **state)
{
    (void)state;
    OST_AUTO(ost_image) image = ramp(64, 64, 255.0);
    struct ost_buf file;
    ost_buf_init(&file, 1 << 20);
    assert_true(ost_png_write_grey(image, 8, &file, NULL));
    for (size_t len = 0; len + 12 < file.len; len += 97) {
        struct ost_image *back = NULL;
        struct ost_err err = {0};
        assert_false(ost_png_read_grey(file.ptr, len, &back, NULL, &err));
        assert_int_equal(err.code, OST_CORRUPT);
        assert_null(back);
    }
    file.ptr[60] ^= 0x10;
    struct ost_image *back = NULL;
    assert_false(ost_png_read_grey(file.ptr, file.len, &back, NULL, NULL));
    ost_buf_fini(&file);
}

/* CRC-32 of PNG, by the definition: the header's is redone after the sides are changed. */
static uint32_t crc(const unsigned char *bytes, size_t len)
{
    uint32_t c = 0xffffffffU;
    for (size_t i = 0; i < len; i++) {
        c ^= bytes[i];
        for (int k = 0; k < 8; k++)
            c = (c & 1U) != 0 ? 0xedb88320U ^ (c >> 1) : c >> 1;
    }
    return ~c;
}

static void put_be(unsigned char *at, uint32_t v)
{
    for (int k = 0; k < 4; k++)
        at[k] = (unsigned char)(v >> (24 - 8 * k));
}

static void a_file_that_claims_too_many_pixels_is_refused_before_unpacking(void **state)
{
    (void)state;
    static const uint32_t side[][2] = {{20000, 10}, {16000, 16000}, {0x7fffffff, 0x7fffffff}};
    OST_AUTO(ost_image) image = ramp(8, 8, 255.0);
    struct ost_buf file;
    ost_buf_init(&file, 1 << 20);
    assert_true(ost_png_write_grey(image, 8, &file, NULL));
    for (size_t i = 0; i < 3; i++) {
        put_be(file.ptr + 16, side[i][0]);
        put_be(file.ptr + 20, side[i][1]);
        put_be(file.ptr + 29, crc(file.ptr + 12, 17));
        struct ost_image *back = NULL;
        struct ost_err err = {0};
        assert_false(ost_png_read_grey(file.ptr, file.len, &back, NULL, &err));
        assert_int_equal(err.code, OST_LIMIT);
    }
    ost_buf_fini(&file);
}

RUN(T(grey_comes_back_as_it_was_written), T(values_outside_the_range_are_kept_at_its_ends),
    T(colour_comes_back_and_reads_as_luma), T(a_file_cut_short_or_changed_is_refused),
    T(a_file_that_claims_too_many_pixels_is_refused_before_unpacking))
