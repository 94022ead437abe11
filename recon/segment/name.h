/*
 * Which bone is which, from size, shape and place alone. What is not sure has no name:
 * nobody is helped by a wrong one.
 */
#ifndef OST_SEGMENT_NAME_H
#define OST_SEGMENT_NAME_H

#include "recon/segment/segment.h"

OST_C_BEGIN

enum ost_bone_kind {
    OST_KIND_UNKNOWN,
    OST_KIND_RADIUS,
    OST_KIND_ULNA,
    OST_KIND_CARPAL,     /* any of the eight */
    OST_KIND_METACARPAL, /* any of the five */
    OST_KIND_CALCANEUS,
    OST_KIND_TALUS
};
const char *ost_bone_kind_name(enum ost_bone_kind kind); /* "radius"; "bone" */

enum ost_body_side { OST_BODY_UNKNOWN, OST_BODY_RIGHT, OST_BODY_LEFT };

struct ost_bone_name {
    enum ost_bone_kind kind;
    enum ost_body_side side; /* known where both limbs are there: the left one has the larger x */
};

/*
 * A name for each bone of `segment`. A forearm: two long bones side by side with at
 * least four small ones beyond one end; the radius is the wider there. A foot: a bone
 * of a heel's size, and the next largest beside it where it has a talus' size.
 */
OST_MUST_CHECK
bool ost_segment_name(const struct ost_segment *segment, struct ost_bone_name *out,
                      struct ost_err *err);

OST_C_END

#endif
