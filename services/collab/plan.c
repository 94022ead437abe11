#include "services/collab/room_impl.h"
#include "services/log/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void ost_room_close(struct ost_collab *hub, struct room *room, const char *reason, int retry_ms)
{
    ost_room_forget(hub, room, NULL);
    for (struct member *member = room->member; member != NULL; member = member->next)
        ost_hub_resync(hub, member, reason, retry_ms);
    if (room->plan != NULL && room->info.id != 0)
        hub->store.release(hub->store.user, &room->at, &room->info);
    ost_plan_destroy(room->plan);
    room->plan = NULL;
    ost_room_lines_free(room);
}

void ost_room_failed(struct ost_collab *hub, struct room *room, const struct ost_err *err)
{
    bool moved = err->code == OST_CONFLICT;
    ost_log(OST_LOG_WARN, "collab.closed", "case=%" PRId64 " plan=%" PRId64 " moved=%d",
            room->at.case_id, room->info.id, moved);
    ost_log_err(OST_LOG_WARN, "collab.closed", err);
    ost_room_close(hub, room, moved ? "moved" : "store", 1000);
}

static bool replay_one(void *user, const void *body, size_t len, struct ost_err *err)
{
    struct room *room = user;
    OST_AUTO(ost_arena) arena = NULL;
    struct ost_entry entry;
    return ost_arena_create(&arena, (size_t)32 * OST_ENTRY_BYTES, err) &&
           ost_entry_read_body(body, len, arena, &entry, err) &&
           ost_plan_replay(room->plan, &entry, err) &&
           ost_room_line_add(room, &entry, body, len, err);
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
    if (ost_room_is_ours(hub, room))
        return true;
    room->info = (struct ost_collab_plan){0};
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
    ost_room_lines_free(room);
    return false;
}
