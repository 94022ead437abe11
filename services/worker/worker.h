/* `osteon worker`: takes jobs from the queue and does them, one at a time per process. */
#ifndef OST_WORKER_WORKER_H
#define OST_WORKER_WORKER_H

#include "services/config/config.h"
#include "services/pipeline/pipeline.h"

OST_C_BEGIN

/*
 * Until SIGTERM or SIGINT, which it handles: the job at hand is given back. Waits for
 * a database that is away; fails where the database or the store is unfit.
 */
OST_MUST_CHECK
bool ost_worker_run(const struct ost_config *config, const struct ost_work_kind *const *kinds,
                    struct ost_err *err);

int ost_worker_command(int argc, char **argv);

OST_C_END

#endif
