/* A whole file through the de-identifier, and the second look at what was written. */
#include "recon/base/sha256.h"
#include "recon/dicom/deid.h"
#include "recon/dicom/deid_impl.h"
#include "recon/dicom/film_impl.h"
#include "recon/dicom/keyed.h"
#include "recon/dicom/lettering.h"
#include "recon/dicom/raw_impl.h"
#include "recon/dicom/scan.h"

#include <string.h>

struct found {
    const struct ost_identity *identity;
    bool hit;
};

/* After writing: every text value once more, as a reader of the file meets it. */
static enum ost_edit look(void *user, const struct ost_element *e)
{
    struct found *found = user;
    bool code = memcmp(e->vr, "CS", 2) == 0 || memcmp(e->vr, "UI", 2) == 0 ||
                memcmp(e->vr, "DS", 2) == 0 || memcmp(e->vr, "IS", 2) == 0 ||
                memcmp(e->vr, "TM", 2) == 0;
    if (e->value != NULL && !code && ost_identity_in_text(found->identity, e->value, e->len))
        found->hit = true;
    return OST_EDIT_KEEP;
}

static bool survives(struct ost_err *err)
{
    return ost_fail(err, OST_DENIED,
                    "a name, number or date of the patient would have stayed in the file");
}

/* Read back by the parser, and searched as bytes with the parser out of the way. */
static bool second_look(const struct ost_buf *written, const struct ost_identity *identity,
                        struct ost_err *err)
{
    OST_AUTO(ost_dataset) again = NULL;
    struct ost_scan scan;
    if (!ost_scan_part10(written->ptr, written->len, &scan, err) ||
        !ost_dataset_read(written->ptr, written->len, &again, err))
        return ost_err_note(err, "what was written");
    struct found found = {.identity = identity};
    struct ost_editor editor = {.edit = look, .user = &found};
    if (!ost_dataset_edit(again, &editor, err))
        return ost_err_note(err, "what was written");
    if (found.hit)
        return survives(err);
    size_t pixels = 0;
    (void)ost_dataset_pixels_view(again, &pixels);
    size_t head = pixels < written->len ? written->len - pixels : 0;
    if (ost_identity_in_bytes(identity, written->ptr, head) ||
        ost_identity_in_pixels(identity, written->ptr + head, written->len - head))
        return survives(err);
    return true;
}

static bool prepare(const void *bytes, size_t len, struct ost_buf *plain,
                    struct ost_dataset **dataset, struct ost_err *err)
{
    struct ost_scan scan;
    if (ost_scan_is_deflated(bytes, len)) {
        if (!ost_scan_inflate(bytes, len, plain, err))
            return false;
        bytes = plain->ptr;
        len = plain->len;
    }
    return ost_scan_part10(bytes, len, &scan, err) &&
           ost_scan_pixels_within(&scan, OST_DEID_FILE_MOST, err) &&
           ost_dataset_read(bytes, scan.len, dataset, err);
}

/* A file that does not name itself, or no longer does, is named by its bytes and the key. */
static bool name_instance(struct ost_dataset *dataset, const struct ost_deid_key *key,
                          const struct ost_deid_report *report, struct ost_err *err)
{
    char uid[OST_KEYED_UID_TEXT];
    unsigned char digest[OST_SHA256_BYTES];
    if (ost_dataset_text(dataset, 0x00080018, uid, sizeof uid))
        return true;
    ost_keyed_hash(key->bytes, key->len, "instance", report->before, sizeof report->before, digest);
    ost_keyed_uid_text(digest, uid);
    return ost_dataset_put(dataset, 0x00080018, uid, err);
}

/* Pixels are not cleaned here: the record says where a person must look. Pictures of other
 * forms than a film's are not searched. */
static void note_lettering(struct ost_dataset *dataset, struct ost_deid_report *report)
{
    struct ost_raw raw = {0};
    struct ost_clean_facts facts = {.kind = OST_CLEAN_FILM};
    struct ost_lettering found;
    struct ost_buf pixels;
    struct ost_err ignored;
    ost_buf_init(&pixels, OST_CLEAN_BYTES_MOST);
    if (ost_dataset_has_pixels(dataset) && ost_raw_read(dataset, &raw, &ignored) &&
        ost_film_pixels(dataset, &raw, &facts, &pixels, &ignored) &&
        ost_lettering_find(pixels.ptr, &facts, &found, &ignored))
        report->suspected_count = found.count;
    ost_buf_fini(&pixels);
    ost_raw_fini(&raw);
}

static bool deidentify(struct ost_dataset *dataset, const struct ost_deid_profile *profile,
                       const struct ost_deid_key *key, struct ost_deid_file *out,
                       struct ost_err *err)
{
    OST_AUTO(ost_identity) identity = NULL;
    if (!ost_identity_create(&identity, err) ||
        !ost_deid_dataset(dataset, profile, key, identity, out->report, err))
        return false;
    ost_deid_forgive_own(identity);
    if (!name_instance(dataset, key, out->report, err) || !ost_dataset_unpack(dataset, err) ||
        !ost_raw_trim(dataset, err))
        return false;
    note_lettering(dataset, out->report);
    return ost_deid_mark(dataset, profile, err) && ost_dataset_write(dataset, &out->bytes, err) &&
           second_look(&out->bytes, identity, err);
}

bool ost_deid_file(const void *bytes, size_t len, const struct ost_deid_profile *profile,
                   const struct ost_deid_key *key, struct ost_deid_file *out, struct ost_err *err)
{
    memset(out->report, 0, sizeof *out->report);
    ost_buf_init(&out->bytes, OST_DEID_FILE_MOST);
    ost_sha256_of(bytes, len, out->report->before);
    struct ost_buf plain;
    ost_buf_init(&plain, OST_DEID_FILE_MOST);
    OST_AUTO(ost_dataset) dataset = NULL;
    bool ok =
        prepare(bytes, len, &plain, &dataset, err) && deidentify(dataset, profile, key, out, err);
    ost_buf_fini(&plain);
    if (!ok) {
        ost_buf_fini(&out->bytes);
    } else {
        ost_sha256_of(out->bytes.ptr, out->bytes.len, out->report->after);
    }
    return ok;
}
