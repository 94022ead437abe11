#include "recon/dicom/rules.h"
#include "tests/check.h"

#include <string.h>

static void the_table_has_every_row_of_the_standard(void **state)
{
    (void)state;
    size_t count = 0, basic[16] = {0};
    const struct ost_deid_rule *rule = ost_deid_rules(&count);
    assert_int_equal(count, 620);
    for (size_t i = 0; i < count; i++)
        basic[rule[i].basic]++;
    assert_int_equal(basic[OST_DEID_CODE_X], 383);
    assert_int_equal(basic[OST_DEID_CODE_D], 92);
    assert_int_equal(basic[OST_DEID_CODE_U], 54);
    assert_int_equal(basic[OST_DEID_CODE_Z], 42);
    assert_int_equal(basic[OST_DEID_CODE_XD], 22);
    assert_int_equal(basic[OST_DEID_CODE_XZ], 11);
    assert_int_equal(basic[OST_DEID_CODE_XZD], 8);
    assert_int_equal(basic[OST_DEID_CODE_ZD], 6);
    assert_int_equal(basic[OST_DEID_CODE_XZU], 2);
}

static void every_row_is_found_by_its_own_tag(void **state)
{
    (void)state;
    size_t count = 0;
    const struct ost_deid_rule *rule = ost_deid_rules(&count);
    for (size_t i = 0; i < count; i++)
        assert_ptr_equal(ost_deid_rule_of(rule[i].tag), &rule[i]);
    assert_null(ost_deid_rule_of(0x00280010));
}

static void groups_with_wildcards_match_every_plane(void **state)
{
    (void)state;
    for (uint32_t group = 0; group <= 0x1e; group += 2) {
        const struct ost_deid_rule *overlay = ost_deid_rule_of((0x6000 + group) << 16 | 0x3000);
        assert_non_null(overlay);
        assert_string_equal(overlay->name, "Overlay Data");
        const struct ost_deid_rule *curve = ost_deid_rule_of((0x5000 + group) << 16 | 0x0105);
        assert_non_null(curve);
        assert_string_equal(curve->name, "Curve Data");
    }
    assert_null(ost_deid_rule_of(0x60000010));
}

static void options_retain_before_they_clean(void **state)
{
    (void)state;
    const struct ost_deid_rule *date = ost_deid_rule_of(0x00080020);
    uint32_t keep = 1u << OST_DEID_KEEP_DATES, shift = 1u << OST_DEID_SHIFT_DATES;
    assert_int_equal(ost_deid_rule_code(date, 0), OST_DEID_CODE_Z);
    assert_int_equal(ost_deid_rule_code(date, shift), OST_DEID_CODE_C);
    assert_int_equal(ost_deid_rule_code(date, keep), OST_DEID_CODE_K);
    assert_int_equal(ost_deid_rule_code(date, keep | shift), OST_DEID_CODE_K);
    const struct ost_deid_rule *uid = ost_deid_rule_of(0x0020000D);
    assert_int_equal(ost_deid_rule_code(uid, 0), OST_DEID_CODE_U);
    assert_int_equal(ost_deid_rule_code(uid, 1u << OST_DEID_KEEP_UIDS), OST_DEID_CODE_K);
    const struct ost_deid_rule *patient = ost_deid_rule_of(0x00081120);
    assert_int_equal(ost_deid_rule_code(patient, 1u << OST_DEID_KEEP_UIDS), OST_DEID_CODE_X);
    const struct ost_deid_rule *name = ost_deid_rule_of(0x00100010);
    assert_int_equal(ost_deid_rule_code(name, (1u << OST_DEID_OPTIONS) - 1), OST_DEID_CODE_Z);
}

RUN(T(the_table_has_every_row_of_the_standard), T(every_row_is_found_by_its_own_tag),
    T(groups_with_wildcards_match_every_plane), T(options_retain_before_they_clean))
