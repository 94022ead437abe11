#include "recon/math/vec.h"
#include "recon/mesh/icp.h"
#include "recon/shape/train_impl.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

enum { TEMPLATES = 5, RIM = 3 };

/*
 * How much of each file is to be believed: coarse ones tell only of large shapes, and
 * of pieces shorter than 25 mm nobody knows how they lay on the bone.
 */
static const struct {
    int file;
    bool whole;
    double finest; /* mm */
} template_table[TEMPLATES] = {
    {2, true, 25.0}, {3, true, 25.0}, {4, true, 25.0}, {5, true, 25.0}, {7, false, 8.0}};

void ost_train_variety_fini(struct variety *variety)
{
    free(variety->sample);
    *variety = (struct variety){0};
}

void ost_train_variety_turn(struct variety *variety, uint32_t vertices,
                            const struct ost_rigid *motion)
{
    for (size_t i = 0; i < (size_t)variety->samples * vertices; i++) {
        float *f = variety->sample + i * 3;
        double d[3] = {f[0], f[1], f[2]}, turned[3];
        ost_rigid_direction(motion, d, turned);
        for (int k = 0; k < 3; k++)
            f[k] = (float)turned[k];
    }
}

static double highest(const struct ost_mesh *mesh)
{
    return ost_train_mesh_lowest(mesh) + ost_train_mesh_length(mesh);
}

/* Lays the template on the mean at the size that fits best for its size. */
static bool lay(struct ost_mesh *piece, const struct ost_mesh *mean, bool whole,
                struct ost_err *err)
{
    enum { SIZES = 6 };
    double best = DBL_MAX, best_size = 1.0, rms;
    double middle = whole ? ost_train_mesh_length(mean) / ost_train_mesh_length(piece) : 1.0;
    struct ost_rigid first, best_motion = ost_rigid_identity();
    ost_train_centre_distal(piece);
    ost_train_mesh_scale(piece, middle);
    if (!ost_train_lay_onto(piece, mean, &first, &rms, err))
        return false;
    for (int i = 0; i < SIZES; i++) {
        double size = whole ? 0.975 + 0.01 * i : 0.88 + 0.05 * i;
        struct ost_rigid motion = first;
        OST_AUTO(ost_mesh) sized = NULL;
        if (!ost_train_mesh_copy(piece, &sized, err))
            return false;
        ost_train_mesh_scale(sized, size);
        if (!ost_train_lay_near(sized, mean, &motion, &rms, err))
            return false;
        if (rms / size < best) {
            best = rms / size;
            best_size = size;
            best_motion = motion;
        }
    }
    ost_train_mesh_scale(piece, best_size);
    ost_mesh_move(piece, &best_motion);
    return true;
}

static bool bend(const struct ost_train_input *input, int entry, const struct ost_mesh *mean,
                 float (*moved)[3], struct ost_err *err)
{
    OST_AUTO(ost_mesh) piece = NULL;
    int file = template_table[entry].file;
    bool whole = template_table[entry].whole;
    if (!ost_train_rough_copy(input->surface[file], ost_train_file(file)->set, &piece, err) ||
        !lay(piece, mean, whole, err))
        return false;
    struct match_target target = {.mesh = piece,
                                  .low = -1e3,
                                  .high = whole ? 1e3 : highest(piece) - RIM,
                                  .finest = template_table[entry].finest};
    return ost_train_match_bend(mean, &target, moved, err);
}

/* Used, of this bone, and not the one the mean's own distal end was made of. */
static bool counts(const struct ost_train_input *input, int entry, enum ost_bone bone)
{
    int file = template_table[entry].file;
    bool base = file == 7 && input->surface[6] == NULL;
    return input->surface[file] != NULL && ost_train_file(file)->bone == bone && !base;
}

/* Deviations from the mean become deviations from the middle, which becomes the mean. */
static void centre(const double blend[2], struct ost_mesh *mean, const bool *whole,
                   struct variety *v)
{
    double wholes = 1.0; /* the template the mean was made of */
    size_t size = (size_t)mean->vertex_count * 3;
    for (uint32_t s = 0; s < v->samples; s++)
        wholes += whole[s] ? 1.0 : 0.0;
    for (size_t i = 0; i < size; i++) {
        double sum = 0.0;
        double w = ost_train_smooth_step(blend[0], blend[1], mean->vertex[i / 3][2]);
        for (uint32_t s = 0; s < v->samples; s++)
            sum += whole[s] ? v->sample[s * size + i] : 0.0;
        for (uint32_t s = 0; s < v->samples; s++) {
            v->sample[s * size + i] = (float)(((double)v->sample[s * size + i] - w * sum / wholes) /
                                              sqrt((double)v->samples));
        }
        v->sample[v->samples * size + i] = (float)(w * sum / wholes);
    }
    for (size_t i = 0; i < size; i++)
        mean->vertex[i / 3][i % 3] += v->sample[v->samples * size + i];
}

/* Bends the mean onto every template that counts and keeps what that took. */
static bool gather(const struct ost_train_input *input, enum ost_bone bone,
                   const struct ost_mesh *mean, struct variety *out, bool *whole,
                   struct ost_err *err)
{
    size_t size = (size_t)mean->vertex_count * 3;
    float(*moved)[3] = calloc((size_t)mean->vertex_count + 1, sizeof *moved);
    bool ok = moved != NULL || ost_fail(err, OST_NOMEM, "training: no room for templates");
    for (int entry = 0; ok && entry < TEMPLATES; entry++) {
        if (!counts(input, entry, bone))
            continue;
        ok = bend(input, entry, mean, moved, err);
        float *sample = out->sample + out->samples * size;
        for (size_t i = 0; ok && moved != NULL && i < size; i++)
            sample[i] = moved[i / 3][i % 3] - mean->vertex[i / 3][i % 3];
        whole[out->samples++] = template_table[entry].whole;
    }
    free(moved);
    return ok;
}

bool ost_train_vary(const struct ost_train_input *input, enum ost_bone bone, const double blend[2],
                    struct ost_mesh *mean, struct variety *out, struct ost_err *err)
{
    size_t size = (size_t)mean->vertex_count * 3;
    bool whole[TEMPLATES] = {false};
    *out = (struct variety){.sample = calloc((TEMPLATES + 1) * size, sizeof *out->sample)};
    if (out->sample == NULL)
        return ost_fail(err, OST_NOMEM, "training: no room for templates");
    if (!gather(input, bone, mean, out, whole, err))
        return false;
    centre(blend, mean, whole, out);
    return true;
}
