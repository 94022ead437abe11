#include "recon/plan/tree.h"

#include <string.h>

static int place_of(const char *const *name, const char *key)
{
    for (int i = 0; name[i] != NULL; i++) {
        if (strcmp(name[i], key) == 0)
            return i;
    }
    return -1;
}

bool ost_tree_fields(const struct ost_tree *map, const char *what, const char *const *name,
                     const struct ost_tree **out, struct ost_err *err)
{
    if (map == NULL || map->kind != OST_TREE_MAP)
        return ost_fail(err, OST_INVALID, "%s is not an object", what);
    for (int i = 0; name[i] != NULL; i++)
        out[i] = NULL;
    for (const struct ost_tree *member = map->first; member != NULL; member = member->next) {
        int at = place_of(name, member->key);
        if (at < 0)
            return ost_fail(err, OST_INVALID, "%s has an unknown key", what);
        if (out[at] != NULL)
            return ost_fail(err, OST_INVALID, "%s has '%s' twice", what, name[at]);
        out[at] = member;
    }
    return true;
}

bool ost_tree_text(const struct ost_tree *node, const char *what, size_t most, const char **out,
                   struct ost_err *err)
{
    if (node == NULL || node->kind != OST_TREE_TEXT)
        return ost_fail(err, OST_INVALID, "%s must be text", what);
    if (node->count > most)
        return ost_fail(err, OST_LIMIT, "%s has %zu bytes, limit %zu", what, node->count, most);
    *out = node->text;
    return true;
}

bool ost_tree_integer(const struct ost_tree *node, const char *what, int64_t least, int64_t *out,
                      struct ost_err *err)
{
    if (node == NULL || node->kind != OST_TREE_INTEGER || node->integer < least) {
        return ost_fail(err, OST_INVALID, "%s must be a whole number of at least %lld", what,
                        (long long)least);
    }
    *out = node->integer;
    return true;
}
