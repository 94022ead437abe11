#include "recon/image/exposed.h"
#include "recon/layers/plate_impl.h"
#include "recon/math/vec.h"
#include "recon/xray/chord.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double cell_mm = 2.0; /* about, at the detector */
static const double rim_mm = 2.0;  /* of the exposed field, not trusted */

void ost_plate_fini(struct ost_plate *plate)
{
    free(plate->cell);
    ost_image_destroy(plate->reading);
    ost_image_destroy(plate->exposed);
    for (int b = 0; b < OST_BONES; b++) {
        ost_image_destroy(plate->cortex[b]);
        ost_image_destroy(plate->marrow[b]);
    }
    memset(plate, 0, sizeof *plate);
}

/* ---- what was exposed ---- */

/* Not: what hangs together with the border and has one of the two extreme greys. */
static bool flood(const struct ost_image *film, struct ost_image *exposed, struct ost_err *err)
{
    float low = film->pixel[0], high = low;
    for (size_t n = 0; n < (size_t)film->width * film->height; n++) {
        low = fminf(low, film->pixel[n]);
        high = fmaxf(high, film->pixel[n]);
    }
    const float near = 0.004F * (high - low);
    return ost_image_exposed(film, (const float[]){low + near, high - near}, exposed, err);
}

/* ---- rays ---- */

/* Arms lie flat: y runs with the first film's beam, whichever way a broken joint looks. */
static void section_axes(const struct ost_layers_request *request, double x[3], double y[3])
{
    const struct ost_anatomy *f = &request->frame;
    const struct ost_camera *c = &request->film[0].camera;
    double source[3], beam[3];
    ost_camera_ray(c, c->principal, source, beam);
    ost_cross(beam, f->axis, x);
    (void)ost_unit(x);
    if (ost_dot(x, f->radial) + ost_dot(x, f->volar) < 0.0)
        for (int k = 0; k < 3; k++)
            x[k] = -x[k];
    ost_cross(x, f->axis, y);
}

void ost_plate_ray(const struct ost_layers_request *request, size_t view, const double pixel[2],
                   struct ost_cell *out)
{
    const struct ost_anatomy *f = &request->frame;
    double source[3], ray[3], to[3], near[3], x[3], y[3];
    section_axes(request, x, y);
    ost_camera_ray(&request->film[view].camera, pixel, source, ray);
    ost_sub(source, f->origin, to);
    /* The point of the ray nearest to the axis (Ericson 2005, 5.1.8). */
    const double along = ost_dot(ray, f->axis);
    const double square = fmax(1.0 - along * along, 1e-6);
    const double t = (along * ost_dot(to, f->axis) - ost_dot(to, ray)) / square;
    ost_along(to, t, ray, near);
    out->height = -ost_dot(near, f->axis);
    out->sine = sqrt(square);
    out->point[0] = ost_dot(near, x);
    out->point[1] = ost_dot(near, y);
    out->way[0] = ost_dot(ray, x) / out->sine;
    out->way[1] = ost_dot(ray, y) / out->sine;
    const double length = hypot(out->way[0], out->way[1]);
    out->way[0] /= length;
    out->way[1] /= length;
    out->across = out->point[0] * out->way[1] - out->point[1] * out->way[0];
}

/* ---- bones ---- */

static bool inner_surface(const struct ost_layers_bone *bone, struct ost_mesh **out,
                          struct ost_err *err)
{
    const struct ost_mesh *m = bone->surface;
    double(*normal)[3] = calloc(m->vertex_count + 1, sizeof *normal);
    if (normal == NULL || !ost_mesh_create(out, m->vertex_count, m->triangle_count, err)) {
        free(normal);
        return ost_fail(err, OST_NOMEM, "layers: no room for a cortex");
    }
    for (uint32_t i = 0; i < m->triangle_count; i++) {
        double p[3][3], u[3], v[3], n[3];
        for (int c = 0; c < 3; c++)
            for (int k = 0; k < 3; k++)
                p[c][k] = (double)m->vertex[m->triangle[i][c]][k];
        ost_sub(p[1], p[0], u);
        ost_sub(p[2], p[0], v);
        ost_cross(u, v, n);
        for (int c = 0; c < 3; c++)
            ost_add(normal[m->triangle[i][c]], n, normal[m->triangle[i][c]]);
    }
    for (uint32_t i = 0; i < m->vertex_count; i++) {
        (void)ost_unit(normal[i]);
        for (int k = 0; k < 3; k++)
            (*out)->vertex[i][k] =
                (float)((double)m->vertex[i][k] - (double)bone->cortex[i] * normal[i][k]);
    }
    memcpy((*out)->triangle, m->triangle, m->triangle_count * sizeof *m->triangle);
    free(normal);
    return true;
}

static bool render(struct ost_plate *plate, const struct ost_layers_bone *bone, int which,
                   struct ost_err *err)
{
    const struct ost_image *film = plate->film->image;
    const struct ost_window all = {.step = 1.0, .width = film->width, .height = film->height};
    OST_AUTO(ost_mesh) inner = NULL;
    struct ost_image **cortex = &plate->cortex[which], **marrow = &plate->marrow[which];
    if (!inner_surface(bone, &inner, err) ||
        !ost_image_create(cortex, film->width, film->height, err) ||
        !ost_image_create(marrow, film->width, film->height, err) ||
        !ost_chord_add(bone->surface, &plate->film->camera, &all, 1.0, *cortex, err) ||
        !ost_chord_add(inner, &plate->film->camera, &all, 1.0, *marrow, err))
        return false;
    for (size_t n = 0; n < (size_t)film->width * film->height; n++) {
        const float whole = fmaxf((*cortex)->pixel[n], 0.0F);
        (*marrow)->pixel[n] = fminf(fmaxf((*marrow)->pixel[n], 0.0F), whole);
        (*cortex)->pixel[n] = whole - (*marrow)->pixel[n];
    }
    return true;
}

/* ---- cells ---- */

static void gather(const struct ost_plate *p, uint32_t column, uint32_t row, struct ost_cell *cell)
{
    const struct ost_image *film = p->film->image;
    double count = 0.0, pixels = 0.0;
    for (uint32_t j = row * p->factor; j < (row + 1) * p->factor && j < film->height; j++)
        for (uint32_t i = column * p->factor; i < (column + 1) * p->factor && i < film->width;
             i++) {
            const size_t n = (size_t)j * film->width + i;
            const double use = (double)p->exposed->pixel[n];
            cell->reading += use * (double)p->reading->pixel[n];
            count += use;
            pixels += 1.0;
            for (int b = 0; b < OST_BONES; b++) {
                cell->cortex[b] += (double)p->cortex[b]->pixel[n];
                cell->marrow[b] += (double)p->marrow[b]->pixel[n];
            }
        }
    cell->weight = count > 0.95 * pixels ? 1.0 : 0.0;
    cell->reading /= fmax(count, 1.0);
    for (int b = 0; b < OST_BONES; b++) {
        cell->cortex[b] /= pixels;
        cell->marrow[b] /= pixels;
    }
}

/* Expected mineral of a cell, g/cm2: cortex of 1000, marrow of 200 mgHA/cm3. */
static double expected(const struct ost_cell *c)
{
    double sum = 0.0;
    for (int b = 0; b < OST_BONES; b++)
        sum += 0.1 * c->cortex[b] + 0.02 * c->marrow[b];
    return sum;
}

static void roughen(struct ost_plate *p)
{
    for (uint32_t j = 0; j < p->height; j++)
        for (uint32_t i = 0; i < p->width; i++) {
            const size_t at = (size_t)j * p->width + i;
            const size_t left = i > 0 ? at - 1 : at, right = i + 1 < p->width ? at + 1 : at;
            const size_t up = j > 0 ? at - p->width : at;
            const size_t down = j + 1 < p->height ? at + p->width : at;
            const double across = expected(&p->cell[right]) - expected(&p->cell[left]);
            const double along = expected(&p->cell[down]) - expected(&p->cell[up]);
            p->cell[at].rough = 0.5 * hypot(across, along) * 0.5 / p->mm;
        }
}

static bool fill_cells(struct ost_plate *p, const struct ost_layers_request *request, size_t view,
                       struct ost_err *err)
{
    p->cell = calloc((size_t)p->width * p->height, sizeof *p->cell);
    if (p->cell == NULL)
        return ost_fail(err, OST_NOMEM, "layers: no room for %u x %u cells", p->width, p->height);
    for (uint32_t j = 0; j < p->height; j++)
        for (uint32_t i = 0; i < p->width; i++) {
            struct ost_cell *cell = &p->cell[(size_t)j * p->width + i];
            const double pixel[2] = {(i + 0.5) * p->factor - 0.5, (j + 0.5) * p->factor - 0.5};
            gather(p, i, j, cell);
            ost_plate_ray(request, view, pixel, cell);
        }
    roughen(p);
    return true;
}

/* Millimetres a pixel of the film is at the joint. */
static double pixel_mm(const struct ost_layers_request *request, size_t view)
{
    const struct ost_camera *c = &request->film[view].camera;
    double pixel[2], depth = 1.0;
    (void)ost_camera_project(c, request->frame.origin, pixel, &depth);
    return depth / c->focal[0];
}

void ost_plate_read(struct ost_plate *p)
{
    const struct ost_image *film = p->film->image;
    for (size_t n = 0; n < (size_t)film->width * film->height; n++)
        p->reading->pixel[n] = (float)ost_film_curve_read(&p->curve, (double)film->pixel[n]);
    for (uint32_t n = 0; p->cell != NULL && n < p->width * p->height; n++) {
        struct ost_cell *cell = &p->cell[n];
        const double weight = cell->weight;
        cell->reading = 0.0;
        for (int b = 0; b < OST_BONES; b++)
            cell->cortex[b] = cell->marrow[b] = 0.0;
        gather(p, n % p->width, n / p->width, cell);
        cell->weight = weight;
    }
}

static bool read_film(struct ost_plate *p, struct ost_err *err)
{
    const struct ost_image *film = p->film->image;
    if (!ost_image_create(&p->reading, film->width, film->height, err) ||
        !ost_image_create(&p->exposed, film->width, film->height, err) ||
        !flood(film, p->exposed, err))
        return false;
    ost_plate_read(p);
    return true;
}

/* Takes the rim off the field: a cell counts where its neighbours were exposed too. */
static void shrink_field(struct ost_plate *p)
{
    const int reach = (int)ceil(rim_mm / p->mm);
    const size_t count = (size_t)p->width * p->height;
    for (size_t n = 0; n < count; n++) {
        const int column = (int)(n % p->width), row = (int)(n / p->width);
        for (int j = -reach; j <= reach; j++)
            for (int i = -reach; i <= reach; i++) {
                const int x = column + i, y = row + j;
                const bool there = x >= 0 && y >= 0 && x < (int)p->width && y < (int)p->height &&
                                   p->cell[(size_t)y * p->width + (size_t)x].weight != 0.0;
                if (!there && p->cell[n].weight > 0.0)
                    p->cell[n].weight = 1e-9; /* marked, and not passed on */
            }
    }
    for (size_t n = 0; n < count; n++)
        if (p->cell[n].weight < 0.5)
            p->cell[n].weight = 0.0;
}

bool ost_plate_init(struct ost_plate *plate, const struct ost_layers_request *request, size_t view,
                    struct ost_err *err)
{
    *plate = (struct ost_plate){.film = &request->film[view]};
    plate->curve = plate->film->curve;
    const struct ost_image *film = plate->film->image;
    const double mm = pixel_mm(request, view);
    if (film->width != plate->film->camera.width || film->height != plate->film->camera.height)
        return ost_fail(err, OST_INVALID, "layers: a film of %u x %u and a camera of %u x %u",
                        film->width, film->height, plate->film->camera.width,
                        plate->film->camera.height);
    plate->factor = (uint32_t)fmax(1.0, round(cell_mm / mm));
    plate->mm = mm * plate->factor;
    plate->width = (film->width + plate->factor - 1) / plate->factor;
    plate->height = (film->height + plate->factor - 1) / plate->factor;
    if (!read_film(plate, err))
        return false;
    struct ost_layers_bone bone[OST_BONES] = {request->bone[OST_RADIUS], request->bone[OST_ULNA]};
    if (plate->film->ulna != NULL)
        bone[OST_ULNA].surface = plate->film->ulna;
    for (int b = 0; b < OST_BONES; b++)
        if (!render(plate, &bone[b], b, err))
            return ost_err_note(err, "layers: %s", ost_bone_name((enum ost_bone)b));
    if (!fill_cells(plate, request, view, err))
        return false;
    shrink_field(plate);
    return true;
}

double ost_plate_at(const struct ost_plate *p, const double *value, double column, double row)
{
    const double x = fmin(fmax((column + 0.5) / p->factor - 0.5, 0.0), p->width - 1.0);
    const double y = fmin(fmax((row + 0.5) / p->factor - 0.5, 0.0), p->height - 1.0);
    const size_t i = (size_t)fmin(x, p->width - 2.0), j = (size_t)fmin(y, p->height - 2.0);
    const double u = x - (double)i, v = y - (double)j;
    const double *at = value + j * p->width + i;
    return (1.0 - v) * ((1.0 - u) * at[0] + u * at[1]) +
           v * ((1.0 - u) * at[p->width] + u * at[p->width + 1]);
}
