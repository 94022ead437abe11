/* What needs a server of its own: limits that are soon reached, and the end. */
#include "services/http/http.h"
#include "tests/check.h"
#include "tests/services/http/served.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define GET(path) "GET " path " HTTP/1.1\r\nHost: osteon.test\r\n\r\n"
#define SEND(length)                                                                               \
    "POST /api/v1/take HTTP/1.1\r\nHost: osteon.test\r\nOrigin: " SERVED_ORIGIN                    \
    "\r\nContent-Length: " length "\r\n\r\n"

enum { MUCH = 32 << 20 }; /* more than lies in a connection's own buffers */

static void say_fresh(struct ost_http_request *request, void *context)
{
    (void)context;
    ost_http_reply_text(request, 200, "text/plain", "fresh");
}

static void say_slowly(struct ost_http_request *request, void *context)
{
    (void)context;
    (void)nanosleep(&(struct timespec){.tv_nsec = 400000000}, NULL);
    ost_http_reply_text(request, 200, "text/plain", "late");
}

static void say_much(struct ost_http_request *request, void *context)
{
    static const unsigned char zero[65536];
    struct ost_buf body;
    const char *person = ost_http_request_query(request, "person");
    (void)context;
    if (person != NULL)
        ost_http_request_person(request, person[0] - '0');
    ost_buf_init(&body, MUCH);
    for (size_t at = 0; at < MUCH; at += sizeof zero)
        ost_buf_put(&body, zero, sizeof zero);
    ost_http_reply_take(request, 200, "application/octet-stream", &body);
}

static const struct ost_http_route routes[] = {
    {OST_HTTP_GET, "/api/v1/tag", 0, say_fresh, NULL, NULL},
    {OST_HTTP_GET, "/api/v1/slow", 0, say_slowly, NULL, NULL},
    {OST_HTTP_GET, "/api/v1/much", 0, say_much, NULL, NULL},
    {OST_HTTP_POST, "/api/v1/take", (size_t)4 << 20, say_fresh, NULL, NULL},
};

static const struct ost_http_options plain = {.route = routes,
                                              .route_count = sizeof routes / sizeof routes[0]};

static void one_address_may_not_ask_without_end(void **state)
{
    (void)state;
    struct served small = {0};
    struct ost_http_options options = plain;
    options.requests_burst = 5;
    options.requests_per_s = 0.5;
    served_start(&small, options);
    int refused = 0;
    for (int i = 0; i < 12; i++) {
        struct answer answer = ask(&small, GET("/api/v1/tag"));
        if (answer.status == 429) {
            refused++;
            assert_non_null(answer_header(&answer, "Retry-After"));
            assert_non_null(strstr(answer.body, "too_many_requests"));
        }
        answer_fini(&answer);
    }
    assert_in_range(refused, 5, 7);
    served_stop(&small);
}

static void one_address_may_not_hold_every_connection(void **state)
{
    (void)state;
    struct served small = {0};
    struct ost_http_options options = plain;
    struct client client[6];
    options.per_address_most = 4;
    served_start(&small, options);
    int open = 0;
    for (int i = 0; i < 6; i++)
        open += client_open(&client[i], &small) ? 1 : 0;
    assert_int_equal(open, 4);
    for (int i = 0; i < 6; i++)
        client_close(&client[i]);
    (void)nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
    struct answer answer = ask(&small, GET("/api/v1/tag"));
    assert_int_equal(answer.status, 200);
    answer_fini(&answer);
    served_stop(&small);
}

/* Neighbours in one network are many addresses, each with its own limit. */
static void a_whole_network_has_a_row_for_each_address(void **state)
{
    enum { OF_EACH = 2, NEIGHBOURS = 60 };
    (void)state;
    struct served small = {0};
    struct ost_http_options options = plain;
    static struct client client[NEIGHBOURS * OF_EACH]; /* too large for a stack */
    options.per_address_most = OF_EACH;
    served_start(&small, options);
    for (int i = 0; i < NEIGHBOURS * OF_EACH; i++) {
        char from[16];
        (void)snprintf(from, sizeof from, "127.0.0.%d", 2 + i / OF_EACH);
        if (!client_open_from(&client[i], &small, from))
            fail_msg("connection %d, from %s, is refused", i, from);
    }
    for (int i = 0; i < NEIGHBOURS * OF_EACH; i++)
        client_close(&client[i]);
    served_stop(&small);
}

static int status_of_fresh(const struct served *served, const char *from, const char *text)
{
    struct client client;
    assert_true(client_open_from(&client, served, from));
    assert_true(client_text(&client, text));
    int status = client_status(&client);
    client_close(&client);
    return status;
}

static void let_it_settle(void)
{
    (void)nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
}

/* Nobody has to log in to announce a body: 1 MiB each, 4 MiB for all. */
static void who_announces_much_leaves_room_for_others(void **state)
{
    (void)state;
    struct served small = {0};
    struct ost_http_options options = plain;
    static const char *const from[4] = {"127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5"};
    struct client greedy[4];
    options.body_total = (size_t)4 << 20;
    served_start(&small, options);
    for (int i = 0; i < 4; i++) {
        assert_true(client_open_from(&greedy[i], &small, from[i]));
        assert_true(client_text(&greedy[i], SEND("1048576")));
        let_it_settle();
        assert_int_equal(status_of_fresh(&small, from[i], SEND("400000")), 503); /* his is used */
    }
    assert_int_equal(status_of_fresh(&small, "127.0.0.6", SEND("400000")), 503);    /* all is */
    assert_int_equal(status_of_fresh(&small, "127.0.0.6", SEND("5") "12345"), 200); /* a log-in */
    for (int i = 0; i < 4; i++)
        client_close(&greedy[i]);
    let_it_settle();
    assert_true(client_open_from(&greedy[0], &small, from[0]));
    assert_true(client_text(&greedy[0], SEND("1048576")));
    let_it_settle();
    assert_int_equal(status_of_fresh(&small, from[0], SEND("400000")), 503); /* taken again */
    client_close(&greedy[0]);
    served_stop(&small);
}

static void open_and_send(struct client *client, const struct served *served, const char *from,
                          const char *text)
{
    assert_true(client_open_from(client, served, from));
    assert_true(client_text(client, text));
    let_it_settle();
    let_it_settle();
}

/* 32 MiB each, 128 MiB for all: an answer waits in memory until it is taken. */
static void who_takes_no_answers_leaves_room_for_others(void **state)
{
    (void)state;
    struct served small = {0};
    struct ost_http_options options = plain;
    static struct client idle[4]; /* too large for a stack */
    static const char *const ask_as[4] = {GET("/api/v1/much?person=1"),
                                          GET("/api/v1/much?person=2"), GET("/api/v1/much"),
                                          GET("/api/v1/much?person=3")};
    static const char *const from[4] = {"127.0.0.2", "127.0.0.2", "127.0.0.3", "127.0.0.4"};
    options.answer_total = (size_t)4 * MUCH;
    served_start(&small, options);
    for (int i = 0; i < 4; i++) {
        if (i == 3) /* there is room for one more, but not for him who has one */
            assert_int_equal(status_of_fresh(&small, "127.0.0.4", ask_as[0]), 503);
        if (i == 3)
            assert_int_equal(status_of_fresh(&small, "127.0.0.3", ask_as[2]), 503);
        open_and_send(&idle[i], &small, from[i], ask_as[i]);
    }
    assert_int_equal(status_of_fresh(&small, "127.0.0.5", GET("/api/v1/much?person=4")), 503);
    assert_int_equal(status_of_fresh(&small, "127.0.0.5", GET("/api/v1/tag")), 200);
    for (int i = 0; i < 4; i++)
        client_close(&idle[i]);
    let_it_settle();
    assert_int_equal(status_of_fresh(&small, "127.0.0.5", GET("/api/v1/much?person=4")), 200);
    served_stop(&small);
}

/* Whether `seconds` long, taking this much each tenth of one, there was something to take. */
static bool reads_on(struct client *client, size_t at_once, int seconds)
{
    static char bytes[16384];
    bool open = true;
    for (int i = 0; open && i < 10 * seconds; i++) {
        for (size_t got = 0; open && got < at_once;) {
            size_t n = client_read(client, bytes,
                                   at_once - got < sizeof bytes ? at_once - got : sizeof bytes);
            open = n > 0;
            got += n;
        }
        (void)nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    }
    return open;
}

/* A byte now and then was enough to keep an answer in memory for weeks. */
static void a_reader_that_hardly_reads_is_given_up(void **state)
{
    (void)state;
    struct served small = {0};
    struct ost_http_options options = plain;
    struct client slow, steady;
    options.answer_look_s = 5;
    served_start(&small, options);
    open_and_send(&slow, &small, "127.0.0.2", GET("/api/v1/much"));
    assert_true(reads_on(&slow, 100, 22));
    assert_true(client_open_from(&steady, &small, "127.0.0.3"));
    assert_true(client_text(&steady, GET("/api/v1/much")));
    assert_true(reads_on(&steady, 20000, 12));
    size_t rest = 0, n;
    char bytes[16384];
    while ((n = client_read(&slow, bytes, sizeof bytes)) > 0)
        rest += n;
    assert_true(rest < MUCH - 1000000); /* it was cut off long ago */
    client_close(&slow);
    client_close(&steady);
    served_stop(&small);
}

/* One address sends no headers to an end on as many connections as it may have. */
static void headers_that_never_end_hold_up_nobody(void **state)
{
    (void)state;
    struct served small = {0};
    static struct client slow[128]; /* too large for a stack */
    struct client other;
    struct timespec before, after;
    served_start(&small, plain);
    for (int i = 0; i < 128; i++) {
        assert_true(client_open_from(&slow[i], &small, "127.0.0.2"));
        assert_true(client_text(&slow[i], "GET / HTTP/1.1\r\nHost: osteon.test\r\nX"));
    }
    (void)clock_gettime(CLOCK_MONOTONIC, &before);
    assert_true(client_open(&other, &small));
    assert_true(client_text(&other, GET("/api/v1/tag")));
    assert_int_equal(client_status(&other), 200);
    (void)clock_gettime(CLOCK_MONOTONIC, &after);
    assert_true(after.tv_sec - before.tv_sec < 5); /* the slow ones are given up after 15 */
    client_close(&other);
    for (int i = 0; i < 128; i++)
        client_close(&slow[i]);
    served_stop(&small);
}

static void a_request_in_work_is_answered_before_the_end(void **state)
{
    (void)state;
    struct served small = {0};
    struct client client;
    struct answer answer;
    served_start(&small, plain);
    assert_true(client_open(&client, &small));
    assert_true(client_text(&client, GET("/api/v1/slow")));
    (void)nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    ost_http_stop(small.http);
    client_answer(&client, &answer);
    assert_string_equal(answer.body, "late");
    assert_string_equal(answer_header(&answer, "Connection"), "close");
    answer_fini(&answer);
    client_close(&client);
    served_stop(&small);
}

static void what_cannot_be_served_is_said_at_once(void **state)
{
    (void)state;
    struct ost_err err;
    struct ost_http *http;
    struct served taken = {0};
    char cert[128], key[128];
    served_start(&taken, plain);
    (void)snprintf(cert, sizeof cert, "%s/cert.pem", taken.folder);
    (void)snprintf(key, sizeof key, "%s/key.pem", taken.folder);
    const struct ost_http_options good = {.address = "127.0.0.1",
                                          .certificate = cert,
                                          .key = key,
                                          .origin = {SERVED_ORIGIN},
                                          .origin_count = 1};
    struct ost_http_options options = good;
    options.port = ost_http_port(taken.http);
    assert_false(ost_http_create(&http, &options, &err));
    assert_non_null(strstr(err.msg, "taken"));
    options = good;
    options.certificate = "/nonexistent/cert.pem";
    assert_false(ost_http_create(&http, &options, &err));
    assert_int_equal(err.code, OST_UNAVAILABLE);
    assert_non_null(strstr(err.msg, "cannot be read"));
    options = good;
    options.address = "192.0.2.1"; /* of documentation, RFC 5737: nobody has it */
    assert_false(ost_http_create(&http, &options, &err));
    assert_non_null(strstr(err.msg, "no such address"));
    options.address = "localhost";
    assert_false(ost_http_create(&http, &options, &err));
    assert_int_equal(err.code, OST_INVALID);
    options = good;
    options.origin_count = 0;
    assert_false(ost_http_create(&http, &options, &err));
    assert_int_equal(err.code, OST_INVALID);
    static const mode_t open_to[] = {0640, 0604, 0620, 0644};
    for (size_t i = 0; i < sizeof open_to / sizeof open_to[0]; i++) {
        assert_int_equal(chmod(key, open_to[i]), 0);
        assert_false(ost_http_create(&http, &good, &err));
        assert_int_equal(err.code, OST_DENIED);
        assert_non_null(strstr(err.msg, "others can read the key of the certificate; chmod 600"));
    }
    served_stop(&taken);
}

static void more_than_can_wait_are_sent_away(void **state)
{
    (void)state;
    struct served small = {0};
    struct client client[6];
    struct ost_http_options options = plain;
    options.threads = 1;
    options.waiting_most = 2;
    served_start(&small, options);
    int late = 0, away = 0;
    for (int i = 0; i < 6; i++) {
        assert_true(client_open(&client[i], &small));
        assert_true(client_text(&client[i], GET("/api/v1/slow")));
    }
    for (int i = 0; i < 6; i++) {
        struct answer answer;
        client_answer(&client[i], &answer);
        late += answer.status == 200;
        away += answer.status == 503 && answer_header(&answer, "Retry-After") != NULL;
        answer_fini(&answer);
        client_close(&client[i]);
    }
    assert_int_equal(late + away, 6);
    assert_in_range(late, 2, 4);
    served_stop(&small);
}

static bool no_thread(void *user, void **context, struct ost_err *err)
{
    (void)user;
    *context = NULL;
    return ost_fail(err, OST_UNAVAILABLE, "nothing to work with");
}

static void a_thread_that_cannot_work_says_so(void **state)
{
    (void)state;
    struct served small = {0};
    struct ost_http_options options = plain;
    options.thread_begin = no_thread;
    served_start(&small, options);
    struct answer answer = ask(&small, GET("/api/v1/tag"));
    assert_int_equal(answer.status, 503);
    answer_fini(&answer);
    served_stop(&small);
}

static struct served *hearing;

static void on_open(void *user, uint64_t socket, const struct ost_http_opening *opening)
{
    (void)user;
    (void)opening;
    ost_http_socket_done(hearing->http, socket);
    ost_http_socket_send(hearing->http, socket, OST_HTTP_LASTING, 0, "1", 1);
}

static void on_message(void *user, uint64_t socket, const char *text, size_t len)
{
    (void)user;
    (void)text;
    (void)len;
    ost_http_socket_done(hearing->http, socket);
}

static void on_close(void *user, uint64_t socket)
{
    (void)socket;
    ++*(int *)user;
}

static void everybody_is_told_when_the_server_goes(void **state)
{
    (void)state;
    struct served small = {0};
    struct client client;
    struct answer answer;
    char text[128];
    size_t len;
    int closed = 0;
    struct ost_http_socket_kind kind = {.path = "/ws",
                                        .dialect = {{.protocol = "osteon.1", .overflow = "0"}},
                                        .opened = on_open,
                                        .message = on_message,
                                        .closed = on_close,
                                        .user = &closed};
    hearing = &small;
    served_start(&small, (struct ost_http_options){.socket = &kind});
    assert_true(client_open(&client, &small));
    assert_true(client_upgrade(&client, "", SERVED_ORIGIN, "osteon.1", &answer));
    answer_fini(&answer);
    assert_int_equal(client_take_frame(&client, text, sizeof text, &len), 1);
    ost_http_stop(small.http);
    assert_int_equal(client_take_frame(&client, text, sizeof text, &len), 8);
    assert_int_equal((unsigned char)text[0] << 8 | (unsigned char)text[1], 1001);
    assert_string_equal(text + 2, "the server restarts; connect again");
    client_close(&client);
    served_stop(&small);
    assert_int_equal(closed, 1);
}

RUN(T(one_address_may_not_ask_without_end), T(one_address_may_not_hold_every_connection),
    T(a_whole_network_has_a_row_for_each_address), T(who_announces_much_leaves_room_for_others),
    T(who_takes_no_answers_leaves_room_for_others), T(a_reader_that_hardly_reads_is_given_up),
    T(headers_that_never_end_hold_up_nobody), T(a_request_in_work_is_answered_before_the_end),
    T(what_cannot_be_served_is_said_at_once), T(more_than_can_wait_are_sent_away),
    T(a_thread_that_cannot_work_says_so), T(everybody_is_told_when_the_server_goes))
