/* The layers' part of result.json. */
#include "services/casefile/result_impl.h"

#include <string.h>

const char *ost_result_layer_name(int layer)
{
    static const char *const name[OST_RESULT_LAYERS] = {"radius", "ulna", "hand", "soft", "metal"};
    return layer >= 0 && layer < OST_RESULT_LAYERS ? name[layer] : "unknown";
}

json_t *ost_result_number_json(const struct ost_number *n)
{
    return json_pack("{s:f, s:s, s:f, s:f, s:f, s:s}", "value", n->value, "unit", n->unit, "low",
                     n->low, "high", n->high, "level", n->level, "how", n->how);
}

static bool take_text(const char *text, char *out, size_t size)
{
    const size_t len = strlen(text);
    if (len >= size)
        return false;
    memcpy(out, text, len + 1);
    return true;
}

bool ost_result_take_number(json_t *json, struct ost_number *out)
{
    const char *unit = NULL, *how = NULL;
    return json_unpack_ex(json, NULL, JSON_STRICT, "{s:F, s:s, s:F, s:F, s:F, s:s}", "value",
                          &out->value, "unit", &unit, "low", &out->low, "high", &out->high, "level",
                          &out->level, "how", &how) == 0 &&
           take_text(unit, out->unit, sizeof out->unit) &&
           take_text(how, out->how, sizeof out->how);
}

/* NULL where a number is none: then the whole is not written. */
static json_t *masses_json(const struct ost_result_layers *in)
{
    json_t *all = json_array();
    bool ok = all != NULL;
    for (size_t v = 0; ok && v < in->view_count; v++) {
        json_t *one = json_object();
        for (int k = 0; ok && k < OST_RESULT_LAYERS; k++)
            ok = json_object_set_new(one, ost_result_layer_name(k), json_real(in->mass_g[v][k])) ==
                 0;
        ok = json_array_append_new(all, one) == 0 && ok;
    }
    if (ok)
        return all;
    json_decref(all);
    return NULL;
}

static json_t *sites_json(const struct ost_result_layers *in)
{
    json_t *all = json_object();
    bool ok = all != NULL;
    for (size_t s = 0; ok && s < in->site_count; s++)
        ok = json_object_set_new(all, in->site[s].name,
                                 json_pack("{s:o, s:o}", "areal",
                                           ost_result_number_json(&in->site[s].areal), "volumetric",
                                           ost_result_number_json(&in->site[s].volumetric))) == 0;
    if (ok)
        return all;
    json_decref(all);
    return NULL;
}

json_t *ost_result_layers_json(const struct ost_result_layers *in)
{
    return json_pack("{s:s, s:s, s:b, s:o, s:o}", "file", "layers.json", "calibration", in->how,
                     "relative", (int)in->relative, "mass_g", masses_json(in), "densities",
                     sites_json(in));
}

static bool take_masses(const json_t *list, struct ost_result_layers *out)
{
    out->view_count = json_array_size(list);
    if (out->view_count < 1 || out->view_count > OST_CASE_VIEWS)
        return false;
    for (size_t v = 0; v < out->view_count; v++)
        for (int k = 0; k < OST_RESULT_LAYERS; k++) {
            const json_t *mass = json_object_get(json_array_get(list, v), ost_result_layer_name(k));
            if (!json_is_number(mass))
                return false;
            out->mass_g[v][k] = json_number_value(mass);
        }
    return true;
}

static bool take_sites(json_t *sites, struct ost_result_layers *out)
{
    const char *name;
    json_t *json;
    out->site_count = 0;
    json_object_foreach(sites, name, json)
    {
        if (out->site_count == OST_RESULT_SITES)
            return false;
        struct ost_result_site *site = &out->site[out->site_count++];
        if (!take_text(name, site->name, sizeof site->name) ||
            !ost_result_take_number(json_object_get(json, "areal"), &site->areal) ||
            !ost_result_take_number(json_object_get(json, "volumetric"), &site->volumetric))
            return false;
    }
    return true;
}

bool ost_result_take_layers(json_t *json, struct ost_result_layers *out)
{
    const char *file = NULL, *how = NULL;
    json_t *masses = NULL, *sites = NULL;
    int relative = 0;
    if (json_unpack_ex(json, NULL, JSON_STRICT, "{s:s, s:s, s:b, s:o, s:o}", "file", &file,
                       "calibration", &how, "relative", &relative, "mass_g", &masses, "densities",
                       &sites) != 0)
        return false;
    out->relative = relative != 0;
    return take_text(how, out->how, sizeof out->how) && take_masses(masses, out) &&
           take_sites(sites, out);
}
