#include "fem/study/end.h"

#include "fem/study/model_impl.h"
#include "recon/math/vec.h"

/* Unit normal and area of a boundary face; whether it is the body's and its middle in the end. */
static bool face_of(const struct ost_pressed *body, const struct ost_end *end, uint32_t i,
                    double normal[3], double *area)
{
    const uint32_t *f = body->boundary->face[i];
    double u[3], v[3], middle[3] = {0.0};
    ost_sub(body->mesh->node[f[1]], body->mesh->node[f[0]], u);
    ost_sub(body->mesh->node[f[2]], body->mesh->node[f[0]], v);
    ost_cross(u, v, normal);
    *area = 0.5 * ost_unit(normal);
    for (int k = 0; k < 3; k++)
        ost_along(middle, 1.0 / 3.0, body->mesh->node[f[k]], middle);
    double depth = model_depth(body->anatomy, middle);
    bool other = body->ulna && body->material[body->boundary->tet[i]] != OST_MATERIAL_ULNA;
    return !other && depth >= end->from && depth <= end->to;
}

static double seen(const struct ost_pressed *body, const struct ost_end *end, uint32_t i,
                   double *area)
{
    const double facing = 0.3;
    double normal[3];
    if (!face_of(body, end, i, normal, area))
        return 0.0;
    double toward = ost_dot(normal, body->anatomy->axis);
    return toward > facing ? *area * toward : 0.0;
}

bool ost_end_press(const struct ost_pressed *body, const struct ost_end *end, const double force[3],
                   double (*nodal)[3], struct ost_disc_load *out, struct ost_err *err)
{
    double sum = 0.0, area = 0.0;
    *out = (struct ost_disc_load){0};
    for (uint32_t i = 0; i < body->boundary->face_count; i++) {
        double weight = seen(body, end, i, &area);
        sum += weight;
        out->faces += weight > 0.0;
        out->area += weight > 0.0 ? area : 0.0;
    }
    if (!(sum > 0.0)) {
        return ost_fail(err, OST_INVALID,
                        "no surface looks along the axis within %.1f mm of the bone's end",
                        end->to - end->from);
    }
    out->peak = ost_length(force) / sum;
    for (uint32_t i = 0; i < body->boundary->face_count; i++) {
        double share = seen(body, end, i, &area) / sum / 3.0;
        uint32_t node[3];
        ost_face_takers(body->mesh, body->boundary, i, node);
        for (int k = 0; k < 3 && share > 0.0; k++)
            ost_along(nodal[node[k]], share, force, nodal[node[k]]);
    }
    return true;
}

static void add_inertia(const double p[3], const double middle[3], double part, double sum[9])
{
    double r[3];
    ost_sub(p, middle, r);
    for (int a = 0; a < 9; a++)
        sum[a] += part * ((a % 4 == 0 ? ost_dot(r, r) : 0.0) - r[a / 3] * r[a % 3]);
}

/* Adds to the middle, or with `middle` given to the inertia about it. */
static double gather(const struct ost_pressed *body, const struct ost_end *end,
                     const double *middle, double *sum, struct ost_disc_load *out)
{
    double total = 0.0, area = 0.0, normal[3];
    out->faces = 0;
    for (uint32_t i = 0; i < 3 * body->boundary->face_count; i++) {
        if (!face_of(body, end, i / 3, normal, &area))
            continue;
        uint32_t node[3];
        ost_face_takers(body->mesh, body->boundary, i / 3, node);
        const double *p = body->mesh->node[node[i % 3]];
        out->faces += i % 3 == 0;
        total += area / 3.0;
        if (middle == NULL) {
            ost_along(sum, area / 3.0, p, sum);
        } else {
            add_inertia(p, middle, area / 3.0, sum);
        }
    }
    return total;
}

/* Solves m x = b for a symmetric positive 3 x 3 by its cofactors. */
static bool solve3(const double m[9], const double b[3], double x[3])
{
    double c[3][3];
    ost_cross(m + 3, m + 6, c[0]);
    ost_cross(m + 6, m, c[1]);
    ost_cross(m, m + 3, c[2]);
    double det = ost_dot(m, c[0]), size = m[0] + m[4] + m[8];
    if (!(det > 1e-9 * size * size * size))
        return false;
    for (int k = 0; k < 3; k++)
        x[k] = (c[0][k] * b[0] + c[1][k] * b[1] + c[2][k] * b[2]) / det;
    return true;
}

bool ost_end_couple(const struct ost_pressed *body, const struct ost_end *end,
                    const double moment[3], double (*nodal)[3], struct ost_disc_load *out,
                    struct ost_err *err)
{
    double middle[3] = {0.0}, inertia[9] = {0.0}, turn[3], area = 0.0, normal[3];
    *out = (struct ost_disc_load){0};
    out->area = gather(body, end, NULL, middle, out);
    for (int k = 0; k < 3 && out->area > 0.0; k++)
        middle[k] /= out->area;
    (void)gather(body, end, middle, inertia, out);
    if (out->faces < 4 || !solve3(inertia, moment, turn)) {
        return ost_fail(err, OST_INVALID, "the bone's end has %u faces: too few for a couple",
                        out->faces);
    }
    for (uint32_t i = 0; i < body->boundary->face_count; i++) {
        if (!face_of(body, end, i, normal, &area))
            continue;
        uint32_t node[3];
        ost_face_takers(body->mesh, body->boundary, i, node);
        for (int k = 0; k < 3; k++) {
            double r[3], force[3];
            ost_sub(body->mesh->node[node[k]], middle, r);
            ost_cross(turn, r, force);
            ost_along(nodal[node[k]], area / 3.0, force, nodal[node[k]]);
            out->peak = fmax(out->peak, ost_length(force));
        }
    }
    return true;
}
