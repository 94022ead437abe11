/* Every address of the API. */
#include "services/routes/table_impl.h"

#define PIECE ((size_t)8 * 1024 * 1024) /* of an upload, at once */
#define SMALL 1024

#define ADDRESS(method, path, limit, act, whom)                                                    \
    {                                                                                              \
        OST_HTTP_##method, "/api/v1" path, (limit), ost_call_serve,                                \
            &(const struct ost_row){ost_route_##act, #act, (whom)}, ost_call_admit                 \
    }
#define ROW(method, path, limit, act)  ADDRESS(method, path, limit, act, OST_ROW_STAFF)
#define SEEN(method, path, limit, act) ADDRESS(method, path, limit, act, OST_ROW_GUEST)
#define OPEN(method, path, limit, act) ADDRESS(method, path, limit, act, OST_ROW_OPEN)

static const struct ost_http_route table[] = {
    OPEN(GET, "/health", 0, health),
    OPEN(POST, "/session", SMALL, session_begin),
    SEEN(GET, "/session", 0, session_get),
    SEEN(DELETE, "/session", SMALL, session_end),
    ROW(POST, "/session/password", SMALL, session_password),
    ROW(GET, "/sessions", 0, session_list),
    ROW(DELETE, "/sessions", SMALL, session_end_others),

    ROW(GET, "/cases", 0, case_list),
    ROW(POST, "/cases", SMALL, case_create),
    SEEN(GET, "/cases/:id", 0, case_get),
    ROW(PUT, "/cases/:id", SMALL, case_change),
    ROW(DELETE, "/cases/:id", SMALL, case_delete),
    ROW(POST, "/cases/:id/fit-review", OST_CALL_JSON, case_review),
    ROW(POST, "/cases/:id/exchange", SMALL, film_exchange),
    SEEN(POST, "/cases/:id/ticket", SMALL, case_ticket),
    ROW(POST, "/cases/:id/jobs", SMALL, job_create),
    SEEN(GET, "/cases/:id/files/:name", 0, file_get),

    ROW(POST, "/cases/:id/guests", SMALL, guest_invite),
    ROW(GET, "/cases/:id/guests", 0, guest_list),
    ROW(DELETE, "/guests/:id", SMALL, guest_revoke),
    OPEN(POST, "/guest", SMALL, guest_enter),

    ROW(POST, "/cases/:id/grants", OST_CALL_JSON, grant_add),
    ROW(GET, "/cases/:id/grants", 0, grant_list),
    ROW(DELETE, "/grants/:id", SMALL, grant_revoke),
    ROW(POST, "/cases/:id/give-back", OST_CALL_JSON, grant_give_back),
    ROW(GET, "/cases/:id/accesses", 0, access_list),

    ROW(POST, "/cases/:id/uploads", SMALL, upload_create),
    ROW(PATCH, "/uploads/:id", PIECE, upload_put),
    ROW(GET, "/uploads/:id", 0, upload_get),
    ROW(POST, "/uploads/:id/finish", SMALL, upload_finish),
    ROW(DELETE, "/uploads/:id", SMALL, upload_delete),

    ROW(GET, "/pending/:id/image.png", 0, pending_image),
    ROW(POST, "/pending/:id/confirm", OST_CALL_JSON, pending_confirm),
    ROW(DELETE, "/pending/:id", SMALL, pending_delete),

    SEEN(GET, "/films/:id/image.png", 0, film_image),
    ROW(GET, "/films/:id/record", 0, film_record),
    ROW(PUT, "/films/:id/camera", OST_CALL_JSON, film_camera),
    ROW(PUT, "/films/:id", SMALL, film_change),
    ROW(DELETE, "/films/:id", SMALL, film_delete),
    ROW(DELETE, "/films/:id/series", SMALL, film_delete_series),

    ROW(GET, "/jobs/:id", 0, job_get),
    ROW(POST, "/jobs/:id/cancel", SMALL, job_cancel),

    ROW(GET, "/studies", 0, study_list),

    SEEN(GET, "/plans/:id", 0, plan_get),
    SEEN(GET, "/plans/:id/ops", 0, plan_ops),

    ROW(GET, "/audit", 0, audit_list),
};

const struct ost_http_route *ost_route_table(size_t *count)
{
    *count = sizeof table / sizeof table[0];
    return table;
}
