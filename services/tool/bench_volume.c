#include "services/tool/bench_volume.h"

#include "services/casefile/disk.h"
#include "services/tool/ct.h"

#include <sys/stat.h>

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
    struct ost_ct ct;
    struct stat st;
    *out = (struct ost_bench_volume){.what = "file", .name = "the volume given"};
    if (file == NULL && (data == NULL || !ost_disk_join(data, "ankle_ct_dicom", path, err) ||
                         stat(path, &st) != 0)) {
        *out = (struct ost_bench_volume){.what = "simulated", .name = "a forearm of ellipses"};
        return simulate(&out->hounsfield, err);
    }
    if (file == NULL)
        *out = (struct ost_bench_volume){
            .what = "ct", .name = "Visible Human Female, feet and ankles (ankle_ct_dicom)"};
    if (!ost_ct_read(file != NULL ? file : path, &ct, err))
        return ost_err_note(err, file != NULL ? "--volume" : "the CT of --data");
    out->hounsfield = ct.hounsfield;
    return true;
}
