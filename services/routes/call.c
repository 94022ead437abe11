#include "services/log/log.h"
#include "services/routes/call_impl.h"
#include "services/routes/pace_impl.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define COOKIE "__Host-osteon"

/* The one table of errors and statuses. `told`: the message is for the caller to read. */
static const struct {
    enum ost_code code;
    unsigned status;
    const char *instead; /* what is said where the message is not told */
} table[] = {
    {OST_INVALID, 400, NULL},
    {OST_NOT_FOUND, 404, "There is no such thing here."},
    {OST_DENIED, 403, NULL},
    {OST_CONFLICT, 409, NULL},
    {OST_LIMIT, 413, NULL},
    {OST_UNSUPPORTED, 415, NULL},
    {OST_CORRUPT, 422, NULL},
    {OST_UNAVAILABLE, 503, "The server cannot reach what it needs; try again in a minute."},
    {OST_CANCELLED, 409, NULL},
    {OST_NOMEM, 503, "The server is short of memory; try again in a minute."},
    {OST_BUG, 500, "The server made a mistake. Please tell who runs it, with the request's id."},
};

#define ROWS (sizeof table / sizeof table[0])

static size_t row_of(enum ost_code code)
{
    size_t i = 0;
    while (i + 1 < ROWS && table[i].code != code)
        i++;
    return i;
}

unsigned ost_call_status(enum ost_code code)
{
    return table[row_of(code)].status;
}

/* --- decode ---------------------------------------------------------------- */

static bool number_of(const char *text, int64_t *out)
{
    size_t len = text == NULL ? 0 : strlen(text);
    if (len == 0 || len > 18 || strspn(text, "0123456789") != len)
        return false;
    *out = strtoll(text, NULL, 10);
    return true;
}

bool ost_call_id(struct ost_call *call, size_t i, int64_t *out, struct ost_err *err)
{
    if (number_of(ost_http_request_param(call->request, i), out) && *out > 0)
        return true;
    return ost_fail(err, OST_NOT_FOUND, "no such id");
}

bool ost_call_query(struct ost_call *call, const char *name, int64_t fallback, int64_t *out,
                    struct ost_err *err)
{
    const char *text = ost_http_request_query(call->request, name);
    *out = fallback;
    if (text == NULL || number_of(text, out))
        return true;
    return ost_fail(err, OST_INVALID, "'%s' takes a whole number", name);
}

static bool load(struct ost_call *call, struct ost_err *err)
{
    size_t len;
    const unsigned char *bytes = ost_http_request_body(call->request, &len);
    json_error_t error;
    const char *text = bytes == NULL ? "" : (const char *)bytes;
    call->body = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
    if (call->body == NULL) {
        return ost_call_refuse(call, err, OST_INVALID, "malformed",
                               "the body is not JSON (line %d, column %d)", error.line,
                               error.column);
    }
    return true;
}

bool ost_call_json(struct ost_call *call, struct ost_err *err, const char *format, ...)
{
    json_error_t error;
    va_list ap;
    if (!load(call, err))
        return false;
    va_start(ap, format);
    int wrong = json_vunpack_ex(call->body, &error, 0, format, ap);
    va_end(ap);
    /* jansson's message would quote the client's own words. */
    if (wrong != 0) {
        return ost_call_refuse(call, err, OST_INVALID, "malformed",
                               "the body's members are not the ones that are asked for here");
    }
    return true;
}

bool ost_call_no_body(struct ost_call *call, struct ost_err *err)
{
    size_t len;
    (void)ost_http_request_body(call->request, &len);
    return len == 0 || ost_call_json(call, err, "{!}");
}

/* --- allow ------------------------------------------------------------------ */

bool ost_call_begin(struct ost_call *call, enum ost_right right, int64_t case_id,
                    struct ost_err *err)
{
    return ost_db_begin(call->db, &call->session.who, err) &&
           ost_auth_may(call->db, &call->session, right, case_id, err);
}

bool ost_call_seen(struct ost_call *call, const struct ost_audit *seen, struct ost_err *err)
{
    struct ost_audit told = *seen;
    told.abroad = true;
    return ost_db_audit_add(call->db, &told, err);
}

bool ost_call_slow(struct ost_call *call, enum ost_slow work, struct ost_err *err)
{
    if (ost_gate_enter(call->app->gate, work, call->session.who.user, err))
        return true;
    call->reason = "busy";
    call->retry_after = 1;
    return false;
}

void ost_call_done(struct ost_call *call, enum ost_slow work)
{
    ost_gate_leave(call->app->gate, work, call->session.who.user);
}

/* --- answer ------------------------------------------------------------------ */

json_t *ost_json_text(const char *text)
{
    return text == NULL || text[0] == '\0' ? json_null() : json_string(text);
}

static int put(const char *bytes, size_t len, void *out)
{
    ost_buf_put(out, bytes, len);
    return 0;
}

bool ost_call_answer(struct ost_call *call, unsigned status, json_t *json)
{
    struct ost_buf body;
    ost_buf_init(&body, (size_t)64 * 1024 * 1024);
    if (json == NULL || json_dump_callback(json, put, &body, JSON_COMPACT) != 0)
        body.failed = true;
    json_decref(json);
    ost_http_reply_take(call->request, status, "application/json", &body);
    return true;
}

bool ost_call_answer_empty(struct ost_call *call)
{
    ost_http_reply_empty(call->request, 204);
    return true;
}

void ost_call_cookie(struct ost_call *call, const char *token)
{
    (void)snprintf(call->cookie, sizeof call->cookie,
                   COOKIE "=%s; Path=/; Secure; HttpOnly; SameSite=Strict%s",
                   token == NULL ? "" : token, token == NULL ? "; Max-Age=0" : "");
}

static void answer_error(struct ost_call *call, const struct ost_err *err)
{
    size_t row = row_of(err->code);
    unsigned status = call->status == 0 ? table[row].status : call->status;
    const char *text =
        table[row].instead == NULL || call->reason != NULL ? err->msg : table[row].instead;
    if (status >= 500) {
        ost_log(OST_LOG_WARN, "api.failed", "request=%s", ost_http_request_id(call->request));
        ost_log_err(OST_LOG_WARN, "api.error", err);
    }
    ost_http_reply_error(call->request, status, ost_code_name(err->code), call->reason, text);
    /* Whoever was here, a guest above all, leaves no pictures in the browser. */
    if (status == 401 && ost_http_request_cookie(call->request, COOKIE) != NULL)
        ost_http_reply_header(call->request, "Clear-Site-Data", "\"cache\"");
}

static void retry_after(struct ost_call *call)
{
    char seconds[24];
    (void)snprintf(seconds, sizeof seconds, "%" PRId64, call->retry_after);
    ost_http_reply_header(call->request, "Retry-After", seconds);
}

/* --- the frame round every handler ---------------------------------------------- */

/* What a guest may ask for at all stands in the table; the rights are asked besides. */
static bool is_for(struct ost_call *call, const struct ost_row *row, struct ost_err *err)
{
    return call->session.role != OST_ROLE_GUEST || row->whom == OST_ROW_GUEST ||
           ost_call_refuse(call, err, OST_DENIED, "guest", "A guest may not do this.");
}

/* What a guest was refused is listed to the owner, as what he saw is. */
static void tell_refused(struct ost_call *call, const struct ost_row *row,
                         const struct ost_err *why)
{
    char detail[80];
    struct ost_err err;
    if (call->session.role != OST_ROLE_GUEST ||
        (why->code != OST_DENIED && why->code != OST_NOT_FOUND))
        return;
    ost_db_end(call->db);
    (void)snprintf(detail, sizeof detail, "{\"what\":\"%s\"}", row->name);
    if (!ost_auth_guest_tell(call->db, &call->session, "guest.refused", detail, &err))
        ost_log_err(OST_LOG_WARN, "api.guest_refused", &err);
}

static bool sign_in_again(struct ost_call *call, struct ost_err *err)
{
    call->status = 401;
    ost_call_cookie(call, NULL);
    return ost_call_refuse(call, err, OST_DENIED, "sign_in", "Please sign in.");
}

static bool open_session(struct ost_call *call, struct ost_err *err)
{
    char fresh[OST_AUTH_TOKEN];
    const char *token = ost_http_request_cookie(call->request, COOKIE);
    if (token == NULL)
        return sign_in_again(call, err);
    if (!ost_auth_check(call->app->auth, call->db, token, &call->session, fresh, err))
        return err->code == OST_DENIED ? sign_in_again(call, err) : false;
    ost_http_request_person(call->request, call->session.who.user);
    if (fresh[0] != '\0')
        ost_call_cookie(call, fresh);
    return true;
}

static bool in_pace(struct ost_call *call, struct ost_err *err)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    call->retry_after = ost_pace_ask(call->app->pace, call->session.who.user,
                                     (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000);
    if (call->retry_after == 0)
        return true;
    call->status = 429;
    return ost_call_refuse(call, err, OST_LIMIT, "too_many_requests",
                           "Too many requests from this account; wait a moment.");
}

void ost_call_admit(struct ost_http_request *request, void *user)
{
    struct ost_desk *desk = user;
    const struct ost_row *row = ost_http_request_detail(request);
    struct ost_err err = {0};
    struct ost_call call = {.app = desk->app,
                            .request = request,
                            .db = desk->db,
                            .arena = ost_http_request_arena(request)};
    if (row->whom != OST_ROW_OPEN && (!open_session(&call, &err) || !is_for(&call, row, &err))) {
        tell_refused(&call, row, &err);
        answer_error(&call, &err);
    }
    if (call.cookie[0] != '\0') /* stays with the request until its answer */
        ost_http_reply_header(request, "Set-Cookie", call.cookie);
    ost_db_end(call.db);
}

void ost_call_serve(struct ost_http_request *request, void *user)
{
    struct ost_desk *desk = user;
    const struct ost_row *row = ost_http_request_detail(request);
    struct ost_err err = {0};
    struct ost_call call = {.app = desk->app,
                            .request = request,
                            .db = desk->db,
                            .arena = ost_http_request_arena(request)};
    bool ok = row->whom == OST_ROW_OPEN ||
              (open_session(&call, &err) && in_pace(&call, &err) && is_for(&call, row, &err));
    if (!ok || !row->act(&call, &err)) {
        tell_refused(&call, row, &err);
        answer_error(&call, &err);
    }
    if (call.cookie[0] != '\0')
        ost_http_reply_header(request, "Set-Cookie", call.cookie);
    if (call.retry_after > 0)
        retry_after(&call);
    ost_db_end(call.db);
    json_decref(call.body);
}
