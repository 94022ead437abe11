#include "services/http/socket.h"
#include "tests/check.h"
#include "tests/services/http/served.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/*
 * An echo that tells its bookkeeping. "hold" is not done until "release" comes from
 * another session; "flood" answers with much; "pass N" sends passing messages.
 */
struct echo {
    struct served served;
    struct ost_http_socket_kind kind;
    atomic_uint opened, closed, messages;
    _Atomic uint64_t held; /* a session whose messages are not done */
    uint64_t known[64];    /* sessions, as the loop thread has seen them open */
    size_t known_count;
    char ticket[64];
};

static struct echo echo;

/*
 * A write of the library that fails, as one for want of the kernel's memory does: from then on
 * it asks no more whether that socket is ready.
 */
struct lws;
static atomic_bool fail_next;
static const struct lws *_Atomic unusable;
/* Names that the linker's --wrap gives. NOLINTBEGIN(readability-identifier-naming) */
int __real_lws_write(struct lws *wsi, unsigned char *bytes, size_t len, unsigned how);
int __wrap_lws_write(struct lws *wsi, unsigned char *bytes, size_t len, unsigned how);
int __real_lws_callback_on_writable(struct lws *wsi);
int __wrap_lws_callback_on_writable(struct lws *wsi);

int __wrap_lws_write(struct lws *wsi, unsigned char *bytes, size_t len, unsigned how)
{
    if (!atomic_exchange(&fail_next, false))
        return __real_lws_write(wsi, bytes, len, how);
    atomic_store(&unusable, wsi);
    return -1;
}

int __wrap_lws_callback_on_writable(struct lws *wsi)
{
    return wsi == atomic_load(&unusable) ? 0 : __real_lws_callback_on_writable(wsi);
}
/* NOLINTEND(readability-identifier-naming) */

static void say(uint64_t socket, const char *text)
{
    ost_http_socket_send(echo.served.http, socket, OST_HTTP_LASTING, 0, text, strlen(text));
}

static void on_open(void *user, uint64_t socket, const struct ost_http_opening *opening)
{
    (void)user;
    (void)snprintf(echo.ticket, sizeof echo.ticket, "\"%s\"",
                   opening->ticket == NULL ? "none" : opening->ticket);
    atomic_fetch_add(&echo.opened, 1);
    if (echo.known_count < sizeof echo.known / sizeof echo.known[0])
        echo.known[echo.known_count++] = socket;
    ost_http_socket_done(echo.served.http, socket);
}

static void flood(uint64_t socket)
{
    static char text[100002];
    memset(text, 'x', sizeof text - 1);
    text[0] = text[sizeof text - 2] = '"';
    for (int i = 0; i < 200; i++)
        say(socket, text);
}

/* One text to all that are known; sessions that are gone are no error. */
static void share(size_t len)
{
    char *text = malloc(len);
    assert_non_null(text);
    for (size_t i = 0; i < len; i++)
        text[i] = (char)('a' + i % 26);
    text[0] = text[len - 1] = '"';
    ost_http_hold(echo.served.http, true);
    ost_http_socket_send_all(echo.served.http, echo.known, echo.known_count, OST_HTTP_LASTING, 0,
                             text, len);
    ost_http_hold(echo.served.http, false);
    free(text);
}

static void on_message(void *user, uint64_t socket, const char *text, size_t len)
{
    (void)user;
    atomic_fetch_add(&echo.messages, 1);
    if (socket == atomic_load(&echo.held))
        return;
    if (len == 6 && memcmp(text, "\"hold\"", 6) == 0) {
        atomic_store(&echo.held, socket);
        return;
    }
    if (len > 8 && memcmp(text, "\"share ", 7) == 0)
        share(strtoul(text + 7, NULL, 10));
    else if (len > 6 && memcmp(text, "\"many ", 6) == 0) {
        ost_http_hold(echo.served.http, true);
        for (unsigned long i = strtoul(text + 6, NULL, 10); i > 0; i--)
            say(socket, "1");
        ost_http_hold(echo.served.http, false);
    } else if (len == 7 && memcmp(text, "\"flood\"", 7) == 0)
        flood(socket);
    else if (len == 7 && memcmp(text, "\"twice\"", 7) == 0) {
        say(socket, "1");
        say(socket, "[2]");
    } else if (len == 6 && memcmp(text, "\"pass\"", 6) == 0) {
        for (int i = 0; i < 50; i++) {
            char number[12];
            int n = snprintf(number, sizeof number, "%d", i);
            ost_http_socket_send(echo.served.http, socket, OST_HTTP_PASSING, (uint64_t)(i % 2),
                                 number, (size_t)n);
        }
    } else if (len == 8 && memcmp(text, "\"ticket\"", 8) == 0) {
        say(socket, echo.ticket);
    } else if (len == 5 && memcmp(text, "\"bye\"", 5) == 0) {
        say(socket, "\"last\"");
        ost_http_socket_close(echo.served.http, socket, 4001, "you said so");
    } else {
        ost_http_socket_send(echo.served.http, socket, OST_HTTP_LASTING, 0, text, len);
    }
    ost_http_socket_done(echo.served.http, socket);
}

static void on_close(void *user, uint64_t socket)
{
    (void)user;
    (void)socket;
    atomic_fetch_add(&echo.closed, 1);
}

static int start(void **state)
{
    (void)state;
    echo.kind = (struct ost_http_socket_kind){
        .path = "/ws",
        .dialect = {{.protocol = "osteon.1", .overflow = "{\"t\":\"resync\",\"reason\":\"slow\"}"},
                    {.protocol = "osteon.1.cbor", .overflow = "\xa1\x61t\x66resync", .cbor = true}},
        .queue_most = 1024 * 1024,
        .opened = on_open,
        .message = on_message,
        .closed = on_close,
    };
    served_start(&echo.served, (struct ost_http_options){.socket = &echo.kind});
    return 0;
}

static int stop(void **state)
{
    (void)state;
    served_stop(&echo.served);
    return atomic_load(&echo.opened) == atomic_load(&echo.closed) ? 0 : -1;
}

static void open_as(struct client *client, const char *offered, const char *agreed)
{
    struct answer answer;
    assert_true(client_open(client, &echo.served));
    assert_true(client_upgrade(client, "?ticket=abc", SERVED_ORIGIN, offered, &answer));
    assert_string_equal(answer_header(&answer, "Sec-WebSocket-Protocol"), agreed);
    assert_string_equal(answer_header(&answer, "Sec-WebSocket-Accept"),
                        "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="); /* RFC 6455, 1.3 */
    assert_null(answer_header(&answer, "Sec-WebSocket-Extensions"));
    answer_fini(&answer);
}

static void open_session(struct client *client)
{
    open_as(client, "osteon.1", "osteon.1");
}

static void expect_text(struct client *client, const char *want)
{
    char text[4096];
    size_t len;
    assert_int_equal(client_take_frame(client, text, sizeof text, &len), 1);
    assert_string_equal(text, want);
}

static void expect_close(struct client *client, int code, const char *reason)
{
    char text[256];
    size_t len;
    assert_int_equal(client_take_frame(client, text, sizeof text, &len), 8);
    assert_true(len >= 2);
    assert_int_equal((unsigned char)text[0] << 8 | (unsigned char)text[1], code);
    assert_string_equal(text + 2, reason);
    client_close(client);
}

static void send_text(struct client *client, const char *text)
{
    assert_true(client_frame(client, 0x81, text, strlen(text)));
}

static void a_message_comes_back(void **state)
{
    (void)state;
    struct client client;
    open_session(&client);
    send_text(&client, "{\"t\":\"hello\"}");
    expect_text(&client, "{\"t\":\"hello\"}");
    send_text(&client, "\"ticket\"");
    expect_text(&client, "\"abc\"");
    client_close(&client);
}

static void a_message_in_pieces_is_one_message(void **state)
{
    (void)state;
    struct client client;
    open_session(&client);
    assert_true(client_frame(&client, 0x01, "[1,", 3));
    assert_true(client_frame(&client, 0x89, "ping", 4)); /* may come between */
    assert_true(client_frame(&client, 0x00, "2,", 2));
    assert_true(client_frame(&client, 0x80, "3]", 2));
    expect_text(&client, "[1,2,3]");
    client_close(&client);
}

static void what_waits_leaves_as_one_array(void **state)
{
    (void)state;
    struct client client;
    open_session(&client);
    send_text(&client, "\"twice\"");
    expect_text(&client, "[1,[2]]");
    client_close(&client);
}

static void a_newer_passing_message_replaces_an_older(void **state)
{
    (void)state;
    struct client client;
    char text[256];
    size_t len;
    open_session(&client);
    send_text(&client, "\"pass\"");
    assert_int_equal(client_take_frame(&client, text, sizeof text, &len), 1);
    assert_string_equal(text, "[48,49]");
    client_close(&client);
}

static void a_large_message_passes_whole_and_a_larger_one_is_refused(void **state)
{
    (void)state;
    struct client client;
    size_t len, size = 200000;
    char *text = malloc(size + 3), *back = malloc(size + 3);
    assert_non_null(text);
    assert_non_null(back);
    memset(text, 'a', size);
    text[0] = text[size - 1] = '"';
    open_session(&client);
    assert_true(client_frame(&client, 0x81, text, size));
    assert_int_equal(client_take_frame(&client, back, size + 3, &len), 1);
    assert_int_equal(len, size);
    assert_memory_equal(text, back, size);
    for (int i = 0; i < 2; i++)
        (void)client_frame(&client, i == 0 ? 0x01 : 0x80, text, size);
    expect_close(&client, 1009, "the message is too long");
    free(text);
    free(back);
}

static void binary_and_broken_text_are_refused(void **state)
{
    (void)state;
    struct client client;
    char text[256];
    size_t len;
    open_session(&client);
    assert_true(client_frame(&client, 0x82, "abc", 3));
    expect_close(&client, 1003, "messages are JSON text");
    open_session(&client);
    assert_true(client_frame(&client, 0x81, "\xc3\x28", 2)); /* no UTF-8 */
    int op = client_take_frame(&client, text, sizeof text, &len);
    assert_true(op == -1 || op == 8);
    client_close(&client);
}

/* The first of what the page offers that is known here; its messages are CBOR in binary frames. */
static void a_session_of_cbor_is_binary(void **state)
{
    struct client client;
    char text[256];
    size_t len;
    (void)state;
    open_as(&client, "osteon.2, osteon.1.cbor, osteon.1", "osteon.1.cbor");
    assert_true(client_frame(&client, 0x82, "\xa0", 1));
    assert_int_equal(client_take_frame(&client, text, sizeof text, &len), 2);
    assert_int_equal(len, 1);
    assert_true(client_frame(&client, 0x82, "\"twice\"", 7)); /* two messages are an array of two */
    assert_int_equal(client_take_frame(&client, text, sizeof text, &len), 2);
    assert_int_equal(len, 5);
    assert_memory_equal(text,
                        "\x82"
                        "1[2]",
                        5);
    send_text(&client, "{}");
    expect_close(&client, 1003, "messages are binary CBOR");
    open_as(&client, "osteon.1, osteon.1.cbor", "osteon.1");
    client_close(&client);
}

/* More messages than the short head of an array can count, and more than 255. */
static void many_messages_are_one_array_of_cbor(void **state)
{
    static const int counts[] = {23, 24, 300};
    struct client client;
    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        char text[2048];
        size_t len, want = (size_t)counts[i];
        open_as(&client, "osteon.1.cbor", "osteon.1.cbor");
        int n = snprintf(text, sizeof text, "\"many %d\"", counts[i]);
        assert_true(client_frame(&client, 0x82, text, (size_t)n));
        assert_int_equal(client_take_frame(&client, text, sizeof text, &len), 2);
        size_t head = want < 24 ? 1 : want < 256 ? 2 : 3;
        assert_int_equal(len, head + want);
        assert_int_equal((unsigned char)text[0], head == 1 ? 0x80 + want : 0x96 + head);
        if (head == 2)
            assert_int_equal((unsigned char)text[1], want);
        if (head == 3)
            assert_int_equal((unsigned char)text[1] << 8 | (unsigned char)text[2], want);
        client_close(&client);
    }
}

static void the_server_may_close_after_its_last_word(void **state)
{
    (void)state;
    struct client client;
    open_session(&client);
    send_text(&client, "\"bye\"");
    expect_text(&client, "\"last\"");
    expect_close(&client, 4001, "you said so");
}

/* The other side goes on talking, and only the server knows that nothing reaches it. */
static void a_socket_that_cannot_be_written_to_is_closed(void **state)
{
    (void)state;
    struct client client;
    char rest[64];
    open_session(&client);
    unsigned closed = atomic_load(&echo.closed);
    atomic_store(&fail_next, true);
    send_text(&client, "1");
    for (int i = 0; i < 500 && atomic_load(&echo.closed) == closed; i++)
        (void)nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    assert_int_equal(atomic_load(&echo.closed), closed + 1);
    assert_int_equal(client_read(&client, rest, sizeof rest), 0);
    atomic_store(&unusable, NULL);
    client_close(&client);
}

static void an_upgrade_needs_origin_path_and_protocol(void **state)
{
    (void)state;
    static const struct {
        const char *query, *origin, *protocol;
        int status;
    } wrong[] = {
        {"", "https://evil.test", "osteon.1", 403},
        {"", "null", "osteon.1", 403},
        {"", SERVED_ORIGIN, "chat", 400},
        {"/other", SERVED_ORIGIN, "osteon.1", 404},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct client client;
        struct answer answer;
        assert_true(client_open(&client, &echo.served));
        assert_false(
            client_upgrade(&client, wrong[i].query, wrong[i].origin, wrong[i].protocol, &answer));
        assert_int_equal(answer.status, wrong[i].status);
        assert_non_null(strstr(answer.body, "\"error\""));
        answer_fini(&answer);
        client_close(&client);
    }
}

static void an_upgrade_to_http2_is_refused(void **state)
{
    (void)state;
    struct answer answer =
        ask(&echo.served, "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\n"
                          "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n");
    assert_int_equal(answer.status, 404);
    answer_fini(&answer);
}

static void who_reads_too_slowly_is_told_to_start_again(void **state)
{
    (void)state;
    struct client client;
    char *text = malloc(1 << 20);
    size_t len, messages = 0;
    assert_non_null(text);
    open_session(&client);
    send_text(&client, "\"flood\""); /* 20 MB into a queue of 1 MB */
    (void)nanosleep(&(struct timespec){.tv_nsec = 300000000}, NULL);
    bool told = false;
    while (!told && client_take_frame(&client, text, 1 << 20, &len) == 1) {
        told = strstr(text, "\"resync\"") != NULL;
        messages++;
    }
    assert_true(told);
    assert_true(messages < 200);
    send_text(&client, "\"again\"");
    while (client_take_frame(&client, text, 1 << 20, &len) == 1 && strstr(text, "again") == NULL)
        continue;
    assert_non_null(strstr(text, "again"));
    client_close(&client);
    free(text);
}

static void done_all(uint64_t socket, size_t count)
{
    uint64_t many[64];
    for (size_t i = 0; i < count; i++)
        many[i] = socket;
    ost_http_socket_done_all(echo.served.http, many, count);
}

static void expect_messages(unsigned count)
{
    for (int i = 0; i < 300 && atomic_load(&echo.messages) != count; i++)
        (void)nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    assert_int_equal(atomic_load(&echo.messages), count);
}

/* The loop is not woken for what has been dealt with, but knows of it before it stops reading. */
static void what_is_done_with_counts_where_reading_would_stop(void **state)
{
    (void)state;
    struct client client;
    unsigned before = atomic_load(&echo.messages);
    open_session(&client);
    send_text(&client, "\"hold\"");
    for (unsigned i = 1; i <= 4; i++) {
        for (int k = 0; k < 55; k++)
            send_text(&client, "0");
        expect_messages(before + 1 + 55 * i);
        done_all(atomic_load(&echo.held), 55);
    }
    done_all(atomic_exchange(&echo.held, 0), 1);
    client_close(&client);
}

static void who_is_not_done_with_is_not_read(void **state)
{
    (void)state;
    struct client client;
    unsigned before = atomic_load(&echo.messages);
    open_session(&client);
    send_text(&client, "\"hold\"");
    for (int i = 0; i < 500; i++)
        send_text(&client, "0");
    (void)nanosleep(&(struct timespec){.tv_nsec = 300000000}, NULL);
    assert_in_range(atomic_load(&echo.messages) - before, 60, 70);
    uint64_t socket = atomic_exchange(&echo.held, 0);
    done_all(socket, 64);
    char text[4096];
    size_t len, zeros = 0;
    while (zeros < 437 && client_take_frame(&client, text, sizeof text, &len) == 1)
        for (size_t i = 0; i < len; i++)
            zeros += text[i] == '0';
    assert_int_equal(zeros, 437); /* 500 less the 63 that were held */
    client_close(&client);
}

/* What it sent and nobody read must not take back the last word, nor the code of the end. */
static void who_is_not_read_hears_the_last_word(void **state)
{
    (void)state;
    for (int round = 0; round < 5; round++) {
        struct client client;
        char text[4096];
        size_t len;
        open_session(&client);
        send_text(&client, "\"hold\"");
        for (int i = 0; i < 1000; i++) {
            send_text(&client, "0");
            if (i == 500) /* what comes now stays where the system keeps it */
                (void)nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
        }
        uint64_t socket = atomic_exchange(&echo.held, 0);
        say(socket, "\"last\"");
        ost_http_socket_close(echo.served.http, socket, 4001, "you may not");
        (void)nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
        expect_text(&client, "\"last\"");
        assert_int_equal(client_take_frame(&client, text, sizeof text, &len), 8);
        assert_int_equal((unsigned char)text[0] << 8 | (unsigned char)text[1], 4001);
        assert_string_equal(text + 2, "you may not");
        client_close(&client);
    }
}

static void many_sessions_get_their_own(void **state)
{
    (void)state;
    struct client client[40];
    for (int i = 0; i < 40; i++)
        open_session(&client[i]);
    for (int round = 0; round < 5; round++) {
        char text[32];
        for (int i = 0; i < 40; i++) {
            (void)snprintf(text, sizeof text, "%d", i * 100 + round);
            send_text(&client[i], text);
        }
        for (int i = 0; i < 40; i++) {
            (void)snprintf(text, sizeof text, "%d", i * 100 + round);
            expect_text(&client[i], text);
        }
    }
    for (int i = 0; i < 40; i++)
        client_close(&client[i]);
}

/* Short, longer than one write, longer than one frame may be: whole, and the same for all. */
static void one_text_reaches_many_whole(void **state)
{
    static const size_t size[] = {10, 1000, 50000, 150000};
    static char want[150000];
    (void)state;
    struct client client[5];
    echo.known_count = 0;
    for (int i = 0; i < 5; i++)
        open_session(&client[i]);
    for (size_t s = 0; s < sizeof size / sizeof size[0]; s++) {
        char text[32];
        (void)snprintf(text, sizeof text, "\"share %zu\"", size[s]);
        send_text(&client[s], text);
        for (size_t i = 0; i < size[s]; i++)
            want[i] = (char)('a' + i % 26);
        want[0] = want[size[s] - 1] = '"';
        for (int i = 0; i < 5; i++) {
            static char back[150003];
            size_t len;
            assert_int_equal(client_take_frame(&client[i], back, sizeof back, &len), 1);
            assert_int_equal(len, size[s]);
            assert_memory_equal(back, want, len);
        }
    }
    for (int i = 0; i < 5; i++)
        client_close(&client[i]);
}

/* A pong, byte for byte; client_take_frame() passes over it. */
static void expect_pong(struct client *client, const char *want, size_t len)
{
    char got[2 + 125] = {0};
    size_t at = 0;
    while (at < 2 + len) {
        size_t n = client_read(client, got + at, 2 + len - at);
        assert_true(n > 0);
        at += n;
    }
    assert_int_equal((unsigned char)got[0], 0x8a);
    assert_int_equal((unsigned char)got[1], len);
    assert_memory_equal(got + 2, want, len);
}

/* What a ping carries lies in a buffer of its socket; a socket that comes later gets it anew. */
static void pings_of_many_sockets_come_back_as_they_were(void **state)
{
    enum { SOCKETS = 100, PING = 125 };
    static struct client client[SOCKETS]; /* too large for a stack */
    char text[SOCKETS][PING];
    (void)state;
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < SOCKETS; i++) {
            memset(text[i], 'a' + (7 * i + round) % 26, PING);
            if (round == 0 || i % 3 == 0)
                open_session(&client[i]);
        }
        for (int i = 0; i < SOCKETS; i++)
            assert_true(client_frame(&client[i], 0x89, text[i], PING));
        for (int i = 0; i < SOCKETS; i++)
            expect_pong(&client[i], text[i], PING);
        for (int i = 0; i < SOCKETS; i++) {
            if (round == 2 || i % 3 == 0)
                client_close(&client[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest all[] = {
        T(a_message_comes_back),
        T(a_message_in_pieces_is_one_message),
        T(what_waits_leaves_as_one_array),
        T(a_newer_passing_message_replaces_an_older),
        T(a_large_message_passes_whole_and_a_larger_one_is_refused),
        T(binary_and_broken_text_are_refused),
        T(a_session_of_cbor_is_binary),
        T(many_messages_are_one_array_of_cbor),
        T(the_server_may_close_after_its_last_word),
        T(a_socket_that_cannot_be_written_to_is_closed),
        T(an_upgrade_needs_origin_path_and_protocol),
        T(an_upgrade_to_http2_is_refused),
        T(who_reads_too_slowly_is_told_to_start_again),
        T(what_is_done_with_counts_where_reading_would_stop),
        T(who_is_not_done_with_is_not_read),
        T(who_is_not_read_hears_the_last_word),
        T(many_sessions_get_their_own),
        T(one_text_reaches_many_whole),
        T(pings_of_many_sockets_come_back_as_they_were),
    };
    return cmocka_run_group_tests(all, start, stop);
}
