/* The studies that may be asked for: what lies in the folder of study files. */
#include "recon/base/sha256.h"
#include "services/routes/study_impl.h"
#include "services/routes/table_impl.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STUDY_BYTES ((size_t)64 * 1024)
#define STUDY_MOST  64

static bool name_is_plain(const char *name, size_t len)
{
    return len > 0 && len < OST_STUDY_NAME_MOST &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") >= len;
}

static bool slurp(const char *folder, const char *name, struct ost_buf *out)
{
    char path[2200], piece[4096];
    int len = snprintf(path, sizeof path, "%s/%s.json", folder, name);
    FILE *file = len < 0 || (size_t)len >= sizeof path ? NULL : fopen(path, "rbe");
    if (file == NULL)
        return false;
    for (size_t n; (n = fread(piece, 1, sizeof piece, file)) > 0;)
        ost_buf_put(out, piece, n);
    bool ok = ferror(file) == 0 && !out->failed;
    (void)fclose(file);
    return ok;
}

/* The file of that name as JSON, and its digest; NULL where it is no study of that name. */
static json_t *read_study(const char *folder, const char *name, char sha256[OST_SHA256_HEX])
{
    unsigned char digest[OST_SHA256_BYTES];
    struct ost_buf bytes;
    ost_buf_init(&bytes, STUDY_BYTES);
    json_t *root = slurp(folder, name, &bytes) ? json_loadb((const char *)bytes.ptr, bytes.len,
                                                            JSON_REJECT_DUPLICATES, NULL)
                                               : NULL;
    if (root != NULL) {
        ost_sha256_of(bytes.ptr, bytes.len, digest);
        ost_sha256_hex(digest, sha256);
    }
    ost_buf_fini(&bytes);
    const char *own = json_string_value(json_object_get(root, "name"));
    if (own != NULL && strcmp(own, name) == 0)
        return root;
    json_decref(root);
    return NULL;
}

bool ost_study_find(const struct ost_app *app, const char *name, char sha256[OST_SHA256_HEX],
                    struct ost_err *err)
{
    json_t *root = name_is_plain(name, strlen(name))
                       ? read_study(app->config->worker.studies, name, sha256)
                       : NULL;
    bool ok = root != NULL;
    json_decref(root);
    return ok || ost_fail(err, OST_INVALID, "There is no study of this name; ask for the list.");
}

/* "name.json" and a study inside. */
static json_t *about(const char *folder, const char *file)
{
    static const char *const told[] = {"load", "load_n",  "direction", "moment_nmm",
                                       "law",  "gap_mpa", "fixation"};
    char name[OST_STUDY_NAME_MOST], sha256[OST_SHA256_HEX];
    size_t len = strlen(file);
    if (len <= 5 || strcmp(file + len - 5, ".json") != 0 || !name_is_plain(file, len - 5))
        return NULL;
    (void)snprintf(name, sizeof name, "%.*s", (int)(len - 5), file);
    json_t *root = read_study(folder, name, sha256);
    if (root == NULL)
        return NULL;
    json_t *out = json_pack("{s:s}", "name", name);
    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++) {
        json_t *value = json_object_get(root, told[i]);
        (void)json_object_set(out, told[i], value == NULL ? json_null() : value);
    }
    json_decref(root);
    return out;
}

OST_ROUTE(study_list)
{
    struct dirent **entry = NULL;
    const char *folder = call->app->config->worker.studies;
    int count = scandir(folder, &entry, NULL, alphasort);
    if (count < 0)
        return ost_fail(err, OST_UNAVAILABLE, "no folder of study files; see OSTEON_STUDIES");
    json_t *list = json_array();
    for (int i = 0; i < count; i++) {
        json_t *one = json_array_size(list) < STUDY_MOST ? about(folder, entry[i]->d_name) : NULL;
        if (one != NULL)
            (void)json_array_append_new(list, one);
        free(entry[i]);
    }
    free((void *)entry);
    return ost_call_answer(call, 200, json_pack("{s:o}", "studies", list));
}
