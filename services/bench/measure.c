#include "services/bench/measure.h"

#include "recon/math/vec.h"
#include "recon/mesh/cut.h"
#include "recon/mesh/icp.h"
#include "recon/mesh/measure.h"
#include "recon/mesh/piece.h"

#include <string.h>

enum { PAIRS = 2, CUTS = 4 };
static const double shown_least_mm2 = 200.0; /* less than this of a bone cannot be laid */

/* The bones with their results where they are just now. */
struct work {
    const struct ost_bench_pair *pair; /* borrowed */
    size_t count;
    const struct ost_region_frame *frame;
    struct ost_mesh *moved[PAIRS]; /* owned */
    struct ost_compare_cut cut[PAIRS * CUTS];
    size_t cuts;
};

static void work_fini(struct work *w)
{
    for (size_t i = 0; i < PAIRS; i++)
        ost_mesh_destroy(w->moved[i]);
}

static double area_of(const struct ost_mesh *mesh)
{
    double sum = 0.0, normal[3];
    for (uint32_t i = 0; i < mesh->triangle_count; i++)
        sum += ost_triangle_area(mesh, i, normal);
    return sum;
}

static bool copy(const struct ost_mesh *mesh, const struct ost_rigid *motion, struct ost_mesh **out,
                 struct ost_err *err)
{
    if (!ost_mesh_join(&mesh, 1, out, err))
        return false;
    ost_mesh_move(*out, motion);
    return true;
}

/* All results moved from where they were given, and the cuts of both sides found anew. */
static bool place(struct work *w, const struct ost_rigid *motion, struct ost_err *err)
{
    w->cuts = 0;
    for (size_t i = 0; i < w->count; i++) {
        size_t more = 0;
        ost_mesh_destroy(w->moved[i]);
        w->moved[i] = NULL;
        if (!copy(w->pair[i].result, motion, &w->moved[i], err) ||
            !ost_cut_find(w->pair[i].truth, w->cut + w->cuts, CUTS / 2, &more, err))
            return false;
        w->cuts += more;
        if (!ost_cut_find(w->moved[i], w->cut + w->cuts, CUTS / 2, &more, err))
            return false;
        w->cuts += more;
    }
    return true;
}

static uint32_t region_of(const void *user, size_t pair, const double point[3],
                          const double normal[3])
{
    const struct work *w = user;
    return ost_region_of(w->frame, w->pair[pair].bone, point, normal);
}

static bool compare(const struct work *w, struct ost_compare_result out[OST_REGIONS],
                    struct ost_err *err)
{
    struct ost_compare_pair pair[PAIRS];
    const struct ost_compare_options options = {.cut = w->cut, .cut_count = w->cuts};
    const struct ost_compare_regions regions = {.of = region_of, .user = w, .count = OST_REGIONS};
    for (size_t i = 0; i < w->count; i++)
        pair[i] = (struct ost_compare_pair){w->moved[i], w->pair[i].truth};
    return ost_compare_by_region(pair, w->count, &options, &regions, out, err);
}

/* Whether a point lies before every cut, by more than the roughness of a saw. */
struct saw {
    struct ost_compare_cut cut[CUTS];
    size_t count;
};

static bool before_cuts(const void *user, const double point[3])
{
    const struct saw *saw = user;
    for (size_t i = 0; i < saw->count; i++) {
        double d[3];
        ost_sub(point, saw->cut[i].point, d);
        if (ost_dot(d, saw->cut[i].normal) > -0.05)
            return false;
    }
    return true;
}

/*
 * The same surface without the lids of its cuts: what was sawn off has no end there. A coarse
 * body that would lose half of itself by it keeps them.
 */
static bool open_up(const struct ost_mesh *mesh, struct ost_mesh **out, struct ost_err *err)
{
    struct saw saw;
    struct ost_err none = {.code = OST_OK};
    OST_AUTO(ost_mesh) piece = NULL;
    if (!ost_cut_find(mesh, saw.cut, CUTS, &saw.count, err))
        return false;
    if (ost_mesh_piece(mesh, &(struct ost_mesh_choice){before_cuts, &saw}, &piece, &none) &&
        area_of(piece) > 0.5 * area_of(mesh)) {
        *out = ost_steal(&piece);
        return true;
    }
    return (none.code == OST_OK || none.code == OST_NOT_FOUND ||
            ost_fail(err, none.code, "%s", none.msg)) &&
           ost_mesh_join(&mesh, 1, out, err);
}

/* Both bones as one body, so that the pair moves together. */
static bool join(const struct work *w, bool truth, struct ost_mesh **out, struct ost_err *err)
{
    struct ost_mesh *open[PAIRS] = {NULL};
    bool ok = true;
    for (size_t i = 0; ok && i < w->count; i++)
        ok = open_up(truth ? w->pair[i].truth : w->pair[i].result, &open[i], err);
    ok = ok && ost_mesh_join((const struct ost_mesh *const *)open, w->count, out, err);
    for (size_t i = 0; i < PAIRS; i++)
        ost_mesh_destroy(open[i]);
    return ok;
}

bool ost_bench_lay(const struct ost_mesh *result, const struct ost_mesh *truth,
                   const struct ost_rigid *start, struct ost_rigid *out, bool *settled,
                   struct ost_err *err)
{
    const struct ost_icp_options options = {.rim_apart = true, .steps = 100, .spacing = 2.0};
    struct ost_icp_result icp;
    if (start != NULL ? !ost_icp(result, truth, start, &options, &icp, err)
                      : !ost_icp_anywhere(result, truth, &options, &icp, err))
        return false;
    *out = icp.motion;
    *settled = icp.settled;
    return true;
}

static bool is_shown(const void *user, const double point[3])
{
    static const double none[3];
    return (ost_region_of(user, OST_RADIUS, point, none) >> OST_REGION_SHOWN & 1U) != 0;
}

/* What is shown of the truth on the result, from where all of it was laid. */
static bool lay_shown(const struct ost_mesh *result, const struct ost_mesh *truth,
                      const struct ost_region_frame *frame, const struct ost_rigid *start,
                      struct ost_rigid *out, bool *settled, struct ost_err *err)
{
    OST_AUTO(ost_mesh) shown = NULL;
    struct ost_err none = {.code = OST_OK};
    *out = *start;
    if (!ost_mesh_piece(truth, &(struct ost_mesh_choice){is_shown, frame}, &shown, &none) ||
        area_of(shown) < shown_least_mm2)
        return none.code == OST_OK || none.code == OST_NOT_FOUND ||
               ost_fail(err, none.code, "%s", none.msg);
    return ost_bench_lay(result, shown, start, out, settled, err);
}

static bool lay(const struct work *w, const struct ost_rigid *start,
                struct ost_bench_distances *out, struct ost_err *err)
{
    OST_AUTO(ost_mesh) result = NULL;
    OST_AUTO(ost_mesh) truth = NULL;
    return join(w, false, &result, err) && join(w, true, &truth, err) &&
           ost_bench_lay(result, truth, start, &out->whole, &out->settled, err) &&
           lay_shown(result, truth, w->frame, &out->whole, &out->motion, &out->settled, err);
}

bool ost_bench_measure(const struct ost_bench_pair *pair, size_t count,
                       const struct ost_region_frame *frame, const struct ost_bench_way *way,
                       struct ost_bench_distances *out, struct ost_err *err)
{
    struct work w = {.pair = pair, .count = count, .frame = frame};
    struct ost_compare_result whole[OST_REGIONS];
    const struct ost_rigid rest = ost_rigid_identity();
    *out = (struct ost_bench_distances){.motion = rest, .whole = rest};
    if (count == 0 || count > PAIRS)
        return ost_fail(err, OST_INVALID, "measure: %zu bones", count);
    bool ok = !way->placed || (place(&w, &rest, err) && compare(&w, out->raw, err));
    ok = ok && lay(&w, way->start, out, err) && place(&w, &out->motion, err) &&
         compare(&w, out->icp, err) && place(&w, &out->whole, err) && compare(&w, whole, err);
    if (ok)
        out->icp[OST_REGION_WHOLE] = whole[OST_REGION_WHOLE];
    if (ok && whole[OST_REGION_WHOLE].count[0] == 0)
        ok = ost_fail(err, OST_INVALID, "nothing of the surfaces is farther than 5 mm from a cut");
    work_fini(&w);
    return ok;
}
