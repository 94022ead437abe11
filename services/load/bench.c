#include "recon/base/array.h"
#include "services/load/counts.h"
#include "services/load/load.h"
#include "services/load/map.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define MEMBERS    250 /* of one plan where as much as possible is delivered */
#define IDLE       2000
#define MANY       1500
#define MANY_PLANS 500

struct bench {
    struct ost_load_world world;
    struct ost_load_report report;
    struct ost_progress progress;
    int64_t next_case; /* each measurement has plans of its own */
};

/* `count` clients, `each` in a case; a person in as many cases as it takes. */
static struct ost_load_seat *seats(struct bench *bench, size_t count, size_t each)
{
    struct ost_load_seat *seat = calloc(count, sizeof *seat);
    for (size_t i = 0; seat != NULL && i < count; i++) {
        seat[i].person = 1 + (int64_t)(i % OST_LOAD_PEOPLE);
        seat[i].case_id = bench->next_case + (int64_t)(i / each);
    }
    bench->next_case += (int64_t)((count + each - 1) / each);
    return seat;
}

static bool open_crowd(struct bench *bench, size_t count, size_t each, struct ost_load_crowd **out,
                       struct ost_err *err)
{
    double seconds;
    struct ost_load_seat *seat = seats(bench, count, each);
    bool ok = seat != NULL || ost_fail(err, OST_NOMEM, "seats");
    ok = ok && ost_load_crowd_create(out, &bench->world, seat, count, err) &&
         ost_load_crowd_enter(*out, &seconds, err) && ost_load_crowd_rest(*out, 0.5, err);
    free(seat);
    return ok;
}

/* Whether the database holds every operation, once. */
static bool look_up(const struct bench *bench, int64_t plan, size_t before,
                    struct ost_load_rate *rate, struct ost_err *err)
{
    int64_t seq = 0, rows = 0;
    if (!ost_load_world_count(&bench->world, plan, &seq, &rows, err))
        return false;
    rate->in_log = rows - (int64_t)before;
    if (seq != rows || rate->in_log != (int64_t)rate->result.ops)
        rate->result.complete = false;
    return true;
}

static bool measure(struct bench *bench, struct ost_load_crowd *crowd, struct ost_load_task task,
                    struct ost_load_rate *rate, struct ost_err *err)
{
    rate->ops_per_s = task.ops_per_s;
    rate->tls = bench->world.tls;
    return ost_load_crowd_run(crowd, &task, &rate->result, err);
}

static bool run_rates(struct bench *bench, const double *ops_per_s, size_t count,
                      struct ost_err *err)
{
    OST_AUTO(ost_load_crowd) crowd = NULL;
    struct ost_load_report *report = &bench->report;
    int64_t plan = bench->next_case;
    size_t before = 0;
    if (!open_crowd(bench, 50, 50, &crowd, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct ost_load_rate *rate = &report->rate[report->rate_count];
        const struct ost_load_task task = {.ops_per_s = ops_per_s[i],
                                           .seconds = report->quick ? 3.0 : 10.0,
                                           .warm_s = report->quick ? 1.0 : 2.0,
                                           .listen_every = 1};
        rate->clients = 50;
        if (!measure(bench, crowd, task, rate, err) || !look_up(bench, plan, before, rate, err))
            return false;
        before += rate->result.ops;
        report->rate_count++;
    }
    return true;
}

/* Upwards, a second operation for every first, until one rate is not carried any more. */
static bool run_steps(struct bench *bench, struct ost_err *err)
{
    OST_AUTO(ost_load_crowd) crowd = NULL;
    struct ost_load_report *report = &bench->report;
    int64_t plan = bench->next_case;
    size_t before = 0;
    if (!open_crowd(bench, MEMBERS, MEMBERS, &crowd, err))
        return false;
    for (bool carried = true; carried && report->step_count < OST_LOAD_STEPS;) {
        struct ost_load_rate *step = &report->step[report->step_count++];
        const struct ost_load_task task = {.ops_per_s = 500.0 * (double)report->step_count,
                                           .seconds = report->quick ? 2.0 : 4.0,
                                           .warm_s = 0.5,
                                           .listen_every = 25};
        step->clients = MEMBERS;
        if (!measure(bench, crowd, task, step, err) || !look_up(bench, plan, before, step, err))
            return false;
        before += step->result.ops;
        double got = (double)step->result.deliveries;
        carried = step->result.complete && step->result.p99_ms < 1000.0;
        report->deliveries_per_s = fmax(report->deliveries_per_s, got / step->result.elapsed_s);
        report->deliveries_per_cpu_s =
            fmax(report->deliveries_per_cpu_s, got / fmax(step->result.api_cpu_s, 1e-9));
    }
    return true;
}

/* Memory of sockets that only stay, then all of them lost and back at once. */
static bool run_idle(struct bench *bench, struct ost_err *err)
{
    OST_AUTO(ost_load_crowd) crowd = NULL;
    double seconds, before;
    size_t count = bench->report.quick ? IDLE / 4 : IDLE;
    struct ost_load_seat *seat = seats(bench, count, IDLE / 8);
    bool ok = seat != NULL && ost_load_crowd_create(&crowd, &bench->world, seat, count, err);
    free(seat);
    if (!ok)
        return false;
    before = ost_load_rss_bytes(bench->world.api);
    if (!ost_load_crowd_enter(crowd, &seconds, err) || !ost_load_crowd_rest(crowd, 3.0, err))
        return false;
    bench->report.idle_count = bench->report.storm_count = count;
    bench->report.idle_bytes = (ost_load_rss_bytes(bench->world.api) - before) / (double)count;
    ost_load_crowd_drop(crowd);
    return ost_load_crowd_enter(crowd, &bench->report.storm_s, err);
}

/* The same over many plans, where all is in the log that was sent. */
static bool look_up_all(const struct bench *bench, int64_t first, size_t plans,
                        struct ost_load_rate *rate, struct ost_err *err)
{
    rate->in_log = 0;
    for (size_t i = 0; i < plans; i++) {
        int64_t seq = 0, rows = 0;
        if (!ost_load_world_count(&bench->world, first + (int64_t)i, &seq, &rows, err))
            return false;
        rate->in_log += rows;
        if (seq != rows)
            rate->result.complete = false;
    }
    if (rate->in_log != (int64_t)rate->result.ops)
        rate->result.complete = false;
    return true;
}

static bool run_many(struct bench *bench, struct ost_err *err)
{
    OST_AUTO(ost_load_crowd) crowd = NULL;
    bench->next_case = 1 + OST_LOAD_CASES - MANY_PLANS; /* twelve are left for the others */
    const struct ost_load_task task = {.ops_per_s = 350.0,
                                       .seconds = bench->report.quick ? 4.4 : 17.2,
                                       .warm_s = 4.3, /* everybody once */
                                       .listen_every = 1};
    bench->report.many.clients = MANY;
    bench->report.many_plans = MANY_PLANS;
    bool ok =
        open_crowd(bench, MANY, MANY / MANY_PLANS, &crowd, err) &&
        measure(bench, crowd, task, &bench->report.many, err) &&
        look_up_all(bench, 1 + OST_LOAD_CASES - MANY_PLANS, MANY_PLANS, &bench->report.many, err);
    bench->next_case = 1;
    return ok;
}

static bool run_plain(struct bench *bench, struct ost_err *err)
{
    static const double ops_per_s[] = {250.0, 1000.0};
    return run_rates(bench, ops_per_s, 2, err);
}

static bool run_sealed(struct bench *bench, struct ost_err *err)
{
    static const double ops_per_s[] = {1000.0};
    return run_rates(bench, ops_per_s, 1, err);
}

/* In an order in which none finds what another left: each has its own api. */
static const struct part {
    const char *name;
    bool tls;
    bool (*run)(struct bench *bench, struct ost_err *err);
} part[] = {
    {"many", false, run_many},        {"idle", false, run_idle}, {"rates", false, run_plain},
    {"deliveries", false, run_steps}, {"tls", true, run_sealed},
};

static bool is_wanted(const char *only, const char *name)
{
    size_t len = strlen(name);
    for (const char *at = only; at != NULL && *at != '\0'; at += at[strcspn(at, ",")] == ',') {
        size_t word = strcspn(at, ",");
        if (word == len && strncmp(at, name, len) == 0)
            return true;
        at += word;
    }
    return only == NULL;
}

static bool run_all(struct bench *bench, const char *only, struct ost_err *err)
{
    struct ost_load_world *world = &bench->world;
    if (!ost_load_map_write(&bench->report.map, err) || !ost_load_world_open(world, err))
        return false;
    bench->report.core[0] = world->core[0];
    bench->report.core[1] = world->core[1];
    for (size_t i = 0; i < OST_COUNT(part); i++) {
        if (!is_wanted(only, part[i].name))
            continue;
        if (!ost_progress_step(&bench->progress, (double)i / (double)OST_COUNT(part), part[i].name,
                               err) ||
            !ost_load_world_serve(world, part[i].tls, err) || !part[i].run(bench, err))
            return false;
    }
    return true;
}

static void allow_sockets(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

static bool read_counts(struct bench *bench, const struct ost_args *args, struct ost_err *err)
{
    static const char *const kills[] = {"count", "lost"}, *const sim[] = {"seeds", "failures"};
    const char *from_kills = ost_args_value(args, "kills"), *from_sim = ost_args_value(args, "sim");
    struct ost_load_report *report = &bench->report;
    return (from_kills == NULL ||
            ost_load_counts_read(from_kills, "kills", kills, &report->kills, err)) &&
           (from_sim == NULL || ost_load_counts_read(from_sim, "sim", sim, &report->sim, err));
}

int ost_load_bench(const struct ost_args *args)
{
    struct bench bench = {.progress = ost_command_progress(), .next_case = 1};
    struct ost_err err = {0};
    bench.report.quick = ost_args_value(args, "quick") != NULL;
    allow_sockets();
    if (!read_counts(&bench, args, &err))
        return ost_command_refuse("bench", &err);
    bool ok = run_all(&bench, ost_args_value(args, "only"), &err);
    ost_load_world_close(&bench.world);
    if (ok && args->json)
        ok = ost_load_print_json(&bench.report, &err);
    if (ok && !args->json)
        ost_load_print_table(&bench.report);
    return ok ? OST_EXIT_OK : ost_command_fail("bench", &err);
}
