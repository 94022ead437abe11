#include "recon/cohort/report.h"
#include "tests/recon/shape/data.h"

#include <string.h>

enum { SUBJECTS = 40 };

static const struct ost_cohort_report *report(void)
{
    static struct ost_cohort_report made;
    if (made.row_count == 0) {
        OST_AUTO(ost_prior) prior = open_model();
        assert_true(ost_cohort_report(prior, 5, SUBJECTS, NULL, &made, NULL));
    }
    return &made;
}

static const struct ost_cohort_row *row(const char *key)
{
    for (uint32_t n = 0; n < report()->row_count; n++) {
        if (strcmp(report()->row[n].key, key) == 0)
            return &report()->row[n];
    }
    fail_msg("no row %s", key);
    return NULL;
}

static void every_row_names_its_source_and_was_read(void **state)
{
    (void)state;
    assert_true(report()->row_count > 40);
    for (uint32_t n = 0; n < report()->row_count; n++) {
        const struct ost_cohort_row *r = &report()->row[n];
        assert_true(r->source[0] != '\0' && r->what[0] != '\0');
        assert_true(isfinite(r->published[0]));
        for (uint32_t k = 0; k < n; k++)
            assert_string_not_equal(r->key, report()->row[k].key);
    }
}

static void what_is_remembered_has_no_target(void **state)
{
    (void)state;
    const struct ost_cohort_row *r = row("total_bmd_men");
    assert_true(r->remembered);
    assert_int_equal(r->mean, OST_VERDICT_NONE);
    assert_int_equal(row("notch_depth")->mean, OST_VERDICT_NONE); /* no deviation published */
    assert_int_not_equal(row("volar_tilt")->mean, OST_VERDICT_NONE);
}

/* Forty people: the standard error of a mean is 0.16, of a deviation 0.11 deviations. */
static void the_main_numbers_are_those_of_people(void **state)
{
    (void)state;
    static const char *const key[] = {"volar_tilt", "inclination", "height"};
    for (int n = 0; n < 3; n++) {
        const struct ost_cohort_row *r = row(key[n]);
        assert_int_equal(r->count, SUBJECTS);
        assert_near(r->cohort[0], r->published[0], 0.8 * r->published[1]);
        assert_true(r->cohort[1] > 0.6 * r->published[1] && r->cohort[1] < 1.7 * r->published[1]);
    }
    assert_near(row("total_bmd_women")->cohort[0], 300.0, 80.0);
    assert_near(row("cortical_bmd")->cohort[0], 880.0, 40.0);
    assert_true(row("radius_length_men")->cohort[0] > row("radius_length_women")->cohort[0] + 5.0);
}

static void a_verdict_follows_its_numbers(void **state)
{
    (void)state;
    for (uint32_t n = 0; n < report()->row_count; n++) {
        const struct ost_cohort_row *r = &report()->row[n];
        if (r->mean == OST_VERDICT_NONE)
            continue;
        bool near = fabs(r->cohort[0] - r->published[0]) <= 0.5 * r->published[1];
        bool alike = fabs(r->cohort[1] - r->published[1]) <= 0.3 * r->published[1];
        assert_int_equal(r->mean, near ? OST_VERDICT_MET : OST_VERDICT_MISSED);
        assert_int_equal(r->sd, alike ? OST_VERDICT_MET : OST_VERDICT_MISSED);
    }
}

static void the_same_seed_gives_the_same_report(void **state)
{
    (void)state;
    OST_AUTO(ost_prior) prior = open_model();
    struct ost_cohort_report a, b;
    assert_true(ost_cohort_report(prior, 9, 6, NULL, &a, NULL));
    assert_true(ost_cohort_report(prior, 9, 6, NULL, &b, NULL));
    for (uint32_t n = 0; n < a.row_count; n++)
        assert_memory_equal(a.row[n].cohort, b.row[n].cohort, sizeof a.row[n].cohort);
    assert_false(ost_cohort_report(prior, 9, 1, NULL, &a, NULL));
}

RUN(T(every_row_names_its_source_and_was_read), T(what_is_remembered_has_no_target),
    T(the_main_numbers_are_those_of_people), T(a_verdict_follows_its_numbers),
    T(the_same_seed_gives_the_same_report))
