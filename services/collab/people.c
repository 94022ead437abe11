/*
 * Who is in a room and what he looks at. The whole list goes to everybody when somebody comes
 * or goes, and now and then; between, each receiver is told as often as he asked who has moved
 * since that list. So the same few bytes serve all, and whoever lost one message has lost
 * nothing with the next. Passing things: none waits behind another of its kind.
 */
#include "recon/base/array.h"
#include "services/collab/room_impl.h"

#include <inttypes.h>

#define LIST_MS      50 /* comings and goings are gathered for this long */
#define RENEW_MS     2000
#define BYTES_PER_MS 20000 /* of one room, over all its members */

enum { OST_KEY_PEOPLE = 1, OST_KEY_PRESENCE = 4 }; /* a drag's has the bit between */

static void put_presence(struct ost_sink *sink, const struct presence *presence)
{
    ost_sink_key(sink, "camera");
    ost_sink_list(sink, presence->camera_count);
    for (size_t i = 0; i < presence->camera_count; i++)
        ost_sink_f64(sink, presence->camera[i]);
    ost_sink_key(sink, "selection");
    if (presence->selection[0] == '\0') {
        ost_sink_null(sink);
    } else {
        ost_sink_text(sink, presence->selection);
    }
    ost_sink_key(sink, "tool");
    ost_sink_text(sink, presence->tool);
}

/* Who he is only where the receivers may not know it. */
static void put_person(struct ost_sink *sink, const struct member *member, bool whole)
{
    const char *const pair[][2] = {{"id", member->user_id},
                                   {"name", member->name},
                                   {"role", ost_role_name(member->role)},
                                   {"colour", ost_colour_name(member->colour)}};
    ost_sink_map(sink, whole ? OST_COUNT(pair) + 4 : 4);
    for (size_t i = 0; whole && i < OST_COUNT(pair); i++) {
        ost_sink_key(sink, pair[i][0]);
        ost_sink_text(sink, pair[i][1]);
    }
    ost_sink_key(sink, "client");
    ost_sink_text(sink, member->client);
    put_presence(sink, &member->presence);
}

static bool is_named(const struct room *room, const struct member *member, bool whole)
{
    return member->client[0] != '\0' && (whole || member->moved > room->listed);
}

static void put_people(struct ost_buf *text, const struct room *room, bool whole)
{
    struct ost_sink sink = ost_sink_to(text, OST_FORM_JSON);
    size_t count = 0;
    for (const struct member *m = room->member; m != NULL; m = m->next)
        count += is_named(room, m, whole) ? 1 : 0;
    ost_sink_map(&sink, 3);
    ost_sink_key(&sink, "t");
    ost_sink_text(&sink, whole ? "people" : "presence");
    ost_sink_key(&sink, "people");
    ost_sink_list(&sink, count);
    for (const struct member *m = room->member; m != NULL; m = m->next) {
        if (is_named(room, m, whole))
            put_person(&sink, m, whole);
    }
    ost_sink_key(&sink, "rev");
    ost_sink_integer(&sink, room->moves);
}

/* When a receiver may be told again; of how many times a second 0 is never. */
static int wait_of(const struct room *room, const struct member *member, int64_t now)
{
    int64_t every = member->presence_hz > 0 ? 1000 / member->presence_hz : 0;
    if (every == 0 || member->client[0] == '\0' || member->told >= room->moves)
        return 0;
    return ost_hub_past(now, member->told_ms, every) ? -1 : (int)(member->told_ms + every - now);
}

/* To all, or to those whose turn it is. */
static void tell(struct ost_collab *hub, struct room *room, bool whole, bool renewed)
{
    const struct member *to[OST_COLLAB_MEMBERS];
    struct ost_buf text;
    int64_t now = ost_hub_now(hub);
    size_t count = 0;
    ost_buf_init(&text, (size_t)OST_COLLAB_MEMBERS * 2048);
    put_people(&text, room, whole);
    for (struct member *m = room->member; m != NULL && count < OST_COLLAB_MEMBERS; m = m->next) {
        if (whole ? renewed && m->presence_hz == 0 : wait_of(room, m, now) >= 0)
            continue;
        to[count++] = m;
        m->told = room->moves;
        m->told_ms = now;
    }
    if (!text.failed)
        ost_hub_tell_some(hub, to, count, whole ? OST_KEY_PEOPLE : OST_KEY_PRESENCE, &text);
    room->people_ms = now;
    room->people_rest_ms = (int64_t)(text.len * count / BYTES_PER_MS);
    if (whole) {
        room->people_changed = false;
        room->listed = room->moves;
        room->listed_ms = now;
    }
    ost_buf_fini(&text);
}

/* The least time until somebody's turn; 0: nobody has anything to hear. `*due`: somebody now. */
static int next_turn(const struct room *room, int64_t now, bool *due)
{
    int least = 0;
    *due = false;
    for (const struct member *m = room->member; m != NULL; m = m->next) {
        int wait = wait_of(room, m, now);
        *due = *due || wait < 0;
        if (wait > 0 && (least == 0 || wait < least))
            least = wait;
    }
    return *due ? 1 : least;
}

int ost_room_people(struct ost_collab *hub, struct room *room)
{
    int64_t now = ost_hub_now(hub);
    bool due = false;
    if (!room->people_changed && room->moves == room->listed)
        return 0;
    int64_t rest = room->people_rest_ms;
    if (room->people_changed && rest < LIST_MS)
        rest = LIST_MS;
    if (!ost_hub_past(now, room->people_ms, rest))
        return (int)(room->people_ms + rest - now);
    if (room->people_changed) {
        tell(hub, room, true, false);
        return 0;
    }
    int wait = next_turn(room, now, &due);
    if (!due)
        return wait;
    tell(hub, room, ost_hub_past(now, room->listed_ms, RENEW_MS), true);
    return next_turn(room, now, &due);
}

void ost_room_moved(struct member *member, const struct presence *presence)
{
    member->presence = *presence;
    member->moved = ++member->room->moves;
}
