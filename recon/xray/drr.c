#include "recon/xray/drr.h"

#include "recon/math/vec.h"
#include "recon/xray/drr_impl.h"

#include <math.h>
#include <string.h>

enum { OST_DRR_MATTER_MOST = 4 };

/* Where along one axis the ray enters and leaves; nothing changes across it. */
static bool slab(const double ends[2], double source, double direction, double part[2])
{
    if (fabs(direction) < 1e-12)
        return source >= ends[0] && source <= ends[1];
    double a = (ends[0] - source) / direction, b = (ends[1] - source) / direction;
    part[0] = fmax(part[0], fmin(a, b));
    part[1] = fmin(part[1], fmax(a, b));
    return true;
}

/* Where the ray enters and leaves a box; false where it misses. */
static bool clip(const double low[3], const double high[3], const double source[3],
                 const double direction[3], double part[2])
{
    part[0] = 0.0;
    part[1] = INFINITY;
    for (int k = 0; k < 3; k++) {
        if (!slab((const double[]){low[k], high[k]}, source[k], direction[k], part))
            return false;
    }
    return part[0] < part[1] && isfinite(part[1]);
}

/* One axis of a walk through voxels. */
struct walk {
    double wall, stride; /* along the ray: to the next wall, and from wall to wall */
    ptrdiff_t left;      /* voxels before the grid ends */
    ptrdiff_t step;      /* in the array, to the next voxel */
};

/* The walk along axis k of a ray that enters at `at`, and the number of its first voxel. */
static struct walk walk_of(const struct ost_grid *grid, int k, double source, double direction,
                           double at, ptrdiff_t *first)
{
    double low = grid->origin[k] - 0.5 * grid->spacing[k];
    double x = (source + at * direction - low) / grid->spacing[k];
    ptrdiff_t last = (ptrdiff_t)grid->size[k] - 1;
    *first = (ptrdiff_t)fmin((double)last, fmax(0.0, x));
    bool up = direction > 0.0, still = fabs(direction) < 1e-12;
    double next = low + grid->spacing[k] * (double)(*first + (up ? 1 : 0));
    return (struct walk){
        .wall = still ? INFINITY : (next - source) / direction,
        .stride = still ? 0.0 : grid->spacing[k] / fabs(direction),
        .left = up ? last - *first : *first,
        .step = up ? 1 : -1,
    };
}

static double march(const float *value, struct walk walk[3], double t)
{
    double sum = 0.0;
    for (;;) {
        struct walk *w = walk[0].wall < walk[1].wall ? &walk[0] : &walk[1];
        w = walk[2].wall < w->wall ? &walk[2] : w;
        if (w->wall > t) {
            sum += (double)*value * (w->wall - t);
            t = w->wall;
        }
        if (w->left-- == 0)
            return sum;
        value += w->step;
        w->wall += w->stride;
    }
}

static double march_exact(const struct ost_grid *grid, const double source[3],
                          const double direction[3])
{
    double low[3], high[3], part[2];
    for (int k = 0; k < 3; k++) {
        low[k] = grid->origin[k] - 0.5 * grid->spacing[k];
        high[k] = low[k] + grid->spacing[k] * grid->size[k];
    }
    if (!clip(low, high, source, direction, part))
        return 0.0;
    struct walk walk[3];
    ptrdiff_t at = 0, pace = 1;
    for (int k = 0; k < 3; k++) {
        ptrdiff_t first = 0;
        walk[k] = walk_of(grid, k, source[k], direction[k], part[0], &first);
        walk[k].step *= pace;
        at += pace * first;
        pace *= (ptrdiff_t)grid->size[k];
    }
    return march(grid->value + at, walk, part[0]);
}

/* Trilinear at index coordinates known to lie between the first and last
 * centres. */
static double between(const struct ost_grid *grid, const double x[3])
{
    size_t i[3], step[3] = {1, grid->size[0], (size_t)grid->size[0] * grid->size[1]};
    double part[3];
    for (int k = 0; k < 3; k++) {
        size_t last = grid->size[k] - 2;
        i[k] = x[k] > 0.0 ? (size_t)x[k] : 0;
        i[k] = i[k] > last ? last : i[k];
        part[k] = x[k] - (double)i[k];
    }
    const float *v = grid->value + i[0] + i[1] * step[1] + i[2] * step[2];
    double face[2];
    for (size_t k = 0; k < 2; k++, v += step[2]) {
        const float *w = v + step[1];
        double near = (double)v[0] + part[0] * (double)(v[1] - v[0]);
        double far = (double)w[0] + part[0] * (double)(w[1] - w[0]);
        face[k] = near + part[1] * (far - near);
    }
    return face[0] + part[2] * (face[1] - face[0]);
}

static double march_linear(const struct ost_grid *grid, const double source[3],
                           const double direction[3])
{
    double low[3], high[3], part[2], finest = INFINITY;
    for (int k = 0; k < 3; k++) {
        if (grid->size[k] < 2) {
            return 0.0;
        }
        low[k] = grid->origin[k];
        high[k] = low[k] + grid->spacing[k] * (grid->size[k] - 1);
        finest = fmin(finest, grid->spacing[k]);
    }
    if (!clip(low, high, source, direction, part)) {
        return 0.0;
    }
    size_t count = (size_t)ceil((part[1] - part[0]) / finest);
    double step = (part[1] - part[0]) / (double)count, sum = 0.0, x[3], dx[3];
    for (int k = 0; k < 3; k++) {
        dx[k] = step * direction[k] / grid->spacing[k];
        x[k] = (source[k] + part[0] * direction[k] - low[k]) / grid->spacing[k] + 0.5 * dx[k];
    }
    for (size_t n = 0; n < count; n++) {
        sum += between(grid, x);
        for (int k = 0; k < 3; k++) {
            x[k] += dx[k];
        }
    }
    return sum * step;
}

double ost_drr_ray(const struct ost_grid *grid, enum ost_drr_method method, const double source[3],
                   const double direction[3])
{
    return method == OST_DRR_EXACT ? march_exact(grid, source, direction)
                                   : march_linear(grid, source, direction);
}

/* Grows the range [low, high] of rows, columns or layers to hold `at`. */
static void widen(uint32_t range[2], uint32_t at)
{
    range[0] = at < range[0] ? at : range[0];
    range[1] = at > range[1] ? at : range[1];
}

/* From the first to the last that is not zero; false where all are. */
static bool ends_of(const float *v, uint32_t count, uint32_t ends[2])
{
    ends[0] = 0;
    ends[1] = count;
    while (ends[0] < count && v[ends[0]] == 0.0F)
        ends[0]++;
    while (ends[1] > ends[0] && v[ends[1] - 1] == 0.0F)
        ends[1]--;
    return ends[0] < ends[1]--;
}

/* What is not zero and one voxel around it; false where that is all or nothing. */
static bool occupied(const struct ost_grid *grid, uint32_t range[3][2])
{
    uint32_t ends[2];
    bool any = false, less = false;
    for (int k = 0; k < 3; k++) {
        range[k][0] = UINT32_MAX;
        range[k][1] = 0;
    }
    for (size_t r = 0; r < (size_t)grid->size[1] * grid->size[2]; r++) {
        if (!ends_of(grid->value + r * grid->size[0], grid->size[0], ends))
            continue;
        any = true;
        widen(range[0], ends[0]);
        widen(range[0], ends[1]);
        widen(range[1], (uint32_t)(r % grid->size[1]));
        widen(range[2], (uint32_t)(r / grid->size[1]));
    }
    for (int k = 0; k < 3 && any; k++) {
        range[k][0] -= range[k][0] > 0 ? 1 : 0;
        range[k][1] += range[k][1] + 1 < grid->size[k] ? 1 : 0;
        less = less || range[k][1] - range[k][0] + 1 < grid->size[k];
    }
    return less;
}

/* Rays through emptiness cost as much as rays through bone: leave it out. */
static bool trim(const struct ost_grid *grid, struct ost_grid **out, struct ost_err *err)
{
    uint32_t range[3][2], size[3];
    double origin[3];
    *out = NULL;
    if (!occupied(grid, range))
        return true;
    for (int k = 0; k < 3; k++) {
        size[k] = range[k][1] - range[k][0] + 1;
        origin[k] = grid->origin[k] + grid->spacing[k] * range[k][0];
    }
    if (!ost_grid_create(out, size, origin, grid->spacing, err))
        return false;
    for (size_t z = 0; z < size[2]; z++) {
        for (size_t y = 0; y < size[1]; y++) {
            memcpy((*out)->value + (z * size[1] + y) * size[0],
                   grid->value +
                       ((z + range[2][0]) * grid->size[1] + y + range[1][0]) * grid->size[0] +
                       range[0][0],
                   size[0] * sizeof(float));
        }
    }
    return true;
}

static void ray_of(const struct ost_camera *camera, const struct ost_rigid *to_world,
                   uint32_t column, uint32_t row, double ray[3])
{
    const double d[3] = {(column - camera->principal[0]) / camera->focal[0],
                         (row - camera->principal[1]) / camera->focal[1], 1.0};
    ost_rigid_direction(to_world, d, ray);
    (void)ost_unit(ray);
}

static bool paths_linear(const struct ost_grid *grid, const struct ost_camera *camera,
                         struct ost_image *to, struct ost_err *err)
{
    OST_AUTO(ost_grid) trimmed = NULL;
    if (!trim(grid, &trimmed, err))
        return false;
    const struct ost_grid *body = trimmed != NULL ? trimmed : grid;
    const struct ost_rigid to_world = ost_rigid_inverse(&camera->world_to_camera);
#pragma omp parallel for schedule(dynamic, 16)
    for (uint32_t row = 0; row < to->height; row++) {
        for (uint32_t column = 0; column < to->width; column++) {
            double ray[3];
            ray_of(camera, &to_world, column, row, ray);
            to->pixel[(size_t)row * to->width + column] =
                (float)march_linear(body, to_world.t, ray);
        }
    }
    return true;
}

/* Some pixels of one row, packed; those past its end follow the last one and are dropped. */
static void trace_pack(const struct ost_slabs *slabs, const struct ost_camera *camera,
                       const struct ost_rigid *to_world, uint32_t column, uint32_t row, float *out)
{
    const uint32_t left = camera->width - column;
    double ray[OST_SLAB_RAYS][3];
    float sum[OST_SLAB_RAYS];
    for (uint32_t r = 0; r < OST_SLAB_RAYS; r++)
        ray_of(camera, to_world, column + (r < left ? r : left - 1), row, ray[r]);
    bool packed = ost_slabs_trace(slabs, ray, sum);
    for (uint32_t r = 0; r < OST_SLAB_RAYS && r < left; r++)
        out[column + r] = packed ? sum[r] : (float)march_exact(slabs->grid, to_world->t, ray[r]);
}

static bool paths_exact(const struct ost_grid *grid, const struct ost_camera *camera,
                        struct ost_image *to, struct ost_err *err)
{
    const struct ost_rigid to_world = ost_rigid_inverse(&camera->world_to_camera);
    struct ost_slabs slabs;
    if (!ost_slabs_init(&slabs, grid, to_world.t, err))
        return false;
#pragma omp parallel for schedule(dynamic, 4)
    for (uint32_t row = 0; row < to->height; row++)
        for (uint32_t column = 0; column < to->width; column += OST_SLAB_RAYS)
            trace_pack(&slabs, camera, &to_world, column, row, to->pixel + (size_t)row * to->width);
    ost_slabs_fini(&slabs);
    return true;
}

bool ost_drr_paths(const struct ost_grid *grid, const struct ost_camera *camera,
                   enum ost_drr_method method, struct ost_image **out, struct ost_err *err)
{
    *out = NULL;
    OST_AUTO(ost_image) image = NULL;
    if (!ost_image_create(&image, camera->width, camera->height, err) ||
        !(method == OST_DRR_EXACT ? paths_exact(grid, camera, image, err)
                                  : paths_linear(grid, camera, image, err)))
        return ost_err_note(err, "drr");
    *out = ost_steal(&image);
    return true;
}

static bool same_size(const struct ost_image *a, const struct ost_image *b)
{
    return a == NULL || b == NULL || (a->width == b->width && a->height == b->height);
}

/* Mass attenuation by energy bin, once for all pixels. */
struct coefficients {
    double soft[OST_SPECTRUM_MOST], hard[OST_SPECTRUM_MOST];
    double more[OST_DRR_MATTER_MOST][OST_SPECTRUM_MOST];
};

static struct coefficients coefficients_of(const struct ost_spectrum *spectrum,
                                           const struct ost_drr_matter *more, size_t count)
{
    struct coefficients c = {{0.0}, {0.0}, {{0.0}}};
    for (int b = 0; b < spectrum->count; b++) {
        c.soft[b] = ost_mass_attenuation(OST_MUSCLE, spectrum->kev[b]);
        c.hard[b] = ost_mass_attenuation(OST_HYDROXYAPATITE, spectrum->kev[b]);
        for (size_t m = 0; m < count; m++)
            c.more[m][b] = ost_mass_attenuation(more[m].material, spectrum->kev[b]);
    }
    return c;
}

bool ost_drr_passes(const struct ost_spectrum *spectrum, const struct ost_image *tissue,
                    const struct ost_image *mineral, struct ost_image **out, struct ost_err *err)
{
    return ost_drr_passes_behind(spectrum, tissue, mineral, NULL, 0, out, err);
}

static bool may_pass(const struct ost_image *tissue, const struct ost_image *mineral,
                     const struct ost_drr_matter *more, size_t count, struct ost_err *err)
{
    const struct ost_image *any = tissue != NULL ? tissue : mineral;
    bool fit = any != NULL && same_size(tissue, mineral) && count <= OST_DRR_MATTER_MOST;
    for (size_t m = 0; fit && m < count; m++)
        fit = more[m].area != NULL && same_size(any, more[m].area);
    return fit || ost_fail(err, OST_INVALID, "drr: path pictures are missing or differ in size");
}

bool ost_drr_passes_behind(const struct ost_spectrum *spectrum, const struct ost_image *tissue,
                           const struct ost_image *mineral, const struct ost_drr_matter *more,
                           size_t count, struct ost_image **out, struct ost_err *err)
{
    *out = NULL;
    if (!may_pass(tissue, mineral, more, count, err))
        return false;
    const struct ost_image *any = tissue != NULL ? tissue : mineral;
    OST_AUTO(ost_image) image = NULL;
    if (!ost_image_create(&image, any->width, any->height, err)) {
        return ost_err_note(err, "drr");
    }
    const struct coefficients c = coefficients_of(spectrum, more, count);
    const double tissue_density = 1.05, mineral_density = 3.16; /* g/cm3 */
    const size_t pixels = (size_t)image->width * image->height;
    struct ost_image *to = image;
#pragma omp parallel for schedule(static)
    for (size_t n = 0; n < pixels; n++) {
        double m = mineral == NULL ? 0.0 : (double)mineral->pixel[n] / 1e4;
        double t = tissue == NULL ? 0.0 : (double)tissue->pixel[n] / 10.0;
        t = fmax(0.0, t - m * tissue_density / mineral_density);
        double sum = 0.0;
        for (int b = 0; b < spectrum->count; b++) {
            double depth = c.soft[b] * t + c.hard[b] * m;
            for (size_t k = 0; k < count; k++)
                depth += c.more[k][b] * (double)more[k].area->pixel[n];
            sum += spectrum->weight[b] * exp(-depth);
        }
        to->pixel[n] = (float)sum;
    }
    *out = ost_steal(&image);
    return true;
}

bool ost_drr_of_hounsfield(const struct ost_grid *hounsfield, struct ost_grid **tissue,
                           struct ost_grid **mineral, struct ost_err *err)
{
    const struct ost_grid *hu = hounsfield;
    OST_AUTO(ost_grid) soft = NULL;
    OST_AUTO(ost_grid) hard = NULL;
    *tissue = *mineral = NULL;
    if (!ost_grid_create(&soft, hu->size, hu->origin, hu->spacing, err) ||
        !ost_grid_create(&hard, hu->size, hu->origin, hu->spacing, err)) {
        return ost_err_note(err, "drr");
    }
    const size_t count = (size_t)hu->size[0] * hu->size[1] * hu->size[2];
    const float bone = 100.0F;
    for (size_t n = 0; n < count; n++) {
        float v = hu->value[n];
        soft->value[n] = v > bone ? 1.05F : fmaxf(0.0F, 1.0F + v / 1000.0F);
        hard->value[n] = v > bone ? 0.8F * (v - bone) : 0.0F;
    }
    *tissue = ost_steal(&soft);
    *mineral = ost_steal(&hard);
    return true;
}
