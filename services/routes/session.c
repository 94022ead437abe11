/* Signing in and out, own sessions, own password. */
#include "services/routes/table_impl.h"

#include <inttypes.h>

json_t *ost_json_person(const struct ost_auth_session *session)
{
    json_t *user =
        json_pack("{s:I,s:s,s:s,s:{s:I,s:s}}", "id", (json_int_t)session->who.user, "name",
                  session->name, "role", ost_role_name(session->role), "institution", "id",
                  (json_int_t)session->home, "name", session->institution);
    if (session->guest.id != 0) {
        (void)json_object_set_new(user, "guest",
                                  json_pack("{s:I,s:s,s:s}", "case",
                                            (json_int_t)session->guest.case_id, "may",
                                            session->guest.may, "until", session->guest.until));
    }
    return json_pack("{s:o}", "user", user);
}

/* Says the same whether the account exists or not. */
static bool refuse_sign_in(struct ost_call *call, int64_t wait_s, struct ost_err *err)
{
    if (err->code == OST_DENIED) {
        call->status = 401;
        return ost_call_refuse(call, err, OST_DENIED, "wrong_password",
                               "The address and the password do not belong together.");
    }
    if (err->code == OST_LIMIT) {
        call->status = 429;
        call->retry_after = wait_s;
        return ost_call_refuse(call, err, OST_LIMIT, "throttled",
                               "Too many attempts; try again in %" PRId64 " seconds.", wait_s);
    }
    return false;
}

OST_ROUTE(session_begin)
{
    struct ost_auth_login login = {.address = ost_http_request_address(call->request),
                                   .agent =
                                       ost_http_request_header(call->request, OST_HTTP_USER_AGENT)};
    char token[OST_AUTH_TOKEN];
    if (!ost_call_json(call, err, "{s:s,s:s!}", "email", &login.email, "password", &login.password))
        return false;
    if (!ost_auth_login(call->app->auth, call->db, &login, &call->session, token, err))
        return refuse_sign_in(call, login.wait_s, err);
    ost_call_cookie(call, token);
    return ost_call_answer(call, 200, ost_json_person(&call->session));
}

OST_ROUTE(session_get)
{
    (void)err;
    return ost_call_answer(call, 200, ost_json_person(&call->session));
}

OST_ROUTE(session_end)
{
    if (!ost_call_no_body(call, err) || !ost_auth_logout(call->db, &call->session, err))
        return false;
    ost_call_cookie(call, NULL);
    /* Films are kept by the browser and asked about; the next person there finds none. */
    ost_http_reply_header(call->request, "Clear-Site-Data", "\"cache\"");
    return ost_call_answer_empty(call);
}

OST_ROUTE(session_password)
{
    const char *passwords[2];
    char fresh[OST_AUTH_TOKEN];
    if (!ost_call_json(call, err, "{s:s,s:s!}", "old", &passwords[0], "new", &passwords[1]))
        return false;
    if (!ost_auth_change_password(call->app->auth, call->db, &call->session, passwords, fresh,
                                  err)) {
        if (err->code == OST_DENIED) {
            return ost_call_refuse(call, err, OST_DENIED, "wrong_password",
                                   "The old password is not right.");
        }
        if (err->code == OST_LIMIT)
            return refuse_sign_in(call, 60, err);
        return false;
    }
    ost_call_cookie(call, fresh);
    return ost_call_answer_empty(call);
}

OST_ROUTE(session_list)
{
    struct ost_auth_seen *seen;
    size_t count;
    if (!ost_auth_sessions(call->db, &call->session, call->arena, &seen, &count, err))
        return false;
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        const struct ost_auth_seen *one = &seen[i];
        (void)json_array_append_new(
            list, json_pack("{s:I,s:o,s:s,s:s,s:b}", "id", (json_int_t)one->id, "agent",
                            ost_json_text(one->agent), "created_at", one->created_at,
                            "last_seen_at", one->seen_at, "current", one->own ? 1 : 0));
    }
    return ost_call_answer(call, 200, json_pack("{s:o}", "sessions", list));
}

OST_ROUTE(session_end_others)
{
    size_t ended;
    if (!ost_call_no_body(call, err) || !ost_auth_end_others(call->db, &call->session, &ended, err))
        return false;
    return ost_call_answer(call, 200, json_pack("{s:I}", "ended", (json_int_t)ended));
}
