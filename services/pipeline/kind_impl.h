/* The kinds of job, one file each. */
#ifndef OST_PIPELINE_KIND_IMPL_H
#define OST_PIPELINE_KIND_IMPL_H

#include "services/pipeline/pipeline.h"

extern const struct ost_work_kind ost_work_recon, ost_work_mech, ost_work_guide, ost_work_report;

#endif
