/* From surfaces to voxels of mineral: cortical shell, trabecular bone, texture. */
#include "recon/cohort/body_impl.h"
#include "recon/math/vec.h"
#include "recon/shape/anatomy.h"

#include <string.h>

static const double spacing = OST_BODY_VOXEL_UM / 1000.0;
static const double band[2] = {2.7, 4.5}; /* mm outside and inside */

/* Scrambles three whole numbers to -1..1. */
static double lattice(uint64_t seed, int64_t x, int64_t y, int64_t z)
{
    uint64_t h = seed ^ ((uint64_t)x * 0x9e3779b97f4a7c15U) ^ ((uint64_t)y * 0xc2b2ae3d27d4eb4fU) ^
                 ((uint64_t)z * 0x165667b19e3779f9U);
    h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9U;
    h = (h ^ (h >> 27)) * 0x94d049bb133111ebU;
    h ^= h >> 31;
    return (double)(h >> 11) * 0x1.0p-52 - 1.0;
}

double ost_body_noise(uint64_t seed, double size, const double point[3])
{
    int64_t low[3];
    double part[3], sum = 0.0;
    for (int k = 0; k < 3; k++) {
        double x = floor(point[k] / size);
        low[k] = (int64_t)x;
        part[k] = ost_smooth_step(0.0, 1.0, point[k] / size - x);
    }
    for (int corner = 0; corner < 8; corner++) {
        double weight = 1.0;
        for (int k = 0; k < 3; k++) {
            weight *= (corner >> k & 1) != 0 ? part[k] : 1.0 - part[k];
        }
        sum += weight * lattice(seed, low[0] + (corner & 1), low[1] + (corner >> 1 & 1),
                                low[2] + (corner >> 2 & 1));
    }
    return sum;
}

/* The prior's thickness at the nearest of its vertices. */
static double nearest_thickness(const struct ost_mesh *mesh, const struct ost_prior_bone *view,
                                const double p[3])
{
    float best = 1e30F, value = 0.0F;
    for (uint32_t v = 0; v < view->vertex_count; v++) {
        const float *q = mesh->vertex[v];
        float d = 0.0F;
        for (int k = 0; k < 3; k++) {
            d += (q[k] - (float)p[k]) * (q[k] - (float)p[k]);
        }
        value = d < best ? view->cortex[v] : value;
        best = d < best ? d : best;
    }
    return (double)value;
}

/* On a coarse lattice: it varies slowly. */
static bool thickness_of(const struct ost_body *body, enum ost_bone bone,
                         const struct ost_grid *box, struct ost_grid **out, struct ost_err *err)
{
    const double step = 3.0;
    const struct ost_prior_bone *view = ost_prior_bone_view(body->prior, bone);
    uint32_t size[3];
    for (int k = 0; k < 3; k++) {
        size[k] = (uint32_t)ceil(box->size[k] * box->spacing[k] / step) + 1;
    }
    if (!ost_grid_create(out, size, box->origin, (double[]){step, step, step}, err)) {
        return false;
    }
    struct ost_grid *grid = *out;
    const size_t count = (size_t)size[0] * size[1] * size[2];
#pragma omp parallel for schedule(dynamic, 64)
    for (size_t n = 0; n < count; n++) {
        double p[3];
        ost_voxel_centre(grid, n, p);
        grid->value[n] =
            (float)(body->cortex_factor * nearest_thickness(body->bone[bone], view, p));
    }
    return true;
}

/* Spongy bone at a point `depth` inside: dense under the joint, marrow in the shaft. */
static double spongy(const struct ost_body *body, uint64_t seed, const double p[3], double depth)
{
    double z = p[2] - body->joint[2];
    double along = 0.03 + 0.97 * (1.0 - ost_smooth_step(8.0, 52.0, z));
    double under_joint = 0.5 * exp(-depth / 2.5) * (1.0 - ost_smooth_step(2.0, 14.0, z));
    /* Trabeculae run along the bone: the texture is drawn out. */
    const double q[3] = {p[0], p[1], 0.45 * p[2]};
    double texture =
        exp(0.55 * ost_body_noise(seed, 1.0, q) + 0.45 * ost_body_noise(seed + 1, 2.0, q) +
            0.20 * ost_body_noise(seed + 2, 6.0, q));
    return body->trabecular * (along + under_joint) * texture;
}

/* The whole lattice box of one bone within the heights films can show. */
static struct ost_volume_box box_of(const struct ost_mesh *mesh, double margin)
{
    double low[3] = {1e9, 1e9, 1e9}, high[3] = {-1e9, -1e9, -1e9};
    for (uint32_t v = 0; v < mesh->vertex_count; v++) {
        for (int k = 0; k < 3; k++) {
            low[k] = fmin(low[k], (double)mesh->vertex[v][k] - margin);
            high[k] = fmax(high[k], (double)mesh->vertex[v][k] + margin);
        }
    }
    low[2] = fmax(low[2], OST_BODY_LOW);
    high[2] = fmin(high[2], OST_BODY_HIGH);
    return ost_volume_box_of(low, high, spacing);
}

static bool distances(const struct ost_body *body, enum ost_bone bone, struct ost_grid **out,
                      struct ost_err *err)
{
    /* A given surface need not lie as the mean does that stands for it here. */
    const struct ost_volume_box box = box_of(body->bone[bone], body->given ? 6.0 : 2.0);
    double origin[3];
    for (int k = 0; k < 3; k++) {
        origin[k] = box.low[k] * spacing;
    }
    return ost_grid_create(out, box.size, origin, (double[]){spacing, spacing, spacing}, err) &&
           ost_volume_to_dense(body->distance[bone], &box, (*out)->value, err);
}

double ost_body_density(const struct ost_body *body, enum ost_bone bone, const double p[3],
                        const double depth_wall[2])
{
    const uint64_t seed = body->request->seed * 64 + OST_PART_BONE + 16 * (uint64_t)bone;
    double depth = depth_wall[0];
    double cover = ost_cover(depth, spacing);
    /* The inner border of the cortex is not sharp, nor even. */
    double wall = depth_wall[1] * (1.0 + 0.15 * ost_body_noise(seed + 5, 4.0, p));
    double soft = 0.25 * wall;
    double inside = ost_smooth_step(wall - soft, wall + soft + 0.5 * spacing, depth);
    double shell = body->cortical * (1.0 + 0.04 * ost_body_noise(seed + 6, 1.5, p));
    return cover * ((1.0 - inside) * shell + inside * spongy(body, seed, p, depth));
}

/* Distances become mineral in place. */
static void mineralize(const struct ost_body *body, enum ost_bone bone,
                       const struct ost_grid *thickness, struct ost_grid *grid)
{
    const size_t count = (size_t)grid->size[0] * grid->size[1] * grid->size[2];
#pragma omp parallel for schedule(dynamic, 4096)
    for (size_t n = 0; n < count; n++) {
        double depth = -(double)grid->value[n], p[3];
        grid->value[n] = 0.0F;
        if (depth <= -0.5 * spacing)
            continue;
        ost_voxel_centre(grid, n, p);
        const double wall = ost_grid_at(thickness, p, 1.0);
        grid->value[n] = (float)ost_body_density(body, bone, p, (const double[]){depth, wall});
    }
}

/* Mean of what lies within 30 mm of the joint along the shaft. */
static double distal_mean(const struct ost_body *body, const struct ost_grid *mineral,
                          const struct ost_grid *distance)
{
    struct ost_anatomy frame;
    ost_anatomy_of(body->prior, (const float(*)[3])body->bone[OST_RADIUS]->vertex, &frame);
    const size_t count = (size_t)mineral->size[0] * mineral->size[1] * mineral->size[2];
    double sum = 0.0, volume = 0.0;
    for (size_t n = 0; n < count; n++) {
        double d[3];
        ost_voxel_centre(mineral, n, d);
        ost_sub(d, frame.origin, d);
        if (ost_dot(d, frame.axis) < -30.0) {
            continue;
        }
        sum += (double)mineral->value[n];
        volume += ost_cover(-(double)distance->value[n], spacing);
    }
    return volume > 0.0 ? sum / volume : 0.0;
}

/* Beyond what films can show the bone is pressed flat: closed still, and cheap. */
static bool measure(struct ost_body *body, enum ost_bone bone, struct ost_err *err)
{
    const struct ost_mesh *whole = body->bone[bone];
    if (body->distance[bone] != NULL)
        return true; /* given surfaces bring theirs */
    const float most = (float)OST_BODY_HIGH + 6.0F;
    OST_AUTO(ost_mesh) mesh = NULL;
    if (!ost_mesh_create(&mesh, whole->vertex_count, whole->triangle_count, err)) {
        return false;
    }
    memcpy(mesh->vertex, whole->vertex, whole->vertex_count * sizeof *whole->vertex);
    memcpy(mesh->triangle, whole->triangle, whole->triangle_count * sizeof *whole->triangle);
    for (uint32_t v = 0; v < mesh->vertex_count; v++) {
        mesh->vertex[v][2] = fminf(mesh->vertex[v][2], most);
    }
    return ost_volume_from_mesh(&body->distance[bone], mesh, spacing, band, err);
}

static bool mineral_of(struct ost_body *body, enum ost_bone bone, struct ost_err *err)
{
    OST_AUTO(ost_grid) thickness = NULL;
    OST_AUTO(ost_grid) distance = NULL;
    if (!measure(body, bone, err) || !distances(body, bone, &body->mineral[bone], err) ||
        !distances(body, bone, &distance, err) ||
        !thickness_of(body, bone, distance, &thickness, err)) {
        return ost_err_note(err, "cohort");
    }
    mineralize(body, bone, thickness, body->mineral[bone]);
    if (bone == OST_RADIUS) {
        body->distal_30 = distal_mean(body, body->mineral[bone], distance);
    }
    return true;
}

bool ost_body_mineral(struct ost_body *body, struct ost_err *err)
{
    return mineral_of(body, OST_RADIUS, err) && mineral_of(body, OST_ULNA, err);
}
