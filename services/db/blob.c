#include "services/db/blob_impl.h"

#include <stdio.h>
#include <string.h>

#define BLOB                                                                                       \
    "id, institution_id, kind, address, sha256, wrapped_key, file, bytes, stored_bytes, packed, "  \
    "key_id"

/* The update changes nothing; it locks the row against a deletion that runs beside. */
static const struct ost_statement add = {
    "blob_add", NULL,
    "insert into blob (institution_id, kind, address, sha256, wrapped_key, file, bytes, "
    "stored_bytes, packed, key_id) values (tenant(), $1, $2, $3, $4, $5, $6, $7, $8, $9::int) "
    "on conflict (institution_id, kind, address) do update set created_at = blob.created_at "
    "returning " BLOB};
static const struct ost_statement get = {"blob_get", "blob",
                                         "select " BLOB " from blob where id = $1"};
static const struct ost_statement names = {
    "blob_names", NULL,
    "select exists (select 1 from blob where institution_id = tenant() and file = $1)"};

static const struct ost_statement stale = {
    "blob_stale", NULL,
    "select " BLOB " from blob where institution_id = tenant() and key_id <> $1::int and id > $2 "
    "order by id limit $3"};
/* Not where somebody else has just done it. */
static const struct ost_statement drop_unused = {
    "blob_drop_unused", NULL,
    "delete from blob b where b.id = any($1::bigint[]) "
    "and not exists (select 1 from film f where f.blob_id = b.id) "
    "and not exists (select 1 from result_file r where r.blob_id = b.id) "
    "returning id, institution_id, kind, address, sha256, wrapped_key, file, bytes, stored_bytes, "
    "packed, key_id"};
static const struct ost_statement rewrap = {
    "blob_rewrap", NULL,
    "update blob set wrapped_key = $2, key_id = $3::int where id = $1 and key_id = $4::int "
    "returning id"};

void ost_db_blob_row(struct ost_row *row, struct ost_blob *out)
{
    *out = (struct ost_blob){.id = ost_row_number(row)};
    out->institution = ost_row_number(row);
    ost_row_text(row, out->kind, sizeof out->kind);
    ost_row_hash(row, out->address, sizeof out->address);
    ost_row_hash(row, out->sha256, sizeof out->sha256);
    ost_row_hash(row, out->wrapped, sizeof out->wrapped);
    ost_row_text(row, out->file, sizeof out->file);
    out->bytes = ost_row_number(row);
    out->stored_bytes = ost_row_number(row);
    out->packed = ost_row_bool(row);
    out->key_id = (int)ost_row_number(row);
}

bool ost_db_blob_add(struct ost_db *db, struct ost_blob *blob, bool *added, struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    if (!ost_ask_one(db, &add,
                     OST_PARAMS(OST_TEXT(blob->kind), OST_BYTES(blob->address, OST_DB_HASH),
                                OST_BYTES(blob->sha256, OST_DB_HASH),
                                OST_BYTES(blob->wrapped, OST_BLOB_WRAPPED), OST_TEXT(blob->file),
                                OST_NUMBER(blob->bytes), OST_NUMBER(blob->stored_bytes),
                                OST_TEXT(blob->packed ? "t" : "f"), OST_NUMBER(blob->key_id)),
                     &rows, err))
        return false;
    struct ost_row row = ost_row_of(rows, 0);
    struct ost_blob stored;
    ost_db_blob_row(&row, &stored);
    *added = strcmp(stored.file, blob->file) == 0;
    *blob = stored;
    return true;
}

bool ost_db_blob_get(struct ost_db *db, int64_t id, struct ost_blob *out, struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    if (!ost_ask_one(db, &get, OST_PARAMS(OST_NUMBER(id)), &rows, err))
        return false;
    struct ost_row row = ost_row_of(rows, 0);
    ost_db_blob_row(&row, out);
    return true;
}

bool ost_db_blob_names(struct ost_db *db, const char *file, bool *out, struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    if (!ost_ask_one(db, &names, OST_PARAMS(OST_TEXT(file)), &rows, err))
        return false;
    struct ost_row row = ost_row_of(rows, 0);
    *out = ost_row_bool(&row);
    return true;
}

bool ost_db_blob_stale(struct ost_db *db, const struct ost_db_blob_ask *ask,
                       struct ost_arena *arena, struct ost_blob **out, size_t *count,
                       struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    void *array = NULL;
    if (!ost_ask(db, &stale,
                 OST_PARAMS(OST_NUMBER(ask->key_id), OST_NUMBER(ask->after),
                            OST_NUMBER((int64_t)ask->most)),
                 &rows, err) ||
        !ost_rows_array(rows, sizeof **out, arena, &array, count, err))
        return false;
    *out = array;
    for (size_t i = 0; i < *count; i++) {
        struct ost_row row = ost_row_of(rows, i);
        ost_db_blob_row(&row, &(*out)[i]);
    }
    return true;
}

bool ost_db_blob_rewrap(struct ost_db *db, const struct ost_blob *blob, int was,
                        struct ost_err *err)
{
    return ost_ask(db, &rewrap,
                   OST_PARAMS(OST_NUMBER(blob->id), OST_BYTES(blob->wrapped, OST_BLOB_WRAPPED),
                              OST_NUMBER(blob->key_id), OST_NUMBER(was)),
                   NULL, err);
}

bool ost_db_blob_drop_unused(struct ost_db *db, const char *ids, struct ost_arena *arena,
                             struct ost_blob **gone, size_t *count, struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    void *array = NULL;
    if (!ost_ask(db, &drop_unused, OST_PARAMS(OST_TEXT(ids)), &rows, err) ||
        !ost_rows_array(rows, sizeof **gone, arena, &array, count, err))
        return false;
    *gone = array;
    for (size_t i = 0; i < *count; i++) {
        struct ost_row row = ost_row_of(rows, i);
        ost_db_blob_row(&row, &(*gone)[i]);
    }
    return true;
}
