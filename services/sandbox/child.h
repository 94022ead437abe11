/* The other end of intake.h: what the started process runs. */
#ifndef OST_SANDBOX_CHILD_H
#define OST_SANDBOX_CHILD_H

#include "recon/base/attr.h"

OST_C_BEGIN

#define OST_INTAKE_CHILD "intake-child"

/*
 * argv[0] is the command's own name. Reads fd 0, writes fd 1; never for a person to call.
 * Does not return to a caller that goes on: its result is the exit status.
 */
int ost_intake_child(int argc, char **argv);

OST_C_END

#endif
