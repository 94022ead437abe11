/*
 * The de-identifier: PS3.15 Annex E over a data set, nested sequences included. What it
 * does to an attribute follows from the table (rules.h), the options chosen, and these
 * rules of its own, which fail closed:
 *   - private attributes go, unless the profile names them;
 *   - attributes that neither the table nor the dictionary knows go, and so does whatever
 *     still has no known value representation;
 *   - a name, date or UID that the file calls something else is still one: it goes, and a
 *     name or number of the patient is searched for all the same;
 *   - beside the pixels nothing of their group stays, nor of file heads and directories;
 *   - overlay planes go whole, and bits beside the stored ones of a pixel are cleared;
 *   - a UID that is not a name of the standard itself is replaced, table or not;
 *   - text that holds a string of the identity set goes, table or not;
 *   - after writing, the bytes are searched for that set, and a hit refuses the file.
 * Pure: keys come in, nothing is drawn or timed, the same file gives the same bytes.
 */
#ifndef OST_DICOM_DEID_H
#define OST_DICOM_DEID_H

#include "recon/base/buf.h"
#include "recon/base/err.h"
#include "recon/dicom/rules.h"

#include <stddef.h>
#include <stdint.h>

OST_C_BEGIN

/* What was done to an attribute, as the record tells it. */
enum ost_deid_action {
    OST_DEID_REMOVED = 1,
    OST_DEID_EMPTIED,
    OST_DEID_REPLACED, /* by a dummy */
    OST_DEID_UID,      /* by a keyed UID */
    OST_DEID_SHIFTED,
    OST_DEID_CLEANED,
    OST_DEID_ACTIONS = OST_DEID_CLEANED
};

struct ost_deid_removal {
    uint32_t tag;
    uint32_t count;
    uint8_t action; /* enum ost_deid_action */
};

const char *ost_deid_action_name(enum ost_deid_action action);

enum { OST_DEID_REMOVALS = 2048, OST_DEID_SAFE = 64, OST_DEID_FILE_MOST = 512 << 20 };

/* A private attribute that may stay: the creator of its block, and gggg00ee. */
struct ost_deid_safe {
    char creator[65];
    uint32_t tag;
};

/* Which options of the standard hold; all zero is the basic profile. */
struct ost_deid_profile {
    uint32_t options;  /* bits 1 << enum ost_deid_option */
    bool keep_weekday; /* shifted dates fall on the same day of the week */
    struct ost_deid_safe safe[OST_DEID_SAFE];
    size_t safe_count;
};

/* What was done, without a single value. */
struct ost_deid_report {
    struct ost_deid_removal removal[OST_DEID_REMOVALS]; /* ascending by tag, action */
    uint32_t removal_count;
    uint32_t private_count, unknown_count; /* attributes outside the table that went */
    uint32_t identity_count;               /* strings searched for afterwards */
    uint32_t suspected_count; /* boxes of lettering in the pixels, which nobody has cleaned */
    uint32_t options;
    bool full;                           /* more kinds of removal than fit */
    unsigned char before[32], after[32]; /* SHA-256 of the file as it came and as it left */
};

struct ost_deid_key {
    const void *bytes; /* borrowed */
    size_t len;
};

/* Filled by ost_deid_file(); the caller brings both parts. */
struct ost_deid_file {
    struct ost_buf bytes;
    struct ost_deid_report *report;
};

/*
 * A whole Part 10 file: explicit little endian out, pixels unpacked. `key` makes UIDs,
 * the patient's code and the shift of dates. Call ost_dicom_prepare() first. Fails with
 * OST_DENIED where a string of the identity set would have survived; `out` is then empty.
 */
OST_MUST_CHECK
bool ost_deid_file(const void *bytes, size_t len, const struct ost_deid_profile *profile,
                   const struct ost_deid_key *key, struct ost_deid_file *out, struct ost_err *err);

/* Comma-separated objects {"tag","name","action","count"}. */
void ost_deid_removals_json(const struct ost_deid_removal *removal, uint32_t count,
                            struct ost_buf *json);

/* The record as one JSON object. */
OST_MUST_CHECK
bool ost_deid_report_json(const struct ost_deid_report *report, struct ost_buf *json,
                          struct ost_err *err);

OST_C_END

#endif
