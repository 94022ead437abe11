/*
 * CASE/plan.json: the plan a guide or a report is made of, as its JSON twin
 * (ost_plan_write); its hash is what an approval binds to.
 */
#ifndef OST_STATION_PLAN_FILE_H
#define OST_STATION_PLAN_FILE_H

#include "recon/mesh/mesh.h"
#include "recon/plan/plan.h"

OST_C_BEGIN

/* The caller owns `*out`. Fails with OST_NOT_FOUND where there is no plan yet. */
OST_MUST_CHECK
bool ost_station_plan_read(const char *case_dir, struct ost_plan **out, struct ost_err *err);

/* The value of a property of the first living object of a type; kind NONE where absent. */
struct ost_value ost_station_plan_value(const struct ost_plan *plan, enum ost_type type,
                                        const char *property);

/* Moves a fitted surface to where people have corrected that bone ("radius", "ulna") to be. */
void ost_station_place_bone(const struct ost_plan *plan, const char *bone, struct ost_mesh *mesh);

OST_C_END

#endif
