#include "services/station/guide.h"

#include "recon/mesh/glb.h"
#include "recon/mesh/stl.h"
#include "services/casefile/disk.h"
#include "services/casefile/result.h"
#include "services/station/code.h"
#include "services/station/plan_file.h"

#include <jansson.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_BYTES = 128 << 20, TRIANGLES = 400000 };

struct work {
    const char *case_dir;
    struct ost_result result;
    struct ost_plan *plan;
    struct ost_approval approval;
    struct ost_mesh *bone;
    struct ost_guide_spec spec;
    struct ost_guide *guide;
    char label[3 * OST_GUIDE_LABEL];
};

static bool vec3_of(const struct ost_plan *plan, enum ost_type type, const char *name,
                    double out[3], struct ost_err *err)
{
    struct ost_value value = ost_station_plan_value(plan, type, name);
    if (value.kind != OST_VALUE_VEC3)
        return ost_fail(err, OST_INVALID, "the plan has no %s for the guide yet", name);
    memcpy(out, value.vec3, sizeof value.vec3);
    return true;
}

static double number_of(const struct ost_plan *plan, const char *name, double fallback)
{
    struct ost_value value = ost_station_plan_value(plan, OST_TYPE_GUIDE, name);
    return value.kind == OST_VALUE_F64 ? value.f64 : fallback;
}

/* Screws of the distal fragment are drilled before the cut: C^-1 takes them back. */
static void take_screws(struct work *w)
{
    struct ost_value motion = ost_station_plan_value(w->plan, OST_TYPE_FRAGMENT, "motion");
    struct ost_rigid back = ost_rigid_identity();
    if (motion.kind == OST_VALUE_RIGID)
        back = ost_rigid_inverse(&motion.rigid);
    for (size_t i = 0; i < ost_plan_count(w->plan) && w->spec.sleeve_count < OST_GUIDE_SLEEVES;
         i++) {
        struct ost_object_view object = ost_plan_object_view(w->plan, i);
        if (!object.alive || object.type != OST_TYPE_SCREW)
            continue;
        struct ost_value p = ost_plan_property_view(w->plan, (int)i, "position").value;
        struct ost_value d = ost_plan_property_view(w->plan, (int)i, "direction").value;
        if (p.kind != OST_VALUE_VEC3 || d.kind != OST_VALUE_VEC3)
            continue;
        struct ost_guide_sleeve *sleeve = &w->spec.sleeve[w->spec.sleeve_count++];
        int parent = ost_plan_find(w->plan, object.parent);
        bool distal =
            parent >= 0 && ost_plan_object_view(w->plan, (size_t)parent).type == OST_TYPE_FRAGMENT;
        const struct ost_rigid still = ost_rigid_identity();
        ost_rigid_point(distal ? &back : &still, p.vec3, sleeve->point);
        ost_rigid_direction(distal ? &back : &still, d.vec3, sleeve->direction);
    }
}

static bool specify(struct work *w, const struct ost_station_guide_options *options,
                    struct ost_err *err)
{
    struct ost_guide_spec *s = &w->spec;
    s->bone = w->bone;
    if (!vec3_of(w->plan, OST_TYPE_OSTEOTOMY, "point", s->cut_point, err) ||
        !vec3_of(w->plan, OST_TYPE_OSTEOTOMY, "normal", s->cut_normal, err) ||
        !vec3_of(w->plan, OST_TYPE_GUIDE, "insertion", s->insertion, err))
        return false;
    s->proximal_mm = number_of(w->plan, "proximal_mm", 18.0);
    s->distal_mm = number_of(w->plan, "distal_mm", 12.0);
    s->width_mm = number_of(w->plan, "width_mm", 16.0);
    s->thickness_mm = number_of(w->plan, "thickness_mm", 4.0);
    s->clearance_mm = number_of(w->plan, "clearance_mm", 0.25);
    s->slot_mm = number_of(w->plan, "slot_mm", 0.9);
    s->drill_mm = number_of(w->plan, "drill_mm", 1.6);
    s->sleeve_wall_mm = number_of(w->plan, "sleeve_wall_mm", 2.0);
    s->sleeve_height_mm = number_of(w->plan, "sleeve_height_mm", 8.0);
    s->least_wall_mm = 2.0;
    s->voxel_mm = options->voxel_mm > 0.0 ? options->voxel_mm : 0.3;
    take_screws(w);
    char code[OST_STATION_CODE];
    ost_station_code(w->case_dir, options->code, code);
    (void)snprintf(s->label[0], sizeof s->label[0], "%s %.10s",
                   w->result.side == OST_SIDE_LEFT ? "L" : "R", code);
    (void)snprintf(s->label[1], sizeof s->label[1], "V%d%s", w->approval.version,
                   w->approval.approved ? "" : " DRAFT");
    (void)snprintf(w->label, sizeof w->label, "%s %s", s->label[0], s->label[1]);
    return true;
}

static bool read_bone(struct work *w, struct ost_err *err)
{
    char path[OST_RESULT_NAME + 8];
    struct ost_buf bytes;
    (void)snprintf(path, sizeof path, "result/%s", w->result.bone[OST_RADIUS].stl);
    ost_buf_init(&bytes, FILE_BYTES);
    bool ok = ost_disk_read(w->case_dir, path, &bytes, err) &&
              ost_stl_read(bytes.ptr, bytes.len, TRIANGLES, &w->bone, err);
    ost_buf_fini(&bytes);
    if (ok)
        ost_station_place_bone(w->plan, ost_bone_name(OST_RADIUS), w->bone);
    return ok;
}

static bool write_stl(const struct work *w, const char *name, struct ost_err *err)
{
    char path[OST_GUIDE_NAME + 8];
    struct ost_buf out;
    (void)snprintf(path, sizeof path, "result/%s", name);
    ost_buf_init(&out, FILE_BYTES);
    bool ok =
        ost_stl_write(w->guide->mesh, &out, err) && ost_disk_write(w->case_dir, path, &out, err);
    ost_buf_fini(&out);
    return ok;
}

/* What an earlier plan left must not be taken for this guide. */
static bool forget(const struct work *w, struct ost_err *err)
{
    static const char *const name[] = {"result/guide.stl", "result/guide_DRAFT.stl"};
    for (size_t i = 0; i < sizeof name / sizeof name[0]; i++)
        if (!ost_disk_remove(w->case_dir, name[i], err))
            return ost_err_note(err, "%s", name[i]);
    return true;
}

static bool write_surface(const struct work *w, const struct ost_station_guide_made *made,
                          struct ost_err *err)
{
    struct ost_buf glb;
    if (!forget(w, err) || (made->released && !write_stl(w, made->name, err)))
        return false;
    ost_buf_init(&glb, FILE_BYTES);
    bool ok = ost_glb_write(w->guide->mesh, NULL, 0, &glb, err) &&
              ost_disk_write(w->case_dir, "result/guide.glb", &glb, err);
    ost_buf_fini(&glb);
    return ok;
}

/* NULL where one cannot be told: no list is better than a short one. */
static json_t *checks_of(const struct ost_guide *guide)
{
    json_t *list = json_array();
    for (size_t i = 0; i < guide->check_count; i++) {
        const struct ost_guide_check *c = &guide->check[i];
        json_t *item = json_pack("{s:s, s:f, s:f, s:s, s:b}", "name", c->name, "value", c->value,
                                 "limit", c->limit, "unit", c->unit, "ok", (int)c->ok);
        if (json_array_append_new(list, item) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static bool write_facts(const struct work *w, const struct ost_station_guide_made *made,
                        struct ost_err *err)
{
    json_t *root = json_pack(
        "{s:i, s:b, s:I, s:f, s:f, s:b, s:b, s:s, s:s, s:s?, s:o}", "osteon_guide", 1, "watertight",
        (int)made->watertight, "components", (json_int_t)made->components, "min_wall_mm",
        made->min_wall_mm, "volume_mm3", w->guide->volume_mm3, "approved", (int)made->approved,
        "withheld", (int)!made->released, "plan_hash", w->approval.hash, "label", w->label, "stl",
        made->released ? made->name : NULL, "checks", checks_of(w->guide));
    char *text = root == NULL ? NULL : json_dumps(root, JSON_SORT_KEYS | JSON_INDENT(1));
    json_decref(root);
    if (text == NULL)
        return ost_fail(err, OST_BUG, "guide.json could not be composed");
    struct ost_buf out;
    ost_buf_init(&out, 1 << 20);
    ost_buf_text(&out, text);
    free(text);
    bool ok =
        ost_buf_done(&out, err) && ost_disk_write(w->case_dir, "result/guide.json", &out, err);
    ost_buf_fini(&out);
    return ok;
}

static void tell(const struct work *w, struct ost_station_guide_made *made)
{
    const struct ost_guide *guide = w->guide;
    *made = (struct ost_station_guide_made){.approved = w->approval.approved,
                                            .watertight = guide->watertight,
                                            .ok = true,
                                            .min_wall_mm = guide->min_wall_mm,
                                            .components = guide->components,
                                            .triangles = guide->mesh->triangle_count};
    for (size_t i = 0; i < guide->check_count; i++)
        made->ok = made->ok && guide->check[i].ok;
    made->released = guide->watertight && guide->components == 1 && (made->ok || !made->approved);
    (void)snprintf(made->name, sizeof made->name, "%s",
                   made->approved ? "guide.stl" : "guide_DRAFT.stl");
}

static bool make(struct work *w, const struct ost_station_guide_options *options,
                 const struct ost_progress *progress, struct ost_station_guide_made *made,
                 struct ost_err *err)
{
    if (!ost_result_read(w->case_dir, &w->result, err) ||
        !ost_station_plan_read(w->case_dir, &w->plan, err) ||
        !ost_plan_approval(w->plan, &w->approval, err) || !read_bone(w, err) ||
        !specify(w, options, err) || !ost_guide_create(&w->spec, progress, &w->guide, err))
        return false;
    tell(w, made);
    return write_surface(w, made, err) && write_facts(w, made, err) &&
           ost_progress_step(progress, 1.0, "guide", err);
}

bool ost_station_guide(const char *case_dir, const struct ost_station_guide_options *options,
                       const struct ost_progress *progress, struct ost_station_guide_made *made,
                       struct ost_err *err)
{
    struct work *w = calloc(1, sizeof *w);
    if (w == NULL)
        return ost_fail(err, OST_NOMEM, "no room for a guide");
    w->case_dir = case_dir;
    bool ok = make(w, options, progress, made, err);
    ost_guide_destroy(w->guide);
    ost_mesh_destroy(w->bone);
    ost_plan_destroy(w->plan);
    free(w);
    return ok;
}
