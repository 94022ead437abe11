/* The door for pictures: what the de-identifier made, and nothing else. */
#include "recon/dicom/clean.h"

#include "services/store/store_impl.h"

#include <stdio.h>
#include <string.h>

static bool key(const struct ost_store *store, int64_t institution, struct ost_clean_dicom *clean,
                struct ost_err *err)
{
    unsigned char secret[OST_STORE_KEY];
    if (ost_clean_dicom_is_keyed(clean))
        return true;
    ost_store_key(store, "uid", institution, secret);
    bool ok = ost_clean_dicom_key(clean, secret, sizeof secret, err);
    explicit_bzero(secret, sizeof secret);
    return ok;
}

bool ost_store_put_clean(struct ost_store *store, int64_t institution,
                         struct ost_clean_dicom *clean, struct ost_blob *blob, struct ost_err *err)
{
    size_t len = 0;
    if (!key(store, institution, clean, err))
        return false;
    const unsigned char *bytes = ost_clean_dicom_bytes_view(clean, &len);
    *blob = (struct ost_blob){.institution = institution};
    (void)snprintf(blob->kind, sizeof blob->kind, "%s",
                   ost_clean_dicom_facts_view(clean)->kind == OST_CLEAN_CT ? "ct" : "film");
    return ost_store_put(store, blob, bytes, len, err);
}
