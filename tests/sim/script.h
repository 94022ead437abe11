/*
 * What is going to happen: drawn from a seed at once, so that events can be taken away
 * from it afterwards.
 */
#ifndef OST_TESTS_SIM_SCRIPT_H
#define OST_TESTS_SIM_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { SIM_EVENTS = 256 };

/* splitmix64 (Steele, Lea, Flood 2014): one number from another, or a stream. */
static inline uint64_t sim_mix(uint64_t z)
{
    z += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static inline uint64_t sim_next(uint64_t *state)
{
    *state += 0x9e3779b97f4a7c15u;
    return sim_mix(*state);
}

static inline int sim_below(uint64_t *state, int most)
{
    return (int)(sim_next(state) % (uint64_t)most);
}

enum sim_kind {
    SIM_EDIT,  /* a client edits */
    SIM_FLOOD, /* a client edits more than it may in a moment */
    SIM_AGAIN, /* a client sends something again that it has sent before */
    SIM_CUT,   /* a socket ends for both sides */
    SIM_HALF,  /* a socket ends, and neither side is told */
    SIM_SLOW,  /* a client reads nothing for a while */
    SIM_HELLO, /* a client says hello though it need not */
    SIM_RIGHTS,
    SIM_CRASH_BEFORE_COMMIT,
    SIM_CRASH_AFTER_COMMIT,
    SIM_CRASH_IN_BROADCAST,
    SIM_CRASH_NOW,
    SIM_FREEZE, /* a process sleeps for longer than its lease */
    SIM_CLOCK,  /* a process's clock jumps */
    SIM_STORE_REFUSES,
    SIM_STORE_FORGETS_TO_ANSWER,
    SIM_DISK_FULL, /* reads work, nothing can be written */
    SIM_STORE_DOWN,
    SIM_KINDS,
};

struct sim_event {
    int at;
    enum sim_kind kind;
    int who; /* client or server */
    uint64_t arg;
};

struct sim_script {
    uint64_t seed;
    int clients;
    bool eager; /* rooms may begin at any snapshot, not only at one far back */
    int most_delay;
    struct sim_event event[SIM_EVENTS];
    size_t count;
};

void sim_script_make(struct sim_script *out, uint64_t seed);
void sim_script_print(const struct sim_script *script, FILE *out);

#endif
