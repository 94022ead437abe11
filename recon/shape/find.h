/*
 * From films to an arm, by itself: where it is on each film, which way it is turned,
 * its shape, one break of the radius, and how sure all of that is. See fit.h for the
 * method. The spread is Laplace's: the inverse of the normal equations at the best
 * state (MacKay 2003, chapter 27), widened by `ost_find_widen` because contour errors
 * are alike over longer stretches than the equations believe.
 */
#ifndef OST_SHAPE_FIND_H
#define OST_SHAPE_FIND_H

#include "recon/shape/anatomy.h"
#include "recon/shape/fit.h"
#include "recon/shape/predictor.h"

OST_C_BEGIN

static const double ost_find_widen = 1.6; /* on every standard deviation */

/* By so much of its cost the other side must fit better than the stated one to be told. */
static const double ost_find_side_margin = 0.05;

/*
 * Films that the networks read worse than this are unlike adult wrists, and searched: simulated
 * adults are read with a doubt of 1.2 to 2.8 mm, real films of children and of a hand in the
 * beam's rim with up to 4.4.
 */
static const double ost_find_doubtful_mm = 2.9;

/* The clinical numbers a fit is asked for, degrees and mm. */
enum ost_find_number {
    OST_FIND_TILT,
    OST_FIND_INCLINATION,
    OST_FIND_HEIGHT,
    OST_FIND_VARIANCE,
    OST_FIND_NUMBERS
};

/* Another end that explains the films nearly as well, where its numbers lie well apart. */
struct ost_find_rival {
    bool present;
    double number[OST_FIND_NUMBERS];
};

struct ost_find_contour {
    double mean, p95, share, shifted_mean, shifted_share; /* mm at the bone; see edge.h */
};

struct ost_find {
    struct ost_arm arm; /* world: the cameras' where they were given, else the first view's axes */
    struct ost_anatomy anatomy; /* of the radius as it is now, in the world */
    size_t view_count;
    struct ost_camera camera[OST_FIT_VIEWS];
    struct ost_find_contour contour[OST_FIT_VIEWS];
    double side_cost[OST_SIDES]; /* of each side tried; smaller is better, 0 where it was not */
    double residual_mm;          /* mean outline to edge over the views */
    bool swapped;                /* the films' labels were exchanged: they fit clearly better so */
    /* What the networks make one doubt, all zero without them: */
    double doubt; /* spread of the near points on the worst film, mm: large where no adult arm is */
    double off_sd;  /* how badly one arm explains the points of all films, in spreads */
    double cut_off; /* greatest share of the near points beyond the rim of a film */
    int conflicts;  /* films that look like the other arm, or were taken from the other side */
    /* The deepest line across the distal radius, on the film where it shows least: physis.h. Where
     * it is sure to be a growth plate the arm is barely fitted. */
    double plate;
    float *sd[OST_BONES]; /* owned; per vertex, mm */
    double landmark_sd[OST_LANDMARKS];
    double number_sd[OST_FIND_NUMBERS], length_sd;    /* degrees, mm */
    struct ost_find_rival rival;                      /* 1.96 of those hold its numbers too */
    double fragment_turn_sd[3], fragment_shift_sd[3]; /* degrees, mm; zero where it is whole */
    double angle_between_views, angle_sd;             /* degrees */
    /* Of each frame: by how much further than on the first film the forearm is pronated; degrees.
     */
    uint32_t frames;
    double pronated[OST_ARM_FRAMES], pronated_sd[OST_ARM_FRAMES];
};

/*
 * `side` UNKNOWN takes the better of both; else both are tried all the same and their
 * costs told, and the stated one is kept. A film said to be of a left arm gives what the
 * same film in a mirror, said to be of a right one, gives: in a mirror. `healthy`: the arm is
 * said to be whole, so that only a plain break is told. With a `predictor` (opened on this
 * prior) the fit begins from what it reads, in seconds; with NULL, and where it reads a
 * film badly, from a search of the films, which takes ten times as long. Fails with OST_NOT_FOUND
 * where no forearm is found.
 */
OST_MUST_CHECK
bool ost_find_create(const struct ost_prior *prior, struct ost_predictor *predictor,
                     const struct ost_fit_film *film, size_t count, enum ost_side side,
                     bool healthy, const struct ost_progress *progress, struct ost_find **out,
                     struct ost_err *err);
void ost_find_destroy(struct ost_find *find); /* NULL is fine */

/* What the networks alone make of films, before any fit; as in struct ost_find. */
struct ost_find_doubts {
    double doubt, off_sd, cut_off, plate;
    int conflicts;
    bool swapped;
};

/* A second's work in place of a fit's. Films of an UNKNOWN side are taken as of a right arm. */
OST_MUST_CHECK
bool ost_find_doubt(const struct ost_prior *prior, struct ost_predictor *predictor,
                    const struct ost_fit_film *film, size_t count, enum ost_side side,
                    struct ost_find_doubts *out, struct ost_err *err);
OST_AUTO_DEFINE(ost_find);

OST_C_END

#endif
