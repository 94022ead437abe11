#include "recon/base/array.h"
#include "services/collab/room_impl.h"

#include <stdlib.h>
#include <string.h>

#define PRESENCE_HZ 20
#define EMPTY_MS    30000 /* an empty room keeps its plan for this long */
#define RENEW_MS    (OST_COLLAB_LEASE_MS * 2 / 5)
#define RENEW_MOST  32   /* leases at once */
#define ASK_MS      1000 /* a room whose lease was not renewed is not asked for again before */
#define FORGIVEN_MS ((int64_t)OST_HEARD_BURST * 1000 / OST_HEARD_PER_S)

bool ost_collab_create(struct ost_collab **out, const struct ost_collab_store *store,
                       const struct ost_collab_line *line, struct ost_err *err)
{
    *out = calloc(1, sizeof **out);
    if (*out == NULL)
        return ost_fail(err, OST_NOMEM, "collab: out of memory");
    (*out)->store = *store;
    (*out)->line = *line;
    return true;
}

int64_t ost_hub_now(const struct ost_collab *hub)
{
    return hub->line.now_ms(hub->line.user);
}

struct room *ost_hub_room(const struct ost_collab *hub, int64_t case_id)
{
    struct room *room = hub->room;
    while (room != NULL && room->at.case_id != case_id)
        room = room->next;
    return room;
}

/* Asked with every message, of a thousand sockets. */
static struct member **bucket_of(struct ost_collab *hub, uint64_t socket)
{
    return &hub->of_socket[socket % OST_COUNT(hub->of_socket)];
}

struct member *ost_hub_member(struct ost_collab *hub, uint64_t socket)
{
    struct member *member = *bucket_of(hub, socket);
    while (member != NULL && member->socket != socket)
        member = member->beside;
    return member;
}

void ost_hub_resync(const struct ost_collab *hub, struct member *member, const char *reason,
                    int retry_ms)
{
    struct ost_buf text;
    member->greeted = false;
    ost_buf_init(&text, 256);
    ost_buf_print(&text, "{\"t\":\"resync\",\"reason\":\"%s\",\"retry_ms\":%d}", reason, retry_ms);
    ost_hub_send(hub, member, &text);
    ost_buf_fini(&text);
}

static void room_free(struct ost_collab *hub, struct room *room)
{
    struct room **at = &hub->room;
    while (*at != room)
        at = &(*at)->next;
    *at = room->next;
    ost_room_close(hub, room, "plan", 0);
    free(room->line);
    free(room->owner);
    free(room);
    hub->count.rooms--;
}

void ost_hub_drop(struct ost_collab *hub, struct member *member)
{
    struct room *room = member->room;
    struct member **at = &room->member;
    ost_room_forget(hub, room, member);
    while (*at != member)
        at = &(*at)->next;
    *at = member->next;
    for (at = bucket_of(hub, member->socket); *at != member;)
        at = &(*at)->beside;
    *at = member->beside;
    member->person->members--;
    free(member);
    hub->count.members--;
    room->people_changed = true;
    if (room->member == NULL)
        room->empty_ms = ost_hub_now(hub);
}

/* A disk is everybody's: what one person writes is forgiven as time goes by. */
void ost_person_wrote(struct person *person, int64_t now, size_t bytes)
{
    int64_t ms = now > person->wrote_ms ? now - person->wrote_ms : 0;
    int64_t most = INT64_MAX / OST_COLLAB_LOG_PER_S;
    int64_t forgiven = (ms < most ? ms : most) * OST_COLLAB_LOG_PER_S / 1000;
    person->wrote = (person->wrote > forgiven ? person->wrote - forgiven : 0) + (int64_t)bytes;
    person->wrote_ms = now;
}

int64_t ost_person_waits_ms(struct person *person, int64_t now)
{
    ost_person_wrote(person, now, 0);
    int64_t over = person->wrote - OST_COLLAB_LOG_BURST;
    return over <= 0 ? 0 : over * 1000 / OST_COLLAB_LOG_PER_S + 1;
}

/* Whom nobody need remember: not here, what was heard of him long ago, and forgiven. */
static void forget_persons(struct ost_collab *hub, int64_t now)
{
    for (struct person **at = &hub->person; *at != NULL;) {
        struct person *person = *at;
        ost_person_wrote(person, now, 0);
        if (person->members > 0 || person->wrote > 0 || now - person->heard.at_ms < FORGIVEN_MS) {
            at = &person->next;
            continue;
        }
        *at = person->next;
        free(person);
    }
}

static struct person *person_for(struct ost_collab *hub, const char *user_id)
{
    struct person *person = hub->person;
    while (person != NULL && strcmp(person->user_id, user_id) != 0)
        person = person->next;
    if (person != NULL)
        return person;
    person = calloc(1, sizeof *person);
    if (person == NULL)
        return NULL;
    memcpy(person->user_id, user_id, strlen(user_id));
    person->next = hub->person;
    hub->person = person;
    return person;
}

void ost_collab_destroy(struct ost_collab *hub)
{
    if (hub == NULL)
        return;
    while (hub->room != NULL) {
        while (hub->room->member != NULL)
            ost_hub_drop(hub, hub->room->member);
        room_free(hub, hub->room);
    }
    forget_persons(hub, INT64_MAX);
    free(hub);
}

/* The one that is empty for longest goes: who walks through his cases shuts nobody out. */
static void make_room(struct ost_collab *hub)
{
    struct room *oldest = NULL;
    for (struct room *room = hub->room; room != NULL; room = room->next) {
        if (room->member == NULL && (oldest == NULL || room->empty_ms < oldest->empty_ms))
            oldest = room;
    }
    if (oldest != NULL)
        room_free(hub, oldest);
}

static struct room *room_for(struct ost_collab *hub, const struct ost_collab_case *at,
                             struct ost_err *err)
{
    struct room *room = ost_hub_room(hub, at->case_id);
    if (room != NULL)
        return room;
    if (hub->count.rooms == OST_COLLAB_ROOMS)
        make_room(hub);
    if (hub->count.rooms == OST_COLLAB_ROOMS) {
        (void)ost_fail(err, OST_LIMIT, "%d cases are open, the limit", (int)OST_COLLAB_ROOMS);
        return NULL;
    }
    room = calloc(1, sizeof *room);
    if (room == NULL) {
        (void)ost_fail(err, OST_NOMEM, "collab: out of memory");
        return NULL;
    }
    room->at = *at;
    room->waiting_end = &room->waiting;
    room->next = hub->room;
    hub->room = room;
    hub->count.rooms++;
    return room;
}

/* Apart for most kinds of colour vision, readable on light and dark (after Tol 2021). */
const char *ost_colour_name(size_t colour)
{
    static const char *const name[12] = {"#4477aa", "#ee6677", "#228833", "#aa8800",
                                         "#33a0c0", "#aa3377", "#777777", "#cc6633",
                                         "#5566cc", "#559977", "#996644", "#bb55aa"};
    return name[colour % OST_COUNT(name)];
}

/* The colour fewest members have; a user keeps one colour on all pages. */
static size_t choose_colour(const struct room *room, const char *user_id)
{
    size_t used[12] = {0}, best = 0;
    for (const struct member *member = room->member; member != NULL; member = member->next) {
        if (strcmp(member->user_id, user_id) == 0)
            return member->colour;
        used[member->colour]++;
    }
    for (size_t i = 1; i < OST_COUNT(used); i++) {
        if (used[i] < used[best])
            best = i;
    }
    return best;
}

static size_t count_members(const struct room *room)
{
    size_t count = 0;
    for (const struct member *member = room->member; member != NULL; member = member->next)
        count++;
    return count;
}

bool ost_collab_join(struct ost_collab *hub, const struct ost_collab_join *join,
                     struct ost_err *err)
{
    if (strlen(join->user_id) > OST_ACTOR_BYTES || strlen(join->name) > OST_NAME_BYTES ||
        ost_hub_member(hub, join->socket) != NULL)
        return ost_fail(err, OST_INVALID, "a member needs a short id, a short name and a socket");
    struct room *room = room_for(hub, &join->at, err);
    if (room == NULL)
        return false;
    if (count_members(room) == OST_COLLAB_MEMBERS) {
        return ost_fail(err, OST_LIMIT, "%d people are in this case, the limit",
                        (int)OST_COLLAB_MEMBERS);
    }
    struct person *person = person_for(hub, join->user_id);
    struct member *member = person == NULL ? NULL : calloc(1, sizeof *member);
    if (member == NULL)
        return ost_fail(err, OST_NOMEM, "collab: out of memory");
    member->person = person;
    person->members++;
    member->room = room;
    member->socket = join->socket;
    memcpy(member->user_id, join->user_id, strlen(join->user_id));
    memcpy(member->name, join->name, strlen(join->name));
    member->role = join->role;
    member->may_edit = join->may_edit;
    member->may_approve = join->may_approve;
    member->visits = join->visits;
    member->cbor = join->cbor;
    member->colour = choose_colour(room, member->user_id);
    member->presence_hz = PRESENCE_HZ;
    member->next = room->member;
    room->member = member;
    member->beside = *bucket_of(hub, member->socket);
    *bucket_of(hub, member->socket) = member;
    hub->count.members++;
    return true;
}

void ost_collab_leave(struct ost_collab *hub, uint64_t socket)
{
    struct member *member = ost_hub_member(hub, socket);
    if (member != NULL)
        ost_hub_drop(hub, member);
}

void ost_collab_allow(struct ost_collab *hub, uint64_t socket, bool may_edit, bool may_approve)
{
    struct member *member = ost_hub_member(hub, socket);
    if (member == NULL || (member->may_edit == may_edit && member->may_approve == may_approve))
        return;
    member->may_edit = may_edit;
    member->may_approve = may_approve;
    ost_room_forget(hub, member->room, member); /* sent again, and then judged anew */
    ost_hub_resync(hub, member, "rights", 0);
}

size_t ost_collab_denied(struct ost_collab *hub, uint64_t socket)
{
    struct member *member = ost_hub_member(hub, socket);
    size_t denied = member == NULL ? 0 : member->denied;
    if (member != NULL)
        member->denied = 0;
    return denied;
}

static bool is_due(const struct room *room, int64_t now)
{
    return room->plan != NULL && room->info.id != 0 &&
           ost_hub_past(now, room->leased_ms, RENEW_MS) &&
           ost_hub_past(now, room->asked_ms, ASK_MS);
}

/* `late`: the lease may have been another's meanwhile, and not to know is as bad as to know it. */
static void renew(struct ost_collab *hub, struct room *room, int64_t now, bool late)
{
    struct ost_err err;
    struct ost_collab_plan info = room->info;
    if (!hub->store.renew(hub->store.user, &room->at, &info, &err)) {
        if (late || err.code == OST_CONFLICT)
            ost_room_failed(hub, room, &err);
        return; /* an append will tell whether the plan is still ours */
    }
    room->leased_ms = now;
    if (info.epoch == room->info.epoch)
        return;
    /* Somebody may have written while the lease was out: start over from the log. */
    room->info = info;
    ost_room_close(hub, room, "moved", 0);
}

/* The due rooms that were not asked for longest, those first; how many, and whether there are more.
 */
static size_t due_rooms(struct ost_collab *hub, int64_t now, struct room *of[RENEW_MOST],
                        bool *more)
{
    size_t count = 0;
    *more = false;
    for (struct room *room = hub->room; room != NULL; room = room->next) {
        if (!is_due(room, now))
            continue;
        size_t at = count;
        while (at > 0 && of[at - 1]->asked_ms > room->asked_ms)
            at--;
        *more = *more || count == RENEW_MOST;
        if (at == RENEW_MOST)
            continue;
        count += count < RENEW_MOST ? 1 : 0;
        memmove(of + at + 1, of + at, (count - at - 1) * sizeof(struct room *));
        of[at] = room;
    }
    return count;
}

/*
 * Hundreds of rooms, each with a commit of its own, would keep everybody waiting, and so would
 * all of them in one: whoever writes waits behind it. True where the next turn is for more.
 */
static bool renew_some(struct ost_collab *hub, int64_t now)
{
    struct ost_collab_renewal one[RENEW_MOST];
    struct room *of[RENEW_MOST];
    bool more, on = false;
    size_t count = due_rooms(hub, now, of, &more);
    for (size_t i = 0; i < count; i++) {
        one[i] = (struct ost_collab_renewal){.at = &of[i]->at, .plan = &of[i]->info};
        of[i]->asked_ms = now;
    }
    if (count > 1 && hub->store.renew_all != NULL)
        hub->store.renew_all(hub->store.user, one, count);
    for (size_t i = 0; i < count; i++) {
        if (one[i].ok)
            of[i]->leased_ms = now;
        else
            renew(hub, of[i], now, false);
        on = on || of[i]->leased_ms == now;
    }
    return more && on; /* a store that is away is asked again in a second */
}

bool ost_room_is_ours(struct ost_collab *hub, struct room *room)
{
    int64_t now = ost_hub_now(hub);
    if (room->plan != NULL && room->info.id != 0 &&
        ost_hub_past(now, room->leased_ms, OST_COLLAB_LEASE_MS))
        renew(hub, room, now, true);
    return room->plan != NULL;
}

int ost_collab_turn(struct ost_collab *hub)
{
    int more = ost_rooms_turn(hub);
    if (hub->renewing)
        hub->renewing = renew_some(hub, ost_hub_now(hub));
    return hub->renewing ? 1 : more;
}

void ost_collab_tick(struct ost_collab *hub)
{
    int64_t now = ost_hub_now(hub);
    hub->renewing = renew_some(hub, now);
    for (struct room *room = hub->room, *next; room != NULL; room = next) {
        next = room->next;
        if (room->member == NULL && ost_hub_past(now, room->empty_ms, EMPTY_MS)) {
            room_free(hub, room);
        } else if (room->plan != NULL) {
            ost_room_depths(hub, room);
        }
    }
    forget_persons(hub, now);
}

void ost_collab_reload(struct ost_collab *hub, int64_t case_id)
{
    struct room *room = ost_hub_room(hub, case_id);
    if (room != NULL)
        ost_room_close(hub, room, "plan", 0);
}

struct ost_collab_count ost_collab_count(const struct ost_collab *hub)
{
    return hub->count;
}
