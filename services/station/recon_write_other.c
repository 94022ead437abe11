#include "services/station/recon_impl.h"

#include <stdio.h>

void ost_recon_describe_views(const struct ost_recon_view *view, size_t count, const char *whose,
                              struct ost_result_view *out)
{
    for (size_t i = 0; i < count; i++) {
        const struct ost_recon_view *v = &view[i];
        struct ost_result_view *to = &out[i];
        (void)snprintf(to->image, sizeof to->image, "%s", v->image);
        to->projection = v->projection;
        to->spacing = v->spacing;
        to->spacing_how = v->spacing_how;
        to->camera = v->camera;
        to->contour = v->contour;
        to->frame = v->frame;
        if (v->frame > 0)
            to->pronated = ost_recon_number(v->pronated, v->pronated_sd, "deg", "fit");
        (void)snprintf(to->overlay, sizeof to->overlay, "%soverlay_%zu.png", whose, i);
        (void)snprintf(to->outline, sizeof to->outline, "%soutline_%zu.json", whose, i);
    }
}

static bool bone_of(const struct ost_recon_found *found, enum ost_bone which,
                    struct ost_arm_table **out, struct ost_err *err)
{
    if (!ost_arm_table_create(found->prior, which, OST_ARM_MODES, out, err))
        return false;
    ost_arm_table_set(*out, found->prior, which, &found->other->arm, false);
    return true;
}

static bool write_bones(const char *case_dir, const struct ost_recon_other *other,
                        const struct ost_mesh *const bone[OST_BONES], struct ost_result_other *out,
                        struct ost_err *err)
{
    for (int b = 0; b < OST_BONES; b++) {
        char stem[OST_RESULT_NAME - 8];
        (void)snprintf(stem, sizeof stem, "other_%s", ost_bone_name((enum ost_bone)b));
        (void)snprintf(out->stl[b], sizeof out->stl[b], "%s.stl", stem);
        (void)snprintf(out->glb[b], sizeof out->glb[b], "%s.glb", stem);
        if (!ost_recon_write_surface(case_dir, stem, bone[b], other->sd[b], err))
            return false;
    }
    return true;
}

bool ost_recon_write_other(const char *case_dir, const struct ost_recon_found *found,
                           struct ost_result_other *out, struct ost_err *err)
{
    const struct ost_recon_other *other = found->other;
    OST_AUTO(ost_arm_table) radius = NULL;
    OST_AUTO(ost_arm_table) ulna = NULL;
    if (!bone_of(found, OST_RADIUS, &radius, err) || !bone_of(found, OST_ULNA, &ulna, err))
        return false;
    const struct ost_mesh *const bone[OST_BONES] = {radius->mesh, ulna->mesh};
    out->view_count = other->view_count;
    out->residual = other->residual;
    out->used = other->target != NULL;
    ost_recon_describe_views(other->view, other->view_count, "other_", out->view);
    ost_recon_measure(found->prior, other->arm.mirrored, bone, other->measure_sd, out->measure);
    bool ok = write_bones(case_dir, other, bone, out, err);
    for (size_t i = 0; ok && i < other->view_count; i++)
        ok = ost_recon_write_overlay(case_dir, &other->view[i], found->simulated, bone,
                                     &out->view[i], err);
    return ok;
}
