#include "recon/dicom/deid.h"

#include "recon/dicom/deid_impl.h"
#include "recon/dicom/keyed.h"

#include <stdlib.h>
#include <string.h>

enum { OST_DEID_VALUE = 4096 };

struct engine {
    const struct ost_deid_profile *profile;
    const struct ost_deid_key *key;
    struct ost_identity *identity;
    struct ost_deid_report *report;
    struct ost_editor editor;
    char patient[256]; /* whose code and whose shift of dates */
    int shift_days;
    char code[OST_KEYED_CODE_TEXT];
    char value[OST_DEID_VALUE]; /* what OST_EDIT_SET writes */
    uint32_t strict;            /* from this depth on: inside a sequence that was cleaned */
};

static bool is(const struct ost_element *e, const char *vr)
{
    return memcmp(e->vr, vr, 2) == 0;
}

/* By the dictionary, whatever the file says. */
static bool is_usually(const struct ost_element *e, const char *vr)
{
    return memcmp(e->usual, vr, 2) == 0;
}

/* ------------------------------------------------ the identity set */

/* Ids, addresses and numbers of a person or a place; names are known by their kind. */
static const uint32_t naming[] = {
    0x00080050, 0x00080081, 0x00080092, 0x00080094, 0x00080080, 0x00081040, 0x00100020,
    0x00100021, 0x00101000, 0x00101040, 0x00101050, 0x00101090, 0x00102154, 0x00102155,
    0x00102299, 0x00120040, 0x00120042, 0x00200010, 0x00380010, 0x00380060, 0x00380300,
    0x00380400, 0x0038001E, 0x00321033, 0x00400009, 0x00400253, 0x00401001, 0x00401005,
    0x00401102, 0x00401103, 0x00401104, 0x00402009, 0x00402010, 0x00402011, 0x00402016,
    0x00402017, 0x00404036, 0x0040A027, 0x0040A353, 0x0040A354, 0x4008011A};

static bool names_someone(uint32_t tag)
{
    for (size_t i = 0; i < sizeof naming / sizeof naming[0]; i++) {
        if (naming[i] == tag)
            return true;
    }
    return false;
}

/* An option that keeps an attribute keeps its value out of the search. */
static bool is_kept(const struct engine *engine, uint32_t tag)
{
    const struct ost_deid_rule *rule = ost_deid_rule_of(tag);
    return rule != NULL && ost_deid_rule_code(rule, engine->profile->options) == OST_DEID_CODE_K;
}

/* Also where the file says of it that it is something else, or of no kind at all. */
static enum ost_edit gather(void *user, const struct ost_element *e)
{
    struct engine *engine = user;
    struct ost_identity *identity = engine->identity;
    const char *value = e->value != NULL ? e->value : e->held;
    if (value == NULL || is_kept(engine, e->tag))
        return OST_EDIT_KEEP;
    if (is(e, "PN") || is_usually(e, "PN")) {
        ost_identity_add_name(identity, value, e->len);
        if (e->utf8 != NULL)
            ost_identity_add_name(identity, e->utf8, e->utf8_len);
    } else if (e->tag == 0x00100030) {
        ost_identity_add_date(identity, value, e->len);
    } else if (names_someone(e->tag)) {
        ost_identity_add_text(identity, value, e->len);
        if (e->utf8 != NULL)
            ost_identity_add_text(identity, e->utf8, e->utf8_len);
    }
    return OST_EDIT_KEEP;
}

/* ------------------------------------------------ single actions */

static enum ost_edit drop(struct engine *engine, const struct ost_element *e)
{
    ost_deid_report_add(engine->report, e->tag, OST_DEID_REMOVED);
    return OST_EDIT_DROP;
}

static enum ost_edit empty(struct engine *engine, const struct ost_element *e)
{
    ost_deid_report_add(engine->report, e->tag, OST_DEID_EMPTIED);
    return OST_EDIT_EMPTY;
}

static enum ost_edit replace(struct engine *engine, const struct ost_element *e, const char *text)
{
    ost_deid_report_add(engine->report, e->tag, OST_DEID_REPLACED);
    if (e->sequence)
        return OST_EDIT_SHELL;
    engine->editor.text = text;
    return OST_EDIT_SET;
}

/* A value that is well formed and the same for everybody. */
static const char *dummy(const struct ost_element *e)
{
    static const char *const by_kind[][2] = {
        {"AS", "000Y"}, {"DA", "19000101"}, {"DT", "19000101000000"}, {"TM", "000000"}, {"DS", "0"},
        {"IS", "0"},    {"CS", "ANON"},     {"UR", "urn:anon"},       {"AE", "ANON"}};
    for (size_t i = 0; i < sizeof by_kind / sizeof by_kind[0]; i++) {
        if (is(e, by_kind[i][0]))
            return by_kind[i][1];
    }
    return "ANON";
}

/* The value being made for OST_EDIT_SET; false where it grows too long. */
static bool append(struct engine *engine, size_t *made, const char *text, size_t len)
{
    if (len >= sizeof engine->value - *made)
        return false;
    memcpy(engine->value + *made, text, len);
    *made += len;
    engine->value[*made] = '\0';
    return true;
}

static size_t trimmed(const char *text, size_t len)
{
    while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\0'))
        len--;
    return len;
}

/* One UID of a list; names of the standard itself stay. */
static bool append_uid(struct engine *engine, size_t *made, const char *text, size_t len,
                       bool *changed)
{
    char uid[65] = {0}, fresh[OST_KEYED_UID_TEXT];
    bool fits = len < sizeof uid;
    memcpy(uid, text, fits ? len : 0);
    if (len == 0 || (fits && ost_dataset_is_standard_uid(uid)))
        return append(engine, made, uid, len);
    unsigned char digest[OST_SHA256_BYTES];
    ost_keyed_hash(engine->key->bytes, engine->key->len, "uid", text, len, digest);
    ost_keyed_uid_text(digest, fresh);
    *changed = true;
    return append(engine, made, fresh, strlen(fresh));
}

static enum ost_edit keyed_uids(struct engine *engine, const struct ost_element *e)
{
    if (!is(e, "UI") || e->value == NULL)
        return e->len == 0 ? OST_EDIT_KEEP : drop(engine, e);
    size_t made = 0;
    bool changed = false, fits = true;
    for (size_t start = 0, i = 0; i <= e->len; i++) {
        if (i < e->len && e->value[i] != '\\')
            continue;
        fits = fits && (start == 0 || append(engine, &made, "\\", 1)) &&
               append_uid(engine, &made, e->value + start, trimmed(e->value + start, i - start),
                          &changed);
        start = i + 1;
    }
    if (!fits)
        return drop(engine, e);
    if (!changed)
        return OST_EDIT_KEEP;
    ost_deid_report_add(engine->report, e->tag, OST_DEID_UID);
    engine->editor.text = engine->value;
    return OST_EDIT_SET;
}

/* An empty value of a list stays empty; DA holds a date only, DT at least one. */
static bool shift_one(const struct engine *engine, const struct ost_element *e, char *text,
                      size_t len)
{
    len = trimmed(text, len);
    bool date = is(e, "DT") ? len >= 8 : len == 8;
    return len == 0 || (date && ost_keyed_shift_date(text, len, engine->shift_days));
}

/* Every date of a list, moved; what is no date is emptied. Times of day stay. */
static enum ost_edit shifted(struct engine *engine, const struct ost_element *e)
{
    if (e->len == 0 || (is(e, "TM") && e->value != NULL))
        return OST_EDIT_KEEP;
    if ((!is(e, "DA") && !is(e, "DT")) || e->value == NULL)
        return drop(engine, e);
    size_t made = 0;
    if (!append(engine, &made, e->value, e->len))
        return drop(engine, e);
    for (size_t start = 0, i = 0; i <= made; i++) {
        if (i < made && engine->value[i] != '\\')
            continue;
        if (!shift_one(engine, e, engine->value + start, i - start))
            return empty(engine, e);
        start = i + 1;
    }
    ost_deid_report_add(engine->report, e->tag, OST_DEID_SHIFTED);
    engine->editor.text = engine->value;
    return OST_EDIT_SET;
}

static bool is_date(const struct ost_element *e)
{
    return is(e, "DA") || is(e, "DT");
}

/* Text of which only harmless words are left. */
static enum ost_edit cleaned(struct engine *engine, const struct ost_element *e)
{
    const struct ost_deid_rule *rule = ost_deid_rule_of(e->tag);
    if (e->sequence) {
        if (engine->strict == 0)
            engine->strict = e->depth + 1;
        return OST_EDIT_KEEP;
    }
    if (is_date(e) || is(e, "TM") ||
        (rule != NULL && rule->option[OST_DEID_SHIFT_DATES] != OST_DEID_CODE_NONE))
        return shifted(engine, e);
    if (e->value == NULL || is(e, "PN") || is(e, "UI") || e->len >= sizeof engine->value)
        return drop(engine, e);
    ost_deid_clean_text(e->value, e->len, engine->value);
    ost_deid_report_add(engine->report, e->tag, OST_DEID_CLEANED);
    engine->editor.text = engine->value;
    return engine->value[0] == '\0' ? OST_EDIT_EMPTY : OST_EDIT_SET;
}

/* Short strings of the set are also code words: those are compared at full length only. */
static bool tells(const struct engine *engine, const struct ost_element *e)
{
    const struct ost_identity *set = engine->identity;
    if (is(e, "CS") || is(e, "UI") || is(e, "DS") || is(e, "IS"))
        return ost_identity_in_bytes(set, e->value, e->len);
    return ost_identity_in_text(set, e->value, e->len) ||
           (e->utf8 != NULL && ost_identity_in_text(set, e->utf8, e->utf8_len));
}

/* What stays, unless it names the patient after all. */
static enum ost_edit keep(struct engine *engine, const struct ost_element *e)
{
    if (e->value != NULL && tells(engine, e))
        return drop(engine, e);
    return OST_EDIT_KEEP;
}

/* ------------------------------------------------ which action */

static enum ost_edit by_code(struct engine *engine, const struct ost_element *e,
                             enum ost_deid_code code)
{
    bool patient = e->tag == 0x00100010 || e->tag == 0x00100020;
    switch (code) {
    case OST_DEID_CODE_K:
    case OST_DEID_CODE_NONE:
        return keep(engine, e);
    case OST_DEID_CODE_X:
        return drop(engine, e);
    case OST_DEID_CODE_U:
        return keyed_uids(engine, e);
    case OST_DEID_CODE_C:
        return cleaned(engine, e);
    case OST_DEID_CODE_XZU:
        return e->sequence ? OST_EDIT_KEEP : keyed_uids(engine, e);
    case OST_DEID_CODE_Z:
    case OST_DEID_CODE_XZ:
        return patient ? replace(engine, e, engine->code) : empty(engine, e);
    case OST_DEID_CODE_ZD:
    case OST_DEID_CODE_XD:
    case OST_DEID_CODE_XZD:
        if (e->sequence)
            return empty(engine, e);
        break;
    case OST_DEID_CODE_D:
        break;
    }
    return replace(engine, e, patient ? engine->code : dummy(e));
}

static bool is_safe(const struct engine *engine, const struct ost_element *e)
{
    const struct ost_deid_profile *profile = engine->profile;
    bool reserves = (e->tag & 0xFFFF) >= 0x10 && (e->tag & 0xFFFF) <= 0xFF;
    for (size_t i = 0; i < profile->safe_count; i++) {
        const struct ost_deid_safe *safe = &profile->safe[i];
        size_t len = strlen(safe->creator);
        if (reserves && e->value != NULL && trimmed(e->value, e->len) == len &&
            memcmp(e->value, safe->creator, len) == 0)
            return true;
        if (!reserves && strcmp(e->creator, safe->creator) == 0 &&
            (e->tag & 0xFFFF00FF) == (safe->tag & 0xFFFF00FF))
            return true;
    }
    return false;
}

static enum ost_edit private_attribute(struct engine *engine, const struct ost_element *e)
{
    if (!is_safe(engine, e) || (e->value == NULL && is(e, "UN"))) {
        engine->report->private_count++;
        return OST_EDIT_DROP;
    }
    return is_date(e) || is(e, "PN") || is(e, "UI") ? drop(engine, e) : keep(engine, e);
}

/* A name, date or UID that the file calls something else. */
static bool is_disguised(const struct ost_element *e)
{
    static const char *const telling[] = {"PN", "DA", "DT", "UI"};
    for (size_t i = 0; i < sizeof telling / sizeof telling[0]; i++) {
        if (is_usually(e, telling[i]))
            return !is(e, telling[i]);
    }
    return false;
}

/* What the table does not name: known attributes stay where they cannot tell anything. */
static enum ost_edit unlisted(struct engine *engine, const struct ost_element *e)
{
    uint32_t dates = engine->profile->options;
    if (!e->known || is(e, "UN") || is_disguised(e)) {
        engine->report->unknown_count++;
        return OST_EDIT_DROP;
    }
    if (is(e, "UI"))
        return (dates & 1u << OST_DEID_KEEP_UIDS) != 0 ? keep(engine, e) : keyed_uids(engine, e);
    if (is(e, "PN"))
        return empty(engine, e);
    if (is_date(e) && (dates & 1u << OST_DEID_KEEP_DATES) == 0)
        return (dates & 1u << OST_DEID_SHIFT_DATES) != 0 ? shifted(engine, e) : empty(engine, e);
    if (is(e, "LT") || is(e, "ST") || is(e, "UT") || is(e, "UC"))
        return cleaned(engine, e);
    return keep(engine, e);
}

/* Codes as DCM, SCT, LOINC and SRT write them: digits, or a letter or digits, and a hyphen. */
static bool is_code(const struct ost_element *e)
{
    size_t len = e->value == NULL ? 0 : trimmed(e->value, e->len), digits = 0;
    for (size_t i = 0; i < len; i++) {
        bool digit = e->value[i] >= '0' && e->value[i] <= '9';
        bool letter = e->value[i] >= 'A' && e->value[i] <= 'Z';
        digits += digit ? 1 : 0;
        if (!digit && e->value[i] != '-' && !(letter && i < 2))
            return false;
    }
    return len > 0 && 2 * digits >= len;
}

/* Inside a cleaned sequence codes stay, and of every other text only harmless words. */
static enum ost_edit strictly(struct engine *engine, const struct ost_element *e)
{
    bool scheme = e->tag == 0x00080102 || e->tag == 0x00080103;
    if ((is(e, "SH") || is(e, "LO")) && !scheme && !(e->tag == 0x00080100 && is_code(e)))
        return cleaned(engine, e);
    return unlisted(engine, e);
}

/* Of whole numbers, of single and of double ones; tables of offsets say nothing any more. */
static bool is_picture(uint32_t tag)
{
    return tag == 0x7FE00010 || tag == 0x7FE00008 || tag == 0x7FE00009;
}

static enum ost_edit decide(void *user, const struct ost_element *e)
{
    struct engine *engine = user;
    uint32_t group = e->tag >> 16;
    if (e->depth < engine->strict)
        engine->strict = 0;
    if ((e->tag & 0xFFFF) == 0)
        return OST_EDIT_DROP; /* group lengths: they would be wrong now */
    if ((group & 1) != 0)
        return private_attribute(engine, e);
    if ((group & 0xFF00) == 0x6000 || (group & 0xFF00) == 0x5000)
        return drop(engine, e);
    if (group < 0x0008) /* of messages, file heads and directories: none of a data set */
        return drop(engine, e);
    if (group == 0x7FE0) /* pictures inside sequences are thumbnails of this one */
        return e->depth == 0 && is_picture(e->tag) ? OST_EDIT_KEEP : drop(engine, e);
    const struct ost_deid_rule *rule = ost_deid_rule_of(e->tag);
    if (rule == NULL)
        return engine->strict > 0 ? strictly(engine, e) : unlisted(engine, e);
    return by_code(engine, e, ost_deid_rule_code(rule, engine->profile->options));
}

/* The same patient has the same code and shift in every file, under one key. */
static void know_patient(struct engine *engine, const struct ost_dataset *dataset)
{
    unsigned char digest[OST_SHA256_BYTES];
    (void)ost_dataset_text(dataset, 0x00100020, engine->patient, sizeof engine->patient);
    if (engine->patient[0] == '\0')
        (void)ost_dataset_text(dataset, 0x00100010, engine->patient, sizeof engine->patient);
    size_t len = strlen(engine->patient);
    ost_keyed_hash(engine->key->bytes, engine->key->len, "patient", engine->patient, len, digest);
    ost_keyed_code_text(digest, engine->code);
    ost_keyed_hash(engine->key->bytes, engine->key->len, "shift", engine->patient, len, digest);
    engine->shift_days = ost_keyed_shift_days(digest, engine->profile->keep_weekday);
}

bool ost_deid_dataset(struct ost_dataset *dataset, const struct ost_deid_profile *profile,
                      const struct ost_deid_key *key, struct ost_identity *identity,
                      struct ost_deid_report *report, struct ost_err *err)
{
    struct engine engine = {.profile = profile, .key = key, .identity = identity, .report = report};
    know_patient(&engine, dataset);
    engine.editor = (struct ost_editor){.edit = gather, .user = &engine};
    if (!ost_dataset_edit(dataset, &engine.editor, err) || !ost_identity_done(identity, err))
        return ost_err_note(err, "identity set");
    report->identity_count = (uint32_t)ost_identity_count(identity);
    report->options = profile->options;
    engine.editor.edit = decide;
    if (!ost_dataset_edit(dataset, &engine.editor, err))
        return ost_err_note(err, "de-identification");
    if (report->full)
        return ost_fail(err, OST_LIMIT, "more than %d kinds of removal", (int)OST_DEID_REMOVALS);
    return true;
}
