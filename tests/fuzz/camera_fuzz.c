/* Camera files, text and JSON. */
#include "recon/xray/camera.h"
#include "tests/fuzz/target.h"

#include <math.h>

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len)
{
    struct ost_camera camera;
    struct ost_err err;
    if (ost_camera_read((const char *)bytes, len, &camera, &err)) {
        must(isfinite(camera.focal[0]) && isfinite(camera.principal[0]));
        for (size_t i = 0; i < 9; i++)
            must(isfinite(camera.world_to_camera.r[i]));
    }
    return 0;
}
