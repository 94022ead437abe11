#include "recon/mesh/section.h"

#include "recon/math/vec.h"

#include <stdlib.h>

void ost_section_destroy(struct ost_section *section)
{
    if (section == NULL)
        return;
    free(section->piece);
    free(section);
}

static bool add(struct ost_section *section, const double a[2], const double b[2])
{
    if (section->count == section->room) {
        size_t room = section->room > 0 ? 2 * section->room : 128;
        double(*piece)[2][2] = realloc(section->piece, room * sizeof *piece);
        if (piece == NULL)
            return false;
        section->piece = piece;
        section->room = room;
    }
    double(*to)[2] = section->piece[section->count++];
    for (int k = 0; k < 2; k++) {
        to[0][k] = a[k];
        to[1][k] = b[k];
    }
    return true;
}

/* A corner in the plane's coordinates: u, v and the height over it. */
static void corner_at(const struct ost_mesh *mesh, uint32_t vertex,
                      const struct ost_section_plane *plane, const double normal[3], double out[3])
{
    double d[3];
    for (int k = 0; k < 3; k++)
        d[k] = (double)mesh->vertex[vertex][k] - plane->origin[k];
    out[0] = ost_dot(d, plane->u);
    out[1] = ost_dot(d, plane->v);
    out[2] = ost_dot(d, normal);
}

/* Where the side from `a` (not below the plane) to `b` (below, or the other way) meets it. */
static void crossing(const double a[3], const double b[3], double out[2])
{
    double t = a[2] / (a[2] - b[2]);
    for (int k = 0; k < 2; k++)
        out[k] = a[k] + t * (b[k] - a[k]);
}

/*
 * One corner lies alone on its side. Seen from above, a triangle wound
 * counter-clockwise from outside is entered so that the inside stays to the left.
 */
static bool cut(const double corner[3][3], struct ost_section *section)
{
    for (int c = 0; c < 3; c++) {
        const double *a = corner[c], *b = corner[(c + 1) % 3], *d = corner[(c + 2) % 3];
        bool above = a[2] >= 0.0;
        if ((b[2] >= 0.0) == above || (d[2] >= 0.0) == above)
            continue;
        double first[2], last[2];
        crossing(a, b, above ? first : last);
        crossing(a, d, above ? last : first);
        return add(section, first, last);
    }
    return true;
}

bool ost_section_create(const struct ost_mesh *mesh, const struct ost_section_plane *plane,
                        struct ost_section **out, struct ost_err *err)
{
    *out = NULL;
    OST_AUTO(ost_section) section = calloc(1, sizeof *section);
    double normal[3];
    ost_cross(plane->u, plane->v, normal);
    bool room = section != NULL;
    for (uint32_t t = 0; room && t < mesh->triangle_count; t++) {
        double corner[3][3];
        for (int c = 0; c < 3; c++)
            corner_at(mesh, mesh->triangle[t][c], plane, normal, corner[c]);
        room = cut((const double(*)[3])corner, section);
    }
    if (!room)
        return ost_fail(err, OST_NOMEM, "section: no room for a contour");
    *out = ost_steal(&section);
    return true;
}

double ost_section_area(const struct ost_section *section, double centre[2])
{
    double area = 0.0, moment[2] = {0.0, 0.0};
    for (size_t n = 0; n < section->count; n++) {
        const double *a = section->piece[n][0], *b = section->piece[n][1];
        double twice = a[0] * b[1] - a[1] * b[0];
        area += 0.5 * twice;
        for (int k = 0; k < 2; k++)
            moment[k] += twice * (a[k] + b[k]) / 6.0;
    }
    for (int k = 0; k < 2; k++)
        centre[k] = fabs(area) > 0.0 ? moment[k] / area : 0.0;
    return area;
}

bool ost_section_extent(const struct ost_section *section, double angle, double out[2])
{
    const double way[2] = {cos(angle), sin(angle)};
    out[0] = INFINITY;
    out[1] = -INFINITY;
    for (size_t n = 0; n < section->count; n++) {
        double at = section->piece[n][0][0] * way[0] + section->piece[n][0][1] * way[1];
        out[0] = fmin(out[0], at);
        out[1] = fmax(out[1], at);
    }
    return section->count > 0;
}

double ost_section_normal(const struct ost_section *section, size_t piece, double normal[2])
{
    const double *a = section->piece[piece][0], *b = section->piece[piece][1];
    double length = hypot(b[0] - a[0], b[1] - a[1]);
    normal[0] = length > 0.0 ? (b[1] - a[1]) / length : 0.0;
    normal[1] = length > 0.0 ? (a[0] - b[0]) / length : 0.0;
    return length;
}
