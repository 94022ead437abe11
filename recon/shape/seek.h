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
};

struct ost_seek_options {
    double scale_low, scale_high; /* sizes on the film to try, times the scan's own scale */
    uint32_t most;                /* guesses wanted */
};

/*
 * Writes at most options->most guesses, best first, no two of them alike, and how
 * many there are. Runs on all cores; equal films give equal guesses.
 */
OST_MUST_CHECK
bool ost_seek(const struct ost_prior *prior, const struct ost_scan *scan,
              const struct ost_seek_options *options, struct ost_seek_guess *out, uint32_t *count,
              struct ost_err *err);

/* The rotation under which a left arm (the model mirrored, x -> -x) looks the same. */
void ost_seek_mirror(const double right[9], double left[9]);

OST_C_END

#endif
