/* What no bone's density looks like is told before anything is solved. */
#include "fem/study/model_impl.h"

#include <math.h>
#include <stdlib.h>

/* mgHA/cm3: half as much again as the densest cortex; metal, and cement with its contrast. */
static const double no_bone = 2000.0;
static const double dense_most = 0.005, empty_most = 0.1, core_most = 2.0;

/* Volumes, mm3, and their mineral. */
struct sums {
    double volume, dense, empty;
    double shell, shell_mineral; /* of elements that come to the surface, and of the others */
    double core, core_mineral;
};

static void add(const struct ost_bone_model *m, uint32_t e, bool outer, struct sums *s)
{
    double volume = ost_tet_volume(m->mesh, e), density = m->density[e];
    s->volume += volume;
    s->dense += density > no_bone ? volume : 0.0;
    s->empty += density > 0.0 ? 0.0 : volume;
    *(outer ? &s->shell : &s->core) += volume;
    *(outer ? &s->shell_mineral : &s->core_mineral) += volume * density;
}

static bool judge(const struct sums *s, struct ost_err *err)
{
    double shell = s->shell > 0.0 ? s->shell_mineral / s->shell : 0.0;
    double core = s->core > 0.0 ? s->core_mineral / s->core : 0.0;
    if (!(s->volume > s->empty)) {
        return ost_fail(err, OST_INVALID,
                        "the density volume does not cover the bone: are they in one frame?");
    }
    if (s->empty > empty_most * s->volume) {
        return ost_fail(err, OST_INVALID,
                        "%.0f %% of the bone has no density: are slices missing, or is its mask "
                        "open? give the whole bone, or mesh less of it by length_mm",
                        100.0 * s->empty / s->volume);
    }
    if (s->dense > dense_most * s->volume) {
        return ost_fail(err, OST_INVALID,
                        "%.1f %% of the bone is denser than bone can be: metal or cement? leave it "
                        "out of the mask, or take the CT without it; or calibrate anew",
                        100.0 * s->dense / s->volume);
    }
    if (core > core_most * shell) {
        return ost_fail(err, OST_INVALID,
                        "the bone is denser inside (%.0f mgHA/cm3) than at its surface (%.0f): is "
                        "the CT inverted, or does the surface belong to another?",
                        core, shell);
    }
    return true;
}

bool model_check_density(const struct ost_bone_model *model, struct ost_err *err)
{
    const struct ost_tet_mesh *mesh = model->mesh;
    const struct ost_boundary *b = model->boundary;
    struct sums sums = {.volume = 0.0};
    uint8_t *outer = calloc((size_t)mesh->node_count + 1, 1);
    if (outer == NULL)
        return ost_fail(err, OST_NOMEM, "no room for %u nodes", mesh->node_count);
    for (uint32_t i = 0; i < b->face_count; i++) {
        for (int k = 0; k < 3; k++)
            outer[b->face[i][k]] = 1;
    }
    for (uint32_t e = 0; e < mesh->tet_count; e++) {
        const uint32_t *t = mesh->tet[e];
        if (ost_bone_model_is_bone(model, e))
            add(model, e, outer[t[0]] || outer[t[1]] || outer[t[2]] || outer[t[3]], &sums);
    }
    free(outer);
    return judge(&sums, err);
}

bool model_check_reach(const struct ost_tet_mesh *mesh, const struct ost_study_anatomy *anatomy,
                       const struct reach *reach, struct ost_err *err)
{
    const double tip_slack = 10.0, cut_slack = 3.0; /* mm, of a splinter, of an element */
    double from = INFINITY, to = -INFINITY;
    for (uint32_t n = 0; n < mesh->node_count; n++) {
        double depth = model_depth(anatomy, mesh->node[n]);
        from = fmin(from, depth);
        to = fmax(to, depth);
    }
    if (from <= reach->tip + tip_slack && to >= reach->cut - cut_slack)
        return true;
    double all = (double)mesh->tet_count + (double)reach->islands;
    return ost_fail(err, OST_INVALID,
                    "the %s is in pieces: the largest, %.0f %% of it, goes from %.0f to %.0f of "
                    "%.0f mm and does not reach from the load to where it is held; close the gap "
                    "in the mask, or study a piece alone",
                    reach->name, 100.0 * mesh->tet_count / all, from - reach->tip, to - reach->tip,
                    reach->cut - reach->tip);
}
