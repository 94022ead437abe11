#include "tests/sim/sim.h"

#include <inttypes.h>

static const struct {
    const char *name;
    int weight;
    bool server;
} kind[SIM_KINDS] = {
    [SIM_EDIT] = {"edit", 0, false},
    [SIM_FLOOD] = {"flood", 1, false},
    [SIM_AGAIN] = {"again", 24, false},
    [SIM_CUT] = {"cut", 8, false},
    [SIM_HALF] = {"half-open", 5, false},
    [SIM_SLOW] = {"slow reader", 4, false},
    [SIM_HELLO] = {"hello", 4, false},
    [SIM_RIGHTS] = {"rights", 4, false},
    [SIM_CRASH_BEFORE_COMMIT] = {"crash before commit", 4, true},
    [SIM_CRASH_AFTER_COMMIT] = {"crash after commit", 4, true},
    [SIM_CRASH_IN_BROADCAST] = {"crash in broadcast", 4, true},
    [SIM_CRASH_NOW] = {"crash", 3, true},
    [SIM_FREEZE] = {"sleep", 4, true},
    [SIM_CLOCK] = {"clock jump", 3, true},
    [SIM_STORE_REFUSES] = {"store refuses", 3, true},
    [SIM_STORE_FORGETS_TO_ANSWER] = {"store does not answer", 3, true},
    [SIM_DISK_FULL] = {"disk full", 3, true},
    [SIM_STORE_DOWN] = {"store down", 2, true},
};

static enum sim_kind choose_fault(uint64_t *random)
{
    int all = 0;
    for (int i = 0; i < SIM_KINDS; i++)
        all += kind[i].weight;
    int at = sim_below(random, all);
    for (int i = 0; i < SIM_KINDS; i++) {
        at -= kind[i].weight;
        if (at < 0)
            return (enum sim_kind)i;
    }
    return SIM_EDIT;
}

static void sort(struct sim_event *event, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct sim_event one = event[i];
        size_t at = i;
        for (; at > 0 && event[at - 1].at > one.at; at--)
            event[at] = event[at - 1];
        event[at] = one;
    }
}

void sim_script_make(struct sim_script *out, uint64_t seed)
{
    uint64_t random = sim_mix(seed);
    *out = (struct sim_script){.seed = seed};
    out->clients = 2 + sim_below(&random, SIM_CLIENTS - 1);
    out->eager = sim_below(&random, 2) == 0;
    out->most_delay = sim_below(&random, 3) == 0 ? 400 : 40;
    int faults = sim_below(&random, 5) * 5, edits = 20 + sim_below(&random, 120);
    /* Now and then all at once: what collides is where mistakes are. */
    int span = sim_below(&random, 3) == 0 ? SIM_ACTIVE_MS / 8 : SIM_ACTIVE_MS;
    for (int i = 0; i < faults + edits; i++) {
        struct sim_event *event = &out->event[out->count++];
        event->at = 200 + sim_below(&random, span);
        event->kind = i < faults ? choose_fault(&random) : SIM_EDIT;
        event->who = kind[event->kind].server ? sim_below(&random, SIM_SERVERS)
                                              : sim_below(&random, out->clients);
        event->arg = sim_next(&random);
    }
    sort(out->event, out->count);
}

void sim_script_print(const struct sim_script *script, FILE *out)
{
    (void)fprintf(out, "seed %" PRIu64 ": %d clients, %s snapshots, delays to %d ms, %zu events\n",
                  script->seed, script->clients, script->eager ? "eager" : "distant",
                  script->most_delay, script->count);
    for (size_t i = 0; i < script->count; i++) {
        const struct sim_event *event = &script->event[i];
        (void)fprintf(out, "  %6d ms  %s %d: %s %016" PRIx64 "\n", event->at,
                      kind[event->kind].server ? "server" : "client", event->who,
                      kind[event->kind].name, event->arg);
    }
}
