#include "recon/image/png.h"
#include "services/casefile/disk.h"
#include "services/station/recon_films_impl.h"
#include "tests/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char camera[] =
    "{\"osteon_camera\":1,\"size\":[40,30],\"matrix\":[[6000,0,19.5],[0,6000,14.5],[0,0,1]],"
    "\"rotation\":[[1,0,0],[0,1,0],[0,0,1]],\"translation\":[0,0,900]}";

enum { FILMS = 3 };

static const char *film_name(size_t i)
{
    static const char *const name[FILMS] = {"film0.png", "film1.png", "film2.png"};
    return name[i];
}

/* Three pictures, no two of them the same. */
static void write_films(const char *dir)
{
    OST_AUTO(ost_image) image = NULL;
    assert_true(ost_image_create(&image, 40, 30, NULL));
    for (size_t i = 0; i < FILMS; i++) {
        struct ost_buf bytes;
        ost_buf_init(&bytes, 1 << 20);
        image->pixel[i] = 1.0F;
        assert_true(ost_png_write_grey(image, 16, &bytes, NULL));
        assert_true(ost_disk_write(dir, film_name(i), &bytes, NULL));
        ost_buf_fini(&bytes);
    }
}

static void write_case(char dir[64])
{
    struct ost_buf bytes;
    (void)snprintf(dir, 64, "/tmp/osteon-films-XXXXXX");
    assert_non_null(mkdtemp(dir));
    write_films(dir);
    ost_buf_init(&bytes, 1 << 20);
    ost_buf_put(&bytes, camera, sizeof camera - 1);
    assert_true(ost_disk_write(dir, "film.camera", &bytes, NULL));
    ost_buf_fini(&bytes);
}

static void remove_case(const char *dir)
{
    char path[128];
    for (size_t i = 0; i < FILMS; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", dir, film_name(i));
        assert_int_equal(unlink(path), 0);
    }
    (void)snprintf(path, sizeof path, "%s/film.camera", dir);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(dir), 0);
}

/* How many films keep their camera where these have one, and whether somebody is told. */
static size_t used(const char *dir, const char *with, bool *unused)
{
    struct ost_case_view view[OST_CASE_VIEWS] = {0};
    struct ost_recon_films films;
    size_t count = strlen(with), kept = 0;
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(view[i].image, sizeof view[i].image, "%s", film_name(i));
        if (with[i] == 'c')
            (void)snprintf(view[i].camera, sizeof view[i].camera, "film.camera");
    }
    assert_true(ost_recon_films_read(&films, dir, view, count, NULL));
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
    char dir[64];
    write_case(dir);
    for (size_t i = 0; i < sizeof each / sizeof each[0]; i++) {
        bool unused;
        assert_int_equal(used(dir, each[i].with, &unused), each[i].kept);
        assert_int_equal(unused, each[i].unused);
    }
    remove_case(dir);
}

static void one_film_twice_is_refused(void **state)
{
    (void)state;
    static const struct ost_case_view view[FILMS] = {
        {.image = "film2.png"}, {.image = "film1.png"}, {.image = "film2.png"}};
    struct ost_recon_films films;
    struct ost_err err = {0};
    char dir[64];
    write_case(dir);
    assert_true(ost_recon_films_read(&films, dir, view, 2, &err));
    ost_recon_films_fini(&films);
    assert_false(ost_recon_films_read(&films, dir, view, FILMS, &err));
    assert_int_equal(err.code, OST_INVALID);
    assert_string_equal(err.msg, "films 1 and 3 are the same picture");
    ost_recon_films_fini(&films);
    remove_case(dir);
}

RUN(T(a_camera_counts_where_all_have_one), T(one_film_twice_is_refused))
