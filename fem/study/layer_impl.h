/* Cartilage over the joint: what lies within its outline and a thickness of the bone. */
#ifndef OST_FEM_STUDY_LAYER_IMPL_H
#define OST_FEM_STUDY_LAYER_IMPL_H

#include "fem/mesh/field.h"
#include "fem/study/outline_impl.h"

struct layer {
    struct ost_field bone; /* whose distance reaches as far as the thickness */
    const struct ost_study_anatomy *anatomy;
    struct outline outline;
    double thickness; /* mm */
};

OST_MUST_CHECK
bool layer_make(const struct ost_field *bone, const struct ost_study_anatomy *anatomy,
                double thickness, struct layer *out, struct ost_err *err);

struct ost_field layer_field(const struct layer *layer); /* `layer` is borrowed */

#endif
