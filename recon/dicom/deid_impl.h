/* The engine behind deid.h, over a data set in memory. */
#ifndef OST_DICOM_DEID_IMPL_H
#define OST_DICOM_DEID_IMPL_H

#include "recon/dicom/dataset_impl.h"
#include "recon/dicom/deid.h"
#include "recon/dicom/identity_impl.h"

OST_C_BEGIN

/*
 * Gathers the identity set, then edits the data set by the profile. What stays has been
 * compared with the set; `identity` is the caller's, to search what is written.
 */
OST_MUST_CHECK
bool ost_deid_dataset(struct ost_dataset *dataset, const struct ost_deid_profile *profile,
                      const struct ost_deid_key *key, struct ost_identity *identity,
                      struct ost_deid_report *report, struct ost_err *err);

/* Says in the data set that and how it was de-identified. */
OST_MUST_CHECK
bool ost_deid_mark(struct ost_dataset *dataset, const struct ost_deid_profile *profile,
                   struct ost_err *err);

/* Takes the de-identifier's own words out of a search that follows. */
void ost_deid_forgive_own(struct ost_identity *identity);

void ost_deid_report_add(struct ost_deid_report *report, uint32_t tag, enum ost_deid_action action);

/*
 * Keeps the words of a small list (body parts, projections, techniques) and drops all
 * others, digits and anything that is not ASCII. `out` has room for `len` + 1 bytes.
 */
void ost_deid_clean_text(const char *text, size_t len, char *out);

OST_C_END

#endif
