/*
 * One object, one key: XChaCha20-Poly1305 secretstream in chunks of 64 KiB. The key is
 * wrapped by the institution's key; both wrapping and first chunk are bound to the
 * institution and the content's address, so that files cannot be exchanged.
 */
#include "services/store/store_impl.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum {
    OST_CHUNK = 64 << 10,
    OST_CHUNK_SEALED = OST_CHUNK + crypto_secretstream_xchacha20poly1305_ABYTES,
    OST_NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    OST_BOUND = 96,
};

static const char magic[] = "OSTB1\n\0"; /* eight bytes with the last NUL */

_Static_assert(OST_NONCE + OST_STORE_KEY + crypto_aead_xchacha20poly1305_ietf_ABYTES ==
                   OST_BLOB_WRAPPED,
               "nonce, key and tag fill the wrapped key");

/* What an object is bound to; returns its length. */
static size_t bound_to(const struct ost_blob *blob, unsigned char out[OST_BOUND])
{
    int len = snprintf((char *)out, OST_BOUND, "%s %lld %d ", blob->kind,
                       (long long)blob->institution, blob->packed);
    memcpy(out + len, blob->address, sizeof blob->address);
    return (size_t)len + sizeof blob->address;
}

static bool wrap(const struct ost_store *store, struct ost_blob *blob,
                 const unsigned char key[OST_STORE_KEY], struct ost_err *err)
{
    unsigned char bound[OST_BOUND], kek[OST_STORE_KEY];
    size_t bound_len = bound_to(blob, bound);
    blob->key_id = ost_store_newest_key(store);
    if (!ost_store_wrap_key(store, blob->key_id, blob->institution, kek, err))
        return false;
    randombytes_buf(blob->wrapped, OST_NONCE);
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(blob->wrapped + OST_NONCE, NULL, key,
                                                     OST_STORE_KEY, bound, bound_len, NULL,
                                                     blob->wrapped, kek);
    sodium_memzero(kek, sizeof kek);
    return true;
}

static bool unwrap(const struct ost_store *store, const struct ost_blob *blob,
                   unsigned char key[OST_STORE_KEY], struct ost_err *err)
{
    unsigned char bound[OST_BOUND], kek[OST_STORE_KEY];
    size_t bound_len = bound_to(blob, bound);
    if (!ost_store_wrap_key(store, blob->key_id, blob->institution, kek, err))
        return false;
    int rc = crypto_aead_xchacha20poly1305_ietf_decrypt(key, NULL, NULL, blob->wrapped + OST_NONCE,
                                                        OST_BLOB_WRAPPED - OST_NONCE, bound,
                                                        bound_len, blob->wrapped, kek);
    sodium_memzero(kek, sizeof kek);
    return rc == 0 || ost_fail(err, OST_CORRUPT, "its key does not open: another master key?");
}

bool ost_store_rewrap(const struct ost_store *store, struct ost_blob *blob, struct ost_err *err)
{
    unsigned char key[OST_STORE_KEY];
    bool ok = unwrap(store, blob, key, err) && wrap(store, blob, key, err);
    sodium_memzero(key, sizeof key);
    return ok || ost_err_note(err, "blob %lld", (long long)blob->id);
}

static void push_all(crypto_secretstream_xchacha20poly1305_state *state,
                     const struct ost_blob *blob, const struct ost_buf *plain, struct ost_buf *out)
{
    unsigned char chunk[OST_CHUNK_SEALED], bound[OST_BOUND];
    size_t bound_len = bound_to(blob, bound), at = 0;
    do {
        size_t n = plain->len - at < OST_CHUNK ? plain->len - at : OST_CHUNK;
        unsigned char tag = at + n == plain->len
                                ? crypto_secretstream_xchacha20poly1305_TAG_FINAL
                                : crypto_secretstream_xchacha20poly1305_TAG_MESSAGE;
        unsigned long long sealed = 0;
        const unsigned char *from = n == 0 ? (const unsigned char *)"" : plain->ptr + at;
        (void)crypto_secretstream_xchacha20poly1305_push(state, chunk, &sealed, from, n, bound,
                                                         at == 0 ? bound_len : 0, tag);
        ost_buf_put(out, chunk, (size_t)sealed);
        at += n;
    } while (at < plain->len);
}

bool ost_seal(const struct ost_store *store, struct ost_blob *blob, const void *bytes, size_t len,
              struct ost_buf *out, struct ost_err *err)
{
    unsigned char key[OST_STORE_KEY], header[crypto_secretstream_xchacha20poly1305_HEADERBYTES];
    crypto_secretstream_xchacha20poly1305_state state;
    struct ost_buf plain;
    ost_buf_init(&plain, len + (len >> 7) + 1024);
    bool ok = ost_pack(bytes, len, &plain, &blob->packed, err);
    crypto_secretstream_xchacha20poly1305_keygen(key);
    if (ok && (ok = wrap(store, blob, key, err))) {
        (void)crypto_secretstream_xchacha20poly1305_init_push(&state, header, key);
        ost_buf_put(out, magic, sizeof magic);
        ost_buf_put(out, header, sizeof header);
        push_all(&state, blob, &plain, out);
        ok = ost_buf_done(out, err);
    }
    sodium_memzero(key, sizeof key);
    ost_buf_fini(&plain);
    return ok;
}

static bool broken(struct ost_err *err)
{
    return ost_fail(err, OST_CORRUPT, "its file is cut off or was changed");
}

static bool pull_all(crypto_secretstream_xchacha20poly1305_state *state,
                     const struct ost_blob *blob, const struct ost_buf *sealed, size_t at,
                     struct ost_buf *plain)
{
    unsigned char chunk[OST_CHUNK], bound[OST_BOUND], tag = 0;
    size_t bound_len = bound_to(blob, bound);
    bool ok = true;
    for (bool first = true; ok && at < sealed->len; first = false) {
        size_t n = sealed->len - at < OST_CHUNK_SEALED ? sealed->len - at : OST_CHUNK_SEALED;
        unsigned long long opened = 0;
        ok = tag != crypto_secretstream_xchacha20poly1305_TAG_FINAL &&
             n >= crypto_secretstream_xchacha20poly1305_ABYTES &&
             crypto_secretstream_xchacha20poly1305_pull(state, chunk, &opened, &tag,
                                                        sealed->ptr + at, n, bound,
                                                        first ? bound_len : 0) == 0;
        ost_buf_put(plain, chunk, ok ? (size_t)opened : 0);
        at += n;
    }
    return ok && tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
}

static bool open_stream(const struct ost_store *store, const struct ost_blob *blob,
                        const struct ost_buf *sealed, struct ost_buf *plain, struct ost_err *err)
{
    unsigned char key[OST_STORE_KEY];
    crypto_secretstream_xchacha20poly1305_state state;
    size_t head = sizeof magic + crypto_secretstream_xchacha20poly1305_HEADERBYTES;
    if (sealed->len < head || memcmp(sealed->ptr, magic, sizeof magic) != 0)
        return broken(err);
    if (!unwrap(store, blob, key, err))
        return false;
    bool ok = crypto_secretstream_xchacha20poly1305_init_pull(&state, sealed->ptr + sizeof magic,
                                                              key) == 0 &&
              pull_all(&state, blob, sealed, head, plain);
    sodium_memzero(key, sizeof key);
    return ok ? ost_buf_done(plain, err) : broken(err);
}

bool ost_unseal(const struct ost_store *store, const struct ost_blob *blob,
                const struct ost_buf *sealed, struct ost_buf *out, struct ost_err *err)
{
    if (!blob->packed)
        return open_stream(store, blob, sealed, out, err);
    struct ost_buf plain;
    ost_buf_init(&plain, sealed->len);
    bool ok = open_stream(store, blob, sealed, &plain, err) &&
              ost_unpack(plain.ptr, plain.len, (size_t)blob->bytes, out, err);
    ost_buf_fini(&plain);
    return ok;
}
