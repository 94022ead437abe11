#include "recon/xray/outline.h"

#include "recon/image/filter.h"
#include "recon/xray/chord.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MARGIN = 6, SAMPLES_MOST = 24000000 };

static const double finest = 1.0 / 3.0; /* of a pixel, between samples */
static const double soft = 1.4;         /* samples; takes the raster's steps out of the border */

void ost_outline_destroy(struct ost_outline *outline)
{
    if (outline == NULL)
        return;
    free(outline->first);
    free(outline->point);
    free(outline);
}

/* The part of the film the surface may darken, and a margin beyond. */
static bool window_of(const struct ost_mesh *mesh, const struct ost_camera *camera,
                      struct ost_window *out)
{
    double low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY}, at[2];
    for (uint32_t v = 0; v < mesh->vertex_count; v++) {
        const float *f = mesh->vertex[v];
        const double p[3] = {(double)f[0], (double)f[1], (double)f[2]};
        if (!ost_camera_project(camera, p, at, NULL))
            return false;
        for (int k = 0; k < 2; k++) {
            low[k] = fmin(low[k], at[k]);
            high[k] = fmax(high[k], at[k]);
        }
    }
    const double side[2] = {(double)camera->width, (double)camera->height};
    double size[2];
    for (int k = 0; k < 2; k++) {
        low[k] = fmax(low[k], 0.0) - MARGIN;
        high[k] = fmin(high[k], side[k] - 1.0) + MARGIN;
        size[k] = high[k] - low[k];
        out->origin[k] = low[k];
        if (!(size[k] > 2.0 * MARGIN))
            return false;
    }
    out->step = fmax(finest, sqrt(size[0] * size[1] / SAMPLES_MOST));
    out->width = (uint32_t)ceil(size[0] / out->step);
    out->height = (uint32_t)ceil(size[1] / out->step);
    return true;
}

/* Walking round the half-way line of a picture, from cell to cell (marching squares). */
struct walk {
    const struct ost_image *shade;
    const struct ost_window *window;
    const struct ost_camera *camera;
    unsigned char *entered; /* owned; bit k: the cell has been entered over its edge k */
    struct ost_outline *out;
    size_t room;
    bool open, failed;
};

struct cell {
    uint32_t column, row;
};

/* Corners of a cell in turn; edge k runs from corner k to corner k + 1. */
static const uint32_t corner_column[4] = {0, 1, 1, 0}, corner_row[4] = {0, 0, 1, 1};

static double corner(const struct walk *w, struct cell c, unsigned k)
{
    size_t row = c.row + corner_row[k & 3U], column = c.column + corner_column[k & 3U];
    return (double)w->shade->pixel[row * w->shade->width + column] - 0.5;
}

static bool is_entry(const struct walk *w, struct cell c, unsigned k)
{
    return corner(w, c, k) > 0.0 && !(corner(w, c, k + 1) > 0.0);
}

static void put(struct walk *w, const double at[2])
{
    if (w->out->point_count == w->room) {
        size_t room = 2 * w->room + 1024;
        void *more = realloc(w->out->point, room * sizeof *w->out->point);
        if (more == NULL) {
            w->failed = true;
            return;
        }
        w->out->point = more;
        w->room = room;
    }
    memcpy(w->out->point[w->out->point_count++], at, 2 * sizeof *at);
}

static void end_line(struct walk *w)
{
    struct ost_outline *o = w->out;
    w->open = false;
    size_t *more = realloc(o->first, (o->line_count + 2) * sizeof *more);
    if (more == NULL) {
        w->failed = true;
        return;
    }
    o->first = more;
    if (o->line_count == 0)
        o->first[0] = 0;
    if (o->point_count - o->first[o->line_count] < 2)
        o->point_count = o->first[o->line_count]; /* a single point is no line */
    else
        o->first[++o->line_count] = o->point_count;
}

/* The crossing of edge `k`, kept where it lies on the film; elsewhere the line ends. */
static void visit(struct walk *w, struct cell c, unsigned k)
{
    double from = corner(w, c, k), to = corner(w, c, k + 1), t = from / (from - to);
    unsigned a = k & 3U, b = (k + 1) & 3U;
    const double sample[2] = {
        c.column + (1.0 - t) * corner_column[a] + t * corner_column[b],
        c.row + (1.0 - t) * corner_row[a] + t * corner_row[b],
    };
    double at[2];
    for (int i = 0; i < 2; i++)
        at[i] = w->window->origin[i] + w->window->step * sample[i];
    bool on_film = at[0] >= 0.0 && at[1] >= 0.0 && at[0] <= (double)w->camera->width - 1.0 &&
                   at[1] <= (double)w->camera->height - 1.0;
    if (on_film) {
        put(w, at);
        w->open = true;
    } else if (w->open) {
        end_line(w);
    }
}

static void leave(struct cell *c, unsigned k)
{
    static const int across[4] = {0, 1, 0, -1}, down[4] = {-1, 0, 1, 0};
    c->column = (uint32_t)((int)c->column + across[k]);
    c->row = (uint32_t)((int)c->row + down[k]);
}

/* One closed way, begun by entering `start` over its edge `k`. */
static void go_round(struct walk *w, struct cell start, unsigned k)
{
    struct cell c = start;
    unsigned edge = k;
    size_t begin = w->out->point_count, lines = w->out->line_count;
    for (;;) {
        unsigned char *entered = &w->entered[(size_t)c.row * w->shade->width + c.column];
        if (((unsigned)*entered >> edge & 1U) != 0)
            break;
        *entered |= (unsigned char)(1U << edge);
        visit(w, c, edge);
        unsigned way = edge + 1;
        while (!(corner(w, c, way + 1) > 0.0))
            way++;
        leave(&c, way & 3U);
        edge = (way + 2) & 3U;
    }
    if (w->open && w->out->line_count == lines && w->out->point_count > begin) {
        double first[2];
        memcpy(first, w->out->point[begin], sizeof first);
        put(w, first);
    }
    if (w->open)
        end_line(w);
}

static void walk_all(struct walk *w)
{
    for (uint32_t row = 0; row + 1 < w->shade->height; row++)
        for (uint32_t column = 0; column + 1 < w->shade->width; column++)
            for (unsigned k = 0; k < 4; k++) {
                const struct cell c = {column, row};
                size_t at = (size_t)row * w->shade->width + column;
                if (!w->failed && is_entry(w, c, k) && ((unsigned)w->entered[at] >> k & 1U) == 0)
                    go_round(w, c, k);
            }
}

/* Keeps about one point a pixel, and both ends of every line. */
static void thin(struct ost_outline *o, double step)
{
    size_t every = (size_t)fmax(floor(1.0 / step), 1.0), kept = 0, from = 0;
    for (size_t l = 0; l < o->line_count; l++) {
        size_t to = o->first[l + 1];
        o->first[l] = kept;
        for (size_t i = from; i < to; i++)
            if ((i - from) % every == 0 || i + 1 == to) {
                memmove(o->point[kept], o->point[i], sizeof o->point[i]);
                kept++;
            }
        from = to;
    }
    if (o->line_count > 0)
        o->first[o->line_count] = kept;
    o->point_count = kept;
}

static bool shade_of(const struct ost_mesh *mesh, const struct ost_camera *camera,
                     const struct ost_window *window, struct ost_image **out, struct ost_err *err)
{
    if (!ost_image_create(out, window->width, window->height, err) ||
        !ost_chord_cover(mesh, camera, window, *out, err) || !ost_image_blur(*out, soft, err))
        return false;
    struct ost_image *s = *out; /* an empty frame closes every way */
    for (uint32_t column = 0; column < s->width; column++)
        s->pixel[column] = s->pixel[(size_t)(s->height - 1) * s->width + column] = 0.0F;
    for (uint32_t row = 0; row < s->height; row++)
        s->pixel[(size_t)row * s->width] = s->pixel[(size_t)(row + 1) * s->width - 1] = 0.0F;
    return true;
}

bool ost_outline_create(const struct ost_mesh *mesh, const struct ost_camera *camera,
                        struct ost_outline **out, struct ost_err *err)
{
    *out = NULL;
    OST_AUTO(ost_outline) outline = calloc(1, sizeof *outline);
    OST_AUTO(ost_image) shade = NULL;
    if (outline == NULL)
        return ost_fail(err, OST_NOMEM, "outline: out of memory");
    outline->first = calloc(1, sizeof *outline->first);
    struct ost_window window;
    if (outline->first == NULL)
        return ost_fail(err, OST_NOMEM, "outline: out of memory");
    if (!window_of(mesh, camera, &window)) {
        *out = ost_steal(&outline); /* no shadow on this film */
        return true;
    }
    if (!shade_of(mesh, camera, &window, &shade, err))
        return false;
    struct walk w = {.shade = shade, .window = &window, .camera = camera, .out = outline};
    w.entered = calloc((size_t)shade->width * shade->height + 1, 1);
    if (w.entered != NULL)
        walk_all(&w);
    if (w.entered == NULL || w.failed) {
        free(w.entered);
        return ost_fail(err, OST_NOMEM, "outline: out of memory");
    }
    free(w.entered);
    thin(outline, window.step);
    *out = ost_steal(&outline);
    return true;
}
