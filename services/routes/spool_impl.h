/*
 * Uploads in hand: identified bytes, so they live in memory that has no name in any
 * file system, are seen only by who sends them, and end with the process, after half
 * an hour of silence, or when they are taken.
 */
#ifndef OST_ROUTES_SPOOL_IMPL_H
#define OST_ROUTES_SPOOL_IMPL_H

#include "recon/base/err.h"

#include <stddef.h>
#include <stdint.h>

enum { OST_SPOOL_ID = 33, OST_SPOOL_SILENCE_S = 1800 };

struct ost_spool;

struct ost_upload {
    int64_t user, institution, case_id;
    bool ct;              /* a slice of a CT, else a film */
    size_t bytes, offset; /* as announced, as arrived */
    int fd;               /* ost_spool_take(): the caller's, to close */
};

/* `most` bytes of all uploads together, `of_one` of one institution. */
OST_MUST_CHECK
bool ost_spool_create(struct ost_spool **out, size_t most, size_t of_one, struct ost_err *err);
void ost_spool_destroy(struct ost_spool *spool);

/* In: all but offset and fd. OST_LIMIT where the person or the institution has too
 * many, OST_UNAVAILABLE where all together have. */
OST_MUST_CHECK
bool ost_spool_add(struct ost_spool *spool, const struct ost_upload *upload, char id[OST_SPOOL_ID],
                   struct ost_err *err);

/* The upload `id` of `user`; OST_NOT_FOUND also where it is somebody else's. */
OST_MUST_CHECK
bool ost_spool_look(struct ost_spool *spool, const char *id, int64_t user, struct ost_upload *out,
                    struct ost_err *err);

struct ost_piece {
    const void *ptr;
    size_t len;
    uint64_t offset; /* OST_CONFLICT unless it is where the upload stands */
};

/* `*offset` is where the upload stands, also after a conflict. */
OST_MUST_CHECK
bool ost_spool_put(struct ost_spool *spool, const char *id, int64_t user,
                   const struct ost_piece *piece, size_t *offset, struct ost_err *err);

/* Takes a whole upload out; OST_CONFLICT where bytes are missing. */
OST_MUST_CHECK
bool ost_spool_take(struct ost_spool *spool, const char *id, int64_t user, struct ost_upload *out,
                    struct ost_err *err);

void ost_spool_drop(struct ost_spool *spool, const char *id, int64_t user);
void ost_spool_drop_case(struct ost_spool *spool, int64_t case_id);
void ost_spool_expire(struct ost_spool *spool);

/* 32 random hexadecimal digits. */
OST_MUST_CHECK bool ost_spool_random_id(char id[OST_SPOOL_ID], struct ost_err *err);

#endif
