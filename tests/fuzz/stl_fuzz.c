/* STL, binary and ASCII: what is read is a mesh that can be written. */
#include "recon/mesh/stl.h"
#include "tests/fuzz/target.h"

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len)
{
    struct ost_err err;
    OST_AUTO(ost_mesh) mesh = NULL;
    if (!ost_stl_read(bytes, len, 100000, &mesh, &err))
        return 0;
    must(ost_mesh_check(mesh, &err));
    struct ost_buf out;
    ost_buf_init(&out, 16 << 20);
    must(ost_stl_write(mesh, &out, &err));
    ost_buf_fini(&out);
    return 0;
}
