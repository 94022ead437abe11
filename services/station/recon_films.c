#include "recon/image/exif.h"
#include "recon/image/jpeg.h"
#include "recon/image/png.h"
#include "recon/image/square.h"
#include "recon/image/straighten.h"
#include "services/casefile/disk.h"
#include "services/station/recon_films_impl.h"

#include <math.h>

enum { FILM_BYTES = 256 << 20, CAMERA_BYTES = 1 << 20 };
static const double ratio_most = 4.0; /* of a pixel's sides */

/* A camera held upright says so beside the pixels; a calibrated one counts pixels as they lie. */
static bool set_upright(struct ost_recon_films *films, const struct ost_buf *jpeg, size_t i,
                        struct ost_err *err)
{
    int how = ost_exif_orientation(jpeg->ptr, jpeg->len);
    struct ost_image *upright = NULL;
    if (how == 1)
        return true;
    if (films->view[i].camera[0] != '\0')
        return ost_fail(err, OST_UNSUPPORTED,
                        "the JPEG is to be turned by its EXIF, a camera counts pixels as they lie: "
                        "store it upright");
    if (!ost_image_upright(films->image[i], how, &upright, err))
        return false;
    ost_image_destroy(films->image[i]);
    films->image[i] = upright;
    return true;
}

/* A photograph of a film is seen from straight before it, where its rim says how it leant. */
static bool set_straight(struct ost_recon_films *films, size_t i, struct ost_err *err)
{
    struct ost_rim rim;
    struct ost_image *straight = NULL;
    if (films->view[i].camera[0] != '\0')
        return true;
    if (!ost_rim_find(films->image[i], &rim, err))
        return false;
    if (!rim.found || rim.lean < ost_straight_enough)
        return true;
    if (films->view[i].spacing_how != OST_SPACING_NONE) {
        films->leaning = true; /* somebody measured something: told, not changed */
        return true;
    }
    if (!ost_image_straighten(films->image[i], &rim, &straight, err))
        return false;
    ost_image_destroy(films->image[i]);
    films->image[i] = straight;
    films->straightened = true;
    return true;
}

static bool read_film(struct ost_recon_films *films, const char *case_dir, size_t i,
                      struct ost_err *err)
{
    struct ost_buf bytes;
    uint32_t bits = 8;
    ost_buf_init(&bytes, FILM_BYTES);
    bool ok = ost_disk_read(case_dir, films->view[i].image, &bytes, err);
    if (ok && bytes.len > 2 && bytes.ptr[0] == 0xff && bytes.ptr[1] == 0xd8)
        ok = ost_jpeg_read_grey(bytes.ptr, bytes.len, &films->image[i], err) &&
             set_upright(films, &bytes, i, err);
    else if (ok)
        ok = ost_png_read_grey(bytes.ptr, bytes.len, &films->image[i], &bits, err);
    ost_buf_fini(&bytes);
    ok = ok && (bits > 8 || set_straight(films, i, err));
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

/* Sides of a pixel: by the camera where there is one, else as the case says; any unit. */
static void pixel_size(const struct ost_recon_films *films, size_t i, double out[2])
{
    const struct ost_fit_film *film = &films->input[i];
    for (int k = 0; k < 2; k++)
        out[k] = film->has_camera                                 ? 1.0 / film->camera.focal[k]
                 : films->view[i].spacing_how != OST_SPACING_NONE ? films->view[i].spacing[k]
                                                                  : 1.0;
}

/* Networks and contours count in pixels and take them for square. */
static bool make_square(struct ost_recon_films *films, size_t i, struct ost_err *err)
{
    struct ost_fit_film *film = &films->input[i];
    double size[2], *step = films->step[i];
    pixel_size(films, i, size);
    const double ratio = fmax(size[0], size[1]) / fmin(size[0], size[1]);
    if (!film->has_camera && films->view[i].spacing_how != OST_SPACING_NONE)
        film->spacing = fmin(size[0], size[1]);
    if (ratio <= 1.0 + ost_square_enough)
        return true;
    if (ratio > ratio_most)
        return ost_fail(
            err, OST_INVALID,
            "film %zu: pixels %.1f times as long one way as the other: check spacing_mm", i + 1,
            ratio);
    if (!ost_image_square(films->image[i], size, step, &films->square[i], err))
        return ost_err_note(err, "film %zu", i + 1);
    film->image = films->square[i];
    film->camera.width = film->image->width;
    film->camera.height = film->image->height;
    for (int k = 0; k < 2; k++) {
        film->camera.focal[k] /= step[k];
        film->camera.principal[k] = (film->camera.principal[k] + 0.5) / step[k] - 0.5;
    }
    return true;
}

struct ost_camera ost_recon_films_camera(const struct ost_recon_films *films, size_t i,
                                         const struct ost_camera *found)
{
    struct ost_camera camera = *found;
    if (films->square[i] == NULL)
        return camera;
    camera.width = films->image[i]->width;
    camera.height = films->image[i]->height;
    for (int k = 0; k < 2; k++) {
        camera.focal[k] *= films->step[i][k];
        camera.principal[k] = (camera.principal[k] + 0.5) * films->step[i][k] - 0.5;
    }
    return camera;
}

bool ost_recon_films_read(struct ost_recon_films *films, const char *case_dir,
                          const struct ost_case_view *view, size_t count, struct ost_err *err)
{
    *films = (struct ost_recon_films){.view = view, .count = count};
    for (size_t i = 0; i < count; i++) {
        if (!read_film(films, case_dir, i, err))
            return false;
        films->input[i] = (struct ost_fit_film){.image = films->image[i],
                                                .projection = view[i].projection,
                                                .bone = view[i].bone,
                                                .frame = view[i].frame};
        if (!read_camera(films, case_dir, i, err))
            return false;
    }
    drop_lone_cameras(films);
    if (!ost_recon_check_pictures(films, err) || !ost_recon_check_cameras(films, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!make_square(films, i, err))
            return false;
    return true;
}

void ost_recon_films_fini(struct ost_recon_films *films)
{
    for (size_t i = 0; i < OST_CASE_VIEWS; i++) {
        ost_image_destroy(films->image[i]);
        ost_image_destroy(films->square[i]);
        films->image[i] = films->square[i] = NULL;
    }
}

bool ost_recon_films_are_sized(const struct ost_recon_films *films)
{
    bool sized = false;
    for (size_t i = 0; i < films->count; i++)
        sized = sized || films->input[i].has_camera || films->input[i].spacing > 0.0;
    return sized;
}
