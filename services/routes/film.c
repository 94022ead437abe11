/* Stored films: picture, removal record, camera, projection; and their end. */
#include "recon/dicom/clean.h"
#include "recon/image/png.h"
#include "recon/xray/camera.h"
#include "services/db/audit.h"
#include "services/job/job.h"
#include "services/log/log.h"
#include "services/routes/picture_impl.h"
#include "services/routes/share_impl.h"
#include "services/routes/table_impl.h"

#include <stdio.h>
#include <string.h>

json_t *ost_json_film(const struct ost_db_film *film)
{
    json_t *spacing = film->spacing[0] > 0.0
                          ? json_pack("[f,f]", film->spacing[0], film->spacing[1])
                          : json_null();
    return json_pack("{s:I,s:s,s:s,s:s,s:o,s:o,s:I,s:I,s:o,s:s,s:b,s:I,s:s}", "id",
                     (json_int_t)film->id, "kind", film->kind, "projection", film->projection,
                     "arm", film->arm, "laterality", ost_json_text(film->laterality), "series",
                     ost_json_text(film->series), "width", (json_int_t)film->width, "height",
                     (json_int_t)film->height, "spacing_mm", spacing, "spacing_how",
                     film->spacing_how, "has_camera", film->has_camera ? 1 : 0, "frame",
                     (json_int_t)film->frame, "created_at", film->created_at);
}

/* The film, after the right to do this with its case was checked; in a transaction. */
static bool find(struct ost_call *call, enum ost_right right, struct ost_db_film *out,
                 struct ost_err *err)
{
    int64_t id;
    return ost_call_id(call, 0, &id, err) && ost_db_begin(call->db, &call->session.who, err) &&
           ost_db_film_get(call->db, id, out, err) &&
           ost_auth_may(call->db, &call->session, right, out->case_id, err);
}

static bool send_picture(struct ost_call *call, const struct ost_blob *blob, struct ost_err *err)
{
    struct ost_buf record;
    OST_AUTO(ost_clean_dicom) clean = NULL;
    ost_buf_init(&record, OST_CLEAN_BYTES_MOST);
    bool ok = ost_store_get(call->app->store, blob, &record, err) &&
              ost_clean_dicom_open(record.ptr, record.len, &clean, err);
    ost_buf_fini(&record);
    return ok && ost_picture_send(call, clean, err);
}

static bool show(struct ost_call *call, const struct ost_db_film *film, const struct ost_blob *blob,
                 struct ost_err *err)
{
    const struct ost_audit seen = {
        .action = "film.view", .object = "film", .object_id = film->id, .case_id = film->case_id};
    if (!ost_db_audit_add(call->db, &seen, err) || !ost_db_commit(call->db, err))
        return false;
    ost_db_end(call->db); /* the picture takes a while, and needs no transaction */
    return send_picture(call, blob, err);
}

OST_ROUTE(film_image)
{
    struct ost_db_film film;
    struct ost_blob blob;
    char etag[2 * OST_DB_HASH + 1];
    if (!find(call, OST_RIGHT_CASE_READ, &film, err) ||
        !ost_db_blob_get(call->db, film.blob_id, &blob, err))
        return false;
    ost_picture_hex(blob.sha256, sizeof blob.sha256, etag);
    if (ost_http_reply_known(call->request, etag))
        return true;
    if (!ost_call_slow(call, OST_SLOW_PICTURE, err))
        return false;
    bool ok = show(call, &film, &blob, err);
    ost_call_done(call, OST_SLOW_PICTURE);
    return ok;
}

OST_ROUTE(film_record)
{
    struct ost_db_film film;
    const char *record;
    if (!find(call, OST_RIGHT_CASE_READ, &film, err) ||
        !ost_db_film_record(call->db, film.id, call->arena, &record, err))
        return false;
    const struct ost_audit seen = {
        .action = "film.record", .object = "film", .object_id = film.id, .case_id = film.case_id};
    if (!ost_call_seen(call, &seen, err) || !ost_db_commit(call->db, err))
        return false;
    ost_http_reply_text(call->request, 200, "application/json", record);
    return true;
}

OST_ROUTE(film_camera)
{
    struct ost_db_film film;
    struct ost_camera camera;
    size_t len;
    const char *bytes = (const char *)ost_http_request_body(call->request, &len);
    char *text = bytes == NULL ? NULL : ost_arena_text(call->arena, bytes, len);
    if (text == NULL || strlen(text) != len)
        return ost_call_refuse(call, err, OST_INVALID, "camera", "Send the camera file's text.");
    if (!find(call, OST_RIGHT_UPLOAD, &film, err))
        return false;
    if (!ost_camera_read(text, len, &camera, err)) {
        return ost_call_refuse(call, err, OST_INVALID, "camera",
                               "This is not a camera file: it needs image size, camera matrix, "
                               "rotation and translation.");
    }
    if (camera.width != film.width || camera.height != film.height) {
        return ost_call_refuse(call, err, OST_INVALID, "camera_size",
                               "The camera is for a picture of %u by %u pixels; this film has %u "
                               "by %u.",
                               camera.width, camera.height, (unsigned)film.width,
                               (unsigned)film.height);
    }
    if (!ost_db_film_set_camera(call->db, film.id, text, err) ||
        !ost_db_film_get(call->db, film.id, &film, err) || !ost_db_commit(call->db, err))
        return false;
    return ost_call_answer(call, 200, json_pack("{s:o}", "film", ost_json_film(&film)));
}

/* What is said of a film anew; NULL, and below 0: nothing. */
struct change {
    const char *projection, *arm;
    int frame;
};

static bool check_change(struct ost_call *call, const struct change *to, struct ost_err *err)
{
    enum ost_clean_view view;
    if (to->projection != NULL && !ost_clean_view_of(to->projection, &view)) {
        return ost_call_refuse(call, err, OST_INVALID, "projection",
                               "The projection is pa, ap, lateral, oblique or unknown.");
    }
    if (to->arm != NULL && strcmp(to->arm, "affected") != 0 && strcmp(to->arm, "other") != 0)
        return ost_call_refuse(call, err, OST_INVALID, "arm", "The arm is affected or other.");
    if (to->frame < -1 || to->frame > 7)
        return ost_call_refuse(call, err, OST_INVALID, "frame", "The frame is 0 to 7.");
    return true;
}

static bool change(struct ost_call *call, const struct change *to, struct ost_err *err)
{
    struct ost_db_film film;
    if (!check_change(call, to, err) || !find(call, OST_RIGHT_UPLOAD, &film, err) ||
        (to->projection != NULL &&
         !ost_db_film_set_projection(call->db, film.id, to->projection, err)) ||
        (to->arm != NULL && !ost_db_film_set_arm(call->db, film.id, to->arm, err)) ||
        (to->frame >= 0 && !ost_db_film_set_frame(call->db, film.id, to->frame, err)) ||
        !ost_db_film_get(call->db, film.id, &film, err) || !ost_db_commit(call->db, err))
        return false;
    return ost_call_answer(call, 200, json_pack("{s:o}", "film", ost_json_film(&film)));
}

OST_ROUTE(film_change)
{
    struct change to = {.frame = -1};
    return ost_call_json(call, err, "{s?s,s?s,s?i!}", "projection", &to.projection, "arm", &to.arm,
                         "frame", &to.frame) &&
           change(call, &to, err);
}

static bool check_exchange(struct ost_call *call, const struct ost_db_film_view view[2],
                           struct ost_err *err)
{
    enum ost_clean_view a, b;
    return (view[0].film != view[1].film && ost_clean_view_of(view[0].projection, &a) &&
            ost_clean_view_of(view[1].projection, &b) && a != b) ||
           ost_call_refuse(call, err, OST_INVALID, "films",
                           "Name two films and what each is called now: two different views.");
}

/* Both films and the new reconstruction, or nothing. */
static bool exchange(struct ost_call *call, int64_t case_id, const struct ost_db_film_view view[2],
                     struct ost_db_job *job, struct ost_err *err)
{
    if (!ost_call_begin(call, OST_RIGHT_UPLOAD, case_id, err) ||
        !ost_auth_may(call->db, &call->session, OST_RIGHT_RUN, case_id, err))
        return false;
    if (!ost_db_film_exchange(call->db, case_id, view, err)) {
        call->reason = err->code == OST_CONFLICT ? "views_changed" : NULL;
        return false;
    }
    return ost_job_enqueue(call->db, case_id, OST_JOB_RECON, call->app->program, job, err) &&
           ost_call_share(call, OST_USAGE_JOBS, 0, err);
}

OST_ROUTE(film_exchange)
{
    int64_t id;
    json_int_t of[2];
    struct ost_db_film_view view[2];
    struct ost_db_film film[2];
    struct ost_db_job job;
    if (!ost_call_id(call, 0, &id, err) ||
        !ost_call_json(call, err, "{s:[{s:I,s:s!},{s:I,s:s!}!]!}", "films", "id", &of[0],
                       "projection", &view[0].projection, "id", &of[1], "projection",
                       &view[1].projection))
        return false;
    for (int i = 0; i < 2; i++)
        view[i].film = of[i];
    if (!check_exchange(call, view, err) || !exchange(call, id, view, &job, err) ||
        !ost_db_film_get(call->db, of[0], &film[0], err) ||
        !ost_db_film_get(call->db, of[1], &film[1], err) || !ost_db_commit(call->db, err))
        return false;
    return ost_call_answer(call, 201,
                           json_pack("{s:[o,o],s:o}", "films", ost_json_film(&film[0]),
                                     ost_json_film(&film[1]), "job", ost_json_job(&job)));
}

OST_ROUTE(film_delete)
{
    struct ost_db_film film;
    struct ost_blob gone;
    struct ost_err late;
    if (!ost_call_no_body(call, err) || !find(call, OST_RIGHT_UPLOAD, &film, err) ||
        !ost_db_film_delete(call->db, film.id, &gone, err) || !ost_db_commit(call->db, err))
        return false;
    if (gone.id != 0 && !ost_store_delete(call->app->store, &gone, &late))
        ost_log_err(OST_LOG_WARN, "film.blob_left", &late);
    return ost_call_answer_empty(call);
}

OST_ROUTE(film_delete_series)
{
    struct ost_db_film slice;
    struct ost_blob *gone;
    size_t count;
    struct ost_err late;
    if (!ost_call_no_body(call, err) || !find(call, OST_RIGHT_UPLOAD, &slice, err) ||
        !ost_db_film_delete_series(call->db, &slice, call->arena, &gone, &count, err) ||
        !ost_db_commit(call->db, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!ost_store_delete(call->app->store, &gone[i], &late))
            ost_log_err(OST_LOG_WARN, "film.blob_left", &late);
    }
    return ost_call_answer_empty(call);
}
