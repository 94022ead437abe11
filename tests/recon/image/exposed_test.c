#include "recon/image/exposed.h"
#include "tests/check.h"

#include <math.h>

enum { SIZE = 12 };

/* A field from 3 to 8 between shutters of grey 0 above and 9 below; one bright pixel inside. */
static struct ost_image *film_of(void)
{
    struct ost_image *film = NULL;
    assert_true(ost_image_create(&film, SIZE, SIZE, NULL));
    for (int y = 0; y < SIZE; y++)
        for (int x = 0; x < SIZE; x++) {
            bool open = x >= 3 && x <= 8 && y >= 3 && y <= 8;
            film->pixel[y * SIZE + x] = open ? 5.0F : y < 6 ? 0.0F : 9.0F;
        }
    film->pixel[5 * SIZE + 5] = 9.0F;
    return film;
}

static int count_of(const struct ost_image *exposed)
{
    int count = 0;
    for (int i = 0; i < SIZE * SIZE; i++)
        count += exposed->pixel[i] > 0.5F ? 1 : 0;
    return count;
}

static void what_hangs_together_with_the_border_is_not_exposed(void **state)
{
    (void)state;
    OST_AUTO(ost_image) film = film_of();
    OST_AUTO(ost_image) exposed = NULL;
    assert_true(ost_image_create(&exposed, SIZE, SIZE, NULL));
    assert_true(ost_image_exposed(film, (const float[]){1.0F, 8.0F}, exposed, NULL));
    assert_int_equal(count_of(exposed), 36);
    assert_near((double)exposed->pixel[5 * SIZE + 5], 1.0, 0.0); /* as bright, but an island */
}

static void a_limit_that_is_not_finite_never_holds(void **state)
{
    (void)state;
    OST_AUTO(ost_image) film = film_of();
    OST_AUTO(ost_image) exposed = NULL;
    assert_true(ost_image_create(&exposed, SIZE, SIZE, NULL));
    assert_true(ost_image_exposed(film, (const float[]){-INFINITY, 8.0F}, exposed, NULL));
    assert_int_equal(count_of(exposed), 36 + 6 * SIZE - 18); /* the upper shutter looks exposed */
}

RUN(T(what_hangs_together_with_the_border_is_not_exposed),
    T(a_limit_that_is_not_finite_never_holds))
