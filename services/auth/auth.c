#include "services/auth/auth_impl.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* One key per purpose from the one secret. */
static void derive(const unsigned char *secret, const char *purpose, unsigned char *key)
{
    (void)crypto_generichash(key, OST_AUTH_KEY, (const unsigned char *)purpose, strlen(purpose),
                             secret, OST_SECRET_BYTES);
}

static bool open_keys(struct ost_auth *auth, const char *path, struct ost_err *err)
{
    unsigned char secret[OST_SECRET_BYTES];
    if (!ost_config_secret(path, secret, err))
        return false;
    derive(secret, "osteon auth pepper", auth->pepper);
    derive(secret, "osteon auth token", auth->token_key);
    derive(secret, "osteon auth subject", auth->subject_key);
    sodium_memzero(secret, sizeof secret);
    return true;
}

bool ost_auth_create(struct ost_auth **out, const struct ost_config_auth *config,
                     struct ost_err *err)
{
    if (sodium_init() < 0)
        return ost_fail(err, OST_UNAVAILABLE, "no source of random numbers");
    OST_AUTO(ost_auth) auth = calloc(1, sizeof *auth);
    if (auth == NULL)
        return ost_fail(err, OST_NOMEM, "the keys of authentication");
    auth->limit = *config;
    auth->room = OST_AUTH_ROOM;
    (void)pthread_mutex_init(&auth->lock, NULL);
    (void)pthread_cond_init(&auth->turn, NULL);
    char nobody[24];
    ost_auth_password_random(nobody);
    if (!open_keys(auth, config->secret_file, err) ||
        !ost_auth_hash(auth, nobody, auth->nobody, err))
        return false;
    *out = ost_steal(&auth);
    return true;
}

void ost_auth_room(struct ost_auth *auth, int64_t most)
{
    auth->room = most < OST_AUTH_HASHES ? OST_AUTH_HASHES : most;
}

void ost_auth_destroy(struct ost_auth *auth)
{
    if (auth == NULL)
        return;
    (void)pthread_cond_destroy(&auth->turn);
    (void)pthread_mutex_destroy(&auth->lock);
    sodium_memzero(auth, sizeof *auth);
    free(auth);
}

void ost_auth_token(char token[OST_AUTH_TOKEN])
{
    unsigned char random[OST_DB_HASH];
    randombytes_buf(random, sizeof random);
    (void)sodium_bin2hex(token, OST_AUTH_TOKEN, random, sizeof random);
    sodium_memzero(random, sizeof random);
}

void ost_auth_token_hash(const struct ost_auth *auth, const char *token,
                         unsigned char hash[OST_DB_HASH], char hex[OST_AUTH_HEX])
{
    (void)crypto_generichash(hash, OST_DB_HASH, (const unsigned char *)token, strlen(token),
                             auth->token_key, sizeof auth->token_key);
    if (hex != NULL)
        (void)sodium_bin2hex(hex, OST_AUTH_HEX, hash, OST_DB_HASH);
}

void ost_auth_subject(const struct ost_auth *auth, const char *kind, const char *who,
                      char hex[OST_AUTH_HEX])
{
    unsigned char hash[OST_DB_HASH];
    crypto_generichash_state state;
    (void)crypto_generichash_init(&state, auth->subject_key, sizeof auth->subject_key, sizeof hash);
    (void)crypto_generichash_update(&state, (const unsigned char *)kind, strlen(kind) + 1);
    (void)crypto_generichash_update(&state, (const unsigned char *)who, strlen(who));
    (void)crypto_generichash_final(&state, hash, sizeof hash);
    (void)sodium_bin2hex(hex, OST_AUTH_HEX, hash, sizeof hash);
}
