#include "services/station/plan_file.h"

#include "recon/mesh/icp.h"
#include "services/casefile/disk.h"

bool ost_station_plan_read(const char *case_dir, struct ost_plan **out, struct ost_err *err)
{
    struct ost_buf bytes;
    ost_buf_init(&bytes, OST_PLAN_BYTES);
    bool ok = ost_disk_read(case_dir, "plan.json", &bytes, err) &&
              ost_plan_read(bytes.ptr, bytes.len, OST_FORM_JSON, out, err);
    ost_buf_fini(&bytes);
    return ok || ost_err_note(err, "plan.json");
}

struct ost_value ost_station_plan_value(const struct ost_plan *plan, enum ost_type type,
                                        const char *property)
{
    int object = ost_plan_first(plan, type);
    if (object < 0)
        return (struct ost_value){.kind = OST_VALUE_NONE};
    return ost_plan_property_view(plan, object, property).value;
}

void ost_station_place_bone(const struct ost_plan *plan, const char *bone, struct ost_mesh *mesh)
{
    int object = ost_plan_find(plan, bone);
    struct ost_value by = ost_plan_property_view(plan, object, "correction").value;
    if (by.kind == OST_VALUE_RIGID)
        ost_mesh_move(mesh, &by.rigid);
}
