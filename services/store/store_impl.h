/* Keys and sealing: what stands behind the two doors. */
#ifndef OST_STORE_STORE_IMPL_H
#define OST_STORE_STORE_IMPL_H

#include "services/store/store.h"

#include <stddef.h>

enum {
    OST_STORE_KEY = 32,
    OST_STORE_MOST = 512 << 20, /* bytes of one object */
};

struct ost_shelf;

struct ost_store {
    struct ost_shelf *shelf; /* owned */
    size_t key_count;
    struct ost_wrap_key key[OST_WRAP_KEYS]; /* 0: the secret; the last wraps */
};

/* Seals and writes any bytes: what the two doors have in common. */
OST_MUST_CHECK
bool ost_store_put(struct ost_store *store, struct ost_blob *blob, const void *bytes, size_t len,
                   struct ost_err *err);

/* The institution's key for a purpose, "address" or "uid", of the secret itself. */
void ost_store_key(const struct ost_store *store, const char *purpose, int64_t institution,
                   unsigned char key[OST_STORE_KEY]);

/* The same for "wrap", of the key with this number; OST_UNAVAILABLE where it is not there. */
OST_MUST_CHECK
bool ost_store_wrap_key(const struct ost_store *store, int id, int64_t institution,
                        unsigned char key[OST_STORE_KEY], struct ost_err *err);

/* Sealed bytes of `len` plain ones: magic, header, chunks of 64 KiB. */
OST_MUST_CHECK
bool ost_seal(const struct ost_store *store, struct ost_blob *blob, const void *bytes, size_t len,
              struct ost_buf *out, struct ost_err *err);
OST_MUST_CHECK
bool ost_unseal(const struct ost_store *store, const struct ost_blob *blob,
                const struct ost_buf *sealed, struct ost_buf *out, struct ost_err *err);

/* zstd where it helps; `*packed` tells. */
OST_MUST_CHECK
bool ost_pack(const void *bytes, size_t len, struct ost_buf *out, bool *packed,
              struct ost_err *err);
OST_MUST_CHECK
bool ost_unpack(const void *bytes, size_t len, size_t want, struct ost_buf *out,
                struct ost_err *err);

#endif
