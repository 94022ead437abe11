/* The context of libwebsockets, the loop, and the end of both. */
#include "services/http/conn_impl.h"
#include "services/log/log.h"

#include <errno.h>
#include <inttypes.h>
#include <netdb.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STOP_S 10

static void log_library(int level, const char *line)
{
    (void)line; /* it may quote what a client sent */
    ost_log(level == LLL_ERR ? OST_LOG_WARN : OST_LOG_DEBUG, "http.library", "level=%d", level);
}

static void fill_in(struct ost_http_options *options)
{
    if (options->threads == 0)
        options->threads = 4;
    if (options->waiting_most == 0)
        options->waiting_most = 256;
    if (options->connections_most == 0)
        options->connections_most = 1024;
    if (options->unknown_most == 0)
        options->unknown_most = (options->connections_most + 1) / 2;
    if (options->per_address_most == 0)
        options->per_address_most = 128;
    if (options->per_person_most == 0)
        options->per_person_most = 64;
    if (options->requests_per_s <= 0.0)
        options->requests_per_s = 100.0;
    if (options->requests_burst <= 0.0)
        options->requests_burst = 1000.0;
    if (options->body_total == 0)
        options->body_total = (size_t)256 * 1024 * 1024;
    if (options->answer_total == 0)
        options->answer_total = (size_t)256 * 1024 * 1024;
    if (options->answer_look_s == 0)
        options->answer_look_s = 30;
    if (options->silent_s < 2)
        options->silent_s = 40;
}

static void fill_in_kind(struct ost_http *http)
{
    http->kind = *http->options.socket;
    if (http->kind.message_most == 0)
        http->kind.message_most = (size_t)256 * 1024;
    if (http->kind.queue_most == 0)
        http->kind.queue_most = (size_t)8 * 1024 * 1024;
    http->options.socket = &http->kind;
}

static bool start_library(struct ost_http *http, struct ost_err *err)
{
    const struct ost_http_options *options = &http->options;
    void *loop = http->loop;
    http->protocol[0] =
        (struct lws_protocols){.name = "no subprotocol", /* a word nobody can offer */
                               .callback = ost_http_conn_callback,
                               .per_session_data_size = 1,
                               .rx_buffer_size = OST_HTTP_CHUNK};
    for (unsigned i = 0; options->socket != NULL && i < OST_HTTP_DIALECTS; i++) {
        if (options->socket->dialect[i].protocol == NULL)
            break;
        http->protocol[1 + i] =
            (struct lws_protocols){.name = options->socket->dialect[i].protocol,
                                   .callback = ost_http_session_callback,
                                   .per_session_data_size = 1,
                                   .id = i,
                                   /* of each session, but see memory.c; with less the library
                                    * spins where a frame waits behind one that its reader does
                                    * not take */
                                   .rx_buffer_size = OST_HTTP_CHUNK};
    }
    http->keep_alive =
        (struct lws_retry_bo){.secs_since_valid_ping = (uint16_t)(options->silent_s / 2),
                              .secs_since_valid_hangup = (uint16_t)options->silent_s};
    struct lws_context_creation_info info = {
        .port = options->port == 0 ? CONTEXT_PORT_NO_LISTEN_SERVER : options->port,
        .iface = options->address,
        .protocols = http->protocol,
        .options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT | LWS_SERVER_OPTION_VALIDATE_UTF8 |
                   LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_LIBEV,
        .foreign_loops = &loop,
        .ssl_cert_filepath = options->certificate,
        .ssl_private_key_filepath = options->key,
        .ssl_options_set = SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1 | SSL_OP_NO_RENEGOTIATION,
        /* Forward secrecy and authenticated encryption; TLS 1.3 has nothing else. */
        .ssl_cipher_list = "ECDHE+AESGCM:ECDHE+CHACHA20",
        .alpn = "http/1.1", /* this version's HTTP/2 loses large uploads */
        .timeout_secs = 15,
        .keepalive_timeout = 60,
        .max_http_header_data = OST_HTTP_HEADERS_HARD,
        .max_http_header_pool = (uint16_t)options->connections_most, /* no slow one uses it up */
        .pt_serv_buf_size = OST_HTTP_CHUNK,
        /* None of its own: with one the library seeks every descriptor in a list. limit.c
         * counts connections. */
        .fd_limit_per_thread = 0,
        .retry_and_idle_policy = &http->keep_alive,
        .vhost_name = "osteon",
        .user = http,
    };
    ost_http_memory_begin(http);
    lws_set_log_level(LLL_ERR | LLL_WARN, log_library);
    http->lws = lws_create_context(&info);
    if (http->lws == NULL)
        return ost_fail(err, OST_UNAVAILABLE, "http: the server library does not start");
    info.port = options->port;
    http->vhost = lws_create_vhost(http->lws, &info);
    if (http->vhost == NULL) {
        return ost_fail(err, OST_UNAVAILABLE,
                        "http: the certificate and its key do not fit together or are not PEM");
    }
    http->port = (uint16_t)lws_get_vhost_listen_port(http->vhost);
    return true;
}

/* Said precisely here, because the library says only that it failed, or waits for ever. */
static bool check_address(const struct ost_http_options *options, struct ost_err *err)
{
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
                             .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    char port[8];
    (void)snprintf(port, sizeof port, "%u", options->port);
    if (getaddrinfo(options->address, port, &hints, &found) != 0)
        return ost_fail(err, OST_INVALID, "http: the address to listen on must be a numeric one");
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    int wrong = bind(fd, found->ai_addr, found->ai_addrlen) == 0 ? 0 : errno;
    if (fd >= 0)
        (void)close(fd);
    freeaddrinfo(found);
    switch (wrong) {
    case 0:
        return true;
    case EADDRINUSE:
        return ost_fail(err, OST_UNAVAILABLE, "http: port %u is taken", options->port);
    case EADDRNOTAVAIL:
        return ost_fail(err, OST_UNAVAILABLE,
                        "http: this machine has no such address to listen on");
    default:
        return ost_fail(err, OST_UNAVAILABLE, "http: cannot listen on port %u (errno %d)",
                        options->port, wrong);
    }
}

/* As the secret file: who reads the key can be this server to every browser. */
static bool check_key(const char *path, struct ost_err *err)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return ost_fail(err, OST_UNAVAILABLE, "http: the certificate or its key cannot be read");
    if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return ost_fail(err, OST_DENIED,
                        "http: others can read the key of the certificate; chmod 600 it, see "
                        "OSTEON_TLS_KEY");
    }
    return true;
}

static bool is_loopback(const char *address)
{
    return address != NULL && (strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0);
}

static bool check_options(const struct ost_http_options *options, struct ost_err *err)
{
    if (options->origin_count == 0 || options->origin_count > OST_HTTP_ORIGIN_MOST)
        return ost_fail(err, OST_INVALID, "http: 1 to %d origins are needed", OST_HTTP_ORIGIN_MOST);
    if (options->certificate == NULL && options->key == NULL && is_loopback(options->address))
        return check_address(options, err);
    if (options->certificate == NULL || options->key == NULL) {
        return ost_fail(err, OST_INVALID,
                        "http: a certificate and its key are needed; without TLS only the loopback "
                        "is served");
    }
    if (access(options->certificate, R_OK) != 0 || access(options->key, R_OK) != 0)
        return ost_fail(err, OST_UNAVAILABLE, "http: the certificate or its key cannot be read");
    return check_key(options->key, err) && check_address(options, err);
}

static bool start_parts(struct ost_http *http, struct ost_err *err)
{
    const struct ost_http_options *options = &http->options;
    http->scratch = malloc(LWS_PRE + OST_HTTP_CHUNK);
    http->loop = ev_loop_new(EVFLAG_AUTO);
    if (http->scratch == NULL || http->loop == NULL)
        return ost_fail(err, OST_NOMEM, "http: no memory");
    if (options->socket != NULL) {
        fill_in_kind(http);
        http->session = calloc(OST_HTTP_SESSIONS, sizeof(struct ost_http_session *));
        if (http->session == NULL)
            return ost_fail(err, OST_NOMEM, "http: no memory");
    }
    return ost_http_limit_create(&http->limit, options, err) &&
           ost_http_files_create(&http->files, options, err) && start_library(http, err) &&
           ost_http_pool_create(&http->pool, http, err);
}

bool ost_http_create(struct ost_http **out, const struct ost_http_options *options,
                     struct ost_err *err)
{
    *out = NULL;
    if (!check_options(options, err))
        return false;
    OST_AUTO(ost_http) http = calloc(1, sizeof *http);
    if (http == NULL)
        return ost_fail(err, OST_NOMEM, "http: no memory");
    http->options = *options;
    fill_in(&http->options);
    (void)pthread_mutex_init(&http->inbox_lock, NULL);
    (void)signal(SIGPIPE, SIG_IGN); /* a peer that left is an error code, not an end */
    if (!start_parts(http, err))
        return false;
    ost_log(OST_LOG_INFO, "http.listen", "port=%u", http->port);
    *out = ost_steal(&http);
    return true;
}

void ost_http_destroy(struct ost_http *http)
{
    if (http == NULL)
        return;
    ost_http_pool_destroy(http->pool);
    if (http->lws != NULL) {
        ost_http_inbox_drain(http);
        lws_context_destroy(http->lws);
        ost_http_memory_end();
    }
    ost_http_inbox_drain(http);
    if (http->loop != NULL) {
        ev_timer_stop(http->loop, &http->tidy);
        ev_loop_destroy(http->loop);
    }
    ost_http_limit_destroy(http->limit);
    ost_http_files_destroy(http->files);
    (void)pthread_mutex_destroy(&http->inbox_lock);
    free(http->session);
    free(http->scratch);
    free(http);
}

uint16_t ost_http_port(const struct ost_http *http)
{
    return http->port;
}

void ost_http_stop(struct ost_http *http)
{
    atomic_store(&http->stop, true);
    lws_cancel_service(http->lws);
}

/* What still has to be said to somebody. */
static bool is_busy(const struct ost_http *http)
{
    if (http->working > 0)
        return true;
    for (const struct ost_http_conn *c = http->conn; c != NULL; c = c->next) {
        if (c->state == OST_HTTP_WRITE || c->state == OST_HTTP_SESSION)
            return true;
    }
    return false;
}

static void run_once(struct ost_http *http)
{
    http->round++;
    (void)ev_run(http->loop, EVRUN_ONCE);
    ost_http_memory_settle();
}

void ost_http_run(struct ost_http *http)
{
    while (!atomic_load(&http->stop))
        run_once(http);
    http->stopping = true;
    ost_http_session_stop_all(http);
    ost_log(OST_LOG_INFO, "http.stop", "working=%zu", http->working);
    uint64_t until = ost_http_now_us() + (uint64_t)STOP_S * 1000000u;
    while (is_busy(http) && ost_http_now_us() < until)
        run_once(http);
}
