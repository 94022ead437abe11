/*
 * How a long pure function tells where it is and learns that it should stop.
 * NULL is a caller who does not care.
 */
#ifndef OST_BASE_PROGRESS_H
#define OST_BASE_PROGRESS_H

#include "recon/base/err.h"

OST_C_BEGIN

struct ost_progress {
    /* `fraction` in 0..1, `stage` a static word; returning false asks to stop. */
    bool (*report)(void *user, double fraction, const char *stage);
    void *user;        /* borrowed */
    double begin, end; /* the part of 0..1 this work fills; 0,0 means 0..1 */
};

/* Fails with OST_CANCELLED when the caller asks to stop. */
OST_MUST_CHECK
bool ost_progress_step(const struct ost_progress *progress, double fraction, const char *stage,
                       struct ost_err *err);

/* The same caller, told about a part of the work from `begin` to `end` of it. */
struct ost_progress ost_progress_part(const struct ost_progress *progress, double begin,
                                      double end);

OST_C_END

#endif
