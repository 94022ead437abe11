/*
 * The ladder: ways from films to bones, from none at all up to the one that ships. A way more
 * is one function and one row of the table in method.c.
 */
#ifndef OST_BENCH_METHOD_H
#define OST_BENCH_METHOD_H

#include "recon/shape/find.h"
#include "recon/shape/predictor.h"
#include "services/bench/subject.h"

OST_C_BEGIN

/* Who reads films: a prior, and the networks that give a start (NULL: films are searched). */
struct ost_bench_reader {
    const struct ost_prior *prior;   /* borrowed, as the other */
    struct ost_predictor *predictor; /* opened on this prior */
};

struct ost_bench_cost {
    double seconds, peak_mb;
};

/* What a way says of a case. Bones of the prior's topology (or foreign), in any space. */
struct ost_bench_answer {
    struct ost_mesh *bone[OST_BONES]; /* owned */
    float *sd[OST_BONES];             /* owned; per vertex, mm; NULL where none is told */
    /* Of any topology, maybe cut; `start` lays it near the truth. Nothing but distances is
     * measured.
     */
    bool foreign;
    struct ost_rigid start;
    bool placed; /* in the cameras' world, which the case gave */
    bool has_spread;
    double number_sd[OST_FIND_NUMBERS]; /* degrees, mm; where has_spread */
    bool broken;                        /* told to be */
    double residual_mm;                 /* outline to edge; 0 where nobody looked */
    struct ost_bench_cost cost;         /* of the way alone; of the process while it went */
};

void ost_bench_answer_fini(struct ost_bench_answer *answer); /* twice is fine */

struct ost_bench_method {
    const char *name; /* one word, for --methods and the JSON */
    const char *what; /* for the table */
    bool oracle;      /* it is told something of the truth, which no film tells: a bound */
    bool (*make)(const struct ost_bench_case *kase, struct ost_bench_answer *out,
                 struct ost_err *err);
};

enum { OST_BENCH_METHODS = 7, OST_BENCH_TL = 3, OST_BENCH_SEARCH = OST_BENCH_METHODS - 2 };
/* The last one is what ships; from TL on the baselines in the order of enum ost_tl_recipe, SEARCH
 * the same without the networks' start. */
const struct ost_bench_method *ost_bench_method(int index);

/* A published T-L network's bones; OST_UNAVAILABLE where the case has none of that recipe. */
OST_MUST_CHECK
bool ost_bench_tl(const struct ost_bench_case *kase, enum ost_tl_recipe recipe,
                  struct ost_bench_answer *out, struct ost_err *err);

/* Films to bones by ost_find_create(), timed. Real films can be given as well. */
OST_MUST_CHECK
bool ost_bench_fit(const struct ost_bench_reader *reader, const struct ost_fit_film *film,
                   size_t count, enum ost_side side, struct ost_find **out,
                   struct ost_bench_cost *cost, struct ost_err *err);

/* Its bones and spreads; takes what it needs out of `find`. */
OST_MUST_CHECK
bool ost_bench_answer_of(const struct ost_prior *prior, struct ost_find *find,
                         struct ost_bench_answer *out, struct ost_err *err);

OST_C_END

#endif
