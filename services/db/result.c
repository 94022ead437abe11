#include "services/db/result.h"

#include "services/db/blob_impl.h"

#include <string.h>

/* outdated: the plan's state is another one than the file was made from. */
#define RESULT                                                                                     \
    "r.id, r.case_id, r.job_id, r.blob_id, r.name, r.content_type, b.bytes, b.sha256, "            \
    "r.plan_seq, r.plan_hash, r.approved, r.plan_hash is not null and r.plan_hash is distinct "    \
    "from (select p.state_hash from plan p where p.case_id = r.case_id order by p.id desc "        \
    "limit 1) "
#define FROM "from result_file r join blob b on b.id = r.blob_id "

static const struct ost_statement add = {
    "result_add", NULL,
    "insert into result_file (institution_id, case_id, job_id, blob_id, name, content_type, "
    "plan_seq, plan_hash, approved) values (tenant(), $1, $2, $3, $4, $5, nullif($6::bigint, 0), $7, "
    "$8) returning id"};
static const struct ost_statement list = {"result_list", NULL,
                                          "select distinct on (r.name) " RESULT FROM
                                          "where r.case_id = $1 order by r.name, r.job_id desc"};
static const struct ost_statement find = {
    "result_find", "file",
    "select " RESULT
    ", b.id, b.institution_id, b.kind, b.address, b.sha256, b.wrapped_key, b.file, "
    "b.bytes, b.stored_bytes, b.packed, b.key_id " FROM
    "where r.case_id = $1 and r.name = $2 order by r.job_id desc limit 1"};
static const struct ost_statement of_job = {
    "result_of_job", NULL, "select " RESULT FROM "where r.job_id = $1 order by r.name"};

static void read_result(struct ost_row *row, struct ost_db_result *out)
{
    out->id = ost_row_number(row);
    out->case_id = ost_row_number(row);
    out->job_id = ost_row_number(row);
    out->blob_id = ost_row_number(row);
    ost_row_text(row, out->name, sizeof out->name);
    ost_row_text(row, out->content_type, sizeof out->content_type);
    out->bytes = ost_row_number(row);
    ost_row_hash(row, out->sha256, sizeof out->sha256);
    out->plan_seq = ost_row_number(row);
    ost_row_hash(row, out->plan_hash, sizeof out->plan_hash);
    out->approved = ost_row_bool(row);
    out->outdated = ost_row_bool(row);
}

bool ost_db_result_add(struct ost_db *db, struct ost_db_result *file, struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    const unsigned char *hash = file->plan_seq == 0 ? NULL : file->plan_hash;
    if (!ost_ask_one(db, &add,
                     OST_PARAMS(OST_NUMBER(file->case_id), OST_NUMBER(file->job_id),
                                OST_NUMBER(file->blob_id), OST_TEXT(file->name),
                                OST_TEXT(file->content_type), OST_NUMBER(file->plan_seq),
                                OST_BYTES(hash, OST_DB_HASH), OST_TEXT(file->approved ? "t" : "f")),
                     &rows, err))
        return false;
    struct ost_row row = ost_row_of(rows, 0);
    file->id = ost_row_number(&row);
    return true;
}

static bool read_all(const struct ost_rows *rows, struct ost_arena *arena,
                     struct ost_db_result **out, size_t *count, struct ost_err *err)
{
    void *array = NULL;
    if (!ost_rows_array(rows, sizeof **out, arena, &array, count, err))
        return false;
    *out = array;
    for (size_t i = 0; i < *count; i++) {
        struct ost_row row = ost_row_of(rows, i);
        read_result(&row, &(*out)[i]);
    }
    return true;
}

bool ost_db_result_list(struct ost_db *db, int64_t case_id, struct ost_arena *arena,
                        struct ost_db_result **out, size_t *count, struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    return ost_ask(db, &list, OST_PARAMS(OST_NUMBER(case_id)), &rows, err) &&
           read_all(rows, arena, out, count, err);
}

bool ost_db_result_of_job(struct ost_db *db, int64_t job_id, struct ost_arena *arena,
                          struct ost_db_result **out, size_t *count, struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    return ost_ask(db, &of_job, OST_PARAMS(OST_NUMBER(job_id)), &rows, err) &&
           read_all(rows, arena, out, count, err);
}

bool ost_db_result_find(struct ost_db *db, int64_t case_id, const char *name,
                        struct ost_db_result *out, struct ost_blob *blob, struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    if (!ost_ask_one(db, &find, OST_PARAMS(OST_NUMBER(case_id), OST_TEXT(name)), &rows, err))
        return false;
    struct ost_row row = ost_row_of(rows, 0);
    read_result(&row, out);
    ost_db_blob_row(&row, blob);
    return true;
}
