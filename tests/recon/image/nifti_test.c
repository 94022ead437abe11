#include "recon/image/nifti.h"
#include "tests/check.h"

#include <nifti1_io.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OST_LIMIT_BYTES = 1 << 22 };

static const uint32_t size[3] = {5, 4, 3};

/* A value that names its own place. */
static float mark(uint32_t i, uint32_t j, uint32_t k)
{
    return (float)(100 * k + 10 * j + i);
}

static struct ost_grid *marked(void)
{
    struct ost_grid *grid = NULL;
    assert_true(ost_grid_create(&grid, size, (double[]){-3.0, 7.0, 11.0},
                                (double[]){0.5, 0.75, 1.25}, NULL));
    float *v = grid->value;
    for (uint32_t k = 0; k < size[2]; k++) {
        for (uint32_t j = 0; j < size[1]; j++) {
            for (uint32_t i = 0; i < size[0]; i++)
                *v++ = mark(i, j, k);
        }
    }
    return grid;
}

static struct ost_buf written(const struct ost_grid *grid)
{
    struct ost_buf buf;
    ost_buf_init(&buf, OST_LIMIT_BYTES);
    assert_true(ost_nifti_write(grid, &buf, NULL));
    return buf;
}

static void check_marked(const struct ost_grid *grid)
{
    const double origin[3] = {-3.0, 7.0, 11.0}, spacing[3] = {0.5, 0.75, 1.25};
    for (int k = 0; k < 3; k++) {
        assert_int_equal(grid->size[k], size[k]);
        assert_near(grid->origin[k], origin[k], 1e-5);
        assert_near(grid->spacing[k], spacing[k], 1e-6);
    }
    const float *v = grid->value;
    for (uint32_t k = 0; k < size[2]; k++) {
        for (uint32_t j = 0; j < size[1]; j++) {
            for (uint32_t i = 0; i < size[0]; i++)
                assert_near(*v++, mark(i, j, k), 0.0);
        }
    }
}

static void a_grid_comes_back_as_it_was(void **state)
{
    (void)state;
    OST_AUTO(ost_grid) grid = marked();
    OST_AUTO(ost_grid) back = NULL;
    struct ost_buf buf = written(grid);
    assert_true(ost_nifti_read(buf.ptr, buf.len, &back, NULL));
    check_marked(back);
    ost_buf_fini(&buf);
}

static void the_same_grid_gives_the_same_bytes(void **state)
{
    (void)state;
    OST_AUTO(ost_grid) grid = marked();
    struct ost_buf a = written(grid), b = written(grid);
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.ptr, b.ptr, a.len);
    /* The gzip header's four octets of time. */
    assert_memory_equal(a.ptr + 4, "\0\0\0\0", 4);
    ost_buf_fini(&a);
    ost_buf_fini(&b);
}

static char *temporary(const char *tail)
{
    static char path[256];
    (void)snprintf(path, sizeof path, "nifti_test_%ld%s", (long)getpid(), tail);
    return path;
}

static void libnifti_reads_the_same_volume(void **state)
{
    (void)state;
    OST_AUTO(ost_grid) grid = marked();
    struct ost_buf buf = written(grid);
    char *path = temporary(".nii.gz");
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(buf.ptr, 1, buf.len, file), buf.len);
    assert_int_equal(fclose(file), 0);
    ost_buf_fini(&buf);

    nifti_image *image = nifti_image_read(path, 1);
    assert_int_equal(remove(path), 0);
    assert_non_null(image);
    assert_int_equal(image->nvox, 60);
    assert_int_equal(image->xyz_units, NIFTI_UNITS_MM);
    /* Voxel (1, 1, 1) by both transforms, RAS there and LPS here. */
    const mat44 *form[2] = {&image->qto_xyz, &image->sto_xyz};
    for (int f = 0; f < 2; f++) {
        double got[3];
        for (int row = 0; row < 3; row++) {
            const float *m = form[f]->m[row];
            got[row] = (double)(m[0] + m[1] + m[2] + m[3]);
        }
        assert_near(-got[0], -2.5, 1e-5);
        assert_near(-got[1], 7.75, 1e-5);
        assert_near(got[2], 12.25, 1e-5);
    }
    assert_memory_equal(image->data, grid->value, 60 * sizeof(float));
    nifti_image_free(image);
}

/* A plain file of int16 whose first axis runs to the feet, second to R, third to P. */
static size_t turned(unsigned char raw[1024], bool oblique)
{
    /* RAS rows. Grid voxel (i, j, k) sits at LPS (-3 + .5 i, 7 + .75 j, 11 + 1.25 k);
     * file index (2 - k, 4 - i, j). */
    const float slant = oblique ? 1.0F : 0.0F;
    const nifti_1_header h = {
        .sizeof_hdr = 348,
        .dim = {3, 3, 5, 4, 1, 1, 1, 1},
        .datatype = NIFTI_TYPE_INT16,
        .bitpix = 16,
        .vox_offset = 352.0F,
        .scl_slope = 2.0F,
        .scl_inter = -7.0F,
        .xyzt_units = NIFTI_UNITS_MM,
        .sform_code = 1,
        .srow_x = {0.0F, 0.5F, 0.3F * slant, 1.0F},
        .srow_y = {0.0F, 0.2F * slant, -0.75F, -7.0F},
        .srow_z = {-1.25F, 0.0F, 0.0F, 13.5F},
        .magic = "n+1",
    };
    memset(raw, 0, 1024);
    memcpy(raw, &h, sizeof h);
    for (uint32_t n = 0; n < 60; n++) {
        int16_t v = (int16_t)mark(4 - n / 3 % 5, n / 15, 2 - n % 3);
        memcpy(raw + 352 + 2 * (size_t)n, &v, 2);
    }
    return 352 + 120;
}

static void a_turned_volume_is_laid_along_the_patient(void **state)
{
    (void)state;
    unsigned char raw[1024];
    size_t len = turned(raw, false);
    OST_AUTO(ost_grid) grid = NULL;
    struct ost_err err = {0};
    assert_true(ost_nifti_read(raw, len, &grid, &err));
    for (size_t i = 0; i < 60; i++)
        grid->value[i] = (grid->value[i] + 7.0F) / 2.0F;
    check_marked(grid);
}

static void big_endian_is_read_too(void **state)
{
    (void)state;
    unsigned char raw[1024];
    size_t len = turned(raw, false);
    nifti_1_header h;
    memcpy(&h, raw, sizeof h);
    swap_nifti_header(&h, 1);
    memcpy(raw, &h, sizeof h);
    for (size_t at = 352; at < len; at += 2) {
        unsigned char low = raw[at];
        raw[at] = raw[at + 1];
        raw[at + 1] = low;
    }
    OST_AUTO(ost_grid) grid = NULL;
    assert_true(ost_nifti_read(raw, len, &grid, NULL));
    for (size_t i = 0; i < 60; i++)
        grid->value[i] = (grid->value[i] + 7.0F) / 2.0F;
    check_marked(grid);
}

static void an_oblique_volume_is_resampled(void **state)
{
    (void)state;
    unsigned char raw[1024];
    size_t len = turned(raw, true);
    OST_AUTO(ost_grid) grid = NULL;
    assert_true(ost_nifti_read(raw, len, &grid, NULL));
    /* File index (1, 2, 1) is mark(2, 1, 1), at RAS (.5*2 + .3 + 1, .2*2 - .75 - 7, 12.25). */
    const double p[3] = {-(1.0 + 0.3 + 1.0), -(0.4 - 0.75 - 7.0), 12.25};
    /* The field is linear inside, so trilinear twice is exact up to rounding. */
    assert_near(ost_grid_at(grid, p, 1e9), 2.0 * (double)mark(2, 1, 1) - 7.0, 1e-2);
}

static void a_broken_file_says_so(void **state)
{
    (void)state;
    unsigned char raw[1024];
    size_t len = turned(raw, false);
    struct ost_grid *grid = NULL;
    struct ost_err err = {0};
    for (size_t cut = 0; cut < len; cut += 7) {
        assert_false(ost_nifti_read(raw, cut, &grid, &err));
        assert_true(err.code == OST_CORRUPT || err.code == OST_UNSUPPORTED);
        assert_null(grid);
    }
    raw[254] = 0;
    assert_false(ost_nifti_read(raw, len, &grid, &err));
    assert_int_equal(err.code, OST_UNSUPPORTED);
    OST_AUTO(ost_grid) good = marked();
    struct ost_buf buf = written(good);
    for (size_t cut = 0; cut + 9 < buf.len; cut += 3)
        assert_false(ost_nifti_read(buf.ptr, cut, &grid, &err));
    ost_buf_fini(&buf);
}

static void a_small_file_cannot_ask_for_much_memory(void **state)
{
    (void)state;
    unsigned char raw[1024];
    size_t len = turned(raw, false);
    const int16_t huge[3] = {30000, 30000, 30000};
    memcpy(raw + 42, huge, sizeof huge);
    struct ost_grid *grid = NULL;
    struct ost_err err = {0};
    assert_false(ost_nifti_read(raw, len, &grid, &err));
    assert_int_equal(err.code, OST_CORRUPT);
}

static void sampling_is_trilinear_and_knows_its_outside(void **state)
{
    (void)state;
    OST_AUTO(ost_grid) grid = marked();
    const double p[3] = {-3.0 + 0.5 * 1.25, 7.0 + 0.75 * 2.5, 11.0 + 1.25 * 0.5};
    assert_near(ost_grid_at(grid, p, -1.0), 50.0 + 25.0 + 1.25, 1e-9);
    const double last[3] = {-3.0 + 0.5 * 4, 7.0 + 0.75 * 3, 11.0 + 1.25 * 2};
    assert_near(ost_grid_at(grid, last, -1.0), mark(4, 3, 2), 1e-9);
    const double out[3] = {-3.1, 7.0, 11.0};
    assert_near(ost_grid_at(grid, out, -1.0), -1.0, 0.0);
}

static void an_impossible_box_is_refused(void **state)
{
    (void)state;
    struct ost_grid *grid = NULL;
    struct ost_err err = {0};
    const double zero[3] = {0, 0, 0}, one[3] = {1, 1, 1};
    assert_false(ost_grid_create(&grid, (uint32_t[]){0, 1, 1}, zero, one, &err));
    assert_int_equal(err.code, OST_LIMIT);
    const uint32_t most = UINT32_MAX;
    assert_false(ost_grid_create(&grid, (uint32_t[]){most, most, most}, zero, one, &err));
    assert_int_equal(err.code, OST_LIMIT);
    assert_false(ost_grid_create(&grid, (uint32_t[]){1, 1, 1}, zero, zero, &err));
    assert_int_equal(err.code, OST_INVALID);
}

RUN(T(a_grid_comes_back_as_it_was), T(the_same_grid_gives_the_same_bytes),
    T(libnifti_reads_the_same_volume), T(a_turned_volume_is_laid_along_the_patient),
    T(big_endian_is_read_too), T(an_oblique_volume_is_resampled), T(a_broken_file_says_so),
    T(a_small_file_cannot_ask_for_much_memory), T(sampling_is_trilinear_and_knows_its_outside),
    T(an_impossible_box_is_refused))
