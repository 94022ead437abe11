#include "recon/mesh/weld_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool ost_weld_init(struct ost_weld *weld, uint32_t triangles, struct ost_err *err)
{
    uint64_t room = 64;
    *weld = (struct ost_weld){.room = triangles};
    while (room < (uint64_t)triangles * 6)
        room *= 2;
    if (triangles > UINT32_MAX / 16)
        return ost_fail(err, OST_LIMIT, "%u triangles", triangles);
    weld->mask = (uint32_t)(room - 1);
    weld->slot = calloc(room, sizeof *weld->slot);
    if (weld->slot == NULL)
        return ost_fail(err, OST_NOMEM, "no room for %u triangles", triangles);
    return ost_mesh_create(&weld->mesh, triangles * 3, triangles, err);
}

void ost_weld_fini(struct ost_weld *weld)
{
    free(weld->slot);
    ost_mesh_destroy(weld->mesh);
    *weld = (struct ost_weld){0};
}

static uint32_t corner_of(struct ost_weld *weld, const float p[3])
{
    uint32_t bits[3];
    memcpy(bits, p, sizeof bits);
    uint32_t hash = (bits[0] * 0x9E3779B1U) ^ (bits[1] * 0x85EBCA77U) ^ (bits[2] * 0xC2B2AE3DU);
    hash ^= hash >> 15;
    for (uint32_t at = hash & weld->mask;; at = (at + 1) & weld->mask) {
        if (weld->slot[at] == 0) {
            memcpy(weld->mesh->vertex[weld->vertices], p, sizeof bits);
            weld->slot[at] = ++weld->vertices;
            return weld->vertices - 1;
        }
        uint32_t held[3]; /* to the bit: values that compare equal may differ in sign only */
        memcpy(held, weld->mesh->vertex[weld->slot[at] - 1], sizeof held);
        if (held[0] == bits[0] && held[1] == bits[1] && held[2] == bits[2])
            return weld->slot[at] - 1;
    }
}

bool ost_weld_triangle(struct ost_weld *weld, float p[3][3], struct ost_err *err)
{
    uint32_t t[3];
    if (weld->triangles == weld->room)
        return ost_fail(err, OST_CORRUPT, "more than %u triangles", weld->room);
    for (int i = 0; i < 3; i++) {
        for (int k = 0; k < 3; k++) {
            if (!isfinite(p[i][k]))
                return ost_fail(err, OST_CORRUPT, "a corner is no number");
            p[i][k] += 0.0F; /* -0 becomes 0, so that equal corners are equal bits */
        }
        t[i] = corner_of(weld, p[i]);
    }
    if (t[0] != t[1] && t[1] != t[2] && t[2] != t[0])
        memcpy(weld->mesh->triangle[weld->triangles++], t, sizeof t);
    return true;
}

struct ost_mesh *ost_weld_take(struct ost_weld *weld)
{
    struct ost_mesh *mesh = weld->mesh;
    mesh->vertex_count = weld->vertices;
    mesh->triangle_count = weld->triangles;
    weld->mesh = NULL;
    return mesh;
}
