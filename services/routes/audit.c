/* Who did what. */
#include "services/db/audit.h"

#include "services/routes/picture_impl.h"
#include "services/routes/table_impl.h"

#define PAGE 200

static json_t *json_row(const struct ost_db_audit *row)
{
    char hash[2 * OST_DB_HASH + 1];
    json_t *detail = row->detail == NULL ? json_object() : json_loads(row->detail, 0, NULL);
    ost_picture_hex(row->hash, sizeof row->hash, hash);
    return json_pack("{s:I,s:I,s:I,s:s,s:s,s:s,s:I,s:I,s:o,s:s}", "seq", (json_int_t)row->seq,
                     "user", (json_int_t)row->user, "institution",
                     (json_int_t)row->user_institution, "at", row->at, "action", row->action,
                     "object", row->object, "object_id", (json_int_t)row->object_id, "case",
                     (json_int_t)row->case_id, "detail", detail == NULL ? json_object() : detail,
                     "hash", hash);
}

OST_ROUTE(audit_list)
{
    struct ost_db_audit_ask ask = {.most = PAGE};
    struct ost_db_audit *row;
    size_t count;
    if (!ost_call_query(call, "case", 0, &ask.case_id, err) ||
        !ost_call_query(call, "before", 0, &ask.before, err) ||
        !ost_call_begin(call, OST_RIGHT_AUDIT_READ, 0, err) ||
        (ask.case_id != 0 &&
         !ost_auth_may(call->db, &call->session, OST_RIGHT_CASE_READ, ask.case_id, err)) ||
        !ost_db_audit_list(call->db, &ask, call->arena, &row, &count, err) ||
        !ost_db_commit(call->db, err))
        return false;
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        (void)json_array_append_new(list, json_row(&row[i]));
    json_t *next = count == PAGE ? json_integer(row[PAGE - 1].seq) : json_null();
    return ost_call_answer(call, 200, json_pack("{s:o,s:o}", "audit", list, "next", next));
}
