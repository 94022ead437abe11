#include "recon/shape/arm.h"

#include "recon/base/wide.h"
#include "recon/math/vec.h"
#include "recon/mesh/measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double blend_mm = 4.0;
static const double twist_from_mm = 20.0,
                    twist_to_mm = 120.0; /* whole up to one, none from the other */
static const double bow_from_mm = 20.0;

void ost_arm_table_destroy(struct ost_arm_table *table)
{
    if (table == NULL)
        return;
    ost_mesh_destroy(table->mesh);
    free(table->normal);
    free(table->slope);
    free(table);
}

bool ost_arm_table_create(const struct ost_prior *prior, enum ost_bone bone, uint32_t modes,
                          struct ost_arm_table **out, struct ost_err *err)
{
    *out = NULL;
    const struct ost_prior_bone *b = ost_prior_bone_view(prior, bone);
    OST_AUTO(ost_arm_table) table = calloc(1, sizeof *table);
    if (table == NULL)
        return ost_fail(err, OST_NOMEM, "arm: out of memory");
    uint32_t most = b->mode_count < OST_ARM_MODES ? b->mode_count : OST_ARM_MODES;
    table->modes = modes < most ? modes : most;
    table->columns = OST_ARM_FIRST_MODE + table->modes;
    table->bone = b;
    if (!ost_mesh_create(&table->mesh, b->vertex_count, b->triangle_count, err))
        return false;
    table->normal = calloc(b->vertex_count, sizeof *table->normal);
    table->slope = calloc(b->vertex_count, sizeof *table->slope);
    if (table->normal == NULL || table->slope == NULL)
        return ost_fail(err, OST_NOMEM, "arm: no room for %u vertices", b->vertex_count);
    *out = ost_steal(&table);
    return true;
}

/* The middle of the mean shaft at a height, by the vertices near it. */
static void shaft_at(const struct ost_prior *prior, double z, double out[3])
{
    const struct ost_prior_bone *bone = ost_prior_bone_view(prior, OST_RADIUS);
    double sum[3] = {0.0, 0.0, 0.0}, weight = 0.0;
    for (uint32_t v = 0; v < bone->vertex_count; v++) {
        double off = ((double)bone->mean[v][2] - z) / 3.0, w = exp(-0.5 * off * off);
        for (int k = 0; k < 3; k++)
            sum[k] += w * (double)bone->mean[v][k];
        weight += w;
    }
    for (int k = 0; k < 3; k++)
        out[k] = weight > 0.0 ? sum[k] / weight : 0.0;
    out[2] = z;
}

/* How far a point p of the bent bone moves in the world: by[0] p0 + by[1] p1 + by[2] p2 + still. */
struct motion {
    double by[3][3], still[3];
};

/* One bone on its way to the world: everything that is the same for all its vertices. */
struct way {
    const struct ost_prior_bone *bone;
    enum ost_bone which;
    double scale, flip;
    double rotation[9]; /* of place, after the flip: model -> world */
    double offset[3];
    const struct ost_arm *arm;
    double middle[2]; /* of the distal shaft, model axes: what a twist turns about */
    double top;       /* the bone's proximal end */
    /* Ulna: its place, and how a point moves with the scale and each of the six. */
    struct ost_rigid joint;
    struct motion joint_slope[7];
    /* Radius: the fragment's motion, all of it, and with each of the turns and the cut. */
    struct ost_rigid fragment;
    struct motion lift, turn_slope[3], cut_slope;
    double blend;           /* mm */
    double turned[2][3][3]; /* axes of the bent bone in the world: proximal, distal to the cut */
};

static const double little = 1e-4, step_mm = 0.05;

static struct ost_rigid fragment_of(const struct ost_arm *arm, const double centre[3],
                                    const double turn[3])
{
    return ost_rigid_about(centre, turn, arm->shift);
}

/* The middle of the shaft at a cut, at the arm's size. */
static void cut_middle(const struct way *w, const struct ost_prior *prior, double cut,
                       double out[3])
{
    shaft_at(prior, cut / w->scale, out);
    for (int k = 0; k < 3; k++)
        out[k] *= w->scale;
}

static void turn_to_world(const struct way *w, const double d[3], double out[3])
{
    for (int k = 0; k < 3; k++)
        out[k] = w->rotation[k] * d[0] + w->rotation[3 + k] * d[1] + w->rotation[6 + k] * d[2];
}

/* The difference of two places of a bone, per unit of what lies between them. */
static struct motion motion_between(const struct way *w, const struct ost_rigid *from,
                                    const struct ost_rigid *to, double step)
{
    struct motion m;
    double d[3];
    for (int a = 0; a < 3; a++) {
        for (int k = 0; k < 3; k++)
            d[k] = (to->r[3 * a + k] - from->r[3 * a + k]) / step;
        turn_to_world(w, d, m.by[a]);
    }
    for (int k = 0; k < 3; k++)
        d[k] = (to->t[k] - from->t[k]) / step;
    turn_to_world(w, d, m.still);
    return m;
}

static void set_fragment(struct way *w, const struct ost_prior *prior)
{
    const struct ost_rigid still = ost_rigid_identity();
    double centre[3];
    w->blend = blend_mm * exp(w->arm->log_blend);
    cut_middle(w, prior, w->arm->cut, centre);
    w->fragment = fragment_of(w->arm, centre, w->arm->turn);
    w->lift = motion_between(w, &still, &w->fragment, 1.0);
    for (int i = 0; i < 3; i++) {
        double turn[3];
        memcpy(turn, w->arm->turn, sizeof turn);
        turn[i] += little;
        struct ost_rigid up = fragment_of(w->arm, centre, turn);
        turn[i] -= 2.0 * little;
        struct ost_rigid down = fragment_of(w->arm, centre, turn);
        w->turn_slope[i] = motion_between(w, &down, &up, 2.0 * little);
    }
}

/* What the slopes of the cut need besides; the middle of a shaft takes a look at every vertex. */
static void set_cut(struct way *w, const struct ost_prior *prior)
{
    double beside[3];
    cut_middle(w, prior, w->arm->cut + step_mm, beside);
    struct ost_rigid up = fragment_of(w->arm, beside, w->arm->turn);
    cut_middle(w, prior, w->arm->cut - step_mm, beside);
    struct ost_rigid down = fragment_of(w->arm, beside, w->arm->turn);
    w->cut_slope = motion_between(w, &down, &up, 2.0 * step_mm);
}

static void set_shaft(struct way *w)
{
    double count = 0.0;
    w->top = bow_from_mm + 1.0;
    for (uint32_t v = 0; v < w->bone->vertex_count; v++) {
        const float *p = w->bone->mean[v];
        w->top = fmax(w->top, (double)p[2]);
        if ((double)p[2] < 15.0 || (double)p[2] > 45.0)
            continue;
        count += 1.0;
        for (int k = 0; k < 2; k++)
            w->middle[k] += (double)p[k];
    }
    for (int k = 0; k < 2 && count > 0.0; k++)
        w->middle[k] *= w->scale / count;
}

static void set_joint(struct way *w, const struct ost_prior *prior)
{
    w->joint = ost_prior_joint_place(prior, w->scale, w->arm->joint);
    struct ost_rigid up = ost_prior_joint_place(prior, w->scale * exp(little), w->arm->joint);
    struct ost_rigid down = ost_prior_joint_place(prior, w->scale * exp(-little), w->arm->joint);
    w->joint_slope[0] = motion_between(w, &down, &up, 2.0 * little);
    for (int i = 0; i < 6; i++) {
        double z[6];
        memcpy(z, w->arm->joint, sizeof z);
        z[i] += little;
        up = ost_prior_joint_place(prior, w->scale, z);
        z[i] -= 2.0 * little;
        down = ost_prior_joint_place(prior, w->scale, z);
        w->joint_slope[1 + i] = motion_between(w, &down, &up, 2.0 * little);
    }
}

/* Where the axes of the bent bone point in the world, off the fragment and on it. */
static void set_turned(struct way *w)
{
    const struct ost_rigid still = w->which == OST_ULNA ? w->joint : ost_rigid_identity();
    for (int a = 0; a < 3; a++) {
        turn_to_world(w, still.r + 3 * a, w->turned[0][a]);
        turn_to_world(w, w->fragment.r + 3 * a, w->turned[1][a]);
    }
}

static struct way way_of(const struct ost_prior *prior, enum ost_bone bone,
                         const struct ost_arm *arm)
{
    struct way w = {.bone = ost_prior_bone_view(prior, bone),
                    .which = bone,
                    .scale = exp(arm->log_scale),
                    .flip = arm->mirrored ? -1.0 : 1.0,
                    .arm = arm};
    memcpy(w.rotation, arm->place.r, sizeof w.rotation);
    memcpy(w.offset, arm->place.t, sizeof w.offset);
    for (int k = 0; k < 3; k++)
        w.rotation[k] *= w.flip;
    set_shaft(&w);
    if (bone == OST_ULNA)
        set_joint(&w, prior);
    else if (arm->broken)
        set_fragment(&w, prior);
    set_turned(&w);
    return w;
}

/* How much of the fragment's motion a vertex takes: 1 distal to the cut, 0 proximal. */
static double share_of(const struct way *w, uint32_t v)
{
    if (w->which != OST_RADIUS || !w->arm->broken)
        return 0.0;
    double t = (w->arm->cut - w->scale * (double)w->bone->mean[v][2]) / w->blend + 0.5;
    t = fmin(fmax(t, 0.0), 1.0);
    return t * t * (3.0 - 2.0 * t);
}

/* How fast that share grows with the cut, and with the log of the blend. */
static void share_slopes(const struct way *w, uint32_t v, double out[2])
{
    double off = w->arm->cut - w->scale * (double)w->bone->mean[v][2];
    double t = fmin(fmax(off / w->blend + 0.5, 0.0), 1.0);
    out[0] = 6.0 * t * (1.0 - t) / w->blend;
    out[1] = -out[0] * off;
}

/* How much of the twist a vertex takes, and of the bows: by its height in the mean. */
static double twist_share(const struct way *w, uint32_t v)
{
    double t = (twist_to_mm - (double)w->bone->mean[v][2]) / (twist_to_mm - twist_from_mm);
    t = fmin(fmax(t, 0.0), 1.0);
    return t * t * (3.0 - 2.0 * t);
}

static double bow_share(const struct way *w, uint32_t v)
{
    double z = (double)w->bone->mean[v][2], span = w->top - bow_from_mm;
    double t = fmin(fmax((z - bow_from_mm) / span, 0.0), 1.0);
    return 4.0 * t * (1.0 - t);
}

/* About the shaft's own direction z. */
static void spin(double angle, const double d[3], double out[3])
{
    double x = d[0], y = d[1], c = 1.0, s = 0.0;
    if (angle != 0.0) {
        c = cos(angle);
        s = sin(angle);
    }
    out[0] = c * x - s * y;
    out[1] = s * x + c * y;
    out[2] = d[2];
}

/* A point of the bone as the prior shapes it, twisted and bowed. */
static void bend(const struct way *w, uint32_t v, const double q[3], double out[3])
{
    const double middle[3] = {w->middle[0], w->middle[1], 0.0};
    double arm[3], share = bow_share(w, v);
    ost_sub(q, middle, arm);
    spin(twist_share(w, v) * w->arm->twist[w->which], arm, out);
    ost_add(out, middle, out);
    for (int k = 0; k < 2; k++)
        out[k] += share * w->arm->bow[w->which][k];
}

/* `q`: bent. */
static void place_vertex(const struct way *w, uint32_t v, const double q[3], float out[3])
{
    double moved[3] = {q[0], q[1], q[2]}, world[3], share = share_of(w, v);
    if (w->which == OST_ULNA) {
        ost_rigid_point(&w->joint, q, moved);
    } else if (share > 0.0) {
        double there[3];
        ost_rigid_point(&w->fragment, q, there);
        for (int k = 0; k < 3; k++)
            moved[k] += share * (there[k] - q[k]);
    }
    turn_to_world(w, moved, world);
    for (int k = 0; k < 3; k++)
        out[k] = (float)(world[k] + w->offset[k]);
}

/* out += share of how far a point moves */
static void add_motion(const struct motion *m, double share, const double p[3], double out[3])
{
    for (int k = 0; k < 3; k++)
        out[k] +=
            share * (m->by[0][k] * p[0] + m->by[1][k] * p[1] + m->by[2][k] * p[2] + m->still[k]);
}

/* What moves the distal fragment, of which the vertex takes its share. */
static void break_slopes(const struct way *w, double share, const double p[3],
                         double out[OST_ARM_FIRST_MODE][3])
{
    for (int i = 0; i < 3; i++) {
        add_motion(&w->turn_slope[i], share, p, out[OST_ARM_SIX + i]);
        for (int k = 0; k < 3; k++)
            out[OST_ARM_SIX + 3 + i][k] = share * w->rotation[3 * i + k];
    }
}

/* The cut moves where the fragment begins and what it turns about; the blend the first alone. */
static void cut_slopes(const struct way *w, uint32_t v, double share, const double p[3],
                       double out[OST_ARM_FIRST_MODE][3])
{
    double slope[2], z = w->scale * (double)w->bone->mean[v][2];
    share_slopes(w, v, slope);
    add_motion(&w->lift, slope[0], p, out[OST_ARM_CUT]);
    add_motion(&w->cut_slope, share, p, out[OST_ARM_CUT]);
    add_motion(&w->lift, slope[1], p, out[OST_ARM_CUT + 1]);
    /* a larger arm has less of its bone below the cut */
    add_motion(&w->lift, -z * slope[0], p, out[OST_ARM_SCALE]);
}

/* The axes of the bent bone at a vertex, in the world. */
static void axes_of(const struct way *w, double share, double out[3][3])
{
    for (int a = 0; a < 3; a++)
        for (int k = 0; k < 3; k++)
            out[a][k] = w->turned[0][a][k] + share * (w->turned[1][a][k] - w->turned[0][a][k]);
}

static void turn_by(const double axes[3][3], const double d[3], double out[3])
{
    for (int k = 0; k < 3; k++)
        out[k] = axes[0][k] * d[0] + axes[1][k] * d[1] + axes[2][k] * d[2];
}

/* Slope columns before the modes; `q` as the prior shapes it, `p` bent; axes of the bent bone. */
static void few_slopes(const struct way *w, uint32_t v, const double axes[3][3], const double q[3],
                       const double p[3], double out[OST_ARM_FIRST_MODE][3])
{
    double share = share_of(w, v), bow = bow_share(w, v), turn = twist_share(w, v);
    double arm[3] = {p[0] - w->middle[0], p[1] - w->middle[1], 0.0};
    memset(out, 0, OST_ARM_FIRST_MODE * sizeof *out);
    for (int k = 0; k < 2; k++) /* the bow's part of the arm's way does not turn */
        arm[k] -= bow * w->arm->bow[w->which][k];
    /* The middle that a twist turns about grows with the scale too. */
    const double size[3] = {arm[0] + w->middle[0], arm[1] + w->middle[1], q[2]};
    turn_by(axes, size, out[OST_ARM_SCALE]);
    const double spun[3] = {-turn * arm[1], turn * arm[0], 0.0};
    turn_by(axes, spun, out[OST_ARM_BEND]);
    for (int i = 0; i < 2; i++)
        for (int k = 0; k < 3; k++)
            out[OST_ARM_BEND + 1 + i][k] = bow * axes[i][k];
    for (int i = 0; w->which == OST_ULNA && i < 7; i++)
        add_motion(&w->joint_slope[i], 1.0, p, out[i]);
    if (share > 0.0) {
        break_slopes(w, share, p, out);
        cut_slopes(w, v, share, p, out);
    }
}

static void vertex_slopes(const struct way *w, uint32_t v, const double q[3], const double p[3],
                          struct ost_arm_slope *out)
{
    double few[OST_ARM_FIRST_MODE][3], axes[3][3], world[3];
    axes_of(w, share_of(w, v), axes);
    few_slopes(w, v, (const double(*)[3])axes, q, p, few);
    for (int k = 0; k < 3; k++)
        for (int c = 0; c < OST_ARM_FIRST_MODE; c++)
            out->few[k][c] = (float)few[c][k];
    double angle = twist_share(w, v) * w->arm->twist[w->which];
    double c = angle != 0.0 ? cos(angle) : 1.0, s = angle != 0.0 ? sin(angle) : 0.0;
    const double spun[3][3] = {{c, s, 0.0}, {-s, c, 0.0}, {0.0, 0.0, 1.0}};
    for (int a = 0; a < 3; a++) {
        turn_by((const double(*)[3])axes, spun[a], world);
        for (int k = 0; k < 3; k++)
            out->frame[a][k] = (float)(w->scale * world[k]);
    }
}

static void set_triangles(const struct way *w, struct ost_mesh *mesh)
{
    memcpy(mesh->triangle, w->bone->triangle, mesh->triangle_count * sizeof *mesh->triangle);
    if (w->flip < 0.0)
        ost_mesh_flip(mesh);
}

/* Unit normals by the triangles' areas: quick, and good enough to find folds. */
static void set_normals(struct ost_arm_table *t)
{
    memset(t->normal, 0, t->mesh->vertex_count * sizeof *t->normal);
    for (uint32_t i = 0; i < t->mesh->triangle_count; i++) {
        const uint32_t *c = t->mesh->triangle[i];
        float u[3], v[3], n[3];
        for (int k = 0; k < 3; k++) {
            u[k] = t->mesh->vertex[c[1]][k] - t->mesh->vertex[c[0]][k];
            v[k] = t->mesh->vertex[c[2]][k] - t->mesh->vertex[c[0]][k];
        }
        for (int k = 0; k < 3; k++)
            n[k] = u[(k + 1) % 3] * v[(k + 2) % 3] - u[(k + 2) % 3] * v[(k + 1) % 3];
        for (int j = 0; j < 3; j++)
            for (int k = 0; k < 3; k++)
                t->normal[c[j]][k] += n[k];
    }
    for (uint32_t v = 0; v < t->mesh->vertex_count; v++) {
        float *n = t->normal[v];
        float length = sqrtf(n[0] * n[0] + n[1] * n[1] + n[2] * n[2]);
        for (int k = 0; k < 3 && length > 0.0F; k++)
            n[k] /= length;
    }
}

struct ost_arm ost_arm_in_frame(const struct ost_arm *arm, uint32_t frame)
{
    struct ost_arm out = *arm;
    if (frame > 0)
        memcpy(out.joint, arm->later[frame - 1], sizeof out.joint);
    return out;
}

void ost_arm_table_set(struct ost_arm_table *table, const struct ost_prior *prior,
                       enum ost_bone bone, const struct ost_arm *arm, bool with_slopes)
{
    struct way w = way_of(prior, bone, arm);
    if (with_slopes && bone == OST_RADIUS && arm->broken)
        set_cut(&w, prior);
    double b[OST_ARM_MODES * 4] = {0.0}; /* as many as a prior may have */
    memcpy(b, arm->mode[bone], table->modes * sizeof *b);
    ost_prior_shape(prior, bone, w.scale, b, table->mesh->vertex);
    for (uint32_t v = 0; v < table->mesh->vertex_count; v++) {
        float *at = table->mesh->vertex[v];
        const double q[3] = {(double)at[0], (double)at[1], (double)at[2]};
        double p[3];
        bend(&w, v, q, p);
        place_vertex(&w, v, p, at);
        if (with_slopes)
            vertex_slopes(&w, v, q, p, &table->slope[v]);
    }
    set_triangles(&w, table->mesh);
    set_normals(table);
}

/* out += h . slope of one axis */
static void add_few(const struct ost_arm_slope *s, const float h[3], float *restrict out)
{
    for (int k = 0; k < 3; k++)
        for (int c = 0; c < OST_ARM_FIRST_MODE; c++)
            out[c] += h[k] * s->few[k][c];
}

OST_WIDE static void add_modes(const float *restrict mode, size_t stride, uint32_t modes,
                               const float g[3], float *restrict out)
{
    const float *x = mode, *y = mode + stride, *z = mode + 2 * stride;
    for (uint32_t m = 0; m < modes; m++)
        out[m] += g[0] * x[m] + g[1] * y[m] + g[2] * z[m];
}

void ost_arm_slopes(const struct ost_arm_table *table, const uint32_t corner[3],
                    const double weight[3], const double h[3], uint32_t modes, float *out)
{
    const size_t stride = table->bone->mode_count;
    memset(out, 0, (OST_ARM_FIRST_MODE + modes) * sizeof *out);
    for (int i = 0; i < 3; i++) {
        const struct ost_arm_slope *s = &table->slope[corner[i]];
        const float *mode = table->bone->mode_at + 3 * stride * corner[i];
        float part[3], g[3];
        for (int k = 0; k < 3; k++)
            part[k] = (float)(weight[i] * h[k]);
        for (int a = 0; a < 3; a++)
            g[a] = part[0] * s->frame[a][0] + part[1] * s->frame[a][1] + part[2] * s->frame[a][2];
        add_few(s, part, out);
        add_modes(mode, stride, modes, g, out + OST_ARM_FIRST_MODE);
    }
}

struct ost_rigid ost_arm_fragment(const struct ost_prior *prior, const struct ost_arm *arm)
{
    if (!arm->broken)
        return ost_rigid_identity();
    struct way w = way_of(prior, OST_RADIUS, arm);
    struct ost_rigid to_model = ost_rigid_inverse(&arm->place), moved = w.fragment;
    if (arm->mirrored) { /* the same motion seen in a mirror across x */
        for (int c = 0; c < 3; c++)
            for (int r = 0; r < 3; r++)
                moved.r[3 * c + r] *= (c == 0) != (r == 0) ? -1.0 : 1.0;
        moved.t[0] = -moved.t[0];
    }
    struct ost_rigid there = ost_rigid_then(&to_model, &moved);
    return ost_rigid_then(&there, &arm->place);
}

void ost_arm_cut(const struct ost_prior *prior, const struct ost_arm *arm, double point[3],
                 double normal[3])
{
    struct way w = way_of(prior, OST_RADIUS, arm);
    double centre[3];
    const double proximal[3] = {0.0, 0.0, 1.0};
    cut_middle(&w, prior, arm->cut, centre);
    turn_to_world(&w, centre, point);
    ost_add(point, w.offset, point);
    turn_to_world(&w, proximal, normal);
}
