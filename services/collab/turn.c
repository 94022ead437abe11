#include "recon/base/array.h"
#include "services/collab/room_impl.h"
#include "services/log/log.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define TURN_BYTES   ((size_t)64 * 1024 * 1024) /* undo entries of one turn */
#define BODIES_BYTES ((size_t)OST_COLLAB_BATCH * OST_ENTRY_BYTES)
#define CROWD        24 /* members from which on a room gathers ... */
#define GATHER_MS    4  /* ... at most so long from turn to turn, ... */
#define GATHER_MORE  50 /* ... and a millisecond more for each of so many members: a frame costs */
#define COMMIT_ROOMS 128

/* What one turn of one room has done so far. */
struct turn {
    struct turn *next;
    struct ost_collab *hub;
    struct room *room;
    struct ost_arena *arena;
    int64_t began_ms;
    int64_t kept;                           /* the seq before this turn: what is durable already */
    struct waiting *done[OST_COLLAB_BATCH]; /* whose entries are in the batch */
    size_t body[OST_COLLAB_BATCH + 1];      /* where each begins in `bodies` */
    size_t count;
    struct ost_buf bodies;
    struct ost_undo undo[OST_COLLAB_BATCH];
    struct ost_collab_record record[OST_COLLAB_BATCH];
    struct ost_collab_batch batch;
    bool ok;
    struct ost_err err; /* where it is not */
};

bool ost_room_wait(struct ost_collab *hub, struct member *member, const struct waiting *what,
                   struct ost_err *err)
{
    if (member->waiting >= OST_COLLAB_WAITING || hub->waiting_bytes > OST_FRAMES_BYTES)
        return ost_fail(err, OST_LIMIT, "too many edits wait; they are sent again in a moment");
    struct waiting *waiting = malloc(sizeof *waiting);
    if (waiting == NULL)
        return ost_fail(err, OST_NOMEM, "collab: out of memory");
    *waiting = *what;
    waiting->next = NULL;
    waiting->member = member;
    waiting->frame->users++;
    member->waiting++;
    *member->room->waiting_end = waiting;
    member->room->waiting_end = &waiting->next;
    return true;
}

static void waiting_free(struct ost_collab *hub, struct waiting *waiting)
{
    waiting->member->waiting--;
    ost_frame_release(hub, waiting->frame);
    free(waiting);
}

/* All that `member` wanted, or everybody where it is NULL. */
void ost_room_forget(struct ost_collab *hub, struct room *room, const struct member *member)
{
    struct waiting **at = &room->waiting;
    while (*at != NULL) {
        struct waiting *waiting = *at;
        if (member != NULL && waiting->member != member) {
            at = &waiting->next;
            continue;
        }
        *at = waiting->next;
        waiting_free(hub, waiting);
    }
    room->waiting_end = at;
}

/*
 * Of what was kept before this turn; what is in the turn's own batch is acknowledged by
 * the entries themselves, once they are kept.
 */
static void send_ack(const struct turn *turn, const struct waiting *waiting)
{
    struct ost_buf text;
    if (waiting->entry.seq > turn->kept)
        return;
    ost_buf_init(&text, 256);
    ost_buf_print(&text, "{\"t\":\"ack\",\"n\":%" PRId64 ",\"seq\":%" PRId64 "}", waiting->entry.n,
                  waiting->entry.seq);
    ost_hub_send(turn->hub, waiting->member, &text);
    ost_buf_fini(&text);
}

/* An undo becomes an entry only now: what there is to take back depends on the order. */
static bool make_undo(struct turn *turn, struct waiting *waiting, struct ost_err *err)
{
    struct ost_entry made;
    struct ost_undo *undo = &turn->undo[turn->count];
    *undo = (struct ost_undo){.redo = waiting->wish == OST_WISH_REDO};
    if (!ost_plan_undo(turn->room->plan, &waiting->entry.by, turn->arena, undo, &made, err))
        return false;
    made.client = waiting->entry.client;
    made.n = waiting->entry.n;
    made.at_ms = waiting->entry.at_ms;
    waiting->entry = made;
    return true;
}

/* The steps behind a proposal are the owner's, and so is the way back from them. */
static bool is_owners(const struct ost_plan *plan, const char *kind)
{
    if (strcmp(kind, "draft") == 0)
        return ost_plan_review(plan) > OST_REVIEW_PROPOSED;
    return strcmp(kind, "version") != 0 && strcmp(kind, "proposed") != 0;
}

/* Judged when its turn comes, so that a right that was taken away counts at once. */
static bool may_edit(const struct member *member, const struct ost_entry *entry,
                     struct ost_err *err)
{
    if (!member->may_edit)
        return ost_fail(err, OST_DENIED, "you may look at this plan but not change it");
    for (size_t i = 0; i < entry->op_count && !member->may_approve; i++) {
        if (entry->op[i].kind == OST_OP_TAG && strcmp(entry->op[i].tag_kind, "approved") == 0)
            return ost_fail(err, OST_DENIED, "this plan cannot be approved by you now");
    }
    for (size_t i = 0; i < entry->op_count && member->visits; i++) {
        if (entry->op[i].kind == OST_OP_TAG && is_owners(member->room->plan, entry->op[i].tag_kind))
            return ost_fail(err, OST_DENIED, "this step is for the case's own institution");
    }
    return true;
}

static bool apply(struct turn *turn, struct waiting *waiting, enum ost_outcome *outcome,
                  struct ost_err *err)
{
    struct member *member = waiting->member;
    struct ost_entry *entry = &waiting->entry;
    struct ost_plan *plan = turn->room->plan;
    entry->by = (struct ost_actor){member->user_id, member->name, member->role};
    entry->client = member->client;
    entry->at_ms = ost_hub_now(turn->hub);
    /* Sent again, an undo must not take back one more. */
    bool fresh = entry->n > ost_plan_last_n(plan, entry->client);
    if (fresh && !may_edit(member, entry, err))
        return false;
    if (fresh && entry->n <= member->refused)
        return ost_fail(err, OST_CONFLICT, "transaction %" PRId64 " was refused before", entry->n);
    if (waiting->wish != OST_WISH_APPLY && fresh && !make_undo(turn, waiting, err))
        return false;
    static struct ost_op nothing[1] = {{.object = ""}}; /* a repeated undo is known by its n */
    if (waiting->wish != OST_WISH_APPLY && !fresh) {
        entry->op = nothing;
        entry->op_count = 1;
    }
    return ost_plan_apply(plan, entry, outcome, err);
}

static bool keep(struct turn *turn, struct waiting *waiting, struct ost_err *err)
{
    struct ost_sink sink = ost_sink_to(&turn->bodies, OST_FORM_CBOR);
    turn->body[turn->count] = turn->bodies.len;
    ost_entry_write(&sink, &waiting->entry);
    turn->done[turn->count++] = waiting;
    turn->body[turn->count] = turn->bodies.len;
    const size_t *at = &turn->body[turn->count - 1];
    ost_person_wrote(waiting->member->person, ost_hub_now(turn->hub), at[1] - at[0]);
    return ost_buf_done(&turn->bodies, err) &&
           ost_room_line_add(turn->room, &waiting->entry, turn->bodies.ptr + at[0], at[1] - at[0],
                             err);
}

/* Told once, it stays refused: the page may have sent it twice and heard only the first answer. */
static void refuse(const struct turn *turn, const struct waiting *waiting,
                   const struct ost_err *why)
{
    struct member *member = waiting->member;
    if (waiting->entry.n > member->refused)
        member->refused = waiting->entry.n;
    ost_talk_refused(turn->hub, member, waiting->entry.n, why, 0);
}

/* The first step: everything that waits, in the order it came, as far as a batch goes. */
static bool apply_waiting(struct turn *turn, struct ost_err *err)
{
    struct room *room = turn->room;
    while (room->waiting != NULL && turn->count < OST_COLLAB_BATCH) {
        struct waiting *waiting = room->waiting;
        enum ost_outcome outcome = OST_APPLIED;
        struct ost_err why;
        bool ok = apply(turn, waiting, &outcome, &why);
        room->waiting = waiting->next;
        if (room->waiting == NULL)
            room->waiting_end = &room->waiting;
        if (ok && outcome == OST_APPLIED) {
            if (!keep(turn, waiting, err))
                return false;
            continue;
        }
        if (ok) {
            send_ack(turn, waiting);
        } else {
            refuse(turn, waiting, &why);
        }
        waiting_free(turn->hub, waiting);
    }
    return true;
}

static bool state_hash(const struct ost_plan *plan, unsigned char digest[OST_SHA256_BYTES],
                       struct ost_err *err)
{
    struct ost_buf bytes;
    ost_buf_init(&bytes, OST_PLAN_BYTES);
    bool ok = ost_plan_bytes(plan, &bytes, err);
    if (ok)
        ost_sha256_of(bytes.ptr, bytes.len, digest);
    ost_buf_fini(&bytes);
    return ok;
}

/* What the second step is to keep. */
static bool make_batch(struct turn *turn, struct ost_err *err)
{
    const struct room *room = turn->room;
    struct ost_collab_batch *batch = &turn->batch;
    *batch =
        (struct ost_collab_batch){.plan = room->info, .record = turn->record, .count = turn->count};
    batch->after = ost_plan_seq(room->plan) - (int64_t)turn->count;
    for (size_t i = 0; i < turn->count; i++) {
        turn->record[i] =
            (struct ost_collab_record){.entry = &turn->done[i]->entry,
                                       .body = turn->bodies.ptr + turn->body[i],
                                       .body_bytes = turn->body[i + 1] - turn->body[i]};
    }
    return state_hash(room->plan, batch->state_hash, err);
}

static bool has_approval(const struct turn *turn)
{
    for (size_t i = 0; i < turn->count; i++) {
        const struct ost_entry *entry = &turn->done[i]->entry;
        if (entry->op_count == 1 && entry->op[0].kind == OST_OP_TAG)
            return true;
    }
    return false;
}

/*
 * Now and then, and at every version and approval, the state itself is kept: the next
 * room begins there. After the others were told, since nothing depends on it.
 */
static void snapshot(const struct turn *turn)
{
    const struct room *room = turn->room;
    unsigned char hash[OST_SHA256_BYTES];
    struct ost_buf body;
    struct ost_err err;
    int64_t seq = ost_plan_seq(room->plan), before = seq - (int64_t)turn->count;
    if (seq / OST_COLLAB_SNAPSHOT == before / OST_COLLAB_SNAPSHOT && !has_approval(turn))
        return;
    ost_buf_init(&body, OST_PLAN_BYTES);
    bool ok = state_hash(room->plan, hash, &err) &&
              ost_plan_write(room->plan, OST_FORM_CBOR, &body, &err);
    const struct ost_collab_snapshot kept = {
        .seq = seq, .state_hash = hash, .body = body.ptr, .body_bytes = body.len};
    ok = ok &&
         turn->hub->store.snapshot(turn->hub->store.user, &room->at, room->info.id, &kept, &err);
    ost_buf_fini(&body);
    if (!ok)
        ost_log_err(OST_LOG_WARN, "collab.snapshot", &err);
}

static void send_kept(const struct turn *turn, size_t at)
{
    const struct waiting *waiting = turn->done[at];
    struct ost_buf text;
    if (waiting->wish == OST_WISH_APPLY || turn->undo[at].kept == 0)
        return;
    ost_buf_init(&text, 256);
    ost_buf_print(&text, "{\"t\":\"kept\",\"n\":%" PRId64 ",\"restored\":%d,\"kept\":%d}",
                  waiting->entry.n, turn->undo[at].restored, turn->undo[at].kept);
    ost_hub_send(turn->hub, waiting->member, &text);
    ost_buf_fini(&text);
}

void ost_room_depth(struct ost_collab *hub, struct member *member)
{
    struct ost_undo_depth depth;
    struct ost_buf text;
    struct ost_err err;
    if (!ost_plan_undo_depth(member->room->plan, member->user_id, &depth, &err) ||
        (depth.undo == member->depth.undo && depth.redo == member->depth.redo))
        return;
    member->depth = depth;
    ost_buf_init(&text, 256);
    ost_buf_print(&text, "{\"t\":\"depth\",\"undo\":%zu,\"redo\":%zu}", depth.undo, depth.redo);
    ost_hub_send(hub, member, &text);
    ost_buf_fini(&text);
}

/* Whose transactions these are: theirs is the depth that has changed for certain. */
static void tell_depths(const struct turn *turn)
{
    for (struct member *member = turn->room->member; member != NULL; member = member->next) {
        bool wrote = false;
        for (size_t i = 0; i < turn->count && !wrote; i++)
            wrote = strcmp(turn->done[i]->entry.by.id, member->user_id) == 0;
        if (wrote && member->greeted)
            ost_room_depth(turn->hub, member);
    }
}

void ost_room_depths(struct ost_collab *hub, struct room *room)
{
    if (!room->depth_changed)
        return;
    room->depth_changed = false; /* old entries are forgotten, and with them what could be undone */
    for (struct member *member = room->member; member != NULL; member = member->next) {
        if (member->greeted)
            ost_room_depth(hub, member);
    }
}

static void put_json(const struct turn *turn, const char *sum, struct ost_buf *out)
{
    struct room *room = turn->room;
    struct ost_err err;
    ost_buf_text(out, "{\"t\":\"ops\",\"ops\":[");
    for (size_t i = 0; i < turn->count; i++) {
        const struct text *text =
            ost_line_text(&room->line[room->line_count - turn->count + i], false, &err);
        if (text == NULL) {
            out->failed = true;
            return;
        }
        ost_buf_text(out, i == 0 ? "" : ",");
        ost_buf_put(out, text->ptr, text->len);
    }
    ost_buf_print(out, "],\"seq\":%" PRId64 ",\"sum\":\"%s\"}", ost_plan_seq(room->plan), sum);
}

/* The entries are the bytes that have just been kept, all of them in one row. */
static void put_cbor(const struct turn *turn, const char *sum, struct ost_buf *out)
{
    struct ost_sink sink = ost_sink_to(out, OST_FORM_CBOR);
    ost_sink_map(&sink, 4);
    ost_sink_key(&sink, "t");
    ost_sink_text(&sink, "ops");
    ost_sink_key(&sink, "ops");
    struct ost_sink list = ost_sink_to(out, OST_FORM_CBOR);
    ost_sink_list(&list, turn->count);
    ost_buf_put(out, turn->bodies.ptr, turn->bodies.len);
    struct ost_sink rest = ost_sink_to(out, OST_FORM_CBOR);
    ost_sink_text(&rest, "seq");
    ost_sink_integer(&rest, ost_plan_seq(turn->room->plan));
    ost_sink_text(&rest, "sum");
    ost_sink_text(&rest, sum);
}

/* In one of the two forms, where somebody speaks it. */
static void tell_entries(const struct turn *turn, bool cbor)
{
    struct room *room = turn->room;
    struct ost_buf text;
    char sum[OST_SUM_HEX];
    if (!ost_room_speaks(room, cbor))
        return;
    ost_plan_sum(room->plan, sum);
    ost_buf_init(&text, (size_t)2 * OST_COLLAB_BATCH * 8 * OST_ENTRY_BYTES);
    (cbor ? put_cbor : put_json)(turn, sum, &text);
    for (struct member *member = room->member; text.failed && member != NULL; member = member->next)
        if (member->cbor == cbor)
            ost_hub_resync(turn->hub, member, "slow", 0);
    if (!text.failed)
        ost_hub_tell(turn->hub, room, cbor, &text);
    ost_buf_fini(&text);
}

/* The third step: one frame for all, which is also the acknowledgement. */
static void publish(struct turn *turn)
{
    tell_entries(turn, false);
    tell_entries(turn, true);
    for (size_t i = 0; i < turn->count; i++)
        send_kept(turn, i);
    tell_depths(turn);
    turn->room->depth_changed = true;
}

static struct turn *turn_begin(struct ost_collab *hub, struct room *room, int64_t now)
{
    struct turn *turn = calloc(1, sizeof *turn);
    if (turn == NULL)
        return NULL; /* what waits goes on waiting */
    turn->hub = hub;
    turn->room = room;
    turn->began_ms = now;
    turn->kept = ost_plan_seq(room->plan);
    ost_buf_init(&turn->bodies, BODIES_BYTES);
    turn->ok = ost_arena_create(&turn->arena, TURN_BYTES, &turn->err) &&
               apply_waiting(turn, &turn->err) &&
               (turn->count == 0 || make_batch(turn, &turn->err));
    return turn;
}

/*
 * Entries come as fast as this turn found them: so many again are worth waiting for. One alone is
 * not: at such a rate the next comes when this turn is long over. It counts from where this turn
 * began, since others gather while it is kept: where that took longer, nobody waits for more.
 */
static int64_t rest_after(const struct turn *turn)
{
    int64_t members = 0, twice = 2 * (int64_t)turn->count;
    for (const struct member *m = turn->room->member; m != NULL; m = m->next)
        members++;
    if (members < CROWD || turn->count < 2)
        return 0;
    int64_t most = GATHER_MS + members / GATHER_MORE;
    return twice < most ? twice : most;
}

static void turn_end(struct turn *turn)
{
    struct room *room = turn->room;
    if (turn->ok && turn->count > 0) {
        room->info.bytes += (int64_t)turn->bodies.len;
        publish(turn);
        snapshot(turn);
    }
    for (size_t i = 0; i < turn->count; i++)
        waiting_free(turn->hub, turn->done[i]);
    /* Whether it was kept is not known: only the log can tell. */
    if (!turn->ok)
        ost_room_failed(turn->hub, room, &turn->err);
    room->turn_ms = turn->began_ms;
    room->rest_ms = rest_after(turn);
    ost_buf_fini(&turn->bodies);
    ost_arena_destroy(turn->arena);
    free(turn);
}

/* The second step: durable, or it did not happen. */
static void append_all(struct ost_collab *hub, struct turn *first)
{
    struct ost_collab_write write[COMMIT_ROOMS];
    const struct ost_collab_store *store = &hub->store;
    size_t count = 0;
    for (const struct turn *turn = first; turn != NULL; turn = turn->next) {
        if (turn->ok && turn->count > 0)
            write[count++] =
                (struct ost_collab_write){.at = &turn->room->at, .batch = &turn->batch};
    }
    if (store->append_all != NULL && count > 0)
        store->append_all(store->user, write, count);
    for (size_t i = 0; store->append_all == NULL && i < count; i++)
        write[i].ok = store->append(store->user, write[i].at, write[i].batch, &write[i].err);
    count = 0;
    for (struct turn *turn = first; turn != NULL; turn = turn->next) {
        if (!turn->ok || turn->count == 0)
            continue;
        turn->ok = write[count].ok;
        turn->err = write[count++].err;
    }
}

/* A crowd gathers for a moment; a clock that was set back ends the moment. */
static bool is_due(const struct room *room, int64_t now)
{
    return room->waiting != NULL && room->plan != NULL &&
           ost_hub_past(now, room->turn_ms, room->rest_ms);
}

/* Until the room's next turn: what comes in before need not be looked at again for it. */
static int due_in(const struct room *room, int64_t now)
{
    if (room->waiting == NULL)
        return 0;
    int64_t left = room->turn_ms + room->rest_ms - now;
    return room->plan == NULL || is_due(room, now) || left < 1 ? 1 : (int)left;
}

static int sooner(int a, int b)
{
    return a == 0 || (b != 0 && b < a) ? b : a;
}

int ost_rooms_turn(struct ost_collab *hub)
{
    struct turn *first = NULL, **end = &first;
    int64_t now = ost_hub_now(hub);
    size_t count = 0;
    int more = 0;
    for (struct room *room = hub->room; room != NULL && count < COMMIT_ROOMS; room = room->next) {
        if (!is_due(room, now) || !ost_room_is_ours(hub, room) ||
            (*end = turn_begin(hub, room, now)) == NULL)
            continue;
        end = &(*end)->next;
        count++;
    }
    append_all(hub, first);
    if (hub->line.hold != NULL)
        hub->line.hold(hub->line.user, true);
    for (struct turn *turn = first, *next; turn != NULL; turn = next) {
        next = turn->next;
        turn_end(turn);
    }
    now = ost_hub_now(hub);
    for (struct room *room = hub->room; room != NULL; room = room->next) {
        more = sooner(more, ost_room_people(hub, room));
        more = sooner(more, due_in(room, now));
    }
    if (hub->line.hold != NULL)
        hub->line.hold(hub->line.user, false);
    return more;
}
