#include "services/tool/deid_profile.h"

#include <jansson.h>

#include <stdlib.h>
#include <string.h>

/* By enum ost_deid_option. */
static const struct {
    const char *name, *code;
} option[] = {
    {"keep_uids", "113110"},         {"keep_device", "113109"},      {"keep_institution", "113112"},
    {"keep_patient", "113108"},      {"keep_dates", "113106"},       {"shift_dates", "113107"},
    {"clean_descriptors", "113105"}, {"clean_structured", "113104"}, {"clean_graphics", "113103"}};

static bool add_option(const char *word, struct ost_deid_profile *out)
{
    for (size_t i = 0; i < sizeof option / sizeof option[0]; i++) {
        if (strcmp(word, option[i].name) == 0 || strcmp(word, option[i].code) == 0) {
            out->options |= 1u << i;
            return true;
        }
    }
    return false;
}

static bool take_options(json_t *list, struct ost_deid_profile *out, struct ost_err *err)
{
    size_t i = 0;
    json_t *word = NULL;
    json_array_foreach(list, i, word)
    {
        if (!json_is_string(word) || !add_option(json_string_value(word), out)) {
            return ost_fail(err, OST_INVALID,
                            "profile: option %zu is none of keep_uids, keep_device, "
                            "keep_institution, keep_patient, keep_dates, shift_dates, clean_*",
                            i + 1);
        }
    }
    return true;
}

static bool take_safe(json_t *list, struct ost_deid_profile *out, struct ost_err *err)
{
    size_t i = 0;
    json_t *entry = NULL;
    if (json_array_size(list) > OST_DEID_SAFE) {
        return ost_fail(err, OST_LIMIT, "profile: more than %d private attributes",
                        (int)OST_DEID_SAFE);
    }
    json_array_foreach(list, i, entry)
    {
        const char *creator = NULL, *tag = NULL;
        char *end = NULL;
        struct ost_deid_safe *safe = &out->safe[out->safe_count];
        if (json_unpack_ex(entry, NULL, JSON_STRICT, "{s:s,s:s}", "creator", &creator, "tag",
                           &tag) != 0 ||
            strlen(creator) >= sizeof safe->creator || strlen(tag) != 8)
            return ost_fail(err, OST_INVALID, "profile: safe_private entry %zu", i + 1);
        safe->tag = (uint32_t)strtoul(tag, &end, 16);
        if (*end != '\0' || (safe->tag >> 16 & 1) == 0) {
            return ost_fail(err, OST_INVALID, "profile: safe_private entry %zu is no private tag",
                            i + 1);
        }
        memcpy(safe->creator, creator, strlen(creator) + 1);
        out->safe_count++;
    }
    return true;
}

static bool unpack(json_t *root, struct ost_deid_profile *out, struct ost_err *err)
{
    int version = 0, keep_weekday = 0;
    json_t *options = NULL, *safe = NULL;
    if (json_unpack_ex(root, NULL, JSON_STRICT, "{s:i,s?o,s?b,s?o}", "osteon_profile", &version,
                       "options", &options, "keep_weekday", &keep_weekday, "safe_private",
                       &safe) != 0 ||
        version != 1 || (options != NULL && !json_is_array(options)) ||
        (safe != NULL && !json_is_array(safe))) {
        return ost_fail(err, OST_INVALID,
                        "profile: expected osteon_profile 1, options, keep_weekday, safe_private");
    }
    out->keep_weekday = keep_weekday != 0;
    return take_options(options, out, err) && take_safe(safe, out, err);
}

bool ost_deid_profile_parse(const void *json, size_t len, struct ost_deid_profile *out,
                            struct ost_err *err)
{
    *out = (struct ost_deid_profile){0};
    json_t *root = json_loadb(json, len, JSON_REJECT_DUPLICATES, NULL);
    if (root == NULL)
        return ost_fail(err, OST_INVALID, "profile: no JSON");
    bool ok = unpack(root, out, err);
    json_decref(root);
    return ok;
}
