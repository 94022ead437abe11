/*
 * Where the carpal bones press on the radius, from its landmarks: a disc on the
 * scaphoid fossa and one on the lunate fossa, pressed like a ball presses, most in the
 * middle.
 */
#ifndef OST_FEM_STUDY_LOAD_H
#define OST_FEM_STUDY_LOAD_H

#include "fem/mesh/boundary.h"
#include "fem/study/study.h"

OST_C_BEGIN

enum ost_fossa { OST_SCAPHOID_FOSSA, OST_LUNATE_FOSSA, OST_FOSSAE };

struct ost_disc {
    double centre[3]; /* mm; its place along the axis is the mean of its landmarks' */
    double radius;    /* mm, seen along the axis */
};

/* Fails with OST_INVALID where the landmarks are not those of a wrist. */
OST_MUST_CHECK
bool ost_fossa_discs(const struct ost_study_anatomy *anatomy, struct ost_disc disc[OST_FOSSAE],
                     struct ost_err *err);

/*
 * The three nodes that take a force spread evenly over a face of the boundary, a third each: its
 * corners, or with ten-node elements those amid its edges (that is what consistent loads come to).
 */
void ost_face_takers(const struct ost_tet_mesh *mesh, const struct ost_boundary *boundary,
                     uint32_t face, uint32_t node[3]);

/* How a disc was loaded. */
struct ost_disc_load {
    uint32_t faces;
    double area; /* mm2 of bone surface */
    double peak; /* MPa, in the middle */
};

/* The body that is pressed. */
struct ost_pressed {
    const struct ost_tet_mesh *mesh;
    const struct ost_boundary *boundary;
    const struct ost_study_anatomy *anatomy;
    const uint8_t *material; /* enum ost_material, per element; NULL: all is bone */
    bool ulna;               /* an end is the ulna's alone; material must then be there */
};

/*
 * Adds `force` (N) to the nodes of the distal-facing faces of bone or cartilage under the disc,
 * spread as 1 - (distance / radius)^2 over the area seen along the axis. Fails with OST_INVALID
 * where there is no such face.
 */
OST_MUST_CHECK
bool ost_disc_press(const struct ost_pressed *body, const struct ost_disc *disc,
                    const double force[3], double (*nodal)[3], struct ost_disc_load *out,
                    struct ost_err *err);

OST_C_END

#endif
