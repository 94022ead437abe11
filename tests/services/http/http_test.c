#include "recon/base/sha256.h"
#include "services/http/http.h"
#include "tests/check.h"
#include "tests/services/http/served.h"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define GET(path) "GET " path " HTTP/1.1\r\nHost: osteon.test\r\n\r\n"
#define OWN       "Origin: " SERVED_ORIGIN "\r\n"

enum { BIG = 20 * 1000 * 1000, LONG_ANSWER = 48 * 1024 * 1024 };

static void say_params(struct ost_http_request *request, void *context)
{
    char text[256];
    const char *word = ost_http_request_query(request, "word");
    (void)context;
    (void)snprintf(text, sizeof text, "%s|%s|%s", ost_http_request_param(request, 0),
                   ost_http_request_param(request, 1), word == NULL ? "-" : word);
    ost_http_reply_text(request, 200, "text/plain", text);
}

static void say_digest(struct ost_http_request *request, void *context)
{
    size_t len;
    unsigned char digest[OST_SHA256_BYTES];
    char hex[OST_SHA256_HEX];
    const unsigned char *body = ost_http_request_body(request, &len);
    (void)context;
    ost_sha256_of(body == NULL ? (const unsigned char *)"" : body, len, digest);
    ost_sha256_hex(digest, hex);
    ost_http_reply_text(request, 200, "text/plain", hex);
}

static unsigned char byte_at(size_t i)
{
    return (unsigned char)(i * 2654435761u >> 13);
}

static void say_much(struct ost_http_request *request, void *context)
{
    struct ost_buf body;
    (void)context;
    ost_buf_init(&body, LONG_ANSWER);
    unsigned char piece[4096];
    for (size_t at = 0; at < LONG_ANSWER; at += sizeof piece) {
        for (size_t i = 0; i < sizeof piece; i++)
            piece[i] = byte_at(at + i);
        ost_buf_put(&body, piece, sizeof piece);
    }
    ost_http_reply_take(request, 200, "application/octet-stream", &body);
}

static void say_slowly(struct ost_http_request *request, void *context)
{
    (void)context;
    (void)nanosleep(&(struct timespec){.tv_nsec = 400000000}, NULL);
    ost_http_reply_text(request, 200, "text/plain", "late");
}

static void say_nothing(struct ost_http_request *request, void *context)
{
    (void)request;
    (void)context;
}

static void say_cookie(struct ost_http_request *request, void *context)
{
    const char *value = ost_http_request_cookie(request, "b");
    (void)context;
    ost_http_reply_header(request, "Set-Cookie", "a=1\r\nX-Evil: 1");
    ost_http_reply_text(request, 200, "text/plain", value == NULL ? "none" : value);
}

static void say_tag(struct ost_http_request *request, void *context)
{
    (void)context;
    if (!ost_http_reply_known(request, "abc"))
        ost_http_reply_text(request, 200, "text/plain", "fresh");
}

static const struct ost_http_route routes[] = {
    {OST_HTTP_GET, "/api/v1/things/:id/parts/:part", 0, say_params, NULL, NULL},
    {OST_HTTP_POST, "/api/v1/digest", BIG, say_digest, NULL, NULL},
    {OST_HTTP_DELETE, "/api/v1/digest", 0, say_digest, NULL, NULL},
    {OST_HTTP_GET, "/api/v1/much", 0, say_much, NULL, NULL},
    {OST_HTTP_GET, "/api/v1/slow", 0, say_slowly, NULL, NULL},
    {OST_HTTP_GET, "/api/v1/nothing", 0, say_nothing, NULL, NULL},
    {OST_HTTP_GET, "/api/v1/cookie", 0, say_cookie, NULL, NULL},
    {OST_HTTP_GET, "/api/v1/tag", 0, say_tag, NULL, NULL},
};

static const struct ost_http_options plain = {.route = routes,
                                              .route_count = sizeof routes / sizeof routes[0]};

static struct served server;

static int start(void **state)
{
    (void)state;
    server = (struct served){0};
    served_file(&server, "index.html",
                "<!doctype html><script type=\"importmap\">{\"imports\":{}}</script><p>page</p>");
    served_file(&server, "app.js", "export const one = 1;\n");
    served_file(&server, "app.js.gz", "packed");
    served_file(&server, ".hidden", "secret");
    served_start(&server, plain);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    served_stop(&server);
    return 0;
}

static void expect(const char *request, int status, const char *part)
{
    struct answer answer = ask(&server, request);
    if (answer.status != status)
        print_error("%.60s gave %d, not %d: %s\n", request, answer.status, status,
                    answer.body == NULL ? "" : answer.body);
    assert_int_equal(answer.status, status);
    if (strstr(answer.body, part) == NULL)
        print_error("%.60s: no '%s' in '%s'\n", request, part, answer.body);
    assert_non_null(strstr(answer.body, part));
    answer_fini(&answer);
}

static void a_route_is_given_its_parameters_decoded(void **state)
{
    (void)state;
    expect(GET("/api/v1/things/12/parts/a%2Db?x=1&word=two%20words"), 200, "12|a-b|two words");
    expect(GET("/api/v1/things/12/parts/"), 404, "not_found");
    expect(GET("/api/v1/things/12/parts/a/b"), 404, "not_found");
}

static void every_answer_is_guarded_and_numbered(void **state)
{
    (void)state;
    struct answer answer = ask(&server, GET("/api/v1/nowhere"));
    const char *id = answer_header(&answer, "X-Request-Id");
    assert_non_null(id);
    assert_int_equal(strlen(id), 16);
    assert_non_null(strstr(answer.body, id));
    assert_string_equal(answer_header(&answer, "X-Content-Type-Options"), "nosniff");
    assert_string_equal(answer_header(&answer, "Cache-Control"), "no-store");
    assert_non_null(
        strstr(answer_header(&answer, "Content-Security-Policy"), "default-src 'none'"));
    assert_non_null(answer_header(&answer, "Strict-Transport-Security"));
    assert_null(answer_header(&answer, "Server"));
    answer_fini(&answer);
}

static void http2_is_never_negotiated(void **state)
{
    (void)state;
    struct client client;
    assert_true(client_open_with(&client, &server, "\x02h2\x08http/1.1"));
    assert_string_equal(client.alpn, "http/1.1");
    client_close(&client);
    bool open = client_open_with(&client, &server, "\x02h2");
    assert_string_not_equal(client.alpn, "h2");
    client_close(&client);
    (void)open;
}

/* Whether a client that knows only this gets through the handshake. */
static bool shakes_hands(int version, const char *ciphers)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(ost_http_port(server.http))};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    (void)inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_security_level(context, 0);
    assert_int_equal(SSL_CTX_set_min_proto_version(context, version), 1);
    assert_int_equal(SSL_CTX_set_max_proto_version(context, version), 1);
    assert_int_equal(SSL_CTX_set_cipher_list(context, ciphers), 1);
    SSL *tls = SSL_new(context);
    (void)SSL_set_fd(tls, fd);
    bool ok = SSL_connect(tls) == 1;
    SSL_free(tls);
    SSL_CTX_free(context);
    (void)close(fd);
    return ok;
}

static void only_todays_tls_is_spoken(void **state)
{
    (void)state;
    assert_true(shakes_hands(TLS1_3_VERSION, "DEFAULT"));
    assert_true(shakes_hands(TLS1_2_VERSION, "DEFAULT"));
    assert_false(shakes_hands(TLS1_1_VERSION, "ALL"));
    assert_false(shakes_hands(TLS1_VERSION, "ALL"));
    assert_true(shakes_hands(TLS1_2_VERSION, "ECDHE+AESGCM"));
    assert_true(shakes_hands(TLS1_2_VERSION, "ECDHE+CHACHA20"));
    assert_false(shakes_hands(TLS1_2_VERSION, "ECDHE-ECDSA-AES128-SHA"));
    assert_false(shakes_hands(TLS1_2_VERSION, "ECDHE-ECDSA-AES256-SHA384"));
    assert_false(shakes_hands(TLS1_2_VERSION, "aNULL:eNULL"));
}

static void twenty_megabytes_arrive_whole(void **state)
{
    (void)state;
    struct client client;
    struct answer answer;
    unsigned char digest[OST_SHA256_BYTES], *bytes = malloc(BIG);
    char hex[OST_SHA256_HEX], head[256];
    assert_non_null(bytes);
    for (size_t i = 0; i < BIG; i++)
        bytes[i] = byte_at(i);
    ost_sha256_of(bytes, BIG, digest);
    ost_sha256_hex(digest, hex);
    (void)snprintf(head, sizeof head,
                   "POST /api/v1/digest HTTP/1.1\r\nHost: a\r\n" OWN "Content-Length: %d\r\n\r\n",
                   BIG);
    assert_true(client_open(&client, &server));
    for (int i = 0; i < 2; i++) { /* and the connection goes on after it */
        assert_true(client_text(&client, head));
        assert_true(client_send(&client, bytes, BIG));
        client_answer(&client, &answer);
        assert_int_equal(answer.status, 200);
        assert_string_equal(answer.body, hex);
        answer_fini(&answer);
    }
    client_close(&client);
    free(bytes);
}

static void a_body_too_large_is_refused_before_it_is_read(void **state)
{
    (void)state;
    expect("POST /api/v1/digest HTTP/1.1\r\nHost: a\r\n" OWN "Content-Length: 20000001\r\n\r\n",
           413, "body_too_large");
    expect("DELETE /api/v1/digest HTTP/1.1\r\nHost: a\r\n" OWN "Content-Length: 3\r\n\r\nabc", 413,
           "at most 0 bytes");
}

static void a_body_of_unclear_length_is_refused(void **state)
{
    (void)state;
    expect("POST /api/v1/digest HTTP/1.1\r\nHost: a\r\n" OWN
           "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
           411, "length_required");
    expect("POST /api/v1/digest HTTP/1.1\r\nHost: a\r\n" OWN
           "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
           411, "length_required");
    expect("POST /api/v1/digest HTTP/1.1\r\nHost: a\r\n" OWN
           "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
           400, "malformed");
    expect("POST /api/v1/digest HTTP/1.1\r\nHost: a\r\n" OWN "Content-Length: -5\r\n\r\n", 400,
           "malformed");
    expect("POST /api/v1/digest HTTP/1.1\r\nHost: a\r\n" OWN "Content-Length: 0x3\r\n\r\nabc", 400,
           "malformed");
    /* e3b0c4...: the digest of nothing */
    expect("POST /api/v1/digest HTTP/1.1\r\nHost: a\r\n" OWN "\r\n", 200, "e3b0c442");
    expect("POST /api/v1/digest HTTP/1.1\r\nHost: a\r\n" OWN "Content-Length: 0\r\n\r\n", 200,
           "e3b0c442");
    expect("DELETE /api/v1/digest HTTP/1.1\r\nHost: a\r\n" OWN "Content-Length: 0\r\n\r\n", 200,
           "e3b0c442");
}

/* Everything that comes back of what is sent on one connection. */
static void all_of(const char *text, char *got, size_t size)
{
    struct client client;
    struct timeval patience = {.tv_sec = 1};
    size_t at = 0, n;
    assert_true(client_open(&client, &server));
    (void)setsockopt(client.fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    (void)client_text(&client, text);
    while (at + 1 < size && (n = client_read(&client, got + at, size - 1 - at)) > 0)
        at += n;
    got[at] = '\0';
    client_close(&client);
}

#define POST_HEAD "POST /api/v1/digest HTTP/1.1\r\nHost: a\r\n" OWN
#define HIDDEN    "GET /api/v1/tag HTTP/1.1\r\nHost: a\r\n\r\n" /* 42 bytes, says "fresh" */

/* What a proxy in front may read as one request's body is never another request here. */
static void no_request_hides_in_another(void **state)
{
    (void)state;
    static const char *const text[] = {
        POST_HEAD "Content-Length: 42\r\nContent-Length: 0\r\n\r\n" HIDDEN,
        POST_HEAD "Content-Length: 0\r\nContent-Length: 42\r\n\r\n" HIDDEN,
        POST_HEAD "Content-Length: 0\r\nContent-Length: 0\r\n\r\n" HIDDEN,
        POST_HEAD "Content-Length: 0, 42\r\n\r\n" HIDDEN,
        POST_HEAD "Content-Length: +0\r\n\r\n" HIDDEN,
        POST_HEAD "Content-Length: 99999999999999999999\r\n\r\n" HIDDEN,
        POST_HEAD "Content-Length: 18446744073709551616\r\n\r\n" HIDDEN,
        POST_HEAD "Content-Length: 0\r\n 42\r\n\r\n" HIDDEN,
        POST_HEAD "Content-Length : 42\r\n\r\n" HIDDEN,
        POST_HEAD " Content-Length: 42\r\n\r\n" HIDDEN,
        POST_HEAD "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n" HIDDEN,
        POST_HEAD "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" HIDDEN,
        POST_HEAD "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" HIDDEN,
        POST_HEAD "Transfer-Encoding: identity\r\nContent-Length: 0\r\n\r\n" HIDDEN,
        POST_HEAD "Transfer-Encoding: xchunked\r\nContent-Length: 0\r\n\r\n" HIDDEN,
        POST_HEAD "Transfer-Encoding:\tchunked\r\nContent-Length: 0\r\n\r\n" HIDDEN,
        POST_HEAD "Transfer-Encoding : chunked\r\nContent-Length: 0\r\n\r\n" HIDDEN,
        POST_HEAD "transfer-encoding: CHUNKED\r\n\r\nffffffffffffffff\r\n" HIDDEN,
        POST_HEAD "Transfer-Encoding: chunked\r\n\r\n1000000000000000000000000\r\n" HIDDEN,
        POST_HEAD "Transfer-Encoding\t:chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" HIDDEN,
        "GET /api/v1/nothing HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" HIDDEN,
        "GET /api/v1/nothing HTTP/1.1\r\nHost: a\r\nContent-Length: 42\r\n\r\n" HIDDEN,
        "HEAD /api/v1/nothing HTTP/1.1\r\nHost: a\r\nContent-Length: 42\r\n\r\n" HIDDEN,
        "GET /api/v1/nothing HTTP/1.0\r\nHost: a\r\n\r\n" HIDDEN,
        "GET /api/v1/nothing\r\n" HIDDEN,
    };
    static char got[65536];
    all_of(HIDDEN HIDDEN, got, sizeof got); /* one behind the other is no harm */
    assert_non_null(strstr(got, "fresh"));
    for (size_t i = 0; i < sizeof text / sizeof text[0]; i++) {
        all_of(text[i], got, sizeof got);
        if (strstr(got, "fresh") != NULL)
            fail_msg("hidden in %zu: %s", i, text[i]);
    }
    /* Lines that end in LF alone are one request, whatever it says. */
    all_of("POST /api/v1/digest HTTP/1.1\nHost: a\nOrigin: " SERVED_ORIGIN
           "\nContent-Length: 42\n\n" HIDDEN,
           got, sizeof got);
    assert_null(strstr(got, "fresh"));
}

static void expect_long_header(const char *name, size_t len)
{
    char *request = malloc(len + 256);
    assert_non_null(request);
    int at = sprintf(request, "GET /api/v1/tag HTTP/1.1\r\nHost: a\r\n%s: ", name);
    memset(request + at, 'x', len);
    (void)sprintf(request + at + (int)len, "\r\n\r\n");
    expect(request, 431, "headers_too_large");
    free(request);
}

static void headers_too_large_are_refused_in_words(void **state)
{
    (void)state;
    expect_long_header("Cookie", 5000);
    expect_long_header("Cookie", 20000);
    expect_long_header("X-Unknown", 20000);
    expect_long_header("X-Unknown", 40000);
    expect_long_header("Cookie", 50000);
}

static void only_the_own_page_may_change_anything(void **state)
{
    (void)state;
    expect("POST /api/v1/digest HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", 403, "origin");
    expect("POST /api/v1/digest HTTP/1.1\r\nHost: a\r\nOrigin: https://osteon.test.evil\r\n"
           "Content-Length: 0\r\n\r\n",
           403, "origin");
    expect("POST /api/v1/digest HTTP/1.1\r\nHost: a\r\nOrigin: null\r\nContent-Length: 0\r\n\r\n",
           403, "origin");
}

static void a_wrong_method_or_path_is_said(void **state)
{
    (void)state;
    expect("PUT /api/v1/digest HTTP/1.1\r\nHost: a\r\n" OWN "Content-Length: 0\r\n\r\n", 405,
           "method");
    expect("OPTIONS /api/v1/digest HTTP/1.1\r\nHost: a\r\n\r\n", 405, "method");
    expect(GET("/api/v1/nothing"), 500, "bug");
    expect(GET("/api/v2/tag"), 404, "not_found");
}

static void a_line_break_in_a_header_value_is_dropped(void **state)
{
    (void)state;
    struct answer answer = ask(&server, "GET /api/v1/cookie HTTP/1.1\r\nHost: a\r\n"
                                        "Cookie: ab=1; b=two; c=3\r\n\r\n");
    assert_string_equal(answer.body, "two");
    assert_null(strstr(answer.head, "X-Evil"));
    answer_fini(&answer);
    expect("GET /api/v1/cookie HTTP/1.1\r\nHost: a\r\nCookie: bb=1\r\n\r\n", 200, "none");
}

static void what_the_client_has_is_not_sent_again(void **state)
{
    (void)state;
    expect(GET("/api/v1/tag"), 200, "fresh");
    struct answer answer =
        ask(&server, "GET /api/v1/tag HTTP/1.1\r\nHost: a\r\nIf-None-Match: \"abc\"\r\n\r\n");
    assert_int_equal(answer.status, 304);
    assert_null(answer_header(&answer, "Content-Length"));
    answer_fini(&answer);
}

static void a_head_request_has_a_length_and_no_body(void **state)
{
    (void)state;
    struct client client;
    char head[4096] = "";
    size_t at = 0, n;
    assert_true(client_open(&client, &server));
    assert_true(client_text(&client, "HEAD /app.js HTTP/1.1\r\nHost: a\r\n"
                                     "Connection: close\r\n\r\n"));
    while ((n = client_read(&client, head + at, sizeof head - 1 - at)) > 0)
        at += n;
    assert_non_null(strstr(head, "Content-Length: 22\r\n"));
    assert_string_equal(head + at - 4, "\r\n\r\n");
    client_close(&client);
}

static void the_page_is_served_with_its_policy(void **state)
{
    (void)state;
    struct answer page = ask(&server, GET("/"));
    assert_int_equal(page.status, 200);
    const char *policy = answer_header(&page, "Content-Security-Policy");
    assert_non_null(policy);
    /* openssl dgst -sha256 -binary | base64 of {"imports":{}} */
    assert_non_null(strstr(policy, "'sha256-URrTy+Il/Nz0lHojVUx275hWqAWhkSF0VsHbUM4/6Hw='"));
    assert_non_null(strstr(policy, "wss://osteon.test"));
    assert_string_equal(answer_header(&page, "Content-Type"), "text/html; charset=utf-8");
    char again[512];
    (void)snprintf(again, sizeof again, "GET / HTTP/1.1\r\nHost: a\r\nIf-None-Match: %s\r\n\r\n",
                   answer_header(&page, "ETag"));
    answer_fini(&page);
    struct answer known = ask(&server, again);
    assert_int_equal(known.status, 304);
    answer_fini(&known);
}

static void a_packed_file_goes_to_who_takes_it(void **state)
{
    (void)state;
    struct answer packed =
        ask(&server, "GET /app.js HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip, br\r\n\r\n");
    assert_string_equal(packed.body, "packed");
    assert_string_equal(answer_header(&packed, "Content-Encoding"), "gzip");
    assert_string_equal(answer_header(&packed, "Content-Type"), "text/javascript; charset=utf-8");
    answer_fini(&packed);
    expect(GET("/app.js"), 200, "export const one");
}

static void nothing_outside_the_web_root_is_served(void **state)
{
    (void)state;
    expect(GET("/.hidden"), 404, "not_found");
    expect(GET("/../key.pem"), 404, "not_found");
    expect(GET("/%2e%2e/key.pem"), 404, "not_found");
    expect(GET("/..%2fkey.pem"), 404, "not_found");
    expect(GET("//etc/passwd"), 404, "not_found");
    expect(GET("/web/../../key.pem"), 404, "not_found");
}

static void a_changed_file_is_read_again(void **state)
{
    (void)state;
    expect(GET("/app.js"), 200, "one = 1");
    served_file(&server, "app.js", "export const one = 22;\n");
    expect(GET("/app.js"), 200, "one = 22");
}

static double seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void a_slow_reader_holds_up_nobody(void **state)
{
    (void)state;
    struct client slow;
    struct answer head = {0};
    unsigned char piece[65536];
    assert_true(client_open(&slow, &server));
    assert_true(client_text(&slow, GET("/api/v1/much")));
    size_t n = client_read(&slow, head.head, 64); /* it has begun */
    assert_true(n > 0);
    for (int i = 0; i < 20; i++) {
        double begin = seconds();
        expect(GET("/api/v1/tag"), 200, "fresh");
        assert_true(seconds() - begin < 2.0);
    }
    size_t total = n, body_at = 0;
    uint64_t wrong = 0;
    char text[8192];
    memcpy(text, head.head, n);
    while (body_at == 0) {
        n = client_read(&slow, text + total, 1);
        assert_int_equal(n, 1);
        total += n;
        if (memcmp(text + total - 4, "\r\n\r\n", 4) == 0)
            body_at = total;
    }
    for (size_t got = 0; got < LONG_ANSWER; got += n) {
        n = client_read(&slow, piece, sizeof piece);
        assert_true(n > 0);
        for (size_t i = 0; i < n; i++)
            wrong += piece[i] != byte_at(got + i);
    }
    assert_int_equal(wrong, 0);
    client_close(&slow);
}

static void requests_in_a_row_are_answered_in_order(void **state)
{
    (void)state;
    struct client client;
    struct answer answer;
    assert_true(client_open(&client, &server));
    assert_true(client_text(&client, GET("/api/v1/slow") GET("/api/v1/things/1/parts/2")));
    client_answer(&client, &answer);
    assert_string_equal(answer.body, "late");
    answer_fini(&answer);
    client_answer(&client, &answer);
    assert_int_equal(answer.status, 200);
    assert_string_equal(answer.body, "1|2|-");
    answer_fini(&answer);
    client_close(&client);
}

/* libwebsockets 4.1.6 answers it, lets its headers go, and asks about it all the same. */
static void an_unknown_upgrade_is_answered_once(void **state)
{
    (void)state;
    struct client client;
    char got[8192];
    size_t at = 0, n, answers = 0;
    assert_true(client_open(&client, &server));
    assert_true(client_text(&client, GET("/api/v1/tag")));
    assert_int_equal(client_status(&client), 200); /* the connection stays */
    assert_true(client_text(&client, "GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: other\r\n"
                                     "Connection: keep-alive, Upgrade\r\n\r\n"));
    while (at + 1 < sizeof got && (n = client_read(&client, got + at, sizeof got - 1 - at)) > 0)
        at += n;
    got[at] = '\0';
    for (const char *p = got; (p = strstr(p, "HTTP/1.1 ")) != NULL; p++)
        answers++;
    assert_int_equal(answers, 1);
    client_close(&client);
    expect(GET("/api/v1/tag"), 200, "fresh");
}

/* libwebsockets 4.1.6 reads the head of a request that waited once more, as its body. */
static void a_head_is_never_taken_for_its_body(void **state)
{
    (void)state;
    static char got[65536];
    char text[512], head[256];
    int len = 60;
    while (snprintf(head, sizeof head, POST_HEAD "Content-Length: %d\r\n\r\n", len) != len)
        len++;
    (void)snprintf(text, sizeof text, GET("/api/v1/tag") "%s", head);
    all_of(text, got, sizeof got);
    assert_non_null(strstr(got, "fresh"));
    assert_null(strstr(strstr(got, "fresh"), "200 OK"));
    expect(GET("/api/v1/tag"), 200, "fresh");
}

/* libwebsockets 4.1.6 would go round for ever over what follows a body that waited. */
static void a_row_with_a_body_inside_stops_nobody(void **state)
{
    (void)state;
    struct client client;
    char rest[4096];
    assert_true(client_open(&client, &server));
    assert_true(client_text(&client,
                            GET("/api/v1/tag") "POST /api/v1/digest HTTP/1.1\r\nHost: a\r\n" OWN
                                               "Content-Length: 3\r\n\r\nabc" GET("/api/v1/tag")));
    while (client_read(&client, rest, sizeof rest) > 0)
        continue; /* closed, in its own time */
    client_close(&client);
    expect(GET("/api/v1/tag"), 200, "fresh");
}

static void who_leaves_early_is_forgotten(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        struct client client;
        assert_true(client_open(&client, &server));
        assert_true(client_text(&client, i % 2 == 0 ? GET("/api/v1/slow") : GET("/api/v1/much")));
        client_close(&client);
    }
    expect(GET("/api/v1/tag"), 200, "fresh");
}

static void half_a_body_is_not_handed_over(void **state)
{
    (void)state;
    struct client client;
    assert_true(client_open(&client, &server));
    assert_true(client_text(&client, "POST /api/v1/digest HTTP/1.1\r\nHost: a\r\n" OWN
                                     "Content-Length: 100\r\n\r\nabc"));
    client_close(&client);
    expect(GET("/api/v1/tag"), 200, "fresh");
}

int main(void)
{
    const struct CMUnitTest all[] = {
        T(a_route_is_given_its_parameters_decoded),
        T(every_answer_is_guarded_and_numbered),
        T(http2_is_never_negotiated),
        T(only_todays_tls_is_spoken),
        T(twenty_megabytes_arrive_whole),
        T(a_body_too_large_is_refused_before_it_is_read),
        T(a_body_of_unclear_length_is_refused),
        T(no_request_hides_in_another),
        T(headers_too_large_are_refused_in_words),
        T(only_the_own_page_may_change_anything),
        T(a_wrong_method_or_path_is_said),
        T(a_line_break_in_a_header_value_is_dropped),
        T(what_the_client_has_is_not_sent_again),
        T(a_head_request_has_a_length_and_no_body),
        T(the_page_is_served_with_its_policy),
        T(a_packed_file_goes_to_who_takes_it),
        T(nothing_outside_the_web_root_is_served),
        T(a_changed_file_is_read_again),
        T(a_slow_reader_holds_up_nobody),
        T(requests_in_a_row_are_answered_in_order),
        T(an_unknown_upgrade_is_answered_once),
        T(a_head_is_never_taken_for_its_body),
        T(a_row_with_a_body_inside_stops_nobody),
        T(who_leaves_early_is_forgotten),
        T(half_a_body_is_not_handed_over),
    };
    return cmocka_run_group_tests(all, start, stop);
}
