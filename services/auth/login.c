#include "services/auth/auth_impl.h"
#include "services/config/network.h"
#include "services/db/account.h"
#include "services/db/audit.h"
#include "services/db/session.h"
#include "services/db/throttle.h"
#include "services/log/log.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

/* Generous to people, hopeless for machines: delays of 2, 4, 8 ... s after the free ones. */
enum { OST_FREE_ACCOUNT = 5, OST_MOST_ACCOUNT_S = 300 };
enum { OST_FREE_ADDRESS = 20, OST_MOST_ADDRESS_S = 900 };
enum { OST_FREE_NOBODY = 1000 }; /* more than are ever counted: nobody waits for nobody */

static bool refused(struct ost_err *err)
{
    return ost_fail(err, OST_DENIED, "the e-mail address or the password is wrong");
}

/* Lower case, and nothing that no address has. */
static bool normal_email(const char *email, char out[OST_AUTH_EMAIL])
{
    size_t len = strnlen(email, OST_AUTH_EMAIL);
    if (len < 3 || len >= OST_AUTH_EMAIL)
        return false;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)email[i];
        if (c <= ' ' || c == 0x7f)
            return false;
        out[i] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    out[len] = '\0';
    return true;
}

/* IPv6 counts by its network, as connections do. */
static void address_subject(const struct ost_auth *auth, const char *address,
                            char hex[OST_AUTH_HEX])
{
    struct in6_addr six;
    char network[INET6_ADDRSTRLEN];
    bool is_six = inet_pton(AF_INET6, address, &six) == 1 && !IN6_IS_ADDR_V4MAPPED(&six);
    if (is_six)
        memset(six.s6_addr + OST_NETWORK_BYTES, 0, sizeof six.s6_addr - OST_NETWORK_BYTES);
    if (is_six && inet_ntop(AF_INET6, &six, network, sizeof network) != NULL)
        address = network;
    ost_auth_subject(auth, "address", address, hex);
}

/* An account as seen from one address: `kind` "home", somebody logged in there; "guess". */
static void pair_subject(const struct ost_auth *auth, const struct ost_auth_login *login,
                         const char *kind, char hex[OST_AUTH_HEX])
{
    char address[OST_AUTH_HEX], pair[OST_AUTH_EMAIL + OST_AUTH_HEX + 1];
    address_subject(auth, login->address, address);
    (void)snprintf(pair, sizeof pair, "%s %s", address, login->email);
    ost_auth_subject(auth, kind, pair, hex);
}

/*
 * Whom the guesses at an account count for. Anybody may guess from elsewhere: that delays
 * whoever comes from elsewhere, not who logged in from this address a day ago. Guesses from
 * here are counted apart, no more generously.
 */
static bool account_subject(const struct ost_auth *auth, struct ost_db *db,
                            const struct ost_auth_login *login, char hex[OST_AUTH_HEX],
                            struct ost_err *err)
{
    char home[OST_AUTH_HEX];
    bool at_home = false;
    pair_subject(auth, login, "home", home);
    if (!ost_db_throttle_known(db, home, &at_home, err))
        return false;
    if (at_home) {
        pair_subject(auth, login, "guess", hex);
    } else {
        ost_auth_subject(auth, "account", login->email, hex);
    }
    return true;
}

void ost_auth_address(const struct ost_auth *auth, const char *address, char hex[OST_AUTH_HEX])
{
    address_subject(auth, address, hex);
}

static bool try_address(const struct ost_auth *auth, struct ost_db *db, const char *address,
                        int64_t *wait_s, struct ost_err *err)
{
    char subject[OST_AUTH_HEX];
    address_subject(auth, address, subject);
    const struct ost_db_throttle limit = {
        .subject = subject, .free = OST_FREE_ADDRESS, .most_s = OST_MOST_ADDRESS_S};
    return ost_db_throttle_try(db, &limit, wait_s, err);
}

static bool try_both(const struct ost_auth *auth, struct ost_db *db, struct ost_auth_login *login,
                     struct ost_err *err)
{
    char account[OST_AUTH_HEX];
    if (!account_subject(auth, db, login, account, err))
        return false;
    const struct ost_db_throttle by_account = {
        .subject = account, .free = OST_FREE_ACCOUNT, .most_s = OST_MOST_ACCOUNT_S};
    if (!try_address(auth, db, login->address, &login->wait_s, err))
        return false;
    return login->wait_s > 0 || ost_db_throttle_try(db, &by_account, &login->wait_s, err);
}

static bool in_time(int64_t wait_s, struct ost_err *err)
{
    if (wait_s == 0)
        return true;
    ost_log(OST_LOG_WARN, "auth.throttled", "wait_s=%" PRId64, wait_s);
    return ost_fail(err, OST_LIMIT, "too many attempts; try again in %" PRId64 " seconds", wait_s);
}

bool ost_auth_throttle(const struct ost_auth *auth, struct ost_db *db, struct ost_auth_login *login,
                       struct ost_err *err)
{
    if (!ost_db_begin_key(db, "", err))
        return false;
    bool ok = try_both(auth, db, login, err) && ost_db_commit(db, err);
    ost_db_end(db);
    return ok && in_time(login->wait_s, err);
}

bool ost_auth_throttle_address(const struct ost_auth *auth, struct ost_db *db, const char *address,
                               int64_t *wait_s, struct ost_err *err)
{
    if (!ost_db_begin_key(db, "", err))
        return false;
    bool ok = try_address(auth, db, address, wait_s, err) && ost_db_commit(db, err);
    ost_db_end(db);
    return ok && in_time(*wait_s, err);
}

bool ost_auth_unthrottle(const struct ost_auth *auth, struct ost_db *db,
                         const struct ost_auth_login *login, struct ost_err *err)
{
    char account[OST_AUTH_HEX], address[OST_AUTH_HEX], home[OST_AUTH_HEX];
    const struct ost_db_throttle never = {.subject = home, .free = OST_FREE_NOBODY};
    int64_t wait_s = 0;
    address_subject(auth, login->address, address);
    pair_subject(auth, login, "home", home);
    return account_subject(auth, db, login, account, err) &&
           ost_db_throttle_clear(db, account, true, err) &&
           ost_db_throttle_clear(db, address, false, err) &&
           ost_db_throttle_try(db, &never, &wait_s, err);
}

static bool find(struct ost_db *db, const char *email, struct ost_db_user *user, bool *found,
                 struct ost_err *err)
{
    if (!ost_db_begin_key(db, email, err))
        return false;
    bool ok = ost_db_user_find(db, email, user, found, err) && ost_db_commit(db, err);
    ost_db_end(db);
    return ok;
}

static bool note_refusal(struct ost_db *db, const struct ost_db_user *user, struct ost_err *err)
{
    const struct ost_db_who who = {.institution = user->institution};
    const struct ost_audit audit = {
        .action = "session.refused", .object = "user", .object_id = user->id};
    ost_log(OST_LOG_WARN, "auth.refused", "user=%" PRId64, user->id);
    if (!ost_db_begin(db, &who, err))
        return false;
    bool ok = ost_db_audit_add(db, &audit, err) && ost_db_commit(db, err);
    ost_db_end(db);
    return ok;
}

/*
 * A refused attempt on a known account is kept for good, which takes a commit: one on an
 * unknown account takes a commit too, or the quicker answer would tell them apart.
 */
static bool note_nobody(const struct ost_auth *auth, struct ost_db *db, struct ost_err *err)
{
    char nobody[OST_AUTH_HEX];
    int64_t wait_s = 0;
    const struct ost_db_throttle never = {.subject = nobody, .free = OST_FREE_NOBODY};
    ost_auth_subject(auth, "nobody", "", nobody);
    ost_log(OST_LOG_WARN, "auth.refused", "user=%d", 0);
    if (!ost_db_begin_key(db, "", err))
        return false;
    bool ok = ost_db_throttle_try(db, &never, &wait_s, err) && ost_db_commit(db, err);
    ost_db_end(db);
    return ok;
}

/* An unknown account costs the same Argon2 as a known one. */
static bool known_person(struct ost_auth *auth, struct ost_db *db,
                         const struct ost_auth_login *login, struct ost_db_user *user, bool *old,
                         struct ost_err *err)
{
    bool found = false, match = false;
    if (!find(db, login->email, user, &found, err) ||
        !ost_auth_verify(auth, found ? user->password : auth->nobody, login->password, &match, old,
                         err))
        return false;
    if (found && match && !user->disabled)
        return true;
    if (found ? !note_refusal(db, user, err) : !note_nobody(auth, db, err))
        return false;
    return refused(err);
}

void ost_auth_agent(const char *agent, char out[124])
{
    size_t len = agent == NULL ? 0 : strnlen(agent, 120);
    for (size_t i = 0; i < len; i++)
        out[i] = (char)(agent[i] < ' ' || agent[i] > '~' ? '?' : agent[i]);
    out[len] = '\0';
}

static bool begin_session(struct ost_auth *auth, struct ost_db *db,
                          const struct ost_auth_login *login, const char *token,
                          struct ost_auth_session *out, struct ost_err *err)
{
    unsigned char hash[OST_DB_HASH];
    char agent[124];
    ost_auth_token_hash(auth, token, hash, NULL);
    ost_auth_agent(login->agent, agent);
    const struct ost_db_session_new fresh = {
        .hash = hash, .agent = agent, .hours = auth->limit.absolute_hours};
    return ost_db_session_add(db, &fresh, &out->id, err) &&
           ost_auth_fill(db, out->id, &out->who, out, err) &&
           ost_auth_unthrottle(auth, db, login, err);
}

bool ost_auth_login(struct ost_auth *auth, struct ost_db *db, struct ost_auth_login *login,
                    struct ost_auth_session *out, char token[OST_AUTH_TOKEN], struct ost_err *err)
{
    char email[OST_AUTH_EMAIL], record[OST_AUTH_RECORD] = "";
    struct ost_auth_login normal = *login;
    struct ost_db_user user = {0};
    bool old = false;
    if (!normal_email(login->email, email) ||
        strnlen(login->password, OST_AUTH_PASSWORD) == OST_AUTH_PASSWORD)
        return refused(err);
    normal.email = email;
    bool free_to_try = ost_auth_throttle(auth, db, &normal, err);
    login->wait_s = normal.wait_s;
    if (!free_to_try || !known_person(auth, db, &normal, &user, &old, err) ||
        (old && !ost_auth_hash(auth, login->password, record, err)))
        return false;

    out->who = (struct ost_db_who){.institution = user.institution, .user = user.id};
    ost_auth_token(token);
    if (!ost_db_begin(db, &out->who, err))
        return false;
    bool ok = (!old || ost_db_user_set_password(db, user.id, record, "user.rehash", err)) &&
              begin_session(auth, db, &normal, token, out, err) && ost_db_commit(db, err);
    ost_db_end(db);
    if (ok)
        ost_log(OST_LOG_INFO, "auth.login", "user=%" PRId64 " session=%" PRId64, user.id, out->id);
    return ok;
}
