#include "services/pipeline/kind_impl.h"

const struct ost_work_kind *const ost_work_kinds[OST_JOB_KINDS] = {
    [OST_JOB_RECON] = &ost_work_recon,
    [OST_JOB_MECH] = &ost_work_mech,
    [OST_JOB_GUIDE] = &ost_work_guide,
    [OST_JOB_REPORT] = &ost_work_report,
};
