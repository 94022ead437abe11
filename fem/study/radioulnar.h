/*
 * Contact of the distal radioulnar joint by discrete elements: the ulna's head, rigid and as
 * its surface has it, pressed into the radius' sigmoid notch on springs of cartilage (contact.h).
 * The notch: faces that look to the ulna within a distance of the line between the two ulnar
 * corners and as far proximal of it as a head is high.
 */
#ifndef OST_FEM_STUDY_RADIOULNAR_H
#define OST_FEM_STUDY_RADIOULNAR_H

#include "fem/study/joint.h"

OST_C_BEGIN

struct ost_radioulnar {
    uint32_t patches; /* of the notch */
    double area;      /* mm2, of the notch */
    double gap;       /* mm, to 4: the head from the notch as they stand; below 0 they overlap */
    struct ost_contact contact;
    double dorsal, proximal; /* mm: the pressure's centre from the corners' middle */
};

/* 10 MPa, 0.45 and 1.2 mm of both layers, ligaments of 20 N/mm: assumed of every patient. */
struct ost_cartilage ost_radioulnar_cartilage(void);

/*
 * `ulna` in the radius' frame, borrowed; `force` in N presses it toward the radial side. Fails
 * with OST_INVALID where there is no notch or the bones stand farther apart than 10 mm.
 */
OST_MUST_CHECK
bool ost_radioulnar_press(const struct ost_bone_model *model,
                          const struct ost_study_anatomy *anatomy, const struct ost_mesh *ulna,
                          double force, struct ost_radioulnar *out, struct ost_err *err);

OST_C_END

#endif
