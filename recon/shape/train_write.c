#include "recon/math/vec.h"
#include "recon/mesh/bvh.h"
#include "recon/mesh/measure.h"
#include "recon/net/ostm.h"
#include "recon/shape/train_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TENSORS_MOST = 12 };

/*
 * Thick shaft, thin ends: 2.9 mm at mid-length, 0.8 mm at the joint, never more than
 * a third of the way through the bone.
 */
static bool make_cortex(const struct ost_mesh *mesh, float *out, struct ost_err *err)
{
    OST_AUTO(ost_bvh) bvh = NULL;
    float(*normal)[3] = calloc((size_t)mesh->vertex_count + 1, sizeof *normal);
    bool ok = normal != NULL || ost_fail(err, OST_NOMEM, "training: no room");
    ok = ok && ost_bvh_create(&bvh, mesh, err);
    double low = ost_train_mesh_lowest(mesh), length = ost_train_mesh_length(mesh);
    if (ok)
        ost_mesh_vertex_normals(mesh, normal);
    for (uint32_t v = 0; ok && normal != NULL && v < mesh->vertex_count; v++) {
        double p[3], inward[3], start[3];
        ost_train_vertex_at(mesh, v, p);
        for (int k = 0; k < 3; k++)
            inward[k] = -(double)normal[v][k];
        ost_along(p, 0.01, inward, start);
        struct ost_hit hit;
        double through = ost_bvh_ray(bvh, start, inward, &hit, 1) > 0 ? hit.at : 10.0;
        double z = p[2] - low;
        double thick = 0.8 + 2.1 * ost_train_smooth_step(22.0, 75.0, z) *
                                 (1.0 - ost_train_smooth_step(0.72 * length, 0.93 * length, z));
        out[v] = (float)fmax(0.4, fmin(thick, through / 3.0));
    }
    free(normal);
    return ok;
}

/* Square root of the joint's covariance: turning first, then leaning and sliding. */
static void make_joint(const struct arm *arm, float mean[6], float mode[36])
{
    static const double slide[3] = {0.5, 1.3, 1.2}; /* mm: the last is ulnar variance */
    const double lean = 0.03;                       /* rad */
    double across[2][3];
    memset(mean, 0, 6 * sizeof *mean);
    memset(mode, 0, 36 * sizeof *mode);
    ost_perpendicular(arm->turn, across[0]);
    ost_cross(arm->turn, across[0], across[1]);
    for (int k = 0; k < 3; k++) {
        mean[3 + k] = (float)arm->place.t[k];
        mode[k] = (float)(ost_radians(30.0) * arm->turn[k]);
        mode[6 + k] = (float)(lean * across[0][k]);
        mode[12 + k] = (float)(lean * across[1][k]);
        mode[(3 + k) * 6 + 3 + k] = (float)slide[k];
    }
}

static struct ost_ostm_tensor real(const char *name, uint32_t rows, uint32_t columns,
                                   const float *value)
{
    return (struct ost_ostm_tensor){.name = name,
                                    .kind = OST_OSTM_REAL,
                                    .rank = columns == 1 ? 1 : 2,
                                    .dim = {rows, columns},
                                    .real = value};
}

static void bone_tensors(const struct arm *arm, const struct modes *modes, enum ost_bone bone,
                         const float *cortex, struct ost_ostm_tensor out[4])
{
    static const char *const name[OST_BONES][4] = {
        {"radius.mean", "radius.triangle", "radius.mode", "radius.cortex"},
        {"ulna.mean", "ulna.triangle", "ulna.mode", "ulna.cortex"}};
    const struct ost_mesh *mesh = arm->bone[bone];
    out[0] = real(name[bone][0], mesh->vertex_count, 3, &mesh->vertex[0][0]);
    out[1] = (struct ost_ostm_tensor){.name = name[bone][1],
                                      .kind = OST_OSTM_INDEX,
                                      .rank = 2,
                                      .dim = {mesh->triangle_count, 3},
                                      .index = &mesh->triangle[0][0]};
    out[2] = real(name[bone][2], modes->count, mesh->vertex_count * 3, modes->mode);
    out[2].kind = OST_OSTM_REAL16;
    out[3] = real(name[bone][3], mesh->vertex_count, 1, cortex);
}

static bool cortex_of(const struct arm *arm, enum ost_bone bone, float **out, struct ost_err *err)
{
    *out = calloc((size_t)arm->bone[bone]->vertex_count + 1, sizeof **out);
    if (*out == NULL)
        return ost_fail(err, OST_NOMEM, "training: no room");
    return make_cortex(arm->bone[bone], *out, err);
}

static void licence_of(const struct ost_train_input *input, char text[512])
{
    bool used[OST_TRAIN_SETS] = {false};
    size_t len = 0;
    for (int i = 0; i < OST_TRAIN_FILES; i++)
        used[ost_train_file(i)->set] |= input->surface[i] != NULL;
    len += (size_t)snprintf(text, 512, "%s",
                            used[OST_TRAIN_CALGARY] ? "GPL-3.0" : "CC BY 3.0, with attribution");
    for (int s = 0; s < OST_TRAIN_SETS; s++) {
        if (used[s]) {
            len += (size_t)snprintf(text + len, 512 - len, "; %s (%s)",
                                    ost_train_set_name((enum ost_train_set)s),
                                    ost_train_set_licence((enum ost_train_set)s));
        }
    }
}

bool ost_train_write(const struct ost_train_input *input, const struct arm *arm,
                     const struct modes modes[OST_BONES], struct ost_buf *out, struct ost_err *err)
{
    float *cortex[OST_BONES] = {NULL, NULL}, mean[6], mode[36];
    char licence[512], seed[32];
    uint32_t landmark[OST_LANDMARKS];
    make_joint(arm, mean, mode);
    licence_of(input, licence);
    (void)snprintf(seed, sizeof seed, "%llu", (unsigned long long)input->seed);
    for (int i = 0; i < OST_LANDMARKS; i++)
        landmark[i] = arm->marks[ost_landmark_bone((enum ost_landmark)i)].vertex[i];
    const float numbers[] = {(float)SIZE_LOG_SD,
                             (float)modes[0].residual,
                             (float)modes[1].residual,
                             880.0F,
                             45.0F,
                             170.0F,
                             38.0F,
                             0.15F};
    const struct ost_ostm_text text[] = {{"kind", "osteon.prior.1"},
                                         {"name", input->name},
                                         {"licence", licence},
                                         {"command", input->command},
                                         {"seed", seed}};
    bool ok =
        cortex_of(arm, OST_RADIUS, &cortex[0], err) && cortex_of(arm, OST_ULNA, &cortex[1], err);
    if (ok) {
        struct ost_ostm_tensor tensor[TENSORS_MOST];
        bone_tensors(arm, &modes[0], OST_RADIUS, cortex[0], tensor);
        bone_tensors(arm, &modes[1], OST_ULNA, cortex[1], tensor + 4);
        tensor[8] = real("joint.mean", 6, 1, mean);
        tensor[9] = real("joint.mode", 36, 1, mode);
        tensor[10] = real("numbers", 8, 1, numbers);
        tensor[11] = (struct ost_ostm_tensor){.name = "landmark",
                                              .kind = OST_OSTM_INDEX,
                                              .rank = 1,
                                              .dim = {OST_LANDMARKS},
                                              .index = landmark};
        struct ost_ostm_draft draft = {.text = text,
                                       .text_count = sizeof text / sizeof *text,
                                       .tensor = tensor,
                                       .tensor_count = TENSORS_MOST};
        ok = ost_ostm_write(&draft, out, err);
    }
    free(cortex[0]);
    free(cortex[1]);
    return ok;
}
