#include "services/db/case.h"
#include "services/db/film.h"
#include "services/db/grant.h"
#include "services/db/result.h"
#include "tests/check.h"
#include "tests/services/cluster.h"

#include <pthread.h>
#include <string.h>

static struct ost_db *db;
static struct ost_db_who one, two;

static int open_database(void **state)
{
    (void)state;
    db = connect_as_app();
    one = new_institution();
    two = new_institution();
    return 0;
}

static int close_database(void **state)
{
    (void)state;
    ost_db_destroy(db);
    return 0;
}

static struct ost_blob some_blob(unsigned char seed)
{
    struct ost_blob blob = {.kind = "film", .bytes = 10, .stored_bytes = 60};
    memset(blob.address, seed, sizeof blob.address);
    memset(blob.sha256, seed, sizeof blob.sha256);
    unique("1/ab/", blob.file, sizeof blob.file);
    return blob;
}

static struct ost_db_film film_of(int64_t case_id, int64_t blob_id)
{
    return (struct ost_db_film){.case_id = case_id,
                                .blob_id = blob_id,
                                .kind = "film",
                                .projection = "pa",
                                .width = 100,
                                .height = 50,
                                .spacing = {0.1, 0.2},
                                .spacing_how = "measured"};
}

static struct ost_db_case new_case(const struct ost_db_who *who)
{
    struct ost_db_case c = {0};
    within(db, who, ost_db_case_create(db, "left", &c, err));
    return c;
}

/* A case of `one` with one film of that blob. */
static struct ost_db_film new_film(const struct ost_db_case *c, struct ost_blob *blob)
{
    bool added = false;
    struct ost_db_film film = {0};
    ok(ost_db_begin(db, &one, err));
    ok(ost_db_blob_add(db, blob, &added, err));
    film = film_of(c->id, blob->id);
    ok(ost_db_film_add(db, &film, "{\"removed\":[\"0010,0010\"]}", err));
    ok(ost_db_commit(db, err));
    ost_db_end(db);
    return film;
}

static void a_case_has_a_code_and_no_name(void **state)
{
    (void)state;
    struct ost_db_case c = new_case(&one);
    assert_int_equal(strlen(c.code), 7);
    assert_int_equal(strncmp(c.code, "C-", 2), 0);
    assert_int_equal(strspn(c.code + 2, "0123456789ABCDEFGHJKMNPQRSTVWXYZ"), 5);
    assert_string_equal(c.state, "new");
    assert_string_equal(c.side, "left");
    assert_true(c.created_by == one.user);
    assert_true(c.plan_id == 0);
    assert_int_equal(c.created_at[10], 'T');
}

static void another_institution_does_not_know_the_case(void **state)
{
    (void)state;
    struct ost_db_case c = new_case(&one), got;
    ok(ost_db_begin(db, &two, err));
    refuses(OST_NOT_FOUND, ost_db_case_get(db, c.id, &got, err));
    refuses(OST_NOT_FOUND, ost_db_case_set_side(db, c.id, "right", err));
    OST_AUTO(ost_arena) arena = NULL;
    struct ost_blob *gone = NULL;
    size_t count = 0;
    ok(ost_arena_create(&arena, 1 << 16, err));
    refuses(OST_NOT_FOUND, ost_db_case_delete(db, c.id, arena, &gone, &count, err));
    ost_db_end(db);
    within(db, &one, ost_db_case_get(db, c.id, &got, err));
    assert_string_equal(got.side, "left");
}

static void a_wrong_word_is_refused_by_the_table(void **state)
{
    (void)state;
    struct ost_db_case c;
    ok(ost_db_begin(db, &one, err));
    refuses(OST_INVALID, ost_db_case_create(db, "both", &c, err));
    refuses(OST_BUG, ost_db_commit(db, err)); /* a failed transaction cannot be committed */
    ost_db_end(db);
    ok(ost_db_begin(db, &one, err)); /* and does not spoil the next */
    ok(ost_db_case_create(db, "right", &c, err));
    ost_db_end(db);
    ok(ost_db_begin(db, &one, err));
    refuses(OST_NOT_FOUND, ost_db_case_get(db, c.id, &c, err)); /* nothing was committed */
    ost_db_end(db);
}

static void cases_are_listed_newest_first_and_by_page(void **state)
{
    (void)state;
    struct ost_db_who who = new_institution();
    struct ost_db_cases list;
    int64_t id[3];
    for (int i = 0; i < 3; i++)
        id[i] = new_case(&who).id;
    OST_AUTO(ost_arena) arena = NULL;
    ok(ost_arena_create(&arena, 1 << 16, err));
    within(db, &who, ost_db_case_list(db, 0, 2, arena, &list, err));
    assert_int_equal(list.count, 2);
    assert_true(list.row[0].id == id[2] && list.row[1].id == id[1]);
    within(db, &who, ost_db_case_list(db, id[1], 2, arena, &list, err));
    assert_int_equal(list.count, 1);
    assert_true(list.row[0].id == id[0]);
}

static void a_film_keeps_its_geometry_and_record(void **state)
{
    (void)state;
    struct ost_db_case c = new_case(&one);
    struct ost_blob blob = some_blob(1);
    struct ost_db_film film = new_film(&c, &blob), got;
    const char *record = NULL, *camera = NULL;
    OST_AUTO(ost_arena) arena = NULL;
    ok(ost_arena_create(&arena, 1 << 16, err));
    ok(ost_db_begin(db, &one, err));
    ok(ost_db_film_set_camera(db, film.id, "image size\n", err));
    ok(ost_db_film_set_projection(db, film.id, "lateral", err));
    ok(ost_db_film_get(db, film.id, &got, err));
    ok(ost_db_film_record(db, film.id, arena, &record, err));
    ok(ost_db_film_camera(db, film.id, arena, &camera, err));
    ok(ost_db_commit(db, err));
    ost_db_end(db);
    assert_near(got.spacing[1], 0.2, 0.0);
    assert_true(got.has_camera);
    assert_string_equal(got.projection, "lateral");
    assert_string_equal(got.arm, "affected");
    assert_non_null(strstr(record, "0010,0010"));
    assert_string_equal(camera, "image size\n");
}

/* The projections of two films, as anybody reads them afterwards. */
static void reads(int64_t first, int64_t second, const char *one_is, const char *other_is)
{
    struct ost_db_film got;
    within(db, &one, ost_db_film_get(db, first, &got, err));
    assert_string_equal(got.projection, one_is);
    within(db, &one, ost_db_film_get(db, second, &got, err));
    assert_string_equal(got.projection, other_is);
}

/* What an exchange of these two in a transaction of its own comes to. */
static enum ost_code exchanged(int64_t case_id, const struct ost_db_film_view view[2])
{
    struct ost_err why = {0};
    ok(ost_db_begin(db, &one, err));
    bool done = ost_db_film_exchange(db, case_id, view, &why) && ost_db_commit(db, &why);
    ost_db_end(db);
    return done ? OST_OK : why.code;
}

static void views_are_exchanged_both_or_none(void **state)
{
    (void)state;
    struct ost_db_case c = new_case(&one), other = new_case(&one);
    struct ost_blob blob = some_blob(6);
    const int64_t a = new_film(&c, &blob).id, b = new_film(&c, &blob).id;
    const int64_t far = new_film(&other, &blob).id;
    within(db, &one, ost_db_film_set_projection(db, b, "lateral", err));
    within(db, &one, ost_db_film_set_projection(db, far, "lateral", err));

    const struct ost_db_film_view view[2] = {{a, "pa"}, {b, "lateral"}};
    const struct ost_db_film_view half[2] = {{a, "pa"}, {b, "oblique"}};
    const struct ost_db_film_view strange[2] = {{a, "pa"}, {far, "lateral"}};
    assert_int_equal(exchanged(c.id, half), OST_CONFLICT);
    assert_int_equal(exchanged(c.id, strange), OST_CONFLICT);
    assert_int_equal(exchanged(other.id, view), OST_CONFLICT);
    reads(a, b, "pa", "lateral");
    assert_int_equal(exchanged(c.id, view), OST_OK);
    reads(a, b, "lateral", "pa");
    assert_int_equal(exchanged(c.id, view), OST_CONFLICT); /* the same words again */
    reads(a, b, "lateral", "pa");
}

static void a_series_goes_as_one(void **state)
{
    (void)state;
    struct ost_db_case c = new_case(&one);
    struct ost_blob a = some_blob(7), b = some_blob(8), *gone = NULL;
    struct ost_db_film film = new_film(&c, &a), slice = film, got;
    OST_AUTO(ost_arena) arena = NULL;
    size_t count = 9;
    ok(ost_arena_create(&arena, 1 << 16, err));
    (void)new_film(&c, &b);
    memcpy(slice.kind, "ct", 3);
    memcpy(slice.series, "2.25.12", 8);
    within(db, &one, ost_db_film_add(db, &slice, "{}", err)); /* the film's own picture */
    slice.blob_id = b.id;
    within(db, &one, ost_db_film_add(db, &slice, "{}", err));

    ok(ost_db_begin(db, &one, err));
    refuses(OST_NOT_FOUND, ost_db_film_delete_series(db, &film, arena, &gone, &count, err));
    ost_db_end(db);
    ok(ost_db_begin(db, &two, err));
    refuses(OST_NOT_FOUND, ost_db_film_delete_series(db, &slice, arena, &gone, &count, err));
    ost_db_end(db);
    within(db, &one, ost_db_film_delete_series(db, &slice, arena, &gone, &count, err));
    assert_int_equal(count, 0); /* the films use both pictures */
    ok(ost_db_begin(db, &one, err));
    refuses(OST_NOT_FOUND, ost_db_film_get(db, slice.id, &got, err));
    ok(ost_db_film_get(db, film.id, &got, err));
    ost_db_end(db);
}

static void equal_content_is_one_blob_until_its_last_user_goes(void **state)
{
    (void)state;
    struct ost_db_case first = new_case(&one), second = new_case(&one);
    struct ost_blob a = some_blob(2), b = some_blob(2), *gone = NULL, alone;
    (void)new_film(&first, &a);
    struct ost_db_film film = new_film(&second, &b);
    assert_true(a.id == b.id);
    assert_string_equal(a.file, b.file);

    size_t count = 9;
    OST_AUTO(ost_arena) arena = NULL;
    ok(ost_arena_create(&arena, 1 << 16, err));
    within(db, &one, ost_db_case_delete(db, first.id, arena, &gone, &count, err));
    assert_int_equal(count, 0);
    within(db, &one, ost_db_film_delete(db, film.id, &alone, err));
    assert_true(alone.id == b.id);
    ok(ost_db_begin(db, &one, err));
    refuses(OST_NOT_FOUND, ost_db_blob_get(db, b.id, &alone, err));
    ost_db_end(db);
}

static void deleting_a_case_names_the_files_to_remove(void **state)
{
    (void)state;
    struct ost_db_case c = new_case(&one), got;
    struct ost_blob a = some_blob(3), b = some_blob(4), *gone = NULL;
    (void)new_film(&c, &a);
    (void)new_film(&c, &b);
    size_t count = 0;
    OST_AUTO(ost_arena) arena = NULL;
    ok(ost_arena_create(&arena, 1 << 16, err));
    within(db, &one, ost_db_case_delete(db, c.id, arena, &gone, &count, err));
    assert_int_equal(count, 2);
    assert_true(strcmp(gone[0].file, a.file) == 0 || strcmp(gone[1].file, a.file) == 0);
    ok(ost_db_begin(db, &one, err));
    refuses(OST_NOT_FOUND, ost_db_case_get(db, c.id, &got, err));
    ost_db_end(db);
}

/* A deletion on a connection of its own: it waits for others. */
struct deletion {
    struct ost_db *db;
    struct ost_arena *arena;
    int64_t case_id;
    struct ost_blob *gone;
    size_t count;
    bool done;
};

static void *delete_case(void *user)
{
    struct deletion *d = user;
    struct ost_err err;
    d->done = ost_db_begin(d->db, &one, &err) &&
              ost_db_case_delete(d->db, d->case_id, d->arena, &d->gone, &d->count, &err) &&
              ost_db_commit(d->db, &err);
    ost_db_end(d->db);
    return NULL;
}

static void a_film_that_comes_while_its_case_goes_leaves_no_picture(void **state)
{
    (void)state;
    struct ost_db_case c = new_case(&one);
    struct ost_blob blob = some_blob(5), got;
    struct deletion deletion = {.db = connect_as_app(), .case_id = c.id};
    const struct timespec moment = {.tv_nsec = 300000000};
    bool added = false;
    pthread_t thread;
    ok(ost_arena_create(&deletion.arena, 1 << 16, err));
    ok(ost_db_begin(db, &one, err));
    ok(ost_db_blob_add(db, &blob, &added, err));
    struct ost_db_film film = film_of(c.id, blob.id);
    ok(ost_db_film_add(db, &film, "{}", err));
    assert_int_equal(pthread_create(&thread, NULL, delete_case, &deletion), 0);
    (void)nanosleep(&moment, NULL);
    ok(ost_db_commit(db, err));
    ost_db_end(db);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(deletion.done);
    assert_int_equal(deletion.count, 1);
    assert_string_equal(deletion.gone[0].file, blob.file);
    ok(ost_db_begin(db, &one, err));
    refuses(OST_NOT_FOUND, ost_db_blob_get(db, blob.id, &got, err));
    ost_db_end(db);
    ost_arena_destroy(deletion.arena);
    ost_db_destroy(deletion.db);
}

static void a_grant_is_given_back_by_whom_it_was_given_to(void **state)
{
    (void)state;
    struct ost_db_case c = new_case(&one), other = new_case(&one), got;
    struct ost_db_grant grant = {.case_id = c.id,
                                 .grantee = two.institution,
                                 .may = "plan",
                                 .purpose = "why not",
                                 .days = 7};
    within(db, &one, ost_db_grant_add(db, &grant, err));
    ok(ost_db_begin(db, &one, err));
    refuses(OST_NOT_FOUND, ost_db_grant_give_back(db, c.id, "in your name", err));
    ost_db_end(db);
    ok(ost_db_begin(db, &two, err));
    refuses(OST_NOT_FOUND, ost_db_grant_give_back(db, other.id, "never had it", err));
    ost_db_end(db);

    char longest[3 * OST_GRANT_PURPOSE + 1] = "";
    for (size_t i = 0; i < OST_GRANT_PURPOSE; i++)
        memcpy(longest + 3 * i, "\xe9\x95\xb7", 4);
    within(db, &two, ost_db_grant_give_back(db, c.id, longest, err));
    ok(ost_db_begin(db, &two, err));
    refuses(OST_NOT_FOUND, ost_db_case_get(db, c.id, &got, err));
    refuses(OST_NOT_FOUND, ost_db_grant_give_back(db, c.id, "twice", err));
    ost_db_end(db);
    within(db, &one, ost_db_grant_get(db, grant.id, &grant, err));
    assert_string_equal(grant.given_back, longest);
    assert_false(grant.live);
}

static void a_grant_opens_one_case_until_it_is_taken_back(void **state)
{
    (void)state;
    struct ost_db_case c = new_case(&one), other = new_case(&one), got;
    struct ost_blob blob = some_blob(5);
    struct ost_db_film film = new_film(&c, &blob), seen;
    struct ost_db_grant grant = {.case_id = c.id,
                                 .grantee = two.institution,
                                 .may = "view",
                                 .purpose = "second opinion",
                                 .days = 7};
    within(db, &one, ost_db_grant_add(db, &grant, err));

    ok(ost_db_begin(db, &two, err));
    ok(ost_db_case_get(db, c.id, &got, err));
    assert_string_equal(got.granted, "view");
    assert_true(got.institution == one.institution);
    ok(ost_db_film_get(db, film.id, &seen, err));
    refuses(OST_NOT_FOUND, ost_db_case_get(db, other.id, &got, err));
    refuses(OST_NOT_FOUND, ost_db_film_set_projection(db, film.id, "ap", err));
    refuses(OST_NOT_FOUND, ost_db_grant_revoke(db, grant.id, err));
    ost_db_end(db);

    within(db, &one, ost_db_grant_revoke(db, grant.id, err));
    ok(ost_db_begin(db, &two, err));
    refuses(OST_NOT_FOUND, ost_db_case_get(db, c.id, &got, err));
    refuses(OST_NOT_FOUND, ost_db_film_get(db, film.id, &seen, err));
    ost_db_end(db);
}

static void nothing_happens_outside_a_transaction(void **state)
{
    (void)state;
    struct ost_db_case got;
    refuses(OST_BUG, ost_db_case_get(db, 1, &got, err));
    refuses(OST_BUG, ost_db_commit(db, err));
    const struct ost_db_who nobody = {0};
    refuses(OST_BUG, ost_db_begin(db, &nobody, err));
}

static void a_pool_lends_each_connection_once(void **state)
{
    (void)state;
    OST_AUTO(ost_db_pool) pool = NULL;
    struct ost_db *a = NULL, *b = NULL, *c = NULL;
    ok(ost_db_pool_create(&pool, variable("OSTEON_DATABASE_URL"), 2, err));
    ok(ost_db_pool_take(pool, &a, err));
    ok(ost_db_pool_take(pool, &b, err));
    assert_ptr_not_equal(a, b);
    ok(ost_db_begin(a, &one, err)); /* given back with a transaction open: rolled back */
    ost_db_pool_give(pool, a);
    ok(ost_db_pool_take(pool, &c, err));
    assert_ptr_equal(a, c);
    ok(ost_db_begin(c, &two, err));
    ost_db_end(c);
    ost_db_pool_give(pool, b);
    ost_db_pool_give(pool, c);
}

int main(void)
{
    const struct CMUnitTest all[] = {
        T(a_case_has_a_code_and_no_name),
        T(another_institution_does_not_know_the_case),
        T(a_wrong_word_is_refused_by_the_table),
        T(cases_are_listed_newest_first_and_by_page),
        T(a_film_keeps_its_geometry_and_record),
        T(views_are_exchanged_both_or_none),
        T(a_series_goes_as_one),
        T(equal_content_is_one_blob_until_its_last_user_goes),
        T(deleting_a_case_names_the_files_to_remove),
        T(a_film_that_comes_while_its_case_goes_leaves_no_picture),
        T(a_grant_opens_one_case_until_it_is_taken_back),
        T(a_grant_is_given_back_by_whom_it_was_given_to),
        T(nothing_happens_outside_a_transaction),
        T(a_pool_lends_each_connection_once),
    };
    return cmocka_run_group_tests(all, open_database, close_database);
}
