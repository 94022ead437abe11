/* The ulna of a case, beside the radius. */
#include "recon/image/nifti.h"
#include "recon/mesh/stl.h"
#include "services/station/mech_impl.h"

bool mech_read_ulna_surface(const struct mech *m, struct ost_mesh **out, struct ost_err *err)
{
    const char *name = m->result->bone[OST_ULNA].stl;
    struct ost_buf bytes;
    if (name[0] == '\0')
        return ost_fail(err, OST_NOT_FOUND, "the case has no ulna");
    bool ok = mech_read_result_file(m, name, OST_MECH_STL_MOST, &bytes, err) &&
              ost_stl_read(bytes.ptr, bytes.len, OST_MECH_TRIANGLES_MOST, out, err);
    ost_buf_fini(&bytes);
    return ok || ost_err_note(err, "the ulna's surface");
}

bool mech_read_ulna(struct mech *m, struct ost_err *err)
{
    const char *name = m->result->bone[OST_ULNA].density;
    struct ost_buf bytes;
    if (!mech_read_ulna_surface(m, &m->ulna, err))
        return ost_err_note(err, "a study with the ulna");
    if (name[0] == '\0')
        return ost_fail(err, OST_NOT_FOUND,
                        "a study with the ulna: the case has no density of it; leave it out");
    bool ok = mech_read_result_file(m, name, OST_MECH_NIFTI_MOST, &bytes, err) &&
              ost_nifti_read(bytes.ptr, bytes.len, &m->ulna_density, err);
    ost_buf_fini(&bytes);
    if (!ok)
        return ost_err_note(err, "the ulna's density");
    m->bone.ulna = m->ulna;
    m->bone.ulna_density = m->ulna_density;
    return true;
}
