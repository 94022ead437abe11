#include "recon/image/jpeg.h"
#include "recon/image/png.h"
#include "services/casefile/disk.h"
#include "services/station/recon_films_impl.h"

#include <string.h>

enum { FILM_BYTES = 256 << 20, CAMERA_BYTES = 1 << 20 };

static bool read_film(struct ost_recon_films *films, const char *case_dir, size_t i,
                      struct ost_err *err)
{
    struct ost_buf bytes;
    ost_buf_init(&bytes, FILM_BYTES);
    bool ok = ost_disk_read(case_dir, films->view[i].image, &bytes, err);
    if (ok && bytes.len > 2 && bytes.ptr[0] == 0xff && bytes.ptr[1] == 0xd8)
        ok = ost_jpeg_read_grey(bytes.ptr, bytes.len, &films->image[i], err);
    else if (ok)
        ok = ost_png_read_grey(bytes.ptr, bytes.len, &films->image[i], NULL, err);
    ost_buf_fini(&bytes);
    return ok || ost_err_note(err, "film %zu", i + 1);
}

static bool read_camera(struct ost_recon_films *films, const char *case_dir, size_t i,
                        struct ost_err *err)
{
    struct ost_fit_film *film = &films->input[i];
    if (films->view[i].camera[0] == '\0')
        return true;
    struct ost_buf bytes;
    ost_buf_init(&bytes, CAMERA_BYTES);
    bool ok = ost_disk_read(case_dir, films->view[i].camera, &bytes, err) &&
              ost_camera_read((const char *)bytes.ptr, bytes.len, &film->camera, err);
    ost_buf_fini(&bytes);
    if (ok &&
        (film->camera.width != film->image->width || film->camera.height != film->image->height))
        ok = ost_fail(err, OST_INVALID, "the camera is of %u x %u pixels, the film of %u x %u",
                      film->camera.width, film->camera.height, film->image->width,
                      film->image->height);
    film->has_camera = ok;
    return ok || ost_err_note(err, "camera %zu", i + 1);
}

/* Cameras say where films stand to each other: one alone, or without the others', does not. */
static void drop_lone_cameras(struct ost_recon_films *films)
{
    size_t given = 0;
    for (size_t i = 0; i < films->count; i++)
        given += films->input[i].has_camera ? 1 : 0;
    films->camera_unused = given > 0 && (given < films->count || films->count < 2);
    for (size_t i = 0; i < films->count && films->camera_unused; i++)
        films->input[i].has_camera = false;
}

/* One film under two names would stand for two views, and the depth would be made up. */
static bool are_different(const struct ost_recon_films *films, struct ost_err *err)
{
    for (size_t i = 1; i < films->count; i++)
        for (size_t k = 0; k < i; k++) {
            const struct ost_image *a = films->image[k], *b = films->image[i];
            if (a->width == b->width && a->height == b->height &&
                memcmp(a->pixel, b->pixel, (size_t)a->width * a->height * sizeof a->pixel[0]) == 0)
                return ost_fail(err, OST_INVALID, "films %zu and %zu are the same picture", k + 1,
                                i + 1);
        }
    return true;
}

bool ost_recon_films_read(struct ost_recon_films *films, const char *case_dir,
                          const struct ost_case_view *view, size_t count, struct ost_err *err)
{
    *films = (struct ost_recon_films){.view = view, .count = count};
    for (size_t i = 0; i < count; i++) {
        if (!read_film(films, case_dir, i, err))
            return false;
        films->input[i] = (struct ost_fit_film){
            .image = films->image[i], .projection = view[i].projection, .bone = view[i].bone};
        if (view[i].spacing_how != OST_SPACING_NONE)
            films->input[i].spacing = 0.5 * (view[i].spacing[0] + view[i].spacing[1]);
        if (!read_camera(films, case_dir, i, err))
            return false;
    }
    drop_lone_cameras(films);
    return are_different(films, err);
}

void ost_recon_films_fini(struct ost_recon_films *films)
{
    for (size_t i = 0; i < OST_CASE_VIEWS; i++) {
        ost_image_destroy(films->image[i]);
        films->image[i] = NULL;
    }
}

bool ost_recon_films_are_sized(const struct ost_recon_films *films)
{
    bool sized = false;
    for (size_t i = 0; i < films->count; i++)
        sized = sized || films->input[i].has_camera || films->input[i].spacing > 0.0;
    return sized;
}
