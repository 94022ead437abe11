/*
 * Table E.1-1 of DICOM PS3.15 as data: what the basic profile and each of its options do
 * to an attribute. The table is generated from ps3_15_e1_1.csv when the house is built;
 * private attributes and attributes the table does not name are the engine's (deid.h).
 */
#ifndef OST_DICOM_RULES_H
#define OST_DICOM_RULES_H

#include "recon/base/attr.h"

#include <stddef.h>
#include <stdint.h>

OST_C_BEGIN

#define OST_DEID_RULES "PS3.15 2024b"

/* Action codes of the standard; combinations are resolved by ost_deid_rule_action(). */
enum ost_deid_code {
    OST_DEID_CODE_NONE,
    OST_DEID_CODE_X,
    OST_DEID_CODE_Z,
    OST_DEID_CODE_D,
    OST_DEID_CODE_U,
    OST_DEID_CODE_K,
    OST_DEID_CODE_C,
    OST_DEID_CODE_XZ,
    OST_DEID_CODE_XD,
    OST_DEID_CODE_XZD,
    OST_DEID_CODE_ZD,
    OST_DEID_CODE_XZU
};

/* The option columns, in the order of the table. */
enum ost_deid_option {
    OST_DEID_KEEP_UIDS,
    OST_DEID_KEEP_DEVICE,
    OST_DEID_KEEP_INSTITUTION,
    OST_DEID_KEEP_PATIENT,
    OST_DEID_KEEP_DATES,
    OST_DEID_SHIFT_DATES,
    OST_DEID_CLEAN_DESCRIPTORS,
    OST_DEID_CLEAN_STRUCTURED,
    OST_DEID_CLEAN_GRAPHICS,
    OST_DEID_OPTIONS
};

struct ost_deid_rule {
    uint32_t tag, mask; /* group << 16 | element; a tag matches where (t & mask) == tag */
    uint8_t basic;      /* enum ost_deid_code */
    uint8_t option[OST_DEID_OPTIONS];
    const char *name;
};

/* NULL where the table does not name the tag; a row with wildcards comes last. */
const struct ost_deid_rule *ost_deid_rule_of(uint32_t tag);

/* Every row, ascending by tag. */
const struct ost_deid_rule *ost_deid_rules(size_t *count);

/*
 * The code that holds under `options` (bits 1 << enum ost_deid_option). Retaining beats
 * cleaning, cleaning beats the basic profile; full dates beat shifted ones.
 */
enum ost_deid_code ost_deid_rule_code(const struct ost_deid_rule *rule, uint32_t options);

OST_C_END

#endif
