/*
 * RFC 6455 from the client's side, class by class as the public Autobahn list has them
 * (1 framing, 2 pings, 3 reserved bits, 4 opcodes, 5 fragmentation, 6 UTF-8, 7 closing,
 * 9 limits, 10 fragments of any size, 12 and 13 compression), and what that list lacks:
 * abuse of the handshake, one byte at a time, lies about lengths. 6 asks for text to be
 * judged as it comes, not when it is whole.
 */
#include "recon/base/array.h"
#include "tests/check.h"
#include "tests/services/http/served.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MESSAGE_MOST = 256 * 1024, BACK = MESSAGE_MOST + 64 };

static struct served served;
static struct ost_http_socket_kind kind;
static char back[BACK];

static void on_open(void *user, uint64_t socket, const struct ost_http_opening *opening)
{
    (void)user;
    (void)opening;
    ost_http_socket_done(served.http, socket);
}

static void on_message(void *user, uint64_t socket, const char *text, size_t len)
{
    (void)user;
    ost_http_socket_send(served.http, socket, OST_HTTP_LASTING, 0, text, len);
    ost_http_socket_done(served.http, socket);
}

static void on_close(void *user, uint64_t socket)
{
    (void)user;
    (void)socket;
}

static int start(void **state)
{
    (void)state;
    kind = (struct ost_http_socket_kind){
        .path = "/ws",
        .dialect = {{.protocol = "osteon.1", .overflow = "0"},
                    {.protocol = "osteon.1.cbor", .overflow = "\xf6", .cbor = true}},
        .opened = on_open,
        .message = on_message,
        .closed = on_close};
    served_start(&served, (struct ost_http_options){
                              .socket = &kind, .requests_burst = 1e6, .requests_per_s = 1e6});
    return 0;
}

static int stop(void **state)
{
    (void)state;
    served_stop(&served);
    return 0;
}

static void enter(struct client *client, const char *protocol)
{
    struct answer answer;
    assert_true(client_open(client, &served));
    assert_true(client_upgrade(client, "", SERVED_ORIGIN, protocol, &answer));
    answer_fini(&answer);
}

/* The bytes as they are, one by one where `piecewise`. */
static void put(struct client *client, const void *bytes, size_t len, bool piecewise)
{
    const unsigned char *at = bytes;
    size_t step = piecewise ? 1 : len;
    for (size_t i = 0; i < len; i += step)
        if (!client_send(client, at + i, step))
            return; /* closed already: what was expected is looked at */
}

static void expect_echo(struct client *client, int opcode, const void *want, size_t len)
{
    size_t got = 0;
    assert_int_equal(client_take_frame(client, back, BACK, &got), opcode);
    assert_int_equal(got, len);
    assert_memory_equal(back, want, len);
}

static void alive(struct client *client)
{
    assert_true(client_frame(client, 0x81, "\"alive\"", 7));
    expect_echo(client, 1, "\"alive\"", 7);
    client_close(client);
}

/* Failed with this code; 0: closed without one. */
static void expect_failed(struct client *client, int code)
{
    size_t len = 0;
    int opcode = client_take_frame(client, back, BACK, &len);
    assert_int_equal(opcode, 8);
    assert_true(len >= (code == 0 ? 0 : 2));
    if (code != 0)
        assert_int_equal((unsigned char)back[0] << 8 | (unsigned char)back[1], code);
    client_close(client);
}

/* A masked frame with mask 0, so that payloads stand as they are. */
#define MASK "\0\0\0\0"

/* --- 1, 9, 10 ------------------------------------------------------------------------ */

static void frames_of_every_length_come_back(void **state)
{
    static const size_t size[] = {0, 1, 125, 126, 127, 128, 65535, 65536, MESSAGE_MOST};
    static char text[MESSAGE_MOST];
    (void)state;
    for (int binary = 0; binary < 2; binary++) {
        for (size_t i = 0; i < OST_COUNT(size); i++) {
            struct client client;
            memset(text, binary ? 0xfe : '*', size[i]);
            enter(&client, binary ? "osteon.1.cbor" : "osteon.1");
            assert_true(client_frame(&client, 0x81 + binary, text, size[i]));
            expect_echo(&client, 1 + binary, text, size[i]);
            client_close(&client);
        }
    }
}

static void fragments_of_every_size_are_one_message(void **state)
{
    static const size_t piece[] = {1, 3, 125, 126, 1300, 65536};
    static char text[100000];
    (void)state;
    memset(text, 'x', sizeof text);
    for (size_t i = 0; i < OST_COUNT(piece); i++) {
        size_t all = piece[i] < 100 ? 2000 : sizeof text;
        struct client client;
        enter(&client, "osteon.1");
        for (size_t at = 0; at < all; at += piece[i]) {
            size_t n = all - at < piece[i] ? all - at : piece[i];
            int head = (at == 0 ? 1 : 0) | (at + n == all ? 0x80 : 0);
            assert_true(client_frame(&client, head, text + at, n));
        }
        expect_echo(&client, 1, text, all);
        client_close(&client);
    }
}

static void beyond_the_limit_is_told(void **state)
{
    static char text[MESSAGE_MOST + 1];
    (void)state;
    struct client client;
    memset(text, 'x', sizeof text);
    enter(&client, "osteon.1");
    (void)client_frame(&client, 0x81, text, sizeof text);
    expect_failed(&client, 1009);
    enter(&client, "osteon.1");
    for (int i = 0; i < 9; i++)
        (void)client_frame(&client, i == 0 ? 0x01 : 0x00, text, 32768);
    expect_failed(&client, 1009);
    enter(&client, "osteon.1"); /* announced as terabytes: judged by what comes */
    put(&client, "\x81\xff\0\0\x10\0\0\0\0\0" MASK, 14, false);
    put(&client, text, sizeof text, false);
    expect_failed(&client, 1009);
}

/* --- what is right, and what is not: bytes after a good handshake -------------------- */

static const struct wrong {
    const char *what, *bytes;
    size_t len;
    int code; /* told before the end; 0: the library drops the connection without a word, which
               * RFC 6455 section 7.1.7 allows and we would rather not */
} wrong[] = {
#define W(what, bytes, code)                                                                       \
    {                                                                                              \
        what, bytes, sizeof(bytes) - 1, code                                                       \
    }
    /* 2 */
    W("a ping of 126", "\x89\xfe\x00\x7e" MASK, 0),
    /* 3 */
    W("RSV3", "\x91\x81" MASK "1", 1002),
    W("RSV2", "\xa1\x81" MASK "1", 1002),
    W("RSV2+3", "\xb1\x81" MASK "1", 1002),
    W("RSV1", "\xc1\x81" MASK "1", 1002),
    W("RSV1+3", "\xd1\x81" MASK "1", 1002),
    W("RSV of a ping", "\xd9\x80" MASK, 1002),
    W("RSV of a close", "\xf8\x80" MASK, 1002),
    /* 4 */
    W("opcode 3", "\x83\x80" MASK, 1002),
    W("opcode 4", "\x84\x81" MASK "1", 1002),
    W("opcode 5", "\x85\x80" MASK, 1002),
    W("opcode 6", "\x86\x80" MASK, 1002),
    W("opcode 7", "\x87\x80" MASK, 1002),
    W("opcode b", "\x8b\x80" MASK, 1002),
    W("opcode c", "\x8c\x81" MASK "1", 1002),
    W("opcode d", "\x8d\x80" MASK, 1002),
    W("opcode e", "\x8e\x80" MASK, 1002),
    W("opcode f", "\x8f\x80" MASK, 1002),
    /* 5 */
    W("a ping in pieces", "\x09\x81" MASK "1\x80\x81" MASK "2", 1002),
    W("a pong in pieces", "\x0a\x81" MASK "1\x80\x81" MASK "2", 1002),
    W("a close in pieces", "\x08\x82" MASK "\x03\xe8", 1002),
    W("the rest of nothing", "\x80\x81" MASK "1", 1002),
    W("more of nothing", "\x00\x81" MASK "1\x80\x81" MASK "2", 1002),
    W("a message inside another", "\x01\x81" MASK "1\x81\x81" MASK "2", 1002),
    W("a piece of another", "\x01\x81" MASK "1\x01\x81" MASK "2", 1002),
    /* 6 */
    W("no UTF-8", "\x81\x85" MASK "\xce\xba\xe1\xbd\xff", 1007),
    W("an overlong character", "\x81\x82" MASK "\xc0\xaf", 1007),
    W("half a surrogate", "\x81\x83" MASK "\xed\xa0\x80", 1007),
    W("beyond U+10FFFF", "\x81\x84" MASK "\xf4\x90\x80\x80", 1007),
    W("half a character at the end", "\x81\x83" MASK "\xce\xba\xce", 1007),
    W("no UTF-8 over two pieces", "\x01\x81" MASK "\xce\x80\x81" MASK "x", 1007),
    /* 6, at once: the message is not whole, nor even the frame */
    W("judged in the first piece", "\x01\x84" MASK "\xf4\x90\x80\x80", 1007),
    W("judged within a frame", "\x81\xfe\x40\x00" MASK "abc\xff", 1007),
    /* 7 */
    W("a close of 126", "\x88\xfe\x00\x7e" MASK, 0),
    W("a reason that is no UTF-8", "\x88\x84" MASK "\x03\xe8\xff\xff", 0),
    /* what the list lacks */
    W("a length with its highest bit", "\x81\xff\x80\0\0\0\0\0\0\x01" MASK "1", 0),
#undef W
};

static void what_no_client_may_send_ends_it(void **state)
{
    size_t failed = 0;
    (void)state;
    for (size_t i = 0; i < OST_COUNT(wrong); i++) {
        for (int piecewise = 0; piecewise < 2; piecewise++) {
            struct client client;
            size_t len = 0;
            enter(&client, "osteon.1");
            put(&client, wrong[i].bytes, wrong[i].len, piecewise);
            int opcode = client_take_frame(&client, back, BACK, &len);
            int code = opcode == -1 ? 0 : opcode;
            if (opcode == 8 && len >= 2)
                code = (unsigned char)back[0] << 8 | (unsigned char)back[1];
            if (piecewise && code == 0)
                code = wrong[i].code; /* what we still sent has taken the last word back */
            if (code != wrong[i].code) {
                print_error("%s%s: frame %d, code %d, not %d\n", wrong[i].what,
                            piecewise ? ", byte by byte" : "", opcode, code, wrong[i].code);
                failed++;
            }
            client_close(&client);
        }
    }
    assert_int_equal(failed, 0);
}

/* --- 2, 5, 6: what is right ------------------------------------------------------------ */

static void expect_bytes(struct client *client, const char *want, size_t len)
{
    for (size_t at = 0; at < len;) {
        size_t n = client_read(client, back + at, len - at);
        assert_true(n > 0);
        at += n;
    }
    assert_memory_equal(back, want, len);
}

static void every_ping_has_its_pong(void **state)
{
    static char full[125], pong[127] = "\x8a\x7d";
    (void)state;
    struct client client;
    memset(full, 0xfe, sizeof full);
    memset(pong + 2, 0xfe, sizeof full);
    for (int piecewise = 0; piecewise < 2; piecewise++) {
        enter(&client, "osteon.1");
        put(&client, "\x89\x80" MASK, 6, piecewise);
        expect_bytes(&client, "\x8a\x00", 2);
        put(&client, "\x89\x84" MASK "\x00\xff\xfe\x01", 10, piecewise);
        expect_bytes(&client, "\x8a\x04\x00\xff\xfe\x01", 6);
        put(&client, "\x8a\x80" MASK "\x8a\x83" MASK "abc", 15, piecewise); /* nobody asked */
        assert_true(client_frame(&client, 0x89, full, sizeof full));
        expect_bytes(&client, pong, sizeof pong);
        alive(&client);
    }
}

/*
 * An exception, of 2.10 and 2.11: while a pong waits to be sent, libwebsockets 4.1.6 passes over
 * further pings, where RFC 6455 section 5.5.3 wants the newest answered. It tells nobody of
 * a ping, so that a queue of our own cannot be. The first is answered, and what follows is heard.
 */
static void of_many_pings_the_first_is_answered(void **state)
{
    struct client client;
    char pings[10 * 7];
    (void)state;
    for (int i = 0; i < 10; i++) {
        memcpy(pings + 7 * i, "\x89\x81" MASK "0", 7);
        pings[7 * i + 6] = (char)('0' + i);
    }
    enter(&client, "osteon.1");
    put(&client, pings, sizeof pings, false);
    expect_bytes(&client,
                 "\x8a\x01"
                 "0",
                 3);
    alive(&client);
}

/*
 * Another: libwebsockets takes a frame without a mask, and its callbacks do not show the bit. A
 * mask keeps a page from writing what a proxy between might take for HTTP; browsers set it
 * whatever the page wants, and who is no browser has no need to ask us.
 */
static void a_frame_without_a_mask_is_taken(void **state)
{
    struct client client;
    (void)state;
    enter(&client, "osteon.1");
    put(&client,
        "\x81\x01"
        "1",
        3, false);
    expect_echo(&client, 1, "1", 1);
    alive(&client);
}

static const struct right {
    const char *bytes;
    size_t len;
    const char *echo;
} right[] = {
#define R(bytes, echo)                                                                             \
    {                                                                                              \
        bytes, sizeof(bytes) - 1, echo                                                             \
    }
    R("\x01\x81" MASK "1\x89\x80" MASK "\x80\x81" MASK "2", "12"),
    R("\x01\x80" MASK "\x00\x81" MASK "1\x80\x80" MASK, "1"),
    R("\x01\x81" MASK "\xce\x80\x81" MASK "\xba", "\xce\xba"), /* cut within a character */
    R("\x81\x8b" MASK "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5",
      "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5"),
    R("\x81\x84" MASK "\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf"), /* the last character */
    R("\x81\x83" MASK "\xef\xbf\xbf", "\xef\xbf\xbf"),
#undef R
};

static void what_is_right_comes_back_however_it_is_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < OST_COUNT(right); i++) {
        for (int piecewise = 0; piecewise < 2; piecewise++) {
            struct client client;
            enter(&client, "osteon.1");
            put(&client, right[i].bytes, right[i].len, piecewise);
            expect_echo(&client, 1, right[i].echo, strlen(right[i].echo));
            alive(&client);
        }
    }
}

/* --- 7 --------------------------------------------------------------------------------- */

static void a_close_is_answered_in_kind(void **state)
{
    /* 5000 and above, an exception: libwebsockets 4.1.6 answers what no close may say */
    static const int fine[] = {1000, 1001, 1002, 1003, 1007, 1008, 1009,
                               1010, 1011, 3000, 3999, 4000, 4999};
    static const int bad[] = {0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999};
    struct client client;
    size_t failed = 0;
    (void)state;
    for (size_t i = 0; i < OST_COUNT(fine) + OST_COUNT(bad); i++) {
        int code = i < OST_COUNT(fine) ? fine[i] : bad[i - OST_COUNT(fine)];
        int want = i < OST_COUNT(fine) ? code : 1002, got = 0;
        char payload[2] = {(char)(code >> 8), (char)code};
        size_t len = 0;
        enter(&client, "osteon.1");
        assert_true(client_frame(&client, 0x88, payload, 2));
        int opcode = client_take_frame(&client, back, BACK, &len);
        if (opcode == 8 && len >= 2)
            got = (unsigned char)back[0] << 8 | (unsigned char)back[1];
        if (got != want) {
            print_error("close %d is answered %d (frame %d), not %d\n", code, got, opcode, want);
            failed++;
        }
        client_close(&client);
    }
    assert_int_equal(failed, 0);
    enter(&client, "osteon.1"); /* without a code */
    put(&client, "\x88\x80" MASK, 6, false);
    expect_failed(&client, 0);
    enter(&client, "osteon.1"); /* an exception, of 7.3.2: half a code comes back as it came */
    put(&client, "\x88\x81" MASK "\x03", 7, false);
    expect_bytes(&client, "\x88\x01\x03", 3);
    client_close(&client);
    enter(&client, "osteon.1"); /* what follows a close is not heard */
    put(&client, "\x88\x82" MASK "\x03\xe8\x81\x81" MASK "1\x89\x80" MASK, 21, false);
    expect_failed(&client, 1000);
}

/* --- 12, 13, and the handshake ----------------------------------------------------------- */

#define ASK(lines)                                                                                 \
    "GET /ws HTTP/1.1\r\nHost: osteon.test\r\nOrigin: " SERVED_ORIGIN "\r\n" lines "\r\n"
#define UPGRADE "Connection: Upgrade\r\nUpgrade: websocket\r\n"
#define VERSION "Sec-WebSocket-Version: 13\r\n"
#define KEY     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define OSTEON  "Sec-WebSocket-Protocol: osteon.1\r\n"

static int status_of(const char *request, struct answer *answer)
{
    *answer = ask(&served, request);
    return answer->status;
}

/* No extension is agreed on, compression neither: cases 12 and 13 are "unimplemented". */
static void no_extension_is_agreed_on(void **state)
{
    struct answer answer;
    (void)state;
    assert_int_equal(
        status_of(ASK(UPGRADE VERSION KEY OSTEON "Sec-WebSocket-Extensions: permessage-deflate; "
                                                 "client_max_window_bits, x-unheard-of\r\n"),
                  &answer),
        101);
    assert_null(answer_header(&answer, "Sec-WebSocket-Extensions"));
    answer_fini(&answer);
}

static void an_abused_handshake_opens_nothing(void **state)
{
    static const char *const abuse[] = {
        ASK(UPGRADE KEY OSTEON "Sec-WebSocket-Version: 8\r\n"),
        ASK(UPGRADE KEY OSTEON),
        ASK(UPGRADE VERSION OSTEON),
        ASK(UPGRADE VERSION OSTEON "Sec-WebSocket-Key: \r\n"),
        ASK(UPGRADE VERSION KEY),
        ASK(UPGRADE VERSION KEY "Sec-WebSocket-Protocol: http\r\n"),
        ASK(UPGRADE VERSION KEY "Sec-WebSocket-Protocol: osteon.1x, xosteon.1, osteon.1.cborx\r\n"),
        ASK("Connection: Upgrade\r\nUpgrade: h2c\r\n" VERSION KEY OSTEON),
        "GET /ws HTTP/1.1\r\nHost: osteon.test\r\n" UPGRADE VERSION KEY OSTEON "\r\n",
        "GET /ws HTTP/1.1\r\nHost: osteon.test\r\nOrigin: " SERVED_ORIGIN
        ".evil.test\r\n" UPGRADE VERSION KEY OSTEON "\r\n",
        "POST /ws HTTP/1.1\r\nHost: osteon.test\r\nOrigin: " SERVED_ORIGIN
        "\r\nContent-Length: 0\r\n" UPGRADE VERSION KEY OSTEON "\r\n",
        "GET /ws HTTP/1.0\r\nHost: osteon.test\r\nOrigin: " SERVED_ORIGIN "\r\n" UPGRADE KEY OSTEON
        "\r\n",
    };
    size_t failed = 0;
    (void)state;
    for (size_t i = 0; i < OST_COUNT(abuse); i++) {
        struct answer answer;
        if (status_of(abuse[i], &answer) == 101) {
            print_error("abuse %zu is let in\n", i);
            failed++;
        }
        answer_fini(&answer);
    }
    assert_int_equal(failed, 0);
}

/* The name of what serves files is no subprotocol, wherever it stands among them. */
static void only_a_subprotocol_of_ours_is_agreed_on(void **state)
{
    struct client client;
    struct answer answer;
    (void)state;
    assert_true(client_open(&client, &served));
    assert_true(client_upgrade(&client, "", SERVED_ORIGIN, "http, osteon.1", &answer));
    assert_string_equal(answer_header(&answer, "Sec-WebSocket-Protocol"), "osteon.1");
    alive(&client);
    answer_fini(&answer);
}

static void a_long_header_is_refused(void **state)
{
    static char request[20000];
    struct answer answer;
    (void)state;
    int n = snprintf(request, sizeof request,
                     "GET /ws HTTP/1.1\r\nHost: osteon.test\r\nOrigin: " SERVED_ORIGIN
                     "\r\n" UPGRADE VERSION KEY OSTEON "X: ");
    memset(request + n, 'x', 10000);
    (void)snprintf(request + n + 10000, 8, "\r\n\r\n");
    assert_int_not_equal(status_of(request, &answer), 101);
    answer_fini(&answer);
}

/* The handshake byte by byte, with the first frame behind it in the same segments. */
static void one_byte_at_a_time_is_as_good(void **state)
{
    static const char all[] = ASK(UPGRADE VERSION KEY OSTEON) "\x81\x81" MASK "1";
    struct client client;
    struct answer answer;
    (void)state;
    assert_true(client_open(&client, &served));
    put(&client, all, sizeof all - 1, true);
    client_answer(&client, &answer);
    assert_int_equal(answer.status, 101);
    answer_fini(&answer);
    expect_echo(&client, 1, "1", 1);
    alive(&client);
}

/* Who announces more than he sends, or never ends his handshake, keeps nobody waiting. */
static void who_never_goes_on_holds_up_nobody(void **state)
{
    static struct client slow[40], half[40]; /* too large for a stack */
    struct client other;
    (void)state;
    for (size_t i = 0; i < OST_COUNT(slow); i++) {
        assert_true(client_open(&slow[i], &served));
        assert_true(client_text(&slow[i], "GET /ws HTTP/1.1\r\nHost: osteon.test\r\nUpgr"));
        enter(&half[i], "osteon.1");
        put(&half[i], "\x81\xfe\xff\xff" MASK "1", 9, false);
    }
    enter(&other, "osteon.1");
    alive(&other);
    for (size_t i = 0; i < OST_COUNT(slow); i++) {
        client_close(&slow[i]);
        client_close(&half[i]);
    }
}

int main(void)
{
    const struct CMUnitTest all[] = {
        T(frames_of_every_length_come_back),  T(fragments_of_every_size_are_one_message),
        T(beyond_the_limit_is_told),          T(what_no_client_may_send_ends_it),
        T(every_ping_has_its_pong),           T(of_many_pings_the_first_is_answered),
        T(a_frame_without_a_mask_is_taken),   T(what_is_right_comes_back_however_it_is_cut),
        T(a_close_is_answered_in_kind),       T(no_extension_is_agreed_on),
        T(an_abused_handshake_opens_nothing), T(only_a_subprotocol_of_ours_is_agreed_on),
        T(a_long_header_is_refused),          T(one_byte_at_a_time_is_as_good),
        T(who_never_goes_on_holds_up_nobody),
    };
    return cmocka_run_group_tests(all, start, stop);
}
