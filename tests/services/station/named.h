/* The names a reconstruction gives its files, as tests that write a result.json need them. */
#ifndef OST_TESTS_SERVICES_STATION_NAMED_H
#define OST_TESTS_SERVICES_STATION_NAMED_H

#include "services/casefile/result.h"

#include <stdio.h>

#define TEXT(place, ...) ((void)snprintf((place), sizeof(place), __VA_ARGS__))

static inline void name_all(struct ost_result *r)
{
    TEXT(r->program, "0.1.0");
    TEXT(r->model_name, "forearm");
    TEXT(r->model_sha256, "%064d", 0);
    TEXT(r->model_licence, "CC BY 3.0");
    for (int b = 0; b < OST_BONES; b++) {
        TEXT(r->bone[b].stl, "%s.stl", b == OST_RADIUS ? "radius" : "ulna");
        TEXT(r->bone[b].glb, "%s.glb", b == OST_RADIUS ? "radius" : "ulna");
        TEXT(r->bone[b].density, "%s.density.nii.gz", b == OST_RADIUS ? "radius" : "ulna");
    }
    TEXT(r->target_stl, "target_radius.stl");
    TEXT(r->target_glb, "target_radius.glb");
    TEXT(r->target_source, "completion");
}

#endif
