#include "services/station/mech_impl.h"

#include <stdio.h>
#include <string.h>

static bool name_is_plain(const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";
    size_t len = strlen(name);
    return len > 0 && len < OST_STUDY_NAME && strspn(name, allowed) == len;
}

/* What a study file holds, before it is judged. */
struct draft {
    const char *name, *law, *load, *mapping, *yield, *fixation;
    int iterations, increments, nodes, ulna;
};

/* What is wrong, in `why`: a key that nobody knows, a number that is a word. */
static bool unpack(json_t *root, struct ost_study *out, struct draft *draft, json_error_t *why)
{
    static const char format[] = "{s:i, s:s, s?F, s?F, s?F, s?[F, F, F], s?F, s?F, s?F, s?s, s?F,"
                                 " s?F, s?i, s?s, s?s, s?[F, F, F], s?F, s?F, s?s, s?i, s?F,"
                                 " s?i, s?F, s?F, s?s, s?F, s?F, s?F, s?b !}";
    int version = 0;
    return json_unpack_ex(root, why, 0, format, "osteon_study", &version, "name", &draft->name,
                          "load_n", &out->load_n, "radius_share", &out->radius_share,
                          "scaphoid_share", &out->scaphoid_share, "direction", &out->direction[0],
                          &out->direction[1], &out->direction[2], "length_mm", &out->length_mm,
                          "lattice_mm", &out->lattice_mm, "poisson", &out->poisson, "law",
                          &draft->law, "least_mpa", &out->least_mpa, "tolerance", &out->tolerance,
                          "iterations_most", &draft->iterations, "load", &draft->load, "mapping",
                          &draft->mapping, "moment_nmm", &out->moment[0], &out->moment[1],
                          &out->moment[2], "end_mm", &out->end_mm, "held_mm", &out->held_mm,
                          "yield", &draft->yield, "increments", &draft->increments, "membrane_mm",
                          &out->membrane_mm, "nodes", &draft->nodes, "coarsen", &out->coarsen,
                          "gap_mpa", &out->gap_mpa, "fixation", &draft->fixation, "implant_mpa",
                          &out->implant_mpa, "cartilage_mm", &out->cartilage_mm, "cartilage_mpa",
                          &out->cartilage_mpa, "ulna", &draft->ulna) == 0 &&
           version == 1;
}

/* A load or a mapping of no known name is past the last, which the check refuses. */
static void name_ways(const struct draft *draft, struct ost_study *out)
{
    if (draft->load != NULL)
        out->load = ost_study_load_of(draft->load);
    if (draft->mapping != NULL)
        out->mapping = ost_study_mapping_of(draft->mapping);
    if (draft->yield != NULL)
        out->yield = ost_study_yield_of(draft->yield);
    if (draft->fixation != NULL)
        out->fixation = ost_study_fixation_of(draft->fixation);
}

static bool judge(const struct draft *draft, struct ost_study *out, struct ost_err *err)
{
    if (!name_is_plain(draft->name)) {
        return ost_fail(err, OST_INVALID, "study: its name must be up to %d letters a-z, 0-9, _ -",
                        OST_STUDY_NAME - 1);
    }
    (void)snprintf(out->name, sizeof out->name, "%s", draft->name);
    if (draft->law != NULL)
        out->law = ost_law_find(draft->law);
    name_ways(draft, out);
    out->iterations_most = draft->iterations > 0 ? (uint32_t)draft->iterations : 0;
    out->increments = draft->increments > 0 ? (uint32_t)draft->increments : 0;
    out->nodes = draft->nodes > 0 ? (uint32_t)draft->nodes : 0;
    out->ulna = draft->ulna != 0;
    return ost_study_check(out, err);
}

bool mech_study_parse(const void *json, size_t len, struct ost_study *out, struct ost_err *err)
{
    *out = ost_study_axial();
    return mech_study_amend(json, len, out, err);
}

bool mech_study_amend(const void *json, size_t len, struct ost_study *out, struct ost_err *err)
{
    json_error_t why = {.line = -1};
    json_t *root = json_loadb(json, len, JSON_REJECT_DUPLICATES, &why);
    struct draft draft = {.iterations = (int)out->iterations_most,
                          .increments = (int)out->increments,
                          .nodes = (int)out->nodes,
                          .ulna = out->ulna};
    bool ok = root != NULL && unpack(root, out, &draft, &why);
    if (!ok) {
        (void)ost_fail(err, OST_INVALID,
                       "the study file is not one of ours, an object with osteon_study 1 and name: "
                       "%.120s",
                       why.text[0] != '\0' ? why.text : "another version");
    }
    ok = ok && judge(&draft, out, err);
    json_decref(root);
    return ok;
}
