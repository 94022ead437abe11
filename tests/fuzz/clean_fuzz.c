/* The parent's only decoder: what it accepts is spelled back to the same bytes, and every
 * getter and change works on it. */
#include "recon/dicom/clean.h"
#include "tests/fuzz/target.h"

#include <string.h>

static void use(struct ost_clean_dicom *clean)
{
    struct ost_err err;
    struct ost_buf out;
    const struct ost_clean_facts *f = ost_clean_dicom_facts_view(clean);
    OST_AUTO(ost_image) image = NULL;
    must(ost_clean_dicom_image(clean, &image, &err));
    ost_buf_init(&out, (size_t)f->width * f->height);
    must(ost_clean_dicom_preview(clean, &out, &err));
    ost_buf_fini(&out);
    ost_buf_init(&out, 1 << 20);
    must(ost_clean_dicom_removed_json(clean, &out, &err));
    ost_buf_fini(&out);
    const struct ost_clean_box box = {f->width / 2, f->height / 2, 1, 1};
    if (!ost_clean_dicom_blackout(clean, &box, 1, &err))
        must(err.code == OST_LIMIT);
    if (!ost_clean_dicom_is_keyed(clean))
        must(ost_clean_dicom_key(clean, "key", 3, &err));
    must(ost_clean_dicom_set_view(clean, OST_CLEAN_VIEW_PA, &err));
    char uid[OST_CLEAN_UID_TEXT];
    ost_clean_dicom_uid(clean, OST_CLEAN_STUDY, uid);
    size_t len = 0;
    const unsigned char *bytes = ost_clean_dicom_bytes_view(clean, &len);
    OST_AUTO(ost_clean_dicom) again = NULL;
    must(ost_clean_dicom_open(bytes, len, &again, &err));
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len)
{
    struct ost_err err;
    OST_AUTO(ost_clean_dicom) clean = NULL;
    if (!ost_clean_dicom_open(bytes, len, &clean, &err))
        return 0;
    size_t same_len = 0;
    const unsigned char *same = ost_clean_dicom_bytes_view(clean, &same_len);
    must(same_len == len && memcmp(same, bytes, len) == 0);
    use(clean);
    return 0;
}
