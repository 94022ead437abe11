/*
 * For a station: it computes on what was made clean, in a process of its own, and needs the
 * folder of its job, the models, and what the system's libraries read. Everything else that
 * the worker's user could open or reach is given up for good: the secret file, the blobs,
 * the database, other processes. Landlock is taken as far as the kernel has it; the system
 * call filter is not optional.
 */
#ifndef OST_SANDBOX_FENCE_H
#define OST_SANDBOX_FENCE_H

#include "recon/base/err.h"

OST_C_BEGIN

struct ost_fence {
    const char *work;   /* folder to read and write in */
    const char *models; /* folder to read from */
};

/*
 * From here on: no file outside, no socket, no other program, no process of its own, no look
 * into, signal to or limit of another process, none of root's powers but those over files
 * (EPERM, EACCES); threads as before. OST_UNAVAILABLE where it cannot be closed.
 */
OST_MUST_CHECK bool ost_fence_close(const struct ost_fence *fence, struct ost_err *err);

OST_C_END

#endif
