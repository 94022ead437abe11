/* Two servers on one database: hubs over services/db, fenced by lease and epoch. */
#include "services/collab/log_db.h"
#include "services/db/plan.h"
#include "services/log/log.h"
#include "tests/check.h"
#include "tests/services/finished.h"

static struct ost_db_who who;
static struct finished recon;

/* One server: its hub, its connection, and what its one member heard. */
struct server {
    struct ost_collab_log_db log;
    struct ost_collab *hub;
    char heard[1 << 20];
    size_t len;
};

static void hear(void *user, uint64_t socket, uint64_t key, const char *text, size_t len)
{
    struct server *s = user;
    (void)socket;
    (void)key;
    assert_true(s->len + len + 1 < sizeof s->heard);
    memcpy(s->heard + s->len, text, len);
    s->len += len;
    s->heard[s->len] = '\0';
}

static void dismiss(void *user, uint64_t socket, const char *reason)
{
    (void)user;
    (void)socket;
    (void)reason;
}

static int64_t ahead_ms; /* of the clock, so that many edits are not too many */

static int64_t now_ms(void *user)
{
    struct timespec now;
    (void)user;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 + ahead_ms;
}

static void start(struct server *s, const char *owner)
{
    *s = (struct server){.log = {.owner = owner}};
    ok(ost_db_create(&s->log.db, variable("OSTEON_DATABASE_URL"), err));
    const struct ost_collab_store store = ost_collab_log_db_store(&s->log);
    const struct ost_collab_line line = {
        .user = s, .send = hear, .dismiss = dismiss, .now_ms = now_ms};
    ok(ost_collab_create(&s->hub, &store, &line, err));
}

static void join(struct server *s)
{
    char user[24];
    (void)snprintf(user, sizeof user, "%" PRId64, who.user);
    const struct ost_collab_join wish = {
        .socket = 1,
        .at = {.institution = who.institution, .case_id = recon.case_id},
        .user_id = user,
        .name = "Sample Person",
        .role = OST_ROLE_SURGEON,
        .may_edit = true,
        .may_approve = true};
    ok(ost_collab_join(s->hub, &wish, err));
}

static void say(struct server *s, const char *text)
{
    s->len = 0;
    s->heard[0] = '\0';
    ost_collab_message(s->hub, 1, text, strlen(text));
    (void)ost_collab_turn(s->hub);
}

static void hello(struct server *s, char digit)
{
    char text[128] = "{\"t\":\"hello\",\"client\":\"00000000000000000000000000000000\",\"seq\":0}";
    memset(strstr(text, "0000"), digit, 32);
    say(s, text);
}

static void stop(struct server *s)
{
    ost_collab_destroy(s->hub);
    ost_db_destroy(s->log.db);
}

static void new_plan(struct ost_db_plan *plan)
{
    struct ost_db *db = connect_as_app();
    recon = finished_recon(db, &who, true);
    within(db, &who, ost_db_plan_create(db, recon.case_id, recon.job, plan, err));
    ost_db_destroy(db);
}

static struct ost_db_plan row_of(int64_t id)
{
    struct ost_db *db = connect_as_app();
    struct ost_db_plan plan;
    within(db, &who, ost_db_plan_get(db, id, &plan, err));
    ost_db_destroy(db);
    return plan;
}

#define TAG                                                                                        \
    "{\"t\":\"op\",\"n\":%d,\"ops\":[{\"op\":\"tag\",\"name\":\"v%d\",\"kind\":\"%s\",\"hash\":\"%s\"}]}"
#define NOTE(n, id)                                                                                \
    "{\"t\":\"op\",\"n\":" n ",\"ops\":[{\"op\":\"create\",\"id\":\"" id                           \
    "\",\"type\":\"note\",\"props\":{\"text\":\"x\"}}]}"

static void an_edit_is_in_the_database_before_anybody_hears_of_it(void **state)
{
    (void)state;
    struct server a;
    struct ost_db_plan plan;
    new_plan(&plan);
    start(&a, "server-a");
    join(&a);
    hello(&a, 'a');
    assert_non_null(strstr(a.heard, "\"seq\":0"));
    say(&a, "[" NOTE("1", "one") "," NOTE("2", "two") "]");
    assert_non_null(strstr(a.heard, "],\"seq\":2,\"sum\":\""));
    struct ost_db_plan row = row_of(plan.id);
    assert_int_equal(row.seq, 2);
    /* The head of the row is the last entry's hash, as everybody was told. */
    char hex[2 * OST_DB_HASH + 1];
    ost_sha256_hex(row.hash, hex);
    assert_non_null(strstr(a.heard, hex));
    stop(&a);
}

static void another_server_goes_on_where_the_first_let_go(void **state)
{
    (void)state;
    struct server a, b;
    struct ost_db_plan plan;
    new_plan(&plan);
    start(&a, "server-a");
    start(&b, "server-b");
    join(&a);
    join(&b);
    hello(&a, 'a');
    say(&a, NOTE("1", "one"));
    hello(&b, 'b');
    assert_non_null(strstr(b.heard, "\"reason\":\"busy\""));
    stop(&a); /* releases its lease */
    hello(&b, 'b');
    assert_non_null(strstr(b.heard, "\"seq\":1"));
    say(&b, NOTE("1", "two"));
    assert_non_null(strstr(b.heard, "],\"seq\":2,"));
    assert_int_equal(row_of(plan.id).seq, 2);
    stop(&b);
}

static void an_owner_whose_lease_was_taken_writes_nothing(void **state)
{
    (void)state;
    struct server a, b;
    struct ost_db_plan plan;
    new_plan(&plan);
    start(&a, "server-a");
    start(&b, "server-b");
    join(&a);
    join(&b);
    hello(&a, 'a');
    say(&a, NOTE("1", "one"));
    /* The lease runs out while the first server sleeps. */
    struct ost_db *db = connect_as_app();
    struct ost_db_plan_lease brief = {.plan = plan.id, .seconds = 0, .owner = "server-a"};
    within(db, &who, ost_db_plan_take_lease(db, &brief, err));
    ost_db_destroy(db);
    (void)usleep(20000);
    hello(&b, 'b');
    say(&b, NOTE("1", "two"));
    assert_non_null(strstr(b.heard, "],\"seq\":2,"));
    say(&a, NOTE("2", "lost"));
    assert_null(strstr(a.heard, "\"t\":\"ops\""));
    assert_non_null(strstr(a.heard, "\"reason\":\"moved\""));
    assert_int_equal(row_of(plan.id).seq, 2);
    stop(&a);
    stop(&b);
}

static void an_approval_is_a_row_bound_to_the_state(void **state)
{
    (void)state;
    struct server a;
    struct ost_db_plan plan;
    struct ost_db_plan_tag *tag = NULL;
    size_t count = 0;
    char text[256], hex[2 * OST_DB_HASH + 1];
    new_plan(&plan);
    start(&a, "server-a");
    join(&a);
    hello(&a, 'a');
    say(&a, NOTE("1", "one"));
    ost_sha256_hex(row_of(plan.id).state_hash, hex);
    static const char *const kind[] = {"proposed", "approved", "draft"};
    for (int i = 0; i < 2; i++) {
        (void)snprintf(text, sizeof text, TAG, 2 + i, i, kind[i], hex);
        say(&a, text);
    }
    assert_non_null(strstr(a.heard, "],\"seq\":3,"));
    assert_true(row_of(plan.id).approved);
    OST_AUTO(ost_arena) arena = NULL;
    struct ost_db *db = connect_as_app();
    ok(ost_arena_create(&arena, 1 << 20, err));
    within(db, &who, ost_db_plan_tags(db, plan.id, arena, &tag, &count, err));
    ost_db_destroy(db);
    assert_int_equal(count, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal(tag[i].kind, kind[i]);
        assert_memory_equal(tag[i].state_hash, row_of(plan.id).state_hash, OST_DB_HASH);
    }
    say(&a, NOTE("4", "two"));
    assert_true(row_of(plan.id).approved); /* what is approved stays */
    (void)snprintf(text, sizeof text, TAG, 5, 2, kind[2], hex);
    say(&a, text);
    say(&a, NOTE("6", "three"));
    assert_false(row_of(plan.id).approved);
    stop(&a);
}

/* As the owner, for this test's institution; the first number it answers, 0 without one. */
static int64_t ask(const char *what, int64_t plan)
{
    char command[700], text[32] = "";
    (void)snprintf(command, sizeof command,
                   "/usr/lib/postgresql/15/bin/psql -X -q -t -A -v ON_ERROR_STOP=1 -c \"begin; set "
                   "local osteon.institution = '%" PRId64 "'; %s where plan_id = %" PRId64
                   "; commit\" '%s'",
                   who.institution, what, plan, variable("OSTEON_OWNER_DATABASE_URL"));
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    if (fgets(text, sizeof text, pipe) == NULL)
        text[0] = '\0';
    assert_int_equal(pclose(pipe), 0);
    return strtoll(text, NULL, 10);
}

/* Sixty transactions in a message, forty messages. */
static void edit_much(struct server *s)
{
    static char text[60 * 200];
    say(s, "{\"t\":\"op\",\"n\":1,\"ops\":[{\"op\":\"create\",\"id\":\"one\",\"type\":\"note\","
           "\"props\":{\"text\":\"0\"}}]}");
    for (int m = 0, n = 2; m < 40; m++) {
        size_t len = 0;
        for (int i = 0; i < 60; i++, n++)
            len += (size_t)snprintf(text + len, sizeof text - len,
                                    "%s{\"t\":\"op\",\"n\":%d,\"ops\":[{\"op\":\"set\",\"object\":"
                                    "\"one\",\"property\":\"text\",\"value\":\"%d\"}]}",
                                    i == 0 ? "[" : ",", n, n);
        (void)snprintf(text + len, sizeof text - len, "]");
        ahead_ms += 10000;
        say(s, text);
    }
}

/* The state in a welcome to one who knows nothing. */
static void welcome_of(char *out, size_t size)
{
    static struct server s;
    start(&s, "server-c");
    join(&s);
    hello(&s, 'c');
    const char *state = strstr(s.heard, "\"snapshot\":{"), *end = strstr(s.heard, ",\"ops\":[]");
    assert_true(state != NULL && end != NULL && (size_t)(end - state) < size);
    memcpy(out, state, (size_t)(end - state));
    out[end - state] = '\0';
    stop(&s);
}

/* By snapshot and tail, by the log alone, and with a snapshot somebody has spoilt. */
static void snapshots_are_kept_and_say_what_the_log_says(void **state)
{
    (void)state;
    static struct server a;
    static char told[3][1 << 16];
    struct ost_db_plan plan;
    new_plan(&plan);
    start(&a, "server-a");
    join(&a);
    hello(&a, 'a');
    edit_much(&a);
    assert_int_equal(row_of(plan.id).seq, 2401);
    stop(&a);
    assert_int_equal(ask("select count(*) from plan_snapshot", plan.id), 4);
    /* What the room has not at hand itself, the log says: all of it is the page's own. */
    start(&a, "server-b");
    join(&a);
    hello(&a, 'a');
    assert_non_null(strstr(a.heard, ",[500,500],[499,499],")); /* the newest first */
    assert_non_null(strstr(a.heard, ",[2399,2399],[2400,2400],"));
    assert_non_null(strstr(a.heard, "[2401,2401]],\"last_n\":2401"));
    stop(&a);
    welcome_of(told[0], sizeof told[0]);
    (void)ask("update plan_snapshot set body = 'x', body_hash = sha256('x')", plan.id);
    welcome_of(told[1], sizeof told[1]);
    (void)ask("delete from plan_snapshot", plan.id);
    welcome_of(told[2], sizeof told[2]);
    assert_string_equal(told[0], told[1]);
    assert_string_equal(told[0], told[2]);
    assert_non_null(strstr(told[0], "\"2401\""));
}

static int make_institution(void **state)
{
    (void)state;
    ost_log_from(OST_LOG_ERROR);
    who = new_institution();
    return 0;
}

int main(void)
{
    const struct CMUnitTest all[] = {T(an_edit_is_in_the_database_before_anybody_hears_of_it),
                                     T(another_server_goes_on_where_the_first_let_go),
                                     T(an_owner_whose_lease_was_taken_writes_nothing),
                                     T(an_approval_is_a_row_bound_to_the_state),
                                     T(snapshots_are_kept_and_say_what_the_log_says)};
    return cmocka_run_group_tests(all, make_institution, NULL);
}
