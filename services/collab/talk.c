/* Messages of a member, as README.md has them: read, checked, handed on. */
#include "recon/base/array.h"
#include "recon/base/siphash.h"
#include "recon/plan/twin.h"
#include "services/collab/room_impl.h"
#include "services/log/log.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define EDITS_PER_S  30
#define EDITS_BURST  300
#define SIGNS_PER_S  60
#define SIGNS_BURST  120
#define HELLOS_PER_S 2
#define HELLOS_BURST 20
#define READ_BYTES   4096 /* of a frame cost what a message costs */
#define RETRY_MS     250
#define HELLO_MS     1000
#define BUSY_MS      700 /* somebody else owns the plan, who may be dead: for five seconds at most */
#define STORE_MS     1000
#define WRITE_MS     60000 /* the longest that somebody is told to wait before he writes on */

struct talk {
    struct ost_collab *hub;
    struct member *member; /* NULL once he is out */
    struct frame *frame;
    const struct ost_tree *node;
};

void ost_frame_release(struct ost_collab *hub, struct frame *frame)
{
    if (--frame->users > 0)
        return;
    hub->waiting_bytes -= frame->bytes;
    ost_arena_destroy(frame->arena);
    free(frame);
}

void ost_talk_refused(const struct ost_collab *hub, struct member *member, int64_t n,
                      const struct ost_err *err, int retry_ms)
{
    struct ost_buf text;
    member->denied += err->code == OST_DENIED ? 1 : 0;
    ost_buf_init(&text, 4096);
    struct ost_sink sink = ost_sink_to(&text, OST_FORM_JSON);
    ost_sink_map(&sink, retry_ms > 0 ? 5 : 4);
    ost_sink_key(&sink, "t");
    ost_sink_text(&sink, "refused");
    ost_sink_key(&sink, "n");
    ost_sink_integer(&sink, n);
    ost_sink_key(&sink, "code");
    ost_sink_text(&sink, ost_code_name(err->code));
    ost_sink_key(&sink, "text");
    ost_sink_text(&sink, err->msg);
    if (retry_ms > 0) {
        ost_sink_key(&sink, "retry_ms");
        ost_sink_integer(&sink, retry_ms);
    }
    ost_hub_send(hub, member, &text);
    ost_buf_fini(&text);
}

/* One more of at most `per_s` in the long run, `burst` at once. */
static bool within_rate(struct rate *rate, int64_t now, int per_s, int burst)
{
    int64_t most = (int64_t)burst * 1000;
    if (now > rate->at_ms) /* a clock that is set back takes nothing away */
        rate->left += (now - rate->at_ms) * per_s;
    rate->at_ms = now;
    if (rate->left > most)
        rate->left = most;
    if (rate->left < 1000)
        return false;
    rate->left -= 1000;
    return true;
}

/*
 * Who goes on like this is no page of ours: out, before all rooms wait for his answers.
 * What was not acknowledged may be sent again, as after any lost connection.
 */
static void throw_out(struct talk *talk)
{
    struct member *member = talk->member;
    ost_log(OST_LOG_WARN, "collab.flood", "socket=%" PRIu64 " user=%s", member->socket,
            member->user_id);
    talk->hub->line.dismiss(talk->hub->line.user, member->socket, "flood");
    ost_hub_drop(talk->hub, member);
    talk->member = NULL;
}

/* Counted for the person: a new socket is no new patience. */
static bool may_go_on(struct talk *talk)
{
    if (within_rate(&talk->member->person->heard, ost_hub_now(talk->hub), OST_HEARD_PER_S,
                    OST_HEARD_BURST))
        return true;
    throw_out(talk);
    return false;
}

static bool is_client(const char *text)
{
    return strlen(text) == OST_CLIENT_BYTES && strspn(text, "0123456789abcdef") == OST_CLIENT_BYTES;
}

/* The same page, connected again before its old socket was known to be dead. */
static bool replace_older(struct talk *talk, const char *client, struct ost_err *err)
{
    struct member *self = talk->member;
    if (!ost_room_may_be(self->room, client, self->user_id))
        return ost_fail(err, OST_DENIED, "this client id belongs to another user");
    for (struct member *m = self->room->member, *next; m != NULL; m = next) {
        next = m->next;
        if (m == self || strcmp(m->client, client) != 0)
            continue;
        ost_hub_resync(talk->hub, m, "replaced", 0);
        talk->hub->line.dismiss(talk->hub->line.user, m->socket, "replaced");
        ost_hub_drop(talk->hub, m);
    }
    return true;
}

static bool hello(struct talk *talk, struct ost_err *err)
{
    static const char *const name[] = {"t", "client", "seq", "sum", "presence_hz", NULL};
    const struct ost_tree *part[5];
    struct member *member = talk->member;
    const char *client = NULL, *sum = NULL;
    int64_t seq = 0, hz = member->presence_hz;
    if (!ost_tree_fields(talk->node, "hello", name, part, err) ||
        !ost_tree_text(part[1], "client", OST_CLIENT_BYTES, &client, err) ||
        !ost_tree_integer(part[2], "seq", 0, &seq, err))
        return false;
    if (part[3] != NULL && part[3]->kind != OST_TREE_NULL &&
        !ost_tree_text(part[3], "sum", OST_SUM_HEX - 1, &sum, err))
        return false;
    if (part[4] != NULL && !ost_tree_integer(part[4], "presence_hz", 0, &hz, err))
        return false;
    member->presence_hz = hz < OST_COLLAB_PRESENCE_HZ ? (int)hz : OST_COLLAB_PRESENCE_HZ;
    if (!is_client(client))
        return ost_fail(err, OST_INVALID, "client is 32 lower-case hexadecimal digits");
    if (!within_rate(&member->hellos, ost_hub_now(talk->hub), HELLOS_PER_S, HELLOS_BURST)) {
        ost_hub_resync(talk->hub, member, "slow", HELLO_MS);
        return true;
    }
    struct ost_err why;
    bool is_open = ost_room_open(talk->hub, member->room, &why); /* the log says whose page it is */
    if (!replace_older(talk, client, err))
        return false;
    memcpy(member->client, client, OST_CLIENT_BYTES);
    member->held = member->taken = 0;
    ost_room_forget(talk->hub, member->room, member); /* sent again where it still counts */
    if (!is_open) {
        ost_log_err(OST_LOG_WARN, "collab.closed", &why);
        const bool busy = why.code == OST_CONFLICT;
        ost_room_close(talk->hub, member->room, busy ? "busy" : "store", busy ? BUSY_MS : STORE_MS);
        return true;
    }
    ost_room_own(member->room, client, member->user_id);
    ost_room_welcome(talk->hub, member, seq, sum);
    member->room->people_changed = true;
    return true;
}

/* Sent before and answered, or about to be: nothing waits for it to come once more. */
static bool is_again(const struct member *member, int64_t n)
{
    return n <= member->taken || n <= member->refused ||
           n <= ost_plan_last_n(member->room->plan, member->client);
}

/* A log is kept for ever: who fills it is told so, and visitors leave room for its owners. */
static bool has_room(const struct member *member, struct ost_err *err)
{
    int64_t most = member->visits ? OST_COLLAB_LOG / 2 : OST_COLLAB_LOG;
    return member->room->info.bytes < most ||
           ost_fail(err, OST_LIMIT,
                    "this plan's log is full (%d MiB); reconstruct anew for a fresh plan",
                    (int)(most >> 20));
}

/*
 * Whether a transaction may join those that wait. Order is kept: after one was sent
 * back for later, those behind it are too, until it comes again.
 */
static bool let_wait(struct talk *talk, struct waiting *waiting, struct ost_err *err)
{
    struct member *member = talk->member;
    int64_t n = waiting->entry.n;
    bool again = is_again(member, n);
    bool behind = member->held != 0 && n > member->held;
    int64_t wait_ms = ost_person_waits_ms(member->person, ost_hub_now(talk->hub));
    if (wait_ms > 0) {
        (void)ost_fail(err, OST_LIMIT,
                       "you write more than one person's share of the disk; it is sent again when "
                       "there is room");
    } else if (behind ||
               !within_rate(&member->edits, ost_hub_now(talk->hub), EDITS_PER_S, EDITS_BURST)) {
        (void)ost_fail(err, OST_LIMIT, "too many edits at once; they are sent again in a moment");
    } else if (ost_room_wait(talk->hub, member, waiting, err)) {
        member->taken = again ? member->taken : n;
        member->held = n == member->held ? 0 : member->held;
        return true;
    }
    if (err->code != OST_LIMIT)
        return false;
    if (!behind && !again)
        member->held = n;
    /* Each about when its turn comes: all of them again and again would be a flood. */
    int64_t ahead = behind ? n - member->held : 0;
    ahead = ahead < EDITS_BURST ? ahead : EDITS_BURST;
    wait_ms = wait_ms < WRITE_MS ? wait_ms : WRITE_MS;
    ost_talk_refused(talk->hub, member, n, err,
                     RETRY_MS + (int)wait_ms + (int)ahead * 1000 / EDITS_PER_S);
    return true;
}

/* `n` first, so that whatever else is wrong can be told of it. */
static bool wish(struct talk *talk, enum wish what, struct ost_err *err)
{
    static const char *const name[] = {"t", "n", "ops", "pre", NULL};
    const struct ost_tree *part[4];
    struct waiting waiting = {.frame = talk->frame, .wish = what};
    struct member *member = talk->member;
    if (!ost_tree_fields(talk->node, "an edit", name, part, err) ||
        !ost_tree_integer(part[1], "n", 1, &waiting.entry.n, err))
        return false;
    if (!member->greeted && member->client[0] != '\0')
        return true; /* it was told to start over, and will send this again */
    if (!member->greeted)
        return ost_fail(err, OST_INVALID, "say hello first");
    bool ok =
        what != OST_WISH_APPLY || (ost_ops_read(part[2], talk->frame->arena, &waiting.entry, err) &&
                                   ost_pres_read(part[3], talk->frame->arena, &waiting.entry, err));
    ok = ok && (member->room->info.id != 0 || ost_fail(err, OST_NOT_FOUND, "there is no plan yet"));
    ok = ok && (is_again(member, waiting.entry.n) || has_room(member, err));
    if (!ok || !let_wait(talk, &waiting, err))
        ost_talk_refused(talk->hub, member, waiting.entry.n, err, 0);
    return true;
}

static bool op(struct talk *talk, struct ost_err *err)
{
    return wish(talk, OST_WISH_APPLY, err);
}

static bool undo(struct talk *talk, struct ost_err *err)
{
    return wish(talk, OST_WISH_UNDO, err);
}

static bool redo(struct talk *talk, struct ost_err *err)
{
    return wish(talk, OST_WISH_REDO, err);
}

static bool camera_read(const struct ost_tree *list, struct presence *out, struct ost_err *err)
{
    if (list == NULL || list->kind == OST_TREE_NULL)
        return true;
    if (list->kind != OST_TREE_LIST || list->count > OST_COUNT(out->camera))
        return ost_fail(err, OST_INVALID, "camera is a list of at most 16 numbers");
    for (const struct ost_tree *n = list->first; n != NULL; n = n->next) {
        if (n->kind != OST_TREE_F64 && n->kind != OST_TREE_INTEGER)
            return ost_fail(err, OST_INVALID, "camera holds numbers");
        out->camera[out->camera_count++] = n->f64;
    }
    return true;
}

static bool short_text(const struct ost_tree *node, const char *what, char out[OST_ID_BYTES + 1],
                       struct ost_err *err)
{
    const char *text = NULL;
    if (node == NULL || node->kind == OST_TREE_NULL)
        return true;
    if (!ost_tree_text(node, what, OST_ID_BYTES, &text, err))
        return false;
    memcpy(out, text, strlen(text) + 1);
    return true;
}

static bool presence(struct talk *talk, struct ost_err *err)
{
    static const char *const name[] = {"t", "camera", "selection", "tool", NULL};
    const struct ost_tree *part[4];
    struct presence now = {.camera_count = 0};
    if (!ost_tree_fields(talk->node, "presence", name, part, err) ||
        !camera_read(part[1], &now, err) || !short_text(part[2], "selection", now.selection, err) ||
        !short_text(part[3], "tool", now.tool, err))
        return false;
    ost_room_moved(talk->member, &now);
    return true;
}

/* Only what could be set is shown: the right kind, in its range, by one who may. */
static bool may_drag(const struct talk *talk, const char *object, const char *property,
                     const struct ost_value *value, struct ost_err *err)
{
    const struct ost_plan *plan = talk->member->room->plan;
    int at = talk->member->greeted ? ost_plan_find(plan, object) : -1;
    if (at < 0 || !ost_plan_object_view(plan, (size_t)at).alive)
        return false;
    enum ost_type type = ost_plan_object_view(plan, (size_t)at).type;
    int slot = ost_property_of_name(type, property);
    const struct ost_property_rule *rule =
        slot < 0 ? NULL : &ost_type_rule_view(type)->property[slot];
    return rule != NULL && talk->member->may_edit && (rule->who & 1u << talk->member->role) != 0 &&
           ost_rule_check(rule, value, err);
}

static void put_drag(struct ost_buf *text, const struct member *by, const char *const named[2],
                     const struct ost_value *value)
{
    struct ost_sink sink = ost_sink_to(text, OST_FORM_JSON);
    const char *const pair[][2] = {{"t", "drag"},
                                   {"by", by->user_id},
                                   {"client", by->client},
                                   {"object", named[0]},
                                   {"property", named[1]}};
    ost_sink_map(&sink, OST_COUNT(pair) + 1);
    for (size_t i = 0; i < OST_COUNT(pair); i++) {
        ost_sink_key(&sink, pair[i][0]);
        ost_sink_text(&sink, pair[i][1]);
    }
    ost_sink_key(&sink, "value");
    ost_sink_value(&sink, value);
}

/* What a later drag of the same thing by the same page replaces; never 0 or 1. */
static uint64_t drag_key(const struct member *by, const char *const named[2])
{
    static const unsigned char key[OST_SIPHASH_KEY_BYTES] = "osteon drag key.";
    char what[OST_CLIENT_BYTES + 2 * OST_ID_BYTES + 3] = {0};
    size_t at = strlen(by->client) + 1;
    memcpy(what, by->client, at);
    memcpy(what + at, named[0], strlen(named[0]));
    at += strlen(named[0]) + 1;
    memcpy(what + at, named[1], strlen(named[1]));
    return ost_siphash(key, what, sizeof what).low | 2;
}

static bool drag(struct talk *talk, struct ost_err *err)
{
    static const char *const name[] = {"t", "object", "property", "value", NULL};
    const struct ost_tree *part[4];
    const char *named[2] = {NULL, NULL};
    struct ost_value value;
    if (!ost_tree_fields(talk->node, "drag", name, part, err) ||
        !ost_tree_text(part[1], "object", OST_ID_BYTES, &named[0], err) ||
        !ost_tree_text(part[2], "property", OST_ID_BYTES, &named[1], err) ||
        !ost_value_read(part[3], &value, err))
        return false;
    struct ost_err why;
    talk->member->denied += talk->member->may_edit ? 0 : 1;
    if (!may_drag(talk, named[0], named[1], &value, &why))
        return true; /* passing things are dropped, not argued about */
    struct ost_buf text;
    ost_buf_init(&text, 8192);
    put_drag(&text, talk->member, named, &value);
    uint64_t key = drag_key(talk->member, named);
    const struct member *to[OST_COLLAB_MEMBERS];
    size_t count = 0;
    for (const struct member *m = talk->member->room->member;
         m != NULL && count < OST_COLLAB_MEMBERS; m = m->next) {
        if (m != talk->member && m->greeted)
            to[count++] = m;
    }
    ost_hub_tell_some(talk->hub, to, count, key, &text);
    ost_buf_fini(&text);
    return true;
}

static const struct {
    const char *name;
    bool sign; /* passing: dropped beyond its rate */
    bool (*run)(struct talk *talk, struct ost_err *err);
} word[] = {
    {"hello", false, hello},      {"op", false, op},
    {"undo", false, undo},        {"redo", false, redo},
    {"presence", true, presence}, {"drag", true, drag},
};

static const char *kind_of(const struct ost_tree *node)
{
    const struct ost_tree *part = node->kind == OST_TREE_MAP ? node->first : NULL;
    while (part != NULL && strcmp(part->key, "t") != 0)
        part = part->next;
    return part == NULL || part->kind != OST_TREE_TEXT ? "" : part->text;
}

static void hear(struct talk *talk)
{
    struct ost_err err;
    const char *kind = kind_of(talk->node);
    if (!may_go_on(talk))
        return;
    for (size_t i = 0; i < OST_COUNT(word); i++) {
        if (strcmp(word[i].name, kind) != 0)
            continue;
        if (word[i].sign &&
            !within_rate(&talk->member->signs, ost_hub_now(talk->hub), SIGNS_PER_S, SIGNS_BURST))
            return;
        if (!word[i].run(talk, &err))
            ost_talk_refused(talk->hub, talk->member, 0, &err, 0);
        return;
    }
    (void)ost_fail(&err, OST_INVALID, "a message of no known kind");
    ost_talk_refused(talk->hub, talk->member, 0, &err, 0);
}

static void hear_one(struct talk *talk)
{
    if (strcmp(kind_of(talk->node), "bye") != 0) {
        hear(talk);
        return;
    }
    talk->hub->line.dismiss(talk->hub->line.user, talk->member->socket, "bye");
    ost_hub_drop(talk->hub, talk->member);
    talk->member = NULL;
}

static void hear_all(struct talk *talk, const struct ost_tree *list)
{
    struct ost_err err;
    if (list->count > OST_COLLAB_PACKED) {
        (void)ost_fail(&err, OST_LIMIT, "%zu messages in a frame, limit %d", list->count,
                       (int)OST_COLLAB_PACKED);
        ost_talk_refused(talk->hub, talk->member, 0, &err, 0);
        throw_out(talk);
        return;
    }
    talk->node = list->first;
    while (talk->node != NULL && talk->member != NULL) {
        hear_one(talk);
        talk->node = talk->node->next;
    }
}

static bool frame_create(struct ost_collab *hub, size_t len, struct frame **out,
                         struct ost_err *err)
{
    *out = calloc(1, sizeof **out);
    if (*out == NULL)
        return ost_fail(err, OST_NOMEM, "collab: out of memory");
    (*out)->bytes = OST_FRAME_COST(len);
    (*out)->users = 1;
    hub->waiting_bytes += (*out)->bytes;
    return ost_arena_create(&(*out)->arena, (*out)->bytes, err);
}

/* Reading alone takes time, whatever there is to read. */
static bool may_read(struct talk *talk, size_t len)
{
    bool ok = true;
    for (size_t read = 0; ok && read < len && read < OST_COLLAB_MESSAGE; read += READ_BYTES)
        ok = may_go_on(talk);
    return ok;
}

void ost_collab_message(struct ost_collab *hub, uint64_t socket, const char *text, size_t len)
{
    struct talk talk = {.hub = hub, .member = ost_hub_member(hub, socket)};
    const struct ost_tree *root = NULL;
    struct ost_err err;
    if (talk.member == NULL || !may_read(&talk, len))
        return;
    bool ok =
        len <= OST_COLLAB_MESSAGE ||
        ost_fail(&err, OST_LIMIT, "a message of %zu bytes, limit %d", len, (int)OST_COLLAB_MESSAGE);
    ok = ok && frame_create(hub, len, &talk.frame, &err) &&
         ost_tree_of(talk.member->cbor ? OST_FORM_CBOR : OST_FORM_JSON, talk.frame->arena, text,
                     len, &root, &err);
    if (!ok) {
        ost_talk_refused(hub, talk.member, 0, &err, 0);
    } else if (root->kind == OST_TREE_LIST) {
        hear_all(&talk, root);
    } else {
        talk.node = root;
        hear_one(&talk);
    }
    if (talk.frame != NULL)
        ost_frame_release(hub, talk.frame);
}
