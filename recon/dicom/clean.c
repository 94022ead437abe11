#include "recon/dicom/clean.h"

#include "recon/dicom/clean_object_impl.h"
#include "recon/dicom/keyed.h"

#include <stdlib.h>
#include <string.h>

void ost_clean_dicom_destroy(struct ost_clean_dicom *clean)
{
    if (clean == NULL)
        return;
    ost_buf_fini(&clean->bytes);
    free(clean);
}

bool ost_clean_dicom_open(const void *bytes, size_t len, struct ost_clean_dicom **out,
                          struct ost_err *err)
{
    OST_AUTO(ost_clean_dicom) clean = calloc(1, sizeof *clean);
    if (clean == NULL)
        return ost_fail(err, OST_NOMEM, "clean record of %zu bytes", len);
    ost_buf_init(&clean->bytes, OST_CLEAN_BYTES_MOST);
    if (!ost_clean_record_read(bytes, len, &clean->record, &clean->pixels_at, err))
        return false;
    ost_buf_put(&clean->bytes, bytes, len);
    if (!ost_buf_done(&clean->bytes, err))
        return ost_err_note(err, "clean record");
    *out = ost_steal(&clean);
    return true;
}

bool ost_clean_object_rewrite(struct ost_clean_dicom *clean, struct ost_err *err)
{
    struct ost_buf next;
    ost_buf_init(&next, OST_CLEAN_BYTES_MOST);
    if (!ost_clean_record_write(&clean->record, clean->bytes.ptr + clean->pixels_at, &next, err)) {
        ost_buf_fini(&next);
        return false;
    }
    size_t pixels = clean->bytes.len - clean->pixels_at;
    ost_buf_fini(&clean->bytes);
    clean->bytes = next;
    clean->pixels_at = next.len - pixels;
    return true;
}

const struct ost_clean_facts *ost_clean_dicom_facts_view(const struct ost_clean_dicom *clean)
{
    return &clean->record.facts;
}

const unsigned char *ost_clean_dicom_bytes_view(const struct ost_clean_dicom *clean, size_t *len)
{
    *len = clean->bytes.len;
    return clean->bytes.ptr;
}

const struct ost_clean_box *ost_clean_dicom_suspected_view(const struct ost_clean_dicom *clean,
                                                           size_t *count)
{
    *count = clean->record.suspected_count;
    return clean->record.suspected;
}

const struct ost_clean_box *ost_clean_dicom_blacked_view(const struct ost_clean_dicom *clean,
                                                         size_t *count)
{
    *count = clean->record.blacked_count;
    return clean->record.blacked;
}

bool ost_clean_dicom_set_view(struct ost_clean_dicom *clean, enum ost_clean_view view,
                              struct ost_err *err)
{
    if (view < OST_CLEAN_VIEW_UNKNOWN || view > OST_CLEAN_VIEW_OBLIQUE)
        return ost_fail(err, OST_INVALID, "no such projection");
    enum ost_clean_view before = clean->record.facts.view;
    clean->record.facts.view = view;
    if (ost_clean_object_rewrite(clean, err))
        return true;
    clean->record.facts.view = before;
    return false;
}

static bool is_zero(const unsigned char *bytes, size_t len)
{
    unsigned char any = 0;
    for (size_t i = 0; i < len; i++)
        any |= bytes[i];
    return any == 0;
}

bool ost_clean_dicom_key(struct ost_clean_dicom *clean, const void *key, size_t key_len,
                         struct ost_err *err)
{
    struct ost_clean_record *r = &clean->record;
    if (r->state == OST_CLEAN_KEYED)
        return ost_fail(err, OST_CONFLICT, "the record is keyed already");
    unsigned char digest[OST_SHA256_BYTES];
    for (size_t i = 0; i < 4; i++) {
        bool absent = is_zero(r->uid[i], sizeof r->uid[i]);
        ost_keyed_hash(key, key_len, "uid", r->uid[i], sizeof r->uid[i], digest);
        memset(r->uid[i], 0, sizeof r->uid[i]);
        if (key_len > 0 && !absent)
            memcpy(r->uid[i], digest, sizeof r->uid[i]);
    }
    ost_keyed_hash(key, key_len, "file", r->file, sizeof r->file, digest);
    memset(r->file, 0, sizeof r->file);
    if (key_len > 0)
        memcpy(r->file, digest, sizeof r->file);
    r->state = OST_CLEAN_KEYED;
    return ost_clean_object_rewrite(clean, err);
}

bool ost_clean_dicom_is_keyed(const struct ost_clean_dicom *clean)
{
    return clean->record.state == OST_CLEAN_KEYED;
}

void ost_clean_dicom_uid(const struct ost_clean_dicom *clean, enum ost_clean_uid which,
                         char text[OST_CLEAN_UID_TEXT])
{
    const struct ost_clean_record *r = &clean->record;
    text[0] = '\0';
    if (r->state == OST_CLEAN_KEYED && (unsigned int)which < 4 &&
        !is_zero(r->uid[which], sizeof r->uid[which]))
        ost_keyed_uid_text(r->uid[which], text);
}

/* Names of the closed words, by their numbers. */
static const char *const view_name[] = {"unknown", "pa", "ap", "lateral", "oblique"};
static const char *const side_name[] = {"unknown", "left", "right", "both"};
static const char *const how_name[] = {"none", "measured", "assumed"};

const char *ost_clean_kind_name(enum ost_clean_kind kind)
{
    return kind == OST_CLEAN_CT ? "ct" : "film";
}

const char *ost_clean_view_name(enum ost_clean_view view)
{
    return view_name[view <= OST_CLEAN_VIEW_OBLIQUE ? view : OST_CLEAN_VIEW_UNKNOWN];
}

const char *ost_clean_side_name(enum ost_clean_side side)
{
    return side_name[side <= OST_CLEAN_SIDE_BOTH ? side : OST_CLEAN_SIDE_UNKNOWN];
}

const char *ost_clean_how_name(enum ost_clean_how how)
{
    return how_name[how <= OST_CLEAN_HOW_ASSUMED ? how : OST_CLEAN_HOW_NONE];
}

bool ost_clean_view_of(const char *name, enum ost_clean_view *out)
{
    for (int i = 0; i <= OST_CLEAN_VIEW_OBLIQUE; i++) {
        if (strcmp(name, view_name[i]) == 0) {
            *out = (enum ost_clean_view)i;
            return true;
        }
    }
    return false;
}

static void hex(struct ost_buf *json, const unsigned char digest[OST_CLEAN_DIGEST])
{
    char text[OST_SHA256_HEX];
    ost_sha256_hex(digest, text);
    ost_buf_text(json, text);
}

bool ost_clean_dicom_removed_json(const struct ost_clean_dicom *clean, struct ost_buf *json,
                                  struct ost_err *err)
{
    const struct ost_clean_record *r = &clean->record;
    static const char *const source[] = {"", "dicom", "png", "jpeg"};
    ost_buf_print(json, "{\"osteon_removal\":1,\"rules\":\"%s\",\"profile\":\"basic\",",
                  OST_DEID_RULES);
    ost_buf_print(json, "\"source\":\"%s\",\"file\":\"", source[r->facts.source]);
    hex(json, r->file);
    ost_buf_print(json, "\",\"private\":%u,\"unknown\":%u,\"metadata_bytes\":%u,\"attributes\":[",
                  r->private_count, r->unknown_count, r->metadata_bytes);
    ost_deid_removals_json(r->removal, r->removal_count, json);
    ost_buf_text(json, "],\"blacked_out\":[");
    for (uint32_t i = 0; i < r->blacked_count; i++) {
        const struct ost_clean_box *b = &r->blacked[i];
        ost_buf_print(json, "%s{\"x\":%u,\"y\":%u,\"w\":%u,\"h\":%u}", i > 0 ? "," : "", b->x, b->y,
                      b->w, b->h);
    }
    ost_buf_text(json, "]}");
    if (!ost_buf_done(json, err))
        return ost_err_note(err, "removal record");
    return true;
}
