/*
 * GLB, the binary form of glTF 2.0: what the viewer takes. Positions, normals and
 * any number of numbers per vertex under names of our own (_UNCERTAINTY_MM).
 * Millimetres and patient axes as they are; equal meshes give equal files.
 */
#ifndef OST_MESH_GLB_H
#define OST_MESH_GLB_H

#include "recon/base/buf.h"
#include "recon/mesh/mesh.h"

#include <stddef.h>

OST_C_BEGIN

struct ost_glb_attribute {
    const char *name;   /* "_UNCERTAINTY_MM": underscore, then capitals, digits, underscores */
    const float *value; /* borrowed; one per vertex, all finite */
};

enum { OST_GLB_ATTRIBUTES = 8 };

/*
 * Appends one GLB file to `out`. Normals are made from the faces. Fails on a mesh
 * that ost_mesh_check() refuses, on an empty one and on a name that is none.
 */
OST_MUST_CHECK
bool ost_glb_write(const struct ost_mesh *mesh, const struct ost_glb_attribute *attribute,
                   size_t attribute_count, struct ost_buf *out, struct ost_err *err);

/* The same with a line on what it shows, as `extras.about` of the asset: ASCII. */
OST_MUST_CHECK
bool ost_glb_write_about(const struct ost_mesh *mesh, const char *about,
                         const struct ost_glb_attribute *attribute, size_t attribute_count,
                         struct ost_buf *out, struct ost_err *err);

OST_C_END

#endif
