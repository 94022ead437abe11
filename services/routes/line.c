#include "recon/plan/twin.h"
#include "services/log/log.h"
#include "services/routes/line_impl.h"

#include <string.h>
#include <time.h>

void ost_live_say(struct ost_http *http, uint64_t socket, bool cbor, const char *json)
{
    struct ost_buf text;
    struct ost_err err;
    ost_buf_init(&text, 4096);
    if (!cbor) {
        ost_buf_text(&text, json);
    } else if (!ost_twin_cbor(json, strlen(json), &text, &err)) {
        ost_log_err(OST_LOG_ERROR, "live.twin", &err);
    }
    if (!text.failed)
        ost_http_socket_send(http, socket, OST_HTTP_LASTING, 0, (const char *)text.ptr, text.len);
    ost_buf_fini(&text);
}

static void line_send(void *user, uint64_t socket, uint64_t key, const char *text, size_t len)
{
    struct ost_http *const *http = user;
    ost_http_socket_send(*http, socket, key == 0 ? OST_HTTP_LASTING : OST_HTTP_PASSING, key, text,
                         len);
}

static void line_send_all(void *user, const uint64_t *socket, size_t count, uint64_t key,
                          const char *text, size_t len)
{
    struct ost_http *const *http = user;
    ost_http_socket_send_all(*http, socket, count, key == 0 ? OST_HTTP_LASTING : OST_HTTP_PASSING,
                             key, text, len);
}

static void line_hold(void *user, bool held)
{
    struct ost_http *const *http = user;
    ost_http_hold(*http, held);
}

static void line_dismiss(void *user, uint64_t socket, const char *reason)
{
    struct ost_http *const *http = user;
    ost_http_socket_close(*http, socket, CLOSE_DISMISSED, reason);
}

static int64_t line_now_ms(void *user)
{
    struct timespec now;
    (void)user;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct ost_collab_line ost_live_line(struct ost_http **http)
{
    return (struct ost_collab_line){.user = http,
                                    .send = line_send,
                                    .send_all = line_send_all,
                                    .hold = line_hold,
                                    .dismiss = line_dismiss,
                                    .now_ms = line_now_ms};
}
