#include "tests/services/http/served.h"

#include "tests/check.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static void path_of(const struct served *served, const char *name, char path[256])
{
    (void)snprintf(path, 256, "%s/%s", served->folder, name);
}

static void write_certificate(const struct served *served)
{
    char path[256];
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = X509_new();
    assert_non_null(key);
    assert_non_null(cert);
    (void)ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
    (void)X509_gmtime_adj(X509_getm_notBefore(cert), -60);
    (void)X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
    (void)X509_set_pubkey(cert, key);
    X509_NAME *name = X509_get_subject_name(cert);
    (void)X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"osteon.test",
                                     -1, -1, 0);
    (void)X509_set_issuer_name(cert, name);
    assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
    path_of(served, "cert.pem", path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(PEM_write_X509(file, cert), 1);
    (void)fclose(file);
    path_of(served, "key.pem", path);
    file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL), 1);
    (void)fclose(file);
    assert_int_equal(chmod(path, 0600), 0);
    X509_free(cert);
    EVP_PKEY_free(key);
}

void served_folder(struct served *served)
{
    char path[256];
    if (served->folder[0] != '\0')
        return;
    (void)snprintf(served->folder, sizeof served->folder, "/tmp/ost_http_XXXXXX");
    assert_non_null(mkdtemp(served->folder));
    path_of(served, "web", path);
    assert_int_equal(mkdir(path, 0700), 0);
}

void served_file(struct served *served, const char *name, const char *text)
{
    char path[256], inner[128];
    served_folder(served);
    (void)snprintf(inner, sizeof inner, "web/%s", name);
    path_of(served, inner, path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs(text, file);
    (void)fclose(file);
}

static void *run(void *user)
{
    ost_http_run(user);
    return NULL;
}

void served_start(struct served *served, struct ost_http_options options)
{
    char cert[256], key[256], web[256];
    struct ost_err err;
    served_folder(served);
    write_certificate(served);
    path_of(served, "cert.pem", cert);
    path_of(served, "key.pem", key);
    path_of(served, "web", web);
    options.address = "127.0.0.1";
    options.certificate = cert;
    options.key = key;
    options.web_root = web;
    options.origin[0] = SERVED_ORIGIN;
    options.origin_count = 1;
    if (!ost_http_create(&served->http, &options, &err))
        fail_msg("%s", err.msg);
    assert_int_equal(pthread_create(&served->thread, NULL, run, served->http), 0);
}

void served_stop(struct served *served)
{
    char command[128];
    ost_http_stop(served->http);
    assert_int_equal(pthread_join(served->thread, NULL), 0);
    ost_http_destroy(served->http);
    (void)snprintf(command, sizeof command, "rm -rf %s", served->folder);
    assert_int_equal(system(command), 0);
}

/* --- client ------------------------------------------------------------------- */

static bool open_client(struct client *client, const struct served *served, const char *alpn,
                        const char *from)
{
    *client = (struct client){.fd = socket(AF_INET, SOCK_STREAM, 0)};
    struct sockaddr_in own = {.sin_family = AF_INET};
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(ost_http_port(served->http))};
    struct timeval patience = {.tv_sec = 20};
    (void)inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
    (void)setsockopt(client->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    (void)setsockopt(client->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    (void)setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    (void)inet_pton(AF_INET, from, &own.sin_addr);
    if (bind(client->fd, (struct sockaddr *)&own, sizeof own) != 0 ||
        connect(client->fd, (struct sockaddr *)&to, sizeof to) != 0)
        return false;
    client->context = SSL_CTX_new(TLS_client_method());
    client->tls = SSL_new(client->context);
    (void)SSL_set_fd(client->tls, client->fd);
    if (alpn != NULL)
        (void)SSL_set_alpn_protos(client->tls, (const unsigned char *)alpn, (unsigned)strlen(alpn));
    if (SSL_connect(client->tls) != 1)
        return false;
    const unsigned char *chosen;
    unsigned len;
    SSL_get0_alpn_selected(client->tls, &chosen, &len);
    if (len < sizeof client->alpn)
        memcpy(client->alpn, chosen == NULL ? (const unsigned char *)"" : chosen, len);
    return true;
}

bool client_open_with(struct client *client, const struct served *served, const char *alpn)
{
    return open_client(client, served, alpn, "127.0.0.1");
}

bool client_open_from(struct client *client, const struct served *served, const char *address)
{
    return open_client(client, served, NULL, address);
}

bool client_open(struct client *client, const struct served *served)
{
    return client_open_with(client, served, NULL);
}

void client_close(struct client *client)
{
    SSL_free(client->tls);
    SSL_CTX_free(client->context);
    (void)close(client->fd);
    *client = (struct client){.fd = -1};
}

bool client_send(struct client *client, const void *bytes, size_t len)
{
    const unsigned char *at = bytes;
    while (len > 0) {
        int n = SSL_write(client->tls, at, len > 65536 ? 65536 : (int)len);
        if (n <= 0)
            return false;
        at += n;
        len -= (size_t)n;
    }
    return true;
}

bool client_text(struct client *client, const char *text)
{
    return client_send(client, text, strlen(text));
}

size_t client_read(struct client *client, void *bytes, size_t size)
{
    if (client->held_len > 0) {
        size_t n = size < client->held_len ? size : client->held_len;
        memcpy(bytes, client->held, n);
        memmove(client->held, client->held + n, client->held_len - n);
        client->held_len -= n;
        return n;
    }
    int n = SSL_read(client->tls, bytes, (int)size);
    return n > 0 ? (size_t)n : 0;
}

static bool read_exactly(struct client *client, void *bytes, size_t len)
{
    unsigned char *at = bytes;
    while (len > 0) {
        size_t n = client_read(client, at, len);
        if (n == 0)
            return false;
        at += n;
        len -= n;
    }
    return true;
}

void client_answer(struct client *client, struct answer *answer)
{
    *answer = (struct answer){0};
    size_t at = 0;
    while (at + 1 < sizeof answer->head && read_exactly(client, answer->head + at, 1)) {
        at++;
        if (at >= 4 && memcmp(answer->head + at - 4, "\r\n\r\n", 4) == 0)
            break;
    }
    answer->head[at] = '\0';
    if (sscanf(answer->head, "HTTP/1.1 %d", &answer->status) != 1)
        return;
    const char *length = answer_header(answer, "Content-Length");
    answer->len = length == NULL ? 0 : strtoul(length, NULL, 10);
    answer->body = calloc(1, answer->len + 1);
    assert_non_null(answer->body);
    if (!read_exactly(client, answer->body, answer->len))
        answer->len = 0;
}

void answer_fini(struct answer *answer)
{
    free(answer->body);
    *answer = (struct answer){0};
}

int client_status(struct client *client)
{
    struct answer answer;
    client_answer(client, &answer);
    int status = answer.status;
    answer_fini(&answer);
    return status;
}

struct answer ask(const struct served *served, const char *request)
{
    struct client client;
    struct answer answer = {0};
    if (client_open(&client, served) && client_text(&client, request))
        client_answer(&client, &answer);
    client_close(&client);
    return answer;
}

const char *answer_header(const struct answer *answer, const char *name)
{
    static char value[2048];
    char start[64];
    (void)snprintf(start, sizeof start, "\r\n%s: ", name);
    const char *at = strstr(answer->head, start);
    if (at == NULL)
        return NULL;
    at += strlen(start);
    size_t len = strcspn(at, "\r");
    if (len >= sizeof value)
        len = sizeof value - 1;
    memcpy(value, at, len);
    value[len] = '\0';
    return value;
}

/* --- WebSocket ------------------------------------------------------------------ */

bool client_upgrade(struct client *client, const char *query, const char *origin,
                    const char *protocol, struct answer *answer)
{
    char request[1024];
    (void)snprintf(request, sizeof request,
                   "GET /ws%s HTTP/1.1\r\nHost: osteon.test\r\nConnection: Upgrade\r\n"
                   "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                   "Sec-WebSocket-Protocol: %s\r\nOrigin: %s\r\n\r\n",
                   query, protocol, origin);
    *answer = (struct answer){0};
    if (!client_text(client, request))
        return false;
    client_answer(client, answer);
    return answer->status == 101;
}

bool client_frame(struct client *client, int opcode_and_fin, const void *bytes, size_t len)
{
    unsigned char *frame = malloc(len + 14);
    static const unsigned char mask[4] = {0x11, 0x22, 0x33, 0x44};
    size_t at = 0;
    assert_non_null(frame);
    frame[at++] = (unsigned char)opcode_and_fin;
    if (len < 126) {
        frame[at++] = (unsigned char)(0x80 | len);
    } else if (len < 65536) {
        frame[at++] = 0x80 | 126;
        frame[at++] = (unsigned char)(len >> 8);
        frame[at++] = (unsigned char)len;
    } else {
        frame[at++] = 0x80 | 127;
        for (int shift = 56; shift >= 0; shift -= 8)
            frame[at++] = (unsigned char)(len >> shift);
    }
    memcpy(frame + at, mask, 4);
    at += 4;
    for (size_t i = 0; i < len; i++)
        frame[at + i] = ((const unsigned char *)bytes)[i] ^ mask[i % 4];
    bool ok = client_send(client, frame, at + len);
    free(frame);
    return ok;
}

static bool frame_length(struct client *client, unsigned char first, size_t *len)
{
    unsigned char more[8];
    *len = first & 127;
    size_t n = *len == 126 ? 2 : *len == 127 ? 8 : 0;
    if (n == 0)
        return true;
    if (!read_exactly(client, more, n))
        return false;
    *len = 0;
    for (size_t i = 0; i < n; i++)
        *len = *len << 8 | more[i];
    return true;
}

int client_take_frame(struct client *client, char *text, size_t size, size_t *len)
{
    size_t at = 0;
    int opcode = -1;
    for (;;) {
        unsigned char head[2];
        size_t n;
        if (!read_exactly(client, head, 2) || !frame_length(client, head[1], &n) ||
            at + n >= size || !read_exactly(client, text + at, n))
            return -1;
        int op = head[0] & 15;
        if (op == 9 || op == 10) /* ping, pong */
            continue;
        if (op != 0)
            opcode = op;
        at += n;
        if ((head[0] & 0x80) != 0)
            break;
    }
    text[at] = '\0';
    *len = at;
    return opcode;
}
