/* Programs of other people, run to their end: whether they are there, and what they cost. */
#ifndef OST_BENCH_PEER_H
#define OST_BENCH_PEER_H

#include "recon/base/err.h"

OST_C_BEGIN

struct ost_bench_peer_cost {
    double wall_s, cpu_s; /* of the program and all it started, on one thread */
};

/*
 * Runs argv[0], found as a shell would, in `folder`, what it says going to the file `said`
 * there; NULL for `cost` where nobody asks. OST_UNAVAILABLE where it is not installed
 * or ends other than by exit 0 or `also`, OST_LIMIT past `limit_s` of the processor.
 */
OST_MUST_CHECK
bool ost_bench_peer_run(const char *folder, const char *const *argv, int also, double limit_s,
                        struct ost_bench_peer_cost *cost, struct ost_err *err);

/* Removes `said` and what else it left in its folder, and the folder. */
void ost_bench_peer_clean(const char *folder, const char *const *left, size_t count);

/* Whether it starts: `flag` is what makes it say its version. */
bool ost_bench_peer_there(const char *program, const char *flag);

OST_C_END

#endif
