/* Objects of a bucket that are whole or not there: S3 shows none before its last byte came. */
#include "services/store/s3_impl.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    OST_S3_WAIT_MS = 100,
    OST_S3_ORPHAN_S = 86400 /* an object is as old as its upload's beginning */
};

/* Said by the store itself: anything on the way to it may answer 404 too. */
static bool is_absent(const struct ost_s3_answer *answer)
{
    return answer->status == 404 && strcmp(answer->code, "NoSuchKey") == 0;
}

/* After a refusal that has told its own. */
static bool absent(bool is, struct ost_err *err)
{
    return is ? ost_fail(err, OST_NOT_FOUND, "its object is not there") : false;
}

static bool put_whole(struct ost_s3 *s3, const char *file, const struct ost_buf *bytes,
                      struct ost_err *err)
{
    const struct ost_s3_ask ask = {
        .method = "PUT", .file = file, .body = bytes->ptr, .len = bytes->len};
    struct ost_s3_answer answer = {.status = 0};
    return ost_s3_ask(s3, &ask, &answer, err);
}

static bool s3_write(struct ost_shelf *shelf, const char *file, const struct ost_buf *bytes,
                     struct ost_err *err)
{
    struct ost_s3 *s3 = (struct ost_s3 *)shelf;
    if (!ost_shelf_check(file, err))
        return false;
    bool ok = bytes->len > OST_S3_PART ? ost_s3_put_parts(s3, file, bytes, err)
                                       : put_whole(s3, file, bytes, err);
    return ok || ost_err_note(err, "a blob of %zu bytes was not written", bytes->len);
}

static bool s3_read(struct ost_shelf *shelf, const char *file, struct ost_buf *out,
                    struct ost_err *err)
{
    struct ost_s3 *s3 = (struct ost_s3 *)shelf;
    const struct ost_s3_ask ask = {.method = "GET", .file = file};
    struct ost_s3_answer answer = {.body = out};
    if (!ost_shelf_check(file, err))
        return false;
    return ost_s3_ask(s3, &ask, &answer, err) || absent(is_absent(&answer), err);
}

bool ost_s3_size(struct ost_shelf *shelf, const char *file, int64_t *bytes, struct ost_err *err)
{
    struct ost_s3 *s3 = (struct ost_s3 *)shelf;
    const struct ost_s3_ask ask = {.method = "HEAD", .file = file};
    struct ost_s3_answer answer = {.status = 0};
    if (!ost_shelf_check(file, err))
        return false;
    /* A HEAD's refusal has no body that could say more. */
    bool ok = ost_s3_ask(s3, &ask, &answer, err) || absent(answer.status == 404, err);
    *bytes = answer.bytes;
    return ok && (answer.bytes >= 0 || ost_fail(err, OST_UNAVAILABLE, "S3 tells no length"));
}

static bool s3_remove(struct ost_shelf *shelf, const char *file, struct ost_err *err)
{
    struct ost_s3 *s3 = (struct ost_s3 *)shelf;
    const struct ost_s3_ask ask = {.method = "DELETE", .file = file};
    struct ost_s3_answer answer = {.status = 0};
    if (!ost_shelf_check(file, err))
        return false;
    return ost_s3_ask(s3, &ask, &answer, err) || is_absent(&answer);
}

static void s3_destroy(struct ost_shelf *shelf)
{
    struct ost_s3 *s3 = (struct ost_s3 *)shelf;
    ost_s3_wire_fini(s3);
    (void)pthread_mutex_destroy(&s3->lock);
    sodium_memzero(s3, sizeof *s3);
    free(s3);
}

static const struct ost_shelf_kind kind = {
    .write = s3_write,
    .read = s3_read,
    .size = ost_s3_size,
    .remove = s3_remove,
    .old = ost_s3_old,
    .destroy = s3_destroy,
};

/* A line that goes into a header: no blank, nothing beyond ASCII. */
static bool is_word(const char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text <= ' ' || (unsigned char)*text > '~')
            return false;
    return true;
}

static bool fill(struct ost_s3 *s3, const struct ost_config_s3 *config, struct ost_err *err)
{
    if (!ost_s3_url_read(config->url, &s3->url, err) ||
        !ost_config_line(config->key_id_file, "OSTEON_BLOB_S3_KEY_ID_FILE", s3->id, sizeof s3->id,
                         err) ||
        !ost_config_line(config->secret_file, "OSTEON_BLOB_S3_SECRET_FILE", s3->secret,
                         sizeof s3->secret, err))
        return false;
    int region = snprintf(s3->region, sizeof s3->region, "%s", config->region);
    int ca = snprintf(s3->ca, sizeof s3->ca, "%s", config->ca == NULL ? "" : config->ca);
    s3->stall_s = (long)config->stall_s;
    if (region <= 0 || (size_t)region >= sizeof s3->region || !is_word(s3->region))
        return ost_fail(err, OST_INVALID, "OSTEON_BLOB_S3_REGION is no region");
    if (ca < 0 || (size_t)ca >= sizeof s3->ca)
        return ost_fail(err, OST_INVALID, "OSTEON_BLOB_S3_CA is too long");
    return (is_word(s3->id) && strpbrk(s3->id, "/,") == NULL && is_word(s3->secret)) ||
           ost_fail(err, OST_INVALID,
                    "the first line of OSTEON_BLOB_S3_KEY_ID_FILE or OSTEON_BLOB_S3_SECRET_FILE "
                    "is no key");
}

bool ost_s3_create(struct ost_shelf **out, const struct ost_config_s3 *config, struct ost_err *err)
{
    if (!ost_s3_wire_init(err))
        return false;
    struct ost_s3 *s3 = calloc(1, sizeof *s3);
    if (s3 == NULL) {
        ost_s3_wire_end();
        return ost_fail(err, OST_NOMEM, "the bucket");
    }
    s3->shelf.kind = &kind;
    s3->shelf.orphan_s = config->sweep == 0 ? 0 : OST_S3_ORPHAN_S;
    s3->wait_ms = OST_S3_WAIT_MS;
    (void)pthread_mutex_init(&s3->lock, NULL);
    OST_AUTO(ost_shelf) shelf = &s3->shelf;
    if (!fill(s3, config, err) || !ost_s3_probe(s3, err))
        return false;
    *out = ost_steal(&shelf);
    return true;
}
