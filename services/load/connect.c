/* One client's way from a socket to a welcome, and its bytes afterwards. */
#include "services/load/crowd_impl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define PER_ADDRESS 64 /* clients on one address of the loopback network */
#define MESSAGE     ((size_t)64 * 1024 * 1024)
#define HEAD_BYTES  4096

/* The key and the answer of RFC 6455 section 1.3. */
#define KEY    "dGhlIHNhbXBsZSBub25jZQ=="
#define ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

static bool watch(const struct ost_load_crowd *crowd, size_t index, int how)
{
    struct load_client *client = &crowd->client[index];
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = index};
    bool write = client->state == OST_CLIENT_CONNECTING || client->out_sent < client->out.len;
    if (write)
        event.events |= EPOLLOUT;
    client->asks_write = write;
    return epoll_ctl(crowd->epoll, how, client->fd, &event) == 0;
}

static int open_socket(uint16_t port, size_t index)
{
    const struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port)};
    const struct sockaddr_in from = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl((uint32_t)(INADDR_LOOPBACK + 1 + index / PER_ADDRESS))};
    int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    (void)setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    if (bind(fd, (const struct sockaddr *)&from, sizeof from) == 0 &&
        (connect(fd, (const struct sockaddr *)&to, sizeof to) == 0 || errno == EINPROGRESS))
        return fd;
    (void)close(fd);
    return -1;
}

static bool open_tls(const struct ost_load_crowd *crowd, struct load_client *client)
{
    if (crowd->tls == NULL)
        return true;
    client->tls = SSL_new(crowd->tls);
    if (client->tls == NULL || SSL_set_fd(client->tls, client->fd) != 1)
        return false;
    SSL_set_connect_state(client->tls);
    return true;
}

bool ost_load_client_connect(struct ost_load_crowd *crowd, size_t index, struct ost_err *err)
{
    struct load_client *client = &crowd->client[index];
    client->fd = open_socket(crowd->world->port, index);
    client->state = OST_CLIENT_CONNECTING;
    client->out_sent = 0;
    ost_buf_init(&client->out, MESSAGE);
    ost_buf_init(&client->head, HEAD_BYTES);
    ost_ws_reader_init(&client->in, MESSAGE);
    if (client->fd >= 0 && open_tls(crowd, client) && watch(crowd, index, EPOLL_CTL_ADD))
        return true;
    return ost_fail(err, OST_UNAVAILABLE, "client %zu finds no socket; is ulimit -n high enough?",
                    index);
}

void ost_load_client_close(struct ost_load_crowd *crowd, struct load_client *client)
{
    if (client->state == OST_CLIENT_GONE)
        return;
    if (client->state == OST_CLIENT_READY)
        crowd->ready--;
    SSL_free(client->tls);
    client->tls = NULL;
    if (client->fd >= 0)
        (void)close(client->fd);
    client->fd = -1;
    client->state = OST_CLIENT_GONE;
    ost_buf_fini(&client->out);
    ost_buf_fini(&client->head);
    ost_ws_reader_fini(&client->in);
}

/* Bytes written, 0 where the socket is full, -1 where it is gone. */
static ssize_t line_write(const struct load_client *client, const void *bytes, size_t len)
{
    if (client->tls != NULL) {
        int n = SSL_write(client->tls, bytes, (int)len);
        int why = n > 0 ? 0 : SSL_get_error(client->tls, n);
        return n > 0 ? n : why == SSL_ERROR_WANT_WRITE || why == SSL_ERROR_WANT_READ ? 0 : -1;
    }
    ssize_t n = send(client->fd, bytes, len, MSG_NOSIGNAL);
    return n >= 0 ? n : errno == EAGAIN || errno == EINTR ? 0 : -1;
}

static ssize_t line_read(const struct load_client *client, void *bytes, size_t room)
{
    if (client->tls != NULL) {
        int n = SSL_read(client->tls, bytes, (int)room);
        int why = n > 0 ? 0 : SSL_get_error(client->tls, n);
        return n > 0 ? n : why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? 0 : -1;
    }
    ssize_t n = recv(client->fd, bytes, room, 0);
    return n > 0 ? n : n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
}

static bool flush(struct ost_load_crowd *crowd, struct load_client *client)
{
    while (client->out_sent < client->out.len) {
        ssize_t n = line_write(client, client->out.ptr + client->out_sent,
                               client->out.len - client->out_sent);
        if (n < 0)
            return false;
        if (n == 0)
            break;
        client->out_sent += (size_t)n;
    }
    if (client->out_sent == client->out.len)
        client->out.len = client->out_sent = 0;
    bool write = client->out_sent < client->out.len;
    return write == client->asks_write ||
           watch(crowd, (size_t)(client - crowd->client), EPOLL_CTL_MOD);
}

bool ost_load_client_send(struct ost_load_crowd *crowd, struct load_client *client,
                          const void *bytes, size_t len)
{
    ost_buf_put(&client->out, bytes, len);
    return !client->out.failed && flush(crowd, client);
}

static bool ask_upgrade(struct ost_load_crowd *crowd, struct load_client *client)
{
    char text[1024];
    unsigned port = crowd->world->port;
    int len = snprintf(text, sizeof text,
                       "GET /ws?ticket=%s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n"
                       "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: " KEY "\r\n"
                       "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: osteon.1\r\n"
                       "Origin: https://127.0.0.1:%u\r\n\r\n",
                       client->ticket, port, port);
    client->state = OST_CLIENT_UPGRADING;
    return ost_load_client_send(crowd, client, text, (size_t)len);
}

static bool greet(struct ost_load_crowd *crowd, struct load_client *client)
{
    static const unsigned char mask[4] = {0x5a, 0xa5, 0x3c, 0xc3};
    struct ost_buf json, frame;
    ost_buf_init(&json, 512);
    ost_buf_init(&frame, 1024);
    ost_load_hello(&json, client->id, client->seq, client->sum[0] == '\0' ? NULL : client->sum);
    ost_ws_put(&frame, OST_WS_TEXT, mask, json.ptr, json.len);
    client->state = OST_CLIENT_GREETING;
    bool ok = !frame.failed && ost_load_client_send(crowd, client, frame.ptr, frame.len);
    ost_buf_fini(&json);
    ost_buf_fini(&frame);
    return ok;
}

/* The head of the answer; what follows it belongs to the WebSocket. */
static bool take_upgrade(struct ost_load_crowd *crowd, struct load_client *client,
                         const unsigned char *bytes, size_t len, size_t *used)
{
    size_t before = client->head.len;
    ost_buf_put(&client->head, bytes, len < HEAD_BYTES - before ? len : HEAD_BYTES - before);
    ost_buf_put_u8(&client->head, 0);
    const char *text = (const char *)client->head.ptr;
    if (client->head.failed)
        return false;
    const char *end = strstr(text, "\r\n\r\n");
    client->head.len--;
    *used = len;
    if (end == NULL)
        return client->head.len < HEAD_BYTES - 1;
    *used = (size_t)(end - text) + 4 - before;
    bool ok = strncmp(text, "HTTP/1.1 101", 12) == 0 && strstr(text, ACCEPT) != NULL;
    if (!ok && crowd->why[0] == '\0')
        (void)snprintf(crowd->why, sizeof crowd->why, "%.*s", (int)strcspn(text, "\r"), text);
    return ok && greet(crowd, client);
}

static bool take(struct ost_load_crowd *crowd, struct load_client *client,
                 const unsigned char *bytes, size_t len)
{
    struct hearing hearing = {crowd, client};
    struct ost_err err;
    size_t used = 0;
    if (client->state == OST_CLIENT_UPGRADING && !take_upgrade(crowd, client, bytes, len, &used))
        return false;
    if (ost_ws_feed(&client->in, bytes + used, len - used, ost_load_hear, &hearing, &err))
        return true;
    if (crowd->why[0] == '\0')
        (void)snprintf(crowd->why, sizeof crowd->why, "%.95s", err.msg);
    return false;
}

static bool read_all(struct ost_load_crowd *crowd, struct load_client *client)
{
    for (;;) {
        ssize_t n = line_read(client, crowd->scratch, OST_LOAD_READ);
        if (n <= 0)
            return n == 0;
        crowd->heard = ost_load_now();
        if (!take(crowd, client, crowd->scratch, (size_t)n))
            return false;
        if (client->tls == NULL && n < OST_LOAD_READ)
            return true;
    }
}

static bool shake(struct ost_load_crowd *crowd, struct load_client *client)
{
    client->state = OST_CLIENT_SHAKING;
    if (client->tls == NULL)
        return ask_upgrade(crowd, client);
    int n = SSL_do_handshake(client->tls);
    if (n == 1)
        return ask_upgrade(crowd, client);
    int why = SSL_get_error(client->tls, n);
    return (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) &&
           watch(crowd, (size_t)(client - crowd->client), EPOLL_CTL_MOD);
}

static int error_of(int fd)
{
    int code = 0;
    socklen_t len = sizeof code;
    (void)getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &len);
    return code == 0 ? errno : code;
}

void ost_load_client_step(struct ost_load_crowd *crowd, size_t index, uint32_t events)
{
    struct load_client *client = &crowd->client[index];
    bool ok = client->state != OST_CLIENT_GONE;
    if (ok && client->state <= OST_CLIENT_SHAKING) {
        ok = (events & (EPOLLERR | EPOLLHUP)) == 0 && shake(crowd, client);
    } else {
        if (ok && (events & EPOLLOUT) != 0)
            ok = flush(crowd, client);
        if (ok && (events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0)
            ok = read_all(crowd, client);
    }
    if (ok || client->state == OST_CLIENT_GONE)
        return;
    if (crowd->why[0] == '\0')
        (void)snprintf(crowd->why, sizeof crowd->why, "client %zu in state %d, errno %d", index,
                       (int)client->state, error_of(client->fd));
    crowd->result.closed++;
    ost_load_client_close(crowd, client);
}
