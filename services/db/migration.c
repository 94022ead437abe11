#include "services/db/migration.h"

#include "services/db/account.h"
#include "services/db/conn_impl.h"

#include <string.h>

/* Roles belong to the whole server, so they are made outside the numbered steps. */
static const char *const prepare_sql =
    "select pg_advisory_xact_lock(7163518201);"
    "do $$ begin if not exists (select 1 from pg_roles where rolname = 'osteon_app') then "
    "create role osteon_app login nosuperuser nocreatedb nocreaterole noinherit nobypassrls; "
    "end if; end $$;"
    "create table if not exists migration (number integer primary key, name text not null, "
    "sha256 bytea not null check (length(sha256) = 32), "
    "applied_at timestamptz not null default now());"
    "grant select on migration to osteon_app;";

static const struct ost_statement record = {
    "migration_record", NULL,
    "insert into migration (number, name, sha256) values ($1, $2, $3) "
    "on conflict (number) do nothing returning number"};
static const struct ost_statement known = {"migration_known", "step",
                                           "select sha256 = $2 from migration where number = $1"};
static const struct ost_statement newest = {
    "migration_newest", NULL,
    "select coalesce(max(number), 0), current_setting('is_superuser') = 'on' or (select rolbypassrls "
    "from pg_roles where rolname = current_user), exists (select 1 from pg_class c where "
    "c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relowner = (select oid from "
    "pg_roles where rolname = current_user)) from migration"};
static const struct ost_statement exists = {"migration_exists", NULL,
                                            "select to_regclass('public.migration') is not null"};

/* ALTER ROLE takes no parameters; libpq hashes the password first, so no server log has it. */
static bool set_password(struct ost_db *db, const char *password, struct ost_err *err)
{
    char *hashed = PQencryptPasswordConn(db->conn, password, "osteon_app", "scram-sha-256");
    char *quoted = hashed == NULL ? NULL : PQescapeLiteral(db->conn, hashed, strlen(hashed));
    struct ost_buf sql;
    ost_buf_init(&sql, 1024);
    ost_buf_text(&sql, "alter role osteon_app password ");
    ost_buf_text(&sql, quoted == NULL ? "" : quoted);
    ost_buf_put_u8(&sql, 0);
    bool ok = quoted != NULL && ost_buf_done(&sql, err);
    if (ok) {
        ok = ost_db_script(db, (const char *)sql.ptr, err);
    } else {
        (void)ost_fail(err, OST_UNAVAILABLE, "the password of osteon_app could not be set");
    }
    ost_buf_fini(&sql);
    PQfreemem(quoted);
    PQfreemem(hashed);
    return ok;
}

bool ost_db_migration_prepare(struct ost_db *db, const char *app_password, struct ost_err *err)
{
    if (!ost_db_begin_owner(db, err))
        return false;
    bool ok = ost_db_script(db, prepare_sql, err) &&
              (app_password[0] == '\0' || set_password(db, app_password, err)) &&
              ost_db_commit(db, err);
    ost_db_end(db);
    return ok;
}

static bool check_known(struct ost_db *db, const struct ost_db_migration *step, struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    if (!ost_ask_one(db, &known,
                     OST_PARAMS(OST_NUMBER(step->number), OST_BYTES(step->sha256, OST_DB_HASH)),
                     &rows, err))
        return false;
    struct ost_row row = ost_row_of(rows, 0);
    return ost_row_bool(&row) ||
           ost_fail(err, OST_CORRUPT, "%s was changed after it was applied; add a new step instead",
                    step->name);
}

static bool apply(struct ost_db *db, const struct ost_db_migration *step, bool *applied,
                  struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    if (!ost_ask(db, &record,
                 OST_PARAMS(OST_NUMBER(step->number), OST_TEXT(step->name),
                            OST_BYTES(step->sha256, OST_DB_HASH)),
                 &rows, err))
        return false;
    *applied = ost_rows_count(rows) == 1;
    if (!ost_db_script(db, "set local statement_timeout = 0", err) ||
        (*applied ? !ost_db_script(db, step->sql, err) : !check_known(db, step, err)))
        return false;
    if (!ost_db_script(db, step->verify, err))
        return ost_err_note(err, "verifying %s", step->name);
    return true;
}

bool ost_db_migration_apply(struct ost_db *db, const struct ost_db_migration *step, bool *applied,
                            struct ost_err *err)
{
    if (!ost_db_begin_owner(db, err))
        return false;
    bool ok = apply(db, step, applied, err) && ost_db_commit(db, err);
    ost_db_end(db);
    return ok || ost_err_note(err, "step %lld", (long long)step->number);
}

static bool check_role(struct ost_db *db, struct ost_err *err)
{
    OST_AUTO(ost_rows) there = NULL;
    OST_AUTO(ost_rows) rows = NULL;
    if (!ost_ask_one(db, &exists, NULL, 0, &there, err))
        return false;
    struct ost_row first = ost_row_of(there, 0);
    if (!ost_row_bool(&first))
        return ost_fail(err, OST_UNSUPPORTED, "the database is empty; run osteon migrate");
    if (!ost_ask_one(db, &newest, NULL, 0, &rows, err))
        return false;
    struct ost_row row = ost_row_of(rows, 0);
    int64_t number = ost_row_number(&row);
    bool bypasses = ost_row_bool(&row), owns = ost_row_bool(&row);
    if (number < OST_DB_SCHEMA) {
        return ost_fail(err, OST_UNSUPPORTED,
                        "the database is at step %lld, this program needs %d; run osteon migrate",
                        (long long)number, OST_DB_SCHEMA);
    }
    if (bypasses || owns) {
        return ost_fail(err, OST_UNSUPPORTED,
                        "OSTEON_DATABASE_URL names a role that %s; use osteon_app",
                        owns ? "owns tables" : "row-level security does not bind");
    }
    return true;
}

bool ost_db_check(struct ost_db *db, struct ost_err *err)
{
    if (!ost_db_begin_owner(db, err))
        return false;
    bool ok = check_role(db, err);
    ost_db_end(db);
    return ok;
}
