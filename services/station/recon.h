/*
 * Films to bones: reads CASE/case.json and its films, fits the shape prior and writes
 * CASE/result. The same case and the same model give the same bytes.
 */
#ifndef OST_STATION_RECON_H
#define OST_STATION_RECON_H

#include "recon/base/progress.h"

OST_C_BEGIN

struct ost_station_recon_options {
    const char *model; /* path of the prior's .ostm file; the networks beside it are used too */
    bool searched;     /* without networks: the films are searched for the arm */
};

/* What a caller reports without reading the result again. */
struct ost_station_recon_done {
    bool converged; /* the residual is within its limit; where not, a result is written all the same
                     */
    double residual_mm, limit_mm;
};

OST_MUST_CHECK
bool ost_station_recon(const char *case_dir, const struct ost_station_recon_options *options,
                       const struct ost_progress *progress, struct ost_station_recon_done *done,
                       struct ost_err *err);

OST_C_END

#endif
