#include "recon/image/jpeg.h"
#include "tests/check.h"

#include <string.h>
#include <turbojpeg.h>

enum { W = 48, H = 32 };

/* A smooth slope, so that the codec's own error stays below two grey levels. */
static unsigned char *slope(unsigned long *len)
{
    unsigned char grey[W * H];
    for (int i = 0; i < W * H; i++)
        grey[i] = (unsigned char)(4 * (i % W) + 2 * (i / W));
    tjhandle handle = tjInitCompress();
    unsigned char *file = NULL;
    assert_int_equal(tjCompress2(handle, grey, W, 0, H, TJPF_GRAY, &file, len, TJSAMP_GRAY, 95, 0),
                     0);
    assert_int_equal(tjDestroy(handle), 0);
    return file;
}

static void a_slope_comes_back(void **state)
{
    (void)state;
    unsigned long len = 0;
    unsigned char *file = slope(&len);
    OST_AUTO(ost_image) image = NULL;
    assert_true(ost_jpeg_read_grey(file, len, &image, NULL));
    assert_int_equal(image->width, W);
    assert_int_equal(image->height, H);
    for (int i = 0; i < W * H; i++)
        assert_near(image->pixel[i], 4 * (i % W) + 2 * (i / W), 2.0);
    tjFree(file);
}

static void what_is_written_reads_back(void **state)
{
    (void)state;
    OST_AUTO(ost_image) image = NULL;
    OST_AUTO(ost_image) back = NULL;
    struct ost_buf good, coarse;
    ost_buf_init(&good, 1 << 20);
    ost_buf_init(&coarse, 1 << 20);
    assert_true(ost_image_create(&image, W, H, NULL));
    for (int i = 0; i < W * H; i++)
        image->pixel[i] = (float)(4 * (i % W) + 2 * (i / W)) + (i % 7 == 0 ? 0.4F : 0.0F);
    assert_true(ost_jpeg_write_grey(image, 95, &good, NULL));
    assert_true(ost_jpeg_write_grey(image, 20, &coarse, NULL));
    assert_true(coarse.len < good.len);
    assert_true(ost_jpeg_read_grey(good.ptr, good.len, &back, NULL));
    for (int i = 0; i < W * H; i++)
        assert_near(back->pixel[i], image->pixel[i], 2.5);
    assert_false(ost_jpeg_write_grey(image, 101, &coarse, NULL));
    ost_buf_fini(&good);
    ost_buf_fini(&coarse);
}

static void a_file_cut_short_is_refused(void **state)
{
    (void)state;
    unsigned long len = 0;
    unsigned char *file = slope(&len);
    for (unsigned long part = 0; part + 8 < len; part += 7) {
        struct ost_image *image = NULL;
        struct ost_err err = {0};
        assert_false(ost_jpeg_read_grey(file, part, &image, &err));
        assert_int_equal(err.code, OST_CORRUPT);
        assert_null(image);
    }
    tjFree(file);
}

static void other_bytes_are_refused(void **state)
{
    (void)state;
    struct ost_image *image = NULL;
    struct ost_err err = {0};
    assert_false(ost_jpeg_read_grey("no picture at all", 17, &image, &err));
    assert_int_equal(err.code, OST_CORRUPT);
}

RUN(T(a_slope_comes_back), T(what_is_written_reads_back), T(a_file_cut_short_is_refused),
    T(other_bytes_are_refused))
