#include "recon/math/vec.h"
#include "recon/mesh/measure.h"
#include "recon/shape/field.h"
#include "recon/shape/train_impl.h"

#include <stdlib.h>
#include <string.h>

enum { POSE = 7, DIRECTING = 3 };

/* Fields as columns over all coordinates, weighted sums over the surface's area. */
struct basis {
    const struct modes_source *source;
    uint32_t vertices, count;
    double *area; /* what a vertex weighs in a sum */
    float *field; /* [(f * vertices + v) * 3 + axis] */
};

void ost_train_modes_fini(struct modes *modes)
{
    free(modes->mode);
    *modes = (struct modes){0};
}

static double inner(const struct basis *b, const float *x, const float *y)
{
    return ost_field_inner(b->area, b->vertices, x, y);
}

static float *field_of(const struct basis *b, uint32_t field)
{
    return b->field + (size_t)field * b->vertices * 3;
}

static void subtract(const struct basis *b, float *from, const float *what, double times)
{
    for (size_t i = 0; i < (size_t)b->vertices * 3; i++)
        from[i] = (float)((double)from[i] - times * (double)what[i]);
}

/*
 * Place and size are those of the distal part, the one that films show: there the
 * modes keep still on the whole, whatever they do to the elbow.
 */
static void weigh_distal(struct basis *b, bool on)
{
    ost_mesh_vertex_areas(b->source->mean, b->area);
    for (uint32_t v = 0; on && v < b->vertices; v++)
        b->area[v] *= 1.02 - ost_train_smooth_step(30.0, 110.0, b->source->mean->vertex[v][2]);
}

/* What a small translation, turn or growth does to a point. */
static void pose_at(uint32_t which, const double p[3], double out[3])
{
    double w[3] = {0};
    memset(out, 0, 3 * sizeof *out);
    if (which < 3) {
        out[which] = 1.0;
    } else if (which < 6) {
        w[which - 3] = 1.0;
        ost_cross(w, p, out);
    } else {
        memcpy(out, p, 3 * sizeof *out);
    }
}

static void subtract_all(const struct basis *b, float *from, const float *pose, uint32_t count)
{
    size_t size = (size_t)b->vertices * 3;
    for (uint32_t g = 0; g < count; g++)
        subtract(b, from, pose + g * size, inner(b, from, pose + g * size));
}

/* The seven of the mean, made orthonormal. */
static void make_pose(const struct basis *b, float *pose)
{
    size_t size = (size_t)b->vertices * 3;
    for (uint32_t f = 0; f < POSE; f++) {
        float *field = pose + f * size;
        for (size_t v = 0; v < b->vertices; v++) {
            double p[3], d[3];
            ost_train_vertex_at(b->source->mean, (uint32_t)v, p);
            pose_at(f, p, d);
            for (size_t k = 0; k < 3; k++)
                field[v * 3 + k] = (float)d[k];
        }
        subtract_all(b, field, pose, f);
        double length = sqrt(inner(b, field, field));
        for (size_t i = 0; i < size; i++)
            field[i] = (float)((double)field[i] / length);
    }
}

static bool drop_pose(struct basis *b, struct ost_err *err)
{
    float *pose = calloc((size_t)POSE * b->vertices * 3, sizeof *pose);
    if (pose == NULL)
        return ost_fail(err, OST_NOMEM, "training: no room");
    weigh_distal(b, true);
    make_pose(b, pose);
    for (uint32_t f = 0; f < b->count; f++) {
        subtract_all(b, field_of(b, f), pose, POSE);
        subtract_all(b, field_of(b, f), pose, POSE); /* floats: what rounding left */
    }
    weigh_distal(b, false);
    free(pose);
    return true;
}

/*
 * The origin stays where the frame has it: in the middle of the radius' joint surface,
 * of the ulna's head. So ulnar variance belongs to the joint.
 */
static void origin_shift(const struct basis *b, const float *field, double shift[3])
{
    static const struct {
        enum ost_landmark mark;
        double share;
    } joint[] = {{OST_STYLOID, 0.25},
                 {OST_ULNAR_CORNER_VOLAR, 0.125},
                 {OST_ULNAR_CORNER_DORSAL, 0.125},
                 {OST_LIP_VOLAR, 0.25},
                 {OST_LIP_DORSAL, 0.25}};
    const uint32_t *mark = b->source->marks->vertex;
    memset(shift, 0, 3 * sizeof *shift);
    if (b->source->bone == OST_ULNA) {
        shift[2] = field[(size_t)mark[OST_ULNAR_HEAD] * 3 + 2];
        return;
    }
    for (size_t i = 0; i < sizeof joint / sizeof *joint; i++) {
        for (size_t k = 0; k < 3; k++)
            shift[k] += joint[i].share * (double)field[(size_t)mark[joint[i].mark] * 3 + k];
    }
}

static void pin_origin(const struct basis *b)
{
    for (uint32_t f = 0; f < b->count; f++) {
        double shift[3];
        float *field = field_of(b, f);
        origin_shift(b, field, shift);
        for (size_t i = 0; i < (size_t)b->vertices * 3; i++)
            field[i] = (float)((double)field[i] - shift[i % 3]);
    }
}

/* What one standard deviation of a field does to tilt, inclination and height. */
static bool effect_of(const struct basis *b, uint32_t field, double out[3])
{
    const struct ost_mesh *mean = b->source->mean;
    float(*moved)[3] = calloc(b->vertices, sizeof *moved);
    double side[2][3];
    for (int s = 0; moved != NULL && s < 2; s++) {
        for (size_t i = 0; i < (size_t)b->vertices * 3; i++) {
            moved[i / 3][i % 3] =
                mean->vertex[i / 3][i % 3] + (s == 0 ? 0.5F : -0.5F) * field_of(b, field)[i];
        }
        ost_train_field_numbers(mean, (const float(*)[3])moved, b->source->marks, side[s]);
    }
    bool ok = moved != NULL;
    for (int k = 0; ok && k < 3; k++)
        out[k] = side[0][k] - side[1][k];
    free(moved);
    return ok;
}

/*
 * Takes from every other field what it does to the three numbers, by the three
 * fields that are made for them: their spread is known, the templates are few.
 */
static void neutralise(const struct basis *b, double effect[][3])
{
    for (uint32_t f = DIRECTING; f < b->count; f++) {
        double share[3];
        if (!ost_train_solve3(effect, effect[f], share))
            return;
        for (uint32_t k = 0; k < DIRECTING; k++)
            subtract(b, field_of(b, f), field_of(b, k), share[k]);
        memset(effect[f], 0, sizeof effect[f]);
    }
}

/* How much of a number's spread the other two directing fields make. */
static double spread_of_others(double effect[][3], const double gain[DIRECTING], uint32_t number)
{
    double sum = 0.0;
    for (uint32_t f = 0; f < DIRECTING; f++) {
        double x = gain[f] * effect[f][number];
        sum += f != number ? x * x : 0.0;
    }
    return sum;
}

/*
 * Sets the amplitudes of tilt, inclination and styloid length so that all modes
 * together vary the three numbers as much as people do (3D CT: 3.74 and 2.63
 * degrees, 1.74 mm, the last with size in it).
 */
static bool match_spread(const struct basis *b, struct ost_err *err)
{
    enum { ROUNDS = 12, MOST = 80 };
    const double height = 12.81 * SIZE_LOG_SD;
    const double want[DIRECTING] = {ost_radians(3.74), ost_radians(2.63),
                                    sqrt(1.74 * 1.74 - height * height)};
    double effect[MOST][3] = {{0.0}}, gain[DIRECTING] = {1.0, 1.0, 1.0};
    if (b->count > MOST)
        return ost_fail(err, OST_BUG, "training: %u fields", b->count);
    for (uint32_t f = 0; f < b->count; f++) {
        if (!effect_of(b, f, effect[f]))
            return ost_fail(err, OST_NOMEM, "training: no room");
    }
    neutralise(b, effect);
    for (uint32_t i = 0; i < ROUNDS * DIRECTING; i++) {
        uint32_t k = i % DIRECTING;
        double all = want[k] * want[k], rest = all - spread_of_others(effect, gain, k);
        gain[k] = sqrt(fmax(rest, 0.05 * all)) / fabs(effect[k][k]);
    }
    for (uint32_t f = 0; f < DIRECTING; f++) {
        for (size_t i = 0; i < (size_t)b->vertices * 3; i++)
            field_of(b, f)[i] = (float)(gain[f] * (double)field_of(b, f)[i]);
    }
    return true;
}

/* F F' in its principal axes. */
static bool diagonalise(const struct basis *b, struct modes *out, struct ost_err *err)
{
    out->count = b->count;
    out->mode = calloc((size_t)b->count * b->vertices * 3, sizeof *out->mode);
    if (out->mode == NULL)
        return ost_fail(err, OST_NOMEM, "training: no room for modes");
    return ost_field_axes(b->area, b->vertices, b->count, b->field, out->mode, err);
}

static bool directed_fields(const struct basis *b)
{
    const struct modes_source *s = b->source;
    struct field_place place = ost_train_field_place_of(s->mean, s->marks, s->bone);
    size_t count = (size_t)ost_train_field_count(s->bone) * b->vertices;
    float(*normal)[3] = calloc(b->vertices, sizeof *normal);
    if (normal == NULL)
        return false;
    ost_mesh_vertex_normals(s->mean, normal);
    for (size_t i = 0; i < count; i++) {
        uint32_t f = (uint32_t)(i / b->vertices), v = (uint32_t)(i % b->vertices);
        double p[3], n[3] = {normal[v][0], normal[v][1], normal[v][2]}, d[3];
        ost_train_vertex_at(s->mean, v, p);
        ost_train_field_at(&place, f, p, n, d);
        for (size_t k = 0; k < 3; k++)
            b->field[i * 3 + k] = (float)d[k];
    }
    free(normal);
    return true;
}

bool ost_train_modes_make(const struct modes_source *source, struct modes *out, struct ost_err *err)
{
    uint32_t directed = ost_train_field_count(source->bone);
    struct basis b = {.source = source,
                      .vertices = source->mean->vertex_count,
                      .count = source->bone == OST_RADIUS ? MODES_RADIUS : MODES_ULNA};
    size_t size = (size_t)b.vertices * 3;
    *out = (struct modes){0};
    b.area = calloc(b.vertices, sizeof *b.area);
    b.field = calloc((size_t)b.count * size, sizeof *b.field);
    uint32_t known = directed + source->samples;
    bool ok = b.area != NULL && b.field != NULL && known < b.count;
    if (!ok)
        (void)ost_fail(err, OST_NOMEM, "training: no room for %u fields", b.count);
    if (ok) {
        ost_mesh_vertex_areas(source->mean, b.area);
        ok = directed_fields(&b) || ost_fail(err, OST_NOMEM, "training: no room");
        if (source->samples > 0)
            memcpy(field_of(&b, directed), source->sample, source->samples * size * sizeof(float));
        ok = ok &&
             ost_train_gauss_fields(source->mean, b.count - known, field_of(&b, known),
                                    &out->residual, err) &&
             drop_pose(&b, err);
        if (ok)
            pin_origin(&b);
        ok = ok && (source->bone != OST_RADIUS || match_spread(&b, err)) &&
             diagonalise(&b, out, err);
    }
    free(b.area);
    free(b.field);
    return ok;
}
