#include "services/store/store.h"

#include "services/store/shelf_impl.h"
#include "services/store/store_impl.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool open_shelf(struct ost_store *store, const struct ost_config_store *config,
                       struct ost_err *err)
{
    bool bucket = config->s3.url != NULL && config->s3.url[0] != '\0';
    return bucket ? ost_s3_create(&store->shelf, &config->s3, err)
                  : ost_disk_create(&store->shelf, config->blob_dir, err);
}

bool ost_store_create(struct ost_store **out, const struct ost_config_store *config,
                      struct ost_err *err)
{
    if (sodium_init() < 0)
        return ost_fail(err, OST_UNAVAILABLE, "no source of random numbers");
    OST_AUTO(ost_store) store = calloc(1, sizeof *store);
    if (store == NULL)
        return ost_fail(err, OST_NOMEM, "the store");
    if (!ost_config_wrap_keys(config->secret_file, store->key, &store->key_count, err) ||
        !open_shelf(store, config, err))
        return false;
    *out = ost_steal(&store);
    return true;
}

void ost_store_destroy(struct ost_store *store)
{
    if (store == NULL)
        return;
    ost_shelf_destroy(store->shelf);
    sodium_memzero(store, sizeof *store);
    free(store);
}

static void derive(const struct ost_wrap_key *from, const char *purpose, int64_t institution,
                   unsigned char key[OST_STORE_KEY])
{
    char label[64];
    int len =
        snprintf(label, sizeof label, "osteon store %s %lld", purpose, (long long)institution);
    (void)crypto_generichash(key, OST_STORE_KEY, (const unsigned char *)label,
                             (unsigned long long)len, from->key, sizeof from->key);
}

void ost_store_key(const struct ost_store *store, const char *purpose, int64_t institution,
                   unsigned char key[OST_STORE_KEY])
{
    derive(&store->key[0], purpose, institution, key);
}

bool ost_store_wrap_key(const struct ost_store *store, int id, int64_t institution,
                        unsigned char key[OST_STORE_KEY], struct ost_err *err)
{
    for (size_t i = 0; i < store->key_count; i++) {
        if (store->key[i].id != id)
            continue;
        derive(&store->key[i], "wrap", institution, key);
        return true;
    }
    return ost_fail(err, OST_UNAVAILABLE, "key %d is not in OSTEON_SECRET_FILE", id);
}

int ost_store_newest_key(const struct ost_store *store)
{
    return store->key[store->key_count - 1].id;
}

/* "7/3f/3f...64 digits.16 random digits": the same content twice is two files. */
static void name_file(struct ost_blob *blob)
{
    unsigned char random[8];
    char address[2 * OST_DB_HASH + 1], unique[2 * sizeof random + 1];
    randombytes_buf(random, sizeof random);
    (void)sodium_bin2hex(address, sizeof address, blob->address, sizeof blob->address);
    (void)sodium_bin2hex(unique, sizeof unique, random, sizeof random);
    (void)snprintf(blob->file, sizeof blob->file, "%lld/%.2s/%s.%s", (long long)blob->institution,
                   address, address, unique);
}

bool ost_store_put(struct ost_store *store, struct ost_blob *blob, const void *bytes, size_t len,
                   struct ost_err *err)
{
    unsigned char key[OST_STORE_KEY];
    if (len > OST_STORE_MOST)
        return ost_fail(err, OST_LIMIT, "%zu bytes in one object, limit %d", len, OST_STORE_MOST);
    ost_store_key(store, "address", blob->institution, key);
    (void)crypto_generichash(blob->address, sizeof blob->address, bytes, len, key, sizeof key);
    sodium_memzero(key, sizeof key);
    (void)crypto_hash_sha256(blob->sha256, bytes, len);
    name_file(blob);
    blob->bytes = (int64_t)len;

    struct ost_buf sealed;
    ost_buf_init(&sealed, OST_STORE_MOST + (OST_STORE_MOST >> 8) + 4096);
    bool ok = ost_seal(store, blob, bytes, len, &sealed, err) &&
              store->shelf->kind->write(store->shelf, blob->file, &sealed, err);
    blob->stored_bytes = (int64_t)sealed.len;
    ost_buf_fini(&sealed);
    return ok;
}

bool ost_store_put_result(struct ost_store *store, int64_t institution, const void *bytes,
                          size_t len, struct ost_blob *blob, struct ost_err *err)
{
    *blob = (struct ost_blob){.institution = institution, .kind = "result"};
    return ost_store_put(store, blob, bytes, len, err);
}

static bool check_content(const struct ost_blob *blob, const struct ost_buf *out, size_t before,
                          struct ost_err *err)
{
    unsigned char sha256[OST_DB_HASH];
    (void)crypto_hash_sha256(sha256,
                             out->ptr == NULL ? (const unsigned char *)"" : out->ptr + before,
                             out->len - before);
    return sodium_memcmp(sha256, blob->sha256, sizeof sha256) == 0 ||
           ost_fail(err, OST_CORRUPT, "blob %lld is not what was put", (long long)blob->id);
}

bool ost_store_get(struct ost_store *store, const struct ost_blob *blob, struct ost_buf *out,
                   struct ost_err *err)
{
    if (blob->bytes < 0 || blob->stored_bytes < 0 || blob->stored_bytes > 2LL * OST_STORE_MOST ||
        (size_t)blob->bytes > out->limit - out->len) {
        return ost_fail(err, OST_LIMIT, "blob %lld has %lld bytes", (long long)blob->id,
                        (long long)blob->bytes);
    }
    struct ost_buf sealed;
    size_t before = out->len;
    ost_buf_init(&sealed, (size_t)blob->stored_bytes);
    bool ok = store->shelf->kind->read(store->shelf, blob->file, &sealed, err) &&
              ost_unseal(store, blob, &sealed, out, err) && check_content(blob, out, before, err);
    ost_buf_fini(&sealed);
    return ok || ost_err_note(err, "blob %lld", (long long)blob->id);
}

bool ost_store_delete(struct ost_store *store, const struct ost_blob *blob, struct ost_err *err)
{
    return store->shelf->kind->remove(store->shelf, blob->file, err);
}
