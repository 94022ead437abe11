/*
 * One request as a handler sees it, and its answer. A handler runs alone with its
 * request; every text it is given lives as long as the request does.
 */
#ifndef OST_HTTP_REQUEST_H
#define OST_HTTP_REQUEST_H

#include "recon/base/arena.h"
#include "recon/base/buf.h"
#include "services/http/http.h"

OST_C_BEGIN

enum ost_http_header {
    OST_HTTP_HOST,
    OST_HTTP_ORIGIN,
    OST_HTTP_COOKIE,
    OST_HTTP_CONTENT_TYPE,
    OST_HTTP_IF_NONE_MATCH,
    OST_HTTP_ACCEPT_ENCODING,
    OST_HTTP_USER_AGENT,
    OST_HTTP_UPLOAD_OFFSET,
    OST_HTTP_HEADER_COUNT,
};

enum { OST_HTTP_ID_TEXT = 17, OST_HTTP_ADDRESS_TEXT = 46 };

enum ost_http_method ost_http_request_method(const struct ost_http_request *request);
const char *ost_http_request_path(const struct ost_http_request *request);
const void *ost_http_request_detail(const struct ost_http_request *request);

/* Whose request it is (above 0); unsaid, what it is answered counts for the address. */
void ost_http_request_person(struct ost_http_request *request, int64_t person);

/* 16 hex digits, made here, in every answer and every log line of the request. */
const char *ost_http_request_id(const struct ost_http_request *request);
const char *ost_http_request_address(const struct ost_http_request *request);

/* NULL where the client did not send it. */
const char *ost_http_request_header(const struct ost_http_request *request,
                                    enum ost_http_header header);
const char *ost_http_request_cookie(struct ost_http_request *request, const char *name);

/* The text that stood for the i-th ":word" of the route. */
const char *ost_http_request_param(const struct ost_http_request *request, size_t i);

/* The decoded value of `name` in the query, NULL without it. */
const char *ost_http_request_query(const struct ost_http_request *request, const char *name);

/* The whole body; NULL and 0 without one. */
const unsigned char *ost_http_request_body(const struct ost_http_request *request, size_t *len);

/* Memory that ends with the request (32 MiB at most). */
struct ost_arena *ost_http_request_arena(struct ost_http_request *request);

/* --- the answer ------------------------------------------------------------ */

/* Takes `body` (also when it failed, which makes the answer a 500). */
void ost_http_reply_take(struct ost_http_request *request, unsigned status,
                         const char *content_type, struct ost_buf *body);
void ost_http_reply_text(struct ost_http_request *request, unsigned status,
                         const char *content_type, const char *text);
void ost_http_reply_empty(struct ost_http_request *request, unsigned status);

/*
 * {"error":{"code","reason","text","request"}}. `code` is one of ost_code_name(),
 * `reason` a finer fixed word for the page to translate (NULL: the code), `text`
 * says what to do.
 */
void ost_http_reply_error(struct ost_http_request *request, unsigned status, const char *code,
                          const char *reason, const char *text);

/* One more header line; without it an answer is `Cache-Control: no-store`. */
void ost_http_reply_header(struct ost_http_request *request, const char *name, const char *value);

/*
 * Marks the answer with a strong ETag, kept by the browser and asked about each
 * time. True where the client has it already: the answer is then a 304.
 */
OST_MUST_CHECK bool ost_http_reply_known(struct ost_http_request *request, const char *etag);

/* The status the answer has so far; 0 before there is one. */
unsigned ost_http_reply_status(const struct ost_http_request *request);

OST_C_END

#endif
