#include "fem/study/radioulnar.h"

#include "fem/mesh/sdf.h"
#include "recon/math/vec.h"

#include <stdlib.h>
#include <string.h>

static const double band_mm = 4.0; /* of the head's distance */
/* Of the notch: how far a face may lie from the corners' line, and how it must look. */
static const double high_mm = 10.0, beyond_mm = 2.0, aside_mm = 3.0, facing = 0.4;

struct ost_cartilage ost_radioulnar_cartilage(void)
{
    struct ost_cartilage c = ost_cartilage_default();
    c.thickness = 1.2;
    c.ligament = 20.0;
    return c;
}

/* Dorsal, proximal and radial of the corners' middle. */
static void to_notch(const struct ost_study_anatomy *a, const double p[3], double out[3])
{
    double middle[3], from[3];
    for (int k = 0; k < 3; k++)
        middle[k] = 0.5 * (a->corner_volar[k] + a->corner_dorsal[k]);
    ost_sub(p, middle, from);
    out[0] = -ost_dot(from, a->volar);
    out[1] = -ost_dot(from, a->axis);
    out[2] = ost_dot(from, a->radial);
}

static bool in_notch(const struct ost_study_anatomy *a, const double middle[3],
                     const double normal[3])
{
    double at[3], volar[3], dorsal[3];
    to_notch(a, middle, at);
    to_notch(a, a->corner_volar, volar);
    to_notch(a, a->corner_dorsal, dorsal);
    return ost_dot(normal, a->radial) < -facing && at[1] > -beyond_mm && at[1] < high_mm &&
           at[0] > volar[0] - aside_mm && at[0] < dorsal[0] + aside_mm && fabs(at[2]) < high_mm;
}

static size_t find_patches(const struct ost_bone_model *model, const struct ost_study_anatomy *a,
                           struct ost_patch *patch)
{
    size_t count = 0;
    for (uint32_t i = 0; i < model->boundary->face_count; i++) {
        const uint32_t *f = model->boundary->face[i];
        double u[3], v[3], normal[3], middle[3] = {0.0};
        for (int k = 0; k < 3; k++)
            ost_along(middle, 1.0 / 3.0, model->mesh->node[f[k]], middle);
        ost_sub(model->mesh->node[f[1]], model->mesh->node[f[0]], u);
        ost_sub(model->mesh->node[f[2]], model->mesh->node[f[0]], v);
        ost_cross(u, v, normal);
        double area = 0.5 * ost_unit(normal);
        if (!in_notch(a, middle, normal))
            continue;
        patch[count].area = area;
        memcpy(patch[count++].middle, middle, sizeof middle);
    }
    return count;
}

/* Beyond its voxels the head is far, not as near as a field of the mesher's would have it. */
static double head_at(const void *user, const double point[3])
{
    return ost_grid_at(user, point, band_mm);
}

/* The head alone: what can come near the notch. */
static bool head_of(const struct ost_mesh *ulna, const struct ost_study_anatomy *a,
                    struct ost_grid **out, struct ost_err *err)
{
    const double room_mm = 28.0;
    struct ost_sdf_options how = ost_sdf_options_default();
    for (int k = 0; k < 3; k++) {
        double middle = 0.5 * (a->corner_volar[k] + a->corner_dorsal[k]);
        how.low[k] = middle - room_mm;
        how.high[k] = middle + room_mm;
        how.anchor[k] = middle;
    }
    how.band = how.margin = band_mm;
    return ost_sdf_of_mesh(ulna, &how, out, err);
}

static bool press(const struct ost_patch *patch, size_t count, const struct ost_grid *head,
                  const struct ost_study_anatomy *a, double force, struct ost_radioulnar *out,
                  struct ost_err *err)
{
    const struct ost_field field = {.at = head_at, .user = head};
    struct ost_contact_ask ask = {.patch = patch,
                                  .patch_count = count,
                                  .carpal = &field,
                                  .carpal_count = 1,
                                  .cartilage = ost_radioulnar_cartilage()};
    double(*on)[3] = calloc(count + 1, sizeof *on);
    if (on == NULL)
        return ost_fail(err, OST_NOMEM, "radioulnar joint: no room for %zu patches", count);
    for (int k = 0; k < 3; k++)
        ask.force[k] = force * a->radial[k];
    out->gap = INFINITY;
    for (size_t i = 0; i < count; i++) {
        out->area += patch[i].area;
        out->gap = fmin(out->gap, field.at(field.user, patch[i].middle));
    }
    bool ok = ost_contact_solve(&ask, on, &out->contact, err);
    free(on);
    if (ok) {
        double at[3];
        to_notch(a, out->contact.carpal[0].centre, at);
        out->dorsal = at[0];
        out->proximal = at[1];
    }
    return ok;
}

bool ost_radioulnar_press(const struct ost_bone_model *model,
                          const struct ost_study_anatomy *anatomy, const struct ost_mesh *ulna,
                          double force, struct ost_radioulnar *out, struct ost_err *err)
{
    OST_AUTO(ost_grid) head = NULL;
    *out = (struct ost_radioulnar){0};
    struct ost_patch *patch = calloc((size_t)model->boundary->face_count + 1, sizeof *patch);
    if (patch == NULL)
        return ost_fail(err, OST_NOMEM, "radioulnar joint: no room for its patches");
    size_t count = find_patches(model, anatomy, patch);
    out->patches = (uint32_t)count;
    bool ok =
        count >= 20 || ost_fail(err, OST_INVALID, "the sigmoid notch has %zu faces only", count);
    ok = ok && head_of(ulna, anatomy, &head, err) && head != NULL &&
         press(patch, count, head, anatomy, force, out, err);
    free(patch);
    return ok || ost_err_note(err, "radioulnar joint");
}
