/*
 * What stands beside a bone or in its place, as fields: screws, a plate, what fills a gap, a
 * layer of cartilage. An element that several share is as stiff as the mean of the hard ones by
 * volume (Voigt's), in series with the soft ones (Reuss'): a soft layer then gives way as it
 * does, wherever elements cut it.
 */
#ifndef OST_FEM_STUDY_PART_H
#define OST_FEM_STUDY_PART_H

#include "fem/mesh/field.h"
#include "fem/mesh/tet.h"

OST_C_BEGIN

/* Where two of them are at one point, the first of this list is there. */
enum ost_material {
    OST_MATERIAL_SCREW,
    OST_MATERIAL_PLATE,
    OST_MATERIAL_GAP, /* within the bone's outline alone */
    OST_MATERIAL_BONE,
    OST_MATERIAL_CARTILAGE,
    OST_MATERIAL_ULNA, /* beside a radius, in one study with it */
    OST_MATERIALS
};
const char *ost_material_name(enum ost_material material); /* "bone" */

/* Whether an element can bear a joint: bone or its cartilage. `material` NULL: all is bone. */
static inline bool ost_material_has_joint(const uint8_t *material, uint32_t tet)
{
    return material == NULL || material[tet] == OST_MATERIAL_BONE ||
           material[tet] == OST_MATERIAL_CARTILAGE;
}

struct ost_part {
    enum ost_material material;
    struct ost_field field; /* its box holds all of it */
    double modulus;         /* MPa */
};

/* All of a body; borrowed. */
struct ost_parts {
    struct ost_field bone;
    const struct ost_part *part;
    size_t count;
};

/* The bone and all that stands beside it as one body; `parts` is borrowed. */
struct ost_field ost_field_of_parts(const struct ost_parts *parts);

/* What an element is made of. */
struct ost_mixture {
    double bone;       /* share of its volume */
    double hard;       /* MPa: of screws and plates, by their shares */
    double soft, give; /* of gap and cartilage: their share, and 1/MPa by their shares */
};

/* Its modulus, where its bone has `bone` MPa. */
double ost_mixture_modulus(const struct ost_mixture *mixture, double bone);

/* For every element what most of it is, and its mixture. The caller gives room. */
void ost_parts_mix(const struct ost_parts *parts, const struct ost_tet_mesh *mesh,
                   uint8_t *material, struct ost_mixture *mixture);

OST_C_END

#endif
