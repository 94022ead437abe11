#include "fem/study/model_impl.h"
#include "recon/math/vec.h"

#include <stdlib.h>
#include <string.h>

void ost_bone_model_destroy(struct ost_bone_model *model)
{
    if (model == NULL)
        return;
    ost_tet_mesh_destroy(model->mesh);
    ost_boundary_destroy(model->boundary);
    ost_band_destroy(model->distance);
    ost_grid_destroy(model->extended);
    free(model->density);
    free(model->material);
    free(model->mixture);
    ost_band_destroy(model->ulna_distance);
    free(model);
}

/* How deep the bone goes, and where to cut it: never nearer its own end than is asked. */
static bool choose_cut(const struct ost_study_bone *bone, const struct ost_study *study,
                       struct ost_bone_model *model, struct ost_err *err)
{
    const double no_bone_mm = 1500.0, end_mm = study->held_mm,
                 least_mm = study->load == OST_LOAD_END ? 15.0 : 30.0;
    double end;
    if (!model_extent(bone->surface, &bone->anatomy, &model->tip, &end, err))
        return false;
    model->cut = fmin(model->tip + study->length_mm, end - end_mm);
    if (!(end > model->tip))
        return ost_fail(err, OST_INVALID, "the bone's surface holds nothing");
    if (end - model->tip > no_bone_mm || end - model->tip < 1.0) {
        return ost_fail(err, OST_INVALID,
                        "the bone is %.3g mm long: is its surface in millimetres?",
                        end - model->tip);
    }
    if (study->length_mm < least_mm && end - model->tip >= least_mm + end_mm) {
        return ost_fail(err, OST_INVALID, "length_mm is %.0f; at least %.0f are needed",
                        study->length_mm, least_mm);
    }
    if (!(model->cut - model->tip >= least_mm)) {
        return ost_fail(err, OST_INVALID, "the bone is %.0f mm long; at least %.0f are needed",
                        end - model->tip, least_mm + end_mm);
    }
    return true;
}

/* What the elements can read, and a little more to extend from. */
static bool crop_density(const struct ost_study_bone *bone, const struct ost_bone_model *model,
                         struct ost_grid **out, struct ost_err *err)
{
    const double more_mm = 4.0;
    double low[3] = {INFINITY, INFINITY, INFINITY}, high[3] = {-INFINITY, -INFINITY, -INFINITY};
    for (uint32_t n = 0; n < model->mesh->node_count; n++) {
        for (int k = 0; k < 3; k++) {
            low[k] = fmin(low[k], model->mesh->node[n][k] - more_mm);
            high[k] = fmax(high[k], model->mesh->node[n][k] + more_mm);
        }
    }
    if (bone->ulna == NULL)
        return ost_density_crop(bone->density, low, high, out, err);
    OST_AUTO(ost_grid) both = NULL;
    return ost_density_merge(bone->density, bone->ulna_density, &both, err) && both != NULL &&
           ost_density_crop(both, low, high, out, err);
}

/* Radius and ulna as one. */
struct two {
    struct ost_field one, other;
};

static double at_two(const void *user, const double p[3])
{
    const struct two *two = user;
    return fmin(two->one.at(two->one.user, p), two->other.at(two->other.user, p));
}

/* Voxels across the surface get the density of the bone in them. */
static void uncover(const struct ost_bone_model *model, struct ost_grid *density)
{
    struct ost_field surface = ost_field_of_band(model->distance);
    struct two two = {surface, surface};
    if (model->ulna_distance != NULL) {
        two.other = ost_field_of_band(model->ulna_distance);
        surface = (struct ost_field){.at = at_two, .user = &two};
    }
    ost_density_uncover(density, &surface);
}

static bool map_density(const struct ost_study_bone *bone, struct ost_bone_model *model,
                        struct ost_err *err)
{
    const double *spacing = bone->density->spacing;
    double least = fmin(spacing[0], fmin(spacing[1], spacing[2]));
    /* Two millimetres past the mask, and what was eroded. */
    unsigned layers = bone->erode + (unsigned)fmin(12.0, ceil(2.0 / least));
    model->density = calloc((size_t)model->mesh->tet_count + 1, sizeof *model->density);
    if (model->density == NULL)
        return ost_fail(err, OST_NOMEM, "no room for %u densities", model->mesh->tet_count);
    OST_AUTO(ost_grid) part = NULL;
    if (!crop_density(bone, model, &part, err) || part == NULL)
        return false;
    if (bone->averaged)
        uncover(model, part);
    if (!ost_density_extend(part, bone->erode, layers, &model->extended, err))
        return false;
    ost_tet_mean(model->mesh, model->extended, model->density);
    return model_check_density(model, err);
}

bool ost_bone_model_create(const struct ost_study_bone *bone, const struct ost_study *study,
                           const struct ost_progress *progress, struct ost_bone_model **out,
                           struct ost_err *err)
{
    *out = NULL;
    if (!ost_study_check(study, err))
        return false;
    OST_AUTO(ost_bone_model) model = calloc(1, sizeof *model);
    if (model == NULL)
        return ost_fail(err, OST_NOMEM, "bone model: out of memory");
    if (!ost_progress_step(progress, 0.0, "mesh", err) || !choose_cut(bone, study, model, err) ||
        !model_make_mesh(bone, study, model, err) ||
        !ost_progress_step(progress, 0.6, "density", err) || !map_density(bone, model, err) ||
        !ost_progress_step(progress, 1.0, "density", err))
        return false;
    *out = ost_steal(&model);
    return true;
}

const char *ost_bmd_region_name(enum ost_bmd_region region)
{
    static const char *const name[] = {
        [OST_BMD_DISTAL_30] = "radius_distal_30",
        [OST_BMD_ULTRADISTAL] = "radius_ultradistal",
        [OST_BMD_METAPHYSIS] = "radius_metaphysis",
        [OST_BMD_THIRD] = "radius_third",
    };
    return (unsigned)region < OST_BMD_REGIONS ? name[region] : "unknown";
}

double ost_bmd_region_length(enum ost_bmd_region region)
{
    static const double length[] = {30.0, 15.0, 20.0, 20.0};
    return (unsigned)region < OST_BMD_REGIONS ? length[region] : 0.0;
}

static struct ost_slab slab_of(const struct ost_bone_model *model,
                               const struct ost_study_bone *bone, enum ost_bmd_region region)
{
    const struct ost_study_anatomy *a = &bone->anatomy;
    struct ost_slab slab = {.from = model->tip - 1.0, .to = 30.0};
    memcpy(slab.origin, a->origin, sizeof slab.origin);
    memcpy(slab.axis, a->axis, sizeof slab.axis);
    memcpy(slab.beam, a->volar, sizeof slab.beam);
    if (region == OST_BMD_ULTRADISTAL) {
        slab.from = 2.0;
        slab.to = 17.0;
    } else if (region == OST_BMD_METAPHYSIS) {
        slab.from = 30.0;
        slab.to = 50.0;
    } else if (region == OST_BMD_THIRD) {
        slab.from = model->tip + bone->length / 3.0 - 10.0;
        slab.to = slab.from + 20.0;
    }
    return slab;
}

bool ost_bone_model_region(const struct ost_bone_model *model, const struct ost_study_bone *bone,
                           enum ost_bmd_region region, const struct ost_density_shift *shift,
                           struct ost_region *out, struct ost_err *err)
{
    struct ost_slab slab = slab_of(model, bone, region);
    if (region == OST_BMD_THIRD && !(bone->length > 0.0))
        return ost_fail(err, OST_INVALID, "radius_third: the bone's whole length is not known");
    if (slab.to > model->cut) {
        return ost_fail(err, OST_INVALID, "%s lies beyond the %.0f mm that were meshed",
                        ost_bmd_region_name(region), model->cut - model->tip);
    }
    /* Of the bone alone, whatever stands beside it. */
    struct ost_tet_mesh bones = *model->mesh;
    size_t count = (size_t)model->mesh->tet_count + 1;
    double *density = calloc(count, sizeof *density);
    bones.tet = calloc(count, sizeof *bones.tet);
    bones.tet_count = 0;
    bool ok = (density != NULL && bones.tet != NULL) ||
              ost_fail(err, OST_NOMEM, "no room for %u densities", model->mesh->tet_count);
    for (uint32_t e = 0; e < model->mesh->tet_count && ok; e++) {
        if (!ost_bone_model_is_bone(model, e))
            continue;
        memcpy(bones.tet[bones.tet_count], model->mesh->tet[e], sizeof *bones.tet);
        density[bones.tet_count++] =
            shift != NULL ? ost_density_shifted(shift, model->density[e]) : model->density[e];
    }
    ok = ok && ost_region_of_tets(&bones, density, &slab, out, err);
    free(bones.tet);
    free(density);
    return ok;
}
