/*
 * What is asked of a bone: a load on the wrist, how it is shared, what is meshed and by
 * which law it is stiff. Plain data; a file may change any of it.
 *
 * The axial study: about four fifths of an axial wrist load pass through the radius
 * (Gorniak and Conrad; Palmer and Werner 1984 for its change with ulnar variance), some
 * three fifths of these through the scaphoid fossa (range 50:50 to 65:35 in the rigid
 * body spring models of Horii 1990, Schuind 1995 and Genda and Horii 2000). Both are
 * assumptions of the study, not findings about a patient.
 */
#ifndef OST_FEM_STUDY_STUDY_H
#define OST_FEM_STUDY_STUDY_H

#include "fem/material/law.h"
#include "recon/base/err.h"

#include <stdint.h>

OST_C_BEGIN

enum { OST_STUDY_NAME = 32 };

struct ost_study {
    char name[OST_STUDY_NAME];
    double load_n;         /* through the whole wrist */
    double radius_share;   /* of the load; the rest goes through the ulna */
    double scaphoid_share; /* of the radius' part; the rest is on the lunate fossa */
    double direction[3];   /* of the force: parts along radial, volar and axis */
    double length_mm;      /* of bone from its tip that is meshed; the cut end is held */
    double lattice_mm;     /* see ost_stuff_options */
    double poisson;
    const struct ost_law *law;
    double least_mpa; /* modulus of what holds no mineral */
    double tolerance; /* relative residual of the solve */
    uint32_t iterations_most;
};

/* 100 N along the forearm, 80 % and 60 %, 80 mm of bone, 1.12 mm, Keyak's law. */
struct ost_study ost_study_axial(void);

/* Shares within 0 to 1, a direction with a length, sizes a bone can have. */
OST_MUST_CHECK bool ost_study_check(const struct ost_study *study, struct ost_err *err);

/* Where the bone's parts are; mm and unit vectors in the surface's frame. */
struct ost_study_anatomy {
    double origin[3];                         /* middle of the distal articular surface */
    double axis[3], radial[3], volar[3];      /* axis points proximal to distal */
    double styloid[3];                        /* radial styloid tip */
    double corner_volar[3], corner_dorsal[3]; /* ulnar corners of the lunate fossa */
    double lip_volar[3], lip_dorsal[3];       /* mid lips of the lunate fossa */
};

OST_C_END

#endif
