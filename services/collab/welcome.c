/* The answer to a hello: where the plan stands, and what became of the page's own edits. */
#include "services/collab/room_impl.h"
#include "services/log/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define WELCOME_BYTES ((size_t)2 * OST_PLAN_BYTES)
#define OPS_BYTES     ((size_t)4 * 1024 * 1024) /* of entries in a welcome; more is a snapshot */

struct welcome {
    struct ost_collab *hub;
    const struct member *member;
    struct room *room;
    int64_t seq; /* the client's */
    bool on;     /* his entries led here, and the rest is at hand */
    struct ost_buf *buf;
    struct ost_err *err;
};

static bool whole_state(const struct welcome *w)
{
    return !w->on && w->room->info.id != 0;
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
        bytes += room->line[i].json.ptr != NULL ? room->line[i].json.len : room->line[i].body.len;
    return bytes <= OPS_BYTES && strcmp(room->line[at].sum, sum) == 0;
}

/* How many of the lines come after the client's seq. */
static size_t count_lines(const struct welcome *w)
{
    int64_t last = w->room->first + (int64_t)w->room->line_count - 1;
    if (!w->on || w->room->line_count == 0 || w->seq >= last)
        return 0;
    return (size_t)(last - w->seq);
}

static bool put_lines(const struct welcome *w)
{
    bool cbor = w->member->cbor;
    size_t count = count_lines(w);
    for (size_t i = 0; i < count; i++) {
        const struct text *text =
            ost_line_text(&w->room->line[w->room->line_count - count + i], cbor, w->err);
        if (text == NULL)
            return false;
        if (!cbor && i > 0)
            ost_buf_put_u8(w->buf, ',');
        ost_buf_put(w->buf, text->ptr, text->len);
    }
    return true;
}

/* Pairs [n, seq], one after the other. */
struct mine {
    struct ost_buf pairs;
    bool cbor;
    size_t count;
};

static void put_own(void *user, int64_t n, int64_t seq)
{
    struct mine *mine = user;
    struct ost_sink sink = ost_sink_to(&mine->pairs, mine->cbor ? OST_FORM_CBOR : OST_FORM_JSON);
    if (!mine->cbor && mine->count > 0)
        ost_buf_put_u8(&mine->pairs, ',');
    ost_sink_list(&sink, 2);
    ost_sink_integer(&sink, n);
    ost_sink_integer(&sink, seq);
    mine->count++;
}

/*
 * Which of this client's transactions are in the log. A room keeps the last entries at
 * hand; whoever has not seen them all is told of the older ones by the log itself, since
 * what is not listed here counts as refused.
 */
static bool find_mine(const struct welcome *w, struct mine *out)
{
    const struct room *room = w->room;
    struct ost_collab *hub = w->hub;
    struct ost_err *err = w->err;
    int64_t seen = w->seq;
    int64_t first = room->line_count > 0 ? room->first : ost_plan_seq(room->plan) + 1;
    const struct ost_collab_mine ask = {.plan = room->info.id,
                                        .client = w->member->client,
                                        .before = first,
                                        .each = put_own,
                                        .user = out};
    if (seen + 1 < first && !hub->store.mine(hub->store.user, &room->at, &ask, err))
        return false;
    for (size_t i = 0; i < room->line_count; i++) {
        if (strcmp(room->line[i].client, w->member->client) == 0)
            put_own(out, room->line[i].n, room->first + (int64_t)i);
    }
    return true;
}

static void put_text(struct ost_buf *buf, const char *key, const char *text)
{
    struct ost_sink sink = ost_sink_to(buf, OST_FORM_JSON);
    ost_buf_print(buf, "\"%s\":", key);
    ost_sink_text(&sink, text);
}

static bool put_json(const struct welcome *w, const struct mine *mine)
{
    const struct member *member = w->member;
    const struct room *room = w->room;
    struct ost_buf *buf = w->buf;
    char own[OST_SUM_HEX];
    ost_plan_sum(room->plan, own);
    ost_buf_text(buf, "{\"t\":\"welcome\",\"you\":{");
    put_text(buf, "id", member->user_id);
    ost_buf_text(buf, ",");
    put_text(buf, "name", member->name);
    ost_buf_print(buf, ",\"role\":\"%s\",\"colour\":\"%s\"},", ost_role_name(member->role),
                  ost_colour_name(member->colour));
    if (room->info.id == 0) {
        ost_buf_text(buf, "\"plan\":null,");
    } else {
        ost_buf_print(buf, "\"plan\":\"%" PRId64 "\",", room->info.id);
    }
    ost_buf_print(buf, "\"seq\":%" PRId64 ",\"sum\":\"%s\",\"snapshot\":", ost_plan_seq(room->plan),
                  own);
    if (!whole_state(w)) {
        ost_buf_text(buf, "null");
    } else if (!ost_plan_write(room->plan, OST_FORM_JSON, buf, w->err)) {
        return false;
    }
    ost_buf_text(buf, ",\"ops\":[");
    if (!put_lines(w))
        return false;
    ost_buf_text(buf, "],\"mine\":[");
    ost_buf_put(buf, mine->pairs.ptr, mine->pairs.len);
    ost_buf_print(buf,
                  "],\"last_n\":%" PRId64 ",\"may\":{\"edit\":%s,\"approve\":%s},"
                  "\"undo\":%zu,\"redo\":%zu}",
                  ost_plan_last_n(room->plan, member->client), member->may_edit ? "true" : "false",
                  member->may_approve ? "true" : "false", member->depth.undo, member->depth.redo);
    return ost_buf_done(buf, w->err);
}

/* In CBOR a map or a list is its head, and then its members: nothing stands between them. */
static void head(struct ost_buf *buf, bool map, size_t count)
{
    struct ost_sink sink = ost_sink_to(buf, OST_FORM_CBOR);
    (map ? ost_sink_map : ost_sink_list)(&sink, count);
}

static void texts(struct ost_buf *buf, const char *const *text, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct ost_sink sink = ost_sink_to(buf, OST_FORM_CBOR);
        ost_sink_text(&sink, text[i]);
    }
}

static void integer(struct ost_buf *buf, const char *key, int64_t value)
{
    struct ost_sink sink = ost_sink_to(buf, OST_FORM_CBOR);
    texts(buf, &key, 1);
    ost_sink_integer(&sink, value);
}

static void truth(struct ost_buf *buf, const char *key, bool value)
{
    struct ost_sink sink = ost_sink_to(buf, OST_FORM_CBOR);
    texts(buf, &key, 1);
    ost_sink_bool(&sink, value);
}

static void nothing(struct ost_buf *buf)
{
    struct ost_sink sink = ost_sink_to(buf, OST_FORM_CBOR);
    ost_sink_null(&sink);
}

/* What a welcome is beside state, entries and own transactions; in the order of the keys. */
static void put_cbor_rest(const struct welcome *w)
{
    const struct room *room = w->room;
    char id[24];
    (void)snprintf(id, sizeof id, "%" PRId64, room->info.id);
    texts(w->buf, (const char *const[]){"plan"}, 1);
    if (room->info.id == 0) {
        nothing(w->buf);
    } else {
        texts(w->buf, (const char *const[]){id}, 1);
    }
    integer(w->buf, "redo", (int64_t)w->member->depth.redo);
    integer(w->buf, "undo", (int64_t)w->member->depth.undo);
    integer(w->buf, "last_n", ost_plan_last_n(room->plan, w->member->client));
}

static bool put_cbor(const struct welcome *w, const struct mine *mine)
{
    const struct member *member = w->member;
    struct ost_buf *buf = w->buf;
    char own[OST_SUM_HEX];
    ost_plan_sum(w->room->plan, own);
    head(buf, true, 12);
    texts(buf, (const char *const[]){"t", "welcome", "may"}, 3);
    head(buf, true, 2);
    truth(buf, "edit", member->may_edit);
    truth(buf, "approve", member->may_approve);
    texts(buf, (const char *const[]){"ops"}, 1);
    head(buf, false, count_lines(w));
    if (!put_lines(w))
        return false;
    integer(buf, "seq", ost_plan_seq(w->room->plan));
    texts(buf, (const char *const[]){"sum", own, "you"}, 3);
    head(buf, true, 4);
    texts(buf,
          (const char *const[]){"id", member->user_id, "name", member->name, "role",
                                ost_role_name(member->role), "colour",
                                ost_colour_name(member->colour), "mine"},
          9);
    head(buf, false, mine->count);
    ost_buf_put(buf, mine->pairs.ptr, mine->pairs.len);
    put_cbor_rest(w);
    texts(buf, (const char *const[]){"snapshot"}, 1);
    if (!whole_state(w)) {
        nothing(buf);
    } else if (!ost_plan_write(w->room->plan, OST_FORM_CBOR, buf, w->err)) {
        return false;
    }
    return ost_buf_done(buf, w->err);
}

void ost_room_welcome(struct ost_collab *hub, struct member *member, int64_t seq, const char *sum)
{
    struct room *room = member->room;
    struct mine mine = {.cbor = member->cbor};
    struct ost_buf buf;
    struct ost_err err;
    struct welcome w = {.hub = hub,
                        .member = member,
                        .room = room,
                        .seq = seq,
                        .on = can_go_on(room, seq, sum),
                        .buf = &buf,
                        .err = &err};
    ost_buf_init(&buf, WELCOME_BYTES);
    ost_buf_init(&mine.pairs, WELCOME_BYTES);
    if (!ost_plan_undo_depth(room->plan, member->user_id, &member->depth, &err))
        member->depth = (struct ost_undo_depth){0, 0};
    bool ok = find_mine(&w, &mine) && (member->cbor ? put_cbor : put_json)(&w, &mine);
    ost_buf_fini(&mine.pairs);
    if (ok) {
        member->greeted = true;
        hub->line.send(hub->line.user, member->socket, 0, (const char *)buf.ptr, buf.len);
    } else {
        ost_log_err(OST_LOG_WARN, "collab.welcome", &err);
        ost_hub_resync(hub, member, "store", 2000);
    }
    ost_buf_fini(&buf);
}
