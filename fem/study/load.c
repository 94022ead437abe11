#include "fem/study/load.h"

#include "fem/study/part.h"
#include "recon/math/vec.h"

#include <string.h>

/* Along radial, volar and axis, from the anatomy's origin. */
static void to_frame(const struct ost_study_anatomy *a, const double point[3], double out[3])
{
    double from[3];
    ost_sub(point, a->origin, from);
    out[0] = ost_dot(from, a->radial);
    out[1] = ost_dot(from, a->volar);
    out[2] = ost_dot(from, a->axis);
}

static void from_frame(const struct ost_study_anatomy *a, const double q[3], double out[3])
{
    ost_along(a->origin, q[0], a->radial, out);
    ost_along(out, q[1], a->volar, out);
    ost_along(out, q[2], a->axis, out);
}

/*
 * The lunate fossa is as wide on both sides of its lips' middle; the scaphoid fossa goes
 * on from there to the styloid. Each disc fills most of its fossa.
 */
bool ost_fossa_discs(const struct ost_study_anatomy *anatomy, struct ost_disc disc[OST_FOSSAE],
                     struct ost_err *err)
{
    double styloid[3], corner[2][3], lip[2][3], lunate[3], scaphoid[3];
    to_frame(anatomy, anatomy->styloid, styloid);
    to_frame(anatomy, anatomy->corner_volar, corner[0]);
    to_frame(anatomy, anatomy->corner_dorsal, corner[1]);
    to_frame(anatomy, anatomy->lip_volar, lip[0]);
    to_frame(anatomy, anatomy->lip_dorsal, lip[1]);
    for (int k = 0; k < 3; k++)
        lunate[k] = 0.5 * (lip[0][k] + lip[1][k]);
    double ulnar = 0.5 * (corner[0][0] + corner[1][0]), width = styloid[0] - ulnar;
    double depth = fabs(lip[0][1] - lip[1][1]);
    if (!(width > 8.0 && width < 60.0 && depth > 4.0 && depth < 60.0)) {
        return ost_fail(err, OST_INVALID,
                        "the radius' joint surface is %.1f x %.1f mm by its landmarks", width,
                        depth);
    }
    /* The ridge between the fossae, kept within the middle of the surface. */
    double ridge = ulnar + 2.0 * (lunate[0] - ulnar);
    ridge = fmin(ulnar + 0.6 * width, fmax(ulnar + 0.35 * width, ridge));
    lunate[0] = 0.5 * (ulnar + ridge);
    scaphoid[0] = 0.5 * (ridge + styloid[0]);
    scaphoid[1] = 0.5 * (lunate[1] + styloid[1]);
    scaphoid[2] = 0.5 * (lunate[2] + styloid[2]);
    from_frame(anatomy, lunate, disc[OST_LUNATE_FOSSA].centre);
    from_frame(anatomy, scaphoid, disc[OST_SCAPHOID_FOSSA].centre);
    disc[OST_LUNATE_FOSSA].radius = 0.45 * fmin(ridge - ulnar, depth);
    disc[OST_SCAPHOID_FOSSA].radius = 0.45 * fmin(styloid[0] - ridge, depth);
    return true;
}

void ost_face_takers(const struct ost_tet_mesh *mesh, const struct ost_boundary *boundary,
                     uint32_t face, uint32_t node[3])
{
    const uint32_t *f = boundary->face[face], *t = mesh->tet[boundary->tet[face]];
    int found = 0;
    memcpy(node, f, 3 * sizeof *node);
    for (int k = 0; k < 6 && mesh->middle != NULL; k++) {
        int on = 0;
        for (int end = 0; end < 2; end++) {
            uint32_t corner = t[ost_tet_edge[k][end]];
            on += corner == f[0] || corner == f[1] || corner == f[2];
        }
        if (on == 2 && found < 3)
            node[found++] = mesh->middle[boundary->tet[face]][k];
    }
}

/* Area along the axis of a face under the disc times its weight; 0 elsewhere. */
static double weight_of(const struct ost_pressed *body, const struct ost_disc *disc, uint32_t face,
                        double *area)
{
    const uint32_t *f = body->boundary->face[face];
    const double reach_mm = 10.0, facing = 0.3;
    double u[3], v[3], normal[3], middle[3] = {0.0}, from[3];
    ost_sub(body->mesh->node[f[1]], body->mesh->node[f[0]], u);
    ost_sub(body->mesh->node[f[2]], body->mesh->node[f[0]], v);
    ost_cross(u, v, normal);
    *area = 0.5 * ost_unit(normal);
    for (int k = 0; k < 3; k++)
        ost_along(middle, 1.0 / 3.0, body->mesh->node[f[k]], middle);
    ost_sub(middle, disc->centre, from);
    double along = ost_dot(from, body->anatomy->axis);
    double across2 = ost_dot(from, from) - along * along;
    double toward = ost_dot(normal, body->anatomy->axis);
    bool joint = ost_material_has_joint(body->material, body->boundary->tet[face]);
    double inside = 1.0 - across2 / (disc->radius * disc->radius);
    if (!joint || toward < facing || fabs(along) > reach_mm || inside <= 0.0)
        return 0.0;
    return *area * toward * inside;
}

bool ost_disc_press(const struct ost_pressed *body, const struct ost_disc *disc,
                    const double force[3], double (*nodal)[3], struct ost_disc_load *out,
                    struct ost_err *err)
{
    double sum = 0.0, area = 0.0;
    *out = (struct ost_disc_load){0};
    for (uint32_t i = 0; i < body->boundary->face_count; i++) {
        double weight = weight_of(body, disc, i, &area);
        sum += weight;
        out->faces += weight > 0.0;
        out->area += weight > 0.0 ? area : 0.0;
    }
    if (!(sum > 0.0)) {
        return ost_fail(err, OST_INVALID,
                        "no joint surface within %.1f mm of where a carpal bone should press",
                        disc->radius);
    }
    out->peak = ost_length(force) / sum;
    for (uint32_t i = 0; i < body->boundary->face_count; i++) {
        double share = weight_of(body, disc, i, &area) / sum / 3.0;
        uint32_t node[3];
        ost_face_takers(body->mesh, body->boundary, i, node);
        for (int k = 0; k < 3 && share > 0.0; k++)
            ost_along(nodal[node[k]], share, force, nodal[node[k]]);
    }
    return true;
}
