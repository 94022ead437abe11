/* A process with a hub: it starts, works, sleeps and dies. */
#include "recon/plan/twin.h"
#include "tests/sim/sim.h"

#include <stdlib.h>
#include <string.h>

enum { TICK_MS = 1000, SOON_MS = 2, BUSY_MS = 5000 };

#define EPOCH_MS ((int64_t)1700000000000)

/* The last number after `key`, or -1. */
static int64_t number_after(const char *text, size_t len, const char *key)
{
    size_t size = strlen(key);
    for (size_t at = len < size ? 0 : len - size + 1; at-- > 0;) {
        if (memcmp(text + at, key, size) == 0)
            return strtoll(text + at + size, NULL, 10);
    }
    return -1;
}

/* Nobody hears of an entry before it is kept. */
static void check_kept(struct sim *sim, const char *text, size_t len, bool ops)
{
    int64_t seq = number_after(text, len, ops ? "],\"seq\":" : ",\"seq\":");
    if (seq > (int64_t)sim->store.count)
        sim_broken(sim, "durable", "seq %lld was told, the log ends at %zu", (long long)seq,
                   sim->store.count);
}

static struct sim_link *link_of(struct sim *sim, uint64_t socket)
{
    for (size_t i = 0; i < sim->link_count; i++) {
        if (sim->link[i].socket == socket)
            return &sim->link[i];
    }
    return NULL;
}

/* What a message is, in JSON or in its twin, whose members stand in another order. */
static bool is_kind(const char *text, size_t len, const char *kind)
{
    char member[32];
    int size = snprintf(member, sizeof member, "\"t\":\"%s\"", kind);
    for (size_t at = 1; at < 32 && at + (size_t)size <= len; at++) {
        if (memcmp(text + at, member, (size_t)size) == 0)
            return true;
        if (text[at] == '[' || text[at] == '{')
            return false;
    }
    return false;
}

static void send_json(struct sim_server *server, struct sim_link *link, uint64_t key,
                      const char *text, size_t len)
{
    struct sim *sim = server->sim;
    bool is_ops = is_kind(text, len, "ops");
    if (is_ops && server->armed && server->crash == SIM_CRASH_IN_BROADCAST &&
        server->crash_after-- == 0)
        server->dying = true;
    if (server->dying)
        return;
    if (is_ops || is_kind(text, len, "ack"))
        check_kept(sim, text, len, is_ops);
    if (link != NULL)
        sim_link_hear(sim, link, key, text, len);
}

/* The clients here think in JSON; every second of them speaks CBOR. */
static void line_send(void *user, uint64_t socket, uint64_t key, const char *text, size_t len)
{
    struct sim_server *server = user;
    struct sim_link *link = link_of(server->sim, socket);
    struct ost_buf json;
    struct ost_err err;
    if (link == NULL || !sim_client_speaks_cbor(&server->sim->client[link->client])) {
        send_json(server, link, key, text, len);
        return;
    }
    ost_buf_init(&json, (size_t)4 * OST_PLAN_BYTES);
    if (ost_twin_json(text, len, &json, &err)) {
        send_json(server, link, key, (const char *)json.ptr, json.len);
    } else {
        sim_broken(server->sim, "frame", "client %d: %s", link->client, err.msg);
    }
    ost_buf_fini(&json);
}

void sim_server_hear(struct sim_server *server, const struct sim_link *link, const char *text,
                     size_t len)
{
    struct ost_buf cbor;
    struct ost_err err;
    if (!sim_client_speaks_cbor(&server->sim->client[link->client])) {
        ost_collab_message(server->hub, link->socket, text, len);
        return;
    }
    ost_buf_init(&cbor, 3 * len + 64);
    if (!ost_twin_cbor(text, len, &cbor,
                       &err)) { /* what is broken has no twin, and goes as it is */
        ost_buf_fini(&cbor);
        ost_buf_init(&cbor, len);
        ost_buf_put(&cbor, text, len);
    }
    ost_collab_message(server->hub, link->socket, (const char *)cbor.ptr, cbor.len);
    ost_buf_fini(&cbor);
}

static void line_dismiss(void *user, uint64_t socket, const char *reason)
{
    struct sim_server *server = user;
    struct sim_link *link = link_of(server->sim, socket);
    if (server->dying || link == NULL)
        return;
    sim_trace(server->sim, "socket %llu dismissed: %s", (unsigned long long)socket, reason);
    sim_link_shut(server->sim, link);
}

static int64_t line_now(void *user)
{
    const struct sim_server *server = user;
    return EPOCH_MS + server->sim->now + server->offset;
}

void sim_server_start(struct sim *sim, int number)
{
    struct sim_server *server = &sim->server[number];
    struct ost_err err;
    *server = (struct sim_server){.sim = sim,
                                  .incarnation = server->incarnation + 1,
                                  .offset = server->offset,
                                  .turn_at = INT64_MAX,
                                  .tick_at = sim->now + TICK_MS};
    memcpy(server->allowed, sim->allowed, sizeof server->allowed);
    const struct ost_collab_store store = sim_store_for(server);
    const struct ost_collab_line line = {
        .user = server, .send = line_send, .dismiss = line_dismiss, .now_ms = line_now};
    if (!ost_collab_create(&server->hub, &store, &line, &err))
        sim_broken(sim, "begin", "%s", err.msg);
    sim_trace(sim, "server %d starts", number);
}

void sim_server_kill(struct sim *sim, int number, int64_t restart_at)
{
    struct sim_server *server = &sim->server[number];
    sim_trace(sim, "server %d dies", number);
    sim->count.crashes++;
    server->dying = true; /* what destroying says reaches nobody */
    ost_collab_destroy(server->hub);
    server->hub = NULL;
    server->armed = server->more = false;
    server->restart_at = restart_at;
    server->turn_at = INT64_MAX;
    server->frozen_until = 0;
    for (size_t i = 0; i < sim->link_count; i++) {
        struct sim_link *link = &sim->link[i];
        if (link->server != number || !link->server_end)
            continue;
        if (!link->half)
            sim_link_cut(sim, link, false, UINT64_MAX);
        sim_link_end(link, false);
    }
}

void sim_server_join(struct sim *sim, struct sim_link *link)
{
    const struct sim_client *client = &sim->client[link->client];
    struct sim_server *server = &sim->server[link->server];
    struct ost_err err;
    const struct ost_collab_join join = {.socket = link->socket,
                                         .at = {.institution = 1, .case_id = 7},
                                         .user_id = client->user,
                                         .name = client->user,
                                         .role = client->role,
                                         .may_edit = server->allowed[client->number] &&
                                                     client->role != OST_ROLE_GUEST,
                                         .may_approve = client->role == OST_ROLE_SURGEON,
                                         .visits = client->role == OST_ROLE_GUEST,
                                         .cbor = sim_client_speaks_cbor(client)};
    if (!ost_collab_join(server->hub, &join, &err))
        sim_link_shut(sim, link);
}

/* News of a right reaches a process when it looks. */
static void renew_rights(struct sim *sim, struct sim_server *server)
{
    for (int i = 0; i < sim->script->clients; i++) {
        if (server->allowed[i] == sim->allowed[i])
            continue;
        server->allowed[i] = sim->allowed[i];
        for (size_t k = 0; k < sim->link_count; k++) {
            const struct sim_link *link = &sim->link[k];
            if (link->client == i && &sim->server[link->server] == server && link->server_end)
                ost_collab_allow(server->hub, link->socket,
                                 sim->allowed[i] && sim->client[i].role != OST_ROLE_GUEST,
                                 sim->client[i].role == OST_ROLE_SURGEON);
        }
    }
}

/* A process that always wants to go on, and never has anything to do, burns a processor. */
static void check_idle(struct sim *sim, struct sim_server *server, int number)
{
    if (!server->more) {
        server->busy_since = sim->now;
    } else if (sim->now - server->busy_since > BUSY_MS) {
        sim_broken(sim, "idle", "server %d has wanted another turn for %d ms", number,
                   (int)BUSY_MS);
    }
}

void sim_server_step(struct sim *sim, int number)
{
    struct sim_server *server = &sim->server[number];
    if (server->hub == NULL && sim->now >= server->restart_at)
        sim_server_start(sim, number);
    if (server->hub == NULL || server->frozen_until > sim->now)
        return;
    renew_rights(sim, server);
    if (server->turn_at <= sim->now) {
        server->more = ost_collab_turn(server->hub);
        server->turn_at = server->more ? sim->now + SOON_MS : INT64_MAX;
        if (server->heard)
            server->busy_since = sim->now;
        server->heard = false;
        check_idle(sim, server, number);
    }
    if (!server->dying && server->tick_at <= sim->now) {
        server->tick_at = sim->now + TICK_MS;
        ost_collab_tick(server->hub);
    }
    if (server->dying)
        sim_server_kill(sim, number,
                        sim->now + 100 + (int64_t)(sim_mix((uint64_t)sim->now) % 3000));
}

int64_t sim_server_next(const struct sim_server *server)
{
    if (server->hub == NULL)
        return server->restart_at;
    int64_t next = server->tick_at < server->turn_at ? server->tick_at : server->turn_at;
    return next > server->frozen_until ? next : server->frozen_until;
}
