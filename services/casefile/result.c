#include "services/casefile/result.h"

#include <stdio.h>
#include <string.h>

static const char *const measure[OST_MEASURES] = {
    "volar_tilt", "radial_inclination", "radial_height", "ulnar_variance", "radius_length"};

const char *ost_measure_name(enum ost_measure which)
{
    return measure[which];
}

void ost_result_warn(struct ost_result *result, const char *code, const char *text)
{
    for (size_t i = 0; i < result->warning_count; i++)
        if (strcmp(result->warning[i].code, code) == 0)
            return;
    if (result->warning_count == OST_RESULT_WARNINGS)
        return;
    struct ost_result_warning *w = &result->warning[result->warning_count++];
    (void)snprintf(w->code, sizeof w->code, "%s", code);
    (void)snprintf(w->text, sizeof w->text, "%s", text);
}
