#include "recon/math/vec.h"
#include "recon/mesh/icp.h"
#include "recon/shape/train_impl.h"

#include <float.h>

enum { STARTS = 12 };

bool ost_train_rough_copy(const struct ost_mesh *surface, enum ost_train_set set,
                          struct ost_mesh **out, struct ost_err *err)
{
    static const int8_t axis[OST_TRAIN_SETS][3] = {{-3, -1, 2}, {-2, -1, -3}, {-1, -3, -2}};
    *out = NULL;
    if (surface == NULL)
        return true;
    if (!ost_train_mesh_copy(surface, out, err))
        return false;
    const int8_t *way = axis[set];
    for (uint32_t v = 0; v < (*out)->vertex_count; v++) {
        for (int k = 0; k < 3; k++) {
            (*out)->vertex[v][k] =
                way[k] < 0 ? -surface->vertex[v][-way[k] - 1] : surface->vertex[v][way[k] - 1];
        }
    }
    return true;
}

bool ost_train_lay_near(const struct ost_mesh *piece, const struct ost_mesh *whole,
                        struct ost_rigid *motion, double *rms, struct ost_err *err)
{
    struct ost_icp_options options = {.one_way = true, .keep = 0.9, .spacing = 1.5, .steps = 40};
    struct ost_icp_result result;
    if (!ost_icp(piece, whole, motion, &options, &result, err))
        return false;
    *motion = result.motion;
    *rms = result.rms;
    return true;
}

bool ost_train_lay_onto(const struct ost_mesh *piece, const struct ost_mesh *whole,
                        struct ost_rigid *out, double *rms, struct ost_err *err)
{
    static const double zero[3];
    struct ost_icp_options rough = {.one_way = true, .keep = 0.9, .spacing = 4.0, .steps = 20};
    *rms = DBL_MAX;
    for (int i = 0; i < STARTS; i++) {
        double w[3] = {0.0, 0.0, 2.0 * OST_PI * i / STARTS};
        struct ost_rigid start = ost_rigid_about(zero, w, zero);
        struct ost_icp_result result;
        if (!ost_icp(piece, whole, &start, &rough, &result, err))
            return false;
        if (result.rms < *rms) {
            *rms = result.rms;
            *out = result.motion;
        }
    }
    return ost_train_lay_near(piece, whole, out, rms, err);
}

void ost_train_centre_distal(struct ost_mesh *mesh)
{
    double z = ost_train_mesh_lowest(mesh), sum[2] = {0}, count = 0.0;
    for (uint32_t v = 0; v < mesh->vertex_count; v++) {
        if (mesh->vertex[v][2] < z + 25.0) {
            count += 1.0;
            sum[0] += mesh->vertex[v][0];
            sum[1] += mesh->vertex[v][1];
        }
    }
    struct ost_rigid step = ost_rigid_identity();
    step.t[0] = -sum[0] / count;
    step.t[1] = -sum[1] / count;
    step.t[2] = -z;
    ost_mesh_move(mesh, &step);
}

/* `piece` on `whole` at one size of it, from the motion found for another. */
static bool lay_sized(const struct ost_mesh *piece, const struct ost_mesh *whole, double size,
                      struct ost_rigid *motion, double *rms, struct ost_err *err)
{
    OST_AUTO(ost_mesh) sized = NULL;
    if (!ost_train_mesh_copy(whole, &sized, err))
        return false;
    ost_train_mesh_scale(sized, size);
    return ost_train_lay_near(piece, sized, motion, rms, err);
}

bool ost_train_fit_size(struct ost_mesh *piece, struct ost_mesh *whole, double rms[2],
                        double *scale, struct ost_err *err)
{
    enum { SIZES = 10 };
    struct ost_rigid first, best_motion = ost_rigid_identity();
    OST_AUTO(ost_mesh) mirrored = NULL;
    if (!ost_train_lay_onto(piece, whole, &first, &rms[0], err))
        return false;
    *scale = 1.0;
    rms[0] = DBL_MAX;
    for (int i = 0; i < SIZES; i++) {
        double size = 0.88 + 0.03 * i, now;
        struct ost_rigid motion = first;
        for (int k = 0; k < 3; k++)
            motion.t[k] *= size;
        if (!lay_sized(piece, whole, size, &motion, &now, err))
            return false;
        if (now < rms[0]) {
            rms[0] = now;
            best_motion = motion;
            *scale = size;
        }
    }
    if (!ost_train_mesh_copy(piece, &mirrored, err))
        return false;
    ost_train_mesh_mirror(mirrored);
    ost_train_mesh_scale(whole, *scale);
    if (!ost_train_lay_onto(mirrored, whole, &first, &rms[1], err))
        return false;
    ost_mesh_move(piece, &best_motion);
    return true;
}
