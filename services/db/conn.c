#include "services/db/conn_impl.h"
#include "services/log/log.h"

#include <stdlib.h>
#include <string.h>

/* Short enough that a request fails while its client still waits. */
static const char *const session_settings =
    "set statement_timeout = '30s'; set lock_timeout = '10s';"
    "set idle_in_transaction_session_timeout = '60s'; set bytea_output = 'hex';"
    "set client_min_messages = 'warning'; set timezone = 'UTC'; set search_path = public, pg_temp";

bool ost_db_create(struct ost_db **out, const char *url, struct ost_err *err)
{
    if (url == NULL || url[0] == '\0')
        return ost_fail(err, OST_INVALID, "no database; set OSTEON_DATABASE_URL");
    OST_AUTO(ost_db) db = calloc(1, sizeof *db);
    if (db == NULL || (db->url = strdup(url)) == NULL)
        return ost_fail(err, OST_NOMEM, "a database connection");
    *out = ost_steal(&db);
    return true;
}

bool ost_db_create_owner(struct ost_db **out, const char *url, struct ost_err *err)
{
    if (url[0] == '\0') {
        return ost_fail(err, OST_INVALID,
                        "no database; set OSTEON_OWNER_DATABASE_URL, as its owner");
    }
    return ost_db_create(out, url, err);
}

void ost_db_destroy(struct ost_db *db)
{
    if (db == NULL)
        return;
    PQfinish(db->conn);
    if (db->url != NULL)
        explicit_bzero(db->url, strlen(db->url)); /* it may hold a password */
    free(db->url);
    free(db);
}

const struct ost_db_who *ost_db_who_view(const struct ost_db *db)
{
    return &db->who;
}

bool ost_db_is_lost(const struct ost_db *db)
{
    return db->conn == NULL || PQstatus(db->conn) != CONNECTION_OK;
}

static void quiet(void *user, const char *message)
{
    (void)user;
    (void)message;
}

/* A server that forgets what it promised is refused at every connect, not only at the first. */
static bool check_durable(struct ost_db *db, struct ost_err *err)
{
    PGresult *result =
        PQexec(db->conn, "select current_setting('fsync'), current_setting('full_page_writes'), "
                         "current_setting('synchronous_commit')");
    static const char *const name[] = {"fsync", "full_page_writes", "synchronous_commit"};
    bool ok = PQresultStatus(result) == PGRES_TUPLES_OK;
    if (!ok)
        (void)ost_db_raise(db, result, "durable", err);
    for (int i = 0; ok && i < 3; i++) {
        ok = strcmp(PQgetvalue(result, 0, i), "off") != 0;
        if (!ok) {
            (void)ost_fail(err, OST_UNSUPPORTED,
                           "the database has %s off: an acknowledged change could be lost; turn it "
                           "on",
                           name[i]);
        }
    }
    PQclear(result);
    return ok;
}

static bool settle(struct ost_db *db, struct ost_err *err)
{
    (void)PQsetNoticeProcessor(db->conn, quiet, NULL);
    PGresult *result = PQexec(db->conn, session_settings);
    bool ok = PQresultStatus(result) == PGRES_COMMAND_OK ||
              ost_db_raise(db, result, "session settings", err);
    PQclear(result);
    return ok && check_durable(db, err);
}

bool ost_db_connect(struct ost_db *db, struct ost_err *err)
{
    if (!ost_db_is_lost(db))
        return true;
    PQfinish(db->conn);
    db->prepared_count = 0;
    const char *const keyword[] = {"dbname",           "connect_timeout", "tcp_user_timeout",
                                   "application_name", "client_encoding", NULL};
    const char *const value[] = {db->url, "3", "10000", "osteon", "UTF8", NULL};
    db->conn = PQconnectdbParams(keyword, value, 1);
    if (ost_db_is_lost(db)) {
        PQfinish(db->conn);
        db->conn = NULL;
        return ost_fail(err, OST_UNAVAILABLE,
                        "the database does not answer; is it running, is the URL right?");
    }
    db->connects++;
    if (settle(db, err))
        return true;
    PQfinish(db->conn);
    db->conn = NULL;
    return false;
}

bool ost_db_word(struct ost_db *db, const char *sql, struct ost_err *err)
{
    PGresult *result = PQexec(db->conn, sql);
    bool done = PQresultStatus(result) == PGRES_COMMAND_OK || ost_db_raise(db, result, sql, err);
    /* A transaction that failed answers "commit" with ROLLBACK. */
    bool ok = done && (strcasecmp(PQcmdStatus(result), sql) == 0 ||
                       ost_fail(err, OST_BUG, "%s of a transaction that failed", sql));
    PQclear(result);
    return ok;
}

static const struct ost_statement scope_tenant = {
    "scope_tenant", NULL,
    "select set_config('osteon.institution', $1::bigint::text, true), "
    "set_config('osteon.user', $2::bigint::text, true), set_config('osteon.key', '', true), "
    "set_config('osteon.queue', '', true)"};
static const struct ost_statement scope_key = {"scope_key", NULL,
                                               "select set_config('osteon.key', $1::text, true)"};
static const struct ost_statement scope_queue = {"scope_queue", NULL,
                                                 "select set_config('osteon.queue', $1, true)"};

const struct ost_statement *ost_db_scope_view(void)
{
    return &scope_tenant;
}

/*
 * A server that was restarted while the connection idled is noticed here: nothing
 * has happened yet, so trying once more is safe. The scope is set, or there is no transaction.
 */
static bool begin(struct ost_db *db, const struct ost_step *scope, struct ost_err *err)
{
    if (db->open)
        return ost_fail(err, OST_BUG, "a transaction is open already");
    struct ost_step step = *scope;
    bool was_there = !ost_db_is_lost(db), ok = ost_ask_begin(db, &step, err);
    if (!ok && was_there && ost_db_is_lost(db)) {
        ost_db_end(db);
        ost_log(OST_LOG_WARN, "db.reconnect", "attempt=%d", 2);
        ok = ost_ask_begin(db, &step, err);
    }
    if (!ok)
        ost_db_end(db);
    return ok;
}

bool ost_db_become(struct ost_db *db, const struct ost_db_who *who, struct ost_err *err)
{
    db->who = *who;
    return ost_ask(db, &scope_tenant,
                   OST_PARAMS(OST_NUMBER(who->institution), OST_NUMBER(who->user)), NULL, err);
}

bool ost_db_begin(struct ost_db *db, const struct ost_db_who *who, struct ost_err *err)
{
    if (who->institution < 0 || (who->institution == 0 && who->user <= 0))
        return ost_fail(err, OST_BUG, "a transaction of no institution");
    const struct ost_step scope = {.statement = &scope_tenant,
                                   .value = {OST_NUMBER(who->institution), OST_NUMBER(who->user)},
                                   .count = 2};
    bool ok = begin(db, &scope, err);
    if (ok)
        db->who = *who;
    return ok;
}

bool ost_db_show_key(struct ost_db *db, const char *key, struct ost_err *err)
{
    return ost_ask(db, &scope_key, OST_PARAMS(OST_TEXT(key)), NULL, err);
}

bool ost_db_begin_key(struct ost_db *db, const char *key, struct ost_err *err)
{
    const struct ost_step scope = {.statement = &scope_key, .value = {OST_TEXT(key)}, .count = 1};
    db->who = (struct ost_db_who){0};
    return begin(db, &scope, err);
}

bool ost_db_begin_queue(struct ost_db *db, struct ost_err *err)
{
    const struct ost_step scope = {
        .statement = &scope_queue, .value = {OST_TEXT("on")}, .count = 1};
    db->who = (struct ost_db_who){0};
    return begin(db, &scope, err);
}

bool ost_db_commit(struct ost_db *db, struct ost_err *err)
{
    if (!db->open)
        return ost_fail(err, OST_BUG, "no transaction to commit");
    if (!ost_db_flush_audit(db, err))
        return false;
    bool ok = ost_db_word(db, "commit", err);
    db->open = false;
    return ok;
}

void ost_db_end(struct ost_db *db)
{
    struct ost_err ignored;
    if (db->open && !ost_db_is_lost(db) && !ost_db_word(db, "rollback", &ignored)) {
        PQfinish(db->conn); /* in what state it is nobody knows */
        db->conn = NULL;
    }
    db->open = false;
    db->pending_count = 0;
}
