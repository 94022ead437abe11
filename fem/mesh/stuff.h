/*
 * Tetrahedra straight from a signed distance: isosurface stuffing (Labelle and
 * Shewchuk, "Isosurface stuffing: fast tetrahedral meshes with good dihedral
 * angles", SIGGRAPH 2007) on a body-centred cubic lattice, then a few moves of the
 * worst vertices. Inner elements are all of one shape; nothing depends on a surface
 * mesh, so a surface that intersects itself does no harm.
 */
#ifndef OST_FEM_MESH_STUFF_H
#define OST_FEM_MESH_STUFF_H

#include "fem/mesh/field.h"
#include "fem/mesh/tet.h"

OST_C_BEGIN

struct ost_stuff_options {
    double lattice;    /* mm: edges are this and 0.87 of it; 1.12 gives "1 mm" elements */
    double anchor[3];  /* mm: a lattice corner; mirror it and the mesh is mirrored */
    bool largest_only; /* leave out all but the largest connected piece */
    int passes;        /* of moving the vertices of badly shaped elements; 0 for none */
};
struct ost_stuff_options ost_stuff_options_default(void);

struct ost_stuff_report {
    uint32_t lattice_points; /* at which the field was asked: a body fills little of its box */
    uint32_t warped;         /* lattice points moved onto the surface */
    uint32_t pinched;        /* elements removed where the surface touched itself */
    uint32_t islands;        /* elements of the pieces left out */
    uint32_t moved;          /* vertices moved for better angles */
};

/*
 * Fails with OST_INVALID where the field is nowhere inside or reaches the edge of its
 * box, OST_LIMIT where the lattice would be too large. `report` may be NULL.
 */
OST_MUST_CHECK
bool ost_stuff(const struct ost_field *field, const struct ost_stuff_options *options,
               struct ost_tet_mesh **out, struct ost_stuff_report *report, struct ost_err *err);

OST_C_END

#endif
