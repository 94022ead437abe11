#include "fem/bmd/norm.h"
#include "tests/check.h"

#include <string.h>

static void a_norm_scores_its_own_site_and_sex(void **state)
{
    (void)state;
    struct ost_norm_score score;
    assert_true(ost_norm_score("third", OST_SEX_FEMALE, 0.664, true, &score, NULL));
    assert_near(score.t_score, 0.0, 1e-12);
    assert_near(score.percent_yam, 100.0, 1e-12);
    assert_true(ost_norm_score("third", OST_SEX_FEMALE, 0.664 - 2.5 * 0.054, true, &score, NULL));
    assert_near(score.t_score, -2.5, 1e-12);
    assert_near(score.percent_yam, 79.67, 0.01);
    assert_true(strlen(score.norm->citation) > 40);
}

static void where_no_norm_applies_there_is_no_score(void **state)
{
    (void)state;
    static const struct {
        const char *site, *why;
        enum ost_sex sex;
        bool measured;
    } bad[] = {{"third", "calibrate", OST_SEX_FEMALE, false},
               {"third", "sex is not known", OST_SEX_UNKNOWN, true},
               {"third", "no norm", OST_SEX_MALE, true},
               {"ultradistal", "no norm", OST_SEX_FEMALE, true}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct ost_norm_score score;
        struct ost_err err = {0};
        assert_false(ost_norm_score(bad[i].site, bad[i].sex, 0.6, bad[i].measured, &score, &err));
        assert_int_equal(err.code, OST_NOT_FOUND);
        assert_non_null(strstr(err.msg, bad[i].why));
        assert_null(score.norm);
    }
}

RUN(T(a_norm_scores_its_own_site_and_sex), T(where_no_norm_applies_there_is_no_score))
