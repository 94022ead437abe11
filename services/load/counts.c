#include "services/load/counts.h"

#include <jansson.h>

bool ost_load_counts_read(const char *path, const char *name, const char *const key[2],
                          struct ost_load_counts *out, struct ost_err *err)
{
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
    const json_t *part = json_object_get(root, name);
    const json_t *a = json_object_get(part, key[0]), *b = json_object_get(part, key[1]);
    bool ok = json_is_integer(a) && json_is_integer(b) && json_integer_value(a) >= 0;
    *out = (struct ost_load_counts){.known = false};
    if (ok) {
        *out = (struct ost_load_counts){
            .known = true, .run = json_integer_value(a), .bad = json_integer_value(b)};
    }
    json_decref(root);
    return ok || ost_fail(err, OST_INVALID,
                          "--%s takes the line of JSON that test printed, in a "
                          "file",
                          name);
}
