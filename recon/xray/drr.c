#include "recon/xray/drr.h"

#include "recon/math/vec.h"

#include <math.h>
#include <string.h>

/* Where the ray enters and leaves a box; false where it misses. */
static bool clip(const double low[3], const double high[3],
                 const double source[3], const double direction[3],
                 double part[2]) {
  part[0] = 0.0;
  part[1] = INFINITY;
  for (int k = 0; k < 3; k++) {
    if (fabs(direction[k]) < 1e-12) {
      if (source[k] < low[k] || source[k] > high[k]) {
        return false;
      }
      continue;
    }
    double a = (low[k] - source[k]) / direction[k],
           b = (high[k] - source[k]) / direction[k];
    part[0] = fmax(part[0], fmin(a, b));
    part[1] = fmin(part[1], fmax(a, b));
  }
  return part[0] < part[1] && isfinite(part[1]);
}

static double march_exact(const struct ost_grid *grid, const double source[3],
                          const double direction[3]) {
  const ptrdiff_t pace[3] = {1, (ptrdiff_t)grid->size[0],
                             (ptrdiff_t)grid->size[0] *
                                 (ptrdiff_t)grid->size[1]};
  double low[3], high[3], part[2];
  for (int k = 0; k < 3; k++) {
    low[k] = grid->origin[k] - 0.5 * grid->spacing[k];
    high[k] = low[k] + grid->spacing[k] * grid->size[k];
  }
  if (!clip(low, high, source, direction, part)) {
    return 0.0;
  }

  /* Per axis: the voxel we are in, how far to its far wall, and from wall to
   * wall. */
  ptrdiff_t left[3], step[3], at = 0;
  double wall[3], stride[3];
  for (int k = 0; k < 3; k++) {
    double x = (source[k] + part[0] * direction[k] - low[k]) / grid->spacing[k];
    ptrdiff_t last = (ptrdiff_t)grid->size[k] - 1;
    ptrdiff_t i = x < 0.0 ? 0 : x > (double)last ? last : (ptrdiff_t)x;
    bool up = direction[k] > 0.0;
    double next = low[k] + grid->spacing[k] * (double)(i + (up ? 1 : 0));
    bool still = fabs(direction[k]) < 1e-12;
    wall[k] = still ? INFINITY : (next - source[k]) / direction[k];
    stride[k] = still ? 0.0 : grid->spacing[k] / fabs(direction[k]);
    step[k] = up ? pace[k] : -pace[k];
    left[k] = up ? last - i : i;
    at += pace[k] * i;
  }
  double sum = 0.0, t = part[0];
  for (;;) {
    int k = wall[0] < wall[1] ? 0 : 1;
    k = wall[2] < wall[k] ? 2 : k;
    if (wall[k] > t) {
      sum += (double)grid->value[at] * (wall[k] - t);
      t = wall[k];
    }
    if (left[k]-- == 0) {
      return sum;
    }
    at += step[k];
    wall[k] += stride[k];
  }
}

/* Trilinear at index coordinates known to lie between the first and last
 * centres. */
static double between(const struct ost_grid *grid, const double x[3]) {
  size_t i[3],
      step[3] = {1, grid->size[0], (size_t)grid->size[0] * grid->size[1]};
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
                           const double direction[3]) {
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
  size_t count = (size_t)ceil((part[1] - part[0]) / (0.5 * finest));
  double step = (part[1] - part[0]) / (double)count, sum = 0.0, x[3], dx[3];
  for (int k = 0; k < 3; k++) {
    dx[k] = step * direction[k] / grid->spacing[k];
    x[k] = (source[k] + part[0] * direction[k] - low[k]) / grid->spacing[k] +
           0.5 * dx[k];
  }
  for (size_t n = 0; n < count; n++) {
    sum += between(grid, x);
    for (int k = 0; k < 3; k++) {
      x[k] += dx[k];
    }
  }
  return sum * step;
}

double ost_drr_ray(const struct ost_grid *grid, enum ost_drr_method method,
                   const double source[3], const double direction[3]) {
  return method == OST_DRR_EXACT ? march_exact(grid, source, direction)
                                 : march_linear(grid, source, direction);
}

bool ost_drr_paths(const struct ost_grid *grid, const struct ost_camera *camera,
                   enum ost_drr_method method, struct ost_image **out,
                   struct ost_err *err) {
  *out = NULL;
  OST_AUTO(ost_image) image = NULL;
  if (!ost_image_create(&image, camera->width, camera->height, err)) {
    return ost_err_note(err, "drr");
  }
  const struct ost_rigid to_world = ost_rigid_inverse(&camera->world_to_camera);
  struct ost_image *to = image;
#pragma omp parallel for schedule(dynamic, 16)
  for (uint32_t row = 0; row < to->height; row++) {
    for (uint32_t column = 0; column < to->width; column++) {
      double d[3] = {(column - camera->principal[0]) / camera->focal[0],
                     (row - camera->principal[1]) / camera->focal[1], 1.0};
      double ray[3];
      ost_rigid_direction(&to_world, d, ray);
      (void)ost_unit(ray);
      to->pixel[(size_t)row * to->width + column] =
          (float)ost_drr_ray(grid, method, to_world.t, ray);
    }
  }
  *out = ost_steal(&image);
  return true;
}

static bool same_size(const struct ost_image *a, const struct ost_image *b) {
  return a == NULL || b == NULL ||
         (a->width == b->width && a->height == b->height);
}

bool ost_drr_passes(const struct ost_spectrum *spectrum,
                    const struct ost_image *tissue,
                    const struct ost_image *mineral, struct ost_image **out,
                    struct ost_err *err) {
  *out = NULL;
  const struct ost_image *any = tissue != NULL ? tissue : mineral;
  if (any == NULL || !same_size(tissue, mineral)) {
    return ost_fail(err, OST_INVALID,
                    "drr: path pictures are missing or differ in size");
  }
  OST_AUTO(ost_image) image = NULL;
  if (!ost_image_create(&image, any->width, any->height, err)) {
    return ost_err_note(err, "drr");
  }

  /* The coefficients once, not once a pixel. */
  double soft[OST_SPECTRUM_MOST], hard[OST_SPECTRUM_MOST];
  for (int b = 0; b < spectrum->count; b++) {
    soft[b] = ost_mass_attenuation(OST_MUSCLE, spectrum->kev[b]);
    hard[b] = ost_mass_attenuation(OST_HYDROXYAPATITE, spectrum->kev[b]);
  }
  const double tissue_density = 1.05, mineral_density = 3.16; /* g/cm3 */
  const size_t count = (size_t)image->width * image->height;
  struct ost_image *to = image;
#pragma omp parallel for schedule(static)
  for (size_t n = 0; n < count; n++) {
    double m = mineral == NULL ? 0.0 : (double)mineral->pixel[n] / 1e4;
    double t = tissue == NULL ? 0.0 : (double)tissue->pixel[n] / 10.0;
    t = fmax(0.0, t - m * tissue_density / mineral_density);
    double sum = 0.0;
    for (int b = 0; b < spectrum->count; b++) {
      sum += spectrum->weight[b] * exp(-soft[b] * t - hard[b] * m);
    }
    to->pixel[n] = (float)sum;
  }
  *out = ost_steal(&image);
  return true;
}

bool ost_drr_of_hounsfield(const struct ost_grid *hounsfield,
                           struct ost_grid **tissue, struct ost_grid **mineral,
                           struct ost_err *err) {
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
