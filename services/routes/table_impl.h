/* The handlers, one declaration per row of table.c. */
#ifndef OST_ROUTES_TABLE_IMPL_H
#define OST_ROUTES_TABLE_IMPL_H

#include "services/routes/call_impl.h"

#define OST_ROUTE(name) bool ost_route_##name(struct ost_call *call, struct ost_err *err)

OST_ROUTE(health);

OST_ROUTE(session_begin);
OST_ROUTE(session_get);
OST_ROUTE(session_end);
OST_ROUTE(session_password);
OST_ROUTE(session_list);
OST_ROUTE(session_end_others);

OST_ROUTE(case_list);
OST_ROUTE(case_create);
OST_ROUTE(case_get);
OST_ROUTE(case_change);
OST_ROUTE(case_delete);
OST_ROUTE(case_review);
OST_ROUTE(case_ticket);

OST_ROUTE(guest_invite);
OST_ROUTE(guest_list);
OST_ROUTE(guest_revoke);
OST_ROUTE(guest_enter);

OST_ROUTE(grant_add);
OST_ROUTE(grant_list);
OST_ROUTE(grant_revoke);
OST_ROUTE(grant_give_back);
OST_ROUTE(access_list);

OST_ROUTE(upload_create);
OST_ROUTE(upload_put);
OST_ROUTE(upload_get);
OST_ROUTE(upload_finish);
OST_ROUTE(upload_delete);

OST_ROUTE(pending_image);
OST_ROUTE(pending_confirm);
OST_ROUTE(pending_delete);

OST_ROUTE(film_image);
OST_ROUTE(film_record);
OST_ROUTE(film_camera);
OST_ROUTE(film_change);
OST_ROUTE(film_exchange);
OST_ROUTE(film_delete);
OST_ROUTE(film_delete_series);

OST_ROUTE(job_create);
OST_ROUTE(job_get);
OST_ROUTE(job_cancel);

OST_ROUTE(study_list);

OST_ROUTE(file_get);

OST_ROUTE(plan_get);
OST_ROUTE(plan_ops);

OST_ROUTE(audit_list);

#endif
