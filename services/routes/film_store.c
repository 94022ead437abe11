#include "recon/dicom/keyed.h"
#include "services/log/log.h"
#include "services/routes/film_impl.h"
#include "services/routes/share_impl.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define FILMS_OF_CASE  24
#define SLICES_OF_CASE 3000

void ost_film_key(const struct ost_call *call, unsigned char key[OST_SHA256_BYTES])
{
    char institution[24];
    int len = snprintf(institution, sizeof institution, "%" PRId64, call->session.who.institution);
    ost_keyed_hash(call->app->film_key, sizeof call->app->film_key, "institution", institution,
                   (size_t)len, key);
}

bool ost_film_has_room(struct ost_call *call, int64_t case_id, bool ct, struct ost_err *err)
{
    struct ost_db_film *film;
    size_t count, same = 0;
    if (!ost_db_film_list(call->db, case_id, call->arena, &film, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        same += (strcmp(film[i].kind, "ct") == 0) == ct;
    size_t most = ct ? SLICES_OF_CASE : FILMS_OF_CASE;
    return same < most ||
           ost_fail(err, OST_LIMIT, "The case has %zu of them, the most it may have.", same);
}

static json_t *boxes(const struct ost_clean_dicom *clean)
{
    size_t count;
    const struct ost_clean_box *box = ost_clean_dicom_suspected_view(clean, &count);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        (void)json_array_append_new(list,
                                    json_pack("{s:I,s:I,s:I,s:I}", "x", (json_int_t)box[i].x, "y",
                                              (json_int_t)box[i].y, "w", (json_int_t)box[i].w, "h",
                                              (json_int_t)box[i].h));
    }
    return list;
}

static const char *laterality(const struct ost_clean_facts *facts)
{
    switch (facts->side) {
    case OST_CLEAN_SIDE_LEFT:
        return "L";
    case OST_CLEAN_SIDE_RIGHT:
        return "R";
    default:
        return "";
    }
}

static const char *how(const struct ost_clean_facts *facts)
{
    return facts->spacing_how == OST_CLEAN_HOW_NONE ? "unknown"
                                                    : ost_clean_how_name(facts->spacing_how);
}

static json_t *removed(const struct ost_clean_dicom *clean)
{
    struct ost_buf text;
    struct ost_err err;
    ost_buf_init(&text, (size_t)1024 * 1024);
    json_t *json = ost_clean_dicom_removed_json(clean, &text, &err)
                       ? json_loadb((const char *)text.ptr, text.len, 0, NULL)
                       : NULL;
    ost_buf_fini(&text);
    return json == NULL ? json_object() : json;
}

json_t *ost_film_pending_json(const struct ost_pending *pending)
{
    const struct ost_clean_facts *facts = ost_clean_dicom_facts_view(pending->clean);
    json_t *spacing = facts->spacing[0] > 0.0
                          ? json_pack("[f,f]", facts->spacing[0], facts->spacing[1])
                          : json_null();
    return json_pack("{s:s,s:I,s:s,s:I,s:I,s:s,s:o,s:s,s:o,s:o,s:o}", "id", pending->id, "case",
                     (json_int_t)pending->case_id, "kind", ost_clean_kind_name(facts->kind),
                     "width", (json_int_t)facts->width, "height", (json_int_t)facts->height,
                     "projection", ost_clean_view_name(facts->view), "spacing_mm", spacing,
                     "spacing_how", how(facts), "laterality", ost_json_text(laterality(facts)),
                     "suspected", boxes(pending->clean), "removed", removed(pending->clean));
}

static void fill(const struct ost_pending *pending, const char *arm, struct ost_db_film *film)
{
    const struct ost_clean_facts *facts = ost_clean_dicom_facts_view(pending->clean);
    *film = (struct ost_db_film){.case_id = pending->case_id,
                                 .width = facts->width,
                                 .height = facts->height,
                                 .spacing = {facts->spacing[0], facts->spacing[1]}};
    (void)snprintf(film->kind, sizeof film->kind, "%s", ost_clean_kind_name(facts->kind));
    (void)snprintf(film->projection, sizeof film->projection, "%s",
                   ost_clean_view_name(facts->view));
    (void)snprintf(film->arm, sizeof film->arm, "%s", arm);
    (void)snprintf(film->laterality, sizeof film->laterality, "%s", laterality(facts));
    (void)snprintf(film->spacing_how, sizeof film->spacing_how, "%s", how(facts));
    ost_clean_dicom_uid(pending->clean, OST_CLEAN_SERIES, film->series);
}

static bool make_rows(struct ost_call *call, struct ost_blob *blob, const char *record,
                      struct ost_db_film *film, bool *added, struct ost_err *err)
{
    *added = false;
    if (!ost_call_begin(call, OST_RIGHT_UPLOAD, film->case_id, err) ||
        !ost_film_has_room(call, film->case_id, strcmp(film->kind, "ct") == 0, err) ||
        !ost_db_blob_add(call->db, blob, added, err) ||
        !ost_call_share(call, OST_USAGE_BYTES, 0, err))
        return false;
    film->blob_id = blob->id;
    return ost_db_film_add(call->db, film, record, err) &&
           ost_db_film_get(call->db, film->id, film, err) && ost_db_commit(call->db, err);
}

bool ost_film_store(struct ost_call *call, const struct ost_pending *pending, const char *arm,
                    struct ost_db_film *film, struct ost_err *err)
{
    struct ost_blob written, blob;
    struct ost_buf record;
    struct ost_err late;
    bool added = false;
    fill(pending, arm, film);
    ost_buf_init(&record, (size_t)1024 * 1024);
    bool ok = ost_clean_dicom_removed_json(pending->clean, &record, err);
    ost_buf_put_u8(&record, 0);
    ok = ok && ost_buf_done(&record, err) &&
         ost_store_put_clean(call->app->store, call->session.who.institution, pending->clean,
                             &written, err);
    if (ok) {
        blob = written;
        ok = make_rows(call, &blob, (const char *)record.ptr, film, &added, err);
        if ((!ok || !added) && !ost_store_delete(call->app->store, &written, &late))
            ost_log_err(OST_LOG_WARN, "film.blob_left", &late);
    }
    ost_buf_fini(&record);
    return ok;
}
