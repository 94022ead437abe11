/* The films of one arm, read for a fit: pictures, pixel sizes, cameras. */
#ifndef OST_STATION_RECON_FILMS_IMPL_H
#define OST_STATION_RECON_FILMS_IMPL_H

#include "recon/shape/fit.h"
#include "services/casefile/casefile.h"

struct ost_recon_films {
    const struct ost_case_view *view; /* borrowed from the case */
    size_t count;
    struct ost_image *image[OST_CASE_VIEWS];  /* owned; as stored, upright */
    struct ost_image *square[OST_CASE_VIEWS]; /* owned; with square pixels; NULL: image has them */
    double step[OST_CASE_VIEWS][2]; /* of a square pixel in the film's, where there is `square` */
    struct ost_fit_film input[OST_CASE_VIEWS];
    bool camera_unused; /* one was given, and not to each of two films or more */
    bool straightened;  /* a photograph taken at an angle was */
    bool leaning;       /* one was not: it was given a pixel size */
};

/*
 * A JPEG is turned upright by its EXIF, a photograph of 8 bits and without a pixel size made
 * straight by the film's rim (recon/image/straighten.h): `image` is then that. Pixels that are
 * longer one way are made square for the fit. Refuses films that show nothing, one picture under
 * two names, cameras that cannot be of their films or of one room (see recon_check.c). On failure
 * too, what was read is let go by fini.
 */
OST_MUST_CHECK
bool ost_recon_films_read(struct ost_recon_films *films, const char *case_dir,
                          const struct ost_case_view *view, size_t count, struct ost_err *err);
void ost_recon_films_fini(struct ost_recon_films *films);

/* Whether some film says how large things are. */
bool ost_recon_films_are_sized(const struct ost_recon_films *films);

/* A camera that was found for `input[i]`, for the pixels of `image[i]`. */
struct ost_camera ost_recon_films_camera(const struct ost_recon_films *films, size_t i,
                                         const struct ost_camera *found);

/* What recon_films.c asks of recon_check.c: films that show something, each another ... */
OST_MUST_CHECK
bool ost_recon_check_pictures(const struct ost_recon_films *films, struct ost_err *err);
/* ... and cameras, where every film has one, that look at one place from several. */
OST_MUST_CHECK
bool ost_recon_check_cameras(const struct ost_recon_films *films, struct ost_err *err);

/* That no film of the other arm is one of this arm's, perhaps in a mirror. */
OST_MUST_CHECK
bool ost_recon_check_arms(const struct ost_recon_films *films, const struct ost_recon_films *other,
                          struct ost_err *err);

#endif
