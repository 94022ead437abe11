/*
 * The few numbers of bmd.json, fem.json and guide.json that a report shows. A file
 * that is not there yet leaves its part absent; one that is damaged is an error.
 */
#ifndef OST_STATION_FACTS_H
#define OST_STATION_FACTS_H

#include "services/casefile/result.h"

OST_C_BEGIN

enum { OST_FACTS_CHECKS = 16 };

struct ost_fact_check {
    char name[OST_RESULT_NAME], unit[16];
    double value, limit;
    bool ok;
};

struct ost_facts {
    bool density_known;
    char density_how[OST_RESULT_NAME];
    struct ost_number density; /* distal 30 mm of the radius, mgHA/cm3 */

    bool stress_known;
    char law[OST_RESULT_NAME], study[OST_RESULT_NAME], reason[OST_RESULT_NAME];
    double load_n, peak_mpa, displacement_mm, relative_residual, reaction_error;
    long tetrahedra;

    bool guide_known, watertight;
    char guide_plan_hash[OST_RESULT_NAME + 1];
    double min_wall_mm;
    size_t check_count;
    struct ost_fact_check check[OST_FACTS_CHECKS];
};

OST_MUST_CHECK
bool ost_facts_read(const char *case_dir, struct ost_facts *out, struct ost_err *err);

OST_C_END

#endif
