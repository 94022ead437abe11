#include "recon/plan/clients_impl.h"
#include "recon/plan/run_impl.h"

#include <stdlib.h>
#include <string.h>

static bool is_plain_text(const char *text, size_t most)
{
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7F)
            return false;
    }
    return len <= most;
}

static bool check_head(const struct ost_plan *plan, const struct ost_entry *entry,
                       struct ost_err *err)
{
    if (strlen(entry->client) != OST_CLIENT_BYTES ||
        strspn(entry->client, "0123456789abcdef") != OST_CLIENT_BYTES) {
        return ost_fail(err, OST_INVALID, "a client id has %d lower-case hexadecimal digits",
                        (int)OST_CLIENT_BYTES);
    }
    if (entry->n < 1 || entry->n > OST_TREE_INTEGER_MOST || entry->at_ms < 0 ||
        entry->at_ms > OST_TREE_INTEGER_MOST)
        return ost_fail(err, OST_INVALID, "n counts from 1, at is milliseconds since 1970");
    if (entry->op_count < 1 || entry->op_count > OST_ENTRY_OPS ||
        entry->pre_count > OST_ENTRY_PRE) {
        return ost_fail(err, OST_INVALID, "a transaction holds 1 to %d operations",
                        (int)OST_ENTRY_OPS);
    }
    if (entry->by.id[0] == '\0' || !is_plain_text(entry->by.id, OST_ACTOR_BYTES) ||
        !is_plain_text(entry->by.name, OST_NAME_BYTES))
        return ost_fail(err, OST_INVALID, "a writer has an id and a name of plain text");
    if (entry->undo_of < 0 || entry->undo_of > plan->seq)
        return ost_fail(err, OST_INVALID, "an undo names an earlier entry");
    return true;
}

static void forget(struct ost_plan *plan, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        ost_plan_changes_drop(plan->past[i].change, plan->past[i].change_count);
        plan->past_bytes -= plan->past[i].bytes;
    }
    plan->past_count -= count;
    memmove(plan->past, plan->past + count, plan->past_count * sizeof *plan->past);
}

static size_t bytes_of(const struct change *change, size_t count)
{
    size_t bytes = sizeof(struct past) + count * sizeof *change;
    for (size_t i = 0; i < count; i++) {
        if (change[i].kind == OST_CHANGE_SLOT && change[i].old.slot.value.kind == OST_VALUE_TEXT)
            bytes += strlen(change[i].old.slot.value.text) + 1;
    }
    return bytes;
}

/* Room was made before the transaction began, so that remembering cannot fail. */
static void remember(struct run *run)
{
    struct ost_plan *plan = run->plan;
    struct past *past = &plan->past[plan->past_count++];
    *past = (struct past){.seq = run->entry->seq,
                          .n = run->entry->n,
                          .undo_of = run->entry->undo_of,
                          .by = run->stamp.by,
                          .change = run->change,
                          .change_count = run->count,
                          .bytes = bytes_of(run->change, run->count)};
    memcpy(past->client, run->entry->client, OST_CLIENT_BYTES);
    plan->past_bytes += past->bytes;
    while (plan->past_count > 1 && plan->past_bytes > OST_PLAN_HISTORY_BYTES)
        forget(plan, 1);
}

static bool begin(struct run *run)
{
    run->stamp.by = ost_plan_person(run->plan, run->entry->by.id);
    if (run->stamp.by >= 0)
        return true;
    run->new_person = ost_plan_person_add(run->plan, &run->entry->by, &run->stamp.by, run->err);
    return run->new_person;
}

static void commit(struct run *run, struct client *client)
{
    struct ost_plan *plan = run->plan;
    const struct ost_entry *entry = run->entry;
    struct person *person = &plan->person[run->stamp.by];
    memset(person->name, 0, sizeof person->name);
    memcpy(person->name, entry->by.name, strlen(entry->by.name));
    person->role = entry->by.role;
    plan->seq = entry->seq;
    memcpy(plan->head, entry->hash, sizeof plan->head);
    client->by = run->stamp.by;
    client->n = entry->n;
    client->seq = entry->seq;
    remember(run);
}

/* Validated and counted: the entry that follows plan->seq. */
static bool append(struct ost_plan *plan, struct ost_entry *entry, bool logged, struct ost_err *err)
{
    if (plan->past_count == OST_PLAN_HISTORY)
        forget(plan, OST_PLAN_HISTORY / 16);
    if (!ost_plan_room((void **)&plan->past, sizeof *plan->past, plan->past_count, &plan->past_room,
                       OST_PLAN_HISTORY, err))
        return false;
    struct run run = {.plan = plan,
                      .entry = entry,
                      .stamp = {.rev = plan->seq + 1},
                      .logged = logged,
                      .err = err};
    if (!begin(&run))
        return false;
    entry->seq = plan->seq + 1;
    memcpy(entry->prev, plan->head, sizeof entry->prev);
    struct client *client = NULL;
    bool ok = ost_run_steps(&run) && ost_entry_hash(entry, err);
    if (ok) {
        client = ost_plan_client_for(plan, entry->client, err);
        ok = client != NULL;
    }
    if (!ok) {
        entry->seq = 0;
        ost_run_roll_back(&run);
        return false;
    }
    commit(&run, client);
    return true;
}

static bool take(struct ost_plan *plan, struct ost_entry *entry, bool logged,
                 enum ost_outcome *outcome, struct ost_err *err)
{
    *outcome = OST_APPLIED;
    if (plan->preview)
        return ost_fail(err, OST_INVALID, "a preview takes no entries");
    if (!check_head(plan, entry, err))
        return false;
    const struct client *client = ost_plan_client(plan, entry->client);
    if (client != NULL && strcmp(plan->person[client->by].id, entry->by.id) != 0)
        return ost_fail(err, OST_DENIED, "this client id belongs to another user");
    if (client != NULL && entry->n <= client->n) {
        entry->seq = ost_plan_seq_of(plan, entry->client, entry->n);
        *outcome = OST_DUPLICATE;
        return entry->seq != 0 ||
               ost_fail(err, OST_CONFLICT, "transaction %lld was refused or is long past",
                        (long long)entry->n);
    }
    return append(plan, entry, logged, err);
}

bool ost_plan_apply(struct ost_plan *plan, struct ost_entry *entry, enum ost_outcome *outcome,
                    struct ost_err *err)
{
    return take(plan, entry, false, outcome, err);
}

bool ost_plan_replay(struct ost_plan *plan, struct ost_entry *entry, struct ost_err *err)
{
    unsigned char hash[OST_SHA256_BYTES], prev[OST_SHA256_BYTES];
    int64_t seq = entry->seq;
    memcpy(hash, entry->hash, sizeof hash);
    memcpy(prev, entry->prev, sizeof prev);
    if (seq != plan->seq + 1 || memcmp(prev, plan->head, sizeof prev) != 0) {
        return ost_fail(err, OST_CORRUPT, "entry %lld does not follow entry %lld", (long long)seq,
                        (long long)plan->seq);
    }
    if (!ost_entry_hash(entry, err))
        return false;
    if (memcmp(hash, entry->hash, sizeof hash) != 0)
        return ost_fail(err, OST_CORRUPT, "entry %lld is not what was logged", (long long)seq);
    enum ost_outcome outcome = OST_APPLIED;
    if (!take(plan, entry, true, &outcome, err))
        return ost_err_note(err, "entry %lld", (long long)seq);
    return outcome == OST_APPLIED || ost_fail(err, OST_CORRUPT, "entry %lld repeats entry %lld",
                                              (long long)seq, (long long)entry->seq);
}

bool ost_plan_preview(struct ost_plan *plan, struct ost_entry *entry, struct ost_err *err)
{
    struct run run = {.plan = plan, .entry = entry, .stamp = {.rev = -entry->n}, .err = err};
    bool was = plan->preview;
    if (!check_head(plan, entry, err) || !begin(&run))
        return false;
    plan->preview = true;
    if (!ost_run_steps(&run)) {
        ost_run_roll_back(&run);
        plan->preview = was;
        return false;
    }
    ost_plan_changes_drop(run.change, run.count);
    return true;
}
