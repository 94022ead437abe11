#include "services/collab/room_impl.h"
#include "services/log/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WELCOME_BYTES ((size_t)2 * OST_PLAN_BYTES)
#define OPS_BYTES     ((size_t)4 * 1024 * 1024) /* of entries in a welcome; more is a snapshot */

static void lines_free(struct room *room)
{
    for (size_t i = 0; i < room->line_count; i++)
        free(room->line[i].json);
    room->line_count = 0;
}

void ost_room_close(struct ost_collab *hub, struct room *room, const char *reason, int retry_ms)
{
    ost_room_forget(hub, room, NULL);
    for (struct member *member = room->member; member != NULL; member = member->next)
        ost_hub_resync(hub, member, reason, retry_ms);
    if (room->plan != NULL && room->info.id != 0)
        hub->store.release(hub->store.user, &room->at, &room->info);
    ost_plan_destroy(room->plan);
    room->plan = NULL;
    lines_free(room);
}

void ost_room_failed(struct ost_collab *hub, struct room *room, const struct ost_err *err)
{
    bool moved = err->code == OST_CONFLICT;
    ost_log(OST_LOG_WARN, "collab.closed", "case=%" PRId64 " plan=%" PRId64 " moved=%d",
            room->at.case_id, room->info.id, moved);
    ost_log_err(OST_LOG_WARN, "collab.closed", err);
    ost_room_close(hub, room, moved ? "moved" : "store", 1000);
}

/* The oldest eighth goes when the room keeps as many as it may. */
static void forget_lines(struct room *room)
{
    size_t count = OST_COLLAB_LINES / 8;
    for (size_t i = 0; i < count; i++)
        free(room->line[i].json);
    room->line_count -= count;
    room->first += (int64_t)count;
    memmove(room->line, room->line + count, room->line_count * sizeof *room->line);
}

bool ost_room_line_add(struct room *room, const struct ost_entry *entry, struct ost_err *err)
{
    if (room->line == NULL)
        room->line = calloc(OST_COLLAB_LINES, sizeof *room->line);
    if (room->line == NULL)
        return ost_fail(err, OST_NOMEM, "collab: out of memory");
    if (room->line_count == OST_COLLAB_LINES)
        forget_lines(room);
    struct ost_buf buf;
    ost_buf_init(&buf, (size_t)8 * OST_ENTRY_BYTES);
    struct ost_sink sink = ost_sink_to(&buf, OST_FORM_JSON);
    ost_entry_write(&sink, entry);
    if (!ost_buf_done(&buf, err)) {
        ost_buf_fini(&buf);
        return false;
    }
    if (room->line_count == 0)
        room->first = entry->seq;
    struct line *line = &room->line[room->line_count++];
    *line = (struct line){.n = entry->n, .json = (char *)buf.ptr, .len = buf.len};
    memcpy(line->client, entry->client, OST_CLIENT_BYTES);
    ost_plan_sum(room->plan, line->sum);
    ost_room_own(room, entry->client, entry->by.id);
    return true;
}

static bool replay_one(void *user, const void *body, size_t len, struct ost_err *err)
{
    struct room *room = user;
    OST_AUTO(ost_arena) arena = NULL;
    struct ost_entry entry;
    return ost_arena_create(&arena, (size_t)32 * OST_ENTRY_BYTES, err) &&
           ost_entry_read_body(body, len, arena, &entry, err) &&
           ost_plan_replay(room->plan, &entry, err) && ost_room_line_add(room, &entry, err);
}

/* A snapshot is a shortcut: one that is not what it should be is left, and the log speaks. */
static bool begin_at(void *user, const void *state, size_t len)
{
    struct room *room = user;
    struct ost_err why;
    struct ost_plan *plan = NULL;
    bool good = ost_plan_read(state, len, OST_FORM_CBOR, &plan, &why) &&
                (strcmp(ost_plan_id_view(plan), ost_plan_id_view(room->plan)) == 0 ||
                 ost_fail(&why, OST_CORRUPT, "the snapshot is of another plan"));
    if (!good) {
        ost_log_err(OST_LOG_WARN, "collab.snapshot", &why);
        ost_plan_destroy(plan);
        return false;
    }
    ost_plan_destroy(room->plan);
    room->plan = plan;
    return true;
}

static bool load(struct ost_collab *hub, struct room *room, struct ost_err *err)
{
    char id[24];
    const struct ost_collab_load to = {
        .plan = room->info.id, .begin = begin_at, .each = replay_one, .user = room};
    (void)snprintf(id, sizeof id, "%" PRId64, room->info.id);
    return ost_plan_create(&room->plan, id, err) &&
           (room->info.id == 0 || hub->store.load(hub->store.user, &room->at, &to, err));
}

bool ost_room_open(struct ost_collab *hub, struct room *room, struct ost_err *err)
{
    if (room->plan != NULL)
        return true;
    room->info = (struct ost_collab_plan){0, 0};
    room->leased_ms = ost_hub_now(hub);
    if (!hub->store.open(hub->store.user, &room->at, &room->info, err))
        return false;
    if (load(hub, room, err)) {
        ost_log(OST_LOG_INFO, "collab.open", "case=%" PRId64 " plan=%" PRId64 " seq=%" PRId64,
                room->at.case_id, room->info.id, ost_plan_seq(room->plan));
        return true;
    }
    if (room->info.id != 0)
        hub->store.release(hub->store.user, &room->at, &room->info);
    ost_plan_destroy(room->plan);
    room->plan = NULL;
    lines_free(room);
    return false;
}

static void put_text(struct ost_buf *buf, const char *key, const char *text)
{
    struct ost_sink sink = ost_sink_to(buf, OST_FORM_JSON);
    ost_buf_print(buf, "\"%s\":", key);
    ost_sink_text(&sink, text);
}

/* Are the client's entries the ones that led here, and are the rest at hand? */
static bool can_go_on(const struct room *room, int64_t seq, const char *sum)
{
    char own[OST_SUM_HEX];
    int64_t last = ost_plan_seq(room->plan);
    if (seq <= 0 || sum == NULL || seq > last)
        return false;
    ost_plan_sum(room->plan, own);
    if (seq == last)
        return strcmp(own, sum) == 0;
    if (room->line_count == 0 || seq < room->first)
        return false;
    size_t at = (size_t)(seq - room->first), bytes = 0;
    for (size_t i = at + 1; i < room->line_count; i++)
        bytes += room->line[i].len;
    return bytes <= OPS_BYTES && strcmp(room->line[at].sum, sum) == 0;
}

static void put_lines(struct ost_buf *buf, const struct room *room, int64_t after)
{
    const char *comma = "";
    for (size_t i = 0; i < room->line_count; i++) {
        if (room->first + (int64_t)i <= after)
            continue;
        ost_buf_text(buf, comma);
        ost_buf_put(buf, room->line[i].json, room->line[i].len);
        comma = ",";
    }
}

struct mine {
    struct ost_buf *buf;
    const char *comma;
};

static void put_own(void *user, int64_t n, int64_t seq)
{
    struct mine *mine = user;
    ost_buf_print(mine->buf, "%s[%" PRId64 ",%" PRId64 "]", mine->comma, n, seq);
    mine->comma = ",";
}

/*
 * Which of this client's transactions are in the log. A room keeps the last entries at
 * hand; whoever has not seen them all is told of the older ones by the log itself, since
 * what is not listed here counts as refused.
 */
static bool put_mine(struct ost_collab *hub, struct ost_buf *buf, const struct member *member,
                     int64_t seen, struct ost_err *err)
{
    const struct room *room = member->room;
    struct mine mine = {.buf = buf, .comma = ""};
    int64_t first = room->line_count > 0 ? room->first : ost_plan_seq(room->plan) + 1;
    const struct ost_collab_mine ask = {.plan = room->info.id,
                                        .client = member->client,
                                        .before = first,
                                        .each = put_own,
                                        .user = &mine};
    ost_buf_text(buf, "\"mine\":[");
    if (seen + 1 < first && !hub->store.mine(hub->store.user, &room->at, &ask, err))
        return false;
    for (size_t i = 0; i < room->line_count; i++) {
        if (strcmp(room->line[i].client, member->client) == 0)
            put_own(&mine, room->line[i].n, room->first + (int64_t)i);
    }
    ost_buf_text(buf, "],");
    return true;
}

static void put_you(struct ost_buf *buf, const struct member *member)
{
    ost_buf_text(buf, "{\"t\":\"welcome\",\"you\":{");
    put_text(buf, "id", member->user_id);
    ost_buf_text(buf, ",");
    put_text(buf, "name", member->name);
    ost_buf_print(buf, ",\"role\":\"%s\",\"colour\":\"%s\"},", ost_role_name(member->role),
                  ost_colour_name(member->colour));
}

static void put_state(struct ost_buf *buf, const struct room *room, int64_t seq, const char *sum)
{
    char own[OST_SUM_HEX];
    struct ost_err err;
    bool on = can_go_on(room, seq, sum);
    ost_plan_sum(room->plan, own);
    if (room->info.id == 0) {
        ost_buf_text(buf, "\"plan\":null,");
    } else {
        ost_buf_print(buf, "\"plan\":\"%" PRId64 "\",", room->info.id);
    }
    ost_buf_print(buf, "\"seq\":%" PRId64 ",\"sum\":\"%s\",\"snapshot\":", ost_plan_seq(room->plan),
                  own);
    if (on || room->info.id == 0) {
        ost_buf_text(buf, "null");
    } else if (!ost_plan_write(room->plan, OST_FORM_JSON, buf, &err)) {
        buf->failed = true;
    }
    ost_buf_text(buf, ",\"ops\":[");
    if (on)
        put_lines(buf, room, seq);
    ost_buf_text(buf, "],");
}

void ost_room_welcome(struct ost_collab *hub, struct member *member, int64_t seq, const char *sum)
{
    struct room *room = member->room;
    struct ost_buf buf;
    struct ost_err err;
    ost_buf_init(&buf, WELCOME_BYTES);
    put_you(&buf, member);
    put_state(&buf, room, seq, sum);
    bool told = put_mine(hub, &buf, member, seq, &err);
    if (!told)
        ost_log_err(OST_LOG_WARN, "collab.mine", &err);
    if (!ost_plan_undo_depth(room->plan, member->user_id, &member->depth, &err))
        member->depth = (struct ost_undo_depth){0, 0};
    ost_buf_print(&buf,
                  "\"last_n\":%" PRId64 ",\"may\":{\"edit\":%s,\"approve\":%s},"
                  "\"undo\":%zu,\"redo\":%zu}",
                  ost_plan_last_n(room->plan, member->client), member->may_edit ? "true" : "false",
                  member->may_approve ? "true" : "false", member->depth.undo, member->depth.redo);
    if (buf.failed || !told) {
        ost_hub_resync(hub, member, "store", 2000);
    } else {
        member->greeted = true;
        ost_hub_send(hub, member, &buf);
    }
    ost_buf_fini(&buf);
}
