/* From one store to another, and whether one can be used at all. Nothing is opened for it. */
#include "services/store/shelf_impl.h"
#include "services/store/store_impl.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

static bool move_bytes(struct ost_shelf *to, struct ost_shelf *from, const struct ost_blob *blob,
                       struct ost_err *err)
{
    struct ost_buf sealed;
    ost_buf_init(&sealed, (size_t)blob->stored_bytes);
    bool ok = from->kind->read(from, blob->file, &sealed, err);
    if (ok && sealed.len != (size_t)blob->stored_bytes)
        ok = ost_fail(err, OST_CORRUPT, "its file is shorter than its row says");
    ok = ok && to->kind->write(to, blob->file, &sealed, err);
    ost_buf_fini(&sealed);
    return ok;
}

bool ost_store_copy(struct ost_store *to, struct ost_store *from, const struct ost_blob *blob,
                    bool *copied, struct ost_err *err)
{
    struct ost_err none = {.code = OST_OK};
    int64_t bytes = -1;
    bool there = to->shelf->kind->size(to->shelf, blob->file, &bytes, &none);
    *copied = false;
    if (there && bytes == blob->stored_bytes)
        return true;
    if (!there && none.code != OST_NOT_FOUND) {
        if (err != NULL)
            *err = none;
        return ost_err_note(err, "blob %" PRId64, blob->id);
    }
    if (blob->stored_bytes < 0 || blob->stored_bytes > 2LL * OST_STORE_MOST)
        return ost_fail(err, OST_LIMIT, "blob %" PRId64 " has %" PRId64 " bytes", blob->id,
                        blob->stored_bytes);
    /* One of another length is none of ours: it is replaced, once ours is read. */
    *copied = move_bytes(to->shelf, from->shelf, blob, err);
    return *copied || ost_err_note(err, "blob %" PRId64, blob->id);
}

bool ost_store_try(struct ost_store *store, struct ost_err *err)
{
    const struct ost_shelf_kind *kind = store->shelf->kind;
    unsigned char random[24];
    char unique[2 * sizeof random + 1], file[OST_BLOB_FILE];
    struct ost_buf put, got;
    randombytes_buf(random, sizeof random);
    (void)sodium_bin2hex(unique, sizeof unique, random, sizeof random);
    (void)snprintf(file, sizeof file, "0/00/%s", unique); /* no institution has the number 0 */
    ost_buf_init(&put, sizeof random);
    ost_buf_init(&got, sizeof random);
    ost_buf_put(&put, random, sizeof random);
    bool ok = ost_buf_done(&put, err) && kind->write(store->shelf, file, &put, err) &&
              kind->read(store->shelf, file, &got, err) &&
              ((got.len == put.len && memcmp(got.ptr, put.ptr, put.len) == 0) ||
               ost_fail(err, OST_CORRUPT, "the store gives back something else"));
    struct ost_err late = {.code = OST_OK};
    bool removed = kind->remove(store->shelf, file, &late);
    if (ok && !removed && err != NULL)
        *err = late;
    ost_buf_fini(&put);
    ost_buf_fini(&got);
    return ok && removed;
}
