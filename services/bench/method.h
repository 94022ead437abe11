/*
 * The ladder: ways from films to bones, from none at all up to the one that ships. A way more
 * is one function and one row of the table in method.c.
 */
#ifndef OST_BENCH_METHOD_H
#define OST_BENCH_METHOD_H

#include "recon/shape/find.h"
#include "services/bench/subject.h"

OST_C_BEGIN

/* What a way says of a case. Bones of the prior's topology, in any space. */
struct ost_bench_answer {
    struct ost_mesh *bone[OST_BONES]; /* owned */
    float *sd[OST_BONES];             /* owned; per vertex, mm; NULL where none is told */
    bool placed;                      /* in the cameras' world, which the case gave */
    bool has_spread;
    double number_sd[OST_FIND_NUMBERS]; /* degrees, mm; where has_spread */
    bool broken;                        /* told to be */
    double residual_mm;                 /* outline to edge; 0 where nobody looked */
    double seconds, peak_mb;            /* of the way alone; of the process while it went */
};

void ost_bench_answer_fini(struct ost_bench_answer *answer); /* twice is fine */

struct ost_bench_method {
    const char *name; /* one word, for --methods and the JSON */
    const char *what; /* for the table */
    bool oracle;      /* it is told something of the truth, which no film tells: a bound */
    bool (*make)(const struct ost_bench_case *kase, struct ost_bench_answer *out,
                 struct ost_err *err);
};

enum { OST_BENCH_METHODS = 4 };
/* Worst first; the last one is what ships. */
const struct ost_bench_method *ost_bench_method(int index);

/*
 * Films to bones by ost_find_create() with `prior`, timed. Other films than a case's can be
 * given, such as real ones.
 */
OST_MUST_CHECK
bool ost_bench_fit(const struct ost_prior *prior, const struct ost_fit_film *film, size_t count,
                   enum ost_side side, struct ost_find **out, double *seconds, double *peak_mb,
                   struct ost_err *err);

/* Its bones and spreads; takes what it needs out of `find`. */
OST_MUST_CHECK
bool ost_bench_answer_of(const struct ost_prior *prior, struct ost_find *find,
                         struct ost_bench_answer *out, struct ost_err *err);

OST_C_END

#endif
