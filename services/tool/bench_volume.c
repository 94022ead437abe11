#include "services/tool/bench_volume.h"

#include "recon/base/buf.h"
#include "recon/dicom/clean.h"
#include "recon/image/nifti.h"
#include "services/casefile/disk.h"
#include "services/sandbox/intake.h"

#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILE_MOST = 1 << 30, SLICES_MOST = 4096 };

static bool read_file(const char *path, struct ost_grid **out, struct ost_err *err)
{
    struct ost_buf bytes;
    ost_buf_init(&bytes, FILE_MOST);
    bool ok =
        ost_disk_read(NULL, path, &bytes, err) && ost_nifti_read(bytes.ptr, bytes.len, out, err);
    ost_buf_fini(&bytes);
    return ok || ost_err_note(err, "--volume");
}

/* A series as it lies on the disk. */
struct series {
    struct ost_clean_dicom *slice[SLICES_MOST]; /* owned */
    size_t count;
};

static void series_fini(struct series *series)
{
    for (size_t i = 0; i < series->count; i++)
        ost_clean_dicom_destroy(series->slice[i]);
    free(series);
}

static bool add_slice(struct series *series, const char *dir, const char *name, struct ost_err *err)
{
    const struct ost_intake_options options = {0};
    char path[OST_DISK_PATH];
    if (series->count == SLICES_MOST)
        return ost_fail(err, OST_LIMIT, "a series of more than %d slices", (int)SLICES_MOST);
    if (!ost_disk_join(dir, name, path, err))
        return false;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return ost_fail(err, OST_NOT_FOUND, "a slice cannot be opened");
    bool ok = ost_intake_run(fd, &options, &series->slice[series->count], err);
    (void)close(fd);
    series->count += ok ? 1 : 0;
    return ok || ost_err_note(err, "slice %zu", series->count + 1);
}

/* Along the body's axis. */
static int by_height(const void *a, const void *b)
{
    const struct ost_clean_dicom *const *p = a, *const *q = b;
    double x = ost_clean_dicom_facts_view(*p)->position[2];
    double y = ost_clean_dicom_facts_view(*q)->position[2];
    return (x > y) - (x < y);
}

/* Whether slice k is the first one moved along the body's axis by k steps. */
static bool follows(const struct ost_clean_facts *first, const struct ost_clean_facts *f,
                    double height)
{
    const double x[3] = {1.0, 0.0, 0.0}, y[3] = {0.0, 1.0, 0.0}, near = 1e-3;
    bool same = f->kind == OST_CLEAN_CT && f->width == first->width && f->height == first->height &&
                fabs(f->spacing[0] - first->spacing[0]) < near &&
                fabs(f->spacing[1] - first->spacing[1]) < near &&
                fabs(f->position[2] - height) < 0.01;
    for (int k = 0; k < 3; k++)
        same =
            same && fabs(f->along_row[k] - x[k]) < near && fabs(f->along_column[k] - y[k]) < near;
    return same && fabs(f->position[0] - first->position[0]) < near &&
           fabs(f->position[1] - first->position[1]) < near;
}

static bool stack(const struct series *series, struct ost_grid **out, struct ost_err *err)
{
    const struct ost_clean_facts *f = ost_clean_dicom_facts_view(series->slice[0]);
    double step = ost_clean_dicom_facts_view(series->slice[1])->position[2] - f->position[2];
    const uint32_t size[3] = {f->width, f->height, (uint32_t)series->count};
    const double spacing[3] = {f->spacing[0], f->spacing[1], step};
    if (!(step > 0.0) || !(spacing[0] > 0.0) || !(spacing[1] > 0.0))
        return ost_fail(err, OST_UNSUPPORTED, "a series without a distance of its slices");
    OST_AUTO(ost_grid) grid = NULL;
    if (!ost_grid_create(&grid, size, f->position, spacing, err))
        return false;
    for (size_t i = 0; i < series->count; i++) {
        const size_t area = (size_t)size[0] * size[1];
        OST_AUTO(ost_image) image = NULL;
        if (!follows(f, ost_clean_dicom_facts_view(series->slice[i]),
                     f->position[2] + step * (double)i))
            return ost_fail(err, OST_UNSUPPORTED, "slice %zu does not follow the others", i + 1);
        if (!ost_clean_dicom_image(series->slice[i], &image, err))
            return false;
        memcpy(grid->value + i * area, image->pixel, area * sizeof(float));
    }
    *out = ost_steal(&grid);
    return true;
}

static bool read_slices(DIR *dir, const char *path, struct series *series, struct ost_err *err)
{
    for (const struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        const char *dot = strrchr(entry->d_name, '.');
        if (dot != NULL && strcmp(dot, ".dcm") == 0 && !add_slice(series, path, entry->d_name, err))
            return false;
    }
    if (series->count < 2)
        return ost_fail(err, OST_NOT_FOUND, "a series needs two slices");
    qsort(series->slice, series->count, sizeof(struct ost_clean_dicom *), by_height);
    return true;
}

static bool read_ct(DIR *dir, const char *path, struct ost_grid **out, struct ost_err *err)
{
    struct series *series = calloc(1, sizeof *series);
    if (series == NULL)
        return ost_fail(err, OST_NOMEM, "no room for a series");
    bool ok = read_slices(dir, path, series, err) && stack(series, out, err);
    series_fini(series);
    return ok || ost_err_note(err, "the CT of --data");
}

/* An ellipse across the limb: centre, half axes, what it holds. */
struct rod {
    double centre[2], half[2];
    float hounsfield;
};

/* A forearm between skin and marrow; a later rod replaces an earlier one. */
static const struct rod limb[] = {
    {{0.0, 0.0}, {38.0, 28.0}, -90.0F},  {{0.0, 0.0}, {35.0, 25.0}, 55.0F},
    {{-14.0, 2.0}, {9.0, 7.5}, 1400.0F}, {{-14.0, 2.0}, {6.0, 4.5}, 180.0F},
    {{16.0, -3.0}, {7.0, 6.5}, 1350.0F}, {{16.0, -3.0}, {4.0, 3.5}, 150.0F},
};

static float hounsfield_at(const double p[3])
{
    float value = -1000.0F;
    for (size_t i = 0; i < sizeof limb / sizeof limb[0]; i++) {
        double bend = 1e-3 * p[2] * p[2], sum = 0.0;
        for (int k = 0; k < 2; k++) {
            double x = (p[k] - limb[i].centre[k] - (k == 0 ? bend : 0.0)) / limb[i].half[k];
            sum += x * x;
        }
        value = sum < 1.0 ? limb[i].hounsfield : value;
    }
    return value;
}

static bool simulate(struct ost_grid **out, struct ost_err *err)
{
    const uint32_t size[3] = {320, 320, 240};
    const double spacing[3] = {0.5, 0.5, 0.5}, origin[3] = {-79.75, -79.75, -59.75};
    if (!ost_grid_create(out, size, origin, spacing, err))
        return false;
    for (size_t n = 0; n < (size_t)size[0] * size[1] * size[2]; n++) {
        const size_t at[3] = {n % size[0], n / size[0] % size[1], n / size[0] / size[1]};
        double p[3];
        for (int k = 0; k < 3; k++)
            p[k] = origin[k] + spacing[k] * (double)at[k];
        (*out)->value[n] = hounsfield_at(p);
    }
    return true;
}

bool ost_bench_volume_load(const char *file, const char *data, struct ost_bench_volume *out,
                           struct ost_err *err)
{
    char path[OST_DISK_PATH];
    *out = (struct ost_bench_volume){.what = "file", .name = "the volume given"};
    if (file != NULL)
        return read_file(file, &out->hounsfield, err);
    DIR *dir =
        data != NULL && ost_disk_join(data, "ankle_ct_dicom", path, err) ? opendir(path) : NULL;
    if (dir == NULL) {
        *out = (struct ost_bench_volume){.what = "simulated", .name = "a forearm of ellipses"};
        return simulate(&out->hounsfield, err);
    }
    *out = (struct ost_bench_volume){
        .what = "ct", .name = "Visible Human Female, feet and ankles (ankle_ct_dicom)"};
    bool ok = read_ct(dir, path, &out->hounsfield, err);
    (void)closedir(dir);
    return ok;
}
