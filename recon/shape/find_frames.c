/*
 * How far the forearm was turned between films: shafts that cross have edges alike wherever the
 * ulna lies, and a fit that begins as if nothing had been turned may stay at half the way. So the
 * best end is begun once more from every turn a forearm can make, frame by frame.
 */
#include "recon/shape/find_impl.h"

#include <math.h>
#include <string.h>

/* Of the prior's deviations, some thirty degrees each; `near`: as it is already. */
static const double turns[] = {-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0}, near = 0.5;
enum { TURNS = sizeof turns / sizeof turns[0], TRIALS = 2 * TURNS * (OST_ARM_FRAMES - 1) };

/* From where the first frame's joint is, and from the middle of what joints do. */
static int turned(const struct fit_start *from, uint32_t frame, bool middle, struct fit_start *out)
{
    const double first = middle ? 0.0 : from->arm.joint[0], now = from->arm.later[frame - 1][0];
    int count = 0;
    for (int i = 0; i < TURNS; i++) {
        if (!middle && fabs(now - turns[i]) < near)
            continue;
        struct ost_arm *arm = &out[count].arm;
        out[count++] = *from;
        arm->joint[0] = first;
        memcpy(arm->later[frame - 1], arm->joint, sizeof arm->joint);
        arm->later[frame - 1][0] = turns[i];
    }
    return count;
}

bool find_frames(struct find_hunt *h, struct ost_err *err)
{
    if (h->fit.frames < 2)
        return true;
    const struct fit_start from = *find_cheapest(h->ends.end, h->ends.count);
    const struct find_kind kind = {.broken = from.arm.broken};
    struct fit_start trial[TRIALS];
    int count = 0;
    for (uint32_t f = 1; f < h->fit.frames; f++) {
        count += turned(&from, f, false, trial + count);
        if (fabs(from.arm.joint[0]) > near)
            count += turned(&from, f, true, trial + count);
    }
    return find_try(h, trial, count, &kind, FIND_TURNED, err);
}
