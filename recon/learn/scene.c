#include "recon/learn/scene.h"

#include "recon/learn/scene_impl.h"
#include "recon/mesh/measure.h"

#include <stdlib.h>
#include <string.h>

static const char *const hand_names[OST_SCENE_HAND] = {
    "scaphoid", "lunate", "triquetrum", "pisiform", "trapezium", "trapezoid", "capitate",
    "hamate",   "1mc",    "2mc",        "3mc",      "4mc",       "5mc"};

const char *ost_scene_hand_name(int bone)
{
    return hand_names[bone];
}

void ost_scene_destroy(struct ost_scene *scene)
{
    if (scene == NULL)
        return;
    for (size_t i = 0; i < scene->count; i++)
        ost_mesh_destroy(scene->solid[i].mesh);
    free(scene);
}

bool scene_take(struct ost_scene *scene, struct ost_mesh *mesh, double density, bool mineral,
                struct ost_err *err)
{
    if (scene->count == OST_SCENE_SOLIDS) {
        ost_mesh_destroy(mesh);
        return ost_fail(err, OST_BUG, "scene: more than %d surfaces", (int)OST_SCENE_SOLIDS);
    }
    scene->solid[scene->count++] =
        (struct ost_scene_solid){.mesh = mesh, .density = density, .mineral = mineral};
    return true;
}

bool scene_copy(const struct ost_mesh *mesh, struct ost_mesh **out, struct ost_err *err)
{
    if (!ost_mesh_create(out, mesh->vertex_count, mesh->triangle_count, err))
        return false;
    memcpy((*out)->vertex, mesh->vertex, mesh->vertex_count * sizeof *mesh->vertex);
    memcpy((*out)->triangle, mesh->triangle, mesh->triangle_count * sizeof *mesh->triangle);
    return true;
}

bool scene_inner(const struct ost_mesh *outer, const float *wall, bool even, double factor,
                 struct ost_mesh **out, struct ost_err *err)
{
    float(*normal)[3] = malloc(outer->vertex_count * sizeof *normal);
    if (normal == NULL)
        return ost_fail(err, OST_NOMEM, "scene: out of memory");
    bool done = scene_copy(outer, out, err);
    if (done) {
        ost_mesh_vertex_normals(outer, normal);
        for (uint32_t v = 0; v < outer->vertex_count; v++)
            for (int k = 0; k < 3; k++)
                (*out)->vertex[v][k] -= (float)factor * wall[even ? 0 : v] * normal[v][k];
    }
    free(normal);
    return done;
}

bool ost_scene_create(const struct ost_scene_kit *kit, struct ost_rng *rng, struct ost_scene **out,
                      struct ost_err *err)
{
    *out = NULL;
    OST_AUTO(ost_scene) scene = calloc(1, sizeof *scene);
    if (scene == NULL)
        return ost_fail(err, OST_NOMEM, "scene: out of memory");
    if (!scene_forearm(kit, rng, scene, err) || !scene_hand(kit, rng, scene, err))
        return ost_err_note(err, "scene");
    *out = ost_steal(&scene);
    return true;
}
