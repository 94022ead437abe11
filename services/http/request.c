#include "services/http/http_impl.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>

#define ARENA_BYTES ((size_t)32 * 1024 * 1024)

uint64_t ost_http_now_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

static bool make_id(char id[OST_HTTP_ID_TEXT], struct ost_err *err)
{
    unsigned char random[(OST_HTTP_ID_TEXT - 1) / 2];
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        return ost_fail(err, OST_UNAVAILABLE, "http: no random numbers");
    for (size_t i = 0; i < sizeof random; i++) {
        id[2 * i] = "0123456789abcdef"[random[i] >> 4];
        id[2 * i + 1] = "0123456789abcdef"[random[i] & 15];
    }
    id[OST_HTTP_ID_TEXT - 1] = '\0';
    return true;
}

bool ost_http_request_create(struct ost_http_request **out, struct ost_http *http,
                             struct ost_err *err)
{
    *out = NULL;
    OST_AUTO(ost_http_request) request = calloc(1, sizeof *request);
    if (request == NULL)
        return ost_fail(err, OST_NOMEM, "http: a request");
    request->http = http;
    request->began_us = ost_http_now_us();
    if (!ost_arena_create(&request->arena, ARENA_BYTES, err) || !make_id(request->id, err))
        return false;
    *out = ost_steal(&request);
    return true;
}

void ost_http_request_destroy(struct ost_http_request *request)
{
    if (request == NULL)
        return;
    if (request->body != NULL) {
        /* Passwords and films: the pages go back empty. */
        (void)munmap(request->body, request->body_len);
        ost_http_limit_release(request->http->limit, request->peer, request->body_len);
    }
    ost_buf_fini(&request->reply.body);
    ost_http_file_release(request->reply.file);
    ost_arena_destroy(request->arena);
    free(request);
}

bool ost_http_request_expect(struct ost_http_request *request, struct ost_http_peer *peer,
                             size_t len, struct ost_err *err)
{
    struct ost_http_limit *limit = request->http->limit;
    if (!ost_http_limit_hold(limit, peer, len))
        return ost_fail(err, OST_UNAVAILABLE, "http: too many bodies are held");
    void *body = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (body == MAP_FAILED) {
        ost_http_limit_release(limit, peer, len);
        return ost_fail(err, OST_NOMEM, "http: a body of %zu bytes", len);
    }
    request->peer = peer;
    request->body = body;
    request->body_len = len;
    return true;
}

enum ost_http_method ost_http_request_method(const struct ost_http_request *request)
{
    return request->method;
}

const char *ost_http_request_path(const struct ost_http_request *request)
{
    return request->path;
}

const void *ost_http_request_detail(const struct ost_http_request *request)
{
    return request->route == NULL ? NULL : request->route->detail;
}

void ost_http_request_person(struct ost_http_request *request, int64_t person)
{
    request->person = person;
}

const char *ost_http_request_id(const struct ost_http_request *request)
{
    return request->id;
}

const char *ost_http_request_address(const struct ost_http_request *request)
{
    return request->address;
}

const char *ost_http_request_header(const struct ost_http_request *request,
                                    enum ost_http_header header)
{
    return request->header[header];
}

const char *ost_http_request_cookie(struct ost_http_request *request, const char *name)
{
    const char *at = request->header[OST_HTTP_COOKIE];
    size_t name_len = strlen(name);
    while (at != NULL && *at != '\0') {
        at += strspn(at, "; ");
        size_t len = strcspn(at, ";");
        if (len > name_len && strncmp(at, name, name_len) == 0 && at[name_len] == '=')
            return ost_arena_text(request->arena, at + name_len + 1, len - name_len - 1);
        at += len;
    }
    return NULL;
}

const char *ost_http_request_param(const struct ost_http_request *request, size_t i)
{
    return i < request->param_count ? request->param[i] : NULL;
}

const char *ost_http_request_query(const struct ost_http_request *request, const char *name)
{
    size_t len = strlen(name);
    for (size_t i = 0; i < request->query_count; i++) {
        if (strncmp(request->query[i], name, len) == 0 && request->query[i][len] == '=')
            return request->query[i] + len + 1;
    }
    return NULL;
}

const unsigned char *ost_http_request_body(const struct ost_http_request *request, size_t *len)
{
    *len = request->body_got;
    return request->body;
}

struct ost_arena *ost_http_request_arena(struct ost_http_request *request)
{
    return request->arena;
}
