/* What a case is called where people read it: on a guide, on a report. */
#ifndef OST_STATION_CODE_H
#define OST_STATION_CODE_H

#include "recon/base/attr.h"

OST_C_BEGIN

enum { OST_STATION_CODE = 32 };

/*
 * The code that was given, or else the name of the case's folder in the letters that can
 * be engraved, upper case, its end where it is too long: no two patients' guides lie on a
 * table without saying whose they are. "-" where neither says anything.
 */
void ost_station_code(const char *case_dir, const char *given, char out[OST_STATION_CODE]);

OST_C_END

#endif
