/* The line of the distal shaft, from vertices that keep their places in a topology. */
#ifndef OST_SHAPE_SHAFT_H
#define OST_SHAPE_SHAFT_H

#include "recon/base/attr.h"

#include <stdint.h>

OST_C_BEGIN

enum { OST_SHAFT_LOW = 25, OST_SHAFT_HIGH = 75 }; /* mm proximal to the model's origin */

/*
 * Unit direction, proximal to distal, of the line through the middles of the bands
 * of vertices that in `mean` lie between the two heights; `moved` is where they are.
 */
void ost_shaft_axis(const float (*mean)[3], const float (*moved)[3], uint32_t count,
                    double axis[3]);

OST_C_END

#endif
