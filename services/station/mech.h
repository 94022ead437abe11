/*
 * Density and mechanics of a case: from the fitted radius and its density to elements,
 * mineral per region, and the stress of a study. Reads CASE/result; adds to it
 *   bmd.json            densities per region, each with its interval
 *   fem.json            the study, the solve and its figures
 *   radius.vtu          the elements with all fields, for ParaView
 *   radius_stress.pdf   the same stress as a page to print, on the page's own colours
 *   radius_fields.glb   the surface for the page: density as the mean of the outer 3 mm,
 *                       von Mises stress and displacement
 *   joint.json          the joint surface: density and stress in one frame, their centres and
 *                       correlation, and the contact of two carpals over a sweep of tilts
 *   joint_shift.json    with `against`: centres and means beside another case's
 *   tilt_sweep.json     with `sweep_only`: the contact from 20 to -30 degrees of volar tilt
 * With `planned` the bone of CASE/plan.json takes the radius' place: planned_bmd.json,
 * planned_fem.json and so on, and with `compare`
 *   compare.json        before, planned and, with `against`, the other side on one scale
 * Another bone of a segmentation, `bone`: NAME.bmd.json, NAME.fem.json, NAME.vtu and
 * NAME_fields.glb, pressed between its ends.
 * Equal inputs give equal files: what the seconds were stands in the summary only.
 */
#ifndef OST_STATION_MECH_H
#define OST_STATION_MECH_H

#include "recon/base/progress.h"

#include <stdint.h>

OST_C_BEGIN

/*
 * Where our own does not converge, MUMPS' factors are asked for, if osteon-fem-mpi is there and
 * the problem small enough; fem.json then says so.
 */
enum ost_mech_engine {
    OST_MECH_OWN,
    OST_MECH_PETSC,   /* its smoothed aggregation */
    OST_MECH_LATTICE, /* PETSc with the levels of our own */
    OST_MECH_DIRECT,  /* MUMPS' factors, through PETSc */
    OST_MECH_ENGINES
};
const char *ost_mech_engine_name(enum ost_mech_engine engine); /* "own" */

struct ost_station_mech_summary {
    bool converged;
    double contact_ms;                   /* a pose of the tilt sweep; 0 where there was none */
    double model_seconds, solve_seconds; /* mesh and density; all solves and their stress */
};

struct ost_station_mech_options {
    const char *study;   /* path of a study file; NULL: axial, or compression of a bone */
    const char *bone;    /* as segment.json names it; NULL: the radius */
    const char *against; /* a case that has been through this station; NULL: none */
    const char *sex;     /* "female", "male" or NULL: for a T-score */
    bool planned;        /* the bone as CASE/plan.json leaves it */
    bool compare;        /* with `planned`: compare.json, beside what stands in result/ already */
    bool density_only;   /* bmd.json and nothing else */
    bool sweep_only;     /* tilt_sweep.json and nothing else */
    bool no_interval;    /* one solve instead of three: the peak stress without its span */
    enum ost_mech_engine engine;
    uint32_t ranks;        /* of PETSc; 0 counts as 1 */
    uint64_t memory_bytes; /* for a solve by our engine; 0: what the machine has to give */
    struct ost_station_mech_summary *summary; /* filled where not NULL */
};

/* Not converging is no error: fem.json says so, and the summary. */
OST_MUST_CHECK
bool ost_station_mech(const char *case_dir, const struct ost_station_mech_options *options,
                      const struct ost_progress *progress, struct ost_err *err);

OST_C_END

#endif
