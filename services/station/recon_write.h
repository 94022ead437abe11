/*
 * CASE/result of a reconstruction: surfaces, uncertainty, overlays, density grids and
 * result.json, from the arm a fit found. The same arm gives the same bytes. Density,
 * stress, guide and report of an earlier arm are removed; the plan is people's and stays.
 */
#ifndef OST_STATION_RECON_WRITE_H
#define OST_STATION_RECON_WRITE_H

#include "recon/base/progress.h"
#include "recon/image/image.h"
#include "recon/shape/arm.h"
#include "services/casefile/result.h"
#include "services/station/recon_target.h"

OST_C_BEGIN

struct ost_recon_view {
    const char *image;            /* as case.json names it; borrowed */
    const struct ost_image *film; /* as stored; borrowed */
    enum ost_projection projection;
    double spacing; /* mm at the detector */
    enum ost_spacing_how spacing_how;
    struct ost_camera camera; /* as found; its world is the result's frame */
    struct ost_result_contour contour;
    /* Where that is not the first: the moment, the ulna then (borrowed), and by how much further
     * the forearm was pronated: degrees, 1 SD. */
    uint32_t frame;
    const struct ost_mesh *ulna;
    double pronated, pronated_sd;
};

/* The patient's other arm, by a fit of its own. */
struct ost_recon_other {
    struct ost_arm arm; /* in a frame of its own */
    size_t view_count;
    struct ost_recon_view view[OST_CASE_VIEWS];
    const float *sd[OST_BONES];
    double measure_sd[OST_MEASURES];
    double residual;                       /* mm */
    const struct ost_recon_target *target; /* NULL: it does not serve as the target */
};

/* Where the radius is cut: at its break, else where it is usually cut. mm of the model. */
double ost_recon_cut(const struct ost_arm *arm);

/* Mean densities of a bone's slices across the radius' axis, as calibrated films have them. */
enum { OST_RECON_SLICES = 12 };
struct ost_recon_slices {
    bool present;                                /* else no film is calibrated */
    double density[OST_BONES][OST_RECON_SLICES]; /* mgHA/cm3; 0 where no film shows the slice */
};
static const double ost_recon_slice_low = -10.0; /* mm proximal of the joint's middle */
static const double ost_recon_slice_mm = 10.0;

/* What is borrowed lives as long as the call. */
struct ost_recon_found {
    const struct ost_prior *prior;
    const char *model_name; /* the model's file name */
    struct ost_arm arm;     /* in the result's frame */
    /* The bones in the prior's topology, where they are known better than by the arm; else NULL. */
    const struct ost_mesh *laid[OST_BONES];
    size_t view_count;
    struct ost_recon_view view[OST_CASE_VIEWS];
    const float *sd[OST_BONES]; /* per vertex of the prior's bone, mm, 1 SD */
    double landmark_sd[OST_LANDMARKS];
    double measure_sd[OST_MEASURES];          /* degrees, mm */
    double rotation_sd[3], translation_sd[3]; /* of the target: degrees, mm */
    double angle_between_views, angle_sd;     /* degrees; 0 with one view */
    bool simulated, in_world, side_stated;
    bool side_tried[OST_SIDES];
    double side_misfit[OST_SIDES];     /* a cost without unit; less is better */
    double cortex_factor;              /* on the prior's cortical thickness */
    double cortical[2], trabecular[2]; /* mgHA/cm3: value, SD */
    /* "relative": expected; "wedge", "linear", "raw": the films', by `slices`; CT has its own. */
    const char *density_how;
    struct ost_recon_slices slices;
    struct ost_result_reading second;
    struct ost_result_layers layers;     /* view_count 0 where the films were not taken apart */
    double residual, residual_limit;     /* mm */
    const struct ost_recon_other *other; /* NULL where it was not filmed or not found */
    size_t warning_count;
    struct ost_result_warning warning[OST_RESULT_WARNINGS];
};

OST_MUST_CHECK
bool ost_recon_write(const char *case_dir, const struct ost_recon_found *found,
                     const struct ost_progress *progress, struct ost_err *err);

OST_C_END

#endif
