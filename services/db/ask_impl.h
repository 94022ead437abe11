/*
 * How the files of this room ask: a statement with a name, prepared once per
 * connection, values by number, rows read by column. No other way to speak SQL.
 */
#ifndef OST_DB_ASK_IMPL_H
#define OST_DB_ASK_IMPL_H

#include "recon/base/arena.h"
#include "services/db/db.h"

#include <libpq-fe.h>

struct ost_statement {
    const char *name;
    const char *what; /* "case": for "no such case" */
    const char *sql;
};

struct ost_param {
    enum { OST_PARAM_NUMBER, OST_PARAM_REAL, OST_PARAM_TEXT, OST_PARAM_BYTES } kind;
    int64_t number;
    double real;
    const void *ptr; /* borrowed; NULL is SQL's null */
    size_t len;
};

/* clang-format off */
#define OST_NUMBER(v) {.kind = OST_PARAM_NUMBER, .number = (v)}
#define OST_REAL(v) {.kind = OST_PARAM_REAL, .real = (v)}
#define OST_TEXT(v) {.kind = OST_PARAM_TEXT, .ptr = (v)}
#define OST_BYTES(v, n) {.kind = OST_PARAM_BYTES, .ptr = (v), .len = (n)}
#define OST_NULL {.kind = OST_PARAM_TEXT, .ptr = NULL}
#define OST_PARAMS(...) (const struct ost_param[]){__VA_ARGS__}, \
    sizeof((const struct ost_param[]){__VA_ARGS__}) / sizeof(struct ost_param)
/* clang-format on */

/* A time as JSON wants it; connections speak UTC. */
#define ISO(column) "to_char(" column ", 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"

enum { OST_PARAMS_MOST = 24, OST_STEP_PARAMS = 16 };

struct ost_rows;
void ost_rows_destroy(struct ost_rows *rows);
OST_AUTO_DEFINE(ost_rows);

/* ost_ask(db, &statement, OST_PARAMS(OST_NUMBER(id)), &rows, err); `rows` may be NULL. */
OST_MUST_CHECK
bool ost_ask(struct ost_db *db, const struct ost_statement *statement,
             const struct ost_param *value, size_t count, struct ost_rows **rows,
             struct ost_err *err);

/* The same, failing with OST_NOT_FOUND unless there is exactly one row. */
OST_MUST_CHECK
bool ost_ask_one(struct ost_db *db, const struct ost_statement *statement,
                 const struct ost_param *value, size_t count, struct ost_rows **rows,
                 struct ost_err *err);

/* One statement of a transaction that goes out at once. */
struct ost_step {
    const struct ost_statement *statement;
    struct ost_param value[OST_STEP_PARAMS];
    size_t count;
    int64_t rows; /* out: how many it gave back, or changed where it gives none */
};

/*
 * begin, all steps, commit, in one write and one answer; the steps say themselves for whom
 * they act. Nothing of it happened where it fails with anything but OST_UNAVAILABLE, after
 * which nobody knows. Call ost_db_end() whatever comes of it.
 */
OST_MUST_CHECK
bool ost_ask_at_once(struct ost_db *db, struct ost_step *step, size_t count, struct ost_err *err);

/* begin and its scope, in one round trip; the transaction is open, but where it never began. */
OST_MUST_CHECK
bool ost_ask_begin(struct ost_db *db, struct ost_step *scope, struct ost_err *err);

size_t ost_rows_count(const struct ost_rows *rows);

/* Column by column, left to right, of the row at hand. */
struct ost_row {
    const struct ost_rows *rows;
    int row, column;
};

static inline struct ost_row ost_row_of(const struct ost_rows *rows, size_t row)
{
    return (struct ost_row){.rows = rows, .row = (int)row};
}

int64_t ost_row_number(struct ost_row *row); /* null gives 0 */
double ost_row_real(struct ost_row *row);
bool ost_row_bool(struct ost_row *row);
void ost_row_text(struct ost_row *row, char *out, size_t size);         /* cut off; null gives "" */
void ost_row_hash(struct ost_row *row, unsigned char *out, size_t len); /* null gives zeros */
bool ost_row_null(const struct ost_row *row);                           /* of the next column */

/* NULL with OST_OK where the column is null. */
OST_MUST_CHECK
bool ost_row_keep(struct ost_row *row, struct ost_arena *arena, const char **out,
                  struct ost_err *err);

/* A bytea of any length. */
OST_MUST_CHECK
bool ost_row_bytes(struct ost_row *row, struct ost_arena *arena, const void **out, size_t *len,
                   struct ost_err *err);

/* `count` elements of `size` in the arena; NULL elements are never read for count 0. */
OST_MUST_CHECK
bool ost_rows_array(const struct ost_rows *rows, size_t size, struct ost_arena *arena, void **out,
                    size_t *count, struct ost_err *err);

/*
 * Remembered until the commit writes it, last of all: the institution's chain is then
 * locked shortly and always after the rows of the change, so that nothing deadlocks.
 */
OST_MUST_CHECK
bool ost_db_tell(struct ost_db *db, const char *action, const char *object, int64_t object_id,
                 int64_t case_id, struct ost_err *err);

/* News for the others, sent by the commit. */
OST_MUST_CHECK
bool ost_db_news(struct ost_db *db, const char *kind, int64_t case_id, int64_t id,
                 struct ost_err *err);
OST_MUST_CHECK bool ost_db_news_ready(struct ost_db *db, struct ost_err *err);

/* The transaction's own institution and user. */
const struct ost_db_who *ost_db_who_view(const struct ost_db *db);

/* For migrations only: plain text, many statements. */
OST_MUST_CHECK bool ost_db_script(struct ost_db *db, const char *sql, struct ost_err *err);

/* Shows another key in the same transaction. */
OST_MUST_CHECK bool ost_db_show_key(struct ost_db *db, const char *key, struct ost_err *err);

#endif
