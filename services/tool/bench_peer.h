/*
 * `plastimatch drr` as a peer: a program of its own, given a file and asked for one film.
 * It says by itself how long it traced; how long all of it took is measured from outside.
 */
#ifndef OST_TOOL_BENCH_PEER_H
#define OST_TOOL_BENCH_PEER_H

#include "recon/image/grid.h"
#include "recon/image/image.h"

OST_C_BEGIN

/* One film: the source `sad` from the centre, the panel `sid` from the source. */
struct ost_bench_film {
    double centre[3], normal[3]; /* from the centre to the source, a unit vector */
    double sad, sid, pixel;      /* mm; the top of the film is +z */
    uint32_t width, height;
};

struct ost_bench_peer_run {
    double trace_s, whole_s;
    struct ost_image *paths; /* owned; attenuation, no unit */
};

/* Whether it is installed; `version` is then what it calls itself. */
bool ost_bench_peer_present(char version[64]);

/* Hounsfield units as a MetaImage of floats, which the peer reads at once. */
OST_MUST_CHECK
bool ost_bench_peer_write(const struct ost_grid *grid, const char *path, struct ost_err *err);
OST_MUST_CHECK
bool ost_bench_peer_read(const char *path, struct ost_grid **out, struct ost_err *err);

/* Portable float maps, rows from the top, as the peer writes them. */
OST_MUST_CHECK
bool ost_bench_film_write(const struct ost_image *image, const char *path, struct ost_err *err);

/* Its exact trace of the file `name` in `folder`, where its own files are left. */
OST_MUST_CHECK
bool ost_bench_peer_trace(const char *folder, const char *name, const struct ost_bench_film *film,
                          int threads, struct ost_bench_peer_run *out, struct ost_err *err);

double ost_bench_now(void); /* s, monotonic */

OST_C_END

#endif
