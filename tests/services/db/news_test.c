#include "services/db/case.h"
#include "services/db/listen.h"
#include "tests/check.h"
#include "tests/services/cluster.h"

#include <poll.h>

/* The first piece of news about that case within two seconds. */
static bool hears(struct ost_listen *listen, int64_t case_id, struct ost_news *out)
{
    for (int i = 0; i < 20; i++) {
        struct pollfd fd = {.fd = ost_listen_fd(listen), .events = POLLIN};
        while (ost_listen_take(listen, out))
            if (out->case_id == case_id)
                return true;
        (void)poll(&fd, 1, 100);
    }
    return false;
}

static void a_commit_is_heard_with_its_ids(void **state)
{
    (void)state;
    struct ost_db *db = connect_as_app();
    struct ost_db_who who = new_institution();
    OST_AUTO(ost_listen) listen = NULL;
    struct ost_db_case c;
    struct ost_news news;
    ok(ost_listen_create(&listen, variable("OSTEON_DATABASE_URL"), false, err));
    assert_true(ost_listen_fd(listen) >= 0);
    within(db, &who, ost_db_case_create(db, "left", &c, err));
    assert_true(hears(listen, c.id, &news));
    assert_int_equal(news.kind, OST_NEWS_CASE);
    assert_true(news.institution == who.institution && news.id == c.id);
    ost_db_destroy(db);
}

static void what_was_rolled_back_is_not_heard(void **state)
{
    (void)state;
    struct ost_db *db = connect_as_app();
    struct ost_db_who who = new_institution();
    OST_AUTO(ost_listen) listen = NULL;
    struct ost_db_case gone, kept;
    struct ost_news news = {0};
    ok(ost_listen_create(&listen, variable("OSTEON_DATABASE_URL"), false, err));
    ok(ost_db_begin(db, &who, err));
    ok(ost_db_case_create(db, "left", &gone, err));
    ost_db_end(db);
    within(db, &who, ost_db_case_create(db, "left", &kept, err));
    bool heard_gone = false;
    for (int i = 0; i < 20 && news.case_id != kept.id; i++) {
        struct pollfd fd = {.fd = ost_listen_fd(listen), .events = POLLIN};
        (void)poll(&fd, 1, 100);
        while (news.case_id != kept.id && ost_listen_take(listen, &news))
            heard_gone = heard_gone || news.case_id == gone.id;
    }
    assert_true(news.case_id == kept.id);
    assert_false(heard_gone);
    ost_db_destroy(db);
}

RUN(T(a_commit_is_heard_with_its_ids), T(what_was_rolled_back_is_not_heard))
