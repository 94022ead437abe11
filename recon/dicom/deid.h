/*
 * The de-identifier: PS3.15 Annex E over a data set, nested sequences included. What it
 * does to an attribute follows from the table (rules.h), the options chosen, and these
 * rules of its own, which fail closed:
 *   - private attributes go, unless the profile names them;
 *   - attributes that neither the table nor the dictionary knows go, and so does whatever
 *     still has no known value representation;
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

OST_C_END

#endif
