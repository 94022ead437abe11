#include "services/log/log.h"
#include "tests/check.h"
#include "tests/services/collab/world.h"
#define CUT                                                                                        \
    "{\"op\":\"create\",\"id\":\"cut\",\"type\":\"osteotomy\",\"props\":{\"kind\":\"single\","     \
    "\"point\":[0,0,20],\"normal\":[0,0,-1],\"kerf_mm\":0.6}}"
#define KERF(value)                                                                                \
    "{\"op\":\"set\",\"object\":\"cut\",\"property\":\"kerf_mm\",\"value\":" value "}"
#define POINT(base, z)                                                                             \
    "{\"op\":\"set\",\"object\":\"cut\",\"property\":\"point\",\"base\":" base                     \
    ",\"value\":[0,0," z "]}"

static const struct ost_collab_case at = {.institution = 1, .case_id = 7};

static struct world *begin(void)
{
    struct world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    ost_log_from(OST_LOG_ERROR);
    w->plan = 42;
    w->epoch = 1;
    w->now = 1700000000000;
    assert_true(world_start(w, NULL));
    return w;
}

static void join_in(struct world *w, int64_t case_id, uint64_t socket, const char *user,
                    enum ost_role role)
{
    char name[32];
    (void)snprintf(name, sizeof name, "Person %s", user);
    const struct ost_collab_join join = {.socket = socket,
                                         .at = {.institution = 1, .case_id = case_id},
                                         .user_id = user,
                                         .name = name,
                                         .role = role,
                                         .may_edit = role != OST_ROLE_GUEST,
                                         .visits = role == OST_ROLE_GUEST,
                                         .may_approve = true};
    struct ost_err err;
    assert_true(ost_collab_join(w->hub, &join, &err));
}

static void join(struct world *w, uint64_t socket, const char *user, enum ost_role role)
{
    join_in(w, at.case_id, socket, user, role);
}

static void say(struct world *w, uint64_t socket, const char *text)
{
    ost_collab_message(w->hub, socket, text, strlen(text));
}

static void turn(struct world *w)
{
    w->now += 60;
    while (ost_collab_turn(w->hub))
        w->now++;
    assert_false(w->told_too_early);
}

static void hello(struct world *w, uint64_t socket, char digit, int seq, const char *sum)
{
    char client[33] = {0}, text[256];
    memset(client, digit, 32);
    (void)snprintf(text, sizeof text, "{\"t\":\"hello\",\"client\":\"%s\",\"seq\":%d,\"sum\":%s}",
                   client, seq, sum);
    say(w, socket, text);
}

static void op(struct world *w, uint64_t socket, int n, const char *ops)
{
    char text[2048];
    (void)snprintf(text, sizeof text, "{\"t\":\"op\",\"n\":%d,\"ops\":[%s]}", n, ops);
    say(w, socket, text);
}

static bool heard(const struct world *w, uint64_t socket, const char *what)
{
    return w->heard[socket] != NULL && strstr(w->heard[socket], what) != NULL;
}

static void clear(struct world *w, uint64_t socket)
{
    free(w->heard[socket]);
    w->heard[socket] = NULL;
    w->heard_len[socket] = 0;
}

/* The text after the last `"key":"` in what a socket heard. */
static void last_text(const struct world *w, uint64_t socket, const char *key, char *out,
                      size_t size)
{
    const char *found = NULL;
    for (const char *p = w->heard[socket]; p != NULL && (p = strstr(p, key)) != NULL; p++)
        found = p + strlen(key);
    assert_non_null(found);
    size_t len = strcspn(found, "\"");
    assert_true(len < size);
    memcpy(out, found, len);
    out[len] = '\0';
}

static struct world *two(void)
{
    struct world *w = begin();
    join(w, 1, "17", OST_ROLE_SURGEON);
    join(w, 2, "23", OST_ROLE_ENGINEER);
    hello(w, 1, 'a', 0, "null");
    hello(w, 2, 'b', 0, "null");
    op(w, 1, 1, CUT);
    turn(w);
    return w;
}

static void an_edit_comes_back_to_everyone_once_it_is_kept(void **state)
{
    (void)state;
    struct world *w = two();
    assert_int_equal(w->count, 1);
    assert_true(heard(w, 1, "\"t\":\"welcome\""));
    for (uint64_t s = 1; s <= 2; s++) {
        assert_true(heard(w, s, "{\"t\":\"ops\",\"ops\":[{\"n\":1,"));
        assert_true(heard(w, s, "],\"seq\":1,\"sum\":\""));
        assert_true(heard(w, s, "\"name\":\"Person 17\""));
    }
    world_end(w);
}

static void edits_of_one_turn_are_kept_in_one_append_and_told_in_one_frame(void **state)
{
    (void)state;
    struct world *w = two();
    size_t appends = w->appends;
    clear(w, 1);
    for (int i = 0; i < 10; i++) {
        op(w, 1, 2 + i, KERF("1.0"));
        op(w, 2, 1 + i, KERF("1.1"));
    }
    turn(w);
    assert_int_equal(w->appends, appends + 1);
    assert_int_equal(w->largest, 20);
    assert_int_equal(w->count, 21);
    const char *first = strstr(w->heard[1], "\"t\":\"ops\"");
    assert_non_null(first);
    assert_null(strstr(first + 1, "\"t\":\"ops\""));
    world_end(w);
}

static void what_could_not_be_kept_was_never_told(void **state)
{
    (void)state;
    struct world *w = two();
    clear(w, 1);
    clear(w, 2);
    w->fault = WORLD_FAIL_BEFORE;
    op(w, 1, 2, KERF("1.0"));
    turn(w);
    assert_false(heard(w, 1, "\"t\":\"ops\"") || heard(w, 2, "\"t\":\"ops\""));
    assert_true(heard(w, 1, "\"reason\":\"store\"") && heard(w, 2, "\"reason\":\"store\""));
    w->fault = WORLD_FINE;
    hello(w, 1, 'a', 0, "null");
    assert_true(heard(w, 1, "\"mine\":[[1,1]],\"last_n\":1"));
    op(w, 1, 2, KERF("1.0"));
    turn(w);
    assert_int_equal(w->count, 2);
    world_end(w);
}

static void an_answer_that_was_lost_does_not_make_it_happen_twice(void **state)
{
    (void)state;
    struct world *w = two();
    w->fault = WORLD_FAIL_AFTER;
    op(w, 1, 2, KERF("1.0"));
    turn(w);
    assert_int_equal(w->count, 2);
    w->fault = WORLD_FINE;
    clear(w, 1);
    hello(w, 1, 'a', 0, "null");
    assert_true(heard(w, 1, "\"mine\":[[1,1],[2,2]],\"last_n\":2"));
    op(w, 1, 2, KERF("1.0"));
    turn(w);
    assert_true(heard(w, 1, "{\"t\":\"ack\",\"n\":2,\"seq\":2}"));
    assert_int_equal(w->count, 2);
    world_end(w);
}

/* Sockets whose numbers are 1024 apart lie in one bucket of the hub. */
static void who_leaves_a_shared_bucket_takes_nobody_along(void **state)
{
    (void)state;
    struct world *w = begin();
    for (int i = 0; i < 3; i++) {
        join(w, 3 + 1024 * (uint64_t)i, "17", OST_ROLE_SURGEON);
        hello(w, 3 + 1024 * (uint64_t)i, (char)('a' + i), 0, "null");
    }
    ost_collab_leave(w->hub, 3 + 1024); /* between the two */
    op(w, 3, 1, CUT);
    turn(w);
    op(w, 3 + 1024, 1, KERF("1.0"));
    turn(w);
    assert_int_equal(w->count, 1);
    op(w, 3 + 2048, 1, KERF("1.0"));
    turn(w);
    assert_int_equal(w->count, 2);
    world_end(w);
}

static void who_comes_back_gets_what_he_missed(void **state)
{
    (void)state;
    struct world *w = two();
    char sum[64], quoted[80];
    last_text(w, 2, "\"sum\":\"", sum, sizeof sum);
    ost_collab_leave(w->hub, 2);
    op(w, 1, 2, KERF("1.0"));
    op(w, 1, 3, KERF("1.2"));
    turn(w);
    clear(w, 2);
    join(w, 2, "23", OST_ROLE_ENGINEER);
    (void)snprintf(quoted, sizeof quoted, "\"%s\"", sum);
    hello(w, 2, 'b', 1, quoted);
    assert_true(heard(w, 2, "\"snapshot\":null,\"ops\":[{\"n\":2,"));
    assert_true(heard(w, 2, "\"n\":3,"));
    clear(w, 2);
    hello(w, 2, 'b', 1, "\"00000000000000000000000000000000\"");
    assert_true(heard(w, 2, "\"snapshot\":{\"id\":\"42\",\"seq\":3,"));
    clear(w, 2);
    hello(w, 2, 'b', 99, quoted);
    assert_true(heard(w, 2, "\"snapshot\":{\"id\":\"42\",\"seq\":3,"));
    world_end(w);
}

static void a_new_process_goes_on_where_the_log_ends(void **state)
{
    (void)state;
    struct world *w = two();
    char sum[64], again[64];
    op(w, 2, 1, POINT("1", "21"));
    turn(w);
    last_text(w, 1, "\"sum\":\"", sum, sizeof sum);
    ost_collab_destroy(w->hub);
    assert_true(world_start(w, NULL));
    clear(w, 1);
    join(w, 1, "17", OST_ROLE_SURGEON);
    hello(w, 1, 'a', 0, "null");
    last_text(w, 1, "\"seq\":2,\"sum\":\"", again, sizeof again);
    assert_string_equal(again, sum);
    assert_true(heard(w, 1, "\"undo\":1,\"redo\":0"));
    world_end(w);
}

static void conflicts_are_told_to_the_one_who_lost(void **state)
{
    (void)state;
    struct world *w = two();
    clear(w, 1);
    clear(w, 2);
    op(w, 1, 2, POINT("1", "21"));
    op(w, 2, 1, POINT("1", "22"));
    turn(w);
    assert_true(heard(w, 2, "\"t\":\"refused\",\"n\":1,\"code\":\"conflict\""));
    assert_false(heard(w, 1, "refused"));
    assert_int_equal(w->count, 2);
    world_end(w);
}

static void undo_is_by_user_and_says_what_it_left(void **state)
{
    (void)state;
    struct world *w = two();
    op(w, 1, 2, KERF("1.0") "," POINT("1", "21"));
    op(w, 2, 1, KERF("1.4"));
    turn(w);
    clear(w, 1);
    say(w, 1, "{\"t\":\"undo\",\"n\":3}");
    turn(w);
    assert_true(heard(w, 1, "\"t\":\"kept\",\"n\":3,\"restored\":1,\"kept\":1"));
    assert_true(heard(w, 1, "\"undo_of\":2"));
    assert_true(heard(w, 1, "{\"t\":\"depth\",\"undo\":1,\"redo\":1}"));
    say(w, 1, "{\"t\":\"undo\",\"n\":3}");
    turn(w);
    assert_true(heard(w, 1, "{\"t\":\"ack\",\"n\":3,\"seq\":4}"));
    assert_int_equal(w->count, 4);
    clear(w, 2);
    say(w, 2, "[{\"t\":\"undo\",\"n\":2},{\"t\":\"undo\",\"n\":3},{\"t\":\"redo\",\"n\":4}]");
    turn(w);
    assert_true(heard(w, 2, "\"t\":\"refused\",\"n\":3,\"code\":\"not_found\""));
    assert_int_equal(w->count, 6);
    world_end(w);
}

static void who_may_only_look_changes_nothing(void **state)
{
    (void)state;
    struct world *w = two();
    join(w, 3, "51", OST_ROLE_GUEST);
    hello(w, 3, 'c', 0, "null");
    clear(w, 2);
    op(w, 3, 1, KERF("1.0"));
    say(w, 3, "{\"t\":\"undo\",\"n\":2}");
    say(w, 3, "{\"t\":\"drag\",\"object\":\"cut\",\"property\":\"kerf_mm\",\"value\":1.0}");
    turn(w);
    assert_true(heard(w, 3, "\"t\":\"refused\",\"n\":1,\"code\":\"denied\""));
    assert_true(heard(w, 3, "\"t\":\"refused\",\"n\":2,\"code\":\"denied\""));
    assert_false(heard(w, 2, "drag"));
    assert_int_equal(w->count, 1);
    assert_int_equal(ost_collab_denied(w->hub, 3),
                     3); /* the drag too, though nobody argues about it */
    assert_int_equal(ost_collab_denied(w->hub, 3), 0);
    assert_int_equal(ost_collab_denied(w->hub, 99), 0);
    ost_collab_allow(w->hub, 1, true, false);
    assert_true(heard(w, 1, "\"reason\":\"rights\""));
    hello(w, 1, 'a', 0, "null");
    op(w, 1, 2, "{\"op\":\"tag\",\"name\":\"v1\",\"kind\":\"approved\",\"hash\":\"00\"}");
    turn(w);
    assert_true(heard(w, 1, "\"n\":2,\"code\":\"denied\""));
    world_end(w);
}

static void a_guest_who_plans_edits_and_tags_nothing(void **state)
{
    (void)state;
    struct world *w = two();
    join(w, 3, "51", OST_ROLE_GUEST);
    ost_collab_allow(w->hub, 3, true, false);
    hello(w, 3, 'c', 0, "null");
    clear(w, 2);
    op(w, 3, 1, KERF("1.0"));
    for (int n = 0; n < 2; n++)
        op(w, 3, n + 2,
           n == 0 ? "{\"op\":\"tag\",\"name\":\"v1\",\"kind\":\"version\",\"hash\":\"00\"}"
                  : "{\"op\":\"tag\",\"name\":\"v1\",\"kind\":\"proposed\",\"hash\":\"00\"}");
    turn(w);
    assert_true(heard(w, 2, "\"by\":{\"id\":\"51\""));
    assert_true(heard(w, 2, "\"role\":\"guest\""));
    assert_true(heard(w, 3, "\"n\":2,\"code\":\"denied\""));
    assert_true(heard(w, 3, "\"n\":3,\"code\":\"denied\""));
    assert_int_equal(w->count, 2);
    world_end(w);
}

static void drags_and_presence_pass_by(void **state)
{
    (void)state;
    struct world *w = two();
    clear(w, 1);
    clear(w, 2);
    say(w, 1, "{\"t\":\"drag\",\"object\":\"cut\",\"property\":\"kerf_mm\",\"value\":1.25}");
    say(w, 1, "{\"t\":\"drag\",\"object\":\"cut\",\"property\":\"kerf_mm\",\"value\":99}");
    say(w, 1, "{\"t\":\"drag\",\"object\":\"no\",\"property\":\"kerf_mm\",\"value\":1}");
    say(w, 1,
        "{\"t\":\"presence\",\"camera\":[1,2.5,-3],\"selection\":\"cut\",\"tool\":\"plane\"}");
    turn(w);
    assert_true(heard(w, 2, "{\"t\":\"drag\",\"by\":\"17\",\"client\":\"aaaa"));
    assert_true(heard(w, 2, "\"value\":1.25}"));
    assert_false(heard(w, 2, "99"));
    assert_false(heard(w, 1, "drag"));
    assert_true(heard(w, 2, "\"camera\":[1.0,2.5,-3.0],\"selection\":\"cut\""));
    assert_int_equal(w->count, 1);
    clear(w, 2);
    ost_collab_leave(w->hub, 1);
    turn(w);
    assert_true(heard(w, 2, "{\"t\":\"people\",\"people\":[{\"id\":\"23\""));
    assert_false(heard(w, 2, "\"id\":\"17\""));
    world_end(w);
}

static void every_wrong_message_is_answered(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "nonsense",
        "[]]",
        "1",
        "{}",
        "{\"t\":\"shout\"}",
        "{\"t\":\"hello\"}",
        "{\"t\":\"hello\",\"client\":\"xx\",\"seq\":0,\"sum\":null}",
        "{\"t\":\"op\",\"ops\":[]}",
        "{\"t\":\"op\",\"n\":0,\"ops\":[]}",
        "{\"t\":\"op\",\"n\":1.5,\"ops\":[]}",
        "{\"t\":\"op\",\"n\":9,\"ops\":[{\"op\":\"set\"}]}",
        "{\"t\":\"op\",\"n\":9,\"ops\":[],\"x\":1}",
        "{\"t\":\"presence\",\"camera\":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]}",
        "{\"t\":\"presence\",\"tool\":7}",
        "{\"t\":\"drag\",\"object\":1}",
    };
    struct world *w = two();
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        clear(w, 1);
        say(w, 1, wrong[i]);
        if (!heard(w, 1, "\"t\":\"refused\""))
            print_error("no answer to %s\n", wrong[i]);
        assert_true(heard(w, 1, "\"t\":\"refused\""));
    }
    op(w, 1, 9, "");
    turn(w);
    assert_true(heard(w, 1, "\"n\":9,\"code\":\"invalid\""));
    char *large = malloc(OST_COLLAB_MESSAGE + 2);
    assert_non_null(large);
    memset(large, ' ', OST_COLLAB_MESSAGE + 1);
    large[OST_COLLAB_MESSAGE + 1] = '\0';
    clear(w, 1);
    say(w, 1, large);
    free(large);
    assert_true(heard(w, 1, "\"code\":\"limit\""));
    assert_int_equal(w->count, 1);
    world_end(w);
}

/* What was sent back for later keeps its place: nothing behind it gets ahead. */
static void a_flood_is_sent_back_in_order(void **state)
{
    (void)state;
    struct world *w = two();
    clear(w, 1);
    for (int n = 2; n < 500; n++)
        op(w, 1, n, n % 2 == 0 ? KERF("1.0") : KERF("1.1"));
    turn(w);
    assert_true(heard(w, 1, "\"code\":\"limit\""));
    assert_true(heard(w, 1, "\"retry_ms\":"));
    size_t first = w->count + 1; /* n is one ahead of seq here: all were of one client */
    assert_true(first > OST_COLLAB_WAITING);
    w->now += 20000;
    op(w, 1, 498, KERF("1.0"));
    turn(w);
    assert_int_equal(w->count, first - 1);
    for (int n = (int)first; n < 500; n++) {
        op(w, 1, n, KERF("1.3"));
        turn(w);
    }
    assert_int_equal(w->count, 499);
    world_end(w);
}

static void another_owner_ends_the_room_until_the_lease_is_back(void **state)
{
    (void)state;
    struct world *w = two();
    clear(w, 1);
    w->fault = WORLD_TAKEN;
    w->now += OST_COLLAB_LEASE_MS;
    ost_collab_tick(w->hub);
    assert_true(heard(w, 1, "\"reason\":\"moved\""));
    clear(w, 1);
    op(w, 1, 2, KERF("1.0"));
    turn(w);
    assert_null(w->heard[1]); /* it was told to start over; nothing more to say */
    hello(w, 1, 'a', 0, "null");
    assert_true(heard(w, 1, "\"reason\":\"busy\""));
    w->fault = WORLD_FINE;
    clear(w, 1);
    hello(w, 1, 'a', 0, "null");
    op(w, 1, 2, KERF("1.0"));
    turn(w);
    assert_true(heard(w, 1, "],\"seq\":2,\"sum\":"));
    /* The lease was out and came back as a new one: the log is read again. */
    clear(w, 1);
    w->epoch = 2;
    w->now += OST_COLLAB_LEASE_MS;
    ost_collab_tick(w->hub);
    assert_true(heard(w, 1, "\"reason\":\"moved\",\"retry_ms\":0"));
    world_end(w);
}

static void nobody_hears(void *user, uint64_t socket, uint64_t key, const char *text, size_t len)
{
    (void)user;
    (void)socket;
    (void)key;
    (void)text;
    (void)len;
}

/* Whoever writes waits for as many as are renewed in one turn. */
static void many_leases_are_renewed_a_few_in_a_turn(void **state)
{
    enum { ROOMS = 70 };
    (void)state;
    struct world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    *w = (struct world){.plan = 42, .epoch = 1, .now = 1700000000000};
    assert_true(world_start_heard(w, nobody_hears, NULL));
    for (uint64_t i = 1; i <= ROOMS; i++) {
        join_in(w, (int64_t)i, i, "17", OST_ROLE_SURGEON);
        hello(w, i, 'a', 0, "null");
    }
    w->now += OST_COLLAB_LEASE_MS / 2;
    ost_collab_tick(w->hub);
    assert_true(w->renewed < ROOMS);
    for (int turns = 0; turns < 5; turns++)
        (void)ost_collab_turn(w->hub);
    assert_int_equal(w->renewed, ROOMS);
    assert_true(w->renewed_at_once <= 32);
    world_end(w);
}

/* The rooms that came last, and so are looked at first, have lost their plans. */
static void leases_behind_those_of_cases_that_are_gone_are_renewed_in_time(void **state)
{
    enum { LIVE = 40, GONE = 60 };
    (void)state;
    struct world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    *w = (struct world){.plan = 42, .epoch = 1, .now = 1700000000000, .watched = 1};
    assert_true(world_start_heard(w, nobody_hears, NULL));
    for (uint64_t i = 1; i <= LIVE + GONE; i++) {
        join_in(w, (int64_t)i, i, "17", OST_ROLE_SURGEON);
        hello(w, i, 'a', 0, "null");
    }
    w->gone_from = LIVE + 1;
    w->watched_ms = w->now;
    for (int second = 0; second < 10; second++) {
        w->now += 1000;
        ost_collab_tick(w->hub);
        for (int turns = 0; turns < 8; turns++)
            (void)ost_collab_turn(w->hub);
        assert_true(w->now - w->watched_ms < OST_COLLAB_LEASE_MS);
    }
    world_end(w);
}

static void a_page_that_connects_again_replaces_its_old_socket(void **state)
{
    (void)state;
    struct world *w = two();
    join(w, 3, "17", OST_ROLE_SURGEON);
    hello(w, 3, 'a', 0, "null");
    assert_true(heard(w, 1, "\"reason\":\"replaced\""));
    assert_string_equal(w->dismissed[1], "replaced");
    join(w, 4, "23", OST_ROLE_ENGINEER);
    hello(w, 4, 'a', 0, "null");
    assert_true(heard(w, 4, "\"code\":\"denied\""));
    op(w, 3, 2, KERF("1.0"));
    turn(w);
    assert_int_equal(w->count, 2);
    say(w, 3, "[{\"t\":\"bye\"},{\"t\":\"op\",\"n\":3,\"ops\":[" KERF("1.1") "]}]");
    turn(w);
    assert_string_equal(w->dismissed[3], "bye");
    assert_int_equal(w->count, 2);
    world_end(w);
}

/* The list of people and the log tell everybody which page is whose. */
static void a_page_stays_its_persons_while_he_is_away(void **state)
{
    (void)state;
    struct ost_err err;
    struct world *w = two();
    join(w, 3, "17", OST_ROLE_SURGEON);
    hello(w, 3, 'c', 1, "null"); /* never writes */
    ost_collab_leave(w->hub, 1);
    ost_collab_leave(w->hub, 3);
    for (int again = 0; again < 2; again++) {
        const char pages[] = "ca";
        for (int i = again; i < 2; i++) { /* after a restart the log knows who wrote */
            join(w, 4, "23", OST_ROLE_ENGINEER);
            hello(w, 4, pages[i], 0, "null");
            assert_false(heard(w, 4, "\"t\":\"welcome\""));
            assert_true(heard(w, 4, "this client id belongs to another user"));
            ost_collab_leave(w->hub, 4);
            clear(w, 4);
        }
        join(w, 5, "17", OST_ROLE_SURGEON);
        hello(w, 5, 'a', 1, "null");
        assert_true(heard(w, 5, "\"t\":\"welcome\""));
        clear(w, 5);
        ost_collab_destroy(w->hub);
        assert_true(world_start(w, &err));
    }
    world_end(w);
}

/* Who makes up pages without end forgets his own, not those of others. */
static void pages_without_end_are_forgotten_by_their_own(void **state)
{
    (void)state;
    struct world *w = two();
    char text[128];
    ost_collab_leave(w->hub, 1);
    for (int i = 0; i < 200; i++) {
        (void)snprintf(text, sizeof text,
                       "{\"t\":\"hello\",\"client\":\"%032d\",\"seq\":1,\"sum\":null}", i);
        say(w, 2, text);
        w->now += 1000;
    }
    clear(w, 2);
    hello(w, 2, 'a', 0, "null");
    assert_true(heard(w, 2, "this client id belongs to another user"));
    world_end(w);
}

static void a_case_without_a_plan_waits_for_one(void **state)
{
    (void)state;
    struct world *w = begin();
    w->plan = 0;
    join(w, 1, "17", OST_ROLE_SURGEON);
    hello(w, 1, 'a', 0, "null");
    assert_true(heard(w, 1, "\"plan\":null,\"seq\":0"));
    op(w, 1, 1, CUT);
    turn(w);
    assert_true(heard(w, 1, "\"n\":1,\"code\":\"not_found\""));
    static const char news[] = "{\"t\":\"job\",\"job\":{\"id\":\"5\"}}";
    ost_collab_notify(w->hub, 7, news, strlen(news));
    assert_true(heard(w, 1, news));
    w->plan = 43;
    ost_collab_reload(w->hub, 7);
    assert_true(heard(w, 1, "\"reason\":\"plan\""));
    hello(w, 1, 'a', 0, "null");
    assert_true(heard(w, 1, "\"plan\":\"43\""));
    world_end(w);
}

/* Edits of two people in turn, some taken back, one every 50 ms. */
static void edit_much(struct world *w, int from, int to)
{
    for (int n = from; n <= to; n++) {
        char value[160], undo[64];
        uint64_t socket = 1 + (uint64_t)(n % 2);
        (void)snprintf(value, sizeof value, KERF("%d.%02d"), n / 100 % 3, 10 + n % 90);
        (void)snprintf(undo, sizeof undo, "{\"t\":\"undo\",\"n\":%d}", n);
        if (n % 7 == 0)
            say(w, socket, undo);
        else
            op(w, socket, n, value);
        turn(w);
    }
}

/* The whole state as a newcomer is told it, and what each of the two could undo. */
static char *told_to_newcomer(struct world *w)
{
    char *all = NULL;
    join(w, 1, "17", OST_ROLE_SURGEON);
    join(w, 2, "23", OST_ROLE_ENGINEER);
    for (uint64_t socket = 1; socket <= 2; socket++) {
        clear(w, socket);
        hello(w, socket, socket == 1 ? 'a' : 'b', 0, "null");
        const char *state = strstr(w->heard[socket], "\"snapshot\":{");
        const char *depth = strstr(w->heard[socket], "\"last_n\":");
        assert_true(state != NULL && depth != NULL);
        size_t len = all == NULL ? 0 : strlen(all);
        all = realloc(all, len + strlen(state) + strlen(depth) + 1);
        assert_non_null(all);
        /* What this room remembers of entries may differ; what it says of the state may not. */
        const char *end = strstr(state, ",\"ops\":[]");
        assert_non_null(end);
        memcpy(all + len, state, (size_t)(end - state));
        memcpy(all + len + (end - state), depth, strlen(depth) + 1);
    }
    return all;
}

static void a_room_from_a_snapshot_is_the_room_of_the_whole_log(void **state)
{
    (void)state;
    struct world *w = two();
    edit_much(w, 2, 1900);
    size_t whole = w->count;
    assert_true(w->snapshots >= 3);
    assert_true(w->snapshot_seq >= OST_COLLAB_SNAPSHOT &&
                whole > w->snapshot_seq + OST_COLLAB_TAIL);
    char *told[2];
    for (int i = 0; i < 2; i++) {
        ost_collab_destroy(w->hub);
        w->from_snapshot = i == 1;
        assert_true(world_start(w, NULL));
        told[i] = told_to_newcomer(w);
        assert_int_equal(w->replayed, i == 1 ? whole - w->snapshot_seq : whole);
    }
    assert_string_equal(told[0], told[1]);
    free(told[0]);
    free(told[1]);
    /* And it goes on from there: the next undo takes back the same. */
    say(w, 1, "{\"t\":\"undo\",\"n\":5000}");
    turn(w);
    assert_int_equal(w->count, whole + 1);
    world_end(w);
}

static void a_snapshot_that_is_not_whole_is_passed_over(void **state)
{
    (void)state;
    struct world *w = two();
    edit_much(w, 2, 600);
    size_t whole = w->count;
    assert_true(w->snapshots == 1);
    ((unsigned char *)w->snapshot.ptr)[w->snapshot.len / 2] ^= 1;
    w->from_snapshot = true;
    ost_collab_destroy(w->hub);
    ost_log_from(OST_LOG_ERROR);
    assert_true(world_start(w, NULL));
    free(told_to_newcomer(w));
    assert_int_equal(w->replayed, whole);
    world_end(w);
}

static void an_approval_keeps_the_state_it_is_of(void **state)
{
    (void)state;
    struct world *w = two();
    char hash[80], text[256];
    struct ost_collab_count before = ost_collab_count(w->hub);
    assert_int_equal(before.rooms, 1);
    assert_int_equal(w->snapshots, 0);
    clear(w, 1);
    hello(w, 1, 'a', 0, "null");
    last_text(w, 1, "\"hash\":\"", hash, sizeof hash);
    static const char *const kind[] = {"approved", "proposed", "approved"};
    for (int i = 0; i < 3; i++) {
        (void)snprintf(text, sizeof text,
                       "{\"op\":\"tag\",\"name\":\"v%d\",\"kind\":\"%s\",\"hash\":\"%s\"}", i,
                       kind[i], hash);
        op(w, 1, 2 + i, text);
        turn(w);
    }
    assert_true(heard(w, 1, "\"n\":2,\"code\":\"conflict\""));
    assert_true(heard(w, 1, "propose it first"));
    assert_int_equal(w->count, 3);
    assert_int_equal(w->snapshots, 2);
    assert_int_equal(w->snapshot_seq, 2); /* the world holds the first */
    world_end(w);
}

/* Of another institution, with a surgeon's role there: he proposes, and no step behind it is his.
 */
static void a_visitor_proposes_and_no_more(void **state)
{
    (void)state;
    struct world *w = two();
    const struct ost_collab_join visitor = {.socket = 3,
                                            .at = at,
                                            .user_id = "61",
                                            .name = "Visitor",
                                            .role = OST_ROLE_SURGEON,
                                            .may_edit = true,
                                            .may_approve = true,
                                            .visits = true};
    static const struct {
        uint64_t by;
        const char *kind;
        bool heard;
    } say[] = {{3, "proposed", true}, {3, "approved", false}, {1, "approved", true},
               {3, "draft", false},   {3, "released", false}, {1, "draft", true},
               {3, "proposed", true}, {3, "draft", true}};
    char hash[80], text[256], answer[64];
    struct ost_err err;
    int n[4] = {0, 1, 0, 0};
    assert_true(ost_collab_join(w->hub, &visitor, &err));
    clear(w, 1);
    hello(w, 1, 'a', 0, "null");
    hello(w, 3, 'c', 0, "null");
    last_text(w, 1, "\"hash\":\"", hash, sizeof hash);
    for (size_t i = 0; i < sizeof say / sizeof say[0]; i++) {
        int kept = (int)w->count;
        (void)snprintf(text, sizeof text,
                       "{\"op\":\"tag\",\"name\":\"v%zu\",\"kind\":\"%s\",\"hash\":\"%s\"}", i,
                       say[i].kind, hash);
        op(w, say[i].by, ++n[say[i].by], text);
        turn(w);
        assert_int_equal((int)w->count - kept, say[i].heard ? 1 : 0);
        (void)snprintf(answer, sizeof answer, "\"n\":%d,\"code\":\"denied\"", n[say[i].by]);
        assert_int_equal(heard(w, say[i].by, answer), !say[i].heard);
    }
    world_end(w);
}

static size_t times_heard(const struct world *w, uint64_t socket, const char *what)
{
    size_t count = 0;
    for (const char *p = w->heard[socket]; p != NULL && (p = strstr(p, what)) != NULL; p++)
        count++;
    return count;
}

/* A whole state for every hello would let one page keep all the others waiting. */
static void greetings_without_end_are_put_off(void **state)
{
    (void)state;
    struct world *w = two();
    clear(w, 1);
    for (int i = 0; i < 200; i++)
        hello(w, 1, 'a', 0, "null");
    assert_true(times_heard(w, 1, "\"t\":\"welcome\"") <= 20);
    assert_true(heard(w, 1, "\"reason\":\"slow\",\"retry_ms\":1000"));
    op(w, 2, 1, KERF("0.8")); /* the others go on */
    turn(w);
    assert_int_equal(w->count, 2);
    clear(w, 1);
    w->now += 1000;
    hello(w, 1, 'a', 0, "null");
    assert_true(heard(w, 1, "\"t\":\"welcome\""));
    world_end(w);
}

/* `count` empty messages in one frame, as long as a frame may be. */
static void say_nothing(struct world *w, uint64_t socket, size_t count)
{
    char *text = malloc(3 * count + 2);
    assert_non_null(text);
    for (size_t i = 0; i < count; i++)
        memcpy(text + 3 * i, i == 0 ? "[{}" : ",{}", 3);
    memcpy(text + 3 * count, "]", 2);
    say(w, socket, text);
    free(text);
}

static void a_frame_of_too_many_messages_ends_the_socket(void **state)
{
    (void)state;
    struct world *w = two();
    clear(w, 1);
    say_nothing(w, 1, OST_COLLAB_MESSAGE / 3 - 1);
    assert_int_equal(times_heard(w, 1, "\"t\":\"refused\""), 1);
    assert_true(
        heard(w, 1, "\"code\":\"limit\",\"text\":\"87380 messages in a frame, limit 512\""));
    assert_string_equal(w->dismissed[1], "flood");
    op(w, 2, 1, KERF("0.8")); /* the others go on */
    turn(w);
    assert_int_equal(w->count, 2);
    world_end(w);
}

/* How many messages of no known kind are answered before the socket ends. */
static size_t patience(struct world *w, uint64_t socket)
{
    clear(w, socket);
    for (int i = 0; i < 100 && w->dismissed[socket][0] == '\0'; i++)
        say_nothing(w, socket, OST_COLLAB_PACKED);
    assert_string_equal(w->dismissed[socket], "flood");
    return times_heard(w, socket, "\"t\":\"refused\"");
}

static void wrong_messages_count_for_the_person(void **state)
{
    (void)state;
    struct world *w = two();
    assert_in_range(patience(w, 1), 4000, 4096);
    join(w, 3, "17", OST_ROLE_SURGEON); /* comes back at once */
    assert_in_range(patience(w, 3), 0, 1);
    op(w, 2, 1, KERF("0.8"));
    turn(w);
    assert_int_equal(w->count, 2);
    w->now += 60000;
    ost_collab_tick(w->hub);
    join(w, 4, "17", OST_ROLE_SURGEON);
    hello(w, 4, 'c', 0, "null");
    assert_true(heard(w, 4, "\"t\":\"welcome\""));
    world_end(w);
}

/* 256 KiB of nothing but spaces, again and again: no message, and work all the same. */
static void long_frames_are_counted_by_their_length(void **state)
{
    (void)state;
    struct world *w = two();
    char *text = malloc(OST_COLLAB_MESSAGE + 1);
    assert_non_null(text);
    memset(text, ' ', OST_COLLAB_MESSAGE);
    memcpy(text, "[]", 2);
    text[OST_COLLAB_MESSAGE] = '\0';
    int sent = 0;
    for (; sent < 1000 && w->dismissed[1][0] == '\0'; sent++)
        say(w, 1, text);
    free(text);
    assert_string_equal(w->dismissed[1], "flood");
    assert_in_range(sent, 60, 66);
    world_end(w);
}

/* What is sent back comes again when it is told to: nobody of good will is a flood. */
static void what_is_sent_back_comes_when_its_turn_is(void **state)
{
    (void)state;
    enum { MANY = 1000 };
    struct world *w = two();
    static int64_t due[MANY];
    memset(due, 0, sizeof due);
    for (int waits = MANY - 2; waits > 0;) {
        for (int n = 2; n < MANY; n++) {
            if (due[n] < 0 || due[n] > w->now)
                continue;
            clear(w, 1);
            op(w, 1, n, KERF("1.0"));
            const char *retry = w->heard[1] == NULL ? NULL : strstr(w->heard[1], "\"retry_ms\":");
            due[n] = retry == NULL ? -1 : w->now + strtoll(retry + 11, NULL, 10);
            waits -= retry == NULL;
        }
        turn(w);
        assert_string_equal(w->dismissed[1], "");
        assert_true(w->now < 1700000000000 + 60000);
    }
    assert_int_equal(w->count, MANY - 1);
    world_end(w);
}

/* A page that greeted twice sends everything twice; its second copies may be too many. */
static void a_second_copy_holds_nothing_up(void **state)
{
    (void)state;
    struct world *w = two();
    for (int n = 2; n < 200; n++)
        op(w, 1, n, KERF("1.0"));
    for (int n = 2; n < 200; n++)
        op(w, 1, n, KERF("1.0"));
    turn(w);
    assert_true(heard(w, 1, "\"code\":\"limit\""));
    assert_int_equal(w->count, 199);
    w->now += 2000;
    clear(w, 1);
    op(w, 1, 200, KERF("1.1"));
    turn(w);
    assert_false(heard(w, 1, "\"code\":\"limit\""));
    assert_int_equal(w->count, 200);
    world_end(w);
}

static void an_empty_room_is_given_back(void **state)
{
    (void)state;
    struct world *w = two();
    ost_collab_leave(w->hub, 1);
    ost_collab_leave(w->hub, 2);
    ost_collab_leave(w->hub, 2);
    assert_int_equal(ost_collab_count(w->hub).rooms, 1);
    w->now += 60000;
    ost_collab_tick(w->hub);
    assert_int_equal(ost_collab_count(w->hub).rooms, 0);
    assert_int_equal(ost_collab_count(w->hub).members, 0);
    world_end(w);
}

/* Sent twice in one turn, and then the turn is not kept: nothing may have been promised. */
static void what_waits_to_be_kept_is_not_acknowledged(void **state)
{
    (void)state;
    struct world *w = two();
    clear(w, 1);
    w->fault = WORLD_FAIL_BEFORE;
    op(w, 1, 2, KERF("1.0"));
    op(w, 1, 2, KERF("1.0"));
    turn(w);
    assert_false(heard(w, 1, "\"t\":\"ack\""));
    w->fault = WORLD_FINE;
    clear(w, 1);
    hello(w, 1, 'a', 0, "null");
    op(w, 1, 2, KERF("1.0"));
    op(w, 1, 2, KERF("1.0"));
    turn(w);
    assert_int_equal(w->count, 2);
    assert_true(heard(w, 1, "{\"t\":\"ops\",\"ops\":[{\"n\":2,"));
    world_end(w);
}

/* A page that sent it twice has heard the first answer and gone on. */
static void what_was_refused_stays_refused(void **state)
{
    (void)state;
    struct world *w = two();
    op(w, 1, 2, "{\"op\":\"remove\",\"object\":\"later\"}");
    turn(w);
    assert_true(heard(w, 1, "\"n\":2,\"code\":\"not_found\""));
    op(w, 2, 1,
       "{\"op\":\"create\",\"id\":\"later\",\"type\":\"note\",\"props\":{\"text\":\"x\"}}");
    turn(w);
    clear(w, 1);
    op(w, 1, 2, "{\"op\":\"remove\",\"object\":\"later\"}");
    op(w, 1, 3, KERF("1.0"));
    turn(w);
    assert_true(heard(w, 1, "\"n\":2,\"code\":\"conflict\""));
    assert_int_equal(w->count, 3);
    world_end(w);
}

static void a_right_that_is_taken_away_counts_at_once(void **state)
{
    (void)state;
    struct world *w = two();
    op(w, 1, 2, KERF("1.0"));
    ost_collab_allow(w->hub, 1, false, false);
    turn(w);
    assert_int_equal(w->count, 1);
    hello(w, 1, 'a', 0, "null");
    op(w, 1, 2, KERF("1.0"));
    turn(w);
    assert_true(heard(w, 1, "\"n\":2,\"code\":\"denied\""));
    assert_int_equal(w->count, 1);
    world_end(w);
}

static void a_clock_that_is_set_back_stops_nothing(void **state)
{
    (void)state;
    struct world *w = two();
    w->now -= 3600000;
    clear(w, 2);
    say(w, 1, "{\"t\":\"presence\",\"tool\":\"saw\"}");
    for (int i = 0; i < 50 && ost_collab_turn(w->hub); i++)
        w->now++;
    assert_true(heard(w, 2, "\"tool\":\"saw\""));
    assert_false(ost_collab_turn(w->hub));
    world_end(w);
}

/* A room that begins at a snapshot asks the log what a page that was away had sent. */
static void what_a_room_has_not_at_hand_is_not_taken_for_refused(void **state)
{
    (void)state;
    struct world *w = two();
    op(w, 1, 2, KERF("1.0"));
    op(w, 1, 3, KERF("1.1"));
    turn(w);
    for (int i = 0; w->snapshot.ptr == NULL; i++) {
        op(w, 2, 1 + i, KERF("0.7"));
        turn(w);
        w->now += 100;
    }
    ost_collab_destroy(w->hub);
    w->from_snapshot = true;
    assert_true(world_start(w, NULL));
    clear(w, 1);
    join(w, 1, "17", OST_ROLE_SURGEON);
    hello(w, 1, 'a', 0, "null");
    assert_true(heard(w, 1, "\"mine\":[[3,3],[2,2],[1,1]"));
    w->fault = WORLD_DOWN; /* unknown is not refused either */
    clear(w, 1);
    hello(w, 1, 'a', 0, "null");
    assert_true(heard(w, 1, "\"reason\":\"store\""));
    assert_false(heard(w, 1, "\"t\":\"welcome\""));
    world_end(w);
}

static bool enter(struct world *w, uint64_t socket, int64_t case_id)
{
    const struct ost_collab_join join = {.socket = socket,
                                         .at = {.case_id = case_id, .institution = 1},
                                         .user_id = "9",
                                         .name = "Walker",
                                         .role = OST_ROLE_SURGEON};
    struct ost_err err;
    return ost_collab_join(w->hub, &join, &err);
}

static void who_slept_beyond_his_lease_asks_before_he_answers(void **state)
{
    (void)state;
    struct world *w = two();
    for (int by_turn = 0; by_turn < 2; by_turn++) {
        clear(w, 1);
        clear(w, 2);
        w->now += 6000; /* no tick: the process did not run */
        w->fault = by_turn == 0 ? WORLD_TAKEN : WORLD_DOWN;
        if (by_turn == 0)
            hello(w, 2, 'b', 0, "null");
        else
            op(w, 1, 9, KERF("99.0")); /* out of range: it would be refused */
        turn(w);
        assert_false(heard(w, 2, "\"t\":\"welcome\"") || heard(w, 1, "\"t\":\"refused\""));
        assert_true(heard(w, 1, by_turn == 0 ? "\"reason\":\"moved\"" : "\"reason\":\"store\""));
        w->fault = WORLD_FINE;
        hello(w, 1, 'a', 0, "null");
        hello(w, 2, 'b', 0, "null");
        assert_true(heard(w, 2, "\"t\":\"welcome\""));
    }
    world_end(w);
}

static void who_walks_through_many_cases_shuts_nobody_out(void **state)
{
    (void)state;
    struct world *w = two();
    for (int64_t i = 1; i < OST_COLLAB_ROOMS; i++) {
        w->now++;
        assert_true(enter(w, 100, 1000 + i));
        ost_collab_leave(w->hub, 100);
    }
    assert_int_equal(ost_collab_count(w->hub).rooms, OST_COLLAB_ROOMS);
    assert_true(enter(w, 100, 5000));
    assert_int_equal(ost_collab_count(w->hub).rooms, OST_COLLAB_ROOMS);
    assert_int_equal(ost_collab_count(w->hub).members, 3); /* nobody was put out */
    for (int64_t i = 2; i < OST_COLLAB_ROOMS - 1; i++)
        assert_true(enter(w, 100 + (uint64_t)i, 1000 + i)); /* back into the empty ones */
    assert_true(enter(w, 5001, 1001));                      /* for the last empty one */
    assert_false(enter(w, 5002, 9000));                     /* all have somebody in them */
    world_end(w);
}

/* A note whose text is written anew a hundred times: 200 kB for the log. */
static void write_much(struct world *w, uint64_t socket, int n)
{
    static char text[240 * 1024];
    int len = snprintf(text, sizeof text, "{\"t\":\"op\",\"n\":%d,\"ops\":[", n);
    for (int i = 0; i < 100; i++)
        len += snprintf(text + len, sizeof text - (size_t)len,
                        "%s{\"op\":\"set\",\"object\":\"note\",\"property\":\"text\",\"value\":"
                        "\"%01950d\"}",
                        i == 0 ? "" : ",", n);
    len += snprintf(text + len, sizeof text - (size_t)len, "]}");
    ost_collab_message(w->hub, socket, text, (size_t)len);
    w->now += 1000;
    turn(w);
}

static void one_person_writes_his_share_of_the_disk_and_waits(void **state)
{
    (void)state;
    struct world *w = two();
    op(w, 1, 2, "{\"op\":\"create\",\"id\":\"note\",\"type\":\"note\",\"props\":{\"text\":\"\"}}");
    turn(w);
    int n = 3;
    while (n < 400 && !heard(w, 1, "share of the disk")) {
        clear(w, 1);
        clear(w, 2);
        write_much(w, 1, n++);
    }
    /* 32 MiB and what a second forgives, at 200 kB each. */
    assert_true(n > 160 && n < 220);
    assert_true(heard(w, 1, "\"code\":\"limit\"") && heard(w, 1, "\"retry_ms\":"));
    clear(w, 1);
    clear(w, 2);
    op(w, 2, 1, KERF("0.9")); /* the others write on */
    turn(w);
    assert_true(heard(w, 2, "\"t\":\"ops\""));
    /* A new socket is no new share, nor is a pause that others would need too. */
    ost_collab_leave(w->hub, 1);
    w->now += 20000;
    ost_collab_tick(w->hub);
    ost_collab_tick(w->hub);
    join(w, 3, "17", OST_ROLE_SURGEON);
    hello(w, 3, 'c', 0, "null");
    int sent = n;
    while (n < sent + 5 && !heard(w, 3, "share of the disk")) {
        clear(w, 3);
        write_much(w, 3, n++);
    }
    assert_true(n < sent + 5);
    w->now += 600000; /* ten minutes forgive ten megabytes */
    clear(w, 3);
    write_much(w, 3, n - 1);
    assert_true(heard(w, 3, "\"t\":\"ops\""));
    world_end(w);
}

static void a_full_log_takes_no_more_and_says_so(void **state)
{
    (void)state;
    struct world *w = begin();
    w->bytes = OST_COLLAB_LOG / 2;
    join(w, 1, "17", OST_ROLE_SURGEON);
    join(w, 2, "23", OST_ROLE_GUEST);
    ost_collab_allow(w->hub, 2, true, false);
    hello(w, 1, 'a', 0, "null");
    hello(w, 2, 'b', 0, "null");
    turn(w);
    clear(w, 2);
    op(w, 2, 1, CUT);
    turn(w);
    assert_true(heard(w, 2, "log is full (512 MiB)"));
    assert_false(heard(w, 2, "retry_ms"));
    op(w, 1, 1, CUT);
    turn(w);
    assert_int_equal(w->count, 1); /* a guest leaves room for the others */
    world_end(w);
    w = begin();
    w->bytes = OST_COLLAB_LOG - 1;
    join(w, 1, "17", OST_ROLE_SURGEON);
    hello(w, 1, 'a', 0, "null");
    op(w, 1, 1, CUT);
    turn(w);
    clear(w, 1);
    op(w, 1, 2, KERF("0.7"));
    op(w, 1, 1, CUT); /* sent again: it is there */
    turn(w);
    assert_true(heard(w, 1, "\"n\":2,\"code\":\"limit\",\"text\":\"this plan's log is full"));
    assert_true(heard(w, 1, "{\"t\":\"ack\",\"n\":1,\"seq\":1}"));
    assert_int_equal(w->count, 1);
    world_end(w);
}

RUN(T(one_person_writes_his_share_of_the_disk_and_waits), T(a_full_log_takes_no_more_and_says_so),
    T(an_edit_comes_back_to_everyone_once_it_is_kept),
    T(edits_of_one_turn_are_kept_in_one_append_and_told_in_one_frame),
    T(what_could_not_be_kept_was_never_told),
    T(an_answer_that_was_lost_does_not_make_it_happen_twice),
    T(who_leaves_a_shared_bucket_takes_nobody_along), T(who_comes_back_gets_what_he_missed),
    T(a_new_process_goes_on_where_the_log_ends), T(conflicts_are_told_to_the_one_who_lost),
    T(undo_is_by_user_and_says_what_it_left), T(who_may_only_look_changes_nothing),
    T(a_guest_who_plans_edits_and_tags_nothing), T(drags_and_presence_pass_by),
    T(every_wrong_message_is_answered), T(a_flood_is_sent_back_in_order),
    T(another_owner_ends_the_room_until_the_lease_is_back),
    T(many_leases_are_renewed_a_few_in_a_turn),
    T(leases_behind_those_of_cases_that_are_gone_are_renewed_in_time),
    T(a_page_that_connects_again_replaces_its_old_socket),
    T(a_page_stays_its_persons_while_he_is_away), T(pages_without_end_are_forgotten_by_their_own),
    T(a_case_without_a_plan_waits_for_one), T(a_room_from_a_snapshot_is_the_room_of_the_whole_log),
    T(a_snapshot_that_is_not_whole_is_passed_over), T(an_approval_keeps_the_state_it_is_of),
    T(a_visitor_proposes_and_no_more), T(greetings_without_end_are_put_off),
    T(a_frame_of_too_many_messages_ends_the_socket), T(wrong_messages_count_for_the_person),
    T(long_frames_are_counted_by_their_length), T(what_is_sent_back_comes_when_its_turn_is),
    T(an_empty_room_is_given_back), T(a_second_copy_holds_nothing_up),
    T(what_waits_to_be_kept_is_not_acknowledged), T(what_was_refused_stays_refused),
    T(a_right_that_is_taken_away_counts_at_once), T(a_clock_that_is_set_back_stops_nothing),
    T(what_a_room_has_not_at_hand_is_not_taken_for_refused),
    T(who_walks_through_many_cases_shuts_nobody_out),
    T(who_slept_beyond_his_lease_asks_before_he_answers))
