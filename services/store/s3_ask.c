/* A question until it is answered, and what a refusal means to whoever runs the place. */
#include "recon/base/array.h"
#include "services/log/log.h"
#include "services/store/s3_impl.h"
#include "services/store/xml_impl.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { OST_S3_TRIES = 6, OST_S3_PATIENCE_S = 60 };

/* Codes of S3: what they mean here, and whether the same question may succeed later. */
static const struct {
    const char *code;
    bool again;
    const char *means;
} known[] = {
    {"NoSuchBucket", false, "there is no such bucket: see OSTEON_BLOB_S3_URL"},
    {"InvalidAccessKeyId", false, "it does not know the key of OSTEON_BLOB_S3_KEY_ID_FILE"},
    {"SignatureDoesNotMatch", false, "the secret of OSTEON_BLOB_S3_SECRET_FILE is another"},
    {"RequestTimeTooSkewed", false, "this machine's clock is more than minutes wrong"},
    {"AuthorizationHeaderMalformed", false, "it is of another region: see OSTEON_BLOB_S3_REGION"},
    {"PermanentRedirect", false, "the bucket is served elsewhere: see OSTEON_BLOB_S3_URL"},
    {"TemporaryRedirect", false, "the bucket is served elsewhere: see OSTEON_BLOB_S3_URL"},
    {"AccessDenied", false, "the key may not list, read, write and delete in this bucket"},
    {"QuotaExceeded", false, "the bucket is full"},
    {"SlowDown", true, "it is busy"},
    {"RequestTimeout", true, "it lost the request"},
    {"OperationAborted", true, "somebody else is at the same object"},
    {"BadDigest", true, "the bytes did not arrive as they were sent"},
    {"XAmzContentSHA256Mismatch", true, "the bytes did not arrive as they were sent"},
};

static bool note_code(void *user, const char *in, const char *name, const char *text,
                      struct ost_err *err)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    (void)err;
    size_t len = strlen(text);
    if (strcmp(in, "Error") == 0 && strcmp(name, "Code") == 0 && len < OST_S3_CODE &&
        strspn(text, letters) == len)
        memcpy(user, text, len + 1);
    return true;
}

bool ost_s3_code(const void *bytes, size_t len, char code[OST_S3_CODE])
{
    code[0] = '\0';
    return len > 0 && ost_xml_read(bytes, len, note_code, code, NULL) && code[0] != '\0';
}

static size_t find(const char *code)
{
    size_t i = 0;
    while (i < OST_COUNT(known) && strcmp(known[i].code, code) != 0)
        i++;
    return i;
}

static bool is_passing(const struct ost_s3_answer *answer)
{
    size_t i = find(answer->code);
    if (i < OST_COUNT(known))
        return known[i].again;
    return answer->status == 408 || answer->status == 429 ||
           (answer->status >= 500 && answer->status != 501);
}

static bool tell(const struct ost_s3_answer *answer, struct ost_err *err)
{
    size_t i = find(answer->code);
    const char *means = i < OST_COUNT(known)                            ? known[i].means
                        : answer->status >= 300 && answer->status < 400 ? "a redirect"
                        : answer->status == 404                         ? "it is not there"
                                                                        : "";
    return ost_fail(err, OST_UNAVAILABLE, "S3 refuses (%ld%s%s)%s%s", answer->status,
                    answer->code[0] == '\0' ? "" : " ", answer->code, means[0] == '\0' ? "" : ": ",
                    means);
}

/* Twice as long each time, and not in step with others. */
static void wait_after(const struct ost_s3 *s3, unsigned try)
{
    uint32_t ms = s3->wait_ms << (try - 1);
    ms = ms / 2 + randombytes_uniform(ms / 2 + 1);
    struct timespec left = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
    (void)nanosleep(&left, NULL);
}

static int64_t seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec;
}

bool ost_s3_ask(struct ost_s3 *s3, const struct ost_s3_ask *ask, struct ost_s3_answer *answer,
                struct ost_err *err)
{
    size_t before = answer->body == NULL ? 0 : answer->body->len;
    int64_t until = seconds() + OST_S3_PATIENCE_S;
    for (unsigned try = 1;; try++) {
        if (answer->body != NULL)
            answer->body->len = before;
        struct ost_err why = {.code = OST_OK};
        enum ost_s3_end end = ost_s3_exchange(s3, ask, answer, &why);
        if (end == OST_S3_DONE)
            return true;
        if (end == OST_S3_REFUSED)
            (void)tell(answer, &why);
        if (err != NULL)
            *err = why;
        bool again = end == OST_S3_BROKEN || (end == OST_S3_REFUSED && is_passing(answer));
        if (!again || try == OST_S3_TRIES || seconds() >= until)
            return false;
        ost_log_err(OST_LOG_INFO, "store.again", &why);
        wait_after(s3, try);
    }
}
