/* How a hub lies in memory: rooms, their members, and what these wait for. */
#ifndef OST_COLLAB_ROOM_IMPL_H
#define OST_COLLAB_ROOM_IMPL_H

#include "services/collab/line_impl.h"
#include "services/collab/room.h"

OST_C_BEGIN

/* A rate in the long run with a burst (token bucket), in thousandths of a message. */
struct rate {
    int64_t left, at_ms;
};

struct presence {
    double camera[16];
    size_t camera_count;
    char selection[OST_ID_BYTES + 1]; /* "" is none */
    char tool[OST_ID_BYTES + 1];
};

/* Somebody, on however many sockets; kept until what was heard of him is forgiven. */
struct person {
    struct person *next;
    char user_id[OST_ACTOR_BYTES + 1];
    struct rate heard;       /* messages, and pieces of frames */
    int64_t wrote, wrote_ms; /* bytes of logs, less what time has forgiven, and when that was */
    size_t members;
};

#define OST_HEARD_PER_S 240
#define OST_HEARD_BURST 4096

struct member {
    struct member *next, *beside; /* in its room; in its socket's bucket */
    struct room *room;            /* borrowed */
    struct person *person;        /* borrowed from the hub */
    uint64_t socket;
    char user_id[OST_ACTOR_BYTES + 1];
    char name[OST_NAME_BYTES + 1];
    enum ost_role role;
    bool may_edit, may_approve, visits;
    bool cbor;    /* the form he speaks */
    bool greeted; /* said hello to the plan as it stands */
    char client[OST_CLIENT_BYTES + 1];
    size_t colour;
    struct presence presence;
    int64_t moved;         /* the room's `moves` when it last changed */
    int64_t told, told_ms; /* up to which of them he was told, when, and how often he wants to be */
    int presence_hz;
    struct rate edits, signs; /* transactions; presence and drags */
    struct rate hellos;       /* each costs a whole state */
    size_t waiting;
    int64_t held;                /* the lowest n sent back for later, or 0 */
    int64_t refused;             /* the highest n refused for good on this socket */
    int64_t taken;               /* the highest n that waited since the last hello */
    struct ost_undo_depth depth; /* as last told */
    size_t denied;               /* messages refused as not his to send, not asked for yet */
};

/* The arena of one frame, freed with the last transaction read from it. */
struct frame {
    struct ost_arena *arena;
    size_t users, bytes;
};

enum wish { OST_WISH_APPLY, OST_WISH_UNDO, OST_WISH_REDO };

/* A transaction that waits for the turn. */
struct waiting {
    struct waiting *next;
    struct member *member; /* borrowed; who leaves takes his with him */
    struct frame *frame;
    enum wish wish;
    struct ost_entry entry; /* texts in the frame's arena */
};

/* Whose page it is, also while it is away: others can read its id in the log. */
struct owner {
    char client[OST_CLIENT_BYTES + 1];
    char user_id[OST_ACTOR_BYTES + 1];
};

struct room {
    struct room *next;
    struct ost_collab_case at;
    struct ost_collab_plan info; /* id 0: the case has no plan */
    struct ost_plan *plan;       /* NULL: closed */
    struct line *line;           /* owned; line[i] is entry first + i */
    size_t line_count, line_room;
    int64_t first;
    struct owner *owner; /* owned; of one person the oldest first */
    size_t owner_count;
    struct member *member;
    struct waiting *waiting, **waiting_end;
    bool people_changed;
    int64_t moves, listed; /* changes of anybody's presence; those the last whole list holds */
    int64_t listed_ms, people_rest_ms;
    bool depth_changed; /* how much somebody can undo, for all we know */
    int64_t leased_ms, asked_ms, empty_ms, people_ms; /* asked: for the lease, last */
    int64_t turn_ms, rest_ms; /* when the last turn began, and how long from then others gather */
};

struct ost_collab {
    struct ost_collab_store store;
    struct ost_collab_line line;
    struct room *room;
    struct member *of_socket[1024]; /* buckets */
    struct person *person;
    struct ost_collab_count count;
    size_t waiting_bytes; /* of frames in memory */
    bool renewing;        /* more leases than went at once */
};

#define OST_FRAME_COST(len) ((size_t)64 * 1024 + 64 * (len)) /* memory a frame may take */
#define OST_FRAMES_BYTES    ((size_t)256 * 1024 * 1024)      /* of all frames that wait */

/* --- hub.c --- */

struct member *ost_hub_member(struct ost_collab *hub, uint64_t socket);
struct room *ost_hub_room(const struct ost_collab *hub, int64_t case_id);
int64_t ost_hub_now(const struct ost_collab *hub);
/* Whether `ms` went by since `at`; a clock that was set back takes it for granted. */
static inline bool ost_hub_past(int64_t now, int64_t at, int64_t ms)
{
    return now < at || now - at >= ms;
}
void ost_hub_resync(const struct ost_collab *hub, struct member *member, const char *reason,
                    int retry_ms);
void ost_hub_drop(struct ost_collab *hub, struct member *member); /* out of its room, freed */

void ost_person_wrote(struct person *person, int64_t now, size_t bytes); /* to a log */
int64_t ost_person_waits_ms(struct person *person, int64_t now); /* until he may write more */
/*
 * The room has a plan, and nobody else can have had it since: where this process slept beyond
 * its lease it asks first, for what another has kept meanwhile must not be refused here.
 */
bool ost_room_is_ours(struct ost_collab *hub, struct room *room);

const char *ost_colour_name(size_t colour); /* "#rrggbb" */

/* --- say.c: `text` is JSON; who speaks CBOR gets its twin --- */

void ost_hub_send(const struct ost_collab *hub, const struct member *member,
                  const struct ost_buf *text);
/* To these alone, OST_COLLAB_MEMBERS at most. */
void ost_hub_tell_some(const struct ost_collab *hub, const struct member *const *to, size_t count,
                       uint64_t key, const struct ost_buf *text);
/* To everybody who greeted and speaks this form: bytes of it. */
void ost_hub_tell(const struct ost_collab *hub, const struct room *room, bool cbor,
                  const struct ost_buf *bytes);
bool ost_room_speaks(const struct room *room, bool cbor); /* somebody who greeted does */

/* --- owner.c --- */

/* Whether `client` is this person's, or nobody's that the room knows of. */
bool ost_room_may_be(const struct room *room, const char *client, const char *user_id);
void ost_room_own(struct room *room, const char *client, const char *user_id);

/* --- plan.c: a room's plan, from the store and back --- */

OST_MUST_CHECK bool ost_room_open(struct ost_collab *hub, struct room *room, struct ost_err *err);

/* Forgets the plan; everyone is told why and to say hello again. */
void ost_room_close(struct ost_collab *hub, struct room *room, const char *reason, int retry_ms);

/* What a failure of the store means to who is in the room. */
void ost_room_failed(struct ost_collab *hub, struct room *room, const struct ost_err *err);

/* --- welcome.c --- */

void ost_room_welcome(struct ost_collab *hub, struct member *member, int64_t seq, const char *sum);

/* --- turn.c --- */

/* Takes the entry's frame into account; refused with OST_LIMIT where too much waits. */
OST_MUST_CHECK
bool ost_room_wait(struct ost_collab *hub, struct member *member, const struct waiting *what,
                   struct ost_err *err);
void ost_room_forget(struct ost_collab *hub, struct room *room, const struct member *member);
int ost_rooms_turn(struct ost_collab *hub); /* as ost_collab_turn() */
void ost_room_depth(struct ost_collab *hub, struct member *member);
void ost_room_depths(struct ost_collab *hub, struct room *room); /* where it has changed */

/* --- people.c --- */

/* Tells what is due; ms until more is, 0 for nothing. */
int ost_room_people(struct ost_collab *hub, struct room *room);
void ost_room_moved(struct member *member, const struct presence *presence);

/* --- talk.c --- */

/* `retry_ms` above 0: not looked at, to be sent again. */
void ost_talk_refused(const struct ost_collab *hub, struct member *member, int64_t n,
                      const struct ost_err *err, int retry_ms);
void ost_frame_release(struct ost_collab *hub, struct frame *frame);

OST_C_END

#endif
