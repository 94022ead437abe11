#include "recon/base/rng.h"
#include "recon/image/exif.h"
#include "recon/image/jpeg.h"
#include "recon/image/png.h"
#include "services/casefile/disk.h"
#include "services/station/recon_films_impl.h"
#include "tests/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILMS = 3, WIDTH = 120, HEIGHT = 100 };

static char top[64];

static void save(const char *name, const struct ost_buf *bytes)
{
    assert_true(ost_disk_write(top, name, bytes, NULL));
}

static double bump(double x, double at, double width)
{
    return exp(-0.5 * (x - at) * (x - at) / (width * width));
}

/* Blots wherever the seed puts them, 0 to 255. */
static struct ost_image *blots(uint64_t seed, uint32_t width, uint32_t height)
{
    struct ost_rng rng = ost_rng_seed(seed);
    struct ost_image *image = NULL;
    assert_true(ost_image_create(&image, width, height, NULL));
    for (int i = 0; i < 40; i++) {
        double x = width * ost_rng_uniform(&rng), y = height * ost_rng_uniform(&rng);
        for (uint32_t n = 0; n < width * height; n++)
            image->pixel[n] += (float)(80.0 * bump(n % width, x, 4.0) * bump(n / width, y, 4.0));
    }
    for (uint32_t n = 0; n < width * height; n++)
        image->pixel[n] = fminf(image->pixel[n], 255.0F);
    return image;
}

static void save_png(const struct ost_image *image, const char *name)
{
    struct ost_buf bytes;
    ost_buf_init(&bytes, 1 << 20);
    assert_true(ost_png_write_grey(image, 16, &bytes, NULL));
    save(name, &bytes);
    ost_buf_fini(&bytes);
}

/* As a camera stores it: with what is to be done to it in its EXIF. */
static void save_jpeg(const struct ost_image *image, int how, const char *name)
{
    static const unsigned char exif[] = {0xFF, 0xE1, 0, 34, 'E', 'x', 'i', 'f', 0, 0,    'M', 'M',
                                         0,    42,   0, 0,  0,   8,   0,   1,   1, 0x12, 0,   3,
                                         0,    0,    0, 1,  0,   0,   0,   0,   0, 0,    0,   0};
    struct ost_buf jpeg, whole;
    ost_buf_init(&jpeg, 1 << 20);
    ost_buf_init(&whole, 1 << 20);
    assert_true(ost_jpeg_write_grey(image, 60, &jpeg, NULL));
    ost_buf_put(&whole, jpeg.ptr, 2);
    ost_buf_put(&whole, exif, sizeof exif);
    whole.ptr[2 + 29] = (unsigned char)how;
    ost_buf_put(&whole, jpeg.ptr + 2, jpeg.len - 2);
    save(name, &whole);
    ost_buf_fini(&whole);
    ost_buf_fini(&jpeg);
}

/* Looks at the origin from 900 mm, turned about y; `focal` across and down. */
static void save_camera(const char *name, double turn, double across, double down, double away)
{
    struct ost_buf bytes;
    double c = cos(turn), s = sin(turn);
    ost_buf_init(&bytes, 1 << 12);
    ost_buf_print(&bytes,
                  "{\"osteon_camera\":1,\"size\":[%d,%d],\"matrix\":[[%g,0,59.5],[0,%g,49.5],"
                  "[0,0,1]],\"rotation\":[[%.12f,0,%.12f],[0,1,0],[%.12f,0,%.12f]],"
                  "\"translation\":[0,0,%g]}",
                  WIDTH, HEIGHT, across, down, c, s, -s, c, away);
    save(name, &bytes);
    ost_buf_fini(&bytes);
}

static int set_up(void **state)
{
    (void)state;
    (void)snprintf(top, sizeof top, "/tmp/osteon-films-XXXXXX");
    if (mkdtemp(top) == NULL)
        return -1;
    for (int i = 0; i < FILMS; i++) {
        char name[32];
        OST_AUTO(ost_image) image = blots(10 + (uint64_t)i, WIDTH, HEIGHT);
        (void)snprintf(name, sizeof name, "film%d.png", i);
        save_png(image, name);
        (void)snprintf(name, sizeof name, "film%d.camera", i);
        save_camera(name, 0.8 * i, 6000.0, 6000.0, 900.0);
    }
    return 0;
}

static int tear_down(void **state)
{
    char command[128];
    (void)state;
    (void)snprintf(command, sizeof command, "rm -rf '%s'", top);
    return system(command);
}

/* How many films keep their camera where these have one, and whether somebody is told. */
static size_t used(const char *with, bool *unused)
{
    struct ost_case_view view[OST_CASE_VIEWS] = {0};
    struct ost_recon_films films;
    size_t count = strlen(with), kept = 0;
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(view[i].image, sizeof view[i].image, "film%zu.png", i);
        if (with[i] == 'c')
            (void)snprintf(view[i].camera, sizeof view[i].camera, "film%zu.camera", i);
    }
    assert_true(ost_recon_films_read(&films, top, view, count, NULL));
    for (size_t i = 0; i < count; i++)
        kept += films.input[i].has_camera ? 1 : 0;
    *unused = films.camera_unused;
    ost_recon_films_fini(&films);
    return kept;
}

/* Else bones would be said to lie in the world of a camera that nothing was fitted with. */
static void a_camera_counts_where_all_have_one(void **state)
{
    (void)state;
    static const struct {
        const char *with;
        size_t kept;
        bool unused;
    } each[] = {{"..", 0, false}, {"cc", 2, false}, {"ccc", 3, false}, {"c", 0, true},
                {"c.", 0, true},  {".c", 0, true},  {".", 0, false},   {"cc.", 0, true}};
    for (size_t i = 0; i < sizeof each / sizeof each[0]; i++) {
        bool unused;
        assert_int_equal(used(each[i].with, &unused), each[i].kept);
        assert_int_equal(unused, each[i].unused);
    }
}

static void refused(const struct ost_case_view *view, size_t count, enum ost_code code,
                    const char *words)
{
    struct ost_recon_films films;
    struct ost_err err = {0};
    bool ok = ost_recon_films_read(&films, top, view, count, &err);
    ost_recon_films_fini(&films);
    if (ok || err.code != code || strstr(err.msg, words) == NULL)
        fail_msg("wanted %s: %s, got %s", ost_code_name(code), words, ok ? "films" : err.msg);
}

static void one_film_twice_is_refused_however_it_is_stored(void **state)
{
    (void)state;
    OST_AUTO(ost_image) film = blots(10, WIDTH, HEIGHT);
    OST_AUTO(ost_image) mirrored = NULL;
    assert_true(ost_image_upright(film, 2, &mirrored, NULL));
    save_jpeg(film, 1, "again.jpg");
    for (size_t i = 0; i < (size_t)WIDTH * HEIGHT; i++)
        mirrored->pixel[i] = 65535.0F - 200.0F * mirrored->pixel[i];
    save_png(mirrored, "negative.png");
    const struct ost_case_view itself[] = {
        {.image = "film0.png"}, {.image = "film1.png"}, {.image = "film0.png"}};
    const struct ost_case_view again[] = {{.image = "film0.png"}, {.image = "again.jpg"}};
    const struct ost_case_view negative[] = {{.image = "negative.png"}, {.image = "film0.png"}};
    refused(itself, 3, OST_INVALID, "films 1 and 3 are the same picture");
    refused(again, 2, OST_INVALID, "films 1 and 2 are the same picture");
    refused(negative, 2, OST_INVALID, "films 1 and 2 are the same picture");
}

/* The mirrored other arm would be this one, and nothing would seem to need correction. */
static void a_film_serves_one_arm(void **state)
{
    (void)state;
    static const struct ost_case_view one[] = {{.image = "film0.png"}, {.image = "film1.png"}};
    static const struct ost_case_view two[] = {{.image = "film2.png"}, {.image = "film1.png"}};
    struct ost_recon_films films, other, none = {0};
    struct ost_err err = {0};
    assert_true(ost_recon_films_read(&films, top, one, 2, &err));
    assert_true(ost_recon_films_read(&other, top, two, 2, &err));
    assert_true(ost_recon_check_arms(&films, &none, &err));
    assert_false(ost_recon_check_arms(&films, &other, &err));
    assert_non_null(strstr(err.msg, "film 2 of the other arm is film 2 of this one"));
    ost_recon_films_fini(&films);
    ost_recon_films_fini(&other);
}

static void films_that_show_nothing_are_refused(void **state)
{
    (void)state;
    OST_AUTO(ost_image) blank = NULL;
    OST_AUTO(ost_image) dot = NULL;
    assert_true(ost_image_create(&blank, 300, 400, NULL) && ost_image_create(&dot, 1, 1, NULL));
    blank->pixel[77] = 9.0F; /* dirt */
    save_png(blank, "blank.png");
    save_png(dot, "dot.png");
    refused(&(struct ost_case_view){.image = "blank.png"}, 1, OST_INVALID, "film 1 is blank");
    refused(&(struct ost_case_view){.image = "dot.png"}, 1, OST_INVALID, "1 x 1 pixels");
    refused(&(struct ost_case_view){.image = "none.png"}, 1, OST_NOT_FOUND, "film 1");
}

/* A phone held upright stores a lying picture and says so beside it. */
static void a_jpeg_is_turned_upright(void **state)
{
    (void)state;
    OST_AUTO(ost_image) lying = NULL;
    OST_AUTO(ost_image) film = blots(30, WIDTH, HEIGHT);
    struct ost_recon_films films;
    struct ost_case_view view = {.image = "phone.jpg"};
    assert_true(ost_image_upright(film, 8, &lying, NULL)); /* what 6 turns back */
    save_jpeg(lying, 6, "phone.jpg");
    assert_true(ost_recon_films_read(&films, top, &view, 1, NULL));
    assert_int_equal(films.image[0]->width, WIDTH);
    assert_int_equal(films.image[0]->height, HEIGHT);
    for (size_t i = 0; i < (size_t)WIDTH * HEIGHT; i += 13)
        assert_near(films.image[0]->pixel[i], film->pixel[i], 30.0);
    ost_recon_films_fini(&films);
    (void)snprintf(view.camera, sizeof view.camera, "film0.camera");
    refused(&view, 1, OST_UNSUPPORTED, "store it upright");
}

static void pixels_of_two_sides_are_made_square_and_taken_back(void **state)
{
    (void)state;
    struct ost_case_view view = {
        .image = "film0.png", .spacing = {0.3, 0.15}, .spacing_how = OST_SPACING_MEASURED};
    struct ost_recon_films films;
    assert_true(ost_recon_films_read(&films, top, &view, 1, NULL));
    assert_near(films.input[0].spacing, 0.15, 1e-12);
    assert_int_equal(films.input[0].image->width, 2 * WIDTH);
    assert_int_equal(films.input[0].image->height, HEIGHT);
    const struct ost_camera found = {.width = 2 * WIDTH,
                                     .height = HEIGHT,
                                     .focal = {7000.0, 7000.0},
                                     .principal = {100.5, 40.0},
                                     .world_to_camera = ost_rigid_identity()};
    struct ost_camera stored = ost_recon_films_camera(&films, 0, &found);
    const double point[3] = {12.0, -7.0, 1000.0};
    double a[2], b[2];
    assert_true(ost_camera_project(&found, point, a, NULL));
    assert_true(ost_camera_project(&stored, point, b, NULL));
    assert_int_equal(stored.width, WIDTH);
    assert_near(b[0], (a[0] + 0.5) / 2.0 - 0.5, 1e-9);
    assert_near(b[1], a[1], 1e-9);
    ost_recon_films_fini(&films);
    view.spacing[0] = 1.5;
    refused(&view, 1, OST_INVALID, "check spacing_mm");
}

static void a_camera_of_two_focal_lengths_stays_one_camera(void **state)
{
    (void)state;
    static const struct ost_case_view view[] = {{.image = "film0.png", .camera = "flat.camera"},
                                                {.image = "film1.png", .camera = "film1.camera"}};
    struct ost_recon_films films;
    const double point[3] = {5.0, 3.0, 2.0};
    double a[2], b[2];
    save_camera("flat.camera", 0.0, 6000.0, 3000.0, 900.0);
    assert_true(ost_recon_films_read(&films, top, view, 2, NULL));
    const struct ost_camera *square = &films.input[0].camera;
    assert_near(square->focal[0], 6000.0, 1e-6);
    assert_near(square->focal[1], 6000.0, 1e-6);
    assert_int_equal(square->height, films.input[0].image->height);
    struct ost_camera stored = ost_recon_films_camera(&films, 0, square);
    assert_true(ost_camera_project(square, point, a, NULL));
    assert_true(ost_camera_project(&stored, point, b, NULL));
    assert_near(stored.focal[1], 3000.0, 1e-6);
    assert_near(b[1], (a[1] + 0.5) / 2.0 - 0.5, 1e-9);
    ost_recon_films_fini(&films);
}

static void cameras_that_cannot_be_are_refused(void **state)
{
    (void)state;
    static const struct ost_case_view one[] = {{.image = "film0.png", .camera = "film0.camera"},
                                               {.image = "film1.png", .camera = "film0.camera"}};
    static const struct ost_case_view metres[] = {
        {.image = "film0.png", .camera = "metres0.camera"},
        {.image = "film1.png", .camera = "metres1.camera"}};
    static const struct ost_case_view past[] = {{.image = "film0.png", .camera = "film0.camera"},
                                                {.image = "film1.png", .camera = "past.camera"}};
    save_camera("metres0.camera", 0.0, 6000.0, 6000.0, 0.9);
    save_camera("metres1.camera", 1.5, 6000.0, 6000.0, 0.9);
    save_camera("past.camera", 1.5, 6000.0, 6000.0, -900.0);
    refused(one, 2, OST_INVALID, "cameras 1 and 2 are one");
    refused(metres, 2, OST_INVALID, "look past each other");
    refused(past, 2, OST_INVALID, "look past each other");
}

int main(void)
{
    const struct CMUnitTest all[] = {
        T(a_camera_counts_where_all_have_one),
        T(one_film_twice_is_refused_however_it_is_stored),
        T(a_film_serves_one_arm),
        T(films_that_show_nothing_are_refused),
        T(a_jpeg_is_turned_upright),
        T(pixels_of_two_sides_are_made_square_and_taken_back),
        T(a_camera_of_two_focal_lengths_stays_one_camera),
        T(cameras_that_cannot_be_are_refused),
    };
    return cmocka_run_group_tests(all, set_up, tear_down);
}
