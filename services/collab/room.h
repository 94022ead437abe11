/*
 * Who is in a plan, and in what order their edits happened. One room per case; this
 * room knows no sockets and no database: messages come in by call, frames go out by
 * callback, entries are kept by a store. README.md is the protocol, byte for byte.
 *
 * Durable before visible: edits wait until ost_collab_turn(), which applies all of a
 * loop turn in every room, has the store keep them in one commit, and only then
 * acknowledges and tells the others, in one frame for all of a room. The commit blocks:
 * one thread serves all rooms, and what arrives meanwhile is the next turn's. A crowded
 * room gathers for a few milliseconds more, since a frame to everybody costs more than
 * what is in it.
 *
 * Not thread-safe: one thread owns a hub.
 */
#ifndef OST_COLLAB_ROOM_H
#define OST_COLLAB_ROOM_H

#include "services/collab/store.h"

OST_C_BEGIN

struct ost_collab;

/* How frames reach a member. Neither call may come back into the hub. */
struct ost_collab_line {
    void *user; /* borrowed */
    /* `key` 0: must arrive. Else it may be dropped, or replaced by a later one of its key.
     * `text` is one message, JSON or CBOR as the member speaks. */
    void (*send)(void *user, uint64_t socket, uint64_t key, const char *text, size_t len);
    /* The same text to several of one form, once for all; NULL: send one by one. */
    void (*send_all)(void *user, const uint64_t *socket, size_t count, uint64_t key,
                     const char *text, size_t len);
    /* Around what is sent together, so that it leaves together; may be NULL. */
    void (*hold)(void *user, bool held);
    /* The member is out of the room; `reason` is a word of README.md. */
    void (*dismiss)(void *user, uint64_t socket, const char *reason);
    /* Unix time in ms: entries are stamped and rates measured with it. */
    int64_t (*now_ms)(void *user);
};

enum {
    OST_COLLAB_MESSAGE = 256 * 1024, /* bytes of one message */
    OST_COLLAB_PACKED = 512,         /* messages in one frame */
    OST_COLLAB_BATCH = 64,           /* transactions of one room in one turn */
    OST_COLLAB_WAITING = 256,        /* transactions of one member not yet looked at */
    OST_COLLAB_MEMBERS = 256,        /* in one room */
    OST_COLLAB_ROOMS = 1024,
    OST_COLLAB_LINES = 4096,     /* entries a room keeps ready for who comes back */
    OST_COLLAB_MINE = 1024,      /* more than one page can have sent without an answer */
    OST_COLLAB_LEASE_MS = 4000,  /* and a second until it is asked for: a plan moves within five */
    OST_COLLAB_PRESENCE_HZ = 30, /* the most; 20 where a page says nothing */
    OST_COLLAB_SNAPSHOT = 512,   /* entries between two snapshots */
    OST_COLLAB_LOG = 1 << 30,    /* bytes of one plan's log; who visits fills half of it */
    OST_COLLAB_LOG_BURST = 32 << 20,    /* that one person may add at once, to all plans ... */
    OST_COLLAB_LOG_PER_S = 16 << 10,    /* ... and in the long run */
    OST_COLLAB_TAIL = OST_PLAN_HISTORY, /* entries a room wants at hand: what can be undone */
};

OST_MUST_CHECK
bool ost_collab_create(struct ost_collab **out, const struct ost_collab_store *store,
                       const struct ost_collab_line *line, struct ost_err *err);
void ost_collab_destroy(struct ost_collab *hub); /* releases every plan; NULL is fine */
OST_AUTO_DEFINE(ost_collab);

struct ost_collab_join {
    uint64_t socket; /* unique among members */
    struct ost_collab_case at;
    const char *user_id, *name; /* copied */
    enum ost_role role;
    bool may_edit, may_approve; /* by the state of the case; the role is checked besides */
    bool visits;                /* a guest, or somebody of another institution */
    bool cbor;                  /* speaks osteon.1.cbor, else osteon.1 */
};

OST_MUST_CHECK
bool ost_collab_join(struct ost_collab *hub, const struct ost_collab_join *join,
                     struct ost_err *err);
void ost_collab_leave(struct ost_collab *hub, uint64_t socket); /* an unknown one is fine */

/* One message, or an array of them, in the member's form. What is wrong is answered to him. */
void ost_collab_message(struct ost_collab *hub, uint64_t socket, const char *text, size_t len);

/*
 * Once per loop turn, after its messages and leaves. Above 0 there is more to do: call again
 * within so many milliseconds even if nothing else happens.
 */
int ost_collab_turn(struct ost_collab *hub);

/* About once a second: leases, empty rooms. */
void ost_collab_tick(struct ost_collab *hub);

/* One JSON message of another room of the house (a job, files) to all of a case. */
void ost_collab_notify(struct ost_collab *hub, int64_t case_id, const char *text, size_t len);

/* The case has a new plan, or rights have changed: everyone starts over from hello. */
void ost_collab_reload(struct ost_collab *hub, int64_t case_id);

/* What a member may do from now on. */
void ost_collab_allow(struct ost_collab *hub, uint64_t socket, bool may_edit, bool may_approve);

/* How many messages of a member were not his to send, since this was last asked. */
size_t ost_collab_denied(struct ost_collab *hub, uint64_t socket);

struct ost_collab_count {
    size_t rooms, members;
};
struct ost_collab_count ost_collab_count(const struct ost_collab *hub);

OST_C_END

#endif
