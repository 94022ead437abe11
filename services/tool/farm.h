/*
 * Many cases at once: a process for each, so many at a time. What a cohort wants is not one
 * solve on many processors but many solves, one on each; a case that fails fails alone.
 */
#ifndef OST_TOOL_FARM_H
#define OST_TOOL_FARM_H

#include "services/cli/args.h"
#include "services/station/mech.h"

OST_C_BEGIN

/*
 * All cases that `args` names, --farm of them at once; a line each, or with --json a list. Returns
 * the worst of their exit codes.
 */
int ost_farm_fem(const struct ost_args *args, const struct ost_station_mech_options *options);

OST_C_END

#endif
