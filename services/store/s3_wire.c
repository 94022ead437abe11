/*
 * One exchange with the store: signed, its certificate checked, no redirect followed, no
 * proxy of the environment, and given up where it stands still.
 */
#include "services/store/s3_impl.h"

#include <curl/curl.h>

#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum {
    OST_S3_CONNECT_MS = 5000,
    OST_S3_WHOLE_S = 600,   /* of an answer that may be half a GiB */
    OST_S3_SENDING_S = 180, /* of at most a part */
    OST_S3_PATIENT_S = 300,
    OST_HEX = 65
};

struct wire {
    CURL *curl;
    const struct ost_s3_ask *ask;
    struct ost_s3_answer *answer;
    size_t sent;
    struct ost_buf refusal; /* the body of an answer that is no success */
    bool long_winded;       /* more than a success may have */
};

static size_t give(char *to, size_t size, size_t n, void *user)
{
    struct wire *wire = user;
    size_t left = wire->ask->len - wire->sent, most = size * n;
    size_t now = left < most ? left : most;
    if (now > 0)
        memcpy(to, wire->ask->body + wire->sent, now);
    wire->sent += now;
    return now;
}

/* Where a kept connection turns out to be dead, the body begins anew. */
static int seek(void *user, curl_off_t offset, int origin)
{
    struct wire *wire = user;
    if (origin != SEEK_SET || offset < 0 || (size_t)offset > wire->ask->len)
        return CURL_SEEKFUNC_FAIL;
    wire->sent = (size_t)offset;
    return CURL_SEEKFUNC_OK;
}

static bool is_success(long status)
{
    return status >= 200 && status < 300;
}

/* Of a refusal the beginning is enough; a success that is too long is none. */
static size_t take(char *from, size_t size, size_t n, void *user)
{
    struct wire *wire = user;
    struct ost_buf *body = wire->answer->body;
    size_t len = size * n;
    long status = 0;
    (void)curl_easy_getinfo(wire->curl, CURLINFO_RESPONSE_CODE, &status);
    if (!is_success(status)) {
        size_t room = wire->refusal.limit - wire->refusal.len;
        ost_buf_put(&wire->refusal, from, len < room ? len : room);
        return len;
    }
    wire->long_winded = body == NULL || len > body->limit - body->len;
    if (!wire->long_winded)
        ost_buf_put(body, from, len);
    return wire->long_winded || body->failed ? 0 : len;
}

static size_t head(char *line, size_t size, size_t n, void *user)
{
    static const char name[] = "etag:";
    struct wire *wire = user;
    size_t len = size * n, at = sizeof name - 1;
    if (len <= at || strncasecmp(line, name, at) != 0)
        return len;
    while (at < len && line[at] == ' ')
        at++;
    size_t end = len;
    while (end > at && (unsigned char)line[end - 1] <= ' ')
        end--;
    (void)snprintf(wire->answer->etag, sizeof wire->answer->etag, "%.*s", (int)(end - at),
                   line + at);
    return len;
}

/* -------------------------------------------- what is sent */

struct signing {
    char path[OST_S3_NAME + 320], when[20], payload[OST_HEX];
    struct ost_sigv4_pair header[3];
    struct ost_sigv4_ask ask;
};

static void prepare(const struct ost_s3 *s3, const struct ost_s3_ask *ask, struct signing *out)
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    struct tm tm;
    time_t now = time(NULL);
    (void)gmtime_r(&now, &tm);
    (void)strftime(out->when, sizeof out->when, "%Y%m%dT%H%M%SZ", &tm);
    (void)crypto_hash_sha256(hash, ask->body, ask->len);
    (void)sodium_bin2hex(out->payload, sizeof out->payload, hash, sizeof hash);
    (void)snprintf(out->path, sizeof out->path, "%s%s%s%s", s3->url.bucket,
                   ask->file == NULL ? "" : "/", ask->file == NULL ? "" : s3->url.prefix,
                   ask->file == NULL ? "" : ask->file);
    out->header[0] = (struct ost_sigv4_pair){"host", s3->url.host};
    out->header[1] = (struct ost_sigv4_pair){"x-amz-content-sha256", out->payload};
    out->header[2] = (struct ost_sigv4_pair){"x-amz-date", out->when};
    out->ask = (struct ost_sigv4_ask){.method = ask->method,
                                      .path = out->path,
                                      .query = ask->query,
                                      .query_count = ask->query_count,
                                      .header = out->header,
                                      .header_count = 3,
                                      .payload = out->payload,
                                      .when = out->when};
}

static bool set_url(const struct ost_s3 *s3, CURL *curl, const struct signing *sign,
                    struct ost_err *err)
{
    struct ost_buf url;
    ost_buf_init(&url, 16 << 10);
    ost_buf_text(&url, s3->url.server);
    ost_sigv4_encode(&url, sign->path, true);
    if (sign->ask.query_count > 0)
        ost_buf_text(&url, "?");
    bool ok = ost_sigv4_query(&sign->ask, &url, err);
    ost_buf_put_u8(&url, 0);
    ok = ok && ost_buf_done(&url, err);
    ok = ok && (curl_easy_setopt(curl, CURLOPT_URL, (char *)url.ptr) == CURLE_OK ||
                ost_fail(err, OST_NOMEM, "a request to S3"));
    ost_buf_fini(&url);
    return ok;
}

static bool add_line(struct curl_slist **list, const char *name, const char *value)
{
    struct ost_buf line;
    ost_buf_init(&line, 2048);
    ost_buf_text(&line, name);
    ost_buf_text(&line, ": ");
    ost_buf_text(&line, value);
    ost_buf_put_u8(&line, 0);
    struct curl_slist *more = line.failed ? NULL : curl_slist_append(*list, (const char *)line.ptr);
    if (line.ptr != NULL)
        sodium_memzero(line.ptr, line.len);
    ost_buf_fini(&line);
    if (more != NULL)
        *list = more;
    return more != NULL;
}

static bool set_headers(const struct ost_s3 *s3, CURL *curl, const struct signing *sign,
                        struct curl_slist **list, struct ost_err *err)
{
    const struct ost_sigv4_key key = {.id = s3->id, .secret = s3->secret, .region = s3->region};
    struct ost_buf line;
    ost_buf_init(&line, 1024);
    bool ok = ost_sigv4_sign(&key, &sign->ask, &line, err);
    ost_buf_put_u8(&line, 0);
    ok = ok && ost_buf_done(&line, err);
    if (ok) {
        bool all = add_line(list, "Authorization", (const char *)line.ptr);
        for (size_t i = 0; all && i < sign->ask.header_count; i++)
            all = add_line(list, sign->header[i].name, sign->header[i].value);
        ok = (all && curl_easy_setopt(curl, CURLOPT_HTTPHEADER, *list) == CURLE_OK) ||
             ost_fail(err, OST_NOMEM, "a request to S3");
    }
    ost_buf_fini(&line);
    return ok;
}

/* False where those who may vouch cannot be named: then nobody else may. */
static bool set_rules(const struct ost_s3 *s3, const struct ost_s3_ask *ask, CURL *curl)
{
    const bool get = strcmp(ask->method, "GET") == 0;
    bool ok = true;
    (void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, s3->url.secure ? "https" : "http");
    (void)curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    (void)curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    (void)curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
    if (s3->ca[0] != '\0') { /* and nobody else's */
        ok = curl_easy_setopt(curl, CURLOPT_CAINFO, s3->ca) == CURLE_OK &&
             curl_easy_setopt(curl, CURLOPT_CAPATH, NULL) == CURLE_OK;
    }
    (void)curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(curl, CURLOPT_PROXY, "");
    (void)curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)OST_S3_CONNECT_MS);
    (void)curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 100L);
    (void)curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME,
                           ask->patient ? (long)OST_S3_PATIENT_S : s3->stall_s);
    (void)curl_easy_setopt(curl, CURLOPT_TIMEOUT,
                           get || ask->patient ? (long)OST_S3_WHOLE_S : (long)OST_S3_SENDING_S);
    return ok;
}

static void set_body(CURL *curl, struct wire *wire)
{
    const char *method = wire->ask->method;
    if (strcmp(method, "HEAD") == 0) {
        (void)curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    } else if (strcmp(method, "PUT") == 0 || strcmp(method, "POST") == 0) {
        (void)curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
        (void)curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)wire->ask->len);
        (void)curl_easy_setopt(curl, CURLOPT_READFUNCTION, give);
        (void)curl_easy_setopt(curl, CURLOPT_READDATA, wire);
        (void)curl_easy_setopt(curl, CURLOPT_SEEKFUNCTION, seek);
        (void)curl_easy_setopt(curl, CURLOPT_SEEKDATA, wire);
    }
    if (strcmp(method, "HEAD") != 0)
        (void)curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, wire);
    (void)curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, head);
    (void)curl_easy_setopt(curl, CURLOPT_HEADERDATA, wire);
}

/* -------------------------------------------- connections */

static CURL *borrow(struct ost_s3 *s3)
{
    (void)pthread_mutex_lock(&s3->lock);
    CURL *curl = s3->idle_count == 0 ? NULL : s3->idle[--s3->idle_count];
    (void)pthread_mutex_unlock(&s3->lock);
    return curl == NULL ? curl_easy_init() : curl;
}

static void give_back(struct ost_s3 *s3, CURL *curl)
{
    curl_easy_reset(curl); /* its connection stays */
    (void)pthread_mutex_lock(&s3->lock);
    bool room = s3->idle_count < OST_S3_IDLE;
    if (room)
        s3->idle[s3->idle_count++] = curl;
    (void)pthread_mutex_unlock(&s3->lock);
    if (!room)
        curl_easy_cleanup(curl);
}

bool ost_s3_wire_init(struct ost_err *err)
{
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ||
           ost_fail(err, OST_UNAVAILABLE, "libcurl does not start");
}

void ost_s3_wire_fini(struct ost_s3 *s3)
{
    while (s3->idle_count > 0)
        curl_easy_cleanup(s3->idle[--s3->idle_count]);
    ost_s3_wire_end();
}

void ost_s3_wire_end(void)
{
    curl_global_cleanup();
}

/* -------------------------------------------- what came of it */

static enum ost_s3_end no_answer(const struct wire *wire, CURLcode rc, struct ost_err *err)
{
    bool never = true;
    switch (rc) {
    case CURLE_WRITE_ERROR:
        (void)ost_fail(err, wire->long_winded ? OST_CORRUPT : OST_NOMEM, "%s",
                       wire->long_winded ? "S3 answers with more than was asked for"
                                         : "an answer of S3");
        return OST_S3_NEVER;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
        (void)ost_fail(err, OST_UNAVAILABLE,
                       "S3: %s (OSTEON_BLOB_S3_CA names who may vouch for it)",
                       curl_easy_strerror(rc));
        return OST_S3_NEVER;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SEND_FAIL_REWIND:
        never = false;
        break;
    default:
        break;
    }
    (void)ost_fail(err, OST_UNAVAILABLE, "S3: %s", curl_easy_strerror(rc));
    return never ? OST_S3_NEVER : OST_S3_BROKEN;
}

static enum ost_s3_end perform(struct ost_s3 *s3, struct wire *wire, struct ost_err *err)
{
    struct signing sign;
    struct curl_slist *list = NULL;
    curl_off_t bytes = -1;
    prepare(s3, wire->ask, &sign);
    bool ruled = set_rules(s3, wire->ask, wire->curl);
    set_body(wire->curl, wire);
    if ((!ruled && !ost_fail(err, OST_NOMEM, "a request to S3")) ||
        !set_url(s3, wire->curl, &sign, err) || !set_headers(s3, wire->curl, &sign, &list, err)) {
        curl_slist_free_all(list);
        return OST_S3_NEVER;
    }
    CURLcode rc = curl_easy_perform(wire->curl);
    curl_slist_free_all(list);
    (void)curl_easy_getinfo(wire->curl, CURLINFO_RESPONSE_CODE, &wire->answer->status);
    (void)curl_easy_getinfo(wire->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &bytes);
    wire->answer->bytes = (int64_t)bytes;
    if (rc != CURLE_OK)
        return no_answer(wire, rc, err);
    return is_success(wire->answer->status) ? OST_S3_DONE : OST_S3_REFUSED;
}

enum ost_s3_end ost_s3_exchange(struct ost_s3 *s3, const struct ost_s3_ask *ask,
                                struct ost_s3_answer *answer, struct ost_err *err)
{
    struct wire wire = {.curl = borrow(s3), .ask = ask, .answer = answer};
    if (wire.curl == NULL) {
        (void)ost_fail(err, OST_NOMEM, "a connection to S3");
        return OST_S3_NEVER;
    }
    answer->status = 0;
    answer->etag[0] = answer->code[0] = '\0';
    ost_buf_init(&wire.refusal, OST_S3_REFUSAL);
    enum ost_s3_end end = perform(s3, &wire, err);
    (void)ost_s3_code(wire.refusal.ptr, wire.refusal.len, answer->code);
    ost_buf_fini(&wire.refusal);
    give_back(s3, wire.curl);
    return end;
}
