/* How a row of `blob` is read, for the files that delete or join blobs. */
#ifndef OST_DB_BLOB_IMPL_H
#define OST_DB_BLOB_IMPL_H

#include "services/db/ask_impl.h"
#include "services/db/blob.h"

/* id, institution_id, kind, address, sha256, wrapped_key, file, bytes, stored_bytes, packed,
 * key_id */
void ost_db_blob_row(struct ost_row *row, struct ost_blob *out);

/* Drops those of the blobs "{1,2,3}" that no row uses any more: for ost_store_delete(). */
OST_MUST_CHECK
bool ost_db_blob_drop_unused(struct ost_db *db, const char *ids, struct ost_arena *arena,
                             struct ost_blob **gone, size_t *count, struct ost_err *err);

#endif
