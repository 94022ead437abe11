/* What the mech station's files share. */
#ifndef OST_STATION_MECH_IMPL_H
#define OST_STATION_MECH_IMPL_H

#include "fem/study/fixation.h"
#include "fem/study/solve.h"
#include "recon/base/buf.h"
#include "recon/plan/plan.h"
#include "services/casefile/result.h"
#include "services/station/mech.h"

#include <jansson.h>

/* Of a bone's files: bytes, and triangles. */
enum {
    OST_MECH_STL_MOST = 64 << 20,
    OST_MECH_NIFTI_MOST = 512 << 20,
    OST_MECH_TRIANGLES_MOST = 1000000
};

/* All that one run of the station holds. */
struct mech {
    const char *case_dir;
    const struct ost_station_mech_options *options;
    struct ost_result *result;
    struct ost_mesh *surface;
    struct ost_grid *density;
    struct ost_study_bone bone;
    struct ost_study study;
    /* What stands beside the bone, or in its place. */
    struct ost_part part[OST_PLATES_MOST + OST_SCREWS_MOST + 1];
    struct ost_opened gap;
    struct ost_fixed *fixed;
    struct ost_grid *distance; /* of the bone, which `fixed` looks at */
    size_t plates, screws;
    bool plan_plates;      /* the plan's own; else one is assumed */
    struct ost_mesh *ulna; /* of a study with it */
    struct ost_grid *ulna_density;
    struct ost_bone_model *model;
    struct ost_study_result *answer;
    const char *name;      /* of the bone: "radius", or as segment.json has it */
    bool other;            /* not the radius */
    double extent;         /* mm along the axis; of another bone */
    char calibration[256]; /* of the density, in words */
    double scale_share;    /* 1 SD of the density's scale; of a CT */
    bool scale_measured;   /* neither assumed nor relative */
    bool metal;            /* in the CT it comes from */
    /* The density at the ends of its interval, and at its strongest contrasts. */
    bool has_interval;
    struct ost_density_shift low, high, contrast[2];
};

/*
 * A study file: keys as in struct ost_study, unknown ones refused.
 *   {"osteon_study":1,"name":"axial","load":"fossae","load_n":100,"radius_share":0.8,
 *    "scaphoid_share":0.6,"direction":[0,0,-1],"moment_nmm":[0,0,1000],"length_mm":80,
 *    "end_mm":12,"held_mm":3,"lattice_mm":1.12,"poisson":0.3,"law":"keyak1998",
 *    "mapping":"v3","least_mpa":1,"tolerance":1e-8,"iterations_most":500,"yield":"none",
 *    "increments":20,"membrane_mm":0,"nodes":4,"coarsen":1,"gap_mpa":0,"fixation":"none",
 *    "implant_mpa":110000,"cartilage_mm":0,"cartilage_mpa":10,"ulna":false}
 * Only the first two must be there; what is left out is the axial study's.
 */
OST_MUST_CHECK
bool mech_study_parse(const void *json, size_t len, struct ost_study *out, struct ost_err *err);

/* The same for a study that is not the axial one where a file leaves something out. */
OST_MUST_CHECK
bool mech_study_amend(const void *json, size_t len, struct ost_study *out, struct ost_err *err);

/* How the density was scaled; from segment.json where there is one. */
void mech_read_calibration(struct mech *mech);

/* Another bone of a segmentation: surface, density, axis, its study and its interval. */
OST_MUST_CHECK bool mech_read_other(struct mech *mech, struct ost_err *err);

/* The plan's bone in the place of the one that was read; OST_INVALID where it plans nothing, or
 * too much. */
OST_MUST_CHECK bool mech_plan_bone(struct mech *mech, struct ost_err *err);

/* What the study has beside a plan's bone; `back` leads from where people moved it to. */
OST_MUST_CHECK
bool mech_fix(struct mech *mech, const struct ost_plan *plan, const struct ost_rigid *back,
              const struct ost_correction *correction, struct ost_err *err);

/* The ulna's surface and density, where the study has it. */
OST_MUST_CHECK bool mech_read_ulna(struct mech *mech, struct ost_err *err);

/* The surface alone; OST_NOT_FOUND where the case has none. */
OST_MUST_CHECK
bool mech_read_ulna_surface(const struct mech *mech, struct ost_mesh **out, struct ost_err *err);

/* A file of CASE/result in `bytes`, which the caller finishes. */
OST_MUST_CHECK
bool mech_read_result_file(const struct mech *mech, const char *file, size_t most,
                           struct ost_buf *bytes, struct ost_err *err);

/* In words what is computed of a plan's bone, or of the bone as it is, and what is left out. */
const char *mech_state_how(const struct mech *mech);

/* Elements, materials and what holds them, into fem.json's `root`. */
OST_MUST_CHECK bool mech_put_materials(const struct mech *mech, json_t *root);

/* Takes `root`; NULL is out of memory. */
OST_MUST_CHECK
bool mech_put_json(const struct mech *mech, const char *name, json_t *root, struct ost_err *err);

/* A file of this bone in result/: as it is for the radius, planned_ before it for the plan's,
 * else NAME and SUFFIX. */
enum { OST_MECH_PATH = 160 };
void mech_file(const struct mech *mech, const char *radius, const char *suffix,
               char out[OST_MECH_PATH]);

/* Who solves; before it does, whether the machine has the memory for it. */
struct ost_engine mech_engine(const struct mech *mech);

/* joint.json; and joint_shift.json beside options->against. */
OST_MUST_CHECK bool mech_write_joint(const struct mech *mech, struct ost_err *err);
OST_MUST_CHECK bool mech_write_shift(const struct mech *mech, struct ost_err *err);

/* What joint.json tells of the distal radioulnar joint; NULL: out of memory. */
json_t *mech_radioulnar_json(const struct mech *mech);

/* compare.json, of a plan's bone: before, planned, and options->against where given. */
OST_MUST_CHECK bool mech_write_compare(const struct mech *mech, struct ost_err *err);

/* tilt_sweep.json: two carpals over many tilts of the joint; needs no answer. */
OST_MUST_CHECK bool mech_write_sweep(const struct mech *mech, struct ost_err *err);

OST_MUST_CHECK bool mech_write_bmd(const struct mech *mech, struct ost_err *err);
OST_MUST_CHECK bool mech_write_fem(const struct mech *mech, struct ost_err *err);

/* The load in steps as a part of fem.json; NULL: out of memory. */
json_t *mech_yield_json(const struct mech *mech);

/* So far that an answer which takes motions for small does not hold there. */
bool mech_moves_far(const struct mech *mech);

/* radius.vtu and radius_fields.glb. */
OST_MUST_CHECK bool mech_write_fields(const struct mech *mech, struct ost_err *err);

#endif
