/*
 * Where a fit begins and how it climbs from there: guesses of every film, states to
 * begin from, and the figure that tells the better of two.
 */
#ifndef OST_SHAPE_FIT_START_IMPL_H
#define OST_SHAPE_FIT_START_IMPL_H

#include "recon/shape/fit_impl.h"
#include "recon/shape/seek.h"

OST_C_BEGIN

/* What ost_seek() found on one film. */
enum { FIT_GUESSES = 40, FIT_STARTS = 32 };

struct fit_guesses {
    uint32_t count;
    struct ost_seek_guess guess[FIT_GUESSES];
};

/* All of it: what the films were searched with, and what was found on each. */
struct fit_sight {
    struct ost_seek_borders *borders;        /* owned */
    struct ost_seek_map *map[OST_FIT_VIEWS]; /* owned */
    struct fit_guesses found[OST_FIT_VIEWS];
};

/* A state to begin from. */
struct fit_start {
    struct ost_arm arm;
    const struct fit_readings *read; /* borrowed; what it was made from, NULL: a search */
    bool aloof;
    struct ost_camera camera[OST_FIT_VIEWS];
    double focal_middle[OST_FIT_VIEWS]; /* expected where pixels have no size; 0: the camera's */
    double cost;                        /* smaller is better, within one list */
};

struct fit_starts {
    uint32_t count;
    struct fit_start start[FIT_STARTS];
};

/* Whether every view sees the arm in the same place, within a few mm and degrees. */
bool fit_start_same(const struct fit_start *a, const struct fit_start *b);

/* Keeps it where there is room or it is better than the worst kept; none twice. */
bool fit_start_insert(struct fit_starts *starts, const struct fit_start *s);

/* With cameras: along the axes where the first two films' guesses meet; right, left. */
void fit_start_calibrated(const struct fit *fit, const struct fit_sight *sight,
                          struct fit_starts starts[2]);

/* Without: one guess of each film, where it agrees with the film's projection. */
void fit_start_free(struct fit *fit, const struct fit_sight *sight, bool mirrored,
                    struct fit_starts *out);

/*
 * The better starts of both sides (right, left), each turned to every roll on either
 * side and judged by the whole picture. What is found replaces the lists.
 */
OST_MUST_CHECK
bool fit_start_turn(struct fit *fit, struct fit_starts starts[2], struct ost_err *err);

/* Contours and correlation of the state in one figure; smaller is better. */
OST_MUST_CHECK bool fit_judge(struct fit *fit, double *out, struct ost_err *err);

/* The same by one contour point of so many and a raster of `step_mm`. */
OST_MUST_CHECK
bool fit_judge_by(struct fit *fit, uint32_t every, double step_mm, double *out,
                  struct ost_err *err);

/*
 * Pulls every start onto the films in ever finer steps, at most FIT_STEPS; after all of
 * them one is left, the best. FIT_STEPS_ROUGH leave a few, in shape and place near enough.
 */
enum { FIT_STEPS_ROUGH = 3, FIT_STEPS = 5 };
OST_MUST_CHECK
bool fit_climb(struct fit *fit, int steps, struct fit_starts *starts, struct ost_err *err);
void fit_take_start(struct fit *fit, const struct fit_start *start);
void fit_give_start(const struct fit *fit, struct fit_start *start);

OST_C_END

#endif
