/*
 * The unknowns of the least squares, and what a cell of a film should show for them.
 */
#ifndef OST_LAYERS_ARM_IMPL_H
#define OST_LAYERS_ARM_IMPL_H

#include "recon/layers/plate_impl.h"
#include "recon/layers/section.h"

/* Numbers of one film. */
enum ost_film_number {
    OST_FILM_CURVE_0, /* L = c + w y + q y^2 ... */
    OST_FILM_CURVE_1,
    OST_FILM_CURVE_2,
    OST_FILM_DOWN,    /* heel effect: L over half the film's height, and ... */
    OST_FILM_RIGHT,   /* ... over half its width */
    OST_FILM_SCATTER, /* over primary where the body weakens to 1/e */
    OST_FILM_REACH,   /* mm at the arm, SD: where scatter goes */
    OST_FILM_KVP,
    OST_FILM_NUMBERS
};

/* Heights of the sections' and of the bones' nodes, mm proximal of the joint. */
enum { OST_SECTION_NODES = 13, OST_BONE_NODES = 15, OST_ARM_NONZERO = 80 };
static const double ost_section_low = -84.0, ost_section_step = 16.0;
static const double ost_bone_low = -14.0, ost_bone_step = 9.0;
static const double ost_field_step = 14.0; /* mm at the arm, between a field's knots */

/* Where each group of unknowns begins in the vector. */
struct ost_arm_layout {
    size_t count;                                  /* of films */
    uint32_t film[OST_LAYERS_VIEWS];               /* OST_FILM_NUMBERS each */
    double unit[OST_LAYERS_VIEWS];                 /* L a unit of reading, about: only to weigh */
    uint32_t section;                              /* node by node, OST_SECTION_NUMBERS each */
    uint32_t shell, flesh;                         /* fat under the skin, mm; factor on the flesh */
    uint32_t cortex[OST_BONES], marrow[OST_BONES]; /* mgHA/cm3 at the nodes */
    uint32_t field[OST_LAYERS_VIEWS], across[OST_LAYERS_VIEWS], down[OST_LAYERS_VIEWS];
    uint32_t n;
};
void ost_arm_layout_of(const struct ost_plate *plate, size_t count, struct ost_arm_layout *out);

/* What a cell should show, and how that moves with the unknowns. */
struct ost_arm_row {
    double tissue;             /* gross, g/cm2 */
    double mineral[OST_BONES]; /* g/cm2 */
    double attenuation;        /* L of the model's primary beam */
    double expected, seen;     /* what the film reads, by the model and in truth, in units of L */
    double steep;              /* L a mm that the flesh changes across */
    double of_mineral;         /* L per g/cm2 of mineral */
    uint32_t used, index[OST_ARM_NONZERO]; /* of `expected` */
    double slope[OST_ARM_NONZERO];
};

/* One film's beam at its present voltage, and one kilovolt above. */
struct ost_arm_beam {
    struct ost_hardening now, above;
};
OST_MUST_CHECK
bool ost_arm_beam_of(double kvp, double filter, struct ost_arm_beam *out, struct ost_err *err);

void ost_arm_row_of(const struct ost_arm_layout *layout, const struct ost_plate *plate, size_t view,
                    const struct ost_arm_beam *beam, const double *x, size_t cell,
                    struct ost_arm_row *out);

#endif
