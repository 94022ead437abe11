/* Surfaces that somebody else made, in whatever unit: as large as a bone, in millimetres. */
#ifndef OST_TOOL_COMPARE_SURFACE_H
#define OST_TOOL_COMPARE_SURFACE_H

#include "recon/mesh/mesh.h"

OST_C_BEGIN

struct ost_surface_unit {
    const char *name; /* "mm", "cm", "m", "in" */
    double mm;
};

/* NULL on any other name; millimetres where `name` is NULL. */
const struct ost_surface_unit *ost_surface_unit_of(const char *name);

/*
 * DIR/NAME, STL, PLY or OBJ; wound outwards where it is closed. A surface that is no bone in
 * this unit is refused, and the unit named in which it would be one.
 */
OST_MUST_CHECK
bool ost_surface_load(const char *dir, const char *name, const struct ost_surface_unit *unit,
                      struct ost_mesh **out, struct ost_err *err);

OST_C_END

#endif
