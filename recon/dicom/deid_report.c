/* The record of a de-identification: counts by attribute and action, never a value. */
#include "recon/base/sha256.h"
#include "recon/dicom/deid_impl.h"

#include <string.h>

/* What DeidentificationMethod says. */
static const char method[] = "Osteon, " OST_DEID_RULES;

const char *ost_deid_action_name(enum ost_deid_action action)
{
    static const char *const name[] = {"kept", "removed", "emptied", "replaced",
                                       "uid",  "shifted", "cleaned"};
    return name[action <= OST_DEID_ACTIONS ? action : 0];
}

/* Kept ascending, so that a record has one spelling. */
void ost_deid_report_add(struct ost_deid_report *report, uint32_t tag, enum ost_deid_action action)
{
    size_t low = 0, high = report->removal_count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        const struct ost_deid_removal *r = &report->removal[mid];
        if (r->tag < tag || (r->tag == tag && r->action < action)) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    struct ost_deid_removal *at = &report->removal[low];
    if (low < report->removal_count && at->tag == tag && at->action == action) {
        at->count++;
        return;
    }
    if (report->removal_count == OST_DEID_REMOVALS) {
        report->full = true;
        return;
    }
    memmove(at + 1, at, (report->removal_count - low) * sizeof *at);
    *at = (struct ost_deid_removal){tag, 1, (uint8_t)action};
    report->removal_count++;
}

/* Options as CID 7050 names them, by enum ost_deid_option. */
static const struct {
    uint32_t bit;
    struct ost_code_item code;
} option[] = {
    {1u << OST_DEID_CLEAN_GRAPHICS, {"113103", "DCM", "Clean Graphics Option"}},
    {1u << OST_DEID_CLEAN_STRUCTURED, {"113104", "DCM", "Clean Structured Content Option"}},
    {1u << OST_DEID_CLEAN_DESCRIPTORS, {"113105", "DCM", "Clean Descriptors Option"}},
    {1u << OST_DEID_KEEP_DATES,
     {"113106", "DCM", "Retain Longitudinal Temporal Information Full Dates Option"}},
    {1u << OST_DEID_SHIFT_DATES,
     {"113107", "DCM", "Retain Longitudinal Temporal Information Modified Dates Option"}},
    {1u << OST_DEID_KEEP_PATIENT, {"113108", "DCM", "Retain Patient Characteristics Option"}},
    {1u << OST_DEID_KEEP_DEVICE, {"113109", "DCM", "Retain Device Identity Option"}},
    {1u << OST_DEID_KEEP_UIDS, {"113110", "DCM", "Retain UIDs Option"}},
    {1u << OST_DEID_KEEP_INSTITUTION, {"113112", "DCM", "Retain Institution Identity Option"}}};

static const struct ost_code_item basic = {"113100", "DCM",
                                           "Basic Application Confidentiality Profile"};
static const struct ost_code_item safe_private = {"113111", "DCM", "Retain Safe Private Option"};

bool ost_deid_mark(struct ost_dataset *dataset, const struct ost_deid_profile *profile,
                   struct ost_err *err)
{
    const uint32_t codes = 0x00120064;
    const char *dates = (profile->options & 1u << OST_DEID_KEEP_DATES) != 0    ? "UNMODIFIED"
                        : (profile->options & 1u << OST_DEID_SHIFT_DATES) != 0 ? "MODIFIED"
                                                                               : "REMOVED";
    if (!ost_dataset_put(dataset, 0x00120062, "YES", err) ||
        !ost_dataset_put(dataset, 0x00120063, method, err) ||
        !ost_dataset_put(dataset, 0x00280303, dates, err) ||
        !ost_dataset_clear(dataset, codes, err) ||
        !ost_dataset_put_code(dataset, codes, &basic, err))
        return false;
    for (size_t i = 0; i < sizeof option / sizeof option[0]; i++) {
        if ((profile->options & option[i].bit) != 0 &&
            !ost_dataset_put_code(dataset, codes, &option[i].code, err))
            return false;
    }
    return profile->safe_count == 0 || ost_dataset_put_code(dataset, codes, &safe_private, err);
}

void ost_deid_forgive_own(struct ost_identity *identity)
{
    static const char *const own[] = {"ANON",       "19000101000000",
                                      "000Y",       "urn:anon",
                                      "UNMODIFIED", "REMOVED",
                                      method,       "OFFIS_DCMTK_367",
                                      "113100",     "DCM",
                                      "YES",        "1.2.276.0.7230010.3.0.3.6.7"};
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        ost_identity_forgive(identity, own[i]);
    for (size_t i = 0; i < sizeof option / sizeof option[0]; i++) {
        ost_identity_forgive(identity, option[i].code.value);
        ost_identity_forgive(identity, option[i].code.meaning);
    }
    ost_identity_forgive(identity, basic.meaning);
    ost_identity_forgive(identity, safe_private.value);
    ost_identity_forgive(identity, safe_private.meaning);
}

static void put_hex(struct ost_buf *json, const char *name, const unsigned char digest[32])
{
    char text[OST_SHA256_HEX];
    ost_sha256_hex(digest, text);
    ost_buf_print(json, ",\"%s\":\"%s\"", name, text);
}

bool ost_deid_report_json(const struct ost_deid_report *report, struct ost_buf *json,
                          struct ost_err *err)
{
    ost_buf_print(json, "{\"osteon_removal\":1,\"rules\":\"%s\",\"options\":[\"113100\"",
                  OST_DEID_RULES);
    for (size_t i = 0; i < sizeof option / sizeof option[0]; i++) {
        if ((report->options & option[i].bit) != 0)
            ost_buf_print(json, ",\"%s\"", option[i].code.value);
    }
    ost_buf_text(json, "]");
    put_hex(json, "before_sha256", report->before);
    put_hex(json, "after_sha256", report->after);
    ost_buf_print(
        json,
        ",\"suspected_lettering\":%u,\"searched_for\":%u,\"private\":%u,\"unknown\":%u,\"attributes\":[",
        report->suspected_count, report->identity_count, report->private_count,
        report->unknown_count);
    ost_deid_removals_json(report->removal, report->removal_count, json);
    ost_buf_text(json, "]}");
    if (!ost_buf_done(json, err))
        return ost_err_note(err, "removal record");
    return true;
}

void ost_deid_removals_json(const struct ost_deid_removal *removal, uint32_t count,
                            struct ost_buf *json)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct ost_deid_rule *rule = ost_deid_rule_of(removal[i].tag);
        ost_buf_print(json, "%s{\"tag\":\"%08X\",\"name\":\"%s\",\"action\":\"%s\",\"count\":%u}",
                      i > 0 ? "," : "", removal[i].tag, rule == NULL ? "" : rule->name,
                      ost_deid_action_name((enum ost_deid_action)removal[i].action),
                      removal[i].count);
    }
}
