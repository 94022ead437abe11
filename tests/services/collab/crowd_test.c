/* When a crowd's turn comes: how long others may gather for one frame, and when nobody waits. */
#include "services/log/log.h"
#include "tests/check.h"
#include "tests/services/collab/world.h"

enum { SMALL = 8, CROWD = 50 };

struct crowd {
    struct world *w;
    int64_t n; /* of the last transaction; everybody's own */
};

static void say(const struct crowd *crowd, uint64_t socket, const char *text)
{
    ost_collab_message(crowd->w->hub, socket, text, strlen(text));
}

static void come(const struct crowd *crowd, uint64_t socket)
{
    static const struct ost_collab_case at = {.institution = 1, .case_id = 7};
    struct ost_err err;
    char user[16], text[128];
    (void)snprintf(user, sizeof user, "%d", 100 + (int)socket);
    const struct ost_collab_join join = {.socket = socket,
                                         .at = at,
                                         .user_id = user,
                                         .name = "Somebody",
                                         .role = OST_ROLE_SURGEON,
                                         .may_edit = true};
    assert_true(ost_collab_join(crowd->w->hub, &join, &err));
    (void)snprintf(text, sizeof text,
                   "{\"t\":\"hello\",\"client\":\"%032d\",\"seq\":0,\"sum\":null}", (int)socket);
    say(crowd, socket, text);
}

static struct crowd gather(int members)
{
    struct ost_err err;
    struct crowd crowd = {.w = calloc(1, sizeof(struct world))};
    assert_non_null(crowd.w);
    crowd.w->plan = 1;
    crowd.w->now = 1700000000000;
    assert_true(world_start(crowd.w, &err));
    for (int i = 1; i <= members; i++)
        come(&crowd, (uint64_t)i);
    while (ost_collab_turn(crowd.w->hub) > 0)
        crowd.w->now++;
    crowd.w->now += 10000; /* who came in has long been told of */
    return crowd;
}

/* One entry of each of the first so many members. */
static void edit(struct crowd *crowd, int members)
{
    char text[160];
    crowd->n++;
    for (int i = 1; i <= members; i++) {
        (void)snprintf(text, sizeof text,
                       "{\"t\":\"op\",\"n\":%d,\"ops\":[{\"op\":\"create\",\"id\":\"o%d-%d\","
                       "\"type\":\"note\",\"props\":{\"text\":\"x\"}}]}",
                       (int)crowd->n, i, (int)crowd->n);
        say(crowd, (uint64_t)i, text);
    }
}

/* How many are kept where one turn comes now. */
static size_t kept_by_a_turn(const struct crowd *crowd)
{
    size_t before = crowd->w->count;
    (void)ost_collab_turn(crowd->w->hub);
    return crowd->w->count - before;
}

/* ms until what waits is kept, where turns come when the hub asks for them. */
static int64_t waited(const struct crowd *crowd)
{
    int64_t began = crowd->w->now;
    size_t before = crowd->w->count;
    while (crowd->w->count == before && crowd->w->now - began < 1000) {
        int more = ost_collab_turn(crowd->w->hub);
        if (crowd->w->count == before)
            crowd->w->now += more > 0 ? more : 1;
    }
    return crowd->w->now - began;
}

static void one_alone_is_not_gathered_for(void **state)
{
    (void)state;
    struct crowd crowd = gather(CROWD);
    for (int i = 0; i < 5; i++) { /* as fast as they are kept */
        edit(&crowd, 1);
        assert_int_equal(kept_by_a_turn(&crowd), 1);
    }
    world_end(crowd.w);
}

static void several_let_others_gather_for_one_frame(void **state)
{
    (void)state;
    struct crowd crowd = gather(CROWD);
    edit(&crowd, 8);
    assert_int_equal(kept_by_a_turn(&crowd), 8); /* the first are never waited with */
    edit(&crowd, 4);
    assert_int_equal(kept_by_a_turn(&crowd), 0);
    edit(&crowd, 4);
    assert_in_range(waited(&crowd), 4, 6);
    assert_int_equal(crowd.w->appends, 2);
    edit(&crowd, 2);
    assert_in_range(waited(&crowd), 4, 6);
    edit(&crowd, 2); /* after fewer, for less long */
    assert_in_range(waited(&crowd), 3, 4);
    world_end(crowd.w);
}

/* Others gather while an append is on its way: its time is not waited for once more. */
static void a_turn_counts_from_where_the_one_before_began(void **state)
{
    (void)state;
    struct crowd crowd = gather(CROWD);
    crowd.w->append_ms = 3;
    edit(&crowd, 8);
    assert_int_equal(kept_by_a_turn(&crowd), 8);
    edit(&crowd, 8);
    assert_in_range(waited(&crowd), 1 + 3, 2 + 3);
    crowd.w->append_ms = 20;
    edit(&crowd, 8);
    (void)waited(&crowd);
    edit(&crowd, 8);
    assert_int_equal(kept_by_a_turn(&crowd), 8);
    world_end(crowd.w);
}

static void a_few_never_wait(void **state)
{
    (void)state;
    struct crowd crowd = gather(SMALL);
    for (int i = 0; i < 5; i++) {
        edit(&crowd, SMALL);
        assert_int_equal(kept_by_a_turn(&crowd), SMALL);
    }
    world_end(crowd.w);
}

static void a_clock_that_is_set_back_ends_the_wait(void **state)
{
    (void)state;
    struct crowd crowd = gather(CROWD);
    edit(&crowd, 8);
    assert_int_equal(kept_by_a_turn(&crowd), 8);
    crowd.w->now -= 3600 * 1000;
    edit(&crowd, 8);
    assert_int_equal(kept_by_a_turn(&crowd), 8);
    world_end(crowd.w);
}

RUN(T(one_alone_is_not_gathered_for), T(several_let_others_gather_for_one_frame),
    T(a_turn_counts_from_where_the_one_before_began), T(a_few_never_wait),
    T(a_clock_that_is_set_back_ends_the_wait))
