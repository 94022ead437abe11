#include "recon/shape/train.h"

static const struct ost_train_file file[OST_TRAIN_FILES] = {
    {"wrist_surfaces/opensim/radius_rv.stl", OST_TRAIN_OPENSIM, OST_RADIUS},
    {"wrist_surfaces/opensim/ulna_rv.stl", OST_TRAIN_OPENSIM, OST_ULNA},
    {"wrist_surfaces/opensim/r_radius.stl", OST_TRAIN_OPENSIM, OST_RADIUS},
    {"wrist_surfaces/opensim/r_ulna.stl", OST_TRAIN_OPENSIM, OST_ULNA},
    {"wrist_surfaces/opensim/arm_r_radius.stl", OST_TRAIN_OPENSIM, OST_RADIUS},
    {"wrist_surfaces/opensim/arm_r_ulna.stl", OST_TRAIN_OPENSIM, OST_ULNA},
    {"wrist_surfaces/brown_sandbox/radius_frame0.stl", OST_TRAIN_BROWN, OST_RADIUS},
    {"wrist_surfaces/calgary/ControlSample1_R_Radius_Mesh.stl", OST_TRAIN_CALGARY, OST_RADIUS},
    {"wrist_surfaces/calgary/ControlSample1_R_Ulna_Mesh.stl", OST_TRAIN_CALGARY, OST_ULNA},
    {"wrist_surfaces/calgary/InjurySample2_R_Radius_Mesh.stl", OST_TRAIN_CALGARY, OST_RADIUS},
    {"wrist_surfaces/calgary/InjurySample2_R_Ulna_Mesh.stl", OST_TRAIN_CALGARY, OST_ULNA},
};

const struct ost_train_file *ost_train_file(int index)
{
    return &file[index];
}

const char *ost_train_set_name(enum ost_train_set set)
{
    static const char *const name[OST_TRAIN_SETS] = {"opensim", "brown_sandbox", "calgary"};
    return name[set];
}

const char *ost_train_set_licence(enum ost_train_set set)
{
    static const char *const licence[OST_TRAIN_SETS] = {"CC BY 3.0", "BSD style", "GPL-3.0"};
    return licence[set];
}
