/*
 * What a job's process is told: one block of plain data, given from worker to child through
 * a file in memory. The child is another start of the same program, so that nothing of the
 * worker's memory or environment is there to be found: neither keys nor passwords.
 */
#ifndef OST_PIPELINE_ERRAND_IMPL_H
#define OST_PIPELINE_ERRAND_IMPL_H

#include "services/pipeline/pipeline.h"

enum { OST_ERRAND_PATH = 2048 };

/* As it lies in the file; `work` without its pointers but to what stands beside it. */
struct ost_errand {
    uint64_t size; /* of this struct: another program's would differ */
    struct ost_work work;
    struct ost_job job; /* without its input */
    struct ost_config_worker config;
    char model[OST_ERRAND_PATH], work_dir[OST_ERRAND_PATH];
};

/* A file in memory with the errand in it, closed on exec; the caller closes it. */
OST_MUST_CHECK
bool ost_errand_write(const struct ost_work *work, int *fd, struct ost_err *err);

/* Fills `out` and sets the pointers inside it. */
OST_MUST_CHECK bool ost_errand_read(int fd, struct ost_errand *out, struct ost_err *err);

/*
 * The environment without what is ours and the database's: OSTEON_..., PG... A list of
 * borrowed texts with NULL at its end, to be freed; NULL without memory.
 */
char **ost_errand_environment(void);

#endif
