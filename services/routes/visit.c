#include "services/db/audit.h"
#include "services/log/log.h"
#include "services/routes/visit_impl.h"

#include <stdio.h>
#include <string.h>

enum { OST_VISIT_TELL_S = 5, OST_VISIT_EARLY_S = 1 };

/* A guest's rows are about his invitation, another institution's about the case. */
static struct ost_audit about(const struct ost_auth_session *session, int64_t case_id, bool live)
{
    if (session->guest.id == 0) {
        return (struct ost_audit){.action = live ? "partner.live" : "partner.refused",
                                  .object = "case",
                                  .object_id = case_id,
                                  .case_id = case_id,
                                  .abroad =
                                      true}; /* the owner's row, also where the grant has ended */
    }
    return (struct ost_audit){.action = live ? "guest.live" : "guest.refused",
                              .object = "guest",
                              .object_id = session->guest.id,
                              .case_id = session->guest.case_id};
}

void ost_visit_renew(struct visit *visit, const struct ost_db_case *at, time_t now)
{
    /* Early: what comes after the end is refused by the database, to everybody in the room. */
    if (visit->case_id != 0)
        visit->until = now + at->granted_s - OST_VISIT_EARLY_S;
}

bool ost_visit_begin(struct ost_db *db, const struct ost_auth_session *session,
                     const struct ost_db_case *at, time_t now, struct visit *out,
                     struct ost_err *err)
{
    *out = (struct visit){0};
    if (at->granted[0] == '\0')
        return true;
    out->case_id = at->id;
    ost_visit_renew(out, at, now);
    const struct ost_audit audit = about(session, at->id, true);
    return ost_db_audit_add(db, &audit, err);
}

/* Whole characters: browsers end a socket over half of one. */
static void cut_name(char name[OST_NAME_BYTES + 1], const char *whole)
{
    size_t end = OST_NAME_BYTES;
    while (end > 0 && ((unsigned char)whole[end] & 0xc0) == 0x80)
        end--;
    memcpy(name, whole, end);
    name[end] = '\0';
}

void ost_visit_name(const struct visit *visit, const struct ost_auth_session *session,
                    char name[OST_NAME_BYTES + 1])
{
    const bool partner = visit->case_id != 0 && session->guest.id == 0;
    if (partner && snprintf(name, OST_NAME_BYTES + 1, "%s (%s)", session->name,
                            session->institution) <= OST_NAME_BYTES)
        return;
    if (snprintf(name, OST_NAME_BYTES + 1, "%s", session->name) > OST_NAME_BYTES)
        cut_name(name, session->name);
}

static bool tell(struct ost_db *db, const struct ost_auth_session *session,
                 const struct visit *visit, struct ost_err *err)
{
    char detail[64];
    struct ost_audit audit = about(session, visit->case_id, false);
    (void)snprintf(detail, sizeof detail, "{\"what\":\"message\",\"count\":%zu}", visit->refused);
    audit.detail = detail;
    return ost_auth_tell(db, session, &audit, err);
}

void ost_visit_tell(struct ost_db *db, const struct ost_auth_session *session, time_t now,
                    struct visit *visit)
{
    struct ost_err err;
    if (visit->refused == 0 || (now != 0 && now - visit->told < OST_VISIT_TELL_S))
        return;
    if (!tell(db, session, visit, &err)) {
        ost_log_err(OST_LOG_WARN, "live.visit_refused", &err);
        return; /* counted on, told later */
    }
    visit->refused = 0;
    visit->told = now;
}
