#include "recon/cohort/morphometry_impl.h"
#include "recon/math/vec.h"

void ost_morph_at(const struct ost_anatomy *frame, const double way[3], double out[3])
{
    ost_along(frame->origin, way[0], frame->radial, out);
    ost_along(out, way[1], frame->volar, out);
    ost_along(out, -way[2], frame->axis, out);
}

bool ost_morph_across(const struct ost_mesh *mesh, const struct ost_anatomy *frame, double height,
                      struct ost_section **out, struct ost_err *err)
{
    struct ost_section_plane plane;
    ost_morph_at(frame, (const double[]){0.0, 0.0, height}, plane.origin);
    for (int k = 0; k < 3; k++) {
        plane.u[k] = frame->radial[k];
        plane.v[k] = frame->volar[k];
    }
    if (!ost_section_create(mesh, &plane, out, err))
        return false;
    return (*out)->count > 2 ||
           ost_fail(err, OST_INVALID, "morphometry: no bone %.0f mm from the joint", height);
}

/* How far the bone runs along a direction. */
static double span(const struct ost_mesh *mesh, const double way[3])
{
    double low = INFINITY, high = -INFINITY;
    for (uint32_t v = 0; v < mesh->vertex_count; v++) {
        const double p[3] = {(double)mesh->vertex[v][0], (double)mesh->vertex[v][1],
                             (double)mesh->vertex[v][2]};
        low = fmin(low, ost_dot(p, way));
        high = fmax(high, ost_dot(p, way));
    }
    return high - low;
}

static double radial_head(const struct ost_mesh *radius, const struct ost_anatomy *frame,
                          double length)
{
    enum { LEVELS = 6, WAYS = 18 };
    double most = 0.0, low = INFINITY;
    for (uint32_t v = 0; v < radius->vertex_count; v++) {
        double d[3];
        for (int k = 0; k < 3; k++)
            d[k] = (double)radius->vertex[v][k] - frame->origin[k];
        low = fmin(low, -ost_dot(d, frame->axis));
    }
    for (int n = 1; n <= LEVELS; n++) {
        OST_AUTO(ost_section) section = NULL;
        if (!ost_morph_across(radius, frame, low + length - 2.0 * n, &section, NULL))
            continue;
        for (int w = 0; w < WAYS; w++) {
            double ends[2];
            if (ost_section_extent(section, OST_PI * w / WAYS, ends))
                most = fmax(most, ends[1] - ends[0]);
        }
    }
    return most;
}

static bool measure_bows(const struct ost_mesh *bone, const struct ost_anatomy *frame,
                         const double side[2][3], double out[4], struct ost_err *err)
{
    for (int n = 0; n < 2; n++) {
        struct ost_morph_bow bow;
        if (!ost_morph_bow_of(bone, frame->axis, side[n], &bow, err))
            return false;
        out[2 * n] = bow.gap;
        out[2 * n + 1] = 100.0 * bow.at;
    }
    return true;
}

static bool measure_shafts(const struct ost_mesh *radius, const struct ost_mesh *ulna,
                           const struct ost_anatomy *frame, double out[OST_MORPHS],
                           struct ost_err *err)
{
    double ulnar[3];
    for (int k = 0; k < 3; k++)
        ulnar[k] = -frame->radial[k];
    double side[2][3];
    for (int k = 0; k < 3; k++) {
        side[0][k] = ulnar[k];
        side[1][k] = frame->volar[k];
    }
    out[OST_MORPH_RADIUS_LENGTH] = span(radius, frame->axis);
    out[OST_MORPH_ULNA_LENGTH] = span(ulna, frame->axis);
    out[OST_MORPH_RADIAL_HEAD] = radial_head(radius, frame, out[OST_MORPH_RADIUS_LENGTH]);
    return measure_bows(radius, frame, (const double(*)[3])side, &out[OST_MORPH_RADIUS_BOW_PA],
                        err) &&
           measure_bows(ulna, frame, (const double(*)[3])side, &out[OST_MORPH_ULNA_BOW_PA], err);
}

static void measure_angles(const struct ost_anatomy *frame, const double (*mark)[3],
                           double out[OST_MORPHS])
{
    struct ost_anatomy_numbers n;
    ost_anatomy_measure(frame, mark, &n);
    out[OST_MORPH_TILT] = ost_degrees(n.volar_tilt);
    out[OST_MORPH_INCLINATION] = ost_degrees(n.radial_inclination);
    out[OST_MORPH_HEIGHT] = n.radial_height;
    out[OST_MORPH_VARIANCE] = n.ulnar_variance;
    out[OST_MORPH_WIDTH_PA] = n.radial_height / tan(n.radial_inclination);
}

/* The frame's three coordinates of a point: radial, volar, proximal. */
static void way_to(const struct ost_anatomy *frame, const double point[3], double out[3])
{
    double d[3];
    ost_sub(point, frame->origin, d);
    out[0] = ost_dot(d, frame->radial);
    out[1] = ost_dot(d, frame->volar);
    out[2] = -ost_dot(d, frame->axis);
}

static double thickest(const struct ost_mesh *radius, const struct ost_anatomy *frame,
                       double radial, double from)
{
    double most = 0.0;
    for (int n = 0; n < 6; n++) {
        OST_AUTO(ost_section) section = NULL;
        double ends[2];
        if (ost_morph_across(radius, frame, from + n, &section, NULL) &&
            ost_morph_thickness(section, radial, ends))
            most = fmax(most, ends[1] - ends[0]);
    }
    return most;
}

static bool measure_distal(const struct ost_mesh *radius, const struct ost_anatomy *frame,
                           const double (*mark)[3], double out[OST_MORPHS], struct ost_err *err)
{
    double volar[3], dorsal[3], lip[3], back[3], styloid[3], normal[3], steep, ends[2];
    struct ost_morph_notch notch;
    OST_AUTO(ost_section) section = NULL;
    way_to(frame, mark[OST_ULNAR_CORNER_VOLAR], volar);
    way_to(frame, mark[OST_ULNAR_CORNER_DORSAL], dorsal);
    way_to(frame, mark[OST_LIP_VOLAR], lip);
    way_to(frame, mark[OST_LIP_DORSAL], back);
    way_to(frame, mark[OST_STYLOID], styloid);
    const double corner[5][2] = {{styloid[0], styloid[1]},
                                 {lip[0], lip[1]},
                                 {volar[0], volar[1]},
                                 {dorsal[0], dorsal[1]},
                                 {back[0], back[1]}};
    const double rim = 0.5 * (volar[2] + dorsal[2]), border = 0.5 * (volar[0] + dorsal[0]);
    if (!ost_morph_notch_of(radius, frame, rim, &notch, err) ||
        !ost_morph_across(radius, frame, rim + 3.5, &section, err) ||
        !ost_morph_volar(radius, frame, lip[0], &out[OST_MORPH_VOLAR_INTERMEDIATE], &steep, err) ||
        !ost_morph_volar(radius, frame, 0.5 * styloid[0], &out[OST_MORPH_VOLAR_LATERAL], ends, err))
        return false;
    out[OST_MORPH_WIDTH_LATERAL] = thickest(radius, frame, lip[0], lip[2]);
    out[OST_MORPH_DEPTH] =
        ost_morph_thickness(section, border + 3.0, ends) ? ends[1] - ends[0] : NAN;
    out[OST_MORPH_NOTCH_AP] = notch.ap;
    out[OST_MORPH_NOTCH_PD] = notch.pd;
    out[OST_MORPH_NOTCH_RADIUS] = notch.radius;
    out[OST_MORPH_NOTCH_DEPTH] = notch.depth;
    out[OST_MORPH_NOTCH_VERSION] = ost_degrees(notch.version);
    if (!ost_morph_joint_normal(radius, frame, corner, 5, normal))
        return ost_fail(err, OST_INVALID, "morphometry: the radius has no joint surface");
    out[OST_MORPH_NORMAL_VOLAR] = normal[1];
    out[OST_MORPH_NORMAL_DISTAL] = normal[2];
    out[OST_MORPH_NORMAL_ULNAR] = -normal[0];
    out[OST_MORPH_VOLAR_CORTEX] = 180.0 - ost_degrees(steep);
    out[OST_MORPH_VOLAR_INTERMEDIATE] = ost_degrees(out[OST_MORPH_VOLAR_INTERMEDIATE]);
    out[OST_MORPH_VOLAR_LATERAL] = ost_degrees(out[OST_MORPH_VOLAR_LATERAL]);
    return true;
}

bool ost_morphometry(const struct ost_prior *prior, const struct ost_mesh *radius,
                     const struct ost_mesh *ulna, double out[OST_MORPHS], struct ost_err *err)
{
    double mark[OST_LANDMARKS][3];
    struct ost_anatomy frame;
    struct ost_morph_head head;
    ost_anatomy_of(prior, (const float(*)[3])radius->vertex, &frame);
    ost_anatomy_landmarks(prior, (const float(*)[3])radius->vertex, (const float(*)[3])ulna->vertex,
                          mark);
    measure_angles(&frame, (const double(*)[3])mark, out);
    if (!measure_distal(radius, &frame, (const double(*)[3])mark, out, err) ||
        !measure_shafts(radius, ulna, &frame, out, err) ||
        !ost_morph_head_of(ulna, mark[OST_ULNAR_HEAD], frame.axis, &head, err))
        return ost_err_note(err, "cohort");
    out[OST_MORPH_HEAD_DIAMETER] = head.diameter;
    out[OST_MORPH_HEAD_OFFSET] = head.offset;
    return true;
}
