#include "recon/shape/anatomy.h"

#include "recon/math/vec.h"
#include "recon/shape/shaft.h"

#include <string.h>

void ost_anatomy_of(const struct ost_prior *prior, const float (*radius)[3],
                    struct ost_anatomy *out)
{
    const struct ost_prior_bone *bone = ost_prior_bone_view(prior, OST_RADIUS);
    double p[OST_LANDMARKS][3];
    for (int i = 0; i < OST_LANDMARKS; i++) {
        for (int k = 0; k < 3 && ost_landmark_bone((enum ost_landmark)i) == OST_RADIUS; k++)
            p[i][k] = radius[ost_prior_landmark(prior, (enum ost_landmark)i)][k];
    }

    double border[3], across[3];
    for (int k = 0; k < 3; k++) {
        border[k] = 0.5 * (p[OST_ULNAR_CORNER_VOLAR][k] + p[OST_ULNAR_CORNER_DORSAL][k]);
        out->origin[k] =
            0.25 * (p[OST_STYLOID][k] + border[k] + p[OST_LIP_VOLAR][k] + p[OST_LIP_DORSAL][k]);
    }
    ost_shaft_axis(bone->mean, radius, bone->vertex_count, out->axis);
    ost_sub(p[OST_STYLOID], border, across);
    ost_along(across, -ost_dot(across, out->axis), out->axis, out->radial);
    (void)ost_unit(out->radial);
    ost_cross(out->radial, out->axis, out->volar); /* right arm: radial x distal is volar */
}

void ost_anatomy_of_arm(const struct ost_prior *prior, const float (*radius)[3], bool left,
                        struct ost_anatomy *out)
{
    ost_anatomy_of(prior, radius, out);
    for (int k = 0; k < 3 && left; k++)
        out->volar[k] = -out->volar[k];
}

void ost_anatomy_measure(const struct ost_anatomy *anatomy, const double (*landmark)[3],
                         struct ost_anatomy_numbers *out)
{
    double border[3], height[3], tilt[3], ulna[3];
    for (int k = 0; k < 3; k++) {
        border[k] =
            0.5 * (landmark[OST_ULNAR_CORNER_VOLAR][k] + landmark[OST_ULNAR_CORNER_DORSAL][k]);
    }
    ost_sub(landmark[OST_STYLOID], border, height);
    ost_sub(landmark[OST_LIP_DORSAL], landmark[OST_LIP_VOLAR], tilt);
    ost_sub(landmark[OST_ULNAR_HEAD], border, ulna);
    out->volar_tilt = atan2(ost_dot(tilt, anatomy->axis), fabs(ost_dot(tilt, anatomy->volar)));
    out->radial_inclination =
        atan2(ost_dot(height, anatomy->axis), ost_dot(height, anatomy->radial));
    out->radial_height = ost_dot(height, anatomy->axis);
    out->ulnar_variance = ost_dot(ulna, anatomy->axis);
}

void ost_anatomy_landmarks(const struct ost_prior *prior, const float (*radius)[3],
                           const float (*ulna)[3], double (*out)[3])
{
    for (int i = 0; i < OST_LANDMARKS; i++) {
        enum ost_landmark landmark = (enum ost_landmark)i;
        const float(*bone)[3] = ost_landmark_bone(landmark) == OST_RADIUS ? radius : ulna;
        for (int k = 0; k < 3; k++)
            out[i][k] = bone[ost_prior_landmark(prior, landmark)][k];
    }
}
