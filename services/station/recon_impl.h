/* What the writers of a reconstruction share. */
#ifndef OST_STATION_RECON_IMPL_H
#define OST_STATION_RECON_IMPL_H

#include "recon/image/grid.h"
#include "services/station/recon_write.h"

/* The film with both bones' outlines, and the outlines as JSON: names->overlay and outline. */
OST_MUST_CHECK
bool ost_recon_write_overlay(const char *case_dir, const struct ost_recon_view *view,
                             bool simulated, const struct ost_mesh *const bone[OST_BONES],
                             const struct ost_result_view *names, struct ost_err *err);

/* CASE/result/STEM.stl and .glb, with 1 SD in mm at every vertex. */
OST_MUST_CHECK
bool ost_recon_write_surface(const char *case_dir, const char *stem, const struct ost_mesh *mesh,
                             const float *sd, struct ost_err *err);

/* What a result says of views; `whose` goes before the names of their files. */
void ost_recon_describe_views(const struct ost_recon_view *view, size_t count, const char *whose,
                              struct ost_result_view *out);

/* The clinical numbers of two bones of one arm, by recon/shape/anatomy.h. */
void ost_recon_measure(const struct ost_prior *prior, bool left,
                       const struct ost_mesh *const bone[OST_BONES], const double sd[OST_MEASURES],
                       struct ost_number out[OST_MEASURES]);
struct ost_number ost_recon_number(double value, double sd, const char *unit, const char *how);

/* Above one, or below the other on any film, a person must judge the fit. */
static const double ost_recon_limit_mm = 1.0; /* mean outline to edge */
static const double ost_recon_share = 0.5;    /* of the outline with an edge */

/*
 * The residual a person is shown. What little lies on an edge may lie well: then the share
 * speaks, and the residual is above its limit.
 */
double ost_recon_judge(double mean_mm, double share);

/* Surfaces and pictures of the other arm, and what result.json says of it. */
OST_MUST_CHECK
bool ost_recon_write_other(const char *case_dir, const struct ost_recon_found *found,
                           struct ost_result_other *out, struct ost_err *err);

/*
 * Density of a bone in mgHA/cm3: the cortex at its thickness under the surface,
 * trabecular bone inside, giving way to marrow up the shaft. Distal 110 mm only. With
 * `found->slices` the density of each slice is the films' own, and cortex and trabecular
 * bone keep their ratio within it; between the slices' middles it changes evenly.
 */
OST_MUST_CHECK
bool ost_recon_density(const struct ost_recon_found *found, enum ost_bone which,
                       const struct ost_mesh *bone, struct ost_grid **out, struct ost_err *err);

/*
 * The films taken apart (recon/layers) by the bones that were found and what the case says
 * of its detector: CASE/result/layers/VIEW_STRUCTURE.png, 16 bits, and layers.json with the
 * scale of every picture, the mass of every structure and the radius' densities with their
 * intervals; metal has a picture where there is any. `view` is the case's, in the order of the
 * found views. `found->cortical` and `trabecular` are what is expected before the films are
 * asked. Fills `layers`, and where every film is calibrated `slices`, `cortical`, `trabecular`
 * and `density_how` by the films; where it fails `found` is as it was.
 */
OST_MUST_CHECK
bool ost_recon_layers(const char *case_dir, struct ost_recon_found *found,
                      const struct ost_case_view *view, struct ost_err *err);

#endif
