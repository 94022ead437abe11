/*
 * The profile file of `osteon deid`: {"osteon_profile":1, "options":[...],
 * "keep_weekday":bool, "safe_private":[{"creator":"...","tag":"ggggeeee"}]}; unknown keys
 * are refused. Options are named as in ost_deid_option_name(), or by their CID 7050 code.
 */
#ifndef OST_TOOL_DEID_PROFILE_H
#define OST_TOOL_DEID_PROFILE_H

#include "recon/dicom/deid.h"

OST_MUST_CHECK
bool ost_deid_profile_parse(const void *json, size_t len, struct ost_deid_profile *out,
                            struct ost_err *err);

#endif
