#include "recon/base/progress.h"

static double span_begin(const struct ost_progress *p)
{
    return p->end > p->begin ? p->begin : 0.0;
}

static double span_end(const struct ost_progress *p)
{
    return p->end > p->begin ? p->end : 1.0;
}

bool ost_progress_step(const struct ost_progress *progress, double fraction, const char *stage,
                       struct ost_err *err)
{
    if (progress == NULL || progress->report == NULL)
        return true;
    double begin = span_begin(progress);
    double at = begin + fraction * (span_end(progress) - begin);
    if (!progress->report(progress->user, at, stage))
        return ost_fail(err, OST_CANCELLED, "stopped at %s", stage);
    return true;
}

struct ost_progress ost_progress_part(const struct ost_progress *progress, double begin, double end)
{
    struct ost_progress part = {0};
    if (progress == NULL)
        return part;
    double from = span_begin(progress);
    double length = span_end(progress) - from;
    part = *progress;
    part.begin = from + begin * length;
    part.end = from + end * length;
    return part;
}
