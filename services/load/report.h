/* What `osteon bench collab` has measured, and how it is printed. */
#ifndef OST_LOAD_REPORT_H
#define OST_LOAD_REPORT_H

#include "services/load/crowd.h"

OST_C_BEGIN

enum { OST_LOAD_RATES = 3, OST_LOAD_STEPS = 10 };

struct ost_load_rate {
    double ops_per_s;
    size_t clients;
    bool tls;
    struct ost_load_result result;
    int64_t in_log; /* operations of it the database holds */
};

struct ost_load_map {
    size_t writes;
    double apply_ms;  /* of one thread's CPU: nothing waits */
    size_t bytes;     /* of the state: what somebody who comes in is given */
    size_t log_bytes; /* of the entries, which stay for ever */
};

/* Of a program that was run before; unknown where it was not. */
struct ost_load_counts {
    bool known;
    int64_t run, bad; /* kills, seeds; lost operations, failures */
};

struct ost_load_report {
    bool quick;
    int core[2];
    struct ost_load_rate rate[OST_LOAD_RATES];
    size_t rate_count;
    struct ost_load_rate step[OST_LOAD_STEPS]; /* upwards until one is not carried */
    size_t step_count;
    double deliveries_per_s, deliveries_per_cpu_s; /* the most of any step */
    size_t idle_count;
    double idle_bytes; /* of the api's memory for one of them */
    struct ost_load_rate many;
    size_t many_plans;
    struct ost_load_map map;
    struct ost_load_counts kills, sim;
    size_t storm_count;
    double storm_s;
};

OST_MUST_CHECK bool ost_load_print_json(const struct ost_load_report *report, struct ost_err *err);
void ost_load_print_table(const struct ost_load_report *report);

OST_C_END

#endif
