/*
 * What the store holds: one row per content and institution. The row is the only
 * place where the object's key is, wrapped; without the row the file is noise.
 */
#ifndef OST_DB_BLOB_H
#define OST_DB_BLOB_H

#include "recon/base/arena.h"
#include "services/db/db.h"

OST_C_BEGIN

enum { OST_BLOB_WRAPPED = 72, OST_BLOB_FILE = 120 };

struct ost_blob {
    int64_t id; /* 0 until ost_db_blob_add() */
    int64_t institution;
    char kind[8];                       /* film, ct, result */
    unsigned char address[OST_DB_HASH]; /* keyed BLAKE2b of the content: equal within one tenant */
    unsigned char sha256[OST_DB_HASH];  /* of the content */
    unsigned char wrapped[OST_BLOB_WRAPPED]; /* nonce and sealed data key */
    char file[OST_BLOB_FILE];                /* below the store's folder */
    int64_t bytes, stored_bytes;
    bool packed; /* zstd before sealing */
    int key_id;  /* the number of the key that wrapped its own */
};

/*
 * Makes the row, or finds the one with the same content: `blob` is then that row,
 * `*added` is false, and the file just written is the caller's to drop.
 */
OST_MUST_CHECK
bool ost_db_blob_add(struct ost_db *db, struct ost_blob *blob, bool *added, struct ost_err *err);

OST_MUST_CHECK
bool ost_db_blob_get(struct ost_db *db, int64_t id, struct ost_blob *out, struct ost_err *err);

/* Whether a row of this institution names the file: what the sweep asks. */
OST_MUST_CHECK
bool ost_db_blob_names(struct ost_db *db, const char *file, bool *out, struct ost_err *err);

/* Blobs of this institution that another key wraps than `key_id`, in order of ids. */
struct ost_db_blob_ask {
    int key_id;
    int64_t after;
    size_t most;
};
OST_MUST_CHECK
bool ost_db_blob_stale(struct ost_db *db, const struct ost_db_blob_ask *ask,
                       struct ost_arena *arena, struct ost_blob **out, size_t *count,
                       struct ost_err *err);

/* The blob's new wrapping, where it still has that of key `was`. As the owner. */
OST_MUST_CHECK
bool ost_db_blob_rewrap(struct ost_db *db, const struct ost_blob *blob, int was,
                        struct ost_err *err);

OST_C_END

#endif
