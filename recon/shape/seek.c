#include "recon/shape/seek.h"

#include "recon/image/filter.h"
#include "recon/math/vec.h"
#include "recon/shape/arm.h"
#include "recon/xray/contour.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROLLS = 24, TILTS = 3, SCALES_MOST = 12, TURNS_MOST = 24, POINTS_MOST = 256 };
enum { USUAL_POINTS = 100, SCANNED_SPIN = 1 };

const double ost_seek_spin[OST_SEEK_SPINS] = {0.5, -1.0, -2.5};

static const double pixel_mm = 2.5;   /* of the map that is searched */
static const double tilt_step = 0.26; /* rad */
static const double scale_step = 1.12;
static const double turn_step = 0.14, turn_reach = 0.30; /* rad about the limb's direction */
static const double forearm_mm = 72.0, hand_mm = 15.0;   /* of the template, from the joint */
static const double point_mm = 3.0;                      /* between template points */
static const double border_mm = 110.0;    /* no border point lies further from the origin */
static const double scale_most = 2.5;     /* of a guess, times the scan's own */
static const double distance_mm = 1000.0; /* source to arm, for the templates */

/* Border points of the mean arm about its origin, mm, hand up. */
struct border {
    uint32_t count;
    double at[POINTS_MOST][2], normal[POINTS_MOST][2];
    double rotation[9], roll, spin;
};

/* The film's slopes, each over its length and a typical length, and a margin of zeros. */
struct ost_seek_map {
    uint32_t width, height, margin, stride;
    double factor;        /* film pixels a map pixel */
    float *across, *down; /* owned */
};

struct ost_seek_borders {
    struct border at[ROLLS * TILTS * OST_SEEK_SPINS]; /* roll fastest, spin slowest */
};

void ost_seek_borders_destroy(struct ost_seek_borders *borders)
{
    free(borders);
}

void ost_seek_map_destroy(struct ost_seek_map *map)
{
    if (map == NULL)
        return;
    free(map->across);
    free(map->down);
    free(map);
}

void ost_seek_mirror(const double from[9], double to[9])
{
    for (int c = 0; c < 3; c++)
        for (int r = 0; r < 3; r++)
            to[3 * c + r] = from[3 * c + r] * ((r == 2) != (c == 0) ? -1.0 : 1.0);
}

/* Film axes of a right arm: roll about its own axis, tilt out of the film, turn in it. */
static void pose(double roll, double tilt, double turn, double r[9])
{
    /* ulnar -> right, dorsal -> towards the source, proximal -> down */
    struct ost_rigid m = {.r = {1, 0, 0, 0, 0, -1, 0, 1, 0}}, step = {.t = {0}};
    const double w[3][3] = {{0.0, roll, 0.0}, {tilt, 0.0, 0.0}, {0.0, 0.0, turn}};
    for (int i = 0; i < 3; i++) {
        ost_rotation_of_vector(w[i], step.r);
        m = ost_rigid_then(&m, &step);
    }
    memcpy(r, m.r, sizeof m.r);
}

/* Borders that lie on each other are one border on the film. */
static bool is_there(const struct border *t, const struct ost_contour_point *p)
{
    for (uint32_t i = 0; i < t->count; i++) {
        double apart = hypot(p->pixel[0] - t->at[i][0], p->pixel[1] - t->at[i][1]);
        double same = p->normal[0] * t->normal[i][0] + p->normal[1] * t->normal[i][1];
        if (apart < 0.8 * point_mm && same > 0.7)
            return true;
    }
    return false;
}

static void keep_points(struct border *t, const struct ost_contour *contour, double *since)
{
    for (size_t i = 0; i < contour->count; i++) {
        const struct ost_contour_point *p = &contour->point[i];
        if (p->pixel[1] < -hand_mm || p->pixel[1] > forearm_mm)
            continue;
        *since += p->length;
        if (*since < point_mm || t->count == POINTS_MOST || is_there(t, p))
            continue;
        *since = 0.0;
        memcpy(t->at[t->count], p->pixel, sizeof p->pixel);
        memcpy(t->normal[t->count++], p->normal, sizeof p->normal);
    }
}

static bool make_border(const struct ost_prior *prior, struct ost_arm_table *const table[2],
                        int index, struct border *out, struct ost_err *err)
{
    out->roll = 2.0 * OST_PI * (index % ROLLS) / ROLLS;
    double tilt = tilt_step * (index / ROLLS % TILTS - TILTS / 2), since = 0.0;
    out->spin = ost_seek_spin[index / ROLLS / TILTS];
    struct ost_arm arm = {.place = {.t = {0.0, 0.0, distance_mm}}, .joint = {out->spin}};
    pose(out->roll, tilt, 0.0, arm.place.r);
    memcpy(out->rotation, arm.place.r, sizeof out->rotation);
    struct ost_camera camera = {.focal = {distance_mm, distance_mm}};
    camera.world_to_camera = ost_rigid_identity();
    out->count = 0;
    for (int b = 0; b < OST_BONES; b++) {
        ost_arm_table_set(table[b], prior, (enum ost_bone)b, &arm, false);
        OST_AUTO(ost_contour) contour = NULL;
        if (!ost_contour_create(table[b]->mesh, (const float(*)[3])table[b]->normal, &camera,
                                &contour, err))
            return false;
        keep_points(out, contour, &since);
    }
    if (out->count < 8)
        return ost_fail(err, OST_BUG, "seek: the mean arm has no border");
    return true;
}

bool ost_seek_borders_create(const struct ost_prior *prior, struct ost_seek_borders **out,
                             struct ost_err *err)
{
    *out = NULL;
    OST_AUTO(ost_seek_borders) borders = calloc(1, sizeof *borders);
    OST_AUTO(ost_arm_table) radius = NULL;
    OST_AUTO(ost_arm_table) ulna = NULL;
    if (borders == NULL)
        return ost_fail(err, OST_NOMEM, "seek: out of memory");
    if (!ost_arm_table_create(prior, OST_RADIUS, 0, &radius, err) ||
        !ost_arm_table_create(prior, OST_ULNA, 0, &ulna, err))
        return false;
    struct ost_arm_table *const table[OST_BONES] = {radius, ulna};
    for (int i = 0; i < ROLLS * TILTS * OST_SEEK_SPINS; i++)
        if (!make_border(prior, table, i, &borders->at[i], err))
            return false;
    *out = ost_steal(&borders);
    return true;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double slope_at(const struct ost_scan *scan, const double pixel[2], double out[2])
{
    const double across[2] = {1.0, 0.0}, down[2] = {0.0, 1.0};
    out[0] = -ost_scan_fall(scan, OST_SCAN_MIDDLE, pixel, across);
    out[1] = -ost_scan_fall(scan, OST_SCAN_MIDDLE, pixel, down);
    return hypot(out[0], out[1]);
}

/* The 70th percentile of the slopes of the exposed film, by one sample in each map pixel. */
static bool typical(const struct ost_seek_map *m, const struct ost_scan *scan, double *out,
                    struct ost_err *err)
{
    size_t count = 0;
    double *list = malloc((size_t)m->width * m->height * sizeof *list), slope[2];
    if (list == NULL)
        return ost_fail(err, OST_NOMEM, "seek: out of memory");
    for (size_t row = 0; row < m->height; row++)
        for (size_t column = 0; column < m->width; column++) {
            const double pixel[2] = {((double)column + 0.5) * m->factor - 0.5,
                                     ((double)row + 0.5) * m->factor - 0.5};
            if (ost_scan_is_exposed(scan, pixel, 0.0))
                list[count++] = slope_at(scan, pixel, slope);
        }
    qsort(list, count, sizeof *list, compare);
    *out = count > 0 ? fmax(list[(size_t)(0.7 * (double)count)], 1e-6) : 1.0;
    free(list);
    return true;
}

/* The mean direction of slope in a map pixel: many small looks, each over its length. */
static void look(struct ost_seek_map *m, const struct ost_scan *scan, double kappa, size_t at,
                 const double corner[2])
{
    enum { LOOKS = 4 };
    double sum[2] = {0.0, 0.0}, slope[2];
    for (int i = 0; i < LOOKS * LOOKS; i++) {
        const double pixel[2] = {corner[0] + m->factor * (i % LOOKS + 0.5) / LOOKS - 0.5,
                                 corner[1] + m->factor * (i / LOOKS + 0.5) / LOOKS - 0.5};
        if (!ost_scan_is_exposed(scan, pixel, 0.0))
            continue;
        double length = slope_at(scan, pixel, slope) + kappa;
        for (int k = 0; k < 2; k++)
            sum[k] += slope[k] / length;
    }
    m->across[at] = (float)(sum[0] / (LOOKS * LOOKS));
    m->down[at] = (float)(sum[1] / (LOOKS * LOOKS));
}

static bool fill(struct ost_seek_map *m, const struct ost_scan *scan, struct ost_err *err)
{
    double kappa = 1.0;
    if (!typical(m, scan, &kappa, err))
        return false;
    for (size_t row = 0; row < m->height; row++)
        for (size_t column = 0; column < m->width; column++) {
            const double corner[2] = {(double)column * m->factor, (double)row * m->factor};
            look(m, scan, kappa, (row + m->margin) * m->stride + column + m->margin, corner);
        }
    return true;
}

bool ost_seek_map_create(const struct ost_scan *scan, struct ost_seek_map **out,
                         struct ost_err *err)
{
    *out = NULL;
    OST_AUTO(ost_seek_map) m = calloc(1, sizeof *m);
    if (m == NULL)
        return ost_fail(err, OST_NOMEM, "seek: out of memory");
    m->factor = pixel_mm / scan->mm;
    m->width = (uint32_t)fmax((double)scan->width / m->factor, 1.0);
    m->height = (uint32_t)fmax((double)scan->height / m->factor, 1.0);
    m->margin = (uint32_t)ceil(border_mm * scale_most / pixel_mm) + 2;
    m->stride = m->width + 2 * m->margin;
    size_t count = (size_t)m->stride * (m->height + 2 * m->margin);
    m->across = calloc(count, sizeof *m->across);
    m->down = calloc(count, sizeof *m->down);
    if (m->across == NULL || m->down == NULL)
        return ost_fail(err, OST_NOMEM, "seek: no room for a map of %u x %u", m->width, m->height);
    if (!fill(m, scan, err))
        return false;
    *out = ost_steal(&m);
    return true;
}

enum { DIRECTIONS = 36 };

/* How much slope lies across each direction in the film; half a turn in DIRECTIONS bins. */
static void count_directions(const struct ost_seek_map *m, double bin[DIRECTIONS])
{
    memset(bin, 0, DIRECTIONS * sizeof *bin);
    for (size_t row = 0; row < m->height; row++)
        for (size_t column = 0; column < m->width; column++) {
            size_t at = (row + m->margin) * m->stride + column + m->margin;
            double x = (double)m->across[at], y = (double)m->down[at];
            double turn = atan2(y, x) / OST_PI * DIRECTIONS;
            int i = ((int)floor(turn + 0.5) % DIRECTIONS + DIRECTIONS) % DIRECTIONS;
            bin[i] += x * x + y * y;
        }
}

/* The highest bin, six bins or more from the one before; -1: there was none before. */
static int peak_apart(const double smooth[DIRECTIONS], int before)
{
    int best = -1;
    for (int i = 0; i < DIRECTIONS; i++) {
        int apart = before < 0 ? DIRECTIONS : abs(i - before);
        apart = apart > DIRECTIONS / 2 && before >= 0 ? DIRECTIONS - apart : apart;
        if (apart >= 6 && (best < 0 || smooth[i] > smooth[best]))
            best = i;
    }
    return best;
}

/* Turns in the film worth a try: about the two ways most borders run, hand up or down. */
static uint32_t list_turns(const struct ost_seek_map *m, double out[TURNS_MOST])
{
    double bin[DIRECTIONS], smooth[DIRECTIONS];
    count_directions(m, bin);
    for (int i = 0; i < DIRECTIONS; i++) {
        smooth[i] = 0.0;
        for (int k = -2; k <= 2; k++)
            smooth[i] += (3.0 - abs(k)) * bin[(i + k + DIRECTIONS) % DIRECTIONS];
    }
    uint32_t count = 0;
    int peak = -1;
    for (int i = 0; i < 2; i++) {
        peak = peak_apart(smooth, peak);
        double middle = OST_PI * peak / DIRECTIONS; /* slope to the right: border runs down */
        for (double off = -turn_reach; off <= turn_reach && count + 2 <= TURNS_MOST;
             off += turn_step) {
            out[count++] = middle + off;
            out[count++] = middle + off + OST_PI;
        }
    }
    return count;
}

/* One template at one turn and size: the best place. `sum` has room for the map. */
struct trial {
    const struct ost_seek_map *map;
    const struct border *border;
    double turn, scale; /* scale: map pixels a mm */
};

static void add_point(const struct trial *t, uint32_t point, float *sum)
{
    const double *p = t->border->at[point], *n = t->border->normal[point];
    double c = cos(t->turn), s = sin(t->turn);
    long column = lround(t->scale * (c * p[0] - s * p[1]));
    long row = lround(t->scale * (s * p[0] + c * p[1]));
    float nx = (float)-(c * n[0] - s * n[1]), ny = (float)-(s * n[0] + c * n[1]);
    const struct ost_seek_map *m = t->map;
    for (uint32_t y = 0; y < m->height; y++) {
        size_t at =
            (size_t)((long)(y + m->margin) + row) * m->stride + (size_t)((long)m->margin + column);
        const float *gx = m->across + at, *gy = m->down + at;
        float *to = sum + (size_t)y * m->width;
        for (uint32_t x = 0; x < m->width; x++)
            to[x] += nx * gx[x] + ny * gy[x];
    }
}

static struct ost_seek_guess try_one(const struct trial *t, float *sum)
{
    const struct ost_seek_map *m = t->map;
    size_t count = (size_t)m->width * m->height, best = 0;
    memset(sum, 0, count * sizeof *sum);
    for (uint32_t i = 0; i < t->border->count; i++)
        add_point(t, i, sum);
    for (size_t i = 1; i < count; i++)
        if (sum[i] > sum[best])
            best = i;
    struct ost_seek_guess guess = {
        .score = (double)sum[best] / sqrt(t->border->count * (double)USUAL_POINTS),
        .pixel = {((double)(best % m->width) + 0.5) * m->factor - 0.5,
                  ((double)(best / m->width) + 0.5) * m->factor - 0.5},
        .pixels_per_mm = t->scale * m->factor,
        .roll = t->border->roll,
        .turn = t->turn,
        .spin = t->border->spin,
    };
    struct ost_rigid first = {.t = {0}}, spin = {.t = {0}};
    const double w[3] = {0.0, 0.0, t->turn};
    memcpy(first.r, t->border->rotation, sizeof first.r);
    ost_rotation_of_vector(w, spin.r);
    first = ost_rigid_then(&first, &spin);
    memcpy(guess.rotation, first.r, sizeof guess.rotation);
    return guess;
}

static int better(const void *a, const void *b)
{
    const struct ost_seek_guess *x = a, *y = b;
    return (x->score < y->score) - (x->score > y->score);
}

static double angle_apart(double a, double b)
{
    return fabs(remainder(a - b, 2.0 * OST_PI));
}

static bool alike(const struct ost_seek_guess *a, const struct ost_seek_guess *b)
{
    double mm = hypot(a->pixel[0] - b->pixel[0], a->pixel[1] - b->pixel[1]) / a->pixels_per_mm;
    return mm < 8.0 && angle_apart(a->turn, b->turn) < 0.2 && angle_apart(a->roll, b->roll) < 0.3;
}

/* Keeps the best of every kind; the list is sorted. */
static uint32_t thin(const struct ost_seek_guess *list, size_t count, uint32_t most,
                     struct ost_seek_guess *out)
{
    uint32_t kept = 0;
    for (size_t i = 0; i < count && kept < most; i++) {
        bool fresh = true;
        for (uint32_t k = 0; fresh && k < kept; k++)
            fresh = !alike(&list[i], &out[k]);
        if (fresh)
            out[kept++] = list[i];
    }
    return kept;
}

struct search {
    const struct ost_seek_borders *borders;
    const struct ost_seek_map *map;
    double turn[TURNS_MOST], scale[SCALES_MOST];
    uint32_t turns, scales;
    struct ost_seek_guess *guess; /* owned; borders x turns x scales */
};

static bool run_border(const struct search *s, int index)
{
    float *sum = malloc((size_t)s->map->width * s->map->height * sizeof *sum);
    if (sum == NULL)
        return false;
    struct ost_seek_guess *to = s->guess + (size_t)index * s->turns * s->scales;
    for (uint32_t i = 0; i < s->turns; i++)
        for (uint32_t k = 0; k < s->scales; k++) {
            const struct trial t = {.map = s->map,
                                    .border = &s->borders->at[SCANNED_SPIN * ROLLS * TILTS + index],
                                    .turn = s->turn[i],
                                    .scale = s->scale[k]};
            *to++ = try_one(&t, sum);
        }
    free(sum);
    return true;
}

static bool run(struct search *s, const struct ost_seek_options *options,
                struct ost_seek_guess *out, uint32_t *count, struct ost_err *err)
{
    size_t trials = (size_t)ROLLS * TILTS * s->turns * s->scales;
    s->guess = calloc(trials, sizeof *s->guess);
    bool done = s->guess != NULL;
#pragma omp parallel for schedule(dynamic) reduction(&& : done)
    for (int i = 0; i < ROLLS * TILTS; i++)
        done = done && run_border(s, i);
    if (!done) {
        free(s->guess);
        return ost_fail(err, OST_NOMEM, "seek: out of memory");
    }
    qsort(s->guess, trials, sizeof *s->guess, better);
    *count = thin(s->guess, trials, options->most, out);
    free(s->guess);
    return true;
}

bool ost_seek(const struct ost_seek_borders *borders, const struct ost_seek_map *map,
              const struct ost_seek_options *options, struct ost_seek_guess *out, uint32_t *count,
              struct ost_err *err)
{
    struct search s = {.borders = borders, .map = map};
    double most = fmin(options->scale_high, scale_most) * 1.001;
    for (double f = options->scale_low; f <= most && s.scales < SCALES_MOST; f *= scale_step)
        s.scale[s.scales++] = f / pixel_mm;
    s.turns = list_turns(map, s.turn);
    return run(&s, options, out, count, err);
}

/* Roll, tilt and turn of a pose: the inverse of pose(). */
static void unpose(const double r[9], double *roll, double *tilt, double *turn)
{
    /* m = Rz(turn) Rx(tilt) Ry(roll); its columns are those of r put back in order */
    const double *x = r, *y = r + 6;
    *tilt = asin(fmin(fmax(y[2], -1.0), 1.0));
    *turn = atan2(-y[0], y[1]);
    /* along the film's own right after the turn: cos(roll) from x, sin(roll) from -dorsal */
    double c = cos(*turn), s = sin(*turn);
    *roll = atan2(-(c * r[3] + s * r[4]), c * x[0] + s * x[1]);
}

double ost_seek_score(const struct ost_seek_borders *borders, const struct ost_seek_map *map,
                      const struct ost_seek_guess *guess)
{
    double roll, tilt, turn, sum = 0.0;
    unpose(guess->rotation, &roll, &tilt, &turn);
    int i = (int)lround(roll / (2.0 * OST_PI) * ROLLS + ROLLS) % ROLLS;
    int j = (int)lround(fmin(fmax(tilt / tilt_step, -1.0), 1.0)) + TILTS / 2;
    int k = 0;
    for (int n = 1; n < OST_SEEK_SPINS; n++)
        if (fabs(ost_seek_spin[n] - guess->spin) < fabs(ost_seek_spin[k] - guess->spin))
            k = n;
    const struct border *b = &borders->at[(k * TILTS + j) * ROLLS + i];
    double scale = guess->pixels_per_mm / map->factor, c = cos(turn), s = sin(turn);
    double origin[2];
    for (int n = 0; n < 2; n++)
        origin[n] = (guess->pixel[n] + 0.5) / map->factor - 0.5 + (double)map->margin;
    double width = (double)map->stride, height = (double)(map->height + 2 * map->margin);
    for (uint32_t n = 0; n < b->count; n++) {
        const double *p = b->at[n], *q = b->normal[n];
        double column = floor(origin[0] + scale * (c * p[0] - s * p[1]) + 0.5);
        double row = floor(origin[1] + scale * (s * p[0] + c * p[1]) + 0.5);
        if (!(column >= 0.0 && row >= 0.0 && column < width && row < height))
            continue;
        size_t at = (size_t)row * map->stride + (size_t)column;
        sum -= (c * q[0] - s * q[1]) * (double)map->across[at] +
               (s * q[0] + c * q[1]) * (double)map->down[at];
    }
    return sum / sqrt(b->count * (double)USUAL_POINTS);
}
