/* The films (and CT slices) of a case: geometry and what was removed from them. */
#ifndef OST_DB_FILM_H
#define OST_DB_FILM_H

#include "recon/base/arena.h"
#include "services/db/blob.h"
#include "services/db/db.h"

OST_C_BEGIN

struct ost_db_film {
    int64_t id, case_id, blob_id;
    char kind[8];       /* film, ct */
    char projection[8]; /* pa, ap, lateral, oblique, unknown */
    char arm[12];       /* affected, other */
    char laterality[4]; /* L, R or "" as the file or a marker says */
    int64_t width, height;
    double spacing[2];    /* mm, u then v; 0 where unknown */
    char spacing_how[12]; /* measured, calibrated, estimated, assumed, unknown */
    bool has_camera;
    int64_t frame;   /* the moment it was taken at; the ulna may turn from one to the next */
    char series[48]; /* a keyed UID; "" where the file named none */
    char created_at[OST_DB_TIME];
};

/*
 * In: everything but id, has_camera, created_at; `record` is the removal record as
 * a JSON object. Out: the id. Moves the case's news along.
 */
OST_MUST_CHECK
bool ost_db_film_add(struct ost_db *db, struct ost_db_film *film, const char *record,
                     struct ost_err *err);

OST_MUST_CHECK
bool ost_db_film_get(struct ost_db *db, int64_t id, struct ost_db_film *out, struct ost_err *err);

/* In the order they were added. */
OST_MUST_CHECK
bool ost_db_film_list(struct ost_db *db, int64_t case_id, struct ost_arena *arena,
                      struct ost_db_film **out, size_t *count, struct ost_err *err);

/* JSON text in the arena. */
OST_MUST_CHECK
bool ost_db_film_record(struct ost_db *db, int64_t id, struct ost_arena *arena, const char **out,
                        struct ost_err *err);

/* The camera file as it was given (checked by the caller); NULL where there is none. */
OST_MUST_CHECK
bool ost_db_film_camera(struct ost_db *db, int64_t id, struct ost_arena *arena, const char **out,
                        struct ost_err *err);
OST_MUST_CHECK
bool ost_db_film_set_camera(struct ost_db *db, int64_t id, const char *camera, struct ost_err *err);

OST_MUST_CHECK
bool ost_db_film_set_projection(struct ost_db *db, int64_t id, const char *projection,
                                struct ost_err *err);

struct ost_db_film_view {
    int64_t film;
    const char *projection; /* what the film is called now */
};

/*
 * Each of two films of one arm of the case gets the other one's projection, both or none:
 * OST_CONFLICT where they are not (any more) called what the caller believes.
 */
OST_MUST_CHECK
bool ost_db_film_exchange(struct ost_db *db, int64_t case_id, const struct ost_db_film_view view[2],
                          struct ost_err *err);

/* affected, other: films of the other arm serve as the target. */
OST_MUST_CHECK
bool ost_db_film_set_frame(struct ost_db *db, int64_t id, int64_t frame, struct ost_err *err);

OST_MUST_CHECK
bool ost_db_film_set_arm(struct ost_db *db, int64_t id, const char *arm, struct ost_err *err);

/* `gone` is the blob no other row uses (id 0: none): for ost_store_delete() after commit. */
OST_MUST_CHECK
bool ost_db_film_delete(struct ost_db *db, int64_t id, struct ost_blob *gone, struct ost_err *err);

/* Every slice of a CT series of the case, with one audit row; OST_NOT_FOUND where it has none. */
OST_MUST_CHECK
bool ost_db_film_delete_series(struct ost_db *db, const struct ost_db_film *slice,
                               struct ost_arena *arena, struct ost_blob **gone, size_t *count,
                               struct ost_err *err);

OST_C_END

#endif
