/*
 * Many clients of one api in one process: non-blocking sockets, one epoll, operations
 * encoded before the clock starts. Open loop: operation k goes out at start + k / rate
 * whatever has come back, and how long it took is counted from that moment, so that a
 * server that stalls is charged for everybody who had to wait.
 */
#ifndef OST_LOAD_CROWD_H
#define OST_LOAD_CROWD_H

#include "services/load/encode.h"
#include "services/load/world.h"

OST_C_BEGIN

struct ost_load_crowd;

/* Client i of the crowd is this person in this case. */
struct ost_load_seat {
    int64_t person, case_id;
};

/* The world is borrowed; its api must run. */
OST_MUST_CHECK
bool ost_load_crowd_create(struct ost_load_crowd **out, struct ost_load_world *world,
                           const struct ost_load_seat *seat, size_t count, struct ost_err *err);
void ost_load_crowd_destroy(struct ost_load_crowd *crowd); /* NULL is fine */
OST_AUTO_DEFINE(ost_load_crowd);

/*
 * All of them connect, upgrade and say hello, and are welcomed; those that were there
 * before go on from what they hold. The tickets are made before `*seconds` begins.
 */
OST_MUST_CHECK
bool ost_load_crowd_enter(struct ost_load_crowd *crowd, double *seconds, struct ost_err *err);

/* All sockets are gone at once, without a word. */
void ost_load_crowd_drop(struct ost_load_crowd *crowd);

struct ost_load_task {
    double ops_per_s, seconds;
    double warm_s;       /* before them, not counted in the latencies */
    size_t listen_every; /* every so many-th client looks into what it hears; 1: all */
};

struct ost_load_result {
    size_t ops;        /* sent in all, warm-up included */
    size_t deliveries; /* of entries, to all members, the sender too */
    double elapsed_s;  /* from the first send to the last delivery */
    double p50_ms, p99_ms, most_ms;
    size_t samples; /* deliveries the latencies are of */
    double api_cpu_s, db_cpu_s;
    size_t refused, resyncs, closed; /* answers that are no good */
    bool complete;                   /* everything sent was delivered to everybody */
};

/* What goes wrong with clients is counted; an error is of the driver itself. */
OST_MUST_CHECK
bool ost_load_crowd_run(struct ost_load_crowd *crowd, const struct ost_load_task *task,
                        struct ost_load_result *out, struct ost_err *err);

/* Answers pings for so long, and nothing else. */
OST_MUST_CHECK
bool ost_load_crowd_rest(struct ost_load_crowd *crowd, double seconds, struct ost_err *err);

OST_C_END

#endif
