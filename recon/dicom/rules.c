#include "recon/dicom/rules.h"

#include "recon/dicom/rules_impl.h"

const struct ost_deid_rule *ost_deid_rules(size_t *count)
{
    *count = ost_deid_rule_count;
    return ost_deid_rule_table;
}

const struct ost_deid_rule *ost_deid_rule_of(uint32_t tag)
{
    size_t low = 0, high = ost_deid_rule_exact;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (ost_deid_rule_table[mid].tag == tag)
            return &ost_deid_rule_table[mid];
        if (ost_deid_rule_table[mid].tag < tag) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    for (size_t i = ost_deid_rule_exact; i < ost_deid_rule_count; i++) {
        if ((tag & ost_deid_rule_table[i].mask) == ost_deid_rule_table[i].tag)
            return &ost_deid_rule_table[i];
    }
    return NULL;
}

enum ost_deid_code ost_deid_rule_code(const struct ost_deid_rule *rule, uint32_t options)
{
    enum ost_deid_code found = OST_DEID_CODE_NONE;
    for (int i = 0; i < OST_DEID_OPTIONS; i++) {
        enum ost_deid_code code = (enum ost_deid_code)rule->option[i];
        if ((options & 1u << i) == 0 || code == OST_DEID_CODE_NONE)
            continue;
        if (code == OST_DEID_CODE_K)
            return code;
        if (found != OST_DEID_CODE_X)
            found = code;
    }
    return found == OST_DEID_CODE_NONE ? (enum ost_deid_code)rule->basic : found;
}
