/* What the parts of ost_find_create() share. */
#ifndef OST_SHAPE_FIND_IMPL_H
#define OST_SHAPE_FIND_IMPL_H

#include "recon/shape/find.h"
#include "recon/shape/fit_predict_impl.h"
#include "recon/shape/fit_start_impl.h"

OST_C_BEGIN

/* Where the fit may have ended as well: other turns, broken or not, worked out as far. */
enum {
    FIND_PLACES = 3,
    FIND_EXCHANGED = 4,
    FIND_TURNED = 3,
    FIND_CLOSER = 10,
    FIND_ENDS = 3 * FIND_PLACES + 4 + FIND_EXCHANGED + FIND_TURNED + FIND_CLOSER
};
struct find_ends {
    size_t count, best;
    double border; /* the least cost on the borders of all that were begun */
    struct fit_start end[FIND_ENDS];
    int from[FIND_ENDS]; /* where each stood in the list that it was worked out of */
};

/* The likely places of the arm on the films, each climbed from alone; the best first. */
struct find_places {
    size_t count;
    struct fit_start start[FIND_PLACES];
};

/* One search, and all it has to hold. */
struct find_reading;
struct find_hunt {
    struct find_reading *reading; /* owned; NULL where the films are searched */
    struct fit fit;
    struct fit_sight sight;
    struct ost_scan *scan[OST_FIT_VIEWS]; /* owned */
    const struct ost_fit_film *film;      /* borrowed */
    size_t count;
    bool calibrated, healthy;
    struct find_ends ends;
};

/* Where the climb came to. */
struct find_way {
    bool swapped; /* with the films' labels exchanged */
    struct find_places places;
    double side_cost[OST_SIDES]; /* 0: not tried */
};

/* The best way of the stated side; the labels are left as it has them. */
OST_MUST_CHECK
bool find_way(struct find_hunt *h, enum ost_side side, const struct ost_progress *progress,
              struct find_way *out, struct ost_err *err);

/*
 * Which place it is, and whether the radius is better explained as broken, much better
 * where the arm is said to be healthy; the state is left at the best end.
 */
OST_MUST_CHECK
bool find_break(struct fit *fit, const struct find_places *places, bool healthy,
                struct find_ends *ends, struct ost_err *err);

/* What the predictor makes of all films, taken as of a right arm: states to begin from. */
enum { FIND_READ_STARTS = 4 };
struct find_reading {
    struct ost_prediction said[OST_FIT_VIEWS];
    struct fit_readings readings; /* of them; the fit looks at it as long as it works */
    bool swapped;                 /* the labels of two films say the opposite of what is read */
    int conflicts;  /* films whose beam is said to go the other way: a mirror, or a wrong label */
    double cost;    /* of the best start by fit_judge(), and of conflicts */
    double off_sd;  /* of the best start: how badly one arm explains what was read on all films */
    double cut_off; /* greatest share of a film's near points that lie beyond its rim */
    double odds;    /* log odds of a break, by all films */
    size_t count;   /* starts, the whole arm first */
    struct fit_start start[FIND_READ_STARTS];
};
OST_MUST_CHECK
bool find_read(struct find_hunt *h, struct ost_predictor *predictor, struct find_reading *out,
               struct ost_err *err);

/* Works the starts out to the end; the state is left at the best, `ends` hold all. */
OST_MUST_CHECK
bool find_settle(struct find_hunt *h, const struct find_reading *reading, struct ost_err *err);

/*
 * Works out the best end once more with radius' and ulna's shafts exchanged on every film where
 * they cross, and appends what comes of it to the ends, FIND_EXCHANGED at most. One of them:
 * `crossed` is false where the shafts lie apart, or over each other, on that film; then nothing is
 * made.
 */
OST_MUST_CHECK
bool find_exchange(struct find_hunt *h, struct ost_err *err);
OST_MUST_CHECK
bool find_exchange_one(struct fit *fit, const struct fit_start *from, size_t view,
                       struct fit_start *out, bool *crossed, struct ost_err *err);

/*
 * Where films are of more than one frame: works the best end out once more from other turns of the
 * forearm, and appends what comes of it to the ends, FIND_TURNED at most.
 */
OST_MUST_CHECK
bool find_frames(struct find_hunt *h, struct ost_err *err);

/*
 * Where films disagree and the best end so far explains them ill: the fragments of the best ends
 * moved, and the arm as each film alone has it; FIND_CLOSER ends at most are appended.
 */
OST_MUST_CHECK
bool find_closer(struct find_hunt *h, const struct find_reading *reading, struct ost_err *err);

/* Pulls starts roughly onto the contours, on all cores, and judges them by the whole picture. */
OST_MUST_CHECK
bool find_rough(struct fit *fit, const struct fit_start *from, int count, struct fit_start *out,
                struct ost_err *err);

/* Turns what is not known: the other films about the arm, or the arm where cameras are given. */
void find_roll(struct fit *fit, double angle);

/* The labels of two films and no more; cameras say more than labels do. */
bool find_may_be_swapped(const struct find_hunt *h);
void find_swap_labels(struct find_hunt *h);

/* The cheapest of a list of one or more. */
const struct fit_start *find_cheapest(const struct fit_start *list, size_t count);

/*
 * Starts once more with the films turned a little about the arm, FIND_ASIDE ways each: pulled
 * roughly, worked out and appended to the ends. At most FIND_BASINS of them.
 */
enum { FIND_ASIDE = 2, FIND_BASINS = 2 };
OST_MUST_CHECK
bool find_again(struct find_hunt *h, const struct fit_start *from, int count, struct ost_err *err);

struct find_kind {
    bool broken;
    double lean; /* rad by which the fragments of any two lean apart */
};

/* The best few of one kind, no two in one place: how many there are. */
int find_finalists(const struct fit_start *all, int count, const struct find_kind *kind, int most,
                   struct fit_start *out);

/*
 * Works out starts on all cores and appends them to the ends, but for those that fall behind on the
 * way, dearer by far than the best; and chooses among all ends.
 */
OST_MUST_CHECK
bool find_work_out(struct fit *fit, const struct fit_start *from, int count, struct find_ends *ends,
                   struct ost_err *err);

/* Pulls trials roughly and works the best few of a kind out: appends them to the ends. */
OST_MUST_CHECK
bool find_try(struct find_hunt *h, const struct fit_start *trial, int count,
              const struct find_kind *kind, int most, struct ost_err *err);
void find_decide(struct fit *fit, bool healthy, double odds, struct find_ends *ends);

/* The sums across a film, row by row (find_profile.c). */
struct find_profile;
OST_MUST_CHECK
bool find_profile_create(const struct ost_scan *scan, struct find_profile **out,
                         struct ost_err *err);
void find_profile_destroy(struct find_profile *profile); /* NULL is fine */

/* -1..1: how alike two films' sums are about a row of each, both with the hand up. */
double find_profile_match(const struct find_profile *a, double row_a, const struct find_profile *b,
                          double row_b);

/*
 * Without cameras: the first film alone gives the arm as far as it can, then every other
 * film is searched for it. Starts of one side, the better ones first.
 */
OST_MUST_CHECK
bool find_land(struct fit *fit, const struct fit_sight *sight, bool mirrored,
               struct fit_starts *out, struct ost_err *err);

/* Films of a left arm as films of a right one, and what was found on those, back. */
struct find_mirror {
    size_t count;
    struct ost_image *image[OST_FIT_VIEWS]; /* owned */
    struct ost_fit_film film[OST_FIT_VIEWS];
};
OST_MUST_CHECK
bool find_mirror_films(struct find_mirror *mirror, const struct ost_fit_film *film, size_t count,
                       struct ost_err *err);
void find_mirror_fini(struct find_mirror *mirror);
void find_mirror_back(struct ost_find *find);

/*
 * Fills every standard deviation of `out` from the state, and what the other ends say
 * of the numbers: where they fit nearly as well the truth may lie there.
 */
OST_MUST_CHECK
bool find_spread(struct fit *fit, const struct find_ends *ends, struct ost_find *out,
                 struct ost_err *err);

OST_C_END

#endif
