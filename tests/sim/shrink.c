/* The fewest events that still break the same law, by taking away ever smaller pieces. */
#include "tests/sim/sim.h"

#include <string.h>

static bool breaks(struct sim *sim, const struct sim_script *script, const char *law)
{
    sim_run(sim, script, NULL);
    bool same = sim->broken.failed && strcmp(sim->broken.law, law) == 0;
    sim_end(sim);
    return same;
}

static bool without(struct sim *sim, struct sim_script *script, size_t at, size_t count,
                    const char *law)
{
    struct sim_script less = *script;
    memmove(less.event + at, less.event + at + count,
            (less.count - at - count) * sizeof *less.event);
    less.count -= count;
    if (!breaks(sim, &less, law))
        return false;
    *script = less;
    return true;
}

void sim_shrink(struct sim *sim, struct sim_script *script, const char *law)
{
    bool any = true;
    for (size_t piece = script->count / 2; piece > 0; piece = any && piece == 1 ? 1 : piece / 2) {
        any = false;
        for (size_t at = 0; at + piece <= script->count;) {
            if (without(sim, script, at, piece, law)) {
                any = true;
            } else {
                at += piece;
            }
        }
    }
}
