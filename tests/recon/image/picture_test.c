#include "recon/image/picture.h"
#include "tests/check.h"

static const struct ost_pen white = {.colour = {255, 255, 255}, .width = 3.0, .opacity = 1.0};

static double ink(const struct ost_picture *p)
{
    double sum = 0.0;
    for (uint32_t i = 0; i < p->width * p->height; i++)
        sum += (double)p->pixel[i][0] / 255.0;
    return sum;
}

static void a_stroke_covers_its_length_times_its_width(void **state)
{
    (void)state;
    OST_AUTO(ost_picture) p = NULL;
    assert_true(ost_picture_create(&p, 200, 100, NULL));
    const double line[2][2] = {{20.0, 20.0}, {140.0, 70.0}};
    ost_picture_polyline(p, line, 2, false, &white);
    double length = hypot(120.0, 50.0);
    assert_near(ink(p), 3.0 * length + 2.25 * 3.14159, 8.0);
}

static void joints_are_not_painted_twice(void **state)
{
    (void)state;
    OST_AUTO(ost_picture) whole = NULL;
    OST_AUTO(ost_picture) parts = NULL;
    assert_true(ost_picture_create(&whole, 100, 40, NULL));
    assert_true(ost_picture_create(&parts, 100, 40, NULL));
    struct ost_pen faint = white;
    faint.opacity = 0.5;
    double line[61][2];
    for (int i = 0; i <= 60; i++) {
        line[i][0] = 20.0 + i;
        line[i][1] = 15.0 + 0.2 * i;
    }
    const double ends[2][2] = {{line[0][0], line[0][1]}, {line[60][0], line[60][1]}};
    ost_picture_polyline(whole, ends, 2, false, &faint);
    ost_picture_polyline(parts, (const double(*)[2])line, 61, false, &faint);
    assert_near(ink(parts), ink(whole), 0.5);
}

static void strokes_beyond_the_edge_are_cut_off(void **state)
{
    (void)state;
    OST_AUTO(ost_picture) p = NULL;
    assert_true(ost_picture_create(&p, 20, 20, NULL));
    const double line[4][2] = {{-1e9, 10.0}, {1e9, 10.0}, {INFINITY, 3.0}, {NAN, 5.0}};
    ost_picture_polyline(p, line, 2, false, &white);
    assert_near(ink(p), 60.0, 1.0);
    ost_picture_polyline(p, line, 4, true, &white);
    const double far[2] = {-300.0, 4000.0};
    ost_picture_dot(p, far, 5.0, &white);
    ost_picture_text(p, far, 2.0, "R", &white);
}

static void a_letter_has_the_cells_of_its_glyph(void **state)
{
    (void)state;
    OST_AUTO(ost_picture) p = NULL;
    assert_true(ost_picture_create(&p, 60, 30, NULL));
    const double at[2] = {3.0, 4.0};
    ost_picture_text(p, at, 2.0, "l", &white);
    assert_near(ink(p), 11.0 * 4.0, 1e-9); /* L: seven down, four more along the foot */
    assert_near(ost_picture_text_width("ABC", 2.0), 36.0, 0.0);
}

RUN(T(a_stroke_covers_its_length_times_its_width), T(joints_are_not_painted_twice),
    T(strokes_beyond_the_edge_are_cut_off), T(a_letter_has_the_cells_of_its_glyph))
