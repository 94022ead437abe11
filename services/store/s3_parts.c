/*
 * Large objects in parts of 16 MiB: each is signed, sent and tried again by itself, straight
 * from the sealed bytes. Nothing is to be seen before the last word; what fails is taken back.
 */
#include "services/store/s3_impl.h"
#include "services/store/xml_impl.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct upload {
    struct ost_s3 *s3;
    const char *file;
    const struct ost_buf *bytes;
    char id[OST_S3_UPLOAD];
    struct ost_buf list; /* what the last word says */
};

static bool note_id(void *user, const char *in, const char *name, const char *text,
                    struct ost_err *err)
{
    struct upload *upload = user;
    (void)err;
    if (strcmp(in, "InitiateMultipartUploadResult") == 0 && strcmp(name, "UploadId") == 0)
        (void)snprintf(upload->id, sizeof upload->id, "%s",
                       strlen(text) < sizeof upload->id ? text : "");
    return true;
}

static bool begin(struct upload *upload, struct ost_err *err)
{
    const struct ost_sigv4_pair query[] = {{"uploads", ""}};
    const struct ost_s3_ask ask = {
        .method = "POST", .file = upload->file, .query = query, .query_count = 1};
    struct ost_buf body;
    ost_buf_init(&body, OST_S3_REFUSAL);
    struct ost_s3_answer answer = {.body = &body};
    bool ok = ost_s3_ask(upload->s3, &ask, &answer, err) &&
              ost_xml_read(body.ptr, body.len, note_id, upload, err) &&
              (upload->id[0] != '\0' || ost_fail(err, OST_CORRUPT, "S3 begins no upload"));
    ost_buf_fini(&body);
    return ok;
}

/* The name of a part's content goes into XML as it stands. */
static bool is_tag(const char *etag)
{
    static const char fit[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-+/=";
    size_t quote = etag[0] == '"' ? 1 : 0, len = strspn(etag + quote, fit);
    return len > 0 && strcmp(etag + quote + len, quote == 1 ? "\"" : "") == 0;
}

static bool put_part(struct upload *upload, size_t at, struct ost_err *err)
{
    char number[16];
    size_t left = upload->bytes->len - at;
    (void)snprintf(number, sizeof number, "%zu", at / OST_S3_PART + 1);
    const struct ost_sigv4_pair query[] = {{"partNumber", number}, {"uploadId", upload->id}};
    const struct ost_s3_ask ask = {.method = "PUT",
                                   .file = upload->file,
                                   .query = query,
                                   .query_count = 2,
                                   .body = upload->bytes->ptr + at,
                                   .len = left < OST_S3_PART ? left : OST_S3_PART};
    struct ost_s3_answer answer = {.status = 0};
    if (!ost_s3_ask(upload->s3, &ask, &answer, err))
        return ost_err_note(err, "part %s", number);
    if (!is_tag(answer.etag))
        return ost_fail(err, OST_CORRUPT, "S3 gives part %s no ETag", number);
    ost_buf_print(&upload->list, "<Part><PartNumber>%s</PartNumber><ETag>%s</ETag></Part>", number,
                  answer.etag);
    return true;
}

static bool note_root(void *user, const char *in, const char *name, const char *text,
                      struct ost_err *err)
{
    bool *whole = user;
    (void)text;
    (void)err;
    if (in[0] == '\0')
        *whole = strcmp(name, "CompleteMultipartUploadResult") == 0;
    return true;
}

/* An answer that was lost: did it do what was asked? */
static bool is_there(const struct upload *upload)
{
    int64_t bytes = 0;
    return ost_s3_size(&upload->s3->shelf, upload->file, &bytes, NULL) &&
           bytes == (int64_t)upload->bytes->len;
}

/* 200 is sent before S3 has put the parts together: only the body says whether it did. */
static bool finish(struct upload *upload, struct ost_err *err)
{
    const struct ost_sigv4_pair query[] = {{"uploadId", upload->id}};
    const struct ost_s3_ask ask = {.method = "POST",
                                   .file = upload->file,
                                   .query = query,
                                   .query_count = 1,
                                   .body = upload->list.ptr,
                                   .len = upload->list.len,
                                   .patient = true};
    struct ost_buf body;
    bool whole = false;
    for (int try = 0; try < 3 && !whole; try++) {
        ost_buf_init(&body, OST_S3_REFUSAL);
        struct ost_s3_answer answer = {.body = &body};
        bool answered = ost_s3_ask(upload->s3, &ask, &answer, err);
        if (answered && !ost_xml_read(body.ptr, body.len, note_root, &whole, NULL))
            whole = false;
        if (answered && !whole)
            (void)ost_fail(err, OST_UNAVAILABLE, "S3 did not put the parts together");
        ost_buf_fini(&body);
        if (!whole && is_there(upload))
            whole = true;
        if (!answered)
            break;
    }
    if (whole && err != NULL) /* of a try that went before */
        *err = (struct ost_err){.code = OST_OK};
    return whole;
}

bool ost_s3_end_upload(struct ost_s3 *s3, const char *file, const char *upload, struct ost_err *err)
{
    const struct ost_sigv4_pair query[] = {{"uploadId", upload}};
    const struct ost_s3_ask ask = {
        .method = "DELETE", .file = file, .query = query, .query_count = 1};
    struct ost_s3_answer answer = {.status = 0};
    return ost_s3_ask(s3, &ask, &answer, err) ||
           (answer.status == 404 && strcmp(answer.code, "NoSuchUpload") == 0);
}

bool ost_s3_put_parts(struct ost_s3 *s3, const char *file, const struct ost_buf *bytes,
                      struct ost_err *err)
{
    struct upload upload = {.s3 = s3, .file = file, .bytes = bytes};
    if (!begin(&upload, err))
        return false;
    ost_buf_init(&upload.list, 64 << 10);
    ost_buf_text(&upload.list, "<CompleteMultipartUpload>");
    bool ok = true;
    for (size_t at = 0; ok && at < bytes->len; at += OST_S3_PART)
        ok = put_part(&upload, at, err);
    ost_buf_text(&upload.list, "</CompleteMultipartUpload>");
    ok = ok && ost_buf_done(&upload.list, err) && finish(&upload, err);
    ost_buf_fini(&upload.list);
    if (!ok) /* what cannot be taken back now, the sweep takes */
        (void)ost_s3_end_upload(s3, file, upload.id, NULL);
    return ok;
}
