#include "recon/bone/fit.h"

#include "recon/base/array.h"
#include "recon/bone/fit_impl.h"
#include "recon/math/vec.h"

#include <stdlib.h>
#include <string.h>

enum { PATH_TURNS = 10 };

/* A look from each start; the few that looked best go on to a few modes. */
static const struct bone_stage glance = {OST_SCAN_COARSE, 25.0, 12.0, 4, 0};
static const struct bone_stage rough[] = {
    {OST_SCAN_COARSE, 12.0, 8.0, 5, 0},
    {OST_SCAN_COARSE, 8.0, 6.0, 5, 6},
};
static const struct bone_stage fine[] = {
    {OST_SCAN_MIDDLE, 7.0, 4.0, 6, 20},
    {OST_SCAN_MIDDLE, 4.0, 2.5, 6, 60},
    {OST_SCAN_FINE, 2.5, 1.5, 6, 1000},
};

/*
 * Starts: turns about the model's axes, rad, and the logarithm of the size. How a long bone
 * leans decides which borders are near its own, its length which end is found, and how it is
 * rolled hardly shows before it lies right.
 */
static const double lean[] = {0.0, -0.14, 0.14}, roll[] = {0.0, -0.2, 0.2},
                    size[] = {0.0, -0.09, 0.09};

enum {
    LEANS = OST_COUNT(lean),
    ROLLS = OST_COUNT(roll),
    SIZES = OST_COUNT(size),
    STARTS = LEANS * LEANS * ROLLS * SIZES,
    FOLLOWED = 4
};

static bool run(struct bone_state *s, const struct bone_stage *stage, size_t count,
                struct bone_score *score, struct ost_err *err)
{
    for (size_t i = 0; i < count; i++)
        if (!bone_contours(s, &stage[i], score, err))
            return false;
    return true;
}

static void turn_by(struct bone_state *s, const double angle[3])
{
    double axis[3];
    const double still[3] = {0.0, 0.0, 0.0};
    ost_rigid_direction(&s->place, angle, axis);
    const struct ost_rigid turn = ost_rigid_about(s->place.t, axis, still);
    s->place = ost_rigid_then(&s->place, &turn);
    bone_state_refresh(s);
}

/* The places that have looked best so far, best first. */
struct places {
    struct bone_spot_state place[FOLLOWED + 1]; /* the last: room for the next */
    double cost[FOLLOWED + 1];
    int count;
};

static bool keep(struct places *p, const struct bone_state *s, double cost, struct ost_err *err)
{
    int at = p->count;
    if (!bone_state_save(s, &p->place[at], err))
        return false;
    p->cost[at] = cost;
    for (; at > 0 && p->cost[at] < p->cost[at - 1]; at--) {
        struct bone_spot_state place = p->place[at];
        p->place[at] = p->place[at - 1];
        p->place[at - 1] = place;
        p->cost[at] = p->cost[at - 1];
        p->cost[at - 1] = cost;
    }
    p->count = p->count < FOLLOWED ? p->count + 1 : FOLLOWED;
    return true;
}

static bool glance_round(struct bone_state *s, const struct bone_spot_state *first,
                         struct places *found, struct ost_err *err)
{
    struct bone_score score;
    for (int i = 0; i < STARTS; i++) {
        const double angle[3] = {lean[i % LEANS], lean[i / LEANS % LEANS],
                                 roll[i / LEANS / LEANS % ROLLS]};
        bone_state_load(s, first);
        s->log_size += size[i / LEANS / LEANS / ROLLS];
        turn_by(s, angle);
        if (!bone_contours(s, &glance, &score, err) || !keep(found, s, score.cost, err))
            return false;
    }
    return true;
}

/* The best, with a few modes, of what looked best at a glance. */
static bool find_start(struct bone_state *s, struct ost_err *err)
{
    struct bone_spot_state first = {0};
    struct places glanced = {.count = 0}, followed = {.count = 0};
    struct bone_score score;
    bool ok = bone_state_save(s, &first, err) && glance_round(s, &first, &glanced, err);
    for (int i = 0; ok && i < glanced.count; i++) {
        bone_state_load(s, &glanced.place[i]);
        ok = run(s, rough, OST_COUNT(rough), &score, err) &&
             bone_contours_score(s, OST_SCAN_MIDDLE, 6.0, NULL, &score, err) &&
             keep(&followed, s, score.cost, err);
    }
    if (ok)
        bone_state_load(s, &followed.place[0]);
    bone_spot_state_fini(&first);
    for (int i = 0; i <= FOLLOWED; i++) {
        bone_spot_state_fini(&glanced.place[i]);
        bone_spot_state_fini(&followed.place[i]);
    }
    return ok;
}

static bool give(struct bone_state *s, struct ost_bone_fit *out, struct ost_err *err)
{
    struct bone_score score;
    uint32_t modes = s->model->shape.mode_count;
    double square = 0.0;
    if (!bone_contours_score(s, OST_SCAN_FINE, 3.0, NULL, &score, err))
        return false;
    for (uint32_t k = 0; k < modes; k++)
        square += s->mode[k] * s->mode[k];
    out->mode_rms = modes > 0 ? sqrt(square / modes) : 0.0;
    out->contour_mm = score.mm;
    out->edge_share = score.share;
    out->place = s->place;
    out->size = exp(s->log_size);
    for (int k = 0; k < OST_BONE_CORTEX; k++)
        out->cortex[k] = exp(s->cortex[k]);
    for (size_t v = 0; v < s->view_count; v++)
        out->camera[v] = s->view[v].camera;
    out->mode = s->mode;
    out->mesh = s->mesh;
    s->mode = NULL;
    s->mesh = NULL;
    return true;
}

void ost_bone_fit_fini(struct ost_bone_fit *fit)
{
    ost_mesh_destroy(fit->mesh);
    free(fit->mode);
    *fit = (struct ost_bone_fit){0};
}

bool ost_bone_fit_films(const struct ost_bone_fit_request *request,
                        const struct ost_progress *progress, struct ost_bone_fit *out,
                        struct ost_err *err)
{
    struct bone_state s;
    struct bone_score score;
    *out = (struct ost_bone_fit){0};
    bool ok = bone_state_init(&s, request, err) && ost_progress_step(progress, 0.1, "start", err) &&
              find_start(&s, err) && ost_progress_step(progress, 0.3, "contours", err) &&
              run(&s, fine, OST_COUNT(fine), &score, err) &&
              ost_progress_step(progress, 0.5, "paths", err) &&
              (request->contours_only || bone_paths(&s, PATH_TURNS, err)) && give(&s, out, err);
    bone_state_fini(&s);
    return ok;
}
