#include "recon/base/array.h"
#include "services/db/ask_impl.h"
#include "services/db/conn_impl.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void ost_rows_destroy(struct ost_rows *rows)
{
    PQclear((PGresult *)rows);
}

static const PGresult *result_of(const struct ost_rows *rows)
{
    return (const PGresult *)rows;
}

/* What a failure means, by the beginning of its SQLSTATE; the first match counts. */
static const struct {
    const char *state;
    enum ost_code code;
} meaning[] = {
    {"08", OST_UNAVAILABLE},    {"53", OST_UNAVAILABLE},    {"57P", OST_UNAVAILABLE},
    {"57014", OST_UNAVAILABLE}, {"55P03", OST_UNAVAILABLE}, {"58", OST_UNAVAILABLE},
    {"25P03", OST_UNAVAILABLE}, {"40", OST_CONFLICT},       {"23505", OST_CONFLICT},
    {"23503", OST_CONFLICT},    {"23514", OST_INVALID},     {"23502", OST_INVALID},
    {"22", OST_INVALID},        {"42501", OST_DENIED},
};

static enum ost_code code_of(const char *state)
{
    for (size_t i = 0; i < OST_COUNT(meaning); i++) {
        if (strncmp(state, meaning[i].state, strlen(meaning[i].state)) == 0)
            return meaning[i].code;
    }
    return OST_BUG;
}

bool ost_db_raise(struct ost_db *db, const PGresult *result, const char *statement,
                  struct ost_err *err)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    if (state == NULL || strncmp(state, "57P", 3) == 0) {
        PQfinish(db->conn); /* broken, or the server says farewell and libpq has yet to notice */
        db->conn = NULL;
    }
    if (state == NULL || ost_db_is_lost(db))
        return ost_fail(err, OST_UNAVAILABLE, "the database went away during %s", statement);
    const char *constraint = PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME);
    return ost_fail(err, code_of(state), "database refused %s: %s %s", statement, state,
                    constraint == NULL ? "" : constraint);
}

static bool prepare(struct ost_db *db, const struct ost_statement *statement, struct ost_err *err)
{
    for (size_t i = 0; i < db->prepared_count; i++) {
        if (db->prepared[i] == statement)
            return true;
    }
    if (db->prepared_count == OST_DB_STATEMENTS)
        return ost_fail(err, OST_BUG, "more than %zu statements", db->prepared_count);
    PGresult *result = PQprepare(db->conn, statement->name, statement->sql, 0, NULL);
    bool ok = PQresultStatus(result) == PGRES_COMMAND_OK ||
              ost_db_raise(db, result, statement->name, err);
    PQclear(result);
    if (ok)
        db->prepared[db->prepared_count++] = statement;
    return ok;
}

/* Values in the form libpq takes: text, but bytes as they are. */
struct bound {
    const char *value[OST_PARAMS_MOST];
    int length[OST_PARAMS_MOST], format[OST_PARAMS_MOST];
    char text[OST_PARAMS_MOST][32];
    int count;
};

static bool bind_values(struct bound *out, const struct ost_param *value, size_t count,
                        struct ost_err *err)
{
    if (count > OST_PARAMS_MOST)
        return ost_fail(err, OST_BUG, "%zu values for a statement", count);
    out->count = (int)count;
    for (size_t i = 0; i < count; i++) {
        const struct ost_param *v = &value[i];
        out->value[i] = v->ptr;
        out->length[i] = (int)v->len;
        out->format[i] = v->kind == OST_PARAM_BYTES;
        if (v->kind == OST_PARAM_NUMBER || v->kind == OST_PARAM_REAL)
            out->value[i] = out->text[i];
        if (v->kind == OST_PARAM_NUMBER)
            (void)snprintf(out->text[i], sizeof out->text[i], "%" PRId64, v->number);
        if (v->kind == OST_PARAM_REAL)
            (void)snprintf(out->text[i], sizeof out->text[i], "%.17g", v->real);
        if (v->kind == OST_PARAM_BYTES && v->len > INT32_MAX)
            return ost_fail(err, OST_LIMIT, "%zu bytes for one column", v->len);
    }
    return true;
}

static bool ready(struct ost_db *db, const struct ost_statement *statement, struct ost_err *err)
{
    if (!db->open)
        return ost_fail(err, OST_BUG, "%s outside a transaction", statement->name);
    if (ost_db_is_lost(db))
        return ost_fail(err, OST_UNAVAILABLE, "the database went away before %s", statement->name);
    return prepare(db, statement, err);
}

bool ost_ask(struct ost_db *db, const struct ost_statement *statement,
             const struct ost_param *value, size_t count, struct ost_rows **rows,
             struct ost_err *err)
{
    struct bound bound;
    if (!bind_values(&bound, value, count, err) || !ready(db, statement, err))
        return false;
    PGresult *result = PQexecPrepared(db->conn, statement->name, bound.count, bound.value,
                                      bound.length, bound.format, 0);
    ExecStatusType status = PQresultStatus(result);
    bool ok = status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK ||
              ost_db_raise(db, result, statement->name, err);
    if (ok && rows != NULL) {
        *rows = (struct ost_rows *)result;
    } else {
        PQclear(result);
    }
    return ok;
}

bool ost_ask_one(struct ost_db *db, const struct ost_statement *statement,
                 const struct ost_param *value, size_t count, struct ost_rows **rows,
                 struct ost_err *err)
{
    OST_AUTO(ost_rows) got = NULL;
    if (!ost_ask(db, statement, value, count, &got, err))
        return false;
    if (ost_rows_count(got) != 1) {
        return ost_fail(err, OST_NOT_FOUND, "no such %s",
                        statement->what == NULL ? "row" : statement->what);
    }
    if (rows != NULL)
        *rows = ost_steal(&got);
    return true;
}

/* Its result, and the end of it; false where the connection is no good for more. */
static bool take_step(struct ost_db *db, const char *name, int64_t *rows, bool *ok,
                      struct ost_err *err)
{
    PGresult *result = PQgetResult(db->conn);
    ExecStatusType status = PQresultStatus(result);
    bool fine = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
    if (fine) {
        *rows =
            status == PGRES_TUPLES_OK ? PQntuples(result) : strtoll(PQcmdTuples(result), NULL, 10);
    } else if (*ok) { /* what comes after the first failure is only not done */
        *ok = ost_db_raise(db, result, name, err);
    }
    PQclear(result);
    while (!ost_db_is_lost(db) && (result = PQgetResult(db->conn)) != NULL)
        PQclear(result);
    return !ost_db_is_lost(db);
}

static bool send_word(struct ost_db *db, const char *word)
{
    return PQsendQueryParams(db->conn, word, 0, NULL, NULL, NULL, NULL, 0) == 1;
}

/* `end`: the word behind the steps, or NULL. */
static bool send_steps(struct ost_db *db, const struct ost_step *step, size_t count,
                       const char *end, struct ost_err *err)
{
    struct bound bound = {.count = 0};
    bool sent = PQenterPipelineMode(db->conn) == 1 && send_word(db, "begin");
    for (size_t i = 0; sent && i < count; i++) {
        sent = bind_values(&bound, step[i].value, step[i].count, err) &&
               PQsendQueryPrepared(db->conn, step[i].statement->name, bound.count, bound.value,
                                   bound.length, bound.format, 0) == 1;
    }
    return sent && (end == NULL || send_word(db, end)) && PQpipelineSync(db->conn) == 1;
}

static bool take_steps(struct ost_db *db, struct ost_step *step, size_t count, const char *end,
                       struct ost_err *err)
{
    int64_t ignored = 0;
    bool ok = true, on = take_step(db, "begin", &ignored, &ok, err);
    for (size_t i = 0; on && i < count; i++)
        on = take_step(db, step[i].statement->name, &step[i].rows, &ok, err);
    on = on && (end == NULL || take_step(db, end, &ignored, &ok, err));
    if (!on)
        return ok && ost_fail(err, OST_UNAVAILABLE, "the database went away during a transaction");
    PGresult *result = PQgetResult(db->conn);
    on = PQresultStatus(result) == PGRES_PIPELINE_SYNC;
    PQclear(result);
    if (on && PQexitPipelineMode(db->conn) == 1)
        return ok;
    PQfinish(db->conn);
    db->conn = NULL;
    return ok && ost_fail(err, OST_UNAVAILABLE, "the database lost its place during a transaction");
}

static bool run_steps(struct ost_db *db, struct ost_step *step, size_t count, const char *end,
                      struct ost_err *err)
{
    if (db->open)
        return ost_fail(err, OST_BUG, "a transaction is open already");
    if (!ost_db_connect(db, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        step[i].rows = 0;
        if (!prepare(db, step[i].statement, err))
            return false;
    }
    db->open = true;
    db->pending_count = 0;
    if (!send_steps(db, step, count, end, err)) {
        PQfinish(db->conn); /* half a pipeline cannot be taken back */
        db->conn = NULL;
        return ost_fail(err, OST_UNAVAILABLE, "the database went away before a transaction");
    }
    return take_steps(db, step, count, end, err);
}

bool ost_ask_at_once(struct ost_db *db, struct ost_step *step, size_t count, struct ost_err *err)
{
    if (!run_steps(db, step, count, "commit", err))
        return false; /* a transaction that failed is still to be rolled back */
    db->open = false;
    return true;
}

bool ost_ask_begin(struct ost_db *db, struct ost_step *scope, struct ost_err *err)
{
    return run_steps(db, scope, 1, NULL, err);
}

bool ost_db_script(struct ost_db *db, const char *sql, struct ost_err *err)
{
    PGresult *result = PQexec(db->conn, sql);
    ExecStatusType status = PQresultStatus(result);
    bool ok =
        status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK || status == PGRES_EMPTY_QUERY;
    if (!ok)
        (void)ost_db_raise(db, result, "script", err);
    PQclear(result);
    return ok;
}

size_t ost_rows_count(const struct ost_rows *rows)
{
    return (size_t)PQntuples(result_of(rows));
}

bool ost_row_null(const struct ost_row *row)
{
    return PQgetisnull(result_of(row->rows), row->row, row->column) == 1;
}

static const char *next(struct ost_row *row)
{
    return PQgetvalue(result_of(row->rows), row->row, row->column++); /* "" for null */
}

int64_t ost_row_number(struct ost_row *row)
{
    return (int64_t)strtoll(next(row), NULL, 10);
}

double ost_row_real(struct ost_row *row)
{
    return strtod(next(row), NULL);
}

bool ost_row_bool(struct ost_row *row)
{
    return next(row)[0] == 't';
}

void ost_row_text(struct ost_row *row, char *out, size_t size)
{
    (void)snprintf(out, size, "%s", next(row));
}

static unsigned nibble(char c)
{
    return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* "\x0123..." as the server writes it. */
static void unhex(const char *text, unsigned char *out, size_t len)
{
    for (size_t i = 0; i < len; i++)
        out[i] = (unsigned char)(nibble(text[2 * i]) << 4 | nibble(text[2 * i + 1]));
}

static size_t hex_bytes(const char *text)
{
    return text[0] == '\\' ? (strlen(text) - 2) / 2 : 0;
}

void ost_row_hash(struct ost_row *row, unsigned char *out, size_t len)
{
    const char *text = next(row);
    memset(out, 0, len);
    if (hex_bytes(text) == len)
        unhex(text + 2, out, len);
}

bool ost_row_keep(struct ost_row *row, struct ost_arena *arena, const char **out,
                  struct ost_err *err)
{
    bool null = ost_row_null(row);
    const char *text = next(row);
    *out = NULL;
    if (!null && (*out = ost_arena_text(arena, text, strlen(text))) == NULL)
        return ost_fail(err, OST_LIMIT, "a row does not fit the memory of the request");
    return true;
}

bool ost_row_bytes(struct ost_row *row, struct ost_arena *arena, const void **out, size_t *len,
                   struct ost_err *err)
{
    const char *text = next(row);
    *len = hex_bytes(text);
    unsigned char *bytes = ost_arena_alloc(arena, *len + 1);
    if (bytes == NULL)
        return ost_fail(err, OST_LIMIT, "%zu bytes do not fit the memory of the request", *len);
    unhex(text + 2, bytes, *len);
    *out = bytes;
    return true;
}

bool ost_rows_array(const struct ost_rows *rows, size_t size, struct ost_arena *arena, void **out,
                    size_t *count, struct ost_err *err)
{
    size_t bytes = 0;
    *count = ost_rows_count(rows);
    if (!ost_array_bytes(*count + 1, size, &bytes, err))
        return false;
    *out = ost_arena_alloc(arena, bytes);
    if (*out == NULL)
        return ost_fail(err, OST_LIMIT, "%zu rows do not fit the memory of the request", *count);
    return true;
}
