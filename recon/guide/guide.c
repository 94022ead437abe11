#include "recon/guide/guide.h"

#include "recon/guide/guide_impl.h"
#include "recon/math/vec.h"
#include "recon/mesh/measure.h"
#include "recon/mesh/stl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void ost_guide_destroy(struct ost_guide *guide)
{
    if (guide == NULL)
        return;
    ost_mesh_destroy(guide->mesh);
    free(guide);
}

static uint32_t root_of(uint32_t *parent, uint32_t v)
{
    while (parent[v] != v) {
        parent[v] = parent[parent[v]];
        v = parent[v];
    }
    return v;
}

static void join(const struct ost_mesh *mesh, uint32_t *parent)
{
    for (uint32_t v = 0; v < mesh->vertex_count; v++)
        parent[v] = v;
    for (uint32_t t = 0; t < mesh->triangle_count; t++) {
        for (int k = 1; k < 3; k++) {
            uint32_t a = root_of(parent, mesh->triangle[t][0]);
            uint32_t b = root_of(parent, mesh->triangle[t][k]);
            parent[a > b ? a : b] = a > b ? b : a;
        }
    }
}

/* Six times the volume under a triangle; summed over a piece it is what that encloses. */
static double under(const struct ost_mesh *mesh, uint32_t t)
{
    double p[3][3], across[3];
    for (int c = 0; c < 3; c++) {
        for (int k = 0; k < 3; k++)
            p[c][k] = (double)mesh->vertex[mesh->triangle[t][c]][k];
    }
    ost_cross(p[1], p[2], across);
    return ost_dot(p[0], across);
}

/*
 * Crumbs that opening left beside the guide are dropped, and bubbles in it filled. A
 * larger piece stays, to be found by the check: half a guide is no guide.
 */
static bool drop_crumbs(struct ost_mesh *mesh, struct ost_err *err)
{
    const double crumb_mm3 = 5.0;
    uint32_t *parent = malloc(((size_t)mesh->vertex_count + 1) * sizeof *parent), kept = 0;
    double *volume = calloc((size_t)mesh->vertex_count + 1, sizeof *volume);
    bool ok = parent != NULL && volume != NULL;
    if (ok)
        join(mesh, parent);
    for (uint32_t t = 0; ok && t < mesh->triangle_count; t++)
        volume[root_of(parent, mesh->triangle[t][0])] += under(mesh, t) / 6.0;
    for (uint32_t t = 0; ok && t < mesh->triangle_count; t++) {
        if (fabs(volume[root_of(parent, mesh->triangle[t][0])]) > crumb_mm3)
            memmove(mesh->triangle[kept++], mesh->triangle[t], sizeof *mesh->triangle);
    }
    free(parent);
    free(volume);
    if (!ok)
        return ost_fail(err, OST_NOMEM, "guide: no room for %u vertices", mesh->vertex_count);
    mesh->triangle_count = kept;
    return kept > 0 || ost_fail(err, OST_INVALID, "guide: nothing is left of it");
}

static void move(const struct ost_rigid *motion, struct ost_mesh *mesh)
{
    for (uint32_t v = 0; v < mesh->vertex_count; v++) {
        const double p[3] = {(double)mesh->vertex[v][0], (double)mesh->vertex[v][1],
                             (double)mesh->vertex[v][2]};
        double q[3];
        ost_rigid_point(motion, p, q);
        for (int k = 0; k < 3; k++)
            mesh->vertex[v][k] = (float)q[k];
    }
}

static void give_back(const struct ost_guide_frame *frame, struct ost_guide *guide)
{
    struct ost_rigid home = ost_rigid_inverse(&frame->to_guide);
    move(&home, guide->mesh);
    guide->sleeve_count = frame->sleeve_count;
    for (size_t i = 0; i < frame->sleeve_count; i++) {
        ost_rigid_point(&home, frame->sleeve[i].point, guide->sleeve[i].point);
        ost_rigid_direction(&home, frame->sleeve[i].direction, guide->sleeve[i].direction);
    }
}

/*
 * What a printer reads is positions: corners that fall together when they are rounded
 * become one, and what that leaves of a triangle goes. Closedness is judged on this.
 */
static bool weld(struct ost_guide *guide, struct ost_err *err)
{
    enum { STL_BYTES = 256 << 20, TRIANGLES = 4000000 };
    struct ost_mesh *welded = NULL;
    struct ost_mesh_facts facts;
    struct ost_buf bytes;
    ost_buf_init(&bytes, STL_BYTES);
    bool ok = ost_stl_write(guide->mesh, &bytes, err) &&
              ost_stl_read(bytes.ptr, bytes.len, TRIANGLES, &welded, err);
    ost_buf_fini(&bytes);
    if (!ok)
        return false;
    ost_mesh_destroy(guide->mesh);
    guide->mesh = welded;
    if (!ost_mesh_measure(welded, &facts, err))
        return false;
    guide->watertight = facts.closed;
    guide->components = facts.components;
    for (size_t i = 0; i < guide->check_count; i++)
        if (strcmp(guide->check[i].name, "components") == 0) {
            guide->check[i].value = facts.components;
            guide->check[i].ok = facts.components == 1;
        } else if (strcmp(guide->check[i].name, "watertight") == 0) {
            guide->check[i].value =
                (double)facts.rim_edges + facts.crowded_edges + facts.opposed_edges;
            guide->check[i].ok = facts.closed;
        }
    return true;
}

bool ost_guide_create(const struct ost_guide_spec *spec, const struct ost_progress *progress,
                      struct ost_guide **out, struct ost_err *err)
{
    *out = NULL;
    OST_AUTO(ost_guide) guide = calloc(1, sizeof *guide);
    struct ost_guide_frame frame;
    if (guide == NULL)
        return ost_fail(err, OST_NOMEM, "guide: out of memory");
    bool ok = ost_guide_frame_make(spec, &frame, err) &&
              ost_guide_solid(spec, &frame, progress, &guide->mesh, err) &&
              drop_crumbs(guide->mesh, err) &&
              ost_progress_step(progress, 0.85, "guide.check", err) &&
              ost_guide_examine(spec, &frame, guide, err);
    if (ok) {
        give_back(&frame, guide);
        ok = weld(guide, err);
    }
    ost_guide_frame_fini(&frame);
    if (!ok)
        return false;
    *out = ost_steal(&guide);
    return true;
}
