#include "services/load/crowd_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#define EVENTS  256
#define ENTER_S 120.0
#define DRAIN_S 10.0
#define FRAME   512 /* bytes of one operation's frame, more than enough */

static bool open_tls(struct ost_load_crowd *crowd, struct ost_err *err)
{
    if (!crowd->world->tls)
        return true;
    crowd->tls = SSL_CTX_new(TLS_client_method());
    if (crowd->tls == NULL)
        return ost_fail(err, OST_NOMEM, "TLS");
    SSL_CTX_set_verify(crowd->tls, SSL_VERIFY_NONE, NULL); /* its own api on the loopback */
    (void)SSL_CTX_set_mode(crowd->tls,
                           SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    return true;
}

bool ost_load_crowd_create(struct ost_load_crowd **out, struct ost_load_world *world,
                           const struct ost_load_seat *seat, size_t count, struct ost_err *err)
{
    OST_AUTO(ost_load_crowd) crowd = calloc(1, sizeof *crowd);
    *out = NULL;
    if (crowd == NULL)
        return ost_fail(err, OST_NOMEM, "a crowd");
    crowd->world = world;
    crowd->run = (uint64_t)(ost_load_now() * 1e6);
    crowd->epoll = epoll_create1(EPOLL_CLOEXEC);
    crowd->client = calloc(count, sizeof *crowd->client);
    crowd->scratch = malloc(OST_LOAD_READ);
    if (crowd->epoll < 0 || crowd->client == NULL || crowd->scratch == NULL)
        return ost_fail(err, OST_NOMEM, "a crowd of %zu", count);
    crowd->count = count;
    for (size_t i = 0; i < count; i++) {
        crowd->client[i].seat = seat[i];
        crowd->client[i].fd = -1;
        ost_load_client_id(i, crowd->run, crowd->client[i].id);
    }
    if (!open_tls(crowd, err))
        return false;
    *out = ost_steal(&crowd);
    return true;
}

void ost_load_crowd_drop(struct ost_load_crowd *crowd)
{
    for (size_t i = 0; i < crowd->count; i++)
        ost_load_client_close(crowd, &crowd->client[i]);
}

void ost_load_crowd_destroy(struct ost_load_crowd *crowd)
{
    if (crowd == NULL)
        return;
    ost_load_crowd_drop(crowd);
    SSL_CTX_free(crowd->tls);
    if (crowd->epoll >= 0)
        (void)close(crowd->epoll);
    free(crowd->client);
    free(crowd->scratch);
    free(crowd->sample.ms);
    free(crowd);
}

/* Whatever the sockets have to say, waiting for it until `until` at most. */
static bool serve(struct ost_load_crowd *crowd, double until, struct ost_err *err)
{
    struct epoll_event event[EVENTS];
    double left = until - ost_load_now();
    struct timespec wait = {.tv_sec = 0};
    if (left > 0.0) {
        wait.tv_sec = (time_t)left;
        wait.tv_nsec = (long)(1e9 * (left - floor(left)));
    }
    int n = epoll_pwait2(crowd->epoll, event, EVENTS, &wait, NULL);
    if (n < 0)
        return ost_fail(err, OST_UNAVAILABLE, "epoll does not work");
    for (int i = 0; i < n; i++)
        ost_load_client_step(crowd, (size_t)event[i].data.u64, event[i].events);
    return true;
}

static bool take_tickets(struct ost_load_crowd *crowd, struct ost_err *err)
{
    for (size_t i = 0; i < crowd->count; i++) {
        struct load_client *client = &crowd->client[i];
        if (!ost_load_world_ticket(crowd->world, client->seat.person, client->seat.case_id,
                                   client->ticket, err))
            return false;
    }
    return true;
}

bool ost_load_crowd_enter(struct ost_load_crowd *crowd, double *seconds, struct ost_err *err)
{
    if (!take_tickets(crowd, err))
        return false;
    double began = ost_load_now();
    crowd->result = (struct ost_load_result){.ops = 0};
    crowd->why[0] = '\0';
    for (size_t i = 0; i < crowd->count; i++) {
        if (!ost_load_client_connect(crowd, i, err) || !serve(crowd, 0.0, err))
            return false;
    }
    while (crowd->ready < crowd->count && ost_load_now() - began < ENTER_S) {
        if (crowd->result.closed > 0)
            break;
        if (!serve(crowd, ost_load_now() + 0.1, err))
            return false;
    }
    *seconds = ost_load_now() - began;
    return crowd->ready == crowd->count ||
           ost_fail(err, OST_UNAVAILABLE, "%zu of %zu clients were let in, %zu turned away: %s",
                    crowd->ready, crowd->count, crowd->result.closed,
                    crowd->why[0] == '\0' ? "no word why" : crowd->why);
}

bool ost_load_crowd_rest(struct ost_load_crowd *crowd, double seconds, struct ost_err *err)
{
    double until = ost_load_now() + seconds;
    while (ost_load_now() < until) {
        if (!serve(crowd, until, err))
            return false;
    }
    return true;
}

/* All operations of a run, one after the other; `at` where each begins. */
struct encoded {
    struct ost_buf bytes;
    size_t *at;
    size_t count;
};

static bool encode(const struct ost_load_crowd *crowd, size_t count, struct encoded *out,
                   struct ost_err *err)
{
    ost_buf_init(&out->bytes, count * FRAME);
    out->count = count;
    out->at = calloc(count + 1, sizeof *out->at);
    if (out->at == NULL)
        return ost_fail(err, OST_NOMEM, "%zu operations", count);
    for (size_t k = 0; k < count; k++) {
        size_t index = k % crowd->count;
        int64_t n = crowd->base + 1 + (int64_t)(k / crowd->count);
        ost_load_op_frame(&out->bytes, index, crowd->run, n);
        out->at[k + 1] = out->bytes.len;
    }
    return ost_buf_done(&out->bytes, err);
}

static void send_one(struct ost_load_crowd *crowd, const struct encoded *all, size_t k)
{
    struct load_client *client = &crowd->client[k % crowd->count];
    if (client->state != OST_CLIENT_READY)
        return;
    if (ost_load_client_send(crowd, client, all->bytes.ptr + all->at[k],
                             all->at[k + 1] - all->at[k]))
        return;
    crowd->result.closed++;
    ost_load_client_close(crowd, client);
}

/* How many deliveries there are where every operation reaches everybody in its case. */
static size_t expected(const struct ost_load_crowd *crowd, size_t ops)
{
    size_t sum = 0;
    for (size_t i = 0; i < crowd->count; i++) {
        size_t own = ops / crowd->count + (i < ops % crowd->count ? 1 : 0), members = 0;
        for (size_t j = 0; j < crowd->count; j++)
            members += crowd->client[j].seat.case_id == crowd->client[i].seat.case_id ? 1 : 0;
        sum += own * members;
    }
    return sum;
}

static bool drive(struct ost_load_crowd *crowd, const struct encoded *all, size_t wanted,
                  struct ost_err *err)
{
    size_t k = 0;
    crowd->began = ost_load_now() + 0.01;
    double end = crowd->began + (double)all->count * crowd->gap_s + DRAIN_S;
    while (crowd->result.deliveries < wanted && ost_load_now() < end) {
        double now = ost_load_now();
        while (k < all->count && crowd->began + (double)k * crowd->gap_s <= now)
            send_one(crowd, all, k++);
        double next = k < all->count ? crowd->began + (double)k * crowd->gap_s : now + 0.05;
        if (!serve(crowd, next, err))
            return false;
        if (crowd->result.closed + crowd->result.resyncs > 0 && k == all->count)
            break; /* what is missing will not come */
    }
    crowd->result.ops = k;
    crowd->result.elapsed_s = ost_load_now() - crowd->began;
    crowd->result.complete = crowd->result.deliveries == wanted;
    return true;
}

static int compare(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static void summarise(struct ost_load_crowd *crowd)
{
    struct sample *sample = &crowd->sample;
    struct ost_load_result *out = &crowd->result;
    out->samples = sample->count;
    if (sample->count == 0)
        return;
    qsort(sample->ms, sample->count, sizeof *sample->ms, compare);
    out->p50_ms = (double)sample->ms[sample->count / 2];
    out->p99_ms = (double)sample->ms[(size_t)((double)sample->count * 0.99)];
    out->most_ms = (double)sample->ms[sample->count - 1];
}

bool ost_load_crowd_run(struct ost_load_crowd *crowd, const struct ost_load_task *task,
                        struct ost_load_result *out, struct ost_err *err)
{
    const struct ost_load_world *world = crowd->world;
    struct encoded all = {.count = 0};
    size_t count = (size_t)(task->ops_per_s * (task->warm_s + task->seconds));
    crowd->base = crowd->client[0].n;
    crowd->gap_s = 1.0 / task->ops_per_s;
    crowd->warm_ops = (size_t)(task->ops_per_s * task->warm_s);
    crowd->sample.count = 0;
    crowd->result = (struct ost_load_result){.ops = 0};
    for (size_t i = 0; i < crowd->count; i++)
        crowd->client[i].listens = i % task->listen_every == 0;
    count -= count % crowd->count; /* everybody as often */
    bool ok = encode(crowd, count, &all, err);
    double api = ost_load_cpu_s(world->api), db = ost_load_cpu_children_s(world->postmaster);
    ok = ok && drive(crowd, &all, expected(crowd, count), err);
    crowd->result.api_cpu_s = ost_load_cpu_s(world->api) - api;
    crowd->result.db_cpu_s = ost_load_cpu_children_s(world->postmaster) - db;
    for (size_t i = 0; i < crowd->count; i++)
        crowd->client[i].n += (int64_t)(count / crowd->count);
    ost_buf_fini(&all.bytes);
    free(all.at);
    summarise(crowd);
    *out = crowd->result;
    return ok;
}
