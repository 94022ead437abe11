/* Who is there and where he looks: as often as each receiver asked, and in the end all of it. */
#include "services/log/log.h"
#include "tests/check.h"
#include "tests/services/collab/world.h"

static void say(struct world *w, uint64_t socket, const char *text)
{
    ost_collab_message(w->hub, socket, text, strlen(text));
}

static void come(struct world *w, uint64_t socket, const char *hz)
{
    static const struct ost_collab_case at = {.institution = 1, .case_id = 7};
    struct ost_err err;
    char user[16], text[256];
    (void)snprintf(user, sizeof user, "%d", 10 + (int)socket);
    const struct ost_collab_join join = {.socket = socket,
                                         .at = at,
                                         .user_id = user,
                                         .name = "Somebody",
                                         .role = OST_ROLE_SURGEON,
                                         .may_edit = true};
    assert_true(ost_collab_join(w->hub, &join, &err));
    (void)snprintf(text, sizeof text,
                   "{\"t\":\"hello\",\"client\":\"%032d\",\"seq\":0,\"sum\":null%s%s}", (int)socket,
                   hz == NULL ? "" : ",\"presence_hz\":", hz == NULL ? "" : hz);
    say(w, socket, text);
}

/* So long, with turns as often as the hub wants them; the mover looks elsewhere each `every` ms. */
static void pass(struct world *w, int ms, uint64_t mover, int every)
{
    int wait = 0;
    for (int t = 0; t < ms; t++, w->now++) {
        if (every > 0 && t % every == 0) {
            char text[96];
            (void)snprintf(text, sizeof text, "{\"t\":\"presence\",\"camera\":[%d]}", t);
            say(w, mover, text);
            wait = 0;
        }
        if (wait > 0 && --wait > 0)
            continue;
        wait = ost_collab_turn(w->hub);
        wait = wait > 0 ? wait : 1000;
    }
}

static void clear(struct world *w)
{
    for (int i = 0; i < WORLD_SOCKETS; i++) {
        free(w->heard[i]);
        w->heard[i] = NULL;
        w->heard_len[i] = 0;
    }
}

static int count_of(const struct world *w, uint64_t socket, const char *what)
{
    int count = 0;
    for (const char *p = w->heard[socket]; p != NULL && (p = strstr(p, what)) != NULL; p++)
        count++;
    return count;
}

#define MOVES  "{\"t\":\"presence\""
#define PEOPLE "{\"t\":\"people\""

static struct world *crowd(void)
{
    struct world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    ost_log_from(OST_LOG_ERROR);
    w->plan = 42;
    w->epoch = 1;
    w->now = 1700000000000;
    assert_true(world_start(w, NULL));
    come(w, 1, "30");
    come(w, 2, "4");
    come(w, 3, NULL);
    come(w, 4, "0");
    come(w, 5, "30");
    pass(w, 300, 0, 0);
    clear(w);
    return w;
}

static void each_hears_as_often_as_he_asked(void **state)
{
    (void)state;
    struct world *w = crowd();
    pass(w, 1000, 1, 33); /* 30 a second come in */
    assert_in_range(count_of(w, 5, MOVES), 25, 31);
    assert_in_range(count_of(w, 2, MOVES), 3, 5);
    assert_in_range(count_of(w, 3, MOVES), 15, 21);
    assert_int_equal(count_of(w, 4, MOVES), 0);
    assert_int_equal(count_of(w, 5, PEOPLE), 0);
    /* Of him who moves, and who he is was said before. */
    assert_int_equal(count_of(w, 5, "\"client\":\"00000000000000000000000000000001\""),
                     count_of(w, 5, MOVES));
    assert_int_equal(count_of(w, 5, "\"client\""), count_of(w, 5, MOVES));
    assert_int_equal(count_of(w, 5, "\"name\""), 0);
    world_end(w);
}

/* The slowest receiver, too, knows the last place, and then there is nothing more to tell. */
static void the_last_place_reaches_everybody(void **state)
{
    (void)state;
    struct world *w = crowd();
    pass(w, 500, 1, 33);
    clear(w);
    say(w, 1, "{\"t\":\"presence\",\"camera\":[777],\"tool\":\"saw\"}");
    pass(w, 400, 0, 0);
    for (uint64_t socket = 1; socket <= 5; socket++)
        assert_int_equal(count_of(w, socket, "[777.0]") > 0, socket != 4);
    clear(w);
    pass(w, 5000, 0, 0);
    for (uint64_t socket = 1; socket <= 5; socket++)
        assert_int_equal(w->heard_len[socket], 0);
    assert_int_equal(ost_collab_turn(w->hub), 0);
    world_end(w);
}

/* A list is newer than every move that was told before it, and says so. */
static void a_list_holds_all_that_was_told_before(void **state)
{
    (void)state;
    struct world *w = crowd();
    pass(w, 2600, 1, 33);
    assert_in_range(count_of(w, 5, PEOPLE), 1, 2); /* now and then, while somebody moves */
    assert_int_equal(count_of(w, 4, PEOPLE), 0);
    clear(w);
    say(w, 2, "{\"t\":\"presence\",\"camera\":[1],\"tool\":\"plane\"}");
    come(w, 6, "30");
    pass(w, 100, 0, 0);
    for (uint64_t socket = 1; socket <= 6; socket++) {
        const char *list = strstr(w->heard[socket], PEOPLE);
        assert_non_null(list);
        assert_non_null(strstr(list, "\"tool\":\"plane\""));
        assert_non_null(strstr(list, "\"client\":\"00000000000000000000000000000006\""));
        assert_non_null(strstr(list, "\"rev\":"));
    }
    world_end(w);
}

static void a_wrong_rate_is_refused(void **state)
{
    (void)state;
    struct world *w = crowd();
    come(w, 7, "-1");
    assert_int_equal(count_of(w, 7, "\"t\":\"refused\""), 1);
    come(w, 8, "500"); /* more than there is: all there is */
    pass(w, 1000, 1, 10);
    assert_in_range(count_of(w, 8, MOVES), 20, 31);
    world_end(w);
}

RUN(T(each_hears_as_often_as_he_asked), T(the_last_place_reaches_everybody),
    T(a_list_holds_all_that_was_told_before), T(a_wrong_rate_is_refused))
