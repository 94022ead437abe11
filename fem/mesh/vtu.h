/*
 * Unstructured grids for ParaView: VTK XML (VTU), appended base64, float32 fields.
 * The same mesh and fields give the same bytes.
 */
#ifndef OST_FEM_MESH_VTU_H
#define OST_FEM_MESH_VTU_H

#include "fem/mesh/tet.h"
#include "recon/base/buf.h"

OST_C_BEGIN

struct ost_vtu_field {
    const char *name;    /* letters, digits and underscores */
    const double *value; /* borrowed; node_count or tet_count rows */
    uint32_t width;      /* 1 scalar, 3 vector */
};

struct ost_vtu {
    const struct ost_tet_mesh *mesh;
    const struct ost_vtu_field *node_field; /* borrowed */
    size_t node_field_count;
    const struct ost_vtu_field *tet_field; /* borrowed */
    size_t tet_field_count;
    const char *about; /* ASCII; as the field data "about", which ParaView shows; NULL: none */
};

OST_MUST_CHECK
bool ost_vtu_write(const struct ost_vtu *vtu, struct ost_buf *out, struct ost_err *err);

OST_C_END

#endif
