/* The first entry of a plan from what a reconstruction found: result.json to recon/plan/seed.h. */
#ifndef OST_STATION_PLAN_SEED_H
#define OST_STATION_PLAN_SEED_H

#include "recon/plan/seed.h"
#include "services/casefile/result.h"

OST_C_BEGIN

/*
 * Reads CASE/result/result.json and the surfaces it names, whose SHA-256 goes into the
 * plan. The entry lives in the arena and has client, n = 1 and no time yet.
 */
OST_MUST_CHECK
bool ost_station_plan_seed(const char *case_dir, struct ost_arena *arena, struct ost_entry *out,
                           struct ost_err *err);

OST_C_END

#endif
