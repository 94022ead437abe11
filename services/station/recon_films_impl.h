/* The films of one arm, read for a fit: pictures, pixel sizes, cameras. */
#ifndef OST_STATION_RECON_FILMS_IMPL_H
#define OST_STATION_RECON_FILMS_IMPL_H

#include "recon/shape/fit.h"
#include "services/casefile/casefile.h"

struct ost_recon_films {
    const struct ost_case_view *view; /* borrowed from the case */
    size_t count;
    struct ost_image *image[OST_CASE_VIEWS]; /* owned */
    struct ost_fit_film input[OST_CASE_VIEWS];
    bool camera_unused; /* one was given, and not to each of two films or more */
};

/* On failure too, what was read is let go by fini. */
OST_MUST_CHECK
bool ost_recon_films_read(struct ost_recon_films *films, const char *case_dir,
                          const struct ost_case_view *view, size_t count, struct ost_err *err);
void ost_recon_films_fini(struct ost_recon_films *films);

/* Whether some film says how large things are. */
bool ost_recon_films_are_sized(const struct ost_recon_films *films);

#endif
