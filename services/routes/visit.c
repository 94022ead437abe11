#include "services/db/audit.h"
#include "services/log/log.h"
#include "services/routes/visit_impl.h"

#include <stdio.h>

enum { OST_VISIT_TELL_S = 5, OST_VISIT_EARLY_S = 1 };

bool ost_visit_begin(struct ost_db *db, const struct ost_auth_session *session, time_t now,
                     struct visit *out, struct ost_err *err)
{
    const struct ost_audit audit = {.action = "guest.live",
                                    .object = "guest",
                                    .object_id = session->guest.id,
                                    .case_id = session->guest.case_id};
    *out = (struct visit){0};
    if (session->guest.id == 0)
        return true;
    /* Early: what comes after the end is refused by the database, to everybody in the room. */
    out->until = now + session->guest.left_s - OST_VISIT_EARLY_S;
    return ost_db_audit_add(db, &audit, err);
}

void ost_visit_tell(struct ost_db *db, const struct ost_auth_session *session, time_t now,
                    struct visit *visit)
{
    char detail[64];
    struct ost_err err;
    if (visit->refused == 0 || (now != 0 && now - visit->told < OST_VISIT_TELL_S))
        return;
    (void)snprintf(detail, sizeof detail, "{\"what\":\"message\",\"count\":%zu}", visit->refused);
    if (!ost_auth_guest_tell(db, session, "guest.refused", detail, &err)) {
        ost_log_err(OST_LOG_WARN, "live.guest_refused", &err);
        return; /* counted on, told later */
    }
    visit->refused = 0;
    visit->told = now;
}
