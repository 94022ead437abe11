/*
 * Finding the forearm on a film nobody has pointed at: silhouettes of the mean arm,
 * at every roll, laid over the film's coarse slopes at every place.
 *
 * Only the way the slopes point counts (Steger 2002), so the film's gain does not
 * matter. On one film a left arm looks like the right one seen from the other side:
 * poses are given for a right arm, and ost_seek_mirror() gives the left arm's.
 */
#ifndef OST_SHAPE_SEEK_H
#define OST_SHAPE_SEEK_H

#include "recon/shape/prior.h"
#include "recon/shape/scan.h"

OST_C_BEGIN

/* A guess. The rotation takes the model's axes to the camera's. */
struct ost_seek_guess {
    double score;         /* 1: every border point on a slope that points the right way */
    double pixel[2];      /* of the model's origin, on the film */
    double pixels_per_mm; /* at the arm, for an arm of mean size */
    double rotation[9];   /* column-major, proper */
    double roll;          /* rad; 0: a right arm's back towards the source */
    double turn;          /* rad; in the film, 0: hand up */
    double spin;          /* of the ulna about itself, in SDs of the prior's joint[0] */
};

/* How far the ulna is turned in the arms that are laid over a film. */
enum { OST_SEEK_SPINS = 3 };
extern const double ost_seek_spin[OST_SEEK_SPINS];

/* The mean arm's borders at every roll, tilt and spin: made once for a prior. */
struct ost_seek_borders;
OST_MUST_CHECK
bool ost_seek_borders_create(const struct ost_prior *prior, struct ost_seek_borders **out,
                             struct ost_err *err);
void ost_seek_borders_destroy(struct ost_seek_borders *borders); /* NULL is fine */
OST_AUTO_DEFINE(ost_seek_borders);

/* One film's coarse directions of slope. */
struct ost_seek_map;
OST_MUST_CHECK
bool ost_seek_map_create(const struct ost_scan *scan, struct ost_seek_map **out,
                         struct ost_err *err);
void ost_seek_map_destroy(struct ost_seek_map *map); /* NULL is fine */
OST_AUTO_DEFINE(ost_seek_map);

struct ost_seek_options {
    double scale_low, scale_high; /* sizes on the film to try, times the scan's own scale */
    uint32_t most;                /* guesses wanted */
};

/*
 * Writes at most options->most guesses, best first, no two of them alike, and how
 * many there are. Runs on all cores; equal films give equal guesses.
 */
OST_MUST_CHECK
bool ost_seek(const struct ost_seek_borders *borders, const struct ost_seek_map *map,
              const struct ost_seek_options *options, struct ost_seek_guess *out, uint32_t *count,
              struct ost_err *err);

/*
 * The score of one pose of a right arm: rotation, pixel and pixels_per_mm are read,
 * `spin` is rounded to one of those there are.
 */
double ost_seek_score(const struct ost_seek_borders *borders, const struct ost_seek_map *map,
                      const struct ost_seek_guess *guess);

/*
 * The rotation under which a left arm (the model mirrored, x -> -x) looks like a right
 * one with `from`, and the other way.
 */
void ost_seek_mirror(const double from[9], double to[9]);

OST_C_END

#endif
