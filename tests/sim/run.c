/* One run: what the script says, then peace, then the laws. */
#include "tests/sim/sim.h"

#include <stdarg.h>
#include <string.h>

enum { PEOPLE_MS = 3000 };

void sim_broken(struct sim *sim, const char *law, const char *fmt, ...)
{
    va_list list;
    if (sim->broken.failed)
        return;
    sim->broken.failed = true;
    (void)snprintf(sim->broken.law, sizeof sim->broken.law, "%s", law);
    va_start(list, fmt);
    (void)vsnprintf(sim->broken.text, sizeof sim->broken.text, fmt, list);
    va_end(list);
    sim_trace(sim, "BROKEN %s: %s", law, sim->broken.text);
}

void sim_trace(struct sim *sim, const char *fmt, ...)
{
    va_list list;
    if (sim->trace == NULL)
        return;
    (void)fprintf(sim->trace, "%7lld ", (long long)sim->now);
    va_start(list, fmt);
    (void)vfprintf(sim->trace, fmt, list);
    va_end(list);
    (void)fputc('\n', sim->trace);
}

static void flood(struct sim *sim, struct sim_client *client, uint64_t arg)
{
    for (int i = 0; i < 320; i++)
        sim_client_edit(sim, client, sim_mix(arg + (uint64_t)i) / 100 * 100); /* sets */
}

static void at_client(struct sim *sim, const struct sim_event *event)
{
    struct sim_client *client = &sim->client[event->who];
    struct sim_link *link = client->link < 0 ? NULL : &sim->link[client->link];
    switch (event->kind) {
    case SIM_EDIT:
        sim_client_edit(sim, client, event->arg);
        break;
    case SIM_FLOOD:
        flood(sim, client, event->arg);
        break;
    case SIM_AGAIN:
        sim_client_again(sim, client, event->arg);
        break;
    case SIM_CUT:
    case SIM_HALF:
        if (link != NULL && !link->half)
            sim_link_cut(sim, link, event->kind == SIM_HALF, event->arg);
        break;
    case SIM_SLOW:
        if (link != NULL)
            link->slow_until = sim->now + 200 + (int64_t)(event->arg % 4000);
        break;
    case SIM_HELLO:
        if (link != NULL)
            sim_client_say_hello(sim, client, event->arg % 3 != 0);
        break;
    case SIM_RIGHTS:
        sim->allowed[event->who] = !sim->allowed[event->who];
        break;
    default:
        break;
    }
}

static void at_server(struct sim *sim, const struct sim_event *event)
{
    struct sim_server *server = &sim->server[event->who];
    switch (event->kind) {
    case SIM_CRASH_NOW:
        if (server->hub != NULL)
            sim_server_kill(sim, event->who, sim->now + 50 + (int64_t)(event->arg % 4000));
        break;
    case SIM_CRASH_BEFORE_COMMIT:
    case SIM_CRASH_AFTER_COMMIT:
    case SIM_CRASH_IN_BROADCAST:
        server->armed = server->hub != NULL;
        server->crash = event->kind;
        server->crash_after = (int)(event->arg % 3);
        break;
    case SIM_FREEZE:
        server->frozen_until = sim->now + 1000 + (int64_t)(event->arg % 9000);
        break;
    case SIM_CLOCK:
        server->offset += (event->arg % 2 == 0 ? -1 : 1) * (int64_t)(event->arg >> 8) % 7200000;
        break;
    default:
        sim->store.fault = event->kind;
        sim->store.fault_until = sim->now + 30 + (int64_t)(event->arg % 2500);
        break;
    }
}

static bool is_of_server(enum sim_kind kind)
{
    return kind >= SIM_CRASH_BEFORE_COMMIT;
}

/* The network is whole, the disk has room and everybody is awake. */
static void heal(struct sim *sim)
{
    sim->healing = true;
    sim->store.fault_until = 0;
    for (int i = 0; i < SIM_SERVERS; i++) {
        sim->server[i].armed = false;
        if (sim->server[i].frozen_until > sim->now)
            sim->server[i].frozen_until = sim->now;
    }
    for (size_t i = 0; i < sim->link_count; i++)
        sim->link[i].slow_until = 0;
}

/* What is not at rest yet, in a word; NULL: everything is. */
static const char *moving(const struct sim *sim)
{
    for (int i = 0; i < sim->script->clients; i++) {
        const struct sim_client *client = &sim->client[i];
        if (!client->live || sim->link[client->link].half)
            return "a client is not connected";
        if (!sim_client_rests(client))
            return "a client waits for an answer";
        if (client->base == NULL || ost_plan_seq(client->base) != (int64_t)sim->store.count)
            return "a client is behind the log";
    }
    for (size_t i = 0; i < sim->link_count; i++) {
        const struct sim_link *link = &sim->link[i];
        if ((link->client_end && link->down.first != NULL) ||
            (link->server_end && link->up.first != NULL))
            return "something is on its way";
    }
    return NULL;
}

static int64_t next_of(const struct sim *sim, size_t event)
{
    int64_t next = sim_net_next(sim);
    if (event < sim->script->count && sim->script->event[event].at < next)
        next = sim->script->event[event].at;
    for (int i = 0; i < SIM_SERVERS; i++) {
        int64_t at = sim_server_next(&sim->server[i]);
        next = at < next ? at : next;
    }
    for (int i = 0; i < sim->script->clients; i++) {
        int64_t at = sim_client_next(sim, &sim->client[i]);
        next = at < next ? at : next;
    }
    return next > sim->now ? next : sim->now + 1;
}

static size_t step(struct sim *sim, size_t event)
{
    const struct sim_script *script = sim->script;
    for (; event < script->count && script->event[event].at <= sim->now; event++) {
        if (is_of_server(script->event[event].kind)) {
            at_server(sim, &script->event[event]);
        } else {
            at_client(sim, &script->event[event]);
        }
    }
    sim_net_deliver(sim);
    for (int i = 0; i < SIM_SERVERS && !sim->broken.failed; i++)
        sim_server_step(sim, i);
    for (int i = 0; i < script->clients && !sim->broken.failed; i++)
        sim_client_step(sim, &sim->client[i]);
    return event;
}

/* Who is there is told to everybody within moments, whatever the clocks say. */
static void law_of_presence(struct sim *sim)
{
    static const char text[] = "{\"t\":\"presence\",\"tool\":\"here\"}";
    int64_t until = sim->now + PEOPLE_MS;
    for (int i = 0; i < sim->script->clients; i++) {
        sim->client[i].people = false;
        sim_link_say(sim, &sim->link[sim->client[i].link], text, sizeof text - 1);
    }
    while (sim->now < until && !sim->broken.failed) {
        sim->now = next_of(sim, sim->script->count);
        (void)step(sim, sim->script->count);
    }
    for (int i = 0; i < sim->script->clients; i++) {
        if (!sim->client[i].people && sim->client[i].live)
            sim_broken(sim, "presence", "client %d does not hear who is there", i);
    }
}

static void live_through(struct sim *sim)
{
    size_t event = 0;
    int64_t last = 0;
    for (size_t i = 0; i < sim->script->count; i++)
        last = sim->script->event[i].at;
    while (!sim->broken.failed) {
        event = step(sim, event);
        if (event == sim->script->count && !sim->healing && sim->now > last + 1000)
            heal(sim);
        if (sim->healing && moving(sim) == NULL)
            return;
        if (sim->now > last + SIM_HEAL_MS) {
            sim_broken(sim, "rest", "after %d s of peace %s", SIM_HEAL_MS / 1000,
                       moving(sim) == NULL ? "it was over" : moving(sim));
            return;
        }
        sim->now = next_of(sim, event);
    }
}

void sim_run(struct sim *sim, const struct sim_script *script, FILE *trace)
{
    memset(sim, 0, sizeof *sim);
    sim->script = script;
    sim->trace = trace;
    for (int i = 0; i < SIM_CLIENTS; i++)
        sim->allowed[i] = true;
    sim_store_begin(sim);
    for (int i = 0; i < SIM_SERVERS && !sim->broken.failed; i++)
        sim_server_start(sim, i);
    for (int i = 0; i < script->clients; i++)
        sim_client_begin(sim, i);
    if (!sim->broken.failed)
        live_through(sim);
    if (!sim->broken.failed)
        law_of_presence(sim);
    if (!sim->broken.failed)
        sim_laws(sim);
}

void sim_end(struct sim *sim)
{
    for (int i = 0; i < SIM_SERVERS; i++) {
        sim->server[i].dying = true;
        ost_collab_destroy(sim->server[i].hub);
    }
    for (int i = 0; i < sim->script->clients; i++)
        sim_client_end(&sim->client[i]);
    sim_net_end(sim);
    sim_store_end(sim);
}
