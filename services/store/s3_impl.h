/*
 * An S3 bucket as a shelf: path style, our own signatures, every answer bounded.
 *   s3.c        the shelf: objects that are whole or not there
 *   s3_parts.c  large ones in parts
 *   s3_list.c   what lies there, and what was never finished; s3_page.c reads one page of it
 *   s3_ask.c    one question, asked again where that helps, and what a refusal means
 *   s3_wire.c   one exchange (libcurl's only door)
 *   s3_url.c    OSTEON_BLOB_S3_URL
 */
#ifndef OST_STORE_S3_IMPL_H
#define OST_STORE_S3_IMPL_H

#include "services/store/shelf_impl.h"
#include "services/store/sigv4_impl.h"

#include <pthread.h>

enum {
    OST_S3_PART = 16 << 20,    /* bytes; S3 takes no smaller ones than 5 MiB but the last */
    OST_S3_LINES = 2 << 20,    /* of an answer in XML: a thousand names are 0.4 MiB */
    OST_S3_REFUSAL = 16 << 10, /* of an error's body */
    OST_S3_ETAG = 128,
    OST_S3_CODE = 48,
    OST_S3_UPLOAD = 1025, /* an upload's id with its NUL */
    OST_S3_IDLE = 8,      /* connections kept */
};

/* What OSTEON_BLOB_S3_URL says. */
struct ost_s3_url {
    char server[300]; /* "https://host:port" */
    char host[280];   /* as the header Host has it */
    char bucket[300]; /* "/bucket" */
    char prefix[260]; /* "" or "prefix/" */
    bool secure;
};

struct ost_s3 {
    struct ost_shelf shelf;
    struct ost_s3_url url;
    char region[65], id[129], secret[OST_SIGV4_SECRET], ca[1024];
    long stall_s;
    uint32_t wait_ms;     /* before the second try; twice as long before each further one */
    pthread_mutex_t lock; /* of the two below */
    size_t idle_count;
    void *idle[OST_S3_IDLE]; /* CURL *, each with its connection */
};

struct ost_s3_ask {
    const char *method;
    const char *file; /* NULL: the bucket itself */
    const struct ost_sigv4_pair *query;
    size_t query_count;
    const unsigned char *body;
    size_t len;
    bool patient; /* the answer may take minutes to begin */
};

struct ost_s3_answer {
    struct ost_buf *body; /* takes the body of a success, up to its limit; NULL: none is expected */
    long status;          /* 0: there was no answer */
    int64_t bytes;        /* Content-Length of a HEAD */
    char etag[OST_S3_ETAG];
    char code[OST_S3_CODE]; /* of a refusal, "" where it has none */
};

enum ost_s3_end { OST_S3_DONE, OST_S3_REFUSED, OST_S3_BROKEN, OST_S3_NEVER };

OST_MUST_CHECK
bool ost_s3_url_read(const char *text, struct ost_s3_url *out, struct ost_err *err);

/*
 * One exchange. REFUSED: an answer that is no success; BROKEN: none, and the next may come;
 * NEVER: another try ends as this one. Of the last two `err` tells.
 */
enum ost_s3_end ost_s3_exchange(struct ost_s3 *s3, const struct ost_s3_ask *ask,
                                struct ost_s3_answer *answer, struct ost_err *err);
OST_MUST_CHECK bool ost_s3_wire_init(struct ost_err *err);
void ost_s3_wire_fini(struct ost_s3 *s3);
void ost_s3_wire_end(void); /* of what init began, where there is nothing else */

/* The same until it succeeds or nothing is to be hoped for; `answer` tells why not. */
OST_MUST_CHECK
bool ost_s3_ask(struct ost_s3 *s3, const struct ost_s3_ask *ask, struct ost_s3_answer *answer,
                struct ost_err *err);

/* The <Code> of an error's body; false where it is none of ours to name. */
bool ost_s3_code(const void *bytes, size_t len, char code[OST_S3_CODE]);

OST_MUST_CHECK
bool ost_s3_size(struct ost_shelf *shelf, const char *file, int64_t *bytes, struct ost_err *err);
OST_MUST_CHECK
bool ost_s3_put_parts(struct ost_s3 *s3, const char *file, const struct ost_buf *bytes,
                      struct ost_err *err);
/* Takes back what was begun; an upload that is no more is ended already. */
bool ost_s3_end_upload(struct ost_s3 *s3, const char *file, const char *upload,
                       struct ost_err *err);

/* Whether the bucket can be listed: what is wrong with it is said by `err`. */
OST_MUST_CHECK bool ost_s3_probe(struct ost_s3 *s3, struct ost_err *err);
OST_MUST_CHECK
bool ost_s3_old(struct ost_shelf *shelf, int64_t before, ost_shelf_visit *visit, void *user,
                struct ost_err *err);

/* One page of a list: of objects, or of uploads that were begun. Parsed without the network. */
enum { OST_S3_NAME = 320, OST_S3_PAGE = 1000 };
struct ost_s3_entry {
    char name[OST_S3_NAME];     /* of the object, with the prefix */
    char upload[OST_S3_UPLOAD]; /* "" of an object */
    int64_t when;               /* seconds of 1970 */
};
struct ost_s3_page {
    struct ost_s3_entry *entry; /* owned; names too long to be ours are left out */
    size_t count;
    bool more;
    char next[OST_S3_UPLOAD], next_upload[OST_S3_UPLOAD]; /* where the next page begins */
};
OST_MUST_CHECK
bool ost_s3_page_read(const void *bytes, size_t len, struct ost_s3_page *out, struct ost_err *err);
void ost_s3_page_fini(struct ost_s3_page *page); /* twice is fine */

#endif
