/* What is told, and what is refused, of findings that are set by hand. */
#include "recon/shape/physis.h"
#include "services/station/recon_doubts_impl.h"
#include "tests/recon/shape/data.h"

#include <string.h>

struct room {
    struct ost_prior *prior;
    struct ost_case kase;
    struct ost_recon_films films;
    struct ost_find find;
    struct ost_recon_found found;
};

/* Two films from the front and the side, of which nothing is to be doubted. */
static void set(struct room *r)
{
    struct ost_prior *prior = r->prior;
    memset(r, 0, sizeof *r);
    r->prior = prior;
    r->kase.view_count = r->films.count = r->find.view_count = r->found.view_count = 2;
    r->films.view = r->kase.view;
    r->kase.view[0].projection = OST_PROJECTION_PA;
    r->kase.view[1].projection = OST_PROJECTION_LATERAL;
    for (int i = 0; i < 2; i++) {
        r->kase.view[i].spacing_how = OST_SPACING_MEASURED;
        r->films.input[i].spacing = 0.15;
        r->find.contour[i].share = 0.95;
        r->find.camera[i] = (struct ost_camera){.width = 100,
                                                .height = 100,
                                                .focal = {7000.0, 7000.0},
                                                .world_to_camera = ost_rigid_identity()};
    }
    r->find.camera[1].world_to_camera = (struct ost_rigid){.r = {0, 0, -1, 0, 1, 0, 1, 0, 0}};
}

static struct ost_recon_seen seen(const struct room *r)
{
    return (struct ost_recon_seen){&r->kase, r->prior, &r->films, &r->find};
}

/* The codes told, in order, with blanks between. */
static void assert_told(struct room *r, const char *codes)
{
    const struct ost_recon_seen s = seen(r);
    char told[512] = "";
    r->found.warning_count = 0;
    ost_recon_doubts(&s, &r->found);
    for (size_t i = 0; i < r->found.warning_count; i++) {
        if (i > 0)
            (void)strncat(told, " ", sizeof told - strlen(told) - 1);
        (void)strncat(told, r->found.warning[i].code, sizeof told - strlen(told) - 1);
    }
    assert_string_equal(told, codes);
}

static void assert_refused(struct room *r, const char *words)
{
    const struct ost_recon_seen s = seen(r);
    struct ost_err err = {0};
    bool ok = ost_recon_recognised(&s, &err);
    if (words == NULL) {
        assert_true(ok);
        return;
    }
    assert_false(ok);
    assert_int_equal(err.code, OST_UNSUPPORTED);
    assert_non_null(strstr(err.msg, words));
}

static void a_good_pair_says_nothing(void **state)
{
    struct room *r = *state;
    set(r);
    assert_told(r, "");
    assert_refused(r, NULL);
}

static void what_cannot_be_checked_is_told(void **state)
{
    struct room *r = *state;
    set(r);
    r->find.camera[1].world_to_camera = ost_rigid_identity();
    assert_told(r, "one_direction");
    r->find.camera[1].world_to_camera = (struct ost_rigid){.r = {-1, 0, 0, 0, 1, 0, 0, 0, -1}};
    assert_told(r, "one_direction"); /* from behind it is the same shadow */
    set(r);
    r->kase.view[1].spacing_how = OST_SPACING_ASSUMED;
    assert_told(r, "size_assumed");
    set(r);
    for (int i = 0; i < 2; i++) {
        r->kase.view[i].spacing_how = OST_SPACING_NONE;
        r->films.input[i].spacing = 0.0;
    }
    assert_told(r, "scale_from_prior");
    set(r);
    r->films.count = r->find.view_count = r->found.view_count = 1;
    r->kase.view[0].projection = OST_PROJECTION_LATERAL;
    assert_told(r, "one_view side_unchecked");
    set(r);
    r->films.straightened = r->films.leaning = true;
    assert_told(r, "straightened leaning");
}

static void films_of_two_people_are_told(void **state)
{
    struct room *r = *state;
    set(r);
    r->find.off_sd = 0.57; /* the most of one simulated person */
    assert_told(r, "");
    r->find.off_sd = 0.93; /* a front and a side of two */
    assert_told(r, "films_disagree");
}

static void another_reading_is_told_with_its_numbers(void **state)
{
    struct room *r = *state;
    set(r);
    r->find.rival = (struct ost_find_rival){true, {-12.34, 15.0, 6.5, 14.2}};
    assert_told(r, "two_readings");
    assert_true(r->found.second.present);
    assert_non_null(strstr(r->found.warning[0].text, "volar tilt -12.3, inclination 15.0 degrees"));
    assert_non_null(strstr(r->found.warning[0].text, "variance 14.2 mm; the intervals hold both"));
}

static void a_child_is_refused(void **state)
{
    struct room *r = *state;
    set(r);
    r->find.plate = 0.25;
    assert_told(r, "");
    r->find.plate = 0.4;
    assert_told(r, "growth_plate");
    assert_refused(r, NULL);
    r->find.plate = ost_physis_sure;
    assert_refused(r, "growth plate");
    r->find.doubt = 2.0 * ost_find_doubtful_mm;
    assert_refused(r, "another thing"); /* a line on noise is no plate */
    set(r);
    r->find.arm.log_scale = -0.3;
    assert_refused(r, "26 % smaller");
    for (int i = 0; i < 2; i++)
        r->films.input[i].spacing = 0.0; /* nobody knows how large it is */
    assert_refused(r, NULL);
}

static void what_is_no_wrist_is_refused(void **state)
{
    struct room *r = *state;
    set(r);
    r->find.doubt = 1.2 * ost_find_doubtful_mm;
    assert_told(r, "unlike");
    assert_refused(r, NULL); /* searched, and found on its edges */
    r->find.contour[1].share = 0.3;
    assert_told(r, "unlike few_edges");
    assert_refused(r, "30 % of an outline");
    r->find.doubt = 0.0;
    assert_told(r, "few_edges");
    assert_refused(r, NULL);
}

int main(void)
{
    static struct room room;
    void *state = &room;
    room.prior = open_model();
    const struct CMUnitTest all[] = {
        cmocka_unit_test_prestate(a_good_pair_says_nothing, state),
        cmocka_unit_test_prestate(what_cannot_be_checked_is_told, state),
        cmocka_unit_test_prestate(films_of_two_people_are_told, state),
        cmocka_unit_test_prestate(another_reading_is_told_with_its_numbers, state),
        cmocka_unit_test_prestate(a_child_is_refused, state),
        cmocka_unit_test_prestate(what_is_no_wrist_is_refused, state),
    };
    int failed = cmocka_run_group_tests(all, NULL, NULL);
    ost_prior_destroy(room.prior);
    return failed;
}
