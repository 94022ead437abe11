/*
 * AWS Signature Version 4 for S3, in the Authorization header, payload in a single chunk.
 * Pure: the time comes in as text. (libcurl 7.88 has one of its own, but it sends no
 * x-amz-content-sha256 and does not sort the query, which S3 refuses.)
 */
#ifndef OST_STORE_SIGV4_IMPL_H
#define OST_STORE_SIGV4_IMPL_H

#include "recon/base/buf.h"

enum { OST_SIGV4_PAIRS = 12, OST_SIGV4_SECRET = 256 };

struct ost_sigv4_key {
    const char *id, *secret, *region;
};

struct ost_sigv4_pair {
    const char *name, *value;
};

struct ost_sigv4_ask {
    const char *method;
    const char *path; /* "/bucket/key", not encoded */
    const struct ost_sigv4_pair *query;
    size_t query_count; /* not encoded, in any order */
    const struct ost_sigv4_pair *header;
    size_t header_count; /* all to be signed: names in small letters, host among them */
    const char *payload; /* SHA-256 of the body, hexadecimal */
    const char *when;    /* "20130524T000000Z" */
};

/* Appends `text` as AWS encodes it; a slash stays where `path`. */
void ost_sigv4_encode(struct ost_buf *out, const char *text, bool path);

/* Appends the query as it is signed and must be sent: encoded and sorted. */
OST_MUST_CHECK
bool ost_sigv4_query(const struct ost_sigv4_ask *ask, struct ost_buf *out, struct ost_err *err);

/* Appends the value of the Authorization header. */
OST_MUST_CHECK
bool ost_sigv4_sign(const struct ost_sigv4_key *key, const struct ost_sigv4_ask *ask,
                    struct ost_buf *out, struct ost_err *err);

#endif
