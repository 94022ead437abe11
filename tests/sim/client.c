/*
 * A client as services/collab/README.md describes one: a replica made of what the
 * server said, transactions that wait for their answer, and patience.
 */
#include "tests/sim/sim.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { SILENCE_MS = 8000, QUIET_MS = 20000, RETRY_MS = 300, TREE_BYTES = 32 << 20 };

static const struct {
    const char *user;
    enum ost_role role;
} person[SIM_CLIENTS] = {{"17", OST_ROLE_SURGEON}, {"23", OST_ROLE_ENGINEER},
                         {"17", OST_ROLE_SURGEON}, /* a second page of his */
                         {"51", OST_ROLE_GUEST},   {"40", OST_ROLE_SURGEON},
                         {"23", OST_ROLE_ENGINEER}};

void sim_client_begin(struct sim *sim, int number)
{
    struct sim_client *client = &sim->client[number];
    *client = (struct sim_client){.number = number,
                                  .user = person[number].user,
                                  .role = person[number].role,
                                  .link = -1,
                                  .server = number % SIM_SERVERS,
                                  .hello_at = INT64_MAX,
                                  .connect_at = 10 * number};
    memset(client->id, 'a' + number, OST_CLIENT_BYTES);
}

bool sim_client_speaks_cbor(const struct sim_client *client)
{
    return client->number % 2 == 1;
}

void sim_client_end(struct sim_client *client)
{
    for (size_t i = 0; i < client->tx_count; i++)
        free(client->tx[i].text);
    ost_plan_destroy(client->base);
}

static void say(struct sim *sim, struct sim_client *client, const char *text)
{
    if (client->link >= 0)
        sim_link_say(sim, &sim->link[client->link], text, strlen(text));
}

void sim_client_send(struct sim *sim, struct sim_client *client, struct sim_tx *tx)
{
    tx->sent = true;
    tx->link = client->link;
    tx->resend_at = INT64_MAX;
    say(sim, client, tx->text);
}

void sim_client_say_hello(struct sim *sim, struct sim_client *client, bool trust)
{
    char text[192], sum[OST_SUM_HEX + 2] = "null";
    int64_t seq = 0;
    if (trust && client->base != NULL) {
        seq = ost_plan_seq(client->base);
        sum[0] = sum[OST_SUM_HEX] = '"';
        ost_plan_sum(client->base, sum + 1);
        sum[OST_SUM_HEX] = '"';
        sum[OST_SUM_HEX + 1] = '\0';
    }
    (void)snprintf(text, sizeof text,
                   "{\"t\":\"hello\",\"client\":\"%s\",\"seq\":%" PRId64 ",\"sum\":%s}", client->id,
                   seq, sum);
    client->hello_at = INT64_MAX;
    client->live = false;
    client->heard_at = sim->now;
    say(sim, client, text);
}

static void settle(struct sim *sim, struct sim_client *client, int64_t n, int64_t seq)
{
    if (n < 1 || n > (int64_t)client->tx_count) {
        sim_broken(sim, "nowhere", "client %d is told of n=%" PRId64 " it never sent",
                   client->number, n);
        return;
    }
    struct sim_tx *tx = &client->tx[n - 1];
    if (seq == 0 && tx->fate == SIM_PENDING)
        sim->count.refused++;
    if (seq != 0 && tx->fate == SIM_REFUSED)
        sim_broken(sim, "refused", "client %d: n=%" PRId64 " was refused and is entry %" PRId64,
                   client->number, n, seq);
    if (tx->fate != SIM_PENDING)
        return;
    tx->fate = seq == 0 ? SIM_REFUSED : SIM_ACKED;
    tx->seq = seq;
}

static void check_sum(struct sim *sim, const struct sim_client *client, const struct ost_tree *sum)
{
    char own[OST_SUM_HEX];
    ost_plan_sum(client->base, own);
    if (sum == NULL || sum->kind != OST_TREE_TEXT || strcmp(sum->text, own) != 0)
        sim_broken(sim, "sum", "client %d at %lld holds %s", client->number,
                   (long long)ost_plan_seq(client->base), own);
}

static void take_entry(struct sim *sim, struct sim_client *client, const struct ost_tree *node,
                       struct ost_arena *arena)
{
    struct ost_entry entry;
    struct ost_err err;
    /* CBOR tells no hash: it is that of the entry's own bytes. */
    if (!ost_entry_read(node, arena, &entry, &err) ||
        (sim_client_speaks_cbor(client) && !ost_entry_hash(&entry, &err))) {
        sim_broken(sim, "entry", "client %d: %s", client->number, err.msg);
        return;
    }
    if (entry.seq < 1 || entry.seq > (int64_t)sim->store.count ||
        memcmp(entry.hash, sim->store.log[entry.seq - 1].hash, sizeof entry.hash) != 0)
        sim_broken(sim, "durable", "client %d hears of an entry %" PRId64 " that is not in the log",
                   client->number, entry.seq);
    if (entry.seq > ost_plan_seq(client->base) && !ost_plan_replay(client->base, &entry, &err))
        sim_broken(sim, "replay", "client %d: %s", client->number, err.msg);
    if (strcmp(entry.client, client->id) == 0)
        settle(sim, client, entry.n, entry.seq);
}

static void take_entries(struct sim *sim, struct sim_client *client, const struct ost_tree *list,
                         struct ost_arena *arena)
{
    for (const struct ost_tree *node = list->first; node != NULL && !sim->broken.failed;
         node = node->next)
        take_entry(sim, client, node, arena);
}

/* The bytes of the member "snapshot" as they stand in the message: from { to its }. */
static const char *snapshot_in(const char *text, size_t *len)
{
    const char *at = strstr(text, "\"snapshot\":{");
    if (at == NULL)
        return NULL;
    at += strlen("\"snapshot\":");
    int depth = 0;
    bool quoted = false;
    for (const char *p = at; *p != '\0'; p++) {
        if (quoted) {
            p += *p == '\\' ? 1 : 0;
            quoted = *p != '"';
        } else if (*p == '"') {
            quoted = true;
        } else if (*p == '{' || *p == '}') {
            depth += *p == '{' ? 1 : -1;
            if (depth == 0) {
                *len = (size_t)(p - at) + 1;
                return at;
            }
        }
    }
    return NULL;
}

static bool start_plan(struct sim *sim, struct sim_client *client, const char *text,
                       const struct ost_tree *ops)
{
    size_t len = 0;
    struct ost_err err;
    struct ost_plan *plan = NULL;
    const char *snapshot = snapshot_in(text, &len);
    bool fresh = client->base == NULL || (ops->first != NULL && ost_plan_seq(client->base) == 0);
    if (snapshot == NULL && !fresh)
        return true;
    if (!(snapshot != NULL ? ost_plan_read(snapshot, len, OST_FORM_JSON, &plan, &err)
                           : ost_plan_create(&plan, sim_plan, &err))) {
        sim_broken(sim, "snapshot", "client %d: %s", client->number, err.msg);
        return false;
    }
    ost_plan_destroy(client->base);
    client->base = plan;
    return true;
}

static void hear_welcome(struct sim *sim, struct sim_client *client, const struct ost_tree *node,
                         const char *text, struct ost_arena *arena)
{
    static const char *const name[] = {"t",    "you",    "plan", "seq",  "sum",  "snapshot", "ops",
                                       "mine", "last_n", "may",  "undo", "redo", NULL};
    const struct ost_tree *part[12];
    struct ost_err err;
    if (!ost_tree_fields(node, "welcome", name, part, &err) || part[2]->kind != OST_TREE_TEXT) {
        sim_broken(sim, "welcome", "client %d: %s", client->number, text);
        return;
    }
    if (!start_plan(sim, client, text, part[6]))
        return;
    take_entries(sim, client, part[6], arena);
    if (sim->broken.failed)
        return;
    check_sum(sim, client, part[4]);
    for (const struct ost_tree *pair = part[7]->first; pair != NULL; pair = pair->next)
        settle(sim, client, pair->first->integer, pair->first->next->integer);
    client->live = true;
    client->busy = 0;
    for (size_t i = 0; i < client->tx_count; i++) {
        if (client->tx[i].fate == SIM_PENDING && client->tx[i].n <= part[8]->integer)
            settle(sim, client, client->tx[i].n, 0);
        else if (client->tx[i].fate == SIM_PENDING)
            sim_client_send(sim, client, &client->tx[i]);
    }
}

static void hear_ops(struct sim *sim, struct sim_client *client, const struct ost_tree *node,
                     struct ost_arena *arena)
{
    static const char *const name[] = {"t", "ops", "seq", "sum", NULL};
    const struct ost_tree *part[4];
    struct ost_err err;
    if (!ost_tree_fields(node, "ops", name, part, &err)) {
        sim_broken(sim, "entry", "%s", err.msg);
        return;
    }
    if (!client->live || client->base == NULL)
        return; /* the next welcome has it */
    int64_t before = ost_plan_seq(client->base);
    take_entries(sim, client, part[1], arena);
    if (!sim->broken.failed && part[2]->integer > before)
        check_sum(sim, client, part[3]);
}

static int64_t member_integer(const struct ost_tree *map, const char *key)
{
    for (const struct ost_tree *node = map->first; node != NULL; node = node->next) {
        if (strcmp(node->key, key) == 0)
            return node->integer;
    }
    return 0;
}

static const char *member_text(const struct ost_tree *map, const char *key)
{
    for (const struct ost_tree *node = map->first; node != NULL; node = node->next) {
        if (strcmp(node->key, key) == 0 && node->kind == OST_TREE_TEXT)
            return node->text;
    }
    return "";
}

static void hear_refused(struct sim *sim, struct sim_client *client, const struct ost_tree *node)
{
    int64_t n = member_integer(node, "n"), retry = member_integer(node, "retry_ms");
    if (n == 0)
        return;
    if (retry == 0) {
        settle(sim, client, n, 0);
    } else if (n <= (int64_t)client->tx_count) {
        client->tx[n - 1].resend_at = sim->now + retry;
    }
}

static void move_on(struct sim *sim, struct sim_client *client, int64_t after)
{
    if (client->link >= 0) {
        struct sim_link *link = &sim->link[client->link];
        sim_link_end(link, true);
        if (link->server_end && !link->half)
            sim_link_cut(sim, link, false, UINT64_MAX);
    }
    client->link = -1;
    client->live = false;
    client->hello_at = INT64_MAX;
    client->connect_at = sim->now + after;
}

static void hear_resync(struct sim *sim, struct sim_client *client, const struct ost_tree *node)
{
    const char *reason = member_text(node, "reason");
    client->live = false;
    client->trust = strcmp(reason, "sum") != 0 && strcmp(reason, "store") != 0;
    client->hello_at = sim->now + member_integer(node, "retry_ms");
    if (strcmp(reason, "sum") == 0)
        sim_broken(sim, "sum", "client %d is told that the states differ", client->number);
    if (strcmp(reason, "busy") == 0 && ++client->busy >= 2) {
        client->busy = 0;
        client->server = (client->server + 1) % SIM_SERVERS;
        move_on(sim, client, RETRY_MS);
    }
}

static void hear_one(struct sim *sim, struct sim_client *client, const struct ost_tree *node,
                     const char *text, struct ost_arena *arena)
{
    const char *kind = member_text(node, "t");
    if (strcmp(kind, "welcome") == 0) {
        hear_welcome(sim, client, node, text, arena);
    } else if (strcmp(kind, "ops") == 0) {
        hear_ops(sim, client, node, arena);
    } else if (strcmp(kind, "ack") == 0) {
        settle(sim, client, member_integer(node, "n"), member_integer(node, "seq"));
    } else if (strcmp(kind, "refused") == 0) {
        hear_refused(sim, client, node);
    } else if (strcmp(kind, "resync") == 0) {
        hear_resync(sim, client, node);
    } else if (strcmp(kind, "people") == 0 || strcmp(kind, "presence") == 0) {
        client->people = true;
    }
}

void sim_client_hear(struct sim *sim, struct sim_client *client, const char *text, size_t len)
{
    OST_AUTO(ost_arena) arena = NULL;
    const struct ost_tree *root = NULL;
    struct ost_err err;
    sim_trace(sim, "client %d hears %.*s", client->number, len > 300 ? 300 : (int)len, text);
    client->heard_at = sim->now;
    if (!ost_arena_create(&arena, TREE_BYTES, &err) ||
        !ost_tree_of_json(arena, text, len, &root, &err)) {
        sim_broken(sim, "frame", "client %d: %s", client->number, err.msg);
        return;
    }
    hear_one(sim, client, root, text, arena);
}

void sim_client_lost(struct sim *sim, struct sim_client *client)
{
    if (sim_mix(sim->script->seed + (uint64_t)client->tries * 31 + (uint64_t)client->number) % 2 ==
        0)
        client->server = (client->server + 1) % SIM_SERVERS;
    move_on(sim, client, RETRY_MS);
}

static bool waits(const struct sim_client *client)
{
    for (size_t i = 0; i < client->tx_count; i++) {
        if (client->tx[i].fate == SIM_PENDING)
            return true;
    }
    return false;
}

static void connect(struct sim *sim, struct sim_client *client)
{
    client->connect_at = INT64_MAX;
    if (sim->server[client->server].hub == NULL) {
        client->server = (client->server + 1) % SIM_SERVERS;
        client->connect_at = sim->now + RETRY_MS;
        return;
    }
    client->link = sim_link_open(sim, client, client->server);
    sim_client_say_hello(sim, client, true);
}

static int64_t silent_at(const struct sim_client *client)
{
    bool expects =
        client->link >= 0 && (!client->live ? client->hello_at == INT64_MAX : waits(client));
    return expects ? client->heard_at + SILENCE_MS : INT64_MAX;
}

/* Who only looks on must notice too when nothing comes any more: a hello asks. */
static int64_t ask_at(const struct sim_client *client)
{
    return client->live && client->link >= 0 && !waits(client) ? client->heard_at + QUIET_MS
                                                               : INT64_MAX;
}

void sim_client_step(struct sim *sim, struct sim_client *client)
{
    if (client->link < 0 && client->connect_at <= sim->now)
        connect(sim, client);
    if (client->link >= 0 && client->hello_at <= sim->now)
        sim_client_say_hello(sim, client, client->trust);
    for (size_t i = 0; client->live && i < client->tx_count; i++) {
        if (client->tx[i].fate == SIM_PENDING && client->tx[i].resend_at <= sim->now)
            sim_client_send(sim, client, &client->tx[i]);
    }
    if (ask_at(client) <= sim->now)
        sim_client_say_hello(sim, client, true);
    if (silent_at(client) <= sim->now)
        sim_client_lost(sim, client);
}

int64_t sim_client_next(const struct sim *sim, const struct sim_client *client)
{
    (void)sim;
    int64_t next = client->link < 0 ? client->connect_at : client->hello_at;
    int64_t silent = silent_at(client), ask = ask_at(client);
    next = silent < next ? silent : next;
    next = ask < next ? ask : next;
    for (size_t i = 0; client->live && i < client->tx_count; i++) {
        if (client->tx[i].fate == SIM_PENDING && client->tx[i].resend_at < next)
            next = client->tx[i].resend_at;
    }
    return next;
}

bool sim_client_rests(const struct sim_client *client)
{
    return client->live && !waits(client);
}
