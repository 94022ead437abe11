/* What must hold when everything has come to rest, read off the log alone. */
#include "recon/base/siphash.h"
#include "tests/sim/sim.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { WRITES = 4 * SIM_LOG, KEY = 80 };

/* One thing an entry wrote: what stood there before the entry, and after it. */
struct write {
    int64_t seq;
    char key[KEY];
    struct ost_op op; /* its texts live as long as the entry is folded */
    uint64_t before, after;
};

struct fold {
    struct sim *sim;
    struct ost_plan *plan;
    const char *review;  /* where the plan stands */
    struct write *write; /* of all entries so far */
    size_t count;
    struct {
        int64_t undo_of;
        char by[OST_ACTOR_BYTES + 1];
    } entry[SIM_LOG + 1];
};

static void key_of(const struct ost_op *op, char key[KEY])
{
    const char *what = op->kind == OST_OP_SET    ? op->assign[0].property
                       : op->kind == OST_OP_MOVE ? "#place"
                                                 : "#life";
    (void)snprintf(key, KEY, "%s.%s", op->object, what);
}

/* A number for what stands at the thing an operation writes. */
static uint64_t stands(const struct ost_plan *plan, const struct ost_op *op)
{
    static const unsigned char key[OST_SIPHASH_KEY_BYTES] = "what stands here";
    struct ost_buf text;
    int at = ost_plan_find(plan, op->object);
    struct ost_object_view view = {.parent = "", .order = ""};
    if (at >= 0)
        view = ost_plan_object_view(plan, (size_t)at);
    ost_buf_init(&text, 1 << 16);
    if (op->kind == OST_OP_SET) {
        struct ost_sink sink = ost_sink_to(&text, OST_FORM_JSON);
        struct ost_value value = ost_plan_property_view(plan, at, op->assign[0].property).value;
        ost_sink_value(&sink, &value);
    } else if (op->kind == OST_OP_MOVE) {
        ost_buf_print(&text, "%s %s", view.parent, view.order);
    } else {
        ost_buf_print(&text, "%d", view.alive ? 1 : 0);
    }
    uint64_t out = ost_siphash(key, text.ptr, text.len).low;
    ost_buf_fini(&text);
    return out;
}

/* A position written by a person marks how it came about, without an operation of its own. */
static bool marks(const struct ost_entry *entry, const struct ost_op *op)
{
    return op->kind == OST_OP_SET && entry->undo_of == 0 && entry->by.role != OST_ROLE_SYSTEM &&
           strcmp(op->assign[0].property, "position") == 0;
}

static void note_before(struct fold *fold, const struct ost_entry *entry)
{
    static const struct ost_assign how = {.property = "how"};
    for (size_t i = 0; i < 2 * entry->op_count && fold->count < WRITES; i++) {
        struct ost_op op = entry->op[i / 2];
        if (op.kind == OST_OP_TAG || (i % 2 == 1 && !marks(entry, &op)))
            continue;
        if (i % 2 == 1)
            op.assign = &how;
        struct write *write = &fold->write[fold->count++];
        *write = (struct write){.seq = entry->seq, .op = op, .before = stands(fold->plan, &op)};
        key_of(&op, write->key);
    }
}

static void note_after(struct fold *fold, const struct ost_entry *entry, size_t first)
{
    for (size_t i = first; i < fold->count; i++)
        fold->write[i].after = stands(fold->plan, &fold->write[i].op);
    fold->entry[entry->seq].undo_of = entry->undo_of;
    (void)snprintf(fold->entry[entry->seq].by, sizeof fold->entry[0].by, "%s", entry->by.id);
}

static const struct write *write_of(const struct fold *fold, int64_t seq, const char *key)
{
    for (size_t i = 0; i < fold->count; i++) {
        if (fold->write[i].seq == seq && strcmp(fold->write[i].key, key) == 0)
            return &fold->write[i];
    }
    return NULL;
}

/* One's own, only where what one wrote still stands, and back to what stood before it. */
static void law_of_undo(struct fold *fold, const struct ost_entry *entry, size_t first)
{
    int64_t of = entry->undo_of;
    if (of == 0)
        return;
    fold->sim->count.undone++;
    if (of >= entry->seq || strcmp(fold->entry[of].by, entry->by.id) != 0)
        sim_broken(fold->sim, "undo", "entry %" PRId64 " takes back another's %" PRId64, entry->seq,
                   of);
    for (size_t i = first; i < fold->count; i++) {
        const struct write *write = &fold->write[i], *old = write_of(fold, of, write->key);
        if (old == NULL || write->before != old->after || write->after != old->before)
            sim_broken(fold->sim, "undo", "entry %" PRId64 " of %" PRId64 " on %s", entry->seq, of,
                       write->key);
    }
}

static const struct sim_client *client_of(const struct sim *sim, const char *id)
{
    for (int i = 0; i < sim->script->clients; i++) {
        if (strcmp(sim->client[i].id, id) == 0)
            return &sim->client[i];
    }
    return NULL;
}

/* The bytes of the operations alone, with the bases the log gave them. */
static bool ops_bytes(struct ost_entry *entry, const struct ost_entry *bases, struct ost_buf *buf)
{
    struct ost_sink sink = ost_sink_to(buf, OST_FORM_CBOR);
    if (entry->op_count != bases->op_count)
        return false;
    for (size_t i = 0; i < entry->op_count; i++)
        entry->op[i].base = bases->op[i].base;
    entry->pre_count = 0;
    ost_sink_map(&sink, 2);
    ost_ops_write(&sink, entry);
    return !buf->failed;
}

static bool as_sent(const struct sim_tx *tx, struct ost_entry *entry, struct ost_arena *arena)
{
    const struct ost_tree *root = NULL, *ops = NULL;
    struct ost_entry sent = {.n = tx->n};
    struct ost_err err;
    struct ost_buf a, b;
    if (strstr(tx->text, "\"t\":\"undo\"") != NULL || strstr(tx->text, "\"t\":\"redo\"") != NULL)
        return entry->undo_of != 0;
    if (entry->undo_of != 0 || !ost_tree_of_json(arena, tx->text, strlen(tx->text), &root, &err))
        return false;
    for (const struct ost_tree *node = root->first; node != NULL; node = node->next)
        ops = strcmp(node->key, "ops") == 0 ? node : ops;
    if (!ost_ops_read(ops, arena, &sent, &err))
        return false;
    ost_buf_init(&a, OST_ENTRY_BYTES);
    ost_buf_init(&b, OST_ENTRY_BYTES);
    bool same = ops_bytes(&sent, entry, &a) && ops_bytes(entry, entry, &b) && a.len == b.len &&
                memcmp(a.ptr, b.ptr, a.len) == 0;
    ost_buf_fini(&a);
    ost_buf_fini(&b);
    return same;
}

/* Written a second time and not from the table of types: who may write what. */
static bool may_write(enum ost_role role, const struct ost_op *op)
{
    static const char *const system_only[] = {"radius", "frame", "lip"};
    if (role != OST_ROLE_SURGEON && role != OST_ROLE_ENGINEER)
        return false;
    if (op->kind == OST_OP_TAG)
        return strcmp(op->tag_kind, "manufactured") == 0
                   ? role == OST_ROLE_ENGINEER
                   : role == OST_ROLE_SURGEON ||
                         strstr("version draft proposed released", op->tag_kind) != NULL;
    for (size_t i = 0; i < 3; i++) {
        if (strcmp(op->object, system_only[i]) == 0 && op->kind != OST_OP_SET)
            return false;
    }
    if (op->kind == OST_OP_CREATE)
        return strcmp(op->type, "bone") != 0 && strcmp(op->type, "landmark") != 0;
    bool lip = op->kind == OST_OP_SET && strcmp(op->object, "lip") == 0;
    return !lip || strcmp(op->assign[0].property, "position") == 0;
}

static void law_of_origin(struct sim *sim, struct ost_entry *entry, struct ost_arena *arena)
{
    const struct sim_client *client = client_of(sim, entry->client);
    if (entry->by.role == OST_ROLE_SYSTEM && entry->seq == 1)
        return;
    if (client == NULL || entry->n < 1 || entry->n > (int64_t)client->tx_count) {
        sim_broken(sim, "origin", "entry %" PRId64 " was sent by nobody", entry->seq);
        return;
    }
    const struct sim_tx *tx = &client->tx[entry->n - 1];
    if (tx->fate != SIM_ACKED || tx->seq != entry->seq)
        sim_broken(sim, "once", "entry %" PRId64 ": client %d n=%" PRId64 " is %s at %" PRId64,
                   entry->seq, client->number, tx->n,
                   tx->fate == SIM_REFUSED ? "refused" : "acknowledged", tx->seq);
    if (strcmp(entry->by.id, client->user) != 0 || entry->by.role != client->role)
        sim_broken(sim, "rights", "entry %" PRId64 " is not by its writer", entry->seq);
    bool undone_mark = entry->undo_of != 0; /* brings back "how" as it was */
    for (size_t i = 0; i < entry->op_count; i++) {
        if (!may_write(entry->by.role, &entry->op[i]) && !undone_mark)
            sim_broken(sim, "rights", "entry %" PRId64 " by a %s", entry->seq,
                       ost_role_name(entry->by.role));
    }
    if (!as_sent(tx, entry, arena))
        sim_broken(sim, "origin", "entry %" PRId64 " is not what client %d sent", entry->seq,
                   client->number);
}

/* Only a draft is changed, and no step towards the patient is left out. */
static void law_of_review(struct fold *fold, const struct ost_entry *entry)
{
    static const char *const step[] = {"draft",        "proposed", "approved", "released",
                                       "manufactured", "used",     "checked"};
    const char *kind = entry->op[0].kind == OST_OP_TAG ? entry->op[0].tag_kind : "";
    bool draft = strcmp(fold->review, "draft") == 0;
    if (kind[0] == '\0' && !draft)
        sim_broken(fold->sim, "review", "entry %" PRId64 " changes what is %s", entry->seq,
                   fold->review);
    for (int i = 0; i < 7; i++) {
        if (strcmp(kind, step[i]) != 0 || (i == 2 && draft))
            continue;
        if (i > 0 && strcmp(fold->review, step[i - 1]) != 0)
            sim_broken(fold->sim, "review", "entry %" PRId64 ": %s after %s", entry->seq, kind,
                       fold->review);
        fold->review = step[i];
        break;
    }
}

static void check_snapshots(struct fold *fold, int64_t seq)
{
    struct ost_buf body;
    struct ost_err err;
    for (size_t i = 0; i < fold->sim->store.snapshot_count; i++) {
        const struct sim_snapshot *one = &fold->sim->store.snapshot[i];
        if (one->seq != seq)
            continue;
        ost_buf_init(&body, OST_PLAN_BYTES);
        if (!ost_plan_write(fold->plan, OST_FORM_CBOR, &body, &err) || body.len != one->len ||
            memcmp(body.ptr, one->body, body.len) != 0)
            sim_broken(fold->sim, "snapshot", "the one at %" PRId64 " is not the log's state", seq);
        ost_buf_fini(&body);
    }
}

static void fold_one(struct fold *fold, const struct sim_record *record)
{
    OST_AUTO(ost_arena) arena = NULL;
    struct ost_entry entry;
    struct ost_err err;
    if (!ost_arena_create(&arena, (size_t)32 * OST_ENTRY_BYTES, &err) ||
        !ost_entry_read_body(record->body, record->len, arena, &entry, &err)) {
        sim_broken(fold->sim, "chain", "%s", err.msg);
        return;
    }
    size_t first = fold->count;
    note_before(fold, &entry);
    if (!ost_plan_replay(fold->plan, &entry, &err)) {
        sim_broken(fold->sim, "chain", "%s", err.msg);
        return;
    }
    note_after(fold, &entry, first);
    law_of_undo(fold, &entry, first);
    law_of_review(fold, &entry);
    law_of_origin(fold->sim, &entry, arena);
    check_snapshots(fold, entry.seq);
}

static void law_of_replicas(struct sim *sim, const struct ost_plan *plan)
{
    char sum[OST_SUM_HEX], hash[OST_SHA256_HEX], other[OST_SHA256_HEX];
    struct ost_err err;
    ost_plan_sum(plan, sum);
    if (!ost_plan_hash(plan, hash, &err))
        sim_broken(sim, "chain", "%s", err.msg);
    for (int i = 0; i < sim->script->clients; i++) {
        const struct ost_plan *own = sim->client[i].base;
        char its[OST_SUM_HEX];
        ost_plan_sum(own, its);
        if (ost_plan_seq(own) != ost_plan_seq(plan) || strcmp(sum, its) != 0 ||
            !ost_plan_hash(own, other, &err) || strcmp(hash, other) != 0)
            sim_broken(sim, "replica", "client %d at %lld is not the log at %lld", i,
                       (long long)ost_plan_seq(own), (long long)ost_plan_seq(plan));
    }
}

/* Acknowledged: there, once, where it was said to be. The rest is nowhere. */
static void law_of_fates(struct sim *sim)
{
    for (int i = 0; i < sim->script->clients; i++) {
        const struct sim_client *client = &sim->client[i];
        for (size_t t = 0; t < client->tx_count; t++) {
            const struct sim_tx *tx = &client->tx[t];
            size_t found = 0;
            for (size_t k = 0; k < sim->store.count; k++)
                found += sim->store.log[k].n == tx->n &&
                         strcmp(sim->store.log[k].client, client->id) == 0;
            if (found != (tx->fate == SIM_ACKED ? 1 : 0))
                sim_broken(sim, tx->fate == SIM_REFUSED ? "refused" : "once",
                           "client %d n=%" PRId64 " is %zu times in the log", i, tx->n, found);
        }
    }
}

void sim_laws(struct sim *sim)
{
    struct ost_err err;
    struct fold *fold = calloc(1, sizeof *fold);
    if (fold == NULL || (fold->write = calloc(WRITES, sizeof *fold->write)) == NULL)
        abort();
    fold->sim = sim;
    fold->review = "draft";
    law_of_fates(sim);
    if (!ost_plan_create(&fold->plan, sim_plan, &err))
        abort();
    for (size_t i = 0; i < sim->store.count && !sim->broken.failed; i++)
        fold_one(fold, &sim->store.log[i]);
    if (!sim->broken.failed)
        law_of_replicas(sim, fold->plan);
    ost_plan_destroy(fold->plan);
    free(fold->write);
    free(fold);
}
