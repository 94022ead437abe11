#include "recon/bone/fit_impl.h"
#include "recon/math/vec.h"
#include "recon/mesh/measure.h"

#include <stdlib.h>
#include <string.h>

void bone_state_fini(struct bone_state *s)
{
    for (size_t v = 0; v < OST_BONE_VIEWS; v++)
        ost_scan_destroy(s->view[v].scan);
    ost_mesh_destroy(s->mesh);
    ost_mesh_destroy(s->inner);
    free(s->mode);
    free(s->normal);
    free(s->by_vertex);
    *s = (struct bone_state){0};
}

static void turn_modes(const struct ost_prior_bone *shape, float *by_vertex)
{
    size_t size = (size_t)shape->vertex_count * 3, modes = shape->mode_count;
    for (size_t k = 0; k < modes; k++)
        for (size_t i = 0; i < size; i++)
            by_vertex[i * modes + k] = shape->mode[k * size + i];
}

static bool take_view(struct bone_state *s, const struct ost_bone_view *given, size_t view,
                      struct ost_err *err)
{
    struct bone_view *v = &s->view[view];
    double middle[3];
    v->given = given;
    v->camera = given->camera;
    ost_rigid_point(&given->camera.world_to_camera, s->place.t, middle);
    if (!(middle[2] > 0.0) || given->film->width != given->camera.width ||
        given->film->height != given->camera.height)
        return ost_fail(
            err, OST_INVALID,
            "bone: view %zu: the camera does not fit the film or faces away from the bone", view);
    return ost_scan_create(given->film, given->bone, middle[2] / given->camera.focal[0], &v->scan,
                           err);
}

bool bone_state_init(struct bone_state *s, const struct ost_bone_fit_request *request,
                     struct ost_err *err)
{
    const struct ost_prior_bone *shape = &request->model->shape;
    const struct ost_rigid still = ost_rigid_identity();
    size_t vertices = shape->vertex_count;
    *s = (struct bone_state){.model = request->model, .place = request->start};
    if (request->view_count < 1 || request->view_count > OST_BONE_VIEWS)
        return ost_fail(err, OST_INVALID, "bone: %zu films; 1 to %d are taken", request->view_count,
                        (int)OST_BONE_VIEWS);
    s->mode = calloc(shape->mode_count + 1, sizeof *s->mode);
    s->normal = calloc(vertices, sizeof *s->normal);
    s->by_vertex = malloc(vertices * 3 * (shape->mode_count + 1) * sizeof *s->by_vertex);
    if (s->mode == NULL || s->normal == NULL || s->by_vertex == NULL)
        return ost_fail(err, OST_NOMEM, "bone: no room for %u modes", shape->mode_count);
    turn_modes(shape, s->by_vertex);
    if (!ost_bone_shapes_mesh(s->model, 1.0, NULL, &still, &s->mesh, err) ||
        !ost_bone_shapes_mesh(s->model, 1.0, NULL, &still, &s->inner, err))
        return false;
    s->view_count = request->view_count;
    for (size_t v = 0; v < s->view_count; v++)
        if (!take_view(s, &request->view[v], v, err))
            return false;
    bone_state_refresh(s);
    return true;
}

bool bone_state_save(const struct bone_state *s, struct bone_spot_state *out, struct ost_err *err)
{
    size_t bytes = (s->model->shape.mode_count + 1) * sizeof *s->mode;
    if (out->mode == NULL)
        out->mode = malloc(bytes);
    if (out->mode == NULL)
        return ost_fail(err, OST_NOMEM, "bone: out of memory");
    memcpy(out->mode, s->mode, bytes);
    memcpy(out->cortex, s->cortex, sizeof out->cortex);
    out->place = s->place;
    out->log_size = s->log_size;
    for (size_t v = 0; v < s->view_count; v++) {
        out->camera[v] = s->view[v].camera;
        memcpy(out->away[v], s->view[v].away, sizeof out->away[v]);
    }
    return true;
}

void bone_state_load(struct bone_state *s, const struct bone_spot_state *from)
{
    memcpy(s->mode, from->mode, (s->model->shape.mode_count + 1) * sizeof *s->mode);
    memcpy(s->cortex, from->cortex, sizeof s->cortex);
    s->place = from->place;
    s->log_size = from->log_size;
    for (size_t v = 0; v < s->view_count; v++) {
        s->view[v].camera = from->camera[v];
        memcpy(s->view[v].away, from->away[v], sizeof s->view[v].away);
    }
    bone_state_refresh(s);
}

void bone_spot_state_fini(struct bone_spot_state *spot)
{
    free(spot->mode);
    spot->mode = NULL;
}

/* How much each of the factors on the thickness counts at a height: hats along the bone. */
static void hats(const struct bone_state *s, uint32_t vertex, double out[OST_BONE_CORTEX])
{
    double z = (double)s->model->shape.mean[vertex][2];
    double at = (0.5 + 0.5 * z / s->model->half_length) * (OST_BONE_CORTEX - 1);
    for (int i = 0; i < OST_BONE_CORTEX; i++)
        out[i] = fmax(1.0 - fabs(at - i), 0.0);
}

static double thickness(const struct bone_state *s, uint32_t vertex)
{
    double hat[OST_BONE_CORTEX], sum = s->log_size;
    hats(s, vertex, hat);
    for (int i = 0; i < OST_BONE_CORTEX; i++)
        sum += hat[i] * s->cortex[i];
    return (double)s->model->shape.cortex[vertex] * exp(sum);
}

void bone_state_refresh(struct bone_state *s)
{
    ost_bone_shapes_shape(s->model, exp(s->log_size), s->mode, &s->place, s->mesh->vertex);
    ost_mesh_vertex_normals(s->mesh, s->normal);
    for (uint32_t v = 0; v < s->mesh->vertex_count; v++) {
        double in = thickness(s, v);
        for (int k = 0; k < 3; k++)
            s->inner->vertex[v][k] =
                (float)((double)s->mesh->vertex[v][k] - in * (double)s->normal[v][k]);
    }
}

uint32_t bone_view_at(const struct bone_state *s, size_t view)
{
    return BONE_MODES + s->modes + BONE_VIEW * (uint32_t)view;
}

uint32_t bone_unknowns(const struct bone_state *s)
{
    return bone_view_at(s, s->view_count);
}

static void spot_point(const struct bone_state *s, const struct bone_spot *spot, double out[3])
{
    const struct ost_mesh *mesh = spot->inner ? s->inner : s->mesh;
    const uint32_t *corner = mesh->triangle[spot->triangle];
    for (int k = 0; k < 3; k++)
        out[k] = spot->weight[0] * (double)mesh->vertex[corner[0]][k] +
                 spot->weight[1] * (double)mesh->vertex[corner[1]][k] +
                 spot->weight[2] * (double)mesh->vertex[corner[2]][k];
}

/* The modes at the three corners, contiguous in memory: the loop that takes the time. */
static void mode_columns(const struct bone_state *s, const struct bone_spot *spot,
                         const double back[3], float *row)
{
    const uint32_t *corner = s->mesh->triangle[spot->triangle];
    size_t all = s->model->shape.mode_count, free_ones = s->modes;
    for (int c = 0; c < 3; c++)
        for (size_t i = 0; i < 3; i++) {
            const float *mode = s->by_vertex + ((size_t)corner[c] * 3 + i) * all;
            const float by = (float)(spot->weight[c] * back[i]);
            for (size_t k = 0; k < free_ones; k++)
                row[k] += by * mode[k];
        }
}

static void cortex_columns(const struct bone_state *s, const struct bone_spot *spot,
                           const double slope[3], double factor, float *row)
{
    const uint32_t *corner = s->mesh->triangle[spot->triangle];
    for (int c = 0; c < 3; c++) {
        double hat[OST_BONE_CORTEX], out = 0.0;
        hats(s, corner[c], hat);
        for (int k = 0; k < 3; k++)
            out += slope[k] * (double)s->normal[corner[c]][k];
        out *= -factor * spot->weight[c] * thickness(s, corner[c]);
        for (int i = 0; i < OST_BONE_CORTEX; i++)
            row[BONE_CORTEX + i] += (float)(hat[i] * out);
    }
}

static void view_columns(const struct bone_state *s, const struct bone_spot *spot,
                         const double point[3], const double g[3], double factor, float *row)
{
    const struct ost_rigid *m = &s->view[spot->view].camera.world_to_camera;
    float *to = row + bone_view_at(s, spot->view);
    double q[3], c[3], arm[3], turn[3];
    ost_rigid_point(m, point, q);
    ost_rigid_point(m, s->place.t, c);
    ost_sub(q, c, arm);
    ost_cross(arm, g, turn);
    for (int k = 0; k < 3; k++) {
        to[k] += (float)(factor * turn[k]);
        to[3 + k] += (float)(factor * g[k]);
    }
}

void bone_row_of_slope(const struct bone_state *s, const struct bone_spot *spot,
                       const double slope[3], double factor, float *row)
{
    const struct ost_rigid back_way = ost_rigid_inverse(&s->place);
    double p[3], arm[3], turn[3], back[3], g[3];
    spot_point(s, spot, p);
    ost_sub(p, s->place.t, arm);
    ost_cross(arm, slope, turn);
    for (int k = 0; k < 3; k++) {
        row[BONE_TURN + k] += (float)(factor * turn[k]);
        row[BONE_SHIFT + k] += (float)(factor * slope[k]);
    }
    row[BONE_SIZE] += (float)(factor * ost_dot(arm, slope));
    ost_rigid_direction(&back_way, slope, back);
    for (int k = 0; k < 3; k++)
        back[k] *= factor * exp(s->log_size);
    mode_columns(s, spot, back, row + BONE_MODES);
    if (spot->inner && s->with_cortex)
        cortex_columns(s, spot, slope, factor, row);
    ost_rigid_direction(&s->view[spot->view].camera.world_to_camera, slope, g);
    view_columns(s, spot, p, g, factor, row);
}

void bone_row_of_normal(const struct bone_state *s, const struct bone_spot *spot, float *row)
{
    const struct ost_camera *c = &s->view[spot->view].camera;
    double mm = spot->depth / (0.5 * (c->focal[0] + c->focal[1])), slope[3];
    double off = spot->normal[0] * (spot->pixel[0] - c->principal[0]) +
                 spot->normal[1] * (spot->pixel[1] - c->principal[1]);
    const double g[3] = {mm * spot->normal[0] * c->focal[0] / spot->depth,
                         mm * spot->normal[1] * c->focal[1] / spot->depth, -mm * off / spot->depth};
    const struct ost_rigid back = ost_rigid_inverse(&c->world_to_camera);
    ost_rigid_direction(&back, g, slope);
    bone_row_of_slope(s, spot, slope, 1.0, row);
    row[bone_view_at(s, spot->view) + 6] += (float)(mm * off);
}
