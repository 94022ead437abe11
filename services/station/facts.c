#include "services/station/facts.h"

#include "services/casefile/disk.h"

#include <jansson.h>

#include <stdio.h>
#include <string.h>

enum { FACTS_BYTES = 1 << 20 };

static void keep(char *to, size_t room, const char *from)
{
    (void)snprintf(to, room, "%s", from == NULL ? "" : from);
}

/* NULL with `*there` false where the file is not there; NULL with an error otherwise. */
static json_t *load(const char *case_dir, const char *name, bool *there, struct ost_err *err)
{
    struct ost_buf bytes;
    struct ost_err why = {0};
    ost_buf_init(&bytes, FACTS_BYTES);
    bool read = ost_disk_read(case_dir, name, &bytes, &why);
    *there = read || why.code != OST_NOT_FOUND;
    if (!read && *there)
        (void)ost_fail(err, why.code, "%s: %s", name, why.msg);
    json_t *root = NULL;
    if (read) {
        root = json_loadb((const char *)bytes.ptr, bytes.len, JSON_REJECT_DUPLICATES, NULL);
        if (root == NULL)
            (void)ost_fail(err, OST_CORRUPT, "%s is damaged; compute it again", name);
    }
    ost_buf_fini(&bytes);
    return root;
}

static bool density(json_t *root, struct ost_facts *out)
{
    const char *how = NULL, *unit = NULL;
    struct ost_number *d = &out->density;
    if (json_unpack(root, "{s:s, s:{s:{s:F, s:F, s:F, s:s}}}", "how", &how, "regions",
                    "radius_distal_30", "value", &d->value, "low", &d->low, "high", &d->high,
                    "unit", &unit) != 0)
        return false;
    keep(out->density_how, sizeof out->density_how, how);
    keep(d->unit, sizeof d->unit, unit);
    return true;
}

static bool stress(json_t *root, struct ost_facts *out)
{
    const char *law = NULL, *study = NULL, *reason = NULL;
    json_int_t tetrahedra = 0;
    if (json_unpack(root, "{s:s, s:s, s:s, s:F, s:I, s:F, s:F, s:F, s:{s:F}}", "law", &law, "study",
                    &study, "reason", &reason, "load_n", &out->load_n, "tetrahedra", &tetrahedra,
                    "relative_residual", &out->relative_residual, "reaction_error",
                    &out->reaction_error, "max_displacement_mm", &out->displacement_mm,
                    "peak_von_mises_mpa", "value", &out->peak_mpa) != 0)
        return false;
    keep(out->law, sizeof out->law, law);
    keep(out->study, sizeof out->study, study);
    keep(out->reason, sizeof out->reason, reason);
    out->tetrahedra = (long)tetrahedra;
    return true;
}

static bool one_check(json_t *item, struct ost_fact_check *out)
{
    const char *name = NULL, *unit = "";
    int ok = 0;
    json_t *value = NULL, *limit = NULL;
    if (json_unpack(item, "{s:s, s:o, s?o, s?s, s:b}", "name", &name, "value", &value, "limit",
                    &limit, "unit", &unit, "ok", &ok) != 0)
        return false;
    keep(out->name, sizeof out->name, name);
    keep(out->unit, sizeof out->unit, unit);
    out->value = json_is_boolean(value) ? json_is_true(value) : json_number_value(value);
    out->limit = json_is_boolean(limit) ? json_is_true(limit) : json_number_value(limit);
    out->ok = ok != 0;
    return true;
}

static bool guide(json_t *root, struct ost_facts *out)
{
    const char *hash = NULL;
    int watertight = 0;
    json_t *checks = NULL;
    if (json_unpack(root, "{s:b, s:F, s:s, s:o}", "watertight", &watertight, "min_wall_mm",
                    &out->min_wall_mm, "plan_hash", &hash, "checks", &checks) != 0)
        return false;
    keep(out->guide_plan_hash, sizeof out->guide_plan_hash, hash);
    out->watertight = watertight != 0;
    for (size_t i = 0; i < json_array_size(checks) && i < OST_FACTS_CHECKS; i++) {
        if (!one_check(json_array_get(checks, i), &out->check[i]))
            return false;
        out->check_count = i + 1;
    }
    return true;
}

static bool one(const char *case_dir, const char *name, struct ost_facts *out,
                bool (*take)(json_t *root, struct ost_facts *out), bool *known, struct ost_err *err)
{
    bool there = false;
    json_t *root = load(case_dir, name, &there, err);
    if (root == NULL)
        return !there;
    *known = take(root, out);
    json_decref(root);
    if (!*known)
        return ost_fail(err, OST_CORRUPT, "%s lacks what a report shows; compute it again", name);
    return true;
}

bool ost_facts_read(const char *case_dir, struct ost_facts *out, struct ost_err *err)
{
    *out = (struct ost_facts){0};
    return one(case_dir, "result/bmd.json", out, density, &out->density_known, err) &&
           one(case_dir, "result/fem.json", out, stress, &out->stress_known, err) &&
           one(case_dir, "result/guide.json", out, guide, &out->guide_known, err);
}
