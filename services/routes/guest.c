/* Guests of a case: invite, list, revoke; and walking in as one. */
#include "services/db/guest.h"

#include "services/routes/table_impl.h"

#include <inttypes.h>
#include <stdio.h>

static json_t *json_guest(const struct ost_db_guest *one)
{
    return json_pack("{s:I,s:s,s:s,s:b,s:s,s:s,s:o,s:o,s:I}", "id", (json_int_t)one->id, "name",
                     one->name, "may", one->may, "live", one->live ? 1 : 0, "created_at",
                     one->created_at, "expires_at", one->expires_at, "revoked_at",
                     ost_json_text(one->revoked_at), "last_seen_at", ost_json_text(one->seen_at),
                     "entered", (json_int_t)one->entered);
}

/* The token is said once, to whoever invites; it stands behind '#', where no server sees it. */
OST_ROUTE(guest_invite)
{
    struct ost_auth_invite invite = {0};
    struct ost_db_guest made;
    char token[OST_AUTH_TOKEN], link[192];
    json_int_t hours;
    if (!ost_call_id(call, 0, &invite.case_id, err) ||
        !ost_call_json(call, err, "{s:s,s:s,s:I!}", "name", &invite.name, "may", &invite.may,
                       "hours", &hours))
        return false;
    invite.hours = hours;
    if (!ost_call_begin(call, OST_RIGHT_SHARE, invite.case_id, err) ||
        !ost_auth_guest_invite(call->app->auth, call->db, &invite, &made, token, err) ||
        !ost_db_commit(call->db, err))
        return false;
    (void)snprintf(link, sizeof link, "/#/guest/%s", token);
    return ost_call_answer(call, 201,
                           json_pack("{s:o,s:s}", "guest", json_guest(&made), "link", link));
}

OST_ROUTE(guest_list)
{
    int64_t id;
    struct ost_db_guest *guest;
    size_t count;
    if (!ost_call_id(call, 0, &id, err) || !ost_call_begin(call, OST_RIGHT_SHARE, id, err) ||
        !ost_db_guest_list(call->db, id, call->arena, &guest, &count, err) ||
        !ost_db_commit(call->db, err))
        return false;
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        (void)json_array_append_new(list, json_guest(&guest[i]));
    return ost_call_answer(call, 200, json_pack("{s:o}", "guests", list));
}

OST_ROUTE(guest_revoke)
{
    int64_t id;
    struct ost_db_guest guest;
    if (!ost_call_id(call, 0, &id, err) || !ost_call_no_body(call, err) ||
        !ost_db_begin(call->db, &call->session.who, err) ||
        !ost_db_guest_get(call->db, id, &guest, err) ||
        !ost_auth_may(call->db, &call->session, OST_RIGHT_SHARE, guest.case_id, err) ||
        !ost_db_guest_revoke(call->db, id, err) || !ost_db_commit(call->db, err))
        return false;
    return ost_call_answer_empty(call);
}

/* An invitation that is over is gone (410); one that never was is none (404). */
static bool refuse(struct ost_call *call, int64_t wait_s, struct ost_err *err)
{
    switch (err->code) {
    case OST_LIMIT:
        call->status = 429;
        call->retry_after = wait_s;
        return ost_call_refuse(call, err, OST_LIMIT, "throttled",
                               "Too many attempts; try again in %" PRId64 " seconds.", wait_s);
    case OST_DENIED:
        call->status = 410;
        return ost_call_refuse(call, err, OST_DENIED, "invitation_over",
                               "This invitation is over; ask who sent it for a new one.");
    case OST_NOT_FOUND:
        return ost_call_refuse(call, err, OST_NOT_FOUND, "no_invitation",
                               "This is not an invitation: take the whole link.");
    default:
        return false;
    }
}

OST_ROUTE(guest_enter)
{
    struct ost_auth_entry entry = {.address = ost_http_request_address(call->request),
                                   .agent =
                                       ost_http_request_header(call->request, OST_HTTP_USER_AGENT)};
    char token[OST_AUTH_TOKEN];
    if (!ost_call_json(call, err, "{s:s!}", "token", &entry.token))
        return false;
    if (!ost_auth_guest_enter(call->app->auth, call->db, &entry, &call->session, token, err))
        return refuse(call, entry.wait_s, err);
    ost_call_cookie(call, token);
    return ost_call_answer(call, 200, ost_json_person(&call->session));
}
