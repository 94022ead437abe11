#include "services/store/s3_impl.h"

#include <stdio.h>
#include <string.h>

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

static bool wrong(struct ost_err *err)
{
    return ost_fail(err, OST_INVALID,
                    "OSTEON_BLOB_S3_URL is not https://host[:port]/bucket[/prefix]");
}

/* The machine itself, by a name nobody else can give. */
static bool is_loopback(const char *host, size_t len)
{
    static const char *const name[] = {"localhost", "127.0.0.1", "[::1]"};
    for (size_t i = 0; i < sizeof name / sizeof name[0]; i++)
        if (strlen(name[i]) == len && memcmp(name[i], host, len) == 0)
            return true;
    return false;
}

/* Its length up to the port, 0 where it is none. */
static size_t host_length(const char *text)
{
    if (text[0] != '[')
        return strspn(text, LETTERS ".-");
    size_t len = 1 + strspn(text + 1, "0123456789abcdefABCDEF:.");
    return text[len] == ']' ? len + 1 : 0;
}

/* ":443" of https and ":80" of http stand in no Host. */
static bool read_host(const char *text, struct ost_s3_url *out, size_t *len, struct ost_err *err)
{
    size_t host = host_length(text), port = 0;
    if (text[host] == ':')
        port = 1 + strspn(text + host + 1, "0123456789");
    *len = host + port;
    if (host == 0 || host > 255 || port == 1 || port > 6 || text[*len] != '/')
        return wrong(err);
    if (!out->secure && !is_loopback(text, host)) {
        return ost_fail(err, OST_INVALID,
                        "OSTEON_BLOB_S3_URL: http:// is for the loopback only; use https://");
    }
    const char *usual = out->secure ? ":443" : ":80";
    bool plain = port == strlen(usual) && memcmp(text + host, usual, port) == 0;
    (void)snprintf(out->host, sizeof out->host, "%.*s", (int)(plain ? host : *len), text);
    (void)snprintf(out->server, sizeof out->server, "%s%.*s", out->secure ? "https://" : "http://",
                   (int)*len, text);
    return true;
}

static bool read_path(const char *text, struct ost_s3_url *out, struct ost_err *err)
{
    size_t bucket = strspn(text, LETTERS ".-_");
    const char *prefix = text + bucket + (text[bucket] == '/' ? 1 : 0);
    size_t len = strspn(prefix, LETTERS ".-_/");
    if (bucket < 3 || bucket > 255 || strstr(text, "..") != NULL || prefix[len] != '\0' ||
        len > 200 || strstr(prefix, "//") != NULL || prefix[0] == '/')
        return wrong(err);
    while (len > 0 && prefix[len - 1] == '/')
        len--;
    (void)snprintf(out->bucket, sizeof out->bucket, "/%.*s", (int)bucket, text);
    (void)snprintf(out->prefix, sizeof out->prefix, "%.*s%s", (int)len, prefix,
                   len == 0 ? "" : "/");
    return true;
}

bool ost_s3_url_read(const char *text, struct ost_s3_url *out, struct ost_err *err)
{
    static const char secure[] = "https://", open[] = "http://";
    size_t len = 0;
    *out = (struct ost_s3_url){.secure = strncmp(text, secure, sizeof secure - 1) == 0};
    if (!out->secure && strncmp(text, open, sizeof open - 1) != 0)
        return wrong(err);
    text += out->secure ? sizeof secure - 1 : sizeof open - 1;
    return read_host(text, out, &len, err) && read_path(text + len + 1, out, err);
}
