/* What is no CT of a bone is refused, and the message says why. */
#include "recon/segment/segment.h"
#include "tests/check.h"

#include <math.h>
#include <string.h>

/* A body of muscle in air; the caller changes it. */
static struct ost_grid *body(uint32_t side, uint32_t slices)
{
    struct ost_grid *g = NULL;
    const uint32_t size[3] = {side, side, slices};
    assert_true(ost_grid_create(&g, size, (double[]){0, 0, 0}, (double[]){1, 1, 1}, NULL));
    for (size_t n = 0; n < (size_t)side * side * slices; n++) {
        const double x = (double)(n % side) / side - 0.5;
        const double y = (double)(n / side % side) / side - 0.5;
        g->value[n] = x * x + y * y < 0.16 ? (float)(50 + (int)(n * 7919 % 21) - 10) : -1000.0F;
    }
    return g;
}

static void ball(struct ost_grid *g, double middle, double radius, float hu)
{
    for (size_t n = 0; n < (size_t)g->size[0] * g->size[1] * g->size[2]; n++) {
        const double x = (double)(n % g->size[0]) - middle;
        const double y = (double)(n / g->size[0] % g->size[1]) - middle;
        const double z = (double)(n / g->size[0] / g->size[1]) - middle;
        if (x * x + y * y + z * z < radius * radius)
            g->value[n] = hu;
    }
}

static void refused(struct ost_grid *g, enum ost_code code, const char *word)
{
    struct ost_segment *s = NULL;
    struct ost_err err = {.code = OST_OK};
    assert_false(ost_segment_create(g, NULL, &s, &err));
    assert_null(s);
    assert_int_equal(err.code, code);
    if (strstr(err.msg, word) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", err.msg, word);
    ost_grid_destroy(g);
}

static void says_why(void **state)
{
    (void)state;
    struct ost_grid *g = body(40, 40);
    g->value[777] = NAN;
    g->value[778] = INFINITY;
    refused(g, OST_CORRUPT, "2 voxels");
    refused(body(40, 2), OST_UNSUPPORTED, "no volume");
    refused(body(40, 40), OST_NOT_FOUND, "no bone");
    g = body(40, 40);
    for (size_t n = 0; n < 64000; n++)
        g->value[n] = -1000.0F;
    refused(g, OST_UNSUPPORTED, "Hounsfield");
    g = body(40, 40);
    for (size_t n = 0; n < 64000; n++)
        g->value[n] = (float)(n % 3 + 200); /* a window of grey values, not HU */
    refused(g, OST_UNSUPPORTED, "Hounsfield");
}

/* A series padded where slices were lost, and one whose numbers are HU and 1024 more. */
static void tells_lost_slices_and_a_lost_intercept(void **state)
{
    (void)state;
    struct ost_grid *g = body(48, 48);
    ball(g, 24.0, 12.0, 900.0F);
    for (size_t n = 0; n < (size_t)3 * 48 * 48; n++)
        g->value[(size_t)20 * 48 * 48 + n] = 0.0F;
    refused(
        g, OST_CORRUPT,
        "3 slices across z hold nothing in the midst of a body, the first of them number 21 of 48");
    for (int corners = 0; corners < 2; corners++) {
        g = body(48, 48);
        ball(g, 24.0, 12.0, 900.0F);
        for (size_t n = 0; n < (size_t)48 * 48 * 48; n++)
            g->value[n] += g->value[n] < -900.0F ? 1024.0F : 0.0F; /* muscle stays where it was */
        /* What a scanner fills its corners with is no air. */
        for (size_t n = 0; n < (size_t)corners * 48 * 48; n++)
            g->value[n] = -2000.0F;
        refused(g, OST_UNSUPPORTED, "darker than water");
    }
    g = body(48, 48);
    ball(g, 24.0, 12.0, 900.0F);
    for (size_t n = 0; n < (size_t)48 * 48 * 48; n++)
        g->value[n] += 1024.0F;
    refused(g, OST_UNSUPPORTED, "Hounsfield");
    /* Beside the body slices may be empty. */
    struct ost_segment *s = NULL;
    g = body(48, 48);
    ball(g, 24.0, 12.0, 900.0F);
    for (size_t n = 0; n < (size_t)3 * 48 * 48; n++)
        g->value[n] = -1024.0F;
    assert_true(ost_segment_create(g, NULL, &s, NULL));
    ost_segment_destroy(s);
    ost_grid_destroy(g);
}

/* A limb that is three times as thick where nothing was lost. */
static void tells_slices_lost_where_a_limb_is_thin(void **state)
{
    (void)state;
    struct ost_grid *g = body(64, 64);
    for (size_t n = 0; n < (size_t)64 * 64 * 64; n++) {
        const double x = (double)(n % 64) - 31.5, y = (double)(n / 64 % 64) - 31.5;
        const double r = 10.0 + 20.0 * (double)(n / 4096) / 63.0;
        g->value[n] = x * x + y * y > r * r  ? -1000.0F
                      : x * x + y * y < 25.0 ? 900.0F
                      : n % 97 == 0          ? -90.0F
                                             : (float)(40 + n % 21);
        if (n / 4096 == 12)
            g->value[n] = -1000.0F;
    }
    refused(g, OST_CORRUPT, "1 slices across z hold nothing in the midst of a body");
}

/* Two forearms apart in air that the scanner clipped: between them nothing varies. */
static void takes_two_limbs_apart(void **state)
{
    (void)state;
    struct ost_segment *s = NULL;
    struct ost_err err = {.code = OST_OK};
    struct ost_grid *g = body(64, 48);
    for (size_t n = 0; n < (size_t)64 * 64 * 48; n++) {
        const double y = (double)(n / 64 % 64) - 32.0;
        const double x = fabs((double)(n % 64) - 31.5) - 17.0; /* from the middle of either */
        const bool in = x * x + y * y < 14.0 * 14.0;
        g->value[n] = !in ? -1024.0F : x * x + y * y < 36.0 ? 900.0F : (float)(40 + n % 21);
        if (in && n % 97 == 0)
            g->value[n] = -90.0F; /* fat */
    }
    if (!ost_segment_create(g, NULL, &s, &err))
        fail_msg("%s", err.msg);
    assert_int_equal(s->bone_count, 2);
    ost_segment_destroy(s);
    ost_grid_destroy(g);
}

static void counts_metal(void **state)
{
    (void)state;
    struct ost_grid *g = body(48, 48);
    struct ost_segment *s = NULL;
    ball(g, 24.0, 12.0, 900.0F);
    ball(g, 24.0, 3.0, 3071.0F);
    assert_true(ost_segment_create(g, NULL, &s, NULL));
    assert_true(s->metal > 50);
    assert_int_equal(s->bone_count, 1);
    /* A ball of 12 mm holds 7238 mm3. */
    assert_near(s->bone[0].volume, 7238.0, 500.0);
    ost_segment_destroy(s);
    ost_grid_destroy(g);
}

static bool stop(void *user, double fraction, const char *stage)
{
    (void)user;
    (void)stage;
    return fraction < 0.3;
}

static void stops_when_asked(void **state)
{
    (void)state;
    struct ost_grid *g = body(48, 48);
    struct ost_segment *s = NULL;
    struct ost_err err;
    ball(g, 24.0, 12.0, 900.0F);
    const struct ost_progress progress = {.report = stop};
    assert_false(ost_segment_create(g, &progress, &s, &err));
    assert_int_equal(err.code, OST_CANCELLED);
    ost_grid_destroy(g);
}

RUN(T(says_why), T(tells_lost_slices_and_a_lost_intercept),
    T(tells_slices_lost_where_a_limb_is_thin), T(takes_two_limbs_apart), T(counts_metal),
    T(stops_when_asked))
