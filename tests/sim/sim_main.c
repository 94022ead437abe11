/*
 * Runs seeds and says what came of them as one line of JSON.
 *
 *   sim [--first N] [--seeds N] [--seconds N]   as many as fit in both; default 30 s
 *   sim --seed N [--trace]                      one seed, told event by event
 *   sim --must-break [--seeds N]                for a build with a mistake put in:
 *                                               fails unless a seed finds it
 */
#include "services/log/log.h"
#include "tests/sim/sim.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct wish {
    uint64_t first;
    long seeds;
    double seconds;
    bool one, trace, must_break;
};

struct tally {
    long seeds, failures, events, entries, refused, crashes, appends, undone, snapshots, again;
    uint64_t first_failure;
    char law[24];
};

static double now_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static bool read_wish(int argc, char **argv, struct wish *out)
{
    *out = (struct wish){.first = 1, .seeds = 0, .seconds = 0};
    for (int i = 1; i < argc; i++) {
        bool more = i + 1 < argc;
        if (strcmp(argv[i], "--trace") == 0) {
            out->trace = true;
        } else if (strcmp(argv[i], "--must-break") == 0) {
            out->must_break = true;
        } else if (more && (strcmp(argv[i], "--first") == 0 || strcmp(argv[i], "--seed") == 0)) {
            out->one = strcmp(argv[i], "--seed") == 0;
            out->first = strtoull(argv[++i], NULL, 10);
        } else if (more && strcmp(argv[i], "--seeds") == 0) {
            out->seeds = strtol(argv[++i], NULL, 10);
        } else if (more && strcmp(argv[i], "--seconds") == 0) {
            out->seconds = strtod(argv[++i], NULL);
        } else {
            return false;
        }
    }
    if (out->one)
        out->seeds = 1;
    if (out->seeds <= 0 && out->seconds <= 0)
        out->seconds = 30;
    return true;
}

static void add(struct tally *tally, const struct sim *sim)
{
    tally->seeds++;
    tally->events += (long)sim->script->count;
    tally->entries += sim->count.entries;
    tally->refused += sim->count.refused;
    tally->crashes += sim->count.crashes;
    tally->appends += sim->count.appends;
    tally->undone += sim->count.undone;
    tally->snapshots += sim->count.snapshots;
    tally->again += sim->count.duplicates;
}

static void tell_failure(struct sim *sim, const struct sim_script *script)
{
    struct sim_script less = *script;
    char law[24];
    memcpy(law, sim->broken.law, sizeof law);
    (void)fprintf(stderr, "seed %" PRIu64 " breaks %s: %s\n", script->seed, law, sim->broken.text);
    sim_end(sim);
    sim_shrink(sim, &less, law);
    sim_run(sim, &less, NULL);
    (void)fprintf(stderr, "with %zu of its %zu events: %s\n", less.count, script->count,
                  sim->broken.text);
    sim_script_print(&less, stderr);
}

static void run_one(struct sim *sim, uint64_t seed, const struct wish *wish, struct tally *tally)
{
    static struct sim_script script;
    sim_script_make(&script, seed);
    if (wish->trace)
        sim_script_print(&script, stdout);
    sim_run(sim, &script, wish->trace ? stdout : NULL);
    add(tally, sim);
    if (sim->broken.failed) {
        tally->failures++;
        if (tally->failures == 1) {
            tally->first_failure = seed;
            memcpy(tally->law, sim->broken.law, sizeof tally->law);
        }
        if (tally->failures <= 3)
            tell_failure(sim, &script);
    }
    sim_end(sim);
}

static void print(const struct tally *t, double seconds)
{
    (void)printf("{\"sim\":{\"seeds\":%ld,\"failures\":%ld,\"seconds\":%.1f,\"events\":%ld,"
                 "\"entries\":%ld,\"refused\":%ld,\"crashes\":%ld,\"appends\":%ld,\"undone\":%ld,"
                 "\"snapshots\":%ld,\"sent_again\":%ld",
                 t->seeds, t->failures, seconds, t->events, t->entries, t->refused, t->crashes,
                 t->appends, t->undone, t->snapshots, t->again);
    if (t->failures > 0)
        (void)printf(",\"first_failure\":%" PRIu64 ",\"law\":\"%s\"", t->first_failure, t->law);
    (void)printf("}}\n");
}

int main(int argc, char **argv)
{
    struct wish wish;
    struct tally tally = {0};
    if (!read_wish(argc, argv, &wish)) {
        (void)fprintf(stderr, "sim [--first N] [--seeds N] [--seconds N] | --seed N [--trace] | "
                              "--must-break\n");
        return 2;
    }
    struct sim *sim = malloc(sizeof *sim);
    if (sim == NULL)
        return 1;
    ost_log_from(OST_LOG_ERROR);
    double begin = now_s();
    for (uint64_t seed = wish.first;; seed++) {
        if ((wish.seeds > 0 && tally.seeds >= wish.seeds) ||
            (wish.seconds > 0 && now_s() - begin >= wish.seconds) ||
            (wish.must_break && tally.failures > 0))
            break;
        run_one(sim, seed, &wish, &tally);
    }
    free(sim);
    print(&tally, now_s() - begin);
    return (tally.failures > 0) == wish.must_break ? 0 : 1;
}
