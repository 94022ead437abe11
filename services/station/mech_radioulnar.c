/* The distal radioulnar joint in joint.json: the ulna's head pressed into the notch. */
#include "fem/study/radioulnar.h"
#include "recon/math/vec.h"
#include "services/station/mech_impl.h"

static const double force_n = 20.0; /* assumed: what presses a joint at rest, to compare by */

json_t *mech_radioulnar_json(const struct mech *m)
{
    const struct ost_cartilage c = ost_radioulnar_cartilage();
    OST_AUTO(ost_mesh) ulna = NULL;
    struct ost_radioulnar r;
    struct ost_err why = {0};
    if (!mech_read_ulna_surface(m, &ulna, &why) || ulna == NULL ||
        !ost_radioulnar_press(m->model, &m->bone.anatomy, ulna, force_n, &r, &why))
        return json_pack("{s:s}", "refused", why.msg);
    const struct ost_contact_of *of = &r.contact.carpal[0];
    return json_pack("{s:s, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f}", "how",
                     "discrete elements; the ulna where it stands, pressed toward the radial side",
                     "force_n", force_n, "notch_mm2", r.area, "gap_mm", r.gap, "contact_mm2",
                     of->area, "peak_mpa", of->peak, "centre_dorsal_mm", r.dorsal,
                     "centre_proximal_mm", r.proximal, "shift_mm", ost_length(r.contact.shift),
                     "cartilage_mpa", c.modulus, "cartilage_mm", c.thickness, "ligament_n_mm",
                     c.ligament, "residual", r.contact.residual);
}
