#include "services/bench/method.h"

#include "recon/base/rng.h"
#include "recon/math/vec.h"
#include "services/bench/machine.h"

#include <stdlib.h>
#include <string.h>

/* Of the shapes that stand for a training set, and of the points they are judged by. */
enum { SHAPES = 200, EVERY = 7 };
static const double seen_mm = 100.0; /* of the mean's height: about what films show */

void ost_bench_answer_fini(struct ost_bench_answer *answer)
{
    for (int b = 0; b < OST_BONES; b++) {
        ost_mesh_destroy(answer->bone[b]);
        free(answer->sd[b]);
        answer->bone[b] = NULL;
        answer->sd[b] = NULL;
    }
}

/* A right arm at the model's own place; mirrored where the case is of a left one. */
static bool shape(const struct ost_bench_case *c, const struct ost_arm *arm,
                  struct ost_bench_answer *out, struct ost_err *err)
{
    struct ost_arm placed = *arm;
    placed.mirrored = c->side == OST_SIDE_LEFT;
    placed.place = ost_rigid_identity();
    for (int b = 0; b < OST_BONES; b++) {
        OST_AUTO(ost_arm_table) table = NULL;
        if (!ost_arm_table_create(c->prior, (enum ost_bone)b, OST_ARM_MODES, &table, err))
            return false;
        ost_arm_table_set(table, c->prior, (enum ost_bone)b, &placed, false);
        out->bone[b] = table->mesh;
        table->mesh = NULL;
    }
    return true;
}

static bool mean_shape(const struct ost_bench_case *c, struct ost_bench_answer *out,
                       struct ost_err *err)
{
    const struct ost_arm arm = {0};
    return shape(c, &arm, out, err);
}

/* ---- what the truth alone can tell: bounds, not methods ---- */

/* Corresponding points of both bones that films show: of a shape and of the truth. */
struct points {
    double (*own)[3], (*truth)[3]; /* owned */
    size_t count;
};

static void points_fini(struct points *p)
{
    free(p->own);
    free(p->truth);
}

static bool points_init(struct points *p, const struct ost_bench_case *c, struct ost_err *err)
{
    size_t room = 1;
    for (int b = 0; b < OST_BONES; b++)
        room += ost_prior_bone_view(c->prior, (enum ost_bone)b)->vertex_count / EVERY + 1;
    *p = (struct points){.own = calloc(room, sizeof *p->own),
                         .truth = calloc(room, sizeof *p->truth)};
    return (p->own != NULL && p->truth != NULL) || ost_fail(err, OST_NOMEM, "bench: no room");
}

static void points_set(struct points *p, const struct ost_bench_case *c,
                       const struct ost_bench_answer *answer)
{
    p->count = 0;
    for (int b = 0; b < OST_BONES; b++) {
        const struct ost_prior_bone *view = ost_prior_bone_view(c->prior, (enum ost_bone)b);
        const struct ost_mesh *truth = c->patient->bone[b];
        for (uint32_t v = 0; v < view->vertex_count && v < truth->vertex_count; v += EVERY) {
            if (view->mean[v][2] > (float)seen_mm)
                continue;
            for (int k = 0; k < 3; k++) {
                p->own[p->count][k] = answer->bone[b]->vertex[v][k];
                p->truth[p->count][k] = truth->vertex[v][k];
            }
            p->count++;
        }
    }
}

/* What is left, mm RMS, after the best motion. */
static double misfit(const struct points *p)
{
    struct ost_rigid motion;
    double sum = 0.0;
    if (!ost_rigid_fit((const double(*)[3])p->own, (const double(*)[3])p->truth, NULL, p->count,
                       &motion))
        return INFINITY;
    for (size_t i = 0; i < p->count; i++) {
        double q[3];
        ost_rigid_point(&motion, p->own[i], q);
        double d = ost_distance(q, p->truth[i]);
        sum += d * d;
    }
    return sqrt(sum / (double)p->count);
}

/* Tries arms and keeps the one that lies best on the truth. */
static bool try_arm(const struct ost_bench_case *c, struct points *p, const struct ost_arm *arm,
                    double *best, struct ost_bench_answer *out, struct ost_err *err)
{
    struct ost_bench_answer now = {0};
    bool ok = shape(c, arm, &now, err);
    if (ok) {
        points_set(p, c, &now);
        double left = misfit(p);
        if (left < *best) {
            *best = left;
            ost_bench_answer_fini(out);
            *out = now;
            now = (struct ost_bench_answer){0};
        }
    }
    ost_bench_answer_fini(&now);
    return ok;
}

static bool scaled_mean(const struct ost_bench_case *c, struct ost_bench_answer *out,
                        struct ost_err *err)
{
    struct points p;
    double best = INFINITY;
    bool ok = points_init(&p, c, err);
    for (int i = -20; ok && i <= 20; i++) {
        const struct ost_arm arm = {.log_scale = 0.01 * i};
        ok = try_arm(c, &p, &arm, &best, out, err);
    }
    points_fini(&p);
    return ok;
}

/* As the prior says arms are; no break. */
static struct ost_arm draw_arm(const struct ost_prior *prior, uint64_t seed)
{
    struct ost_rng rng = ost_rng_seed(seed);
    struct ost_arm arm = {0};
    arm.log_scale = ost_prior_numbers_view(prior)->log_scale_sd * ost_rng_normal(&rng);
    for (int b = 0; b < OST_BONES; b++) {
        uint32_t modes = ost_prior_bone_view(prior, (enum ost_bone)b)->mode_count;
        for (uint32_t k = 0; k < modes && k < OST_ARM_MODES; k++)
            arm.mode[b][k] = ost_rng_normal(&rng);
    }
    for (int k = 0; k < 6; k++)
        arm.joint[k] = ost_rng_normal(&rng);
    return arm;
}

static bool nearest_shape(const struct ost_bench_case *c, struct ost_bench_answer *out,
                          struct ost_err *err)
{
    struct points p;
    double best = INFINITY;
    bool ok = points_init(&p, c, err);
    for (uint64_t i = 0; ok && i < SHAPES; i++) {
        const struct ost_arm arm = draw_arm(c->prior, i + 1);
        ok = try_arm(c, &p, &arm, &best, out, err);
    }
    points_fini(&p);
    return ok;
}

/* ---- the fit ---- */

bool ost_bench_fit(const struct ost_bench_reader *reader, const struct ost_fit_film *film,
                   size_t count, enum ost_side side, struct ost_find **out,
                   struct ost_bench_cost *cost, struct ost_err *err)
{
    ost_bench_peak_reset();
    double begin = ost_bench_clock();
    bool ok =
        ost_find_create(reader->prior, reader->predictor, film, count, side, false, NULL, out, err);
    cost->seconds = ost_bench_clock() - begin;
    cost->peak_mb = ost_bench_peak_mb();
    return ok;
}

bool ost_bench_answer_of(const struct ost_prior *prior, struct ost_find *find,
                         struct ost_bench_answer *out, struct ost_err *err)
{
    for (int b = 0; b < OST_BONES; b++) {
        OST_AUTO(ost_arm_table) table = NULL;
        if (!ost_arm_table_create(prior, (enum ost_bone)b, OST_ARM_MODES, &table, err))
            return false;
        ost_arm_table_set(table, prior, (enum ost_bone)b, &find->arm, false);
        out->bone[b] = table->mesh;
        table->mesh = NULL;
        out->sd[b] = find->sd[b];
        find->sd[b] = NULL;
    }
    out->has_spread = true;
    out->broken = find->arm.broken;
    out->residual_mm = find->residual_mm;
    memcpy(out->number_sd, find->number_sd, sizeof out->number_sd);
    return true;
}

static bool fit_with(const struct ost_bench_case *c, struct ost_predictor *predictor,
                     struct ost_bench_answer *out, struct ost_err *err)
{
    const struct ost_bench_reader reader = {.prior = c->prior, .predictor = predictor};
    OST_AUTO(ost_find) find = NULL;
    out->placed = c->input[0].has_camera && c->input[1].has_camera;
    return ost_bench_fit(&reader, c->input, OST_PATIENT_FILMS, c->side, &find, &out->cost, err) &&
           ost_bench_answer_of(c->prior, find, out, err);
}

static bool fit(const struct ost_bench_case *c, struct ost_bench_answer *out, struct ost_err *err)
{
    return fit_with(c, c->predictor, out, err);
}

static bool search(const struct ost_bench_case *c, struct ost_bench_answer *out,
                   struct ost_err *err)
{
    return fit_with(c, NULL, out, err);
}

static bool tl_girdhar(const struct ost_bench_case *c, struct ost_bench_answer *out,
                       struct ost_err *err)
{
    return ost_bench_tl(c, OST_TL_GIRDHAR, out, err);
}

static bool tl_shiode(const struct ost_bench_case *c, struct ost_bench_answer *out,
                      struct ost_err *err)
{
    return ost_bench_tl(c, OST_TL_SHIODE, out, err);
}

const struct ost_bench_method *ost_bench_method(int index)
{
    static const struct ost_bench_method method[OST_BENCH_METHODS] = {
        {"mean", "mean shape of the prior", false, mean_shape},
        {"scaled", "mean shape at the size nearest to the truth (a bound)", true, scaled_mean},
        {"nearest", "of 200 shapes of the prior the nearest to the truth (a bound)", true,
         nearest_shape},
        {"tl_girdhar", "T-L network by Girdhar's recipe, 1 mm voxels", false, tl_girdhar},
        {"tl_shiode", "T-L network by Shiode's recipe, 1 mm voxels", false, tl_shiode},
        {"search", "the fit from a search of the films", false, search},
        {"fit", "the fit that ships, from the networks' start where they are there", false, fit},
    };
    return &method[index];
}
