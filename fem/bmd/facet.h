/*
 * What lies beneath a joint surface, seen along the bone's axis in the joint's own frame:
 * u toward the radial side, v toward the dorsal side, mm, whichever arm it is. Density and
 * stress on the same cells, where each is highest, and how they go together: the measures
 * of Kazui A et al. Osteoarthritis Cartilage 2025;33:146-154 (the centre of the most
 * mineral; 0.56 +- 0.72 mm dorsal on the malunited side in 36 people).
 */
#ifndef OST_FEM_BMD_FACET_H
#define OST_FEM_BMD_FACET_H

#include "recon/base/err.h"

#include <stdint.h>

OST_C_BEGIN

struct ost_facet_sample {
    double u, v;    /* mm */
    double area;    /* mm2, seen along the axis */
    double density; /* mgHA/cm3 beneath */
    double stress;  /* MPa */
};

struct ost_facet_field {
    double mean, sd, most; /* over the area */
    double centre[2];      /* u, v of the highest fifth of the area, mm */
};

struct ost_facet_map {
    double step; /* mm: cells are squares of it */
    double area; /* mm2 */
    uint32_t cell_count;
    struct ost_facet_sample *cell; /* owned; means over a cell, u and v its area's middle */
    struct ost_facet_field density, stress;
    double correlation; /* Pearson's, of density and stress over cells, by area; 0 where flat */
};

/* Fails with OST_INVALID where no sample has an area, or over more than 400 mm. */
OST_MUST_CHECK
bool ost_facet_map_create(const struct ost_facet_sample *sample, size_t count, double step,
                          struct ost_facet_map **out, struct ost_err *err);
void ost_facet_map_destroy(struct ost_facet_map *map); /* NULL is fine */
OST_AUTO_DEFINE(ost_facet_map);

OST_C_END

#endif
