/*
 * A section of an arm as a rounded body: |x/a|^n + |y/b|^n <= 1 (Lame 1818), and how long
 * a ray runs in it. x runs radially, y towards the palm; mm.
 */
#ifndef OST_LAYERS_SECTION_H
#define OST_LAYERS_SECTION_H

#include "recon/base/attr.h"

OST_C_BEGIN

enum ost_section_number {
    OST_SECTION_X, /* of the centre */
    OST_SECTION_Y,
    OST_SECTION_A, /* half widths, > 0 */
    OST_SECTION_B,
    OST_SECTION_N, /* exponent, at least 1.2 */
    OST_SECTION_NUMBERS
};

/*
 * The chord of the line point + t way (unit) in the section, mm; 0 where it misses.
 * `slope` (may be NULL): by the five numbers, kept finite at grazing rays.
 */
double ost_section_chord(const double section[OST_SECTION_NUMBERS], const double point[2],
                         const double way[2], double slope[OST_SECTION_NUMBERS]);

OST_C_END

#endif
