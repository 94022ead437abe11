#include "services/tool/compare_surface.h"

#include "recon/base/array.h"
#include "recon/math/dense.h"
#include "recon/mesh/file.h"
#include "recon/mesh/measure.h"
#include "services/casefile/disk.h"

#include <math.h>
#include <string.h>

enum { FILE_MOST = 1 << 28, TRIANGLES_MOST = 4000000 };
static const double side_mm[2] = {10.0, 1000.0}; /* of a bone or a part of one */
static const double slim_mm = 9.0;               /* nor is a forearm bone so slim all along */

static const struct ost_surface_unit units[] = {
    {"mm", 1.0}, {"cm", 10.0}, {"m", 1000.0}, {"in", 25.4}};

const struct ost_surface_unit *ost_surface_unit_of(const char *name)
{
    for (size_t i = 0; name != NULL && i < OST_COUNT(units); i++)
        if (strcmp(units[i].name, name) == 0)
            return &units[i];
    return name == NULL ? &units[0] : NULL;
}

static void enlarge(struct ost_mesh *mesh, double factor)
{
    for (uint32_t v = 0; v < mesh->vertex_count; v++)
        for (int k = 0; k < 3; k++)
            mesh->vertex[v][k] = (float)((double)mesh->vertex[v][k] * factor);
}

/* Spans along the surface's own three axes, longest first. */
static void spans(const struct ost_mesh *mesh, double out[3])
{
    double middle[3] = {0.0}, spread[9] = {0.0}, value[3], axis[9];
    for (uint32_t v = 0; v < mesh->vertex_count; v++)
        for (int k = 0; k < 3; k++)
            middle[k] += (double)mesh->vertex[v][k] / mesh->vertex_count;
    for (uint32_t v = 0; v < mesh->vertex_count; v++)
        for (int k = 0; k < 9; k++)
            spread[k] += ((double)mesh->vertex[v][k / 3] - middle[k / 3]) *
                         ((double)mesh->vertex[v][k % 3] - middle[k % 3]);
    ost_eigen_symmetric(spread, 3, value, axis);
    for (int a = 0; a < 3; a++) {
        double low = HUGE_VAL, high = -HUGE_VAL;
        for (uint32_t v = 0; v < mesh->vertex_count; v++) {
            double at = 0.0;
            for (int k = 0; k < 3; k++)
                at += axis[3 * a + k] * (double)mesh->vertex[v][k];
            low = fmin(low, at);
            high = fmax(high, at);
        }
        out[a] = high - low;
    }
}

/* The unit in which these spans would be a bone's; NULL where there is none. */
static const char *likely_unit(const double span[3])
{
    static const double bone_mm[2] = {15.0, 450.0};
    for (size_t i = OST_COUNT(units); i-- > 1;)
        if (span[0] * units[i].mm > bone_mm[0] && span[0] * units[i].mm < bone_mm[1] &&
            span[1] * units[i].mm > slim_mm)
            return units[i].name;
    return NULL;
}

/* A surface as large as a bone can be, wound outwards. */
static bool is_a_bone(struct ost_mesh *mesh, struct ost_err *err)
{
    struct ost_mesh_facts facts;
    double span[3];
    if (!ost_mesh_measure(mesh, &facts, err))
        return false;
    spans(mesh, span);
    if (span[0] < side_mm[0] || span[0] > side_mm[1] || span[1] < slim_mm) {
        const char *unit = likely_unit(span);
        return ost_fail(err, OST_INVALID,
                        "a surface %.3g mm long and %.3g mm wide is no bone: surfaces are in "
                        "millimetres%s%s",
                        span[0], span[1], unit == NULL ? "" : ", or say --unit ",
                        unit == NULL ? "" : unit);
    }
    if (facts.closed && facts.volume < 0.0)
        ost_mesh_flip(mesh);
    return true;
}

bool ost_surface_load(const char *dir, const char *name, const struct ost_surface_unit *unit,
                      struct ost_mesh **out, struct ost_err *err)
{
    struct ost_buf bytes;
    ost_buf_init(&bytes, FILE_MOST);
    bool ok = ost_disk_read(dir, name, &bytes, err) &&
              ost_mesh_read(bytes.ptr, bytes.len, TRIANGLES_MOST, out, err);
    ost_buf_fini(&bytes);
    if (ok)
        enlarge(*out, unit->mm);
    return ok && is_a_bone(*out, err);
}
