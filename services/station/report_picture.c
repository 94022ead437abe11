#include "recon/image/png.h"
#include "recon/math/vec.h"
#include "recon/mesh/stl.h"
#include "services/casefile/disk.h"
#include "services/station/plan_file.h"
#include "services/station/report_impl.h"
#include "services/station/shade.h"

#include <string.h>

enum { FILE_BYTES = 64 << 20, TRIANGLES = 400000, WIDE = 620, HIGH = 760 };

static const double span_mm = 118.0; /* of the picture's height */

static bool read_mesh(const char *case_dir, const char *name, struct ost_mesh **out,
                      struct ost_err *err)
{
    struct ost_buf bytes;
    char path[OST_RESULT_NAME + 8] = "result/";
    ost_buf_init(&bytes, FILE_BYTES);
    memcpy(path + 7, name, strlen(name) + 1);
    bool ok = ost_disk_read(case_dir, path, &bytes, err) &&
              ost_stl_read(bytes.ptr, bytes.len, TRIANGLES, out, err);
    ost_buf_fini(&bytes);
    return ok;
}

static void stage(const struct ost_result *result, int side, struct ost_shade_view *view)
{
    /* Hand up, as on a film; the eye stands on the volar or on the radial side. */
    double out[3];
    memcpy(out, side == 0 ? result->volar : result->radial, sizeof out);
    memcpy(view->up, result->axis, sizeof view->up);
    ost_cross(view->up, out, view->right);
    ost_along(result->origin, -0.36 * span_mm, result->axis, view->centre);
    view->mm_per_pixel = span_mm / HIGH;
}

static void cut(struct ost_shade_part *part, const double point[3], const double normal[3],
                double sign)
{
    part->cut = true;
    memcpy(part->cut_point, point, sizeof part->cut_point);
    for (int k = 0; k < 3; k++)
        part->cut_normal[k] = sign * normal[k];
}

struct meshes {
    struct ost_mesh *radius, *ulna, *target;
};

/* Proximal radius where it is, distal radius where the plan puts it, ulna, target. */
static size_t arrange(const struct ost_report *report, const struct meshes *m,
                      struct ost_shade_part part[4])
{
    struct ost_value point = ost_station_plan_value(report->plan, OST_TYPE_OSTEOTOMY, "point");
    struct ost_value normal = ost_station_plan_value(report->plan, OST_TYPE_OSTEOTOMY, "normal");
    struct ost_value motion = ost_station_plan_value(report->plan, OST_TYPE_FRAGMENT, "motion");
    const struct ost_rigid still = ost_rigid_identity();
    const struct ost_shade_part bone = {.motion = still, .colour = {232, 220, 196}, .opacity = 1.0};
    for (int i = 0; i < 4; i++)
        part[i] = bone;
    part[0].mesh = m->ulna;
    part[1].mesh = m->target;
    memcpy(part[1].colour, (unsigned char[]){79, 195, 217}, 3);
    part[1].opacity = 0.35;
    part[2].mesh = m->radius;
    if (point.kind != OST_VALUE_VEC3 || normal.kind != OST_VALUE_VEC3)
        return 3;
    cut(&part[2], point.vec3, normal.vec3, -1.0);
    part[3].mesh = m->radius;
    memcpy(part[3].colour, (unsigned char[]){246, 196, 120}, 3);
    cut(&part[3], point.vec3, normal.vec3, 1.0);
    if (motion.kind == OST_VALUE_RIGID)
        part[3].motion = motion.rigid;
    return 4;
}

static bool draw(const struct ost_report *report, const struct meshes *m, int side,
                 struct ost_picture **out, struct ost_err *err)
{
    struct ost_shade_part part[4];
    struct ost_shade_view view;
    size_t count = arrange(report, m, part);
    stage(&report->result, side, &view);
    if (!ost_picture_create(out, WIDE, HIGH, err))
        return false;
    for (size_t i = 0; i < (size_t)WIDE * HIGH; i++)
        memset((*out)->pixel[i], 252, 3);
    return ost_shade(part, count, &view, *out, err);
}

bool ost_report_bones(const struct ost_report *report, int side, struct ost_picture **out,
                      struct ost_err *err)
{
    const struct ost_result *r = &report->result;
    OST_AUTO(ost_mesh) radius = NULL;
    OST_AUTO(ost_mesh) ulna = NULL;
    OST_AUTO(ost_mesh) target = NULL;
    if (!read_mesh(report->case_dir, r->bone[OST_RADIUS].stl, &radius, err) ||
        !read_mesh(report->case_dir, r->bone[OST_ULNA].stl, &ulna, err) ||
        !read_mesh(report->case_dir, r->target_stl, &target, err))
        return false;
    ost_station_place_bone(report->plan, ost_bone_name(OST_RADIUS), radius);
    ost_station_place_bone(report->plan, ost_bone_name(OST_ULNA), ulna);
    const struct meshes m = {radius, ulna, target};
    return draw(report, &m, side, out, err);
}

bool ost_report_film(const struct ost_report *report, size_t view, struct ost_picture **out,
                     struct ost_err *err)
{
    struct ost_buf bytes;
    char path[OST_RESULT_NAME + 8] = "result/";
    const char *name = report->result.view[view].overlay;
    ost_buf_init(&bytes, FILE_BYTES);
    memcpy(path + 7, name, strlen(name) + 1);
    bool ok = ost_disk_read(report->case_dir, path, &bytes, err) &&
              ost_png_read_colour(bytes.ptr, bytes.len, out, err);
    ost_buf_fini(&bytes);
    return ok;
}
