/* The child that computes, and how it is watched. */
#ifndef OST_PIPELINE_CHILD_IMPL_H
#define OST_PIPELINE_CHILD_IMPL_H

#include "services/pipeline/pipeline.h"

enum ost_watch {
    OST_WATCH_DONE,    /* the folder has the result */
    OST_WATCH_FAILED,  /* `why` says */
    OST_WATCH_LOST,    /* the lease went to somebody else */
    OST_WATCH_STOPPED, /* this worker is to end */
};

/* Runs the kind's function in a process of its own, renews the lease meanwhile, returns when it is
 * over. */
enum ost_watch ost_child_run(const struct ost_pipeline *pipeline, const struct ost_work *work,
                             struct ost_err *why);

#endif
