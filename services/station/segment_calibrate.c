/* A calibration that somebody measured: by a phantom's rods in this CT, or by a table. */
#include "fem/bmd/calibration.h"
#include "fem/material/density.h"
#include "services/station/segment_impl.h"

#include <jansson.h>

#include <string.h>

enum { OST_RODS_MOST = 16 };

struct calibration_draft {
    const char *how, *mineral;
    json_t *rods, *points;
    double kvp;
};

/* A phantom's own mineral as hydroxyapatite. */
static bool to_mineral(const char *name, double value, double *out, struct ost_err *err)
{
    if (strcmp(name, "hydroxyapatite") != 0 && strcmp(name, "k2hpo4") != 0)
        return ost_fail(err, OST_INVALID, "calibration: mineral knows hydroxyapatite and k2hpo4");
    *out = strcmp(name, "k2hpo4") == 0 ? ost_mineral_of_k2hpo4(value) : value;
    return true;
}

static bool take_rod(json_t *item, const struct ost_grid *ct, const char *mineral,
                     struct ost_rod *rod, struct ost_err *err)
{
    double value = 0.0;
    if (json_unpack(item, "{s:F, s:[F, F, F], s:[F, F, F], s:F !}", "mg_cm3", &value, "from",
                    &rod->from[0], &rod->from[1], &rod->from[2], "to", &rod->to[0], &rod->to[1],
                    &rod->to[2], "reach_mm", &rod->reach) != 0)
        return ost_fail(err, OST_INVALID,
                        "calibration: a rod has mg_cm3, from, to (mm in the CT) and reach_mm");
    return to_mineral(mineral, value, &rod->mineral, err) && ost_rod_measure(ct, rod, err);
}

static bool take_point(json_t *item, const char *mineral, struct ost_rod *rod, struct ost_err *err)
{
    double value = 0.0;
    if (json_unpack(item, "[F, F !]", &value, &rod->hu) != 0)
        return ost_fail(err, OST_INVALID, "calibration: a point is [mg_cm3, HU]");
    return to_mineral(mineral, value, &rod->mineral, err);
}

static bool take_rods(const struct calibration_draft *draft, const struct ost_grid *ct,
                      struct ost_rod rod[OST_RODS_MOST], size_t *count, struct ost_err *err)
{
    bool phantom = strcmp(draft->how, "phantom") == 0;
    json_t *list = phantom ? draft->rods : draft->points, *item = NULL;
    size_t i = 0;
    if ((!phantom && strcmp(draft->how, "table") != 0) || !json_is_array(list) ||
        json_array_size(list) > OST_RODS_MOST)
        return ost_fail(err, OST_INVALID,
                        "calibration: how is phantom, with rods, or table, with points");
    *count = json_array_size(list);
    json_array_foreach(list, i, item)
    {
        rod[i] = (struct ost_rod){0};
        if (phantom ? !take_rod(item, ct, draft->mineral, &rod[i], err)
                    : !take_point(item, draft->mineral, &rod[i], err))
            return ost_err_note(err, "rod %zu", i + 1);
    }
    return true;
}

bool ost_segment_take_calibration(const struct ost_grid *ct, const void *json, size_t len,
                                  struct ost_calibration *out, struct ost_err *err)
{
    struct calibration_draft draft = {0};
    struct ost_rod rod[OST_RODS_MOST];
    struct ost_hu_line line;
    size_t count = 0;
    int version = 0;
    json_t *root = json_loadb(json, len, JSON_REJECT_DUPLICATES, NULL);
    bool ok = root != NULL &&
              json_unpack(root, "{s:i, s:s, s:s, s?o, s?o, s?F !}", "osteon_calibration", &version,
                          "how", &draft.how, "mineral", &draft.mineral, "rods", &draft.rods,
                          "points", &draft.points, "kvp", &draft.kvp) == 0 &&
              version == 1;
    if (!ok)
        (void)ost_fail(err, OST_INVALID,
                       "the calibration file is not one of ours: an object with "
                       "osteon_calibration 1, how, mineral, rods or points");
    ok = ok && take_rods(&draft, ct, rod, &count, err) && ost_hu_line_fit(rod, count, &line, err);
    if (ok) {
        out->how =
            strcmp(draft.how, "phantom") == 0 ? OST_CALIBRATION_PHANTOM : OST_CALIBRATION_TABLE;
        out->reason = NULL;
        out->slope = line.slope;
        out->base = line.base;
        out->slope_share = line.slope_sd / line.slope;
        out->base_sd = line.base_sd;
    }
    json_decref(root);
    return ok;
}
