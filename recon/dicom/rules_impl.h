/* The generated table behind rules.h: exact rows ascending by tag, then wildcards. */
#ifndef OST_DICOM_RULES_IMPL_H
#define OST_DICOM_RULES_IMPL_H

#include "recon/dicom/rules.h"

OST_C_BEGIN

extern const struct ost_deid_rule ost_deid_rule_table[];
extern const size_t ost_deid_rule_exact, ost_deid_rule_count;

OST_C_END

#endif
