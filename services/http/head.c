/*
 * From what libwebsockets parsed to a request of ours. It is lenient where we are
 * not: a length must be plain digits and stated once, and a body cut in chunks is
 * refused, so that nobody in front of us can disagree about where a request ends.
 */
#include "recon/base/array.h"
#include "services/http/conn_impl.h"

#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_MOST  1024
#define QUERY_MOST 1024
#define SLACK      (6 * 1024) /* a TLS handshake and the frames of records */

static const struct {
    enum lws_token_indexes token;
    int most;
} known[OST_HTTP_HEADER_COUNT] = {
    [OST_HTTP_HOST] = {WSI_TOKEN_HOST, 256},
    [OST_HTTP_ORIGIN] = {WSI_TOKEN_ORIGIN, 256},
    [OST_HTTP_COOKIE] = {WSI_TOKEN_HTTP_COOKIE, 4096},
    [OST_HTTP_CONTENT_TYPE] = {WSI_TOKEN_HTTP_CONTENT_TYPE, 128},
    [OST_HTTP_IF_NONE_MATCH] = {WSI_TOKEN_HTTP_IF_NONE_MATCH, 1024},
    [OST_HTTP_ACCEPT_ENCODING] = {WSI_TOKEN_HTTP_ACCEPT_ENCODING, 256},
    [OST_HTTP_USER_AGENT] = {WSI_TOKEN_HTTP_USER_AGENT, 512},
    [OST_HTTP_UPLOAD_OFFSET] = {WSI_TOKEN_COUNT, 32}, /* no token: found by its name */
};

uint64_t ost_http_conn_received(const struct ost_http_conn *conn)
{
    SSL *tls = lws_get_ssl(conn->wsi);
    BIO *in = tls == NULL ? NULL : SSL_get_rbio(tls);
    return in == NULL ? 0 : BIO_number_read(in);
}

static bool too_large(struct ost_http_request *request)
{
    ost_http_reply_refuse(request, 431, "limit", "headers_too_large",
                          "The request's headers are too large; 8 KiB are taken. Clearing this "
                          "site's cookies may help.");
    return false;
}

static bool wrong(struct ost_http_request *request, const char *text)
{
    ost_http_reply_refuse(request, 400, "invalid", "malformed", text);
    return false;
}

static bool copy_token(struct lws *wsi, struct ost_http_request *request,
                       enum lws_token_indexes token, int most, char **out)
{
    int len = lws_hdr_total_length(wsi, token);
    *out = NULL;
    if (len <= 0)
        return true;
    char text[4097];
    if (len > most || lws_hdr_copy(wsi, text, (int)sizeof text, token) < 0)
        return too_large(request);
    *out = ost_arena_text(request->arena, text, strlen(text));
    return *out != NULL || too_large(request);
}

static bool copy_custom(struct lws *wsi, struct ost_http_request *request, const char *name,
                        char **out)
{
    char text[64];
    int name_len = (int)strlen(name);
    *out = NULL;
    if (lws_hdr_custom_length(wsi, name, name_len) < 0)
        return true;
    if (lws_hdr_custom_copy(wsi, text, (int)sizeof text, name, name_len) < 0)
        return too_large(request);
    *out = ost_arena_text(request->arena, text, strlen(text));
    return *out != NULL || too_large(request);
}

static bool read_headers(struct lws *wsi, struct ost_http_request *request)
{
    for (size_t i = 0; i < OST_HTTP_HEADER_COUNT; i++) {
        bool ok =
            known[i].token == WSI_TOKEN_COUNT
                ? copy_custom(wsi, request, "upload-offset:", &request->header[i])
                : copy_token(wsi, request, known[i].token, known[i].most, &request->header[i]);
        if (!ok)
            return false;
    }
    return true;
}

static bool read_method(int method, struct ost_http_request *request)
{
    static const enum ost_http_method ours[] = {
        [LWSHUMETH_GET] = OST_HTTP_GET,       [LWSHUMETH_POST] = OST_HTTP_POST,
        [LWSHUMETH_PUT] = OST_HTTP_PUT,       [LWSHUMETH_PATCH] = OST_HTTP_PATCH,
        [LWSHUMETH_DELETE] = OST_HTTP_DELETE, [LWSHUMETH_HEAD] = OST_HTTP_GET,
    };
    if (method < 0 || method == LWSHUMETH_OPTIONS || method == LWSHUMETH_CONNECT ||
        method > LWSHUMETH_HEAD) {
        ost_http_reply_refuse(request, 405, "unsupported", "method",
                              "This method is not used here.");
        return false;
    }
    request->method = ours[method];
    request->head = method == LWSHUMETH_HEAD;
    return true;
}

static bool read_path(struct ost_http_request *request, const char *path, int len)
{
    if (len <= 0 || len > PATH_MOST)
        return wrong(request, "The path is empty or longer than 1024 bytes.");
    for (int i = 0; i < len; i++) {
        if ((unsigned char)path[i] < 0x21 || (unsigned char)path[i] > 0x7e)
            return wrong(request, "The path holds bytes that no address here has.");
    }
    request->path = ost_arena_text(request->arena, path, (size_t)len);
    return request->path != NULL || too_large(request);
}

static bool read_query(struct lws *wsi, struct ost_http_request *request)
{
    char text[QUERY_MOST];
    for (int i = 0; lws_hdr_fragment_length(wsi, WSI_TOKEN_HTTP_URI_ARGS, i) > 0; i++) {
        if (request->query_count == OST_HTTP_QUERY_MOST ||
            lws_hdr_copy_fragment(wsi, text, (int)sizeof text, WSI_TOKEN_HTTP_URI_ARGS, i) < 0)
            return wrong(request, "The query is longer than any that is understood here.");
        char *own = ost_arena_text(request->arena, text, strlen(text));
        if (own == NULL)
            return too_large(request);
        request->query[request->query_count++] = own;
    }
    return true;
}

/*
 * A blank before the colon makes another header of it for the library, which for somebody
 * in front of us may still be the one that says where the body ends.
 */
static bool blank_before_colon(struct lws *wsi)
{
    static const char *const name[] = {"transfer-encoding", "content-length"};
    static const char *const blank[] = {" ", "\t", "  ", " \t", "\t ", "\t\t"};
    char text[32];
    for (size_t i = 0; i < OST_COUNT(name); i++) {
        for (size_t j = 0; j < OST_COUNT(blank); j++) {
            int len = snprintf(text, sizeof text, "%s%s:", name[i], blank[j]);
            if (lws_hdr_custom_length(wsi, text, len) >= 0)
                return true;
        }
    }
    return false;
}

/* The length of the body; `*stated` false where the client left it out. */
static bool read_length(struct lws *wsi, struct ost_http_request *request, uint64_t *out,
                        bool *stated)
{
    *out = 0;
    *stated = lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH) > 0;
    if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0) {
        ost_http_reply_refuse(request, 411, "unsupported", "length_required",
                              "Send the body with a Content-Length; chunked bodies are not taken.");
        return false;
    }
    if (blank_before_colon(wsi))
        return wrong(request, "No blank stands before the colon of a header.");
    if (!*stated)
        return true;
    char text[24];
    int len = lws_hdr_copy(wsi, text, (int)sizeof text, WSI_TOKEN_HTTP_CONTENT_LENGTH);
    if (len <= 0 || len > 18 || strspn(text, "0123456789") != (size_t)len)
        return wrong(request, "Content-Length must be one plain number.");
    *out = strtoull(text, NULL, 10);
    return true;
}

bool ost_http_head_read(struct ost_http_conn *conn, struct ost_http_request *request)
{
    struct lws *wsi = conn->wsi;
    char *path = NULL;
    int path_len = 0;
    uint64_t length;
    bool stated;
    if (lws_get_peer_simple(wsi, request->address, sizeof request->address) == NULL)
        request->address[0] = '\0';
    int method = lws_http_get_uri_and_method(wsi, &path, &path_len);
    if (!read_length(wsi, request, &length, &stated)) {
        conn->unread = true;
        return false;
    }
    conn->unread = length > 0 || (!stated && method != LWSHUMETH_GET);
    conn->expected = length;
    /* Part of the body may have come in the same breath as the headers. */
    const uint64_t two = (uint64_t)OST_HTTP_CHUNK * 2;
    uint64_t breath = length < two ? length : two;
    if (ost_http_conn_received(conn) - conn->raw_mark > OST_HTTP_HEADERS_MOST + SLACK + breath)
        return too_large(request);
    return read_method(method, request) && read_path(request, path, path_len) &&
           read_query(wsi, request) && read_headers(wsi, request);
}
