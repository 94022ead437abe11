#include "recon/shape/prior.h"

#include "recon/base/wide.h"
#include "recon/mesh/measure.h"
#include "recon/net/ostm.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VERTICES_MAX = 200000, TRIANGLES_MAX = 400000, MODES_MAX = 256, NUMBERS = 8 };

struct ost_prior {
    struct ost_ostm *file;
    struct ost_prior_bone bone[OST_BONES];
    struct ost_prior_joint joint;
    struct ost_prior_numbers numbers;
    uint32_t landmark[OST_LANDMARKS];
    float *mode_at[OST_BONES]; /* owned */
};

static const struct {
    const char *name;
    enum ost_bone bone;
} landmark_table[OST_LANDMARKS] = {
    [OST_STYLOID] = {"radial_styloid", OST_RADIUS},
    [OST_ULNAR_CORNER_VOLAR] = {"ulnar_corner_volar", OST_RADIUS},
    [OST_ULNAR_CORNER_DORSAL] = {"ulnar_corner_dorsal", OST_RADIUS},
    [OST_LIP_VOLAR] = {"lip_volar", OST_RADIUS},
    [OST_LIP_DORSAL] = {"lip_dorsal", OST_RADIUS},
    [OST_SIGMOID_NOTCH] = {"sigmoid_notch", OST_RADIUS},
    [OST_LISTER] = {"lister_tubercle", OST_RADIUS},
    [OST_ULNAR_HEAD] = {"ulnar_head", OST_ULNA},
    [OST_ULNAR_STYLOID] = {"ulnar_styloid", OST_ULNA},
};

const char *ost_bone_name(enum ost_bone bone)
{
    return bone == OST_RADIUS ? "radius" : "ulna";
}

const char *ost_landmark_name(enum ost_landmark landmark)
{
    return landmark_table[landmark].name;
}

enum ost_bone ost_landmark_bone(enum ost_landmark landmark)
{
    return landmark_table[landmark].bone;
}

/* The tensor NAME or BONE.NAME of the kind and size asked for; a zero size is any. */
static const struct ost_ostm_tensor *want(const struct ost_ostm *file, const char *bone,
                                          const char *name, const uint32_t dim[2],
                                          struct ost_err *err)
{
    char full[OST_OSTM_NAME];
    (void)snprintf(full, sizeof full, "%s%s%s", bone, bone[0] != '\0' ? "." : "", name);
    const struct ost_ostm_tensor *t = ost_ostm_tensor_view(file, full);
    uint32_t rank = dim[1] == 1 ? 1 : 2;
    if (t == NULL || t->rank != rank || (dim[0] != 0 && t->dim[0] != dim[0]) ||
        (rank == 2 && t->dim[1] != dim[1])) {
        (void)ost_fail(err, OST_CORRUPT, "prior: %s is missing or of another size", full);
        return NULL;
    }
    return t;
}

static const float *want_real(const struct ost_ostm *file, const char *bone, const char *name,
                              const uint32_t dim[2], struct ost_err *err)
{
    const struct ost_ostm_tensor *t = want(file, bone, name, dim, err);
    if (t != NULL && t->real == NULL)
        (void)ost_fail(err, OST_CORRUPT, "prior: %s.%s holds no reals", bone, name);
    return t != NULL ? t->real : NULL;
}

static const uint32_t *want_index(const struct ost_ostm *file, const char *bone, const char *name,
                                  const uint32_t dim[2], struct ost_err *err)
{
    const struct ost_ostm_tensor *t = want(file, bone, name, dim, err);
    if (t != NULL && t->index == NULL)
        (void)ost_fail(err, OST_CORRUPT, "prior: %s.%s holds no indices", bone, name);
    return t != NULL ? t->index : NULL;
}

static uint32_t rows_of(const struct ost_ostm *file, const char *bone, const char *name)
{
    char full[OST_OSTM_NAME];
    (void)snprintf(full, sizeof full, "%s.%s", bone, name);
    const struct ost_ostm_tensor *t = ost_ostm_tensor_view(file, full);
    return t != NULL ? t->dim[0] : 0;
}

static bool check_surface(const struct ost_prior_bone *bone, const char *name, struct ost_err *err)
{
    OST_AUTO(ost_mesh) mesh = NULL;
    struct ost_mesh_facts facts;
    if (!ost_mesh_create(&mesh, bone->vertex_count, bone->triangle_count, err))
        return false;
    memcpy(mesh->vertex, bone->mean, bone->vertex_count * sizeof *mesh->vertex);
    memcpy(mesh->triangle, bone->triangle, bone->triangle_count * sizeof *mesh->triangle);
    if (!ost_mesh_measure(mesh, &facts, err))
        return ost_err_note(err, "prior: %s", name);
    if (!facts.closed || facts.components != 1 || facts.vertices != bone->vertex_count ||
        !(facts.volume > 0.0))
        return ost_fail(err, OST_CORRUPT, "prior: %s is not one closed surface", name);
    return true;
}

/* Vertex by vertex, for those who ask how one point moves with every mode. */
static bool turn_modes(struct ost_prior *prior, enum ost_bone which, struct ost_err *err)
{
    struct ost_prior_bone *bone = &prior->bone[which];
    const size_t count = (size_t)bone->vertex_count * 3, modes = bone->mode_count;
    float *at = malloc(count * modes * sizeof *at);
    if (at == NULL)
        return ost_fail(err, OST_NOMEM, "prior: no room for %zu modes", modes);
    for (size_t k = 0; k < modes; k++)
        for (size_t i = 0; i < count; i++)
            at[i * modes + k] = bone->mode[k * count + i];
    bone->mode_at = prior->mode_at[which] = at;
    return true;
}

static bool open_bone(struct ost_prior *prior, enum ost_bone which, struct ost_err *err)
{
    const char *name = ost_bone_name(which);
    struct ost_prior_bone *bone = &prior->bone[which];
    uint32_t v = rows_of(prior->file, name, "mean");
    uint32_t t = rows_of(prior->file, name, "triangle");
    uint32_t k = rows_of(prior->file, name, "mode");
    if (v < 4 || v > VERTICES_MAX || t < 4 || t > TRIANGLES_MAX || k < 1 || k > MODES_MAX)
        return ost_fail(err, OST_CORRUPT, "prior: %u vertices, %u triangles, %u modes", v, t, k);
    const float *mean = want_real(prior->file, name, "mean", (uint32_t[]){v, 3}, err);
    const float *mode =
        mean != NULL ? want_real(prior->file, name, "mode", (uint32_t[]){k, v * 3}, err) : NULL;
    const float *cortex =
        mode != NULL ? want_real(prior->file, name, "cortex", (uint32_t[]){v, 1}, err) : NULL;
    const uint32_t *triangle =
        cortex != NULL ? want_index(prior->file, name, "triangle", (uint32_t[]){t, 3}, err) : NULL;
    if (triangle == NULL)
        return false;
    for (uint32_t i = 0; i < v; i++) {
        if (!(cortex[i] > 0.0F))
            return ost_fail(err, OST_CORRUPT, "prior: %s has no cortex at vertex %u", name, i);
    }
    *bone = (struct ost_prior_bone){
        .vertex_count = v, .triangle_count = t, .mode_count = k, .mode = mode, .cortex = cortex};
    /* C17 has no conversion to a pointer to an array of const that -Wpedantic lets pass. */
    memcpy(&bone->mean, &mean, sizeof mean);
    memcpy(&bone->triangle, &triangle, sizeof triangle);
    return check_surface(bone, name, err) && turn_modes(prior, which, err);
}

static bool open_joint(struct ost_prior *prior, struct ost_err *err)
{
    const float *mean = want_real(prior->file, "joint", "mean", (uint32_t[]){6, 1}, err);
    const float *mode =
        mean != NULL ? want_real(prior->file, "joint", "mode", (uint32_t[]){36, 1}, err) : NULL;
    if (mode == NULL)
        return false;
    for (int i = 0; i < 6; i++)
        prior->joint.mean[i] = mean[i];
    for (int i = 0; i < 36; i++)
        prior->joint.mode[i] = mode[i];
    return true;
}

static bool open_numbers(struct ost_prior *prior, struct ost_err *err)
{
    const float *n = want_real(prior->file, "", "numbers", (uint32_t[]){NUMBERS, 1}, err);
    if (n == NULL)
        return false;
    for (int i = 0; i < NUMBERS; i++) {
        if (!(n[i] > 0.0F))
            return ost_fail(err, OST_CORRUPT, "prior: number %d is not positive", i);
    }
    prior->numbers = (struct ost_prior_numbers){.log_scale_sd = n[0],
                                                .residual_mm = {n[1], n[2]},
                                                .cortical = {n[3], n[4]},
                                                .trabecular = {n[5], n[6]},
                                                .cortex_log_sd = n[7]};
    return true;
}

static bool open_landmarks(struct ost_prior *prior, struct ost_err *err)
{
    const uint32_t *v =
        want_index(prior->file, "", "landmark", (uint32_t[]){OST_LANDMARKS, 1}, err);
    if (v == NULL)
        return false;
    for (int i = 0; i < OST_LANDMARKS; i++) {
        uint32_t room = prior->bone[landmark_table[i].bone].vertex_count;
        if (v[i] >= room) {
            return ost_fail(err, OST_CORRUPT, "prior: landmark %d is vertex %u of %u", i, v[i],
                            room);
        }
        prior->landmark[i] = v[i];
    }
    return true;
}

bool ost_prior_open(const void *bytes, size_t len, struct ost_prior **out, struct ost_err *err)
{
    *out = NULL;
    OST_AUTO(ost_prior) prior = calloc(1, sizeof *prior);
    if (prior == NULL)
        return ost_fail(err, OST_NOMEM, "prior: out of memory");
    if (!ost_ostm_open(bytes, len, &prior->file, err))
        return ost_err_note(err, "prior");
    const char *kind = ost_ostm_text_view(prior->file, "kind");
    if (kind == NULL || strcmp(kind, "osteon.prior.1") != 0)
        return ost_fail(err, OST_UNSUPPORTED, "prior: the file is another kind of model");
    if (ost_ostm_text_view(prior->file, "licence") == NULL)
        return ost_fail(err, OST_CORRUPT, "prior: the file states no licence");
    if (!open_bone(prior, OST_RADIUS, err) || !open_bone(prior, OST_ULNA, err) ||
        !open_joint(prior, err) || !open_numbers(prior, err) || !open_landmarks(prior, err))
        return false;
    *out = ost_steal(&prior);
    return true;
}

void ost_prior_destroy(struct ost_prior *prior)
{
    if (prior == NULL)
        return;
    ost_ostm_close(prior->file);
    for (int b = 0; b < OST_BONES; b++)
        free(prior->mode_at[b]);
    free(prior);
}

const struct ost_prior_bone *ost_prior_bone_view(const struct ost_prior *prior, enum ost_bone bone)
{
    return &prior->bone[bone];
}

const struct ost_prior_joint *ost_prior_joint_view(const struct ost_prior *prior)
{
    return &prior->joint;
}

const struct ost_prior_numbers *ost_prior_numbers_view(const struct ost_prior *prior)
{
    return &prior->numbers;
}

uint32_t ost_prior_landmark(const struct ost_prior *prior, enum ost_landmark landmark)
{
    return prior->landmark[landmark];
}

const char *ost_prior_licence_view(const struct ost_prior *prior)
{
    return ost_ostm_text_view(prior->file, "licence");
}

const char *ost_prior_digest_view(const struct ost_prior *prior)
{
    return ost_ostm_digest_view(prior->file);
}

/* to += factor * from */
OST_WIDE static void add_scaled(float *restrict to, const float *restrict from, size_t count,
                                float factor)
{
    for (size_t i = 0; i < count; i++)
        to[i] += factor * from[i];
}

void ost_prior_shape(const struct ost_prior *prior, enum ost_bone bone, double scale,
                     const double *b, float (*out)[3])
{
    const struct ost_prior_bone *shape = &prior->bone[bone];
    const float *mean = &shape->mean[0][0];
    float *flat = &out[0][0];
    size_t count = (size_t)shape->vertex_count * 3;
    memcpy(flat, mean, count * sizeof *flat);
    for (uint32_t k = 0; b != NULL && k < shape->mode_count; k++)
        if (b[k] != 0.0)
            add_scaled(flat, shape->mode + k * count, count, (float)b[k]);
    for (size_t i = 0; i < count; i++)
        flat[i] = (float)(scale * (double)flat[i]);
}

bool ost_prior_mean(const struct ost_prior *prior, enum ost_bone bone, double scale,
                    struct ost_mesh **out, struct ost_err *err)
{
    const struct ost_prior_bone *b = ost_prior_bone_view(prior, bone);
    if (!ost_mesh_create(out, b->vertex_count, b->triangle_count, err))
        return false;
    memcpy((*out)->triangle, b->triangle, b->triangle_count * sizeof *b->triangle);
    ost_prior_shape(prior, bone, scale, NULL, (*out)->vertex);
    return true;
}

struct ost_rigid ost_prior_joint_place(const struct ost_prior *prior, double scale,
                                       const double z[6])
{
    double pose[6];
    for (int i = 0; i < 6; i++) {
        pose[i] = prior->joint.mean[i];
        for (int k = 0; z != NULL && k < 6; k++)
            pose[i] += z[k] * prior->joint.mode[k * 6 + i];
    }
    struct ost_rigid out;
    ost_rotation_of_vector(pose, out.r);
    for (int k = 0; k < 3; k++)
        out.t[k] = scale * pose[3 + k];
    return out;
}
