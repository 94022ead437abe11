/* Shafts and what stands at their ends: the ulnar head beside its shaft, bows. */
#include "recon/cohort/morphometry_impl.h"
#include "recon/math/vec.h"

enum { OST_STATIONS = 48 };

/* The middle of a section and its area; false where there is none. */
static bool middle_at(const struct ost_mesh *mesh, const struct ost_section_plane *plane,
                      double out[3], double *area)
{
    OST_AUTO(ost_section) section = NULL;
    double centre[2];
    if (!ost_section_create(mesh, plane, &section, NULL) || section->count < 3 ||
        !((*area = ost_section_area(section, centre)) > 1.0))
        return false;
    ost_along(plane->origin, centre[0], plane->u, out);
    ost_along(out, centre[1], plane->v, out);
    return true;
}

static void plane_across(const double origin[3], const double way[3],
                         struct ost_section_plane *plane)
{
    for (int k = 0; k < 3; k++)
        plane->origin[k] = origin[k];
    ost_perpendicular(way, plane->u);
    ost_cross(way, plane->u, plane->v);
}

/* The line through the shaft's middles 25 to 75 mm proximal of the dome. */
static bool shaft_line(const struct ost_mesh *ulna, const double dome[3], const double distal[3],
                       double point[3], double way[3])
{
    enum { LEVELS = 6 };
    double at[LEVELS][3], area, slope[3] = {0.0, 0.0, 0.0};
    for (int k = 0; k < 3; k++)
        point[k] = 0.0;
    for (int n = 0; n < LEVELS; n++) {
        struct ost_section_plane plane;
        double origin[3];
        ost_along(dome, -25.0 - 10.0 * n, distal, origin);
        plane_across(origin, distal, &plane);
        if (!middle_at(ulna, &plane, at[n], &area))
            return false;
        ost_along(point, 1.0 / LEVELS, at[n], point);
        ost_along(slope, 0.5 * (LEVELS - 1) - n, at[n], slope);
    }
    for (int k = 0; k < 3; k++)
        way[k] = slope[k];
    return ost_unit(way) > 0.0;
}

bool ost_morph_head_of(const struct ost_mesh *ulna, const double dome[3], const double distal[3],
                       struct ost_morph_head *out, struct ost_err *err)
{
    enum { LEVELS = 5 };
    double point[3], way[3];
    if (!shaft_line(ulna, dome, distal, point, way))
        return ost_fail(err, OST_INVALID, "morphometry: the ulna has no shaft");
    *out = (struct ost_morph_head){0};
    for (int n = 0; n < LEVELS; n++) {
        struct ost_section_plane plane;
        double origin[3], d[3], area;
        ost_along(dome, -2.5 - 0.75 * n, way, origin);
        plane_across(origin, way, &plane);
        if (!middle_at(ulna, &plane, d, &area))
            return ost_fail(err, OST_INVALID, "morphometry: the ulna has no head");
        ost_sub(d, point, d);
        ost_along(d, -ost_dot(d, way), way, d);
        out->diameter += 2.0 * sqrt(area / OST_PI) / LEVELS;
        out->offset += ost_length(d) / LEVELS;
    }
    return true;
}

/* How far the bone reaches towards `way`, station by station; NAN where nothing is cut. */
static bool profile_of(const struct ost_mesh *mesh, const double distal[3], const double way[3],
                       double reach[OST_STATIONS], struct ost_err *err)
{
    const double end = 0.5; /* mm, where a section still has room */
    double low = INFINITY, high = -INFINITY;
    for (uint32_t v = 0; v < mesh->vertex_count; v++) {
        const double p[3] = {(double)mesh->vertex[v][0], (double)mesh->vertex[v][1],
                             (double)mesh->vertex[v][2]};
        low = fmin(low, -ost_dot(p, distal));
        high = fmax(high, -ost_dot(p, distal));
    }
    for (int n = 0; n < OST_STATIONS; n++) {
        struct ost_section_plane plane;
        OST_AUTO(ost_section) section = NULL;
        double ends[2], share = n / (OST_STATIONS - 1.0);
        for (int k = 0; k < 3; k++) {
            plane.origin[k] = -distal[k] * (low + end + (high - low - 2.0 * end) * share);
            plane.u[k] = way[k];
        }
        ost_cross(distal, way, plane.v);
        if (!ost_section_create(mesh, &plane, &section, err))
            return false;
        reach[n] = ost_section_extent(section, 0.0, ends) ? ends[1] : NAN;
    }
    return true;
}

/* What the best ruler leaves over one station: it touches one on each side of it. */
static double gap_over(const double reach[OST_STATIONS], int n)
{
    double over = -INFINITY;
    for (int a = 0; a < n; a++) {
        for (int b = n + 1; b < OST_STATIONS; b++) {
            double line = reach[a] + (reach[b] - reach[a]) * (n - a) / (double)(b - a);
            over = fmax(over, line - reach[n]);
        }
    }
    return over;
}

bool ost_morph_bow_of(const struct ost_mesh *mesh, const double distal[3], const double way[3],
                      struct ost_morph_bow *out, struct ost_err *err)
{
    double reach[OST_STATIONS];
    *out = (struct ost_morph_bow){.gap = 0.0, .at = 0.5};
    if (!profile_of(mesh, distal, way, reach, err))
        return false;
    for (int n = 1; n + 1 < OST_STATIONS; n++) {
        double over = gap_over(reach, n);
        if (over > out->gap)
            *out = (struct ost_morph_bow){.gap = over, .at = 1.0 - n / (OST_STATIONS - 1.0)};
    }
    return true;
}
