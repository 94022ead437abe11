/*
 * A forearm of known numbers, bent by a known deformity: what seed and measures are
 * tested with. Right arm in LPS axes: radial -x, volar -y, distal -z; a left one is its
 * mirror image.
 */
#ifndef OST_TESTS_PLAN_FOREARM_H
#define OST_TESTS_PLAN_FOREARM_H

#include "recon/math/vec.h"
#include "recon/plan/measures.h"
#include "recon/plan/seed.h"
#include "tests/recon/plan/drive.h"

#define TILT        11.0
#define INCLINATION 23.0
#define HEIGHT      10.0
#define VARIANCE    0.7
#define DIGEST      "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

struct forearm {
    struct ost_seed seed;
    struct ost_seed_landmark landmark[9];
    struct ost_rigid deformity;
};

static inline void forearm_point(struct forearm *f, int at, const char *name, const double p[3])
{
    bool ulna = strncmp(name, "ulnar_head", 10) == 0 || strcmp(name, "ulnar_styloid") == 0;
    f->landmark[at] = (struct ost_seed_landmark){
        .name = name, .bone = ulna ? "ulna" : "radius", .sd_mm = 0.5 + 0.1 * at};
    if (ulna)
        memcpy(f->landmark[at].position, p, 3 * sizeof *p);
    else
        ost_rigid_point(&f->deformity, p, f->landmark[at].position);
}

static inline void mirror(double v[3])
{
    v[0] = -v[0];
}

static inline struct ost_rigid mirrored(const struct ost_rigid *m)
{
    struct ost_rigid out = *m;
    for (int c = 0; c < 3; c++)
        for (int r = 0; r < 3; r++)
            if ((c == 0) != (r == 0))
                out.r[3 * c + r] = -out.r[3 * c + r];
    out.t[0] = -out.t[0];
    return out;
}

/* Flexion, radial deviation and pronation in degrees, about the joint; then the shift. */
static inline struct ost_rigid bend(const double degrees[3], const double shift[3])
{
    /* The axes that turn distal to volar, distal to radial, radial to volar. */
    double flex[9], deviate[9], pronate[9];
    ost_rotation_of_vector((double[]){-ost_radians(degrees[0]), 0, 0}, flex);
    ost_rotation_of_vector((double[]){0, ost_radians(degrees[1]), 0}, deviate);
    ost_rotation_of_vector((double[]){0, 0, ost_radians(degrees[2])}, pronate);
    struct ost_rigid a = ost_rigid_identity(), b = a, c = a;
    memcpy(a.r, pronate, sizeof a.r);
    memcpy(b.r, deviate, sizeof b.r);
    memcpy(c.r, flex, sizeof c.r);
    struct ost_rigid ab = ost_rigid_then(&a, &b), all = ost_rigid_then(&ab, &c);
    memcpy(all.t, shift, sizeof all.t);
    return all;
}

static inline void forearm_mirror(struct forearm *f)
{
    mirror(f->seed.radial);
    mirror(f->seed.volar);
    mirror(f->seed.axis);
    mirror(f->seed.origin);
    mirror(f->seed.cut_point);
    mirror(f->seed.cut_normal);
    for (size_t i = 0; i < f->seed.landmark_count; i++)
        mirror(f->landmark[i].position);
    f->seed.target = mirrored(&f->seed.target);
    f->seed.side = "left";
}

static inline void forearm_make(struct forearm *f, const struct ost_rigid *deformity)
{
    double height = HEIGHT, across = height / tan(ost_radians(INCLINATION));
    double depth = 18.0, rise = depth * tan(ost_radians(TILT));
    memset(f, 0, sizeof *f);
    f->deformity = *deformity;
    forearm_point(f, 0, "radial_styloid", (double[]){-across, 0, -height});
    forearm_point(f, 1, "ulnar_corner_volar", (double[]){0, -5, 1});
    forearm_point(f, 2, "ulnar_corner_dorsal", (double[]){0, 5, -1});
    forearm_point(f, 3, "lip_volar", (double[]){-6, -depth / 2, rise / 2});
    forearm_point(f, 4, "lip_dorsal", (double[]){-6, depth / 2, -rise / 2});
    forearm_point(f, 5, "ulnar_head", (double[]){14, 0, -VARIANCE});
    forearm_point(f, 6, "sigmoid_notch", (double[]){1, 0, 3});
    f->seed = (struct ost_seed){.side = "right",
                                .bone = {{"radius", DIGEST}, {"ulna", DIGEST}},
                                .bone_count = 2,
                                .origin = {0, 0, 0},
                                .axis = {0, 0, -1},
                                .radial = {-1, 0, 0},
                                .volar = {0, -1, 0},
                                .landmark = f->landmark,
                                .landmark_count = 7,
                                .target_source = "completion",
                                .target = ost_rigid_inverse(deformity),
                                .target_rotation_sd_deg = {2, 1, 3},
                                .target_translation_sd_mm = {0.5, 0.6, 0.7},
                                .volar_tilt_sd_deg = -1,
                                .radial_inclination_sd_deg = -1,
                                .radial_height_sd_mm = -1,
                                .ulnar_variance_sd_mm = -1,
                                .cut_point = {-5, 0, 25},
                                .cut_normal = {0, 0, -1}};
}

static inline void forearm_plan(struct drive *d, const struct forearm *f)
{
    OST_AUTO(ost_arena) arena = NULL;
    drive_begin(d);
    assert_true(ost_arena_create(&arena, 1 << 20, &d->err));
    assert_true(ost_seed_entry(&f->seed, arena, &d->entry, &d->err));
    d->entry.client = "00000000000000000000000000000000";
    d->entry.n = 1;
    d->n[0] = 1;
    if (!ost_plan_apply(d->plan, &d->entry, &d->outcome, &d->err))
        print_error("%s\n", d->err.msg);
    assert_int_equal(ost_plan_seq(d->plan), 1);
}

static inline enum ost_code forearm_propose(struct drive *d)
{
    OST_AUTO(ost_arena) arena = NULL;
    assert_true(ost_arena_create(&arena, 1 << 20, &d->err));
    assert_true(ost_plan_propose(d->plan, arena, &d->entry, &d->err));
    d->entry.by = (struct ost_actor){"u-s", "S. Surgeon", OST_ROLE_SURGEON};
    d->entry.client = "11111111111111111111111111111111";
    d->entry.n = ++d->n[1];
    return ost_plan_apply(d->plan, &d->entry, &d->outcome, &d->err) ? OST_OK : d->err.code;
}

#endif
