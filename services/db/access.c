#include "services/db/access.h"

#include "services/db/ask_impl.h"

/* A guest is told of by name; of another institution's person the audit row itself says it. */
static const struct ost_statement list = {
    "access_list", NULL,
    "select a.seq, a.user_id, coalesce(u.name, a.detail ->> 'by', ''), "
    "case when g.id is null then coalesce(i.name, '') else '' end, " ISO(
        "a.at") ", a.action, a.object, a.object_id, a.detail from audit a "
                "left join guest g on g.user_id = a.user_id and g.case_id = a.case_id "
                "left join app_user u on u.id = g.user_id "
                "left join institution i on i.id = a.user_institution_id "
                "where a.institution_id = tenant() and a.case_id = $1 "
                "and (g.id is not null or a.user_institution_id <> tenant()) "
                "and ($2::bigint = 0 or a.seq < $2) order by a.seq desc limit $3"};

static bool read_access(struct ost_row row, struct ost_arena *arena, struct ost_db_access *out,
                        struct ost_err *err)
{
    out->seq = ost_row_number(&row);
    out->user = ost_row_number(&row);
    ost_row_text(&row, out->name, sizeof out->name);
    ost_row_text(&row, out->institution, sizeof out->institution);
    ost_row_text(&row, out->at, sizeof out->at);
    ost_row_text(&row, out->action, sizeof out->action);
    ost_row_text(&row, out->object, sizeof out->object);
    out->object_id = ost_row_number(&row);
    return ost_row_keep(&row, arena, &out->detail, err);
}

bool ost_db_access_list(struct ost_db *db, const struct ost_db_access_ask *ask,
                        struct ost_arena *arena, struct ost_db_access **out, size_t *count,
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
        if (!read_access(ost_row_of(rows, i), arena, &(*out)[i], err))
            return false;
    }
    return true;
}
