/* What the parts of result.json's reader and writer share. */
#ifndef OST_CASEFILE_RESULT_IMPL_H
#define OST_CASEFILE_RESULT_IMPL_H

#include "services/casefile/result.h"

#include <jansson.h>

/* NULL without memory. */
json_t *ost_result_number_json(const struct ost_number *number);

/* Both false where something is missing or wrong; `out` is then half filled. */
OST_MUST_CHECK
bool ost_result_take_number(json_t *json, struct ost_number *out);
OST_MUST_CHECK
bool ost_result_take_layers(json_t *json, struct ost_result_layers *out);

json_t *ost_result_layers_json(const struct ost_result_layers *layers);

#endif
