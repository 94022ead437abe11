/*
 * Messages of four sockets in one room: whatever they say, what is sent is well formed, nothing is
 * told before it is kept, and the log replays and holds no word of who may only look. The input is
 * a list of messages, each after a byte (whose it is, and what happens besides) and two of length.
 */
#include "recon/plan/twin.h"
#include "services/log/log.h"
#include "tests/fuzz/target.h"
#include "tests/services/collab/world.h"

enum { PEOPLE = 4, HEAD = 3, ARENA = 32 * OST_ENTRY_BYTES };
enum { TURN = 0x10, LEAVE = 0x20, FAULT = 0x40, LATER = 0x80 };

static const struct ost_collab_case at = {.institution = 1, .case_id = 7};
static const enum ost_role role[PEOPLE] = {OST_ROLE_SURGEON, OST_ROLE_SURGEON, OST_ROLE_GUEST,
                                           OST_ROLE_ENGINEER};

static bool is_cbor(uint64_t socket)
{
    return socket == 1;
}

/* Each frame reads back, in the form of who hears it. */
static void heard(void *user, uint64_t socket, uint64_t key, const char *text, size_t len)
{
    OST_AUTO(ost_arena) arena = NULL;
    const struct ost_tree *root = NULL;
    struct ost_err err;
    must(ost_arena_create(&arena, (size_t)64 << 20, &err));
    must(ost_tree_of(is_cbor(socket) ? OST_FORM_CBOR : OST_FORM_JSON, arena, text, len, &root,
                     &err));
    world_send(user, is_cbor(socket) ? WORLD_SOCKETS - 1 : socket, key, text, len);
}

static void join(struct world *w, uint64_t socket)
{
    const char user[] = {(char)('1' + socket), '\0'};
    const struct ost_collab_join join = {.socket = socket,
                                         .at = at,
                                         .user_id = user,
                                         .name = "Somebody",
                                         .role = role[socket],
                                         .may_edit = role[socket] != OST_ROLE_GUEST,
                                         .may_approve = role[socket] == OST_ROLE_SURGEON,
                                         .visits = role[socket] == OST_ROLE_GUEST,
                                         .cbor = is_cbor(socket)};
    struct ost_err err;
    must(ost_collab_join(w->hub, &join, &err));
}

static void turn(struct world *w)
{
    w->now += 60;
    while (ost_collab_turn(w->hub))
        w->now++;
    must(!w->told_too_early);
}

static void say(struct world *w, unsigned control, const unsigned char *bytes, size_t len)
{
    uint64_t socket = control % PEOPLE;
    char *text = malloc(len + 1); /* as the server hands it over, and no byte beyond is read */
    must(text != NULL);
    memcpy(text, bytes, len);
    text[len] = '\0';
    ost_collab_message(w->hub, socket, text, len);
    free(text);
    if ((control & FAULT) != 0)
        w->fault = w->fault == WORLD_FINE ? WORLD_FAIL_AFTER : WORLD_FINE;
    if ((control & LATER) != 0)
        w->now += 3000;
    if ((control & TURN) != 0)
        turn(w);
    if ((control & LEAVE) != 0) {
        ost_collab_leave(w->hub, socket);
        join(w, socket);
    }
}

static void fold(const struct world *w)
{
    OST_AUTO(ost_plan) plan = NULL;
    struct ost_err err;
    must(ost_plan_create(&plan, "42", &err));
    for (size_t i = 0; i < w->count; i++) {
        OST_AUTO(ost_arena) arena = NULL;
        struct ost_entry entry;
        must(ost_arena_create(&arena, ARENA, &err));
        must(ost_entry_read_body(w->body[i].ptr, w->body[i].len, arena, &entry, &err));
        must(entry.by.role != OST_ROLE_GUEST && entry.seq == (int64_t)i + 1);
        must(ost_plan_replay(plan, &entry, &err));
    }
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len)
{
    struct world *w = calloc(1, sizeof *w);
    must(w != NULL);
    ost_log_from(OST_LOG_ERROR);
    *w = (struct world){.plan = 42, .epoch = 1, .now = 1700000000000};
    must(world_start_heard(w, heard, NULL));
    for (uint64_t i = 0; i < PEOPLE; i++)
        join(w, i);
    while (len >= HEAD) {
        size_t want = bytes[1] | (size_t)bytes[2] << 8, has = len - HEAD;
        size_t take = want < has ? want : has;
        say(w, bytes[0], bytes + HEAD, take);
        bytes += HEAD + take;
        len -= HEAD + take;
    }
    w->fault = WORLD_FINE;
    w->now += 10000;
    turn(w);
    fold(w);
    world_end(w);
    return 0;
}
