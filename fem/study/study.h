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

enum ost_study_load {
    OST_LOAD_FOSSAE,  /* on the scaphoid and the lunate fossa, see load.h */
    OST_LOAD_CONTACT, /* where two balls rest on the cartilage, see contact.h */
    OST_LOAD_END,     /* on the whole distal end, see end.h: between the ends of any bone */
    OST_LOAD_COUPLE,  /* a moment on the whole distal end: bending, torsion */
    OST_LOAD_TOUCH,   /* the balls of a contact on bone that gives way, see touch.h */
    OST_LOADS
};
const char *ost_study_load_name(enum ost_study_load load); /* "fossae" */
enum ost_study_load ost_study_load_of(const char *name);   /* an unknown one: past the last */

/* How a density becomes an element's modulus; after Bonemat's three ways. */
enum ost_study_mapping {
    OST_MAPPING_V3,    /* the law on every voxel, the modulus integrated */
    OST_MAPPING_V1,    /* the law on the mean of the voxels within */
    OST_MAPPING_V2,    /* the law on the integrated density */
    OST_MAPPING_GAUSS, /* the law at four Gauss points; of four nodes their mean */
    OST_MAPPINGS
};
const char *ost_study_mapping_name(enum ost_study_mapping mapping); /* "v3" */
enum ost_study_mapping ost_study_mapping_of(const char *name);

/* What happens past the strength. */
enum ost_study_yield {
    OST_YIELD_NONE,           /* nothing: linear, and failure estimated from it */
    OST_YIELD_DRUCKER_PRAGER, /* the load in steps, see plastic.h */
    OST_YIELDS
};
const char *ost_study_yield_name(enum ost_study_yield yield); /* "none" */
enum ost_study_yield ost_study_yield_of(const char *name);

/* What holds the fragments of a plan's bone that has not healed. */
enum ost_study_fixation {
    OST_FIXATION_NONE,
    OST_FIXATION_PLATE, /* the plan's plate and screws, or a volar one where it has none */
    OST_FIXATIONS
};
const char *ost_study_fixation_name(enum ost_study_fixation fixation); /* "none" */
enum ost_study_fixation ost_study_fixation_of(const char *name);

struct ost_study {
    char name[OST_STUDY_NAME];
    enum ost_study_load load;
    enum ost_study_mapping mapping;
    double load_n;         /* through the whole wrist; N on the end of another bone */
    double radius_share;   /* of the load; the rest goes through the ulna */
    double scaphoid_share; /* of the radius' part; the rest is on the lunate fossa */
    double direction[3];   /* of the force: parts along radial, volar and axis */
    double moment[3];      /* N mm about radial, volar and axis: what a couple turns with */
    double end_mm;         /* of the distal end that is gripped: press and couple */
    double held_mm;        /* kept clear of the bone's other end */
    double length_mm;      /* of bone from its tip that is meshed; the cut end is held */
    double lattice_mm;     /* see ost_stuff_options */
    double poisson;
    const struct ost_law *law;
    double least_mpa; /* modulus of what holds no mineral */
    /*
     * Of a membrane over the bone's surface, 0 for none; its modulus is the largest within the
     * outermost 2 mm: a cortex thinner than elements and voxels, as Mechanical Finder's shells
     * of 0.2 to 0.5 mm are (Miura 2017, Wako 2018), without their bending.
     */
    double membrane_mm;
    double tolerance; /* relative residual of the solve */
    uint32_t iterations_most;
    enum ost_study_yield yield;
    uint32_t increments; /* steps to load_n, or to the moment, where it yields */
    uint32_t nodes;      /* of an element: 4 or 10 */
    double coarsen;      /* edges where it is held, of those at the tip: 1 for all alike */
    double gap_mpa;      /* modulus of what fills a plan's gap; 0: bone that has healed */
    enum ost_study_fixation fixation;
    double implant_mpa;   /* modulus of plate and screws */
    double cartilage_mm;  /* a layer of elements over the joint; 0 for none */
    double cartilage_mpa; /* its modulus */
    bool ulna;            /* beside the radius, with what that does not carry on its head */
};

/* 100 N along the forearm, 80 % and 60 %, 80 mm of bone, 1.12 mm, Keyak's law. */
struct ost_study ost_study_axial(void);

/* 1000 N between the ends of any bone, all of its length, 1.12 mm, Keyak's law. */
struct ost_study ost_study_compression(void);

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
