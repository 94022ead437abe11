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

OST_C_END

#endif
