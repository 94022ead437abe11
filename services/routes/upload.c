/*
 * A file comes in: announced, sent in pieces that may be repeated after a lost
 * connection, and read by the sandbox when it is whole. What the sandbox cannot make
 * clean is gone with the upload.
 */
#include "services/log/log.h"
#include "services/routes/film_impl.h"
#include "services/routes/share_impl.h"
#include "services/routes/spool_impl.h"
#include "services/routes/table_impl.h"
#include "services/routes/waiting_impl.h"
#include "services/sandbox/intake.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PIECE_ASKED 1048576 /* bytes a client is asked to send at once */

static bool check(struct ost_call *call, const char *kind, int64_t bytes, struct ost_err *err)
{
    bool ct = strcmp(kind, "ct") == 0;
    int64_t most = (ct ? (int64_t)8 : call->app->film_mb) * 1024 * 1024;
    if (!ct && strcmp(kind, "film") != 0)
        return ost_call_refuse(call, err, OST_INVALID, "kind", "The kind is film or ct.");
    if (bytes < 1)
        return ost_call_refuse(call, err, OST_INVALID, "empty", "The file is empty.");
    if (bytes > most) {
        return ost_call_refuse(call, err, OST_LIMIT, "file_too_large",
                               "The file has %" PRId64 " bytes; at most %" PRId64 " are taken.",
                               bytes, most);
    }
    return true;
}

OST_ROUTE(upload_create)
{
    const char *kind;
    json_int_t bytes;
    char id[OST_SPOOL_ID];
    struct ost_upload upload = {.user = call->session.who.user,
                                .institution = call->session.who.institution};
    if (!ost_call_id(call, 0, &upload.case_id, err) ||
        !ost_call_json(call, err, "{s:I,s:s!}", "bytes", &bytes, "kind", &kind) ||
        !check(call, kind, bytes, err) ||
        !ost_call_begin(call, OST_RIGHT_UPLOAD, upload.case_id, err))
        return false;
    upload.ct = strcmp(kind, "ct") == 0;
    upload.bytes = (size_t)bytes;
    if (!ost_call_share(call, OST_USAGE_BYTES, bytes, err) ||
        !ost_film_has_room(call, upload.case_id, upload.ct, err) || !ost_db_commit(call->db, err) ||
        !ost_spool_add(call->app->spool, &upload, id, err)) {
        if (err->code == OST_LIMIT && call->reason == NULL)
            call->reason = "quota";
        return false;
    }
    return ost_call_answer(call, 201,
                           json_pack("{s:s,s:i,s:i}", "id", id, "offset", 0, "chunk", PIECE_ASKED));
}

static bool read_offset(struct ost_call *call, uint64_t *out, struct ost_err *err)
{
    const char *text = ost_http_request_header(call->request, OST_HTTP_UPLOAD_OFFSET);
    size_t len = text == NULL ? 0 : strlen(text);
    if (len == 0 || len > 18 || strspn(text, "0123456789") != len) {
        return ost_call_refuse(call, err, OST_INVALID, "upload_offset",
                               "Say where the piece belongs in the header Upload-Offset.");
    }
    *out = strtoull(text, NULL, 10);
    return true;
}

OST_ROUTE(upload_put)
{
    struct ost_piece piece;
    size_t offset;
    piece.ptr = ost_http_request_body(call->request, &piece.len);
    if (!read_offset(call, &piece.offset, err))
        return false;
    if (piece.len == 0)
        return ost_call_refuse(call, err, OST_INVALID, "empty", "The piece is empty.");
    if (!ost_spool_put(call->app->spool, ost_http_request_param(call->request, 0),
                       call->session.who.user, &piece, &offset, err)) {
        if (err->code == OST_CONFLICT)
            call->reason = "upload_offset";
        return false;
    }
    return ost_call_answer(call, 200, json_pack("{s:I}", "offset", (json_int_t)offset));
}

OST_ROUTE(upload_get)
{
    struct ost_upload upload;
    if (!ost_spool_look(call->app->spool, ost_http_request_param(call->request, 0),
                        call->session.who.user, &upload, err))
        return false;
    return ost_call_answer(call, 200,
                           json_pack("{s:I,s:I}", "offset", (json_int_t)upload.offset, "bytes",
                                     (json_int_t)upload.bytes));
}

OST_ROUTE(upload_delete)
{
    if (!ost_call_no_body(call, err))
        return false;
    ost_spool_drop(call->app->spool, ost_http_request_param(call->request, 0),
                   call->session.who.user);
    return ost_call_answer_empty(call);
}

/* The finer word for what the sandbox says of a file. */
static const char *word_of(enum ost_code code)
{
    switch (code) {
    case OST_LIMIT:
        return "file_limit";
    case OST_UNSUPPORTED:
        return "file_unsupported";
    case OST_CORRUPT:
    case OST_INVALID:
        return "file_broken";
    default:
        return NULL;
    }
}

static bool clean_up(struct ost_call *call, const struct ost_upload *upload,
                     struct ost_clean_dicom **out, struct ost_err *err)
{
    unsigned char key[OST_SHA256_BYTES];
    ost_film_key(call, key);
    const struct ost_intake_options options = {.key = key, .key_len = sizeof key};
    bool ok = ost_intake_run(upload->fd, &options, out, err);
    explicit_bzero(key, sizeof key);
    (void)close(upload->fd);
    if (!ok) {
        call->reason = word_of(err->code);
        ost_log(OST_LOG_INFO, "upload.refused", "request=%s bytes=%zu code=%s",
                ost_http_request_id(call->request), upload->bytes, ost_code_name(err->code));
        return false;
    }
    bool ct = ost_clean_dicom_facts_view(*out)->kind == OST_CLEAN_CT;
    if (ct == upload->ct)
        return true;
    ost_clean_dicom_destroy(*out);
    *out = NULL;
    return ost_call_refuse(call, err, OST_UNSUPPORTED, "other_kind",
                           ct ? "This is a slice of a CT, not a film; add it as a CT."
                              : "This is a film, not a slice of a CT; add it as a film.");
}

static bool finish(struct ost_call *call, struct ost_err *err)
{
    struct ost_upload upload;
    struct ost_pending pending;
    struct ost_clean_dicom *clean = NULL;
    if (!ost_spool_take(call->app->spool, ost_http_request_param(call->request, 0),
                        call->session.who.user, &upload, err)) {
        if (err->code == OST_CONFLICT)
            call->reason = "incomplete";
        return false;
    }
    if (!clean_up(call, &upload, &clean, err))
        return false;
    const struct ost_pending film = {.user = upload.user,
                                     .institution = upload.institution,
                                     .case_id = upload.case_id,
                                     .clean = clean};
    if (!ost_waiting_add(call->app->waiting, &film, &pending, err)) {
        if (err->code == OST_LIMIT)
            call->reason = "quota";
        return false;
    }
    json_t *json = ost_film_pending_json(&pending);
    ost_waiting_return(call->app->waiting, pending.id, false);
    return ost_call_answer(call, 200, json_pack("{s:o}", "pending", json));
}

OST_ROUTE(upload_finish)
{
    /* First of all: who is turned away here has the upload still, and asks again. */
    if (!ost_call_no_body(call, err) || !ost_call_slow(call, OST_SLOW_INTAKE, err))
        return false;
    bool ok = finish(call, err);
    ost_call_done(call, OST_SLOW_INTAKE);
    return ok;
}
