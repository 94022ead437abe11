#include "recon/plan/measures.h"

#include "recon/base/array.h"
#include "recon/math/vec.h"
#include "recon/plan/gap_impl.h"

#include <math.h>
#include <string.h>

/* The points the numbers are made of. */
enum point {
    OST_POINT_STYLOID,
    OST_POINT_CORNER_VOLAR,
    OST_POINT_CORNER_DORSAL,
    OST_POINT_LIP_VOLAR,
    OST_POINT_LIP_DORSAL,
    OST_POINT_ULNAR_HEAD,
    OST_POINTS
};

static const char *const point_name[OST_POINTS] = {
    "radial_styloid", "ulnar_corner_volar", "ulnar_corner_dorsal",
    "lip_volar",      "lip_dorsal",         "ulnar_head",
};

struct frame {
    double origin[3], axis[3], radial[3], volar[3];
};

struct scene {
    const struct ost_plan *plan;
    bool known;
    struct frame frame;
    double point[OST_POINTS][3]; /* the bone's correction applied */
    double sd[OST_POINTS];
    bool distal[OST_POINTS]; /* moves with the fragment */
    const char *corrected_by[OST_POINTS];
    double centre[3]; /* U */
};

/* Bits of the points each number depends on. */
static const unsigned used[OST_PLAN_NUMBERS] = {
    [OST_PLAN_VOLAR_TILT] = 1u << OST_POINT_LIP_VOLAR | 1u << OST_POINT_LIP_DORSAL,
    [OST_PLAN_RADIAL_INCLINATION] =
        1u << OST_POINT_STYLOID | 1u << OST_POINT_CORNER_VOLAR | 1u << OST_POINT_CORNER_DORSAL,
    [OST_PLAN_RADIAL_HEIGHT] =
        1u << OST_POINT_STYLOID | 1u << OST_POINT_CORNER_VOLAR | 1u << OST_POINT_CORNER_DORSAL,
    [OST_PLAN_ULNAR_VARIANCE] =
        1u << OST_POINT_ULNAR_HEAD | 1u << OST_POINT_CORNER_VOLAR | 1u << OST_POINT_CORNER_DORSAL,
};

const char *ost_number_name(enum ost_plan_number number)
{
    static const char *const name[OST_PLAN_NUMBERS] = {"volar_tilt", "radial_inclination",
                                                       "radial_height", "ulnar_variance"};
    return name[number];
}

const char *ost_number_unit(enum ost_plan_number number)
{
    return number == OST_PLAN_VOLAR_TILT || number == OST_PLAN_RADIAL_INCLINATION ? "deg" : "mm";
}

static bool get_vec3(const struct ost_plan *plan, int object, const char *property, double out[3])
{
    struct ost_property_view view = ost_plan_property_view(plan, object, property);
    if (view.value.kind != OST_VALUE_VEC3)
        return false;
    memcpy(out, view.value.vec3, sizeof view.value.vec3);
    return true;
}

static bool get_rigid(const struct ost_plan *plan, int object, const char *property,
                      struct ost_rigid *out)
{
    struct ost_property_view view = ost_plan_property_view(plan, object, property);
    if (view.value.kind != OST_VALUE_RIGID)
        return false;
    *out = view.value.rigid;
    return true;
}

static bool get_number(const struct ost_plan *plan, int object, const char *property, double *out)
{
    struct ost_property_view view = ost_plan_property_view(plan, object, property);
    if (view.value.kind != OST_VALUE_F64)
        return false;
    *out = view.value.f64;
    return true;
}

static bool get_frame(const struct ost_plan *plan, struct frame *out)
{
    int frame = ost_plan_first(plan, OST_TYPE_FRAME);
    return get_vec3(plan, frame, "origin", out->origin) &&
           get_vec3(plan, frame, "axis", out->axis) &&
           get_vec3(plan, frame, "radial", out->radial) &&
           get_vec3(plan, frame, "volar", out->volar);
}

static int landmark_named(const struct ost_plan *plan, const char *name)
{
    for (size_t i = 0; i < ost_plan_count(plan); i++) {
        struct ost_object_view view = ost_plan_object_view(plan, i);
        if (view.type != OST_TYPE_LANDMARK || !view.alive)
            continue;
        struct ost_property_view own = ost_plan_property_view(plan, (int)i, "name");
        if (own.value.kind == OST_VALUE_TEXT && strcmp(own.value.text, name) == 0)
            return (int)i;
    }
    return -1;
}

static bool is_identity(const struct ost_rigid *m)
{
    struct ost_value still = ost_value_rigid(&(struct ost_rigid){.r = {1, 0, 0, 0, 1, 0, 0, 0, 1}});
    struct ost_value own = ost_value_rigid(m);
    return ost_value_same(&own, &still);
}

/* The osteotomy of the fragment, or the first. */
static int cut_of(const struct ost_plan *plan)
{
    int fragment = ost_plan_first(plan, OST_TYPE_FRAGMENT);
    struct ost_property_view named = ost_plan_property_view(plan, fragment, "osteotomy");
    if (named.value.kind == OST_VALUE_TEXT)
        return ost_plan_find(plan, named.value.text);
    return ost_plan_first(plan, OST_TYPE_OSTEOTOMY);
}

static bool is_distal(const struct scene *scene, const char *bone, const double point[3])
{
    double at[3], normal[3], from[3];
    int cut = cut_of(scene->plan), index = ost_plan_find(scene->plan, bone);
    struct ost_property_view kind = ost_plan_property_view(scene->plan, index, "kind");
    if (kind.value.kind != OST_VALUE_TEXT || strcmp(kind.value.text, "radius") != 0)
        return false;
    if (!get_vec3(scene->plan, cut, "point", at) || !get_vec3(scene->plan, cut, "normal", normal))
        return true; /* nothing is cut: the whole articular end is what would move */
    ost_sub(point, at, from);
    double side = ost_dot(normal, scene->frame.axis) < 0.0 ? -1.0 : 1.0;
    return side * ost_dot(from, normal) > 0.0;
}

static bool get_point(struct scene *scene, int which)
{
    const struct ost_plan *plan = scene->plan;
    int landmark = landmark_named(plan, point_name[which]);
    struct ost_property_view bone = ost_plan_property_view(plan, landmark, "bone");
    struct ost_property_view how = ost_plan_property_view(plan, landmark, "how");
    struct ost_rigid correction = ost_rigid_identity();
    double own[3];
    if (!get_vec3(plan, landmark, "position", own) || bone.value.kind != OST_VALUE_TEXT)
        return false;
    int of = ost_plan_find(plan, bone.value.text);
    (void)get_rigid(plan, of, "correction", &correction);
    (void)get_number(plan, landmark, "sd_mm", &scene->sd[which]);
    ost_rigid_point(&correction, own, scene->point[which]);
    scene->distal[which] = is_distal(scene, bone.value.text, scene->point[which]);
    if (how.value.kind == OST_VALUE_TEXT && strcmp(how.value.text, "corrected") == 0) {
        scene->corrected_by[which] = ost_plan_property_view(plan, landmark, "position").by_name;
    } else if (!is_identity(&correction)) {
        scene->corrected_by[which] = ost_plan_property_view(plan, of, "correction").by_name;
    }
    return true;
}

static void get_scene(const struct ost_plan *plan, struct scene *scene)
{
    *scene = (struct scene){.plan = plan};
    scene->known = get_frame(plan, &scene->frame);
    for (int i = 0; i < OST_POINTS && scene->known; i++)
        scene->known = get_point(scene, i);
    for (int k = 0; k < 3; k++) {
        scene->centre[k] = 0.5 * (scene->point[OST_POINT_CORNER_VOLAR][k] +
                                  scene->point[OST_POINT_CORNER_DORSAL][k]);
    }
}

static double number_of(const struct frame *frame, double (*point)[3], enum ost_plan_number number)
{
    double u[3], d[3];
    for (int k = 0; k < 3; k++)
        u[k] = 0.5 * (point[OST_POINT_CORNER_VOLAR][k] + point[OST_POINT_CORNER_DORSAL][k]);
    switch (number) {
    case OST_PLAN_VOLAR_TILT:
        ost_sub(point[OST_POINT_LIP_DORSAL], point[OST_POINT_LIP_VOLAR], d);
        return ost_degrees(atan2(ost_dot(d, frame->axis), fabs(ost_dot(d, frame->volar))));
    case OST_PLAN_RADIAL_INCLINATION:
        ost_sub(point[OST_POINT_STYLOID], u, d);
        return ost_degrees(atan2(ost_dot(d, frame->axis), ost_dot(d, frame->radial)));
    case OST_PLAN_RADIAL_HEIGHT:
        ost_sub(point[OST_POINT_STYLOID], u, d);
        return ost_dot(d, frame->axis);
    case OST_PLAN_ULNAR_VARIANCE:
        ost_sub(point[OST_POINT_ULNAR_HEAD], u, d);
        return ost_dot(d, frame->axis);
    case OST_PLAN_NUMBERS:
        break;
    }
    return 0.0;
}

static void moved_points(const struct scene *scene, const struct ost_rigid *motion,
                         double (*out)[3])
{
    for (int i = 0; i < OST_POINTS; i++) {
        if (scene->distal[i]) {
            ost_rigid_point(motion, scene->point[i], out[i]);
        } else {
            memcpy(out[i], scene->point[i], sizeof scene->point[i]);
        }
    }
}

/* First order, each coordinate of each landmark on its own (Gauss' law of propagation). */
static double landmark_variance(const struct scene *scene, double (*point)[3],
                                enum ost_plan_number number)
{
    const double step = 1e-4; /* mm */
    double variance = 0.0;
    for (int i = 0; i < OST_POINTS; i++) {
        for (int k = 0; k < 3 && (used[number] & 1u << i) != 0; k++) {
            double was = point[i][k];
            point[i][k] = was + step;
            double up = number_of(&scene->frame, point, number);
            point[i][k] = was - step;
            double slope = (up - number_of(&scene->frame, point, number)) / (2.0 * step);
            point[i][k] = was;
            variance += slope * slope * scene->sd[i] * scene->sd[i];
        }
    }
    return variance;
}

static const char *corrector(const struct scene *scene, enum ost_plan_number number)
{
    for (int i = 0; i < OST_POINTS; i++) {
        if ((used[number] & 1u << i) != 0 && scene->corrected_by[i] != NULL)
            return scene->corrected_by[i];
    }
    return NULL;
}

/* What the fit said of this number, unless a person has moved its landmarks since. */
static double own_sd(const struct scene *scene, double (*point)[3], enum ost_plan_number number)
{
    static const char *const property[OST_PLAN_NUMBERS] = {"volar_tilt_sd", "radial_inclination_sd",
                                                           "radial_height_sd", "ulnar_variance_sd"};
    double sd = 0.0;
    int from = ost_plan_first(scene->plan, OST_TYPE_UNCERTAINTY);
    if (corrector(scene, number) == NULL && get_number(scene->plan, from, property[number], &sd))
        return sd;
    return sqrt(landmark_variance(scene, point, number));
}

/* The target turned by one SD about, or shifted by one along, each clinical direction. */
static double target_variance(const struct scene *scene, const struct ost_rigid *target,
                              enum ost_plan_number number)
{
    int from = ost_plan_first(scene->plan, OST_TYPE_TARGET);
    double sd[2][3] = {{0}}, joint[3], point[OST_POINTS][3], variance = 0.0;
    (void)get_vec3(scene->plan, from, "rotation_sd_deg", sd[0]);
    (void)get_vec3(scene->plan, from, "translation_sd_mm", sd[1]);
    ost_rigid_point(target, scene->centre, joint);
    const double *direction[3] = {scene->frame.radial, scene->frame.volar, scene->frame.axis};
    for (int part = 0; part < 6; part++) {
        double value[2];
        for (int sign = 0; sign < 2; sign++) {
            double v[2][3] = {{0}};
            double by = (sign == 0 ? 1.0 : -1.0) * sd[part / 3][part % 3];
            for (int k = 0; k < 3; k++)
                v[part / 3][k] = (part < 3 ? ost_radians(by) : by) * direction[part % 3][k];
            struct ost_rigid off = ost_rigid_about(joint, v[0], v[1]);
            struct ost_rigid motion = ost_rigid_then(target, &off);
            moved_points(scene, &motion, point);
            value[sign] = number_of(&scene->frame, point, number);
        }
        double slope = 0.5 * (value[0] - value[1]);
        variance += slope * slope;
    }
    return variance;
}

static void get_rows(const struct scene *scene, const struct ost_rigid *planned,
                     const struct ost_rigid *target, struct ost_measures *out)
{
    struct ost_rigid still = ost_rigid_identity();
    double point[OST_POINTS][3];
    for (int n = 0; n < OST_PLAN_NUMBERS; n++) {
        enum ost_plan_number number = (enum ost_plan_number)n;
        struct ost_number_row *row = &out->number[n];
        row->corrected_by = corrector(scene, number);
        moved_points(scene, &still, point);
        row->before = (struct ost_spread){true, number_of(&scene->frame, point, number),
                                          own_sd(scene, point, number)};
        if (planned != NULL) {
            moved_points(scene, planned, point);
            row->planned =
                (struct ost_spread){true, number_of(&scene->frame, point, number), row->before.sd};
        }
        if (target != NULL) {
            moved_points(scene, target, point);
            double sd = row->before.sd;
            row->target =
                (struct ost_spread){true, number_of(&scene->frame, point, number),
                                    sqrt(sd * sd + target_variance(scene, target, number))};
        }
    }
}

static double clamp(double v)
{
    return v > 1.0 ? 1.0 : v < -1.0 ? -1.0 : v;
}

static void words(const struct scene *scene, const struct ost_rigid *motion, const double pivot[3],
                  struct ost_motion_words *out)
{
    const struct frame *f = &scene->frame;
    const double *basis[3] = {f->radial, f->volar, f->axis};
    double m[3][3], moved[3], turned[3]; /* m[row][column], in (radial, volar, axis) */
    out->known = true;
    out->screw = ost_screw_of_rigid(motion);
    out->angle_deg = ost_degrees(out->screw.angle);
    out->slide_mm = out->screw.slide;
    out->axis_to_shaft_deg = ost_degrees(acos(clamp(fabs(ost_dot(out->screw.axis, f->axis)))));
    for (int c = 0; c < 3; c++) {
        ost_rigid_direction(motion, basis[c], turned);
        for (int r = 0; r < 3; r++)
            m[r][c] = ost_dot(basis[r], turned);
    }
    /* R = Rx(a) Ry(b) Rz(c): m[0][2] = sin b, m[1][2] = -sin a cos b, m[0][1] = -cos b sin c */
    out->flexion_deg = -ost_degrees(atan2(-m[1][2], m[2][2]));
    out->radial_deviation_deg = ost_degrees(asin(clamp(m[0][2])));
    out->pronation_deg = ost_degrees(atan2(-m[0][1], m[0][0]));
    ost_rigid_point(motion, pivot, moved);
    ost_sub(moved, pivot, moved);
    out->radial_mm = ost_dot(moved, f->radial);
    out->volar_mm = ost_dot(moved, f->volar);
    out->distal_mm = ost_dot(moved, f->axis);
}

static void get_residual(const struct scene *scene, const struct ost_rigid *planned,
                         const struct ost_rigid *target, struct ost_measures *out)
{
    struct ost_rigid back = ost_rigid_inverse(target);
    struct ost_rigid off = ost_rigid_then(&back, planned);
    double turn[3], here[3], there[3], sd[3];
    int from = ost_plan_first(scene->plan, OST_TYPE_TARGET);
    ost_vector_of_rotation(off.r, turn);
    ost_rigid_point(planned, scene->centre, here);
    ost_rigid_point(target, scene->centre, there);
    out->residual_deg = (struct ost_spread){.known = true, .value = ost_degrees(ost_length(turn))};
    out->residual_mm = (struct ost_spread){.known = true, .value = ost_distance(here, there)};
    if (get_vec3(scene->plan, from, "rotation_sd_deg", sd))
        out->residual_deg.sd = ost_length(sd);
    if (get_vec3(scene->plan, from, "translation_sd_mm", sd))
        out->residual_mm.sd = ost_length(sd);
}

static void get_gap(const struct scene *scene, const struct ost_rigid *planned,
                    const struct ost_section *section, struct ost_gap *out)
{
    struct ost_cut cut = {.half = {13.0, 9.0}};
    int from = cut_of(scene->plan);
    if (!get_vec3(scene->plan, from, "point", cut.point) ||
        !get_vec3(scene->plan, from, "normal", cut.normal))
        return;
    double sign = ost_dot(cut.normal, scene->frame.axis) < 0.0 ? -1.0 : 1.0;
    for (int k = 0; k < 3; k++)
        cut.normal[k] *= sign;
    ost_along(scene->frame.radial, -ost_dot(scene->frame.radial, cut.normal), cut.normal, cut.side);
    if (!(ost_unit(cut.side) > 0.0))
        ost_perpendicular(cut.normal, cut.side);
    bool given = get_number(scene->plan, from, "half_radial_mm", &cut.half[0]) &&
                 get_number(scene->plan, from, "half_volar_mm", &cut.half[1]);
    if (section != NULL && section->count >= 3) {
        ost_gap_of_outline(&cut, planned, section, out);
        return;
    }
    ost_gap_of_ellipse(&cut, planned, out);
    out->section_assumed = !given;
}

void ost_plan_measures(const struct ost_plan *plan, const struct ost_section *section,
                       struct ost_measures *out)
{
    struct scene scene;
    struct ost_rigid planned, target;
    memset(out, 0, sizeof *out);
    get_scene(plan, &scene);
    if (!scene.known)
        return;
    bool has_planned = get_rigid(plan, ost_plan_first(plan, OST_TYPE_FRAGMENT), "motion", &planned);
    int from = ost_plan_first(plan, OST_TYPE_TARGET);
    struct ost_property_view source = ost_plan_property_view(plan, from, "source");
    out->target_source = source.value.kind == OST_VALUE_TEXT ? source.value.text : NULL;
    bool has_target = get_rigid(plan, from, "motion", &target);
    get_rows(&scene, has_planned ? &planned : NULL, has_target ? &target : NULL, out);
    if (has_target) {
        struct ost_rigid deformity = ost_rigid_inverse(&target);
        double healthy[3];
        ost_rigid_point(&target, scene.centre, healthy);
        words(&scene, &deformity, healthy, &out->deformity);
    }
    if (has_planned) {
        words(&scene, &planned, scene.centre, &out->planned);
        get_gap(&scene, &planned, section, &out->gap);
    }
    if (has_planned && has_target)
        get_residual(&scene, &planned, &target, out);
}
