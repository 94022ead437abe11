#include "services/db/film.h"

#include "services/db/blob_impl.h"

#define FILM                                                                                       \
    "select id, case_id, blob_id, kind, projection, arm, laterality, width, height, spacing_u, "   \
    "spacing_v, spacing_how, camera is not null, frame, series, " ISO("created_at") " from film "

static const struct ost_statement add = {
    "film_add", NULL,
    "insert into film (institution_id, case_id, blob_id, kind, projection, arm, laterality, width, "
    "height, spacing_u, spacing_v, spacing_how, record, series, confirmed_by) values (tenant(), $1, $2, "
    "$3, $4, $5, $6, $7, $8, $9, $10, $11, $12::jsonb, $13, actor()) returning id"};
static const struct ost_statement get = {"film_get", "film", FILM "where id = $1"};
static const struct ost_statement list = {"film_list", NULL, FILM "where case_id = $1 order by id"};
static const struct ost_statement get_record = {"film_record", "film",
                                                "select record from film where id = $1"};
static const struct ost_statement get_camera = {"film_camera", "film",
                                                "select camera from film where id = $1"};
static const struct ost_statement set_camera = {
    "film_set_camera", "film", "update film set camera = $2 where id = $1 returning case_id"};
static const struct ost_statement set_projection = {
    "film_set_projection", "film",
    "update film set projection = $2 where id = $1 returning case_id"};
/* A row that somebody else holds is read again after the wait: who was slower changes none. */
static const struct ost_statement exchange = {
    "film_exchange", NULL,
    "update film f set projection = o.projection from film o where f.case_id = $1 and o.case_id = "
    "$1 and f.kind = 'film' and o.kind = 'film' and f.arm = o.arm and f.id <> o.id "
    "and (f.id, f.projection, o.id, o.projection) in (($2::bigint, $3::text, $4::bigint, "
    "$5::text), ($4, $5, $2, $3)) returning f.id"};
static const struct ost_statement set_frame = {
    "film_set_frame", "film", "update film set frame = $2 where id = $1 returning case_id"};
static const struct ost_statement set_arm = {
    "film_set_arm", "film", "update film set arm = $2 where id = $1 returning case_id"};
static const struct ost_statement drop = {
    "film_delete", "film", "delete from film where id = $1 returning case_id, blob_id"};
static const struct ost_statement drop_series = {
    "film_delete_series", "series",
    "with gone as (delete from film where case_id = $1 and series = $2 and kind = 'ct' and series "
    "<> '' returning blob_id) select array_agg(distinct blob_id)::text from gone having count(*) > "
    "0"};
static const struct ost_statement drop_blob = {
    "film_delete_blob", NULL,
    "delete from blob b where b.id = $1 "
    "and not exists (select 1 from film f where f.blob_id = b.id) "
    "and not exists (select 1 from result_file r where r.blob_id = b.id) "
    "returning id, institution_id, kind, address, sha256, wrapped_key, file, bytes, stored_bytes, "
    "packed, key_id"};

static void read_film(struct ost_row row, struct ost_db_film *out)
{
    out->id = ost_row_number(&row);
    out->case_id = ost_row_number(&row);
    out->blob_id = ost_row_number(&row);
    ost_row_text(&row, out->kind, sizeof out->kind);
    ost_row_text(&row, out->projection, sizeof out->projection);
    ost_row_text(&row, out->arm, sizeof out->arm);
    ost_row_text(&row, out->laterality, sizeof out->laterality);
    out->width = ost_row_number(&row);
    out->height = ost_row_number(&row);
    out->spacing[0] = ost_row_real(&row);
    out->spacing[1] = ost_row_real(&row);
    ost_row_text(&row, out->spacing_how, sizeof out->spacing_how);
    out->has_camera = ost_row_bool(&row);
    out->frame = ost_row_number(&row);
    ost_row_text(&row, out->series, sizeof out->series);
    ost_row_text(&row, out->created_at, sizeof out->created_at);
}

/* What every change of a film ends with. */
static bool told(struct ost_db *db, const char *action, int64_t id, int64_t case_id,
                 struct ost_err *err)
{
    return ost_db_tell(db, action, "film", id, case_id, err) &&
           ost_db_news(db, "case", case_id, case_id, err);
}

bool ost_db_film_add(struct ost_db *db, struct ost_db_film *film, const char *record,
                     struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    if (!ost_ask_one(db, &add,
                     OST_PARAMS(OST_NUMBER(film->case_id), OST_NUMBER(film->blob_id),
                                OST_TEXT(film->kind), OST_TEXT(film->projection),
                                OST_TEXT(film->arm[0] == '\0' ? "affected" : film->arm),
                                OST_TEXT(film->laterality), OST_NUMBER(film->width),
                                OST_NUMBER(film->height), OST_REAL(film->spacing[0]),
                                OST_REAL(film->spacing[1]), OST_TEXT(film->spacing_how),
                                OST_TEXT(record), OST_TEXT(film->series)),
                     &rows, err))
        return false;
    struct ost_row row = ost_row_of(rows, 0);
    film->id = ost_row_number(&row);
    return told(db, "film.add", film->id, film->case_id, err);
}

bool ost_db_film_get(struct ost_db *db, int64_t id, struct ost_db_film *out, struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    if (!ost_ask_one(db, &get, OST_PARAMS(OST_NUMBER(id)), &rows, err))
        return false;
    read_film(ost_row_of(rows, 0), out);
    return true;
}

bool ost_db_film_list(struct ost_db *db, int64_t case_id, struct ost_arena *arena,
                      struct ost_db_film **out, size_t *count, struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    void *array = NULL;
    if (!ost_ask(db, &list, OST_PARAMS(OST_NUMBER(case_id)), &rows, err) ||
        !ost_rows_array(rows, sizeof **out, arena, &array, count, err))
        return false;
    *out = array;
    for (size_t i = 0; i < *count; i++)
        read_film(ost_row_of(rows, i), &(*out)[i]);
    return true;
}

static bool keep_one(struct ost_db *db, const struct ost_statement *statement, int64_t id,
                     struct ost_arena *arena, const char **out, struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    if (!ost_ask_one(db, statement, OST_PARAMS(OST_NUMBER(id)), &rows, err))
        return false;
    struct ost_row row = ost_row_of(rows, 0);
    return ost_row_keep(&row, arena, out, err);
}

bool ost_db_film_record(struct ost_db *db, int64_t id, struct ost_arena *arena, const char **out,
                        struct ost_err *err)
{
    return keep_one(db, &get_record, id, arena, out, err);
}

bool ost_db_film_camera(struct ost_db *db, int64_t id, struct ost_arena *arena, const char **out,
                        struct ost_err *err)
{
    return keep_one(db, &get_camera, id, arena, out, err);
}

static bool set(struct ost_db *db, const struct ost_statement *statement, const char *action,
                int64_t id, struct ost_param value, struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    if (!ost_ask_one(db, statement, OST_PARAMS(OST_NUMBER(id), value), &rows, err))
        return false;
    struct ost_row row = ost_row_of(rows, 0);
    return told(db, action, id, ost_row_number(&row), err);
}

bool ost_db_film_set_camera(struct ost_db *db, int64_t id, const char *camera, struct ost_err *err)
{
    return set(db, &set_camera, "film.camera", id, (struct ost_param)OST_TEXT(camera), err);
}

bool ost_db_film_set_projection(struct ost_db *db, int64_t id, const char *projection,
                                struct ost_err *err)
{
    return set(db, &set_projection, "film.projection", id, (struct ost_param)OST_TEXT(projection),
               err);
}

bool ost_db_film_exchange(struct ost_db *db, int64_t case_id, const struct ost_db_film_view view[2],
                          struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    if (!ost_ask(db, &exchange,
                 OST_PARAMS(OST_NUMBER(case_id), OST_NUMBER(view[0].film),
                            OST_TEXT(view[0].projection), OST_NUMBER(view[1].film),
                            OST_TEXT(view[1].projection)),
                 &rows, err))
        return false;
    if (ost_rows_count(rows) != 2)
        return ost_fail(err, OST_CONFLICT, "the views of these films are not what they were");
    return told(db, "film.exchange", view[0].film, case_id, err) &&
           told(db, "film.exchange", view[1].film, case_id, err);
}

bool ost_db_film_set_arm(struct ost_db *db, int64_t id, const char *arm, struct ost_err *err)
{
    return set(db, &set_arm, "film.arm", id, (struct ost_param)OST_TEXT(arm), err);
}

bool ost_db_film_set_frame(struct ost_db *db, int64_t id, int64_t frame, struct ost_err *err)
{
    return set(db, &set_frame, "film.frame", id, (struct ost_param)OST_NUMBER(frame), err);
}

bool ost_db_film_delete(struct ost_db *db, int64_t id, struct ost_blob *gone, struct ost_err *err)
{
    OST_AUTO(ost_rows) film = NULL;
    OST_AUTO(ost_rows) blob = NULL;
    *gone = (struct ost_blob){0};
    if (!ost_ask_one(db, &drop, OST_PARAMS(OST_NUMBER(id)), &film, err))
        return false;
    struct ost_row row = ost_row_of(film, 0);
    int64_t case_id = ost_row_number(&row), blob_id = ost_row_number(&row);
    if (!ost_ask(db, &drop_blob, OST_PARAMS(OST_NUMBER(blob_id)), &blob, err))
        return false;
    if (ost_rows_count(blob) == 1) {
        struct ost_row found = ost_row_of(blob, 0);
        ost_db_blob_row(&found, gone);
    }
    return told(db, "film.delete", id, case_id, err);
}

bool ost_db_film_delete_series(struct ost_db *db, const struct ost_db_film *slice,
                               struct ost_arena *arena, struct ost_blob **gone, size_t *count,
                               struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    const char *ids = NULL;
    if (!ost_ask_one(db, &drop_series,
                     OST_PARAMS(OST_NUMBER(slice->case_id), OST_TEXT(slice->series)), &rows, err))
        return false;
    struct ost_row row = ost_row_of(rows, 0);
    return ost_row_keep(&row, arena, &ids, err) &&
           ost_db_blob_drop_unused(db, ids, arena, gone, count, err) &&
           told(db, "film.delete_series", slice->id, slice->case_id, err);
}
