/*
 * What PostgreSQL does for services/collab/log_db.c: a log behind a fence of epoch and
 * seq, a lease by the database's own clock, snapshots; and the ways in which it fails.
 */
#include "tests/sim/sim.h"

#include <stdlib.h>
#include <string.h>

static int owner_of(const struct sim_server *server)
{
    return (int)(server - server->sim->server) * 1000000 + server->incarnation;
}

static bool fault_is(const struct sim *sim, enum sim_kind fault)
{
    return sim->now < sim->store.fault_until && sim->store.fault == fault;
}

/* Whether anything can be asked at all; and whether anything can be written. */
static bool reachable(const struct sim_server *server, struct ost_err *err)
{
    if (server->dying || fault_is(server->sim, SIM_STORE_DOWN))
        return ost_fail(err, OST_UNAVAILABLE, "store: no connection");
    return true;
}

static bool writable(const struct sim_server *server, struct ost_err *err)
{
    if (!reachable(server, err))
        return false;
    if (fault_is(server->sim, SIM_DISK_FULL) || fault_is(server->sim, SIM_STORE_REFUSES))
        return ost_fail(err, OST_UNAVAILABLE, "store: could not extend file: no space left");
    return true;
}

static bool answered(const struct sim_server *server, struct ost_err *err)
{
    if (fault_is(server->sim, SIM_STORE_FORGETS_TO_ANSWER))
        return ost_fail(err, OST_UNAVAILABLE, "store: the connection ended at commit");
    return true;
}

static bool take_lease(const struct sim_server *server, int64_t *epoch, struct ost_err *err)
{
    struct sim_store *store = &server->sim->store;
    int owner = owner_of(server);
    if (store->owner != -1 && store->owner != owner && store->lease_until >= server->sim->now)
        return ost_fail(err, OST_CONFLICT, "store: leased to another");
    if (store->owner != owner)
        store->epoch++;
    store->owner = owner;
    store->lease_until = server->sim->now + SIM_LEASE_MS;
    *epoch = store->epoch;
    return answered(server, err);
}

static bool store_open(void *user, const struct ost_collab_case *at, struct ost_collab_plan *out,
                       struct ost_err *err)
{
    (void)at;
    out->id = 42;
    return writable(user, err) && take_lease(user, &out->epoch, err);
}

static bool store_renew(void *user, const struct ost_collab_case *at, struct ost_collab_plan *plan,
                        struct ost_err *err)
{
    (void)at;
    return writable(user, err) && take_lease(user, &plan->epoch, err);
}

static void store_release(void *user, const struct ost_collab_case *at,
                          const struct ost_collab_plan *plan)
{
    struct sim_server *server = user;
    struct ost_err err;
    (void)at;
    (void)plan;
    if (writable(server, &err) && server->sim->store.owner == owner_of(server))
        server->sim->store.owner = -1;
}

static bool store_load(void *user, const struct ost_collab_case *at,
                       const struct ost_collab_load *to, struct ost_err *err)
{
    const struct sim_server *server = user;
    struct sim_store *store = &server->sim->store;
    size_t first = 0;
    (void)at;
    if (!reachable(server, err))
        return false;
    uint64_t dice = sim_mix(server->sim->script->seed + 77 * ++store->loads);
    if (server->sim->script->eager && store->snapshot_count > 0) {
        const struct sim_snapshot *one = &store->snapshot[dice % store->snapshot_count];
        if (to->begin(to->user, one->body, one->len))
            first = (size_t)one->seq;
    }
    for (size_t i = first; i < store->count; i++) {
        if (!to->each(to->user, store->log[i].body, store->log[i].len, err))
            return false;
    }
    return true;
}

static bool store_mine(void *user, const struct ost_collab_case *at,
                       const struct ost_collab_mine *ask, struct ost_err *err)
{
    const struct sim_server *server = user;
    const struct sim_store *store = &server->sim->store;
    (void)at;
    if (!reachable(server, err))
        return false;
    for (size_t i = store->count; i-- > 0;) {
        if (store->log[i].seq < ask->before && strcmp(store->log[i].client, ask->client) == 0)
            ask->each(ask->user, store->log[i].n, store->log[i].seq);
    }
    return true;
}

static void keep(struct sim *sim, const struct ost_collab_record *from, int64_t epoch)
{
    struct sim_store *store = &sim->store;
    struct sim_record *to = &store->log[store->count];
    *to = (struct sim_record){.body = malloc(from->body_bytes),
                              .len = from->body_bytes,
                              .seq = (int64_t)++store->count,
                              .n = from->entry->n,
                              .epoch = epoch};
    if (to->body == NULL)
        abort();
    memcpy(to->body, from->body, from->body_bytes);
    memcpy(to->hash, from->entry->hash, sizeof to->hash);
    memcpy(to->client, from->entry->client, OST_CLIENT_BYTES);
    sim->count.entries++;
}

/* The unique index of (plan, client, n). */
static bool is_new(const struct sim_store *store, const struct ost_entry *entry)
{
    for (size_t i = store->count; i-- > 0;) {
        if (store->log[i].n == entry->n && strcmp(store->log[i].client, entry->client) == 0)
            return false;
    }
    return true;
}

/* Nobody whose rights are gone writes anything more. */
static void check_rights(const struct sim_server *server, const struct ost_entry *entry)
{
    for (int i = 0; i < server->sim->script->clients; i++) {
        const struct sim_client *client = &server->sim->client[i];
        if (strcmp(client->id, entry->client) == 0 &&
            (!server->allowed[i] || client->role == OST_ROLE_GUEST))
            sim_broken(server->sim, "rights", "client %d wrote n=%lld without a right to", i,
                       (long long)entry->n);
    }
}

static bool fenced(const struct sim_store *store, const struct ost_collab_batch *batch,
                   struct ost_err *err)
{
    if (batch->plan.epoch != store->epoch || (size_t)batch->after != store->count)
        return ost_fail(err, OST_CONFLICT, "store: another process writes this plan now");
    for (size_t i = 0; i < batch->count; i++) {
        if (!is_new(store, batch->record[i].entry))
            return ost_fail(err, OST_CONFLICT, "store: (client, n) was there before");
    }
    return true;
}

static bool store_append(void *user, const struct ost_collab_case *at,
                         const struct ost_collab_batch *batch, struct ost_err *err)
{
    struct sim_server *server = user;
    struct sim *sim = server->sim;
    (void)at;
    sim->count.appends++;
    if (server->armed && server->crash == SIM_CRASH_BEFORE_COMMIT)
        server->dying = true;
    if (!writable(server, err) || !fenced(&sim->store, batch, err))
        return false;
    if (sim->store.count + batch->count > SIM_LOG)
        return ost_fail(err, OST_LIMIT, "the simulated log is full");
    for (size_t i = 0; i < batch->count; i++) {
        check_rights(server, batch->record[i].entry);
        keep(sim, &batch->record[i], batch->plan.epoch);
    }
    sim_trace(sim, "server %d kept %zu, the log is at %zu", (int)(server - sim->server),
              batch->count, sim->store.count);
    if (server->armed && server->crash == SIM_CRASH_AFTER_COMMIT)
        server->dying = true;
    return answered(server, err);
}

static bool store_snapshot(void *user, const struct ost_collab_case *at, int64_t plan,
                           const struct ost_collab_snapshot *snapshot, struct ost_err *err)
{
    struct sim_server *server = user;
    struct sim_store *store = &server->sim->store;
    (void)at;
    (void)plan;
    if (!writable(server, err))
        return false;
    if (store->snapshot_count == sizeof store->snapshot / sizeof store->snapshot[0])
        return true;
    struct sim_snapshot *to = &store->snapshot[store->snapshot_count++];
    *to = (struct sim_snapshot){
        .body = malloc(snapshot->body_bytes), .len = snapshot->body_bytes, .seq = snapshot->seq};
    if (to->body == NULL)
        abort();
    memcpy(to->body, snapshot->body, snapshot->body_bytes);
    server->sim->count.snapshots++;
    return answered(server, err);
}

struct ost_collab_store sim_store_for(struct sim_server *server)
{
    return (struct ost_collab_store){.user = server,
                                     .open = store_open,
                                     .load = store_load,
                                     .mine = store_mine,
                                     .append = store_append,
                                     .snapshot = store_snapshot,
                                     .renew = store_renew,
                                     .release = store_release};
}

/* Two bones, a frame, a landmark, a cut and its fragment, as a reconstruction leaves them. */
static const char first_ops[] =
    "[{\"op\":\"create\",\"id\":\"radius\",\"type\":\"bone\",\"props\":{\"kind\":\"radius\",\"side\":"
    "\"left\",\"surface\":\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\","
    "\"correction\":{\"r\":[1,0,0,0,1,0,0,0,1],\"t\":[0,0,0]}}},"
    "{\"op\":\"create\",\"id\":\"frame\",\"type\":\"frame\",\"props\":{\"origin\":[0,0,0],\"axis\":"
    "[0,0,1],\"radial\":[1,0,0],\"volar\":[0,1,0]}},"
    "{\"op\":\"create\",\"id\":\"note0\",\"type\":\"note\",\"props\":{\"text\":\"0\"}},"
    "{\"op\":\"create\",\"id\":\"note1\",\"type\":\"note\",\"props\":{\"text\":\"1\"}},"
    "{\"op\":\"create\",\"id\":\"lip\",\"type\":\"landmark\",\"parent\":\"radius\",\"props\":{\"how\":"
    "\"automatic\",\"bone\":\"radius\",\"name\":\"lip_volar\",\"sd_mm\":1,\"position\":[1,2,3]}},"
    "{\"op\":\"create\",\"id\":\"cut\",\"type\":\"osteotomy\",\"parent\":\"radius\",\"props\":{\"kind\":"
    "\"single\",\"point\":[0,0,20],\"normal\":[0,0,-1],\"kerf_mm\":0.6}},"
    "{\"op\":\"create\",\"id\":\"fragment\",\"type\":\"fragment\",\"parent\":\"cut\",\"props\":{\"motion\":"
    "{\"r\":[1,0,0,0,1,0,0,0,1],\"t\":[0,0,0]},\"osteotomy\":\"cut\"}}]";

void sim_store_begin(struct sim *sim)
{
    static const char client[] = "00000000000000000000000000000000";
    OST_AUTO(ost_arena) arena = NULL;
    OST_AUTO(ost_plan) plan = NULL;
    const struct ost_tree *root = NULL;
    struct ost_entry entry = {
        .by = {"system", "Osteon", OST_ROLE_SYSTEM}, .client = client, .n = 1};
    enum ost_outcome outcome = OST_APPLIED;
    struct ost_buf buf;
    struct ost_err err;
    ost_buf_init(&buf, OST_ENTRY_BYTES);
    struct ost_sink sink = ost_sink_to(&buf, OST_FORM_CBOR);
    sim->store.owner = -1;
    if (!ost_arena_create(&arena, 1 << 20, &err) || !ost_plan_create(&plan, sim_plan, &err) ||
        !ost_tree_of_json(arena, first_ops, sizeof first_ops - 1, &root, &err) ||
        !ost_ops_read(root, arena, &entry, &err) || !ost_plan_apply(plan, &entry, &outcome, &err)) {
        sim_broken(sim, "begin", "%s", err.msg);
        return;
    }
    ost_entry_write(&sink, &entry);
    keep(sim, &(struct ost_collab_record){.entry = &entry, .body = buf.ptr, .body_bytes = buf.len},
         0);
    ost_buf_fini(&buf);
}

void sim_store_end(struct sim *sim)
{
    for (size_t i = 0; i < sim->store.count; i++)
        free(sim->store.log[i].body);
    for (size_t i = 0; i < sim->store.snapshot_count; i++)
        free(sim->store.snapshot[i].body);
}
