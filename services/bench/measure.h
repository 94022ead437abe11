/*
 * How far a reconstruction lies from a truth, region by region: as it lies, and laid on the
 * truth without change of size. The truth may be any surface: of another topology, open where
 * it was cut, a part of the bone.
 */
#ifndef OST_BENCH_MEASURE_H
#define OST_BENCH_MEASURE_H

#include "recon/mesh/compare.h"
#include "recon/shape/region.h"

OST_C_BEGIN

struct ost_bench_pair {
    enum ost_bone bone;
    const struct ost_mesh *result, *truth; /* borrowed */
};

/*
 * Every distance as ost_compare_by_region() defines it, 0.5 mm between samples, 5 mm left out
 * at each cut of either. A region without points has counts of zero.
 */
struct ost_bench_distances {
    struct ost_compare_result raw[OST_REGIONS]; /* as they lie; zero where that was not asked */
    struct ost_compare_result icp[OST_REGIONS];
    struct ost_rigid motion; /* result -> truth, by what is shown */
    struct ost_rigid whole;  /* result -> truth, by all there is */
    bool settled;
};

/*
 * One bone, or several that move as one body. `icp` of the whole is laid by all there is; of the
 * other regions by the part of the truth that all films show (by all there is where nothing is
 * shown), since nobody can see the rest. Both ways, and what lies nearest to where a surface was
 * cut does not count. `frame` is in the truth's space. Without a start, far places and other spaces
 * are no matter: the search for the motion is global.
 */
struct ost_bench_way {
    bool placed;                   /* both are in one world: as they lie means something */
    const struct ost_rigid *start; /* result -> truth, roughly; NULL: not known */
};
OST_MUST_CHECK
bool ost_bench_measure(const struct ost_bench_pair *pair, size_t count,
                       const struct ost_region_frame *frame, const struct ost_bench_way *way,
                       struct ost_bench_distances *out, struct ost_err *err);

/*
 * The motion that lays `result` on `truth`, either of which may be a piece, open where it ends;
 * from `start`, or wherever they lie where it is NULL.
 */
OST_MUST_CHECK
bool ost_bench_lay(const struct ost_mesh *result, const struct ost_mesh *truth,
                   const struct ost_rigid *start, struct ost_rigid *out, bool *settled,
                   struct ost_err *err);

OST_C_END

#endif
