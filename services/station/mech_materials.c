/* What a study is made of, and what each of it bears, in fem.json. */
#include "services/station/mech_impl.h"

#include <stdio.h>

const char *mech_state_how(const struct mech *m)
{
    if (!m->options->planned)
        return "the bone as it is";
    if (m->study.gap_mpa == 0.0)
        return m->study.fixation == OST_FIXATION_NONE
                   ? "the bone as the plan leaves it once healed: the fragment moved, bone from "
                     "section to section in its gap, outline and density; no graft, no plate"
                   : "the bone as the plan leaves it once healed, the plate still on it: the "
                     "fragment moved, bone from section to section in its gap";
    return m->study.fixation == OST_FIXATION_NONE
               ? "the bone on the day it is cut: the fragment moved, the gap filled by what is "
                 "softer than bone; where fragments meet they are taken as one; nothing holds them"
               : "the bone on the day it is cut: the fragment moved, the gap filled by what is "
                 "softer than bone, a plate across it; where fragments meet they are taken as one";
}

static json_t *fixation_json(const struct mech *m)
{
    if (m->fixed == NULL)
        return json_null();
    return json_pack(
        "{s:s, s:i, s:i, s:f, s:s}", "plate", m->plan_plates ? "plan" : "volar", "plates",
        (int)m->plates, "screws", (int)m->screws, "modulus_mpa", m->study.implant_mpa, "how",
        m->plan_plates ? "the plan's plates and screws; a plate's shape is assumed: 2 mm thick, "
                         "1.5 mm off the bone, as long and as broad as its screws ask"
                       : "no plate in the plan: a volar one is assumed, 2 mm thick, 1.5 mm off "
                         "the bone; screws are bonded to plate and bone");
}

static json_t *material_json(const struct mech *m, enum ost_material material)
{
    const struct ost_material_stress *s = &m->answer->material[material];
    json_t *json =
        json_pack("{s:i, s:f, s:f, s:f, s:f}", "tetrahedra", (int)s->tets, "volume_mm3", s->volume,
                  "mean_mpa", s->mean, "p99_mpa", s->p99, "peak_mpa", s->peak);
    double modulus = material == OST_MATERIAL_GAP         ? m->study.gap_mpa
                     : material == OST_MATERIAL_CARTILAGE ? m->study.cartilage_mpa
                     : material <= OST_MATERIAL_PLATE     ? m->study.implant_mpa
                                                          : 0.0;
    if (json != NULL && modulus > 0.0 &&
        json_object_set_new(json, "modulus_mpa", json_real(modulus)) != 0) {
        json_decref(json);
        return NULL;
    }
    return json;
}

static json_t *materials_json(const struct mech *m)
{
    json_t *all = json_object();
    for (int i = 0; i < OST_MATERIALS && all != NULL; i++) {
        if (m->answer->material[i].tets > 0 &&
            json_object_set_new(all, ost_material_name((enum ost_material)i),
                                material_json(m, (enum ost_material)i)) != 0) {
            json_decref(all);
            all = NULL;
        }
    }
    return all;
}

bool mech_put_materials(const struct mech *m, json_t *root)
{
    json_t *all = materials_json(m);
    json_t *part = json_pack("{s:i, s:f, s:f, s:f, s:b, s:o, s:o}", "element_nodes",
                             (int)m->study.nodes, "coarsen", m->study.coarsen, "gap_mpa",
                             m->study.gap_mpa, "cartilage_mm", m->study.cartilage_mm, "with_ulna",
                             (int)m->study.ulna, "fixation", fixation_json(m), "materials", all);
    return part != NULL && json_object_update_new(root, part) == 0;
}
