#include "services/tool/train_hand.h"

#include "recon/mesh/icp.h"
#include "recon/mesh/stl.h"
#include "services/casefile/disk.h"

#include <stdio.h>
#include <string.h>

enum { STL_MOST = 1 << 24, TRIANGLES_MOST = 1000000 };

static bool read_bone(const char *data, const char *name, struct ost_mesh **out,
                      struct ost_err *err)
{
    char path[256];
    struct ost_buf bytes;
    (void)snprintf(path, sizeof path, "wrist_surfaces/opensim/arm_r_%s.stl", name);
    ost_buf_init(&bytes, STL_MOST);
    bool done = ost_disk_read(data, path, &bytes, err) &&
                ost_stl_read(bytes.ptr, bytes.len, TRIANGLES_MOST, out, err);
    ost_buf_fini(&bytes);
    return done;
}

bool ost_train_hand_read(const char *data, const struct ost_prior *prior,
                         struct ost_train_hand *out, struct ost_err *err)
{
    OST_AUTO(ost_mesh) radius = NULL;
    OST_AUTO(ost_mesh) mean = NULL;
    const struct ost_icp_options options = {.spacing = 3.0};
    struct ost_icp_result laid;
    *out = (struct ost_train_hand){.bone = {NULL}};
    if (!read_bone(data, "radius", &radius, err) ||
        !ost_prior_mean(prior, OST_RADIUS, 1.0, &mean, err) ||
        !ost_icp_anywhere(radius, mean, &options, &laid, err))
        return false;
    for (int b = 0; b < OST_SCENE_HAND; b++) {
        if (!read_bone(data, ost_scene_hand_name(b), &out->bone[b], err))
            return false;
        ost_mesh_move(out->bone[b], &laid.motion);
    }
    return true;
}

void ost_train_hand_fini(struct ost_train_hand *hand)
{
    for (int b = 0; b < OST_SCENE_HAND; b++)
        ost_mesh_destroy(hand->bone[b]);
}
