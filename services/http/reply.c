#include "services/http/http_impl.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static const struct {
    unsigned status;
    const char *text;
} phrase[] = {
    {200, "OK"},
    {201, "Created"},
    {204, "No Content"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {411, "Length Required"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {422, "Unprocessable Content"},
    {426, "Upgrade Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
};

static const char *phrase_of(unsigned status)
{
    for (size_t i = 0; i < sizeof phrase / sizeof phrase[0]; i++) {
        if (phrase[i].status == status)
            return phrase[i].text;
    }
    return "Answer";
}

static void forget(struct ost_http_reply *reply)
{
    ost_buf_fini(&reply->body);
    reply->header_len = 0;
    reply->bytes = NULL;
    reply->len = 0;
    reply->cached = false;
}

void ost_http_reply_header(struct ost_http_request *request, const char *name, const char *value)
{
    struct ost_http_reply *reply = &request->reply;
    size_t room = sizeof reply->header - reply->header_len;
    /* A line break in a value would let its author write headers, or a body. */
    if (strpbrk(value, "\r\n") != NULL)
        return;
    int len = snprintf(reply->header + reply->header_len, room, "%s: %s\r\n", name, value);
    if (len < 0 || (size_t)len >= room) {
        reply->header[reply->header_len] = '\0';
        return;
    }
    reply->header_len += (size_t)len;
    if (strcmp(name, "Cache-Control") == 0)
        reply->cached = true;
}

void ost_http_reply_take(struct ost_http_request *request, unsigned status,
                         const char *content_type, struct ost_buf *body)
{
    struct ost_http_reply *reply = &request->reply;
    struct ost_err err;
    if (!ost_buf_done(body, &err)) {
        ost_buf_fini(body);
        ost_http_reply_error(request, 500, "bug", NULL,
                             "The answer was too long for the server. Please tell who runs it.");
        return;
    }
    reply->status = status;
    reply->body = *body;
    ost_buf_init(body, 0);
    reply->bytes = reply->body.ptr;
    reply->len = reply->body.len;
    ost_http_reply_header(request, "Content-Type", content_type);
}

void ost_http_reply_text(struct ost_http_request *request, unsigned status,
                         const char *content_type, const char *text)
{
    struct ost_buf body;
    ost_buf_init(&body, strlen(text));
    ost_buf_text(&body, text);
    ost_http_reply_take(request, status, content_type, &body);
}

void ost_http_reply_empty(struct ost_http_request *request, unsigned status)
{
    request->reply.status = status;
}

/* As a JSON string; what is no plain ASCII is replaced, as our texts have none. */
static void put_string(struct ost_buf *out, const char *text)
{
    ost_buf_text(out, "\"");
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            ost_buf_text(out, "\\");
        ost_buf_put_u8(out, c < 0x20 || c > 0x7e ? '?' : c);
    }
    ost_buf_text(out, "\"");
}

void ost_http_reply_error(struct ost_http_request *request, unsigned status, const char *code,
                          const char *reason, const char *text)
{
    forget(&request->reply);
    struct ost_buf body;
    ost_buf_init(&body, 4096);
    ost_buf_text(&body, "{\"error\":{\"code\":");
    put_string(&body, code);
    ost_buf_text(&body, ",\"reason\":");
    put_string(&body, reason == NULL ? code : reason);
    ost_buf_text(&body, ",\"text\":");
    put_string(&body, text);
    ost_buf_print(&body, ",\"request\":\"%s\"}}", request->id);
    ost_http_reply_take(request, status, "application/json", &body);
}

void ost_http_reply_refuse(struct ost_http_request *request, unsigned status, const char *code,
                           const char *reason, const char *text)
{
    ost_http_reply_error(request, status, code, reason, text);
    request->reply.close = true;
}

bool ost_http_reply_known(struct ost_http_request *request, const char *etag)
{
    const char *has = request->header[OST_HTTP_IF_NONE_MATCH];
    char tag[160];
    int len = snprintf(tag, sizeof tag, "\"%s\"", etag);
    if (len < 0 || (size_t)len >= sizeof tag)
        return false;
    ost_http_reply_header(request, "ETag", tag);
    ost_http_reply_header(request, "Cache-Control", "private, no-cache");
    if (has == NULL || strstr(has, tag) == NULL)
        return false;
    request->reply.status = 304;
    return true;
}

unsigned ost_http_reply_status(const struct ost_http_request *request)
{
    return request->reply.status;
}

/* Everywhere: nothing guesses, nothing frames, nothing leaks where we came from. */
static const char always[] = "X-Content-Type-Options: nosniff\r\n"
                             "Referrer-Policy: same-origin\r\n"
                             "Cross-Origin-Resource-Policy: same-origin\r\n"
                             "Cross-Origin-Opener-Policy: same-origin\r\n"
                             "Strict-Transport-Security: max-age=31536000\r\n";

/* Where the answer says nothing else: never stored, never run. */
static const char data_only[] =
    "Cache-Control: no-store\r\n"
    "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n";

static const char inert[] =
    "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n";

static const char *default_lines(const struct ost_http_reply *reply)
{
    if (reply->file != NULL)
        return "";
    return reply->cached ? inert : data_only;
}

static void date_text(char text[40])
{
    time_t now = time(NULL);
    struct tm utc;
    text[0] = '\0';
    if (gmtime_r(&now, &utc) != NULL)
        (void)strftime(text, 40, "%a, %d %b %Y %H:%M:%S GMT", &utc);
}

size_t ost_http_reply_head(const struct ost_http_request *request, char *out, size_t size)
{
    const struct ost_http_reply *reply = &request->reply;
    char date[40], length[48] = "";
    date_text(date);
    bool bare = reply->status == 204 || reply->status == 304;
    if (!bare)
        (void)snprintf(length, sizeof length, "Content-Length: %zu\r\n", reply->len);
    int len =
        snprintf(out, size, "HTTP/1.1 %u %s\r\nDate: %s\r\nX-Request-Id: %s\r\n%s%s%s%.*s%s\r\n",
                 reply->status, phrase_of(reply->status), date, request->id, length, always,
                 default_lines(reply), (int)reply->header_len, reply->header,
                 reply->close ? "Connection: close\r\n" : "");
    return len < 0 || (size_t)len >= size ? 0 : (size_t)len;
}
