/* What the mech station's files share. */
#ifndef OST_STATION_MECH_IMPL_H
#define OST_STATION_MECH_IMPL_H

#include "fem/study/solve.h"
#include "services/casefile/result.h"
#include "services/station/mech.h"

#include <jansson.h>

/* All that one run of the station holds. */
struct mech {
    const char *case_dir;
    const struct ost_station_mech_options *options;
    struct ost_result *result;
    struct ost_mesh *surface;
    struct ost_grid *density;
    struct ost_study_bone bone;
    struct ost_study study;
    struct ost_bone_model *model;
    struct ost_study_result *answer;
    /* The density at the ends of its interval, and at its strongest contrasts. */
    bool has_interval;
    struct ost_density_shift low, high, contrast[2];
};

/*
 * A study file: keys as in struct ost_study, unknown ones refused.
 *   {"osteon_study":1,"name":"axial","load_n":100,"radius_share":0.8,"scaphoid_share":0.6,
 *    "direction":[0,0,-1],"length_mm":80,"lattice_mm":1.12,"poisson":0.3,
 *    "law":"keyak1998","least_mpa":1,"tolerance":1e-8,"iterations_most":500}
 * Only the first two must be there; what is left out is the axial study's.
 */
OST_MUST_CHECK
bool mech_study_parse(const void *json, size_t len, struct ost_study *out, struct ost_err *err);

OST_MUST_CHECK bool mech_write_bmd(const struct mech *mech, struct ost_err *err);
OST_MUST_CHECK bool mech_write_fem(const struct mech *mech, struct ost_err *err);

/* radius.vtu and radius_fields.glb. */
OST_MUST_CHECK bool mech_write_fields(const struct mech *mech, struct ost_err *err);

#endif
