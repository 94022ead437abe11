/* Who is let in, for whom a connection counts, and what is asked before a body is read. */
#include "services/http/http.h"
#include "tests/check.h"
#include "tests/services/http/served.h"

#include <malloc.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define HELLO(person) "GET /api/v1/hello?person=" person " HTTP/1.1\r\nHost: osteon.test\r\n\r\n"
#define SEND(cookie, length)                                                                       \
    "POST /api/v1/take HTTP/1.1\r\nHost: osteon.test\r\nOrigin: " SERVED_ORIGIN                    \
    "\r\nCookie: " cookie "\r\nContent-Length: " length "\r\n\r\n"

static atomic_int handled, asked;

/* "person=N" in the query stands for a session here; 0 is nobody. */
static void say_hello(struct ost_http_request *request, void *context)
{
    const char *person = ost_http_request_query(request, "person");
    (void)context;
    if (person != NULL)
        ost_http_request_person(request, strtol(person, NULL, 10));
    ost_http_reply_text(request, 200, "text/plain", "hello");
}

static void say_length(struct ost_http_request *request, void *context)
{
    char text[32];
    size_t len, sum = 0;
    const unsigned char *body = ost_http_request_body(request, &len);
    (void)context;
    for (size_t i = 0; i < len; i++)
        sum += body[i];
    atomic_fetch_add(&handled, 1);
    (void)snprintf(text, sizeof text, "%zu %zu", len, sum);
    ost_http_reply_text(request, 200, "text/plain", text);
}

static void ask_who(struct ost_http_request *request, void *context)
{
    size_t len;
    (void)context;
    (void)ost_http_request_body(request, &len);
    atomic_fetch_add(&asked, 1);
    if (len != 0)
        ost_http_reply_error(request, 500, "bug", NULL, "There is a body already.");
    else if (ost_http_request_cookie(request, "who") == NULL)
        ost_http_reply_error(request, 401, "denied", "sign_in", "Please sign in.");
}

static const struct ost_http_route routes[] = {
    {OST_HTTP_GET, "/api/v1/hello", 0, say_hello, NULL, NULL},
    {OST_HTTP_POST, "/api/v1/take", (size_t)8 << 20, say_length, NULL, ask_who},
};

static const struct ost_http_options plain = {.route = routes,
                                              .route_count = sizeof routes / sizeof routes[0]};

static void wait_ms(long ms)
{
    (void)nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

/* A place that somebody left is free when the server has seen that he did. */
static bool client_gets_in(struct client *client, const struct served *server)
{
    for (int tries = 0; tries < 500; tries++) {
        if (client_open(client, server))
            return true;
        client_close(client);
        wait_ms(10);
    }
    return false;
}

static int say(struct client *client, const char *text)
{
    return client_text(client, text) ? client_status(client) : 0;
}

static void a_long_body_is_refused_by_its_head(void **state)
{
    (void)state;
    struct served small = {0};
    struct client client;
    struct timespec before, after;
    served_start(&small, plain);
    assert_true(client_open(&client, &small));
    (void)clock_gettime(CLOCK_MONOTONIC, &before);
    /* Not a byte of the eight million is sent. */
    assert_int_equal(say(&client, SEND("other=1", "8388608")), 401);
    (void)clock_gettime(CLOCK_MONOTONIC, &after);
    assert_true(after.tv_sec - before.tv_sec < 5);
    client_close(&client);
    assert_int_equal(atomic_load(&handled), 0);
    /* And what comes on the heels of the head goes nowhere. */
    static char eager[400 + 60000];
    int head = snprintf(eager, 400, SEND("other=1", "8388608"));
    memset(eager + head, 'x', 60000);
    assert_true(client_open(&client, &small));
    (void)client_send(&client, eager, (size_t)head + 60000);
    assert_int_equal(client_status(&client), 401);
    client_close(&client);
    assert_int_equal(atomic_load(&handled), 0);
    served_stop(&small);
}

static void take(const struct served *small, size_t len, size_t with_head, int questions)
{
    char *all = malloc(len + 400), want[32];
    struct client client;
    struct answer answer;
    size_t sum = 0;
    assert_non_null(all);
    int head = snprintf(all, 400,
                        "POST /api/v1/take HTTP/1.1\r\nHost: osteon.test\r\nOrigin: " SERVED_ORIGIN
                        "\r\nCookie: who=1\r\nContent-Length: %zu\r\n\r\n",
                        len);
    for (size_t i = 0; i < len; i++)
        sum += (unsigned char)(all[(size_t)head + i] = (char)(i * 7 % 251));
    atomic_store(&asked, 0);
    assert_true(client_open(&client, small));
    assert_true(client_send(&client, all, (size_t)head + with_head));
    if (with_head < len) {
        wait_ms(100);
        assert_true(client_send(&client, all + head + with_head, len - with_head));
    }
    client_answer(&client, &answer);
    assert_int_equal(answer.status, 200);
    (void)snprintf(want, sizeof want, "%zu %zu", len, sum);
    assert_string_equal(answer.body, want);
    assert_int_equal(atomic_load(&asked), questions);
    answer_fini(&answer);
    /* The connection is as good as before. */
    assert_int_equal(say(&client, HELLO("0")), 200);
    client_close(&client);
    free(all);
}

static void what_is_let_in_arrives_whole_however_it_is_cut(void **state)
{
    (void)state;
    struct served small = {0};
    served_start(&small, plain);
    take(&small, 16384, 16384, 0); /* short enough to be heard first */
    take(&small, 16385, 0, 1);
    take(&small, 16385, 16385, 1);
    take(&small, 30000, 30000, 1);
    take(&small, 8388608, 8388608, 1);
    take(&small, 8388608, 10000, 1);
    take(&small, 1000000, 40000, 1);
    served_stop(&small);
}

static void who_is_known_does_not_count_for_the_address(void **state)
{
    (void)state;
    struct served small = {0};
    struct ost_http_options options = plain;
    struct client known[8], other;
    options.per_address_most = 2;
    options.per_person_most = 3;
    served_start(&small, options);
    /* Many people behind one address: each connection counts for it only until it is known. */
    for (int i = 0; i < 6; i++) {
        assert_true(client_open(&known[i], &small));
        assert_int_equal(say(&known[i], i < 3 ? HELLO("7") : HELLO("8")), 200);
    }
    /* A person who has his share fills the address's, and no more than that. */
    for (int i = 6; i < 8; i++) {
        assert_true(client_open(&known[i], &small));
        assert_int_equal(say(&known[i], HELLO("7")), 200);
    }
    assert_false(client_open(&other, &small));
    client_close(&other);
    client_close(&known[6]); /* his place is free again */
    assert_true(client_gets_in(&other, &small));
    assert_int_equal(say(&other, HELLO("9")), 200);
    client_close(&other);
    for (int i = 0; i < 8; i++) {
        if (i != 6)
            client_close(&known[i]);
    }
    served_stop(&small);
}

/* People whose numbers are 1024 apart lie in one bucket: who leaves it takes nobody along. */
static void who_leaves_a_shared_bucket_takes_nobody_along(void **state)
{
    (void)state;
    struct served small = {0};
    struct ost_http_options options = plain;
    static const char *const who[] = {HELLO("7"), HELLO("1031"), HELLO("7")};
    struct client known[3], more[3];
    options.per_address_most = 2;
    options.per_person_most = 2;
    served_start(&small, options);
    for (int i = 0; i < 3; i++) {
        assert_true(client_open(&known[i], &small));
        assert_int_equal(say(&known[i], who[i]), 200);
    }
    client_close(&known[1]); /* between the two */
    wait_ms(200);
    for (int i = 0; i < 2; i++) { /* he has his share, so these count for the address */
        assert_true(client_open(&more[i], &small));
        assert_int_equal(say(&more[i], HELLO("7")), 200);
    }
    assert_false(client_open(&more[2], &small));
    for (int i = 0; i < 3; i++)
        client_close(&more[i]);
    client_close(&known[0]);
    client_close(&known[2]);
    served_stop(&small);
}

static void what_asks_nothing_makes_room_and_what_is_known_stays(void **state)
{
    (void)state;
    struct served small = {0};
    struct ost_http_options options = plain;
    struct client known, idle[3], late;
    options.per_address_most = 3;
    served_start(&small, options);
    assert_true(client_open(&known, &small));
    assert_int_equal(say(&known, HELLO("7")), 200);
    for (int i = 0; i < 3; i++)
        assert_true(client_open(&idle[i], &small));
    assert_false(client_open(&late, &small)); /* they are young */
    client_close(&late);
    wait_ms(2200);
    assert_true(client_open(&late, &small));
    assert_int_equal(say(&late, HELLO("0")), 200);
    assert_int_equal(say(&idle[0], HELLO("0")), 0); /* the oldest */
    assert_int_equal(say(&idle[1], HELLO("0")), 200);
    assert_int_equal(say(&known, HELLO("7")), 200);
    client_close(&known);
    client_close(&late);
    for (int i = 0; i < 3; i++)
        client_close(&idle[i]);
    served_stop(&small);
}

static void all_unknown_together_leave_places_to_who_is_known(void **state)
{
    (void)state;
    struct served small = {0};
    struct ost_http_options options = plain;
    static const char *const from[] = {"127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5"};
    struct client known[2], idle[4], late;
    options.connections_most = 6;
    options.unknown_most = 4;
    served_start(&small, options);
    for (int i = 0; i < 2; i++) {
        assert_true(client_open(&known[i], &small));
        assert_int_equal(say(&known[i], HELLO("7")), 200);
    }
    for (int i = 0; i < 4; i++)
        assert_true(client_open_from(&idle[i], &small, from[i]));
    assert_false(client_open_from(&late, &small, "127.0.0.6"));
    client_close(&late);
    wait_ms(2200);
    assert_true(client_open_from(&late, &small, "127.0.0.6")); /* though they hold all they may */
    assert_int_equal(say(&late, HELLO("0")), 200);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(say(&known[i], HELLO("7")), 200);
        client_close(&known[i]);
    }
    for (int i = 0; i < 4; i++)
        client_close(&idle[i]);
    client_close(&late);
    served_stop(&small);
}

/* The library wants room for the longest head of each; on the heap it would push apart what stays.
 */
static void who_waits_with_half_a_head_takes_little_of_the_heap(void **state)
{
    (void)state;
    enum { MANY = 32, HALF = 20 };
    struct served server = {0};
    struct client client[MANY], late;
    served_start(&server, plain);
    assert_true(client_open(&late, &server));
    for (int i = 0; i < MANY; i++) {
        assert_true(client_open(&client[i], &server));
        assert_int_equal(say(&client[i], HELLO("7")), 200); /* TLS has its buffers now */
    }
    size_t before = mallinfo2().uordblks;
    for (int i = 0; i < MANY; i++)
        assert_true(client_send(&client[i], HELLO("7"), HALF));
    for (int i = 0; i < 2; i++) /* whose answer comes after what was sent before was read */
        assert_int_equal(say(&late, HELLO("7")), 200);
    assert_true(mallinfo2().uordblks < before + (size_t)MANY * 8 * 1024);
    client_close(&late);
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(say(&client[i], &HELLO("7")[HALF]), 200);
        client_close(&client[i]);
    }
    served_stop(&server);
}

RUN(T(a_long_body_is_refused_by_its_head), T(what_is_let_in_arrives_whole_however_it_is_cut),
    T(who_is_known_does_not_count_for_the_address),
    T(who_leaves_a_shared_bucket_takes_nobody_along),
    T(what_asks_nothing_makes_room_and_what_is_known_stays),
    T(all_unknown_together_leave_places_to_who_is_known),
    T(who_waits_with_half_a_head_takes_little_of_the_heap))
