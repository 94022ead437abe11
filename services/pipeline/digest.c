#include "recon/base/sha256.h"
#include "services/pipeline/keep_impl.h"

#include <jansson.h>

#include <stdlib.h>
#include <string.h>

/* How long a thing took is no part of what it is. */
static void without_seconds(json_t *node)
{
    if (json_is_object(node)) {
        const char *key = NULL;
        json_t *value = NULL;
        (void)json_object_del(node, "seconds");
        json_object_foreach(node, key, value) without_seconds(value);
    }
    for (size_t i = 0; json_is_array(node) && i < json_array_size(node); i++)
        without_seconds(json_array_get(node, i));
}

static bool json_digest(const struct ost_buf *bytes, unsigned char digest[OST_DB_HASH],
                        struct ost_err *err)
{
    json_error_t why;
    json_t *tree = json_loadb((const char *)bytes->ptr, bytes->len, 0, &why);
    without_seconds(tree);
    char *text = tree == NULL ? NULL : json_dumps(tree, JSON_SORT_KEYS | JSON_COMPACT);
    json_decref(tree);
    if (text == NULL)
        return ost_fail(err, OST_CORRUPT, "a result is no JSON, line %d", why.line);
    ost_sha256_of(text, strlen(text), digest);
    free(text);
    return true;
}

bool ost_keep_digest(const char *name, const struct ost_buf *bytes,
                     unsigned char digest[OST_DB_HASH], struct ost_err *err)
{
    size_t len = strlen(name);
    if (len > 5 && strcmp(name + len - 5, ".json") == 0)
        return json_digest(bytes, digest, err);
    ost_sha256_of(bytes->ptr, bytes->len, digest);
    return true;
}
