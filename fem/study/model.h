/*
 * A bone made ready: the distal part of its surface as tetrahedra, with a density and
 * the regions a densitometer would report.
 */
#ifndef OST_FEM_STUDY_MODEL_H
#define OST_FEM_STUDY_MODEL_H

#include "fem/bmd/map.h"
#include "fem/bmd/region.h"
#include "fem/mesh/band.h"
#include "fem/mesh/boundary.h"
#include "fem/mesh/quality.h"
#include "fem/mesh/stuff.h"
#include "fem/study/part.h"
#include "fem/study/study.h"
#include "recon/base/progress.h"
#include "recon/mesh/mesh.h"

OST_C_BEGIN

struct ost_study_bone {
    const struct ost_mesh *surface; /* borrowed; may intersect itself or be open proximally */
    const struct ost_grid *density; /* borrowed; mgHA/cm3, 0 outside the bone */
    struct ost_study_anatomy anatomy;
    bool averaged;  /* voxels across the surface hold the mean of bone and nothing */
    double length;  /* of the whole bone, mm; 0 where the surface may be a part of it */
    unsigned erode; /* layers of voxels at the surface not to be trusted at all */
    const struct ost_part *part; /* borrowed; what stands beside it or in its place */
    size_t part_count;
    /* Borrowed; of a study with it. Its density reads as the radius'. NULL: it is not there. */
    const struct ost_mesh *ulna;
    const struct ost_grid *ulna_density;
};

struct ost_bone_model {
    struct ost_tet_mesh *mesh;
    struct ost_boundary *boundary;
    struct ost_tet_quality quality;
    struct ost_topology topology;
    struct ost_stuff_report report;
    struct ost_band *distance; /* of the kept part, before the cut; mm, negative inside */
    struct ost_grid *extended; /* the density, carried on past the surface */
    double *density;           /* per element, mgHA/cm3 */
    double tip, cut;           /* depth of the most distal point and of the cut plane, mm */
    double layer;              /* mm of cartilage over the joint, which are elements too; 0: none */
    /* Per element; NULL where all is one bone. */
    uint8_t *material; /* enum ost_material */
    struct ost_mixture *mixture;
    struct ost_band *ulna_distance; /* NULL without one */
    double ulna_tip, ulna_cut;
};

/* Of one bone and nothing else, all through. */
static inline bool ost_bone_model_is_bone(const struct ost_bone_model *model, uint32_t tet)
{
    return model->material == NULL ||
           (model->material[tet] == OST_MATERIAL_BONE && model->mixture[tet].bone == 1.0);
}

/* How deep it goes from the anatomy's origin to where it is held, mm, and which nodes are. */
OST_MUST_CHECK
bool ost_bone_model_held(const struct ost_bone_model *model, const struct ost_study_bone *bone,
                         const struct ost_study *study, uint8_t *held, struct ost_err *err);

OST_MUST_CHECK
bool ost_bone_model_create(const struct ost_study_bone *bone, const struct ost_study *study,
                           const struct ost_progress *progress, struct ost_bone_model **out,
                           struct ost_err *err);
void ost_bone_model_destroy(struct ost_bone_model *model); /* NULL is fine */
OST_AUTO_DEFINE(ost_bone_model);

/* What is reported of the radius' density, by depth from the joint surface's middle. */
enum ost_bmd_region {
    OST_BMD_DISTAL_30,   /* all to 30 mm, the styloid with it */
    OST_BMD_ULTRADISTAL, /* 2 to 17 mm */
    OST_BMD_METAPHYSIS,  /* 30 to 50 mm */
    OST_BMD_THIRD,       /* 20 mm about a third of the bone's length from its tip */
    OST_BMD_REGIONS
};
/* How long a region is along the axis, mm. */
double ost_bmd_region_length(enum ost_bmd_region region);
const char *ost_bmd_region_name(enum ost_bmd_region region); /* "radius_distal_30" */

/*
 * `shift` NULL: as it is. Fails with OST_INVALID where the meshed part does not reach the
 * region.
 */
OST_MUST_CHECK
bool ost_bone_model_region(const struct ost_bone_model *model, const struct ost_study_bone *bone,
                           enum ost_bmd_region region, const struct ost_density_shift *shift,
                           struct ost_region *out, struct ost_err *err);

OST_C_END

#endif
