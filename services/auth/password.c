/*
 * Argon2id, RFC 9106's second recommendation (64 MiB, t=3), over an HMAC of the
 * password: whoever has the database alone cannot even begin to guess.
 */
#include "services/auth/auth_impl.h"

#include <argon2.h>

#include <sodium.h>
#include <string.h>
#include <strings.h>

enum { OST_ARGON_T = 3, OST_ARGON_KIB = 65536, OST_ARGON_P = 1, OST_SALT = 16 };
#define ARGON_HEAD "$argon2id$v=19$m=65536,t=3,p=1$"

static bool enter(struct ost_auth *auth, struct ost_err *err)
{
    (void)pthread_mutex_lock(&auth->lock);
    bool full = auth->waiting + auth->hashing >= auth->room;
    if (!full) {
        auth->waiting++;
        while (auth->hashing >= OST_AUTH_HASHES)
            (void)pthread_cond_wait(&auth->turn, &auth->lock);
        auth->waiting--;
        auth->hashing++;
    }
    (void)pthread_mutex_unlock(&auth->lock);
    return !full || ost_fail(err, OST_UNAVAILABLE, "many people log in at once; try again");
}

static void leave(struct ost_auth *auth)
{
    (void)pthread_mutex_lock(&auth->lock);
    auth->hashing--;
    (void)pthread_cond_signal(&auth->turn);
    (void)pthread_mutex_unlock(&auth->lock);
}

static void pepper(const struct ost_auth *auth, const char *password,
                   unsigned char out[crypto_auth_hmacsha256_BYTES])
{
    (void)crypto_auth_hmacsha256(out, (const unsigned char *)password, strlen(password),
                                 auth->pepper);
}

bool ost_auth_hash(struct ost_auth *auth, const char *password, char record[256],
                   struct ost_err *err)
{
    unsigned char salt[OST_SALT], peppered[crypto_auth_hmacsha256_BYTES];
    if (!enter(auth, err))
        return false;
    randombytes_buf(salt, sizeof salt);
    pepper(auth, password, peppered);
    int rc =
        argon2id_hash_encoded(OST_ARGON_T, OST_ARGON_KIB, OST_ARGON_P, peppered, sizeof peppered,
                              salt, sizeof salt, OST_AUTH_KEY, record, OST_AUTH_RECORD);
    leave(auth);
    sodium_memzero(peppered, sizeof peppered);
    return rc == ARGON2_OK || ost_fail(err, OST_NOMEM, "no memory to hash a password");
}

bool ost_auth_verify(struct ost_auth *auth, const char *record, const char *password, bool *match,
                     bool *old, struct ost_err *err)
{
    unsigned char peppered[crypto_auth_hmacsha256_BYTES];
    if (!enter(auth, err))
        return false;
    pepper(auth, password, peppered);
    int rc = argon2id_verify(record, peppered, sizeof peppered);
    leave(auth);
    sodium_memzero(peppered, sizeof peppered);
    *match = rc == ARGON2_OK;
    *old = strncmp(record, ARGON_HEAD, strlen(ARGON_HEAD)) != 0;
    return rc == ARGON2_OK || rc == ARGON2_VERIFY_MISMATCH ||
           ost_fail(err, OST_NOMEM, "a password could not be checked");
}

bool ost_auth_password_fit(const char *password, const char *email, struct ost_err *err)
{
    size_t len = strnlen(password, OST_AUTH_PASSWORD), name = strcspn(email, "@");
    if (len < 12 || len >= OST_AUTH_PASSWORD)
        return ost_fail(err, OST_INVALID, "a password has 12 to 255 characters");
    if (strcasecmp(password, email) == 0 ||
        (name >= 4 && strncasecmp(password, email, name) == 0 && len < name + 8))
        return ost_fail(err, OST_INVALID, "the password is too close to the account's name");
    bool varied = false;
    for (size_t i = 1; i < len; i++)
        varied = varied || password[i] != password[i - 1];
    return varied || ost_fail(err, OST_INVALID, "the password is one character repeated");
}

void ost_auth_password_random(char password[24])
{
    static const char letters[] = "23456789abcdefghjkmnpqrstuvwxyz";
    for (int i = 0; i < 23; i++)
        password[i] = (char)(i % 6 == 5 ? '-' : letters[randombytes_uniform(sizeof letters - 1)]);
    password[23] = '\0';
}
