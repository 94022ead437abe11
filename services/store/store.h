/*
 * Blobs, sealed, one file each in a folder or one object each in an S3 bucket, which sees
 * noise only. Two doors in and no third: a film enters
 * only as a struct ost_clean_dicom, which only the de-identifier can make; anything
 * else is a result computed from such films.
 *
 * Each object is encrypted (XChaCha20-Poly1305 stream) with a random key of its
 * own, wrapped by its institution's key, which is derived from a master key; the row
 * says by the number of which. The wrapped key lives in the blob's row alone: deleting the row
 * makes the file noise.
 *
 * Order of things: put writes the file; the caller adds the row (ost_db_blob_add) in
 * the transaction the blob is about; without a commit, or where the content was
 * known already, ost_store_delete() takes the file away again. What a crash leaves
 * behind, ost_store_sweep() finds.
 */
#ifndef OST_STORE_STORE_H
#define OST_STORE_STORE_H

#include "recon/base/buf.h"
#include "recon/base/err.h"
#include "services/config/config.h"
#include "services/db/blob.h"

OST_C_BEGIN

struct ost_clean_dicom;
struct ost_store;

/*
 * Reads the master key and makes the folder where it is missing, or asks the bucket whether it
 * answers. Safe to share among threads.
 */
OST_MUST_CHECK
bool ost_store_create(struct ost_store **out, const struct ost_config_store *config,
                      struct ost_err *err);
void ost_store_destroy(struct ost_store *store); /* NULL is fine; zeroes the keys */
OST_AUTO_DEFINE(ost_store);

/*
 * A film or CT slice; `blob` is complete but for its id. Durable when it returns. A
 * record that is not keyed yet gets the institution's own key here, so that the same
 * study is one study within the institution and nowhere else.
 */
OST_MUST_CHECK
bool ost_store_put_clean(struct ost_store *store, int64_t institution,
                         struct ost_clean_dicom *clean, struct ost_blob *blob, struct ost_err *err);

/* What a station computed. */
OST_MUST_CHECK
bool ost_store_put_result(struct ost_store *store, int64_t institution, const void *bytes,
                          size_t len, struct ost_blob *blob, struct ost_err *err);

/*
 * Opens, checks and appends the content to `out` (whose limit holds). OST_CORRUPT
 * where the file is not what was put; OST_NOT_FOUND where it is gone.
 */
OST_MUST_CHECK
bool ost_store_get(struct ost_store *store, const struct ost_blob *blob, struct ost_buf *out,
                   struct ost_err *err);

/* The number of the key that wraps what is put from now on. */
int ost_store_newest_key(const struct ost_store *store);

/* The blob's own key under the newest wrapping key; its file stays as it is. */
OST_MUST_CHECK
bool ost_store_rewrap(const struct ost_store *store, struct ost_blob *blob, struct ost_err *err);

/* Removes the file for good. After the commit that removed the row. */
OST_MUST_CHECK
bool ost_store_delete(struct ost_store *store, const struct ost_blob *blob, struct ost_err *err);

/* Seconds after which what no row names is nobody's; 0: never, it may be another database's. */
int64_t ost_store_orphan_age(const struct ost_store *store);

/* Removes files older than `age_s` that no row names; `*count` says how many. */
OST_MUST_CHECK
bool ost_store_sweep(struct ost_store *store, struct ost_db *db, int64_t age_s, size_t *count,
                     struct ost_err *err);

/* Writes, reads and removes an object of no blob: OST_UNAVAILABLE says what may not be done. */
OST_MUST_CHECK bool ost_store_try(struct ost_store *store, struct ost_err *err);

/*
 * The blob's file as it is, sealed, from another store into this one. `*copied` is false where
 * it is here already, whole.
 */
OST_MUST_CHECK
bool ost_store_copy(struct ost_store *to, struct ost_store *from, const struct ost_blob *blob,
                    bool *copied, struct ost_err *err);

OST_C_END

#endif
