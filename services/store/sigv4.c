/* docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html, step by step. */
#include "services/store/sigv4_impl.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OST_SIGV4_BYTES = 16 << 10, OST_MAC = crypto_auth_hmacsha256_BYTES, OST_DATE = 8 };

void ost_sigv4_encode(struct ost_buf *out, const char *text, bool path)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";
    for (; *text != '\0'; text++) {
        if (strchr(plain, *text) != NULL || (path && *text == '/'))
            ost_buf_put_u8(out, (unsigned char)*text);
        else
            ost_buf_print(out, "%%%02X", (unsigned char)*text);
    }
}

/* A pair as it stands in the request to be signed. */
struct text_pair {
    char *name, *value; /* in the buffer beside */
};

static int by_name(const void *a, const void *b)
{
    const struct text_pair *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    return order != 0 ? order : strcmp(x->value, y->value);
}

static bool encode_pairs(const struct ost_sigv4_ask *ask, struct ost_buf *space,
                         struct text_pair pair[OST_SIGV4_PAIRS], struct ost_err *err)
{
    size_t at[2 * OST_SIGV4_PAIRS];
    if (ask->query_count > OST_SIGV4_PAIRS || ask->header_count > OST_SIGV4_PAIRS)
        return ost_fail(err, OST_BUG, "more than %d pairs to sign", OST_SIGV4_PAIRS);
    for (size_t i = 0; i < ask->query_count; i++) {
        at[2 * i] = space->len;
        ost_sigv4_encode(space, ask->query[i].name, false);
        ost_buf_put_u8(space, 0);
        at[2 * i + 1] = space->len;
        ost_sigv4_encode(space, ask->query[i].value, false);
        ost_buf_put_u8(space, 0);
    }
    if (!ost_buf_done(space, err))
        return false;
    for (size_t i = 0; i < ask->query_count; i++) {
        pair[i].name = (char *)space->ptr + at[2 * i];
        pair[i].value = (char *)space->ptr + at[2 * i + 1];
    }
    return true;
}

bool ost_sigv4_query(const struct ost_sigv4_ask *ask, struct ost_buf *out, struct ost_err *err)
{
    struct text_pair pair[OST_SIGV4_PAIRS];
    struct ost_buf space;
    ost_buf_init(&space, OST_SIGV4_BYTES);
    bool ok = encode_pairs(ask, &space, pair, err);
    if (ok)
        qsort(pair, ask->query_count, sizeof pair[0], by_name);
    for (size_t i = 0; ok && i < ask->query_count; i++) {
        ost_buf_text(out, i == 0 ? "" : "&"); /* longer than a print may be */
        ost_buf_text(out, pair[i].name);
        ost_buf_text(out, "=");
        ost_buf_text(out, pair[i].value);
    }
    ost_buf_fini(&space);
    return ok && ost_buf_done(out, err);
}

static int by_header(const void *a, const void *b)
{
    const struct ost_sigv4_pair *x = a, *y = b;
    return strcmp(x->name, y->name);
}

static void name_headers(const struct ost_sigv4_pair *header, size_t count, struct ost_buf *out)
{
    for (size_t i = 0; i < count; i++)
        ost_buf_print(out, "%s%s", i == 0 ? "" : ";", header[i].name);
}

static bool canonical(const struct ost_sigv4_ask *ask, const struct ost_sigv4_pair *header,
                      struct ost_buf *out, struct ost_err *err)
{
    ost_buf_print(out, "%s\n", ask->method);
    ost_sigv4_encode(out, ask->path, true);
    ost_buf_text(out, "\n");
    if (!ost_sigv4_query(ask, out, err))
        return false;
    ost_buf_text(out, "\n");
    for (size_t i = 0; i < ask->header_count; i++)
        ost_buf_print(out, "%s:%s\n", header[i].name, header[i].value);
    ost_buf_text(out, "\n");
    name_headers(header, ask->header_count, out);
    ost_buf_print(out, "\n%s", ask->payload);
    return ost_buf_done(out, err);
}

static void mac(const void *key, size_t key_len, const void *text, size_t len,
                unsigned char out[OST_MAC])
{
    crypto_auth_hmacsha256_state state;
    (void)crypto_auth_hmacsha256_init(&state, key, key_len);
    (void)crypto_auth_hmacsha256_update(&state, text, len);
    (void)crypto_auth_hmacsha256_final(&state, out);
    sodium_memzero(&state, sizeof state);
}

static void derive(const struct ost_sigv4_key *key, const char *when, unsigned char out[OST_MAC])
{
    static const char service[] = "s3", end[] = "aws4_request";
    char first[OST_SIGV4_SECRET + 8];
    int len = snprintf(first, sizeof first, "AWS4%s", key->secret);
    mac(first, (size_t)len, when, OST_DATE, out);
    mac(out, OST_MAC, key->region, strlen(key->region), out);
    mac(out, OST_MAC, service, sizeof service - 1, out);
    mac(out, OST_MAC, end, sizeof end - 1, out);
    sodium_memzero(first, sizeof first);
}

static void seal(const struct ost_sigv4_key *key, const struct ost_sigv4_ask *ask,
                 const struct ost_buf *request, char hex[2 * OST_MAC + 1])
{
    char text[256];
    unsigned char hash[OST_MAC], signing[OST_MAC];
    (void)crypto_hash_sha256(hash, request->ptr, request->len);
    (void)sodium_bin2hex(hex, 2 * OST_MAC + 1, hash, sizeof hash);
    int len = snprintf(text, sizeof text, "AWS4-HMAC-SHA256\n%s\n%.8s/%s/s3/aws4_request\n%s",
                       ask->when, ask->when, key->region, hex);
    derive(key, ask->when, signing);
    mac(signing, sizeof signing, text, (size_t)len, hash);
    (void)sodium_bin2hex(hex, 2 * OST_MAC + 1, hash, sizeof hash);
    sodium_memzero(signing, sizeof signing);
}

bool ost_sigv4_sign(const struct ost_sigv4_key *key, const struct ost_sigv4_ask *ask,
                    struct ost_buf *out, struct ost_err *err)
{
    struct ost_sigv4_pair header[OST_SIGV4_PAIRS];
    char hex[2 * OST_MAC + 1];
    if (ask->header_count > OST_SIGV4_PAIRS || strlen(ask->when) != sizeof "20130524T000000Z" - 1 ||
        strlen(key->secret) >= OST_SIGV4_SECRET || strlen(key->region) > 64)
        return ost_fail(err, OST_BUG, "not to be signed");
    memcpy(header, ask->header, ask->header_count * sizeof header[0]);
    qsort(header, ask->header_count, sizeof header[0], by_header);
    struct ost_buf request;
    ost_buf_init(&request, OST_SIGV4_BYTES);
    bool ok = canonical(ask, header, &request, err);
    if (ok) {
        seal(key, ask, &request, hex);
        ost_buf_print(out, "AWS4-HMAC-SHA256 Credential=%s/%.8s/%s/s3/aws4_request,SignedHeaders=",
                      key->id, ask->when, key->region);
        name_headers(header, ask->header_count, out);
        ost_buf_print(out, ",Signature=%s", hex);
    }
    ost_buf_fini(&request);
    return ok && ost_buf_done(out, err);
}
