#include "recon/math/vec.h"
#include "recon/shape/train_impl.h"

#include <float.h>

/* The vertex farthest along `way` among those inside the box. */
static uint32_t farthest(const struct ost_mesh *mesh, const double way[3], const double low[3],
                         const double high[3])
{
    uint32_t best = 0;
    double most = -DBL_MAX;
    for (uint32_t v = 0; v < mesh->vertex_count; v++) {
        double p[3];
        ost_train_vertex_at(mesh, v, p);
        bool inside = true;
        for (int k = 0; k < 3; k++)
            inside = inside && p[k] >= low[k] && p[k] <= high[k];
        if (inside && ost_dot(p, way) > most) {
            most = ost_dot(p, way);
            best = v;
        }
    }
    return best;
}

static uint32_t nearest(const struct ost_mesh *mesh, const double point[3])
{
    uint32_t best = 0;
    double least = DBL_MAX;
    for (uint32_t v = 0; v < mesh->vertex_count; v++) {
        double p[3];
        ost_train_vertex_at(mesh, v, p);
        if (ost_distance(p, point) < least) {
            least = ost_distance(p, point);
            best = v;
        }
    }
    return best;
}

void ost_train_mark_point(const struct ost_mesh *mesh, const struct marks *marks,
                          enum ost_landmark which, double out[3])
{
    ost_train_vertex_at(mesh, marks->vertex[which], out);
}

void ost_train_mark_border(const struct ost_mesh *mesh, const struct marks *marks, double out[3])
{
    double a[3], b[3];
    ost_train_mark_point(mesh, marks, OST_ULNAR_CORNER_VOLAR, a);
    ost_train_mark_point(mesh, marks, OST_ULNAR_CORNER_DORSAL, b);
    for (int k = 0; k < 3; k++)
        out[k] = 0.5 * (a[k] + b[k]);
}

/*
 * Corners and lips are where the rim turns: the farthest points along directions
 * between the two faces that meet there.
 */
void ost_train_mark_radius(const struct ost_mesh *mesh, struct marks *out)
{
    static const double styloid[3] = {-0.30, -0.05, -0.95};
    static const double corner_volar[3] = {0.75, -0.50, -0.43};
    static const double corner_dorsal[3] = {0.75, 0.50, -0.43};
    static const double lip_volar[3] = {0.0, -0.60, -0.80};
    static const double lip_dorsal[3] = {0.0, 0.45, -0.89};
    static const double dorsal[3] = {0.0, 1.0, 0.0};
    double z = ost_train_mesh_lowest(mesh), s[3], u[3], d[3], notch[3];
    double low[3] = {-1e3, -1e3, z}, high[3] = {1e3, 1e3, z + 20.0};
    out->vertex[OST_STYLOID] = farthest(mesh, styloid, low, high);
    out->vertex[OST_ULNAR_CORNER_VOLAR] = farthest(mesh, corner_volar, low, high);
    out->vertex[OST_ULNAR_CORNER_DORSAL] = farthest(mesh, corner_dorsal, low, high);
    ost_train_mark_point(mesh, out, OST_STYLOID, s);
    ost_train_mark_border(mesh, out, u);

    double facet = u[0] + 0.24 * (s[0] - u[0]); /* the middle of the lunate's half */
    low[0] = facet - 1.2;
    high[0] = facet + 1.2;
    out->vertex[OST_LIP_VOLAR] = farthest(mesh, lip_volar, low, high);
    out->vertex[OST_LIP_DORSAL] = farthest(mesh, lip_dorsal, low, high);
    ost_train_mark_point(mesh, out, OST_LIP_DORSAL, d);

    notch[0] = u[0] + 2.0;
    notch[1] = u[1];
    notch[2] = u[2] + 3.5;
    out->vertex[OST_SIGMOID_NOTCH] = nearest(mesh, notch);

    low[0] = s[0] + 0.25 * (u[0] - s[0]);
    high[0] = s[0] + 0.75 * (u[0] - s[0]);
    low[2] = d[2] + 3.0;
    high[2] = d[2] + 18.0;
    out->vertex[OST_LISTER] = farthest(mesh, dorsal, low, high);
}

void ost_train_mark_ulna(const struct ost_mesh *mesh, struct marks *out)
{
    static const double distal[3] = {0.0, 0.0, -1.0};
    const double all[3] = {-1e3, -1e3, -1e3}, most[3] = {1e3, 1e3, 1e3};
    out->vertex[OST_ULNAR_STYLOID] = farthest(mesh, distal, all, most);
    /* The dome lies on the side away from the styloid. */
    double tip[3];
    ost_train_mark_point(mesh, out, OST_ULNAR_STYLOID, tip);
    double away[3] = {-tip[0], -tip[1], 0.0};
    (void)ost_unit(away);
    double best = DBL_MAX;
    for (uint32_t v = 0; v < mesh->vertex_count; v++) {
        double p[3];
        ost_train_vertex_at(mesh, v, p);
        if (ost_dot(p, away) > 1.0 && p[2] < best) {
            best = p[2];
            out->vertex[OST_ULNAR_HEAD] = v;
        }
    }
}
