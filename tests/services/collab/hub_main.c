/*
 * A hub driven by lines, for clients written in another language. In, one a line:
 *   J socket user role name     somebody joins
 *   M socket text               a message of his
 *   L socket                    he is gone
 *   F fault                     the store from now on (enum world_fault)
 *   R                           the process dies and a new one starts; sockets are gone
 * Out: "S socket text" for a frame, "D socket reason" for a dismissal, and at the end
 * "E seq hash" of the log, replayed from nothing.
 */
#include "services/log/log.h"
#include "tests/services/collab/world.h"

#include <inttypes.h>

#define LINE_BYTES ((size_t)1 << 19)

static const struct ost_collab_case at = {.institution = 1, .case_id = 7};

static void join(struct world *w, const char *rest)
{
    char user[64] = "", role[16] = "", name[64] = "";
    unsigned long long socket = 0;
    struct ost_collab_join join = {.at = at, .user_id = user, .name = name};
    struct ost_err err;
    if (sscanf(rest, "%llu %63s %15s %63[^\n]", &socket, user, role, name) != 4 ||
        !ost_role_of_name(role, &join.role))
        abort();
    join.socket = socket;
    join.may_edit = join.role != OST_ROLE_GUEST;
    join.visits = join.role == OST_ROLE_GUEST;
    join.may_approve = true;
    if (!ost_collab_join(w->hub, &join, &err))
        abort();
}

static void restart(struct world *w)
{
    ost_collab_destroy(w->hub);
    if (!world_start(w, NULL))
        abort();
}

static void command(struct world *w, char *line)
{
    char *rest = line + 2;
    switch (line[0]) {
    case 'J':
        join(w, rest);
        break;
    case 'M': {
        uint64_t socket = strtoull(rest, &rest, 10);
        ost_collab_message(w->hub, socket, rest + 1, strlen(rest + 1));
        break;
    }
    case 'L':
        ost_collab_leave(w->hub, strtoull(rest, NULL, 10));
        break;
    case 'F':
        w->fault = (enum world_fault)strtol(rest, NULL, 10);
        break;
    case 'R':
        restart(w);
        break;
    default:
        break;
    }
}

static bool replay(struct world *w, struct ost_plan **plan, struct ost_err *err)
{
    if (!ost_plan_create(plan, "42", err))
        return false;
    for (size_t i = 0; i < w->count; i++) {
        OST_AUTO(ost_arena) arena = NULL;
        struct ost_entry entry;
        if (!ost_arena_create(&arena, (size_t)32 * OST_ENTRY_BYTES, err) ||
            !ost_entry_read_body(w->body[i].ptr, w->body[i].len, arena, &entry, err) ||
            !ost_plan_replay(*plan, &entry, err))
            return false;
    }
    return true;
}

static void print_end(struct world *w)
{
    struct ost_plan *plan = NULL;
    struct ost_err err;
    char hash[OST_SHA256_HEX];
    if (replay(w, &plan, &err) && ost_plan_hash(plan, hash, &err))
        (void)printf("E %" PRId64 " %s\n", ost_plan_seq(plan), hash);
    else
        (void)printf("E -1 %s\n", err.msg);
    ost_plan_destroy(plan);
}

int main(void)
{
    static char line[LINE_BYTES];
    struct world *w = calloc(1, sizeof *w);
    if (w == NULL)
        return 1;
    ost_log_from(OST_LOG_ERROR);
    *w = (struct world){.plan = 42, .epoch = 1, .now = 1700000000000, .out = stdout};
    if (!world_start(w, NULL))
        return 1;
    while (fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        command(w, line);
        w->now += 40;
        while (ost_collab_turn(w->hub))
            w->now++;
        ost_collab_tick(w->hub);
        (void)fflush(stdout);
    }
    print_end(w);
    world_end(w);
    return 0;
}
