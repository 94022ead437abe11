#include "services/db/audit.h"

#include "services/db/conn_impl.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct ost_statement append = {
    "audit_append", NULL, "select audit_append($1, $2, $3, nullif($4::bigint, 0), $5::jsonb)"};
static const struct ost_statement append_abroad = {
    "audit_append_abroad", NULL,
    "select audit_append($1, $2, $3, $4::bigint, $5::jsonb) where was_granted($4::bigint) or exists "
    "(select 1 from patient_case c where c.id = $4::bigint and c.institution_id <> tenant())"};

bool ost_db_flush_audit(struct ost_db *db, struct ost_err *err)
{
    for (size_t i = 0; i < db->pending_count; i++) {
        const struct ost_db_pending *p = &db->pending[i];
        if (!ost_ask(db, p->audit.abroad ? &append_abroad : &append,
                     OST_PARAMS(OST_TEXT(p->audit.action), OST_TEXT(p->audit.object),
                                OST_NUMBER(p->audit.object_id), OST_NUMBER(p->audit.case_id),
                                OST_TEXT(p->detail)),
                     NULL, err))
            return false;
    }
    db->pending_count = 0;
    return true;
}

bool ost_db_audit_add(struct ost_db *db, const struct ost_audit *audit, struct ost_err *err)
{
    if (db->pending_count == OST_DB_PENDING && !ost_db_flush_audit(db, err))
        return false;
    struct ost_db_pending *p = &db->pending[db->pending_count];
    const char *detail = audit->detail == NULL ? "{}" : audit->detail;
    if (strlen(detail) >= sizeof p->detail)
        return ost_fail(err, OST_BUG, "audit detail of %zu bytes", strlen(detail));
    p->audit = *audit;
    p->audit.detail = NULL;
    (void)snprintf(p->detail, sizeof p->detail, "%s", detail);
    db->pending_count++;
    return true;
}

bool ost_db_tell(struct ost_db *db, const char *action, const char *object, int64_t object_id,
                 int64_t case_id, struct ost_err *err)
{
    const struct ost_audit audit = {
        .action = action, .object = object, .object_id = object_id, .case_id = case_id};
    return ost_db_audit_add(db, &audit, err);
}

static const struct ost_statement list = {
    "audit_list", NULL,
    "select seq, user_id, user_institution_id, " ISO(
        "at") ", action, object, object_id, case_id, detail, "
              "hash from audit where institution_id = tenant() and ($1::bigint = 0 or case_id = $1) "
              "and ($2::bigint = 0 or seq < $2) order by seq desc limit $3"};

bool ost_db_audit_list(struct ost_db *db, const struct ost_db_audit_ask *ask,
                       struct ost_arena *arena, struct ost_db_audit **out, size_t *count,
                       struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    void *array = NULL;
    if (!ost_ask(
            db, &list,
            OST_PARAMS(OST_NUMBER(ask->case_id), OST_NUMBER(ask->before), OST_NUMBER(ask->most)),
            &rows, err) ||
        !ost_rows_array(rows, sizeof **out, arena, &array, count, err))
        return false;
    *out = array;
    for (size_t i = 0; i < *count; i++) {
        struct ost_db_audit *a = &(*out)[i];
        struct ost_row row = ost_row_of(rows, i);
        a->seq = ost_row_number(&row);
        a->user = ost_row_number(&row);
        a->user_institution = ost_row_number(&row);
        ost_row_text(&row, a->at, sizeof a->at);
        ost_row_text(&row, a->action, sizeof a->action);
        ost_row_text(&row, a->object, sizeof a->object);
        a->object_id = ost_row_number(&row);
        a->case_id = ost_row_number(&row);
        if (!ost_row_keep(&row, arena, &a->detail, err))
            return false;
        ost_row_hash(&row, a->hash, sizeof a->hash);
    }
    return true;
}
