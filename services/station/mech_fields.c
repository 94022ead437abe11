#include "fem/mesh/skin.h"
#include "fem/mesh/vtu.h"
#include "fem/solve/stress.h"
#include "recon/base/array.h"
#include "recon/math/vec.h"
#include "recon/mesh/glb.h"
#include "recon/mesh/measure.h"
#include "services/casefile/disk.h"
#include "services/station/mech_figure_impl.h"
#include "services/station/mech_impl.h"

#include <stdio.h>
#include <stdlib.h>

static const size_t vtu_most = (size_t)1 << 30, glb_most = (size_t)1 << 28;

/* Small numbers, one per element, as a field; NULL where there are none. */
static double *field_of(const uint8_t *value, uint32_t count)
{
    double *field = value != NULL ? calloc((size_t)count + 1, sizeof *field) : NULL;
    for (uint32_t e = 0; e < count && field != NULL; e++)
        field[e] = value[e];
    return field;
}

enum { ABOUT = 640 };

/* What a picture can be trusted for goes with it, wherever it is looked at. */
static void tell_about(const struct mech *m, char out[ABOUT])
{
    const struct ost_study_result *r = m->answer;
    const struct ost_fem_result *a = r->answer;
    char load[64] = "";
    if (m->study.load != OST_LOAD_COUPLE)
        (void)snprintf(load, sizeof load, " %.0f N", m->study.load_n);
    (void)snprintf(
        out, ABOUT,
        "%s%s, %s%s; law %s; density %s; %.2f %% of the volume clamped; %s after %u "
        "iterations, residual %.0e, reactions off by %.0e%s%s; osteon: planning support, "
        "no diagnosis",
        m->study.name, load, m->name, m->result->simulated ? " (simulated)" : "",
        m->study.law->name, m->calibration, 100.0 * r->clamped_share,
        ost_fem_reason_name(a->reason), a->iterations, a->relative_residual, a->reaction_error,
        m->metal ? "; metal in the CT: not to be trusted near it" : "",
        mech_moves_far(m) ? "; moves too far for an answer of small motions" : "");
}

static bool write_vtu(const struct mech *mech, const double *density_at_node, struct ost_err *err)
{
    const struct ost_study_result *r = mech->answer;
    const struct ost_vtu_field node[] = {
        {"displacement_mm", r->answer->displacement[0], 3},
        {"von_mises_mpa", r->von_mises_at_node, 1},
        {"density_mg_cm3", density_at_node, 1},
    };
    const uint32_t tets = mech->model->mesh->tet_count;
    /* 1 yielded, 2 cracked, 4 crushed, and their sums; of enum ost_material. */
    double *fate = field_of(r->plastic != NULL ? r->plastic->fate : NULL, tets);
    double *material = field_of(mech->model->material, tets);
    struct ost_vtu_field tet[7] = {
        {"density_mg_cm3", mech->model->density, 1}, {"modulus_mpa", r->modulus, 1},
        {"von_mises_mpa", r->von_mises, 1},          {"stress_mpa", r->stress[0], 6},
        {"coulomb_mohr_index", r->index, 1},
    };
    size_t fields = 5;
    if (fate != NULL)
        tet[fields++] = (struct ost_vtu_field){"fate", fate, 1};
    if (material != NULL)
        tet[fields++] = (struct ost_vtu_field){"material", material, 1};
    char name[OST_MECH_PATH];
    mech_file(mech, "radius.vtu", ".vtu", name);
    char about[ABOUT];
    tell_about(mech, about);
    const struct ost_vtu vtu = {mech->model->mesh, node, OST_COUNT(node), tet, fields, about};
    struct ost_buf out;
    ost_buf_init(&out, vtu_most);
    bool ok =
        (r->plastic == NULL || fate != NULL) && (mech->model->material == NULL || material != NULL);
    ok = ok || ost_fail(err, OST_NOMEM, "no room for the fields of %u elements", tets);
    ok = ok && ost_vtu_write(&vtu, &out, err) && ost_disk_write(mech->case_dir, name, &out, err);
    ost_buf_fini(&out);
    free(fate);
    free(material);
    return ok;
}

/* The mean density over the outer three millimetres at a vertex, along its normal. */
static double density_beneath(const struct mech *mech, const float vertex[3], const float normal[3])
{
    const int steps = 6;
    double sum = 0.0;
    for (int i = 0; i < steps; i++) {
        double depth = 3.0 * (i + 0.5) / steps, p[3];
        for (int k = 0; k < 3; k++)
            p[k] = (double)vertex[k] - depth * (double)normal[k];
        sum += ost_grid_at(mech->model->extended, p, 0.0);
    }
    return sum / steps;
}

/* Density, stress and displacement, vertex by vertex, in one block of floats. */
static float *fields_of(const struct mech *mech, const struct ost_mesh *skin, const uint32_t *node)
{
    const struct ost_study_result *r = mech->answer;
    size_t count = skin->vertex_count;
    float *value = calloc(3 * count + 1, sizeof *value);
    float(*normal)[3] = calloc(count + 1, sizeof *normal);
    if (value == NULL || normal == NULL) {
        free(value);
        free(normal);
        return NULL;
    }
    ost_mesh_vertex_normals(skin, normal);
    for (size_t v = 0; v < count; v++) {
        value[v] = (float)density_beneath(mech, skin->vertex[v], normal[v]);
        value[count + v] = (float)r->von_mises_at_node[node[v]];
        value[2 * count + v] = (float)ost_length(r->answer->displacement[node[v]]);
    }
    free(normal);
    return value;
}

static bool write_skin(const struct mech *mech, const struct ost_mesh *skin, const uint32_t *node,
                       struct ost_err *err)
{
    size_t count = skin->vertex_count;
    float *value = fields_of(mech, skin, node);
    if (value == NULL)
        return ost_fail(err, OST_NOMEM, "no room for the fields of %zu vertices", count);
    const struct ost_glb_attribute attribute[] = {
        {"_DENSITY_MG_CM3", value},
        {"_VON_MISES_MPA", value + count},
        {"_DISPLACEMENT_MM", value + 2 * count},
    };
    struct ost_buf out;
    char name[OST_MECH_PATH], about[ABOUT];
    tell_about(mech, about);
    mech_file(mech, "radius_fields.glb", "_fields.glb", name);
    ost_buf_init(&out, glb_most);
    bool ok = ost_glb_write_about(skin, about, attribute, OST_COUNT(attribute), &out, err) &&
              ost_disk_write(mech->case_dir, name, &out, err);
    ost_buf_fini(&out);
    const struct mech_figure figure = {skin, value + count, about};
    ok = ok && mech_write_figure(mech, &figure, err);
    free(value);
    return ok;
}

static bool write_glb(const struct mech *mech, struct ost_err *err)
{
    OST_AUTO(ost_mesh) skin = NULL;
    uint32_t *node = NULL;
    if (!ost_skin_create(mech->model->boundary, mech->model->mesh, &skin, &node, err))
        return false;
    bool ok = write_skin(mech, skin, node, err);
    free(node);
    return ok;
}

bool mech_write_fields(const struct mech *mech, struct ost_err *err)
{
    const struct ost_tet_mesh *mesh = mech->model->mesh;
    double *density_at_node = calloc((size_t)mesh->node_count + 1, sizeof *density_at_node);
    if (density_at_node == NULL)
        return ost_fail(err, OST_NOMEM, "no room for the density of %u nodes", mesh->node_count);
    bool ok = ost_fem_nodal_mean(mesh, mech->model->density, density_at_node, err) &&
              write_vtu(mech, density_at_node, err) && write_glb(mech, err);
    free(density_at_node);
    return ok;
}
