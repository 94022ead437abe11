#include "recon/shape/find_impl.h"
#include "tests/check.h"

#include <stdlib.h>

enum { WIDE = 48, HIGH = 260 };
static const double mm = 0.5, factor = 2.0; /* a row of the two pictures is a millimetre */

/* What a forearm has to pass at a height: bumps of no period, mm proximal of the wrist. */
static double passed(double z)
{
    static const double bump[][3] = {{-31.0, 4.0, 1.0}, {-12.0, 2.5, 1.6}, {0.0, 3.0, -1.2},
                                     {9.0, 5.0, 0.8},   {27.0, 3.0, 0.5},  {44.0, 6.0, 0.9}};
    double sum = 8.0 + 0.02 * z;
    for (size_t i = 0; i < sizeof bump / sizeof bump[0]; i++) {
        double t = (z - bump[i][0]) / bump[i][1];
        sum += bump[i][2] * exp(-0.5 * t * t);
    }
    return sum;
}

/* The same sums, spread over so many columns from one on; the rim was not exposed. */
static void fill(struct ost_scan *scan, double wrist, double gain, uint32_t first, uint32_t columns)
{
    *scan = (struct ost_scan){.width = 2 * WIDE, .height = 2 * HIGH, .mm = mm, .factor = factor};
    assert_true(ost_image_create(&scan->attenuation, WIDE, HIGH, NULL));
    assert_true(ost_image_create(&scan->exposed, WIDE, HIGH, NULL));
    for (uint32_t y = 0; y < HIGH; y++)
        for (uint32_t x = 0; x < WIDE; x++) {
            size_t at = (size_t)y * WIDE + x;
            bool rim = x < 4, limb = x >= first && x < first + columns;
            scan->exposed->pixel[at] = rim ? 0.0F : 1.0F;
            if (limb)
                scan->attenuation->pixel[at] = (float)(gain * passed((double)y - wrist) / columns);
            if (rim)
                scan->attenuation->pixel[at] = (float)(y * 37 % 11);
        }
}

static void fini(struct ost_scan *scan)
{
    ost_image_destroy(scan->attenuation);
    ost_image_destroy(scan->exposed);
}

static double film_row(double row)
{
    return (row + 0.5) * factor - 0.5;
}

static struct find_profile *profile_of(const struct ost_scan *scan)
{
    struct find_profile *profile = NULL;
    assert_true(find_profile_create(scan, &profile, NULL));
    return profile;
}

/* Narrow and clear on one film, wide and faint on the other, 23 mm further down. */
static void a_film_from_another_side_is_found_at_its_shift(void **state)
{
    (void)state;
    struct ost_scan one, two;
    fill(&one, 90.0, 1.0, 10, 9);
    fill(&two, 113.0, 0.6, 8, 30);
    struct find_profile *a = profile_of(&one), *b = profile_of(&two);
    double best = -2.0, beside = -2.0, found = 0.0;
    for (double row = 60.0; row <= 170.0; row += 1.0) {
        double match = find_profile_match(a, film_row(90.0), b, film_row(row));
        if (match > best) {
            best = match;
            found = row;
        }
        if (fabs(row - 113.0) > 8.0)
            beside = fmax(beside, match);
    }
    assert_near(found, 113.0, 0.0);
    assert_true(best > 0.999);
    assert_true(beside < 0.7);
    find_profile_destroy(a);
    find_profile_destroy(b);
    fini(&one);
    fini(&two);
}

/* A film that shows too little of both sides of the row has no opinion. */
static void little_in_common_is_no_opinion(void **state)
{
    (void)state;
    struct ost_scan one;
    fill(&one, 90.0, 1.0, 10, 9);
    struct find_profile *a = profile_of(&one), *b = profile_of(&one);
    assert_near(find_profile_match(a, film_row(90.0), b, film_row(-20.0)), 0.0, 0.0);
    assert_near(find_profile_match(a, film_row(90.0), b, film_row(HIGH + 10.0)), 0.0, 0.0);
    assert_true(find_profile_match(a, film_row(90.0), b, film_row(90.0)) > 0.999999);
    find_profile_destroy(a);
    find_profile_destroy(b);
    fini(&one);
}

/* Nothing varies along an even film: no division by nothing. */
static void an_even_film_matches_nothing(void **state)
{
    (void)state;
    struct ost_scan one, even;
    fill(&one, 90.0, 1.0, 10, 9);
    fill(&even, 90.0, 0.0, 10, 9);
    struct find_profile *a = profile_of(&one), *b = profile_of(&even);
    assert_near(find_profile_match(a, film_row(90.0), b, film_row(90.0)), 0.0, 0.0);
    find_profile_destroy(a);
    find_profile_destroy(b);
    fini(&one);
    fini(&even);
}

RUN(T(a_film_from_another_side_is_found_at_its_shift), T(little_in_common_is_no_opinion),
    T(an_even_film_matches_nothing))
