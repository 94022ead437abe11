/* From surfaces to the elements of a study. */
#include "fem/mesh/graded.h"
#include "fem/study/layer_impl.h"
#include "fem/study/model_impl.h"
#include "recon/math/vec.h"

#include <stdlib.h>
#include <string.h>

enum { PARTS_MOST = 96 };

double model_depth(const struct ost_study_anatomy *anatomy, const double point[3])
{
    double from[3];
    ost_sub(anatomy->origin, point, from);
    return ost_dot(from, anatomy->axis);
}

/* One bone on its way to elements. */
struct body {
    const struct ost_mesh *surface;
    const struct ost_study_anatomy *anatomy;
    const struct ost_study *study;
    double tip, cut;
};

/* The box of the part that is kept, with room for the distance's band. */
static void box_kept(const struct body *b, struct ost_sdf_options *options)
{
    for (int k = 0; k < 3; k++) {
        options->low[k] = INFINITY;
        options->high[k] = -INFINITY;
        options->anchor[k] = b->anatomy->origin[k];
    }
    for (uint32_t i = 0; i < b->surface->vertex_count; i++) {
        double p[3];
        model_vertex(b->surface, i, p);
        if (model_depth(b->anatomy, p) > b->cut + 15.0)
            continue;
        for (int k = 0; k < 3; k++) {
            options->low[k] = fmin(options->low[k], p[k]);
            options->high[k] = fmax(options->high[k], p[k]);
        }
    }
}

/* As far as half an edge, and as a layer over the surface is thick. */
static bool measure_distance(const struct body *b, struct ost_band **out, struct ost_err *err)
{
    struct ost_sdf_options how = ost_sdf_options_default();
    const struct ost_study *s = b->study;
    box_kept(b, &how);
    if (s->coarsen > 1.0)
        how.band = fmax(how.band, 0.6 * s->lattice_mm * s->coarsen);
    if (s->cartilage_mm > 0.0)
        how.band = fmax(how.band, s->cartilage_mm + 0.6 * s->lattice_mm);
    how.margin = fmax(how.margin, how.band);
    return ost_band_of_mesh(b->surface, &how, out, err);
}

/* What is left of a field above the plane where the bone is held. */
static bool fill(const struct body *b, const struct ost_field *whole, struct ost_tet_mesh **out,
                 struct ost_stuff_report *report, struct ost_err *err)
{
    struct ost_stuff_options options = ost_stuff_options_default();
    struct ost_field_cut cut = {.body = *whole};
    double tip[3];
    ost_along(b->anatomy->origin, -b->cut, b->anatomy->axis, cut.point);
    memcpy(cut.normal, b->anatomy->axis, sizeof cut.normal);
    const struct ost_field field = ost_field_of_cut(&cut);
    options.lattice = b->study->lattice_mm;
    memcpy(options.anchor, b->anatomy->origin, sizeof options.anchor);
    if (!(b->study->coarsen > 1.0))
        return ost_stuff(&field, &options, out, report, err);
    ost_along(b->anatomy->origin, -b->tip, b->anatomy->axis, tip);
    const struct ost_grading grading =
        ost_grading_along(tip, b->anatomy->axis, b->cut - b->tip, b->study->coarsen);
    return ost_stuff_graded(&field, &grading, &options, out, report, err);
}

static bool room_for_parts(struct ost_bone_model *model, struct ost_err *err)
{
    size_t tets = (size_t)model->mesh->tet_count + 1;
    model->material = malloc(tets);
    model->mixture = calloc(tets, sizeof *model->mixture);
    if (model->material == NULL || model->mixture == NULL)
        return ost_fail(err, OST_NOMEM, "no room for what %u elements are made of",
                        model->mesh->tet_count);
    memset(model->material, OST_MATERIAL_BONE, tets);
    for (size_t e = 0; e < tets; e++)
        model->mixture[e].bone = 1.0;
    return true;
}

/* The bone with all that was asked for beside it. */
static bool mesh_bone(const struct body *b, const struct ost_study_bone *bone,
                      struct ost_bone_model *model, struct ost_err *err)
{
    struct ost_part part[PARTS_MOST];
    struct layer layer;
    if (!measure_distance(b, &model->distance, err))
        return false;
    struct ost_parts parts = {ost_field_of_band(model->distance), part, bone->part_count};
    if (bone->part_count + 1 > PARTS_MOST)
        return ost_fail(err, OST_LIMIT, "more than %d parts beside a bone", PARTS_MOST - 1);
    for (size_t i = 0; i < bone->part_count; i++)
        part[i] = bone->part[i];
    if (b->study->cartilage_mm > 0.0) {
        if (!layer_make(&parts.bone, b->anatomy, b->study->cartilage_mm, &layer, err))
            return false;
        model->layer = b->study->cartilage_mm;
        part[parts.count++] =
            (struct ost_part){OST_MATERIAL_CARTILAGE, layer_field(&layer), b->study->cartilage_mpa};
    }
    const struct ost_field field =
        parts.count > 0 ? ost_field_of_parts(&parts) : ost_field_of_band(model->distance);
    if (!fill(b, &field, &model->mesh, &model->report, err) ||
        !model_check_reach(model->mesh, b->anatomy,
                           &(struct reach){"bone", b->tip, b->cut, model->report.islands}, err))
        return false;
    if (parts.count == 0)
        return true;
    if (!room_for_parts(model, err))
        return false;
    ost_parts_mix(&parts, model->mesh, model->material, model->mixture);
    return true;
}

/* A second bone, which nothing joins to the first: they may stand nearer than an edge. */
static bool mesh_ulna(const struct body *radius, const struct ost_study_bone *bone,
                      struct ost_bone_model *model, struct ost_err *err)
{
    struct body b = *radius;
    struct ost_stuff_report report;
    double end;
    OST_AUTO(ost_tet_mesh) first = NULL;
    OST_AUTO(ost_tet_mesh) second = NULL;
    b.surface = bone->ulna;
    if (!model_extent(b.surface, b.anatomy, &b.tip, &end, err))
        return false;
    b.cut = fmin(radius->cut, end - b.study->held_mm);
    if (!(b.cut - b.tip >= 20.0))
        return ost_fail(err, OST_INVALID, "the ulna is %.0f mm long; at least %.0f are needed",
                        end - b.tip, 20.0 + b.study->held_mm);
    model->ulna_tip = b.tip;
    model->ulna_cut = b.cut;
    if (!measure_distance(&b, &model->ulna_distance, err))
        return false;
    const struct ost_field field = ost_field_of_band(model->ulna_distance);
    if (!fill(&b, &field, &second, &report, err) ||
        !model_check_reach(second, b.anatomy, &(struct reach){"ulna", b.tip, b.cut, report.islands},
                           err) ||
        (model->material == NULL && !room_for_parts(model, err)))
        return false;
    first = ost_steal(&model->mesh);
    if (!ost_tet_mesh_join(first, second, &model->mesh, err))
        return false;
    struct ost_bone_model old = *model;
    bool ok = room_for_parts(model, err);
    if (ok) {
        memcpy(model->material, old.material, first->tet_count);
        memcpy(model->mixture, old.mixture, first->tet_count * sizeof *old.mixture);
        memset(model->material + first->tet_count, OST_MATERIAL_ULNA, second->tet_count);
    }
    free(old.material);
    free(old.mixture);
    return ok;
}

/* Ten nodes where they were asked for, and the surface. */
static bool finish(const struct ost_study *study, struct ost_bone_model *model, struct ost_err *err)
{
    if (study->nodes == 10) {
        OST_AUTO(ost_tet_mesh) corners = ost_steal(&model->mesh);
        if (!ost_tet_mesh_quadratic(corners, &model->mesh, err))
            return false;
    }
    if (!ost_boundary_create(&model->boundary, model->mesh, err) ||
        !ost_boundary_topology(model->boundary, model->mesh->node_count, &model->topology, err))
        return false;
    if (model->topology.bad_edges > 0) {
        return ost_fail(err, OST_BUG, "the mesh's surface has %u open edges",
                        model->topology.bad_edges);
    }
    model->quality = ost_tet_mesh_quality(model->mesh);
    return true;
}

bool model_make_mesh(const struct ost_study_bone *bone, const struct ost_study *study,
                     struct ost_bone_model *model, struct ost_err *err)
{
    const struct body b = {bone->surface, &bone->anatomy, study, model->tip, model->cut};
    return mesh_bone(&b, bone, model, err) &&
           (bone->ulna == NULL || mesh_ulna(&b, bone, model, err)) && finish(study, model, err);
}

bool ost_bone_model_held(const struct ost_bone_model *model, const struct ost_study_bone *bone,
                         const struct ost_study *study, uint8_t *held, struct ost_err *err)
{
    const struct ost_tet_mesh *mesh = model->mesh;
    const double near = 0.3 * study->lattice_mm;
    for (uint32_t n = 0; n < mesh->node_count; n++)
        held[n] = model_depth(&bone->anatomy, mesh->node[n]) > model->cut - near ? 7 : 0;
    for (uint32_t e = 0; e < mesh->tet_count && bone->ulna != NULL; e++) {
        uint32_t node[10], count = ost_tet_nodes(mesh, e, node);
        for (uint32_t k = 0; k < count && model->material[e] == OST_MATERIAL_ULNA; k++) {
            double depth = model_depth(&bone->anatomy, mesh->node[node[k]]);
            held[node[k]] = depth > model->ulna_cut - near ? 7 : 0;
        }
    }
    uint32_t some = 0;
    for (uint32_t n = 0; n < mesh->node_count; n++)
        some += held[n] != 0;
    return some > 0 || ost_fail(err, OST_INVALID, "nothing of the bone is held at its cut end");
}
