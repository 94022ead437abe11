#include "services/auth/auth.h"
#include "services/db/case.h"
#include "services/db/session.h"
#include "services/log/log.h"
#include "tests/check.h"
#include "tests/services/cluster.h"

#include <pthread.h>
#include <string.h>

static struct ost_db *db;
static struct ost_auth *auth;
static struct ost_config_auth limits;

/* Made once: each account costs an Argon2. */
struct person {
    struct ost_db_who who;
    char email[128];
};
#define PASSWORD "correct horse battery"

static struct person new_person(int64_t institution)
{
    struct person p = {.who.institution = institution};
    struct ost_db_user user = {.institution = institution, .name = "Sample", .role = "surgeon"};
    struct ost_db *owner = connect_as_owner();
    unique("login", p.email, sizeof p.email - 20);
    (void)snprintf(p.email + strlen(p.email), 20, "@osteon.example");
    (void)snprintf(user.email, sizeof user.email, "%s", p.email);
    ok(ost_auth_hash(auth, PASSWORD, user.password, err));
    ok(ost_db_begin_owner(owner, err));
    ok(ost_db_user_add(owner, &user, err));
    ok(ost_db_commit(owner, err));
    ost_db_end(owner);
    ost_db_destroy(owner);
    p.who.user = user.id;
    return p;
}

static int open_all(void **state)
{
    (void)state;
    ost_log_from(OST_LOG_ERROR);
    db = connect_as_app();
    limits = (struct ost_config_auth){.secret_file = variable("OSTEON_SECRET_FILE"),
                                      .idle_minutes = 60,
                                      .absolute_hours = 12,
                                      .rotate_minutes = 15};
    ok(ost_auth_create(&auth, &limits, err));
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    ost_auth_destroy(auth);
    ost_db_destroy(db);
    return 0;
}

static struct ost_auth_login login_of(const struct person *p, const char *password)
{
    static char address[64];
    unique("10.", address, sizeof address); /* each attempt from elsewhere */
    return (struct ost_auth_login){
        .email = p->email, .password = password, .address = address, .agent = "Test/1.0 \n<b>"};
}

static struct ost_auth_session logged_in(const struct person *p, char token[OST_AUTH_TOKEN])
{
    struct ost_auth_session session;
    struct ost_auth_login login = login_of(p, PASSWORD);
    ok(ost_auth_login(auth, db, &login, &session, token, err));
    return session;
}

static void age(const char *sql, int64_t id)
{
    char command[1024];
    (void)snprintf(command, sizeof command,
                   "/usr/lib/postgresql/15/bin/psql -X -q -v ON_ERROR_STOP=1 -c \"update session "
                   "set %s where id = %" PRId64 "\" '%s'",
                   sql, id, variable("OSTEON_OWNER_DATABASE_URL"));
    assert_int_equal(system(command), 0);
}

static void a_session_is_known_by_its_token_only(void **state)
{
    (void)state;
    struct person p = new_person(new_institution().institution);
    char token[OST_AUTH_TOKEN], fresh[OST_AUTH_TOKEN];
    struct ost_auth_session session = logged_in(&p, token), got;
    assert_true(session.who.user == p.who.user);
    assert_int_equal(session.role, OST_ROLE_SURGEON);
    assert_string_equal(session.name, "Sample");
    assert_int_equal(strlen(token), 64);
    ok(ost_auth_check(auth, db, token, &got, fresh, err));
    assert_true(got.id == session.id && fresh[0] == '\0');
    token[5] = token[5] == 'a' ? 'b' : 'a';
    refuses(OST_DENIED, ost_auth_check(auth, db, token, &got, fresh, err));
    refuses(OST_DENIED, ost_auth_check(auth, db, "", &got, fresh, err));
    refuses(OST_DENIED, ost_auth_check(auth, db, "' or true --", &got, fresh, err));
}

static void a_wrong_password_and_an_unknown_account_look_the_same(void **state)
{
    (void)state;
    struct person p = new_person(new_institution().institution), nobody = p;
    (void)snprintf(nobody.email, sizeof nobody.email, "nobody@osteon.example");
    struct ost_auth_session session;
    char token[OST_AUTH_TOKEN];
    struct ost_auth_login wrong = login_of(&p, "correct horse batterx"),
                          unknown = login_of(&nobody, PASSWORD);
    struct ost_err first = {0}, second = {0};
    assert_false(ost_auth_login(auth, db, &wrong, &session, token, &first));
    assert_false(ost_auth_login(auth, db, &unknown, &session, token, &second));
    assert_int_equal(first.code, OST_DENIED);
    assert_int_equal(second.code, OST_DENIED);
    assert_string_equal(first.msg, second.msg);
}

/* Transactions that this database took part in so far; written ones only. */
static long written(void)
{
    char command[400], text[32] = "";
    (void)snprintf(command, sizeof command,
                   "/usr/lib/postgresql/15/bin/psql -X -q -t -A -c \"select pg_current_xact_id()\" "
                   "'%s'",
                   variable("OSTEON_OWNER_DATABASE_URL"));
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    assert_non_null(fgets(text, sizeof text, pipe));
    assert_int_equal(pclose(pipe), 0);
    return strtol(text, NULL, 10);
}

/* Counting them is quicker to tell apart than the clock: a commit each, or one answers sooner. */
static void a_wrong_password_and_an_unknown_account_cost_the_same(void **state)
{
    (void)state;
    struct person p = new_person(new_institution().institution), nobody = p;
    nobody.email[0] = nobody.email[1] = 'z'; /* nobody has it */
    struct ost_auth_session session;
    char token[OST_AUTH_TOKEN];
    long cost[2];
    for (int i = 0; i < 2; i++) {
        struct ost_auth_login wrong = login_of(i == 0 ? &p : &nobody, "correct horse batterx");
        long before = written();
        refuses(OST_DENIED, ost_auth_login(auth, db, &wrong, &session, token, err));
        cost[i] = written() - before;
    }
    /* The throttle, the note, and this question; more where other tests run beside. */
    assert_true(cost[0] >= 3 && cost[1] >= 3);
}

static void *one_guess(void *user)
{
    const struct person *p = user;
    struct ost_db *own = connect_as_app();
    struct ost_auth_session session;
    struct ost_err why = {0};
    char token[OST_AUTH_TOKEN];
    struct ost_auth_login wrong = {.email = p->email,
                                   .password = "correct horse batterx",
                                   .address = p->email, /* each from elsewhere */
                                   .agent = "Test/1.0"};
    bool in = ost_auth_login(auth, own, &wrong, &session, token, &why);
    ost_db_destroy(own);
    return (void *)(intptr_t)(in ? OST_OK : why.code);
}

/* Guesses side by side take no more threads than they are given. */
static void a_crowd_at_the_door_is_sent_back(void **state)
{
    (void)state;
    enum { CROWD = 8 };
    struct person p[CROWD];
    pthread_t thread[CROWD];
    int denied = 0, sent_back = 0;
    for (int i = 0; i < CROWD; i++)
        p[i] = new_person(new_institution().institution);
    ost_auth_room(auth, 2);
    for (int i = 0; i < CROWD; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, one_guess, &p[i]), 0);
    for (int i = 0; i < CROWD; i++) {
        void *code = NULL;
        assert_int_equal(pthread_join(thread[i], &code), 0);
        denied += (intptr_t)code == OST_DENIED;
        sent_back += (intptr_t)code == OST_UNAVAILABLE;
    }
    ost_auth_room(auth, 18);
    assert_int_equal(denied + sent_back, CROWD);
    assert_true(denied >= 2 && sent_back >= 1);
}

static void the_address_is_read_without_case(void **state)
{
    (void)state;
    struct person p = new_person(new_institution().institution);
    char token[OST_AUTH_TOKEN];
    p.email[0] = 'L';
    (void)logged_in(&p, token);
}

static void guessing_is_slowed_down_and_a_success_forgives(void **state)
{
    (void)state;
    struct person p = new_person(new_institution().institution);
    struct ost_auth_session session;
    char token[OST_AUTH_TOKEN];
    for (int i = 0; i < 6; i++) {
        struct ost_auth_login wrong = login_of(&p, "wrong password 123");
        refuses(OST_DENIED, ost_auth_login(auth, db, &wrong, &session, token, err));
    }
    struct ost_auth_login right = login_of(&p, PASSWORD);
    refuses(OST_LIMIT, ost_auth_login(auth, db, &right, &session, token, err));
    assert_in_range(right.wait_s, 1, 4);
    (void)sleep((unsigned)right.wait_s);
    right = login_of(&p, PASSWORD);
    ok(ost_auth_login(auth, db, &right, &session, token, err));
    struct ost_auth_login again = login_of(&p, "wrong password 123");
    refuses(OST_DENIED, ost_auth_login(auth, db, &again, &session, token, err));
}

/* Anybody can guess at a known account without end; its owner gets in where he did before. */
static void guesses_from_elsewhere_do_not_lock_out_at_home(void **state)
{
    (void)state;
    struct person p = new_person(new_institution().institution);
    struct ost_auth_session session;
    char token[OST_AUTH_TOKEN], home[64];
    unique("11.", home, sizeof home);
    struct ost_auth_login own = login_of(&p, PASSWORD);
    own.address = home;
    ok(ost_auth_login(auth, db, &own, &session, token, err));
    for (int i = 0; i < 6; i++) {
        struct ost_auth_login wrong = login_of(&p, "wrong password 123");
        refuses(OST_DENIED, ost_auth_login(auth, db, &wrong, &session, token, err));
    }
    /* The delay of two seconds made long: a slow machine takes more for one password. */
    superuser(
        "update login_throttle set next_at = now() + interval '5 minutes' where failures = 6");
    struct ost_auth_login away = login_of(&p, PASSWORD);
    refuses(OST_LIMIT, ost_auth_login(auth, db, &away, &session, token, err));
    ok(ost_auth_login(auth, db, &own, &session, token, err));
    /* That forgives nothing to those elsewhere, and guesses at home are counted too. */
    away = login_of(&p, PASSWORD);
    refuses(OST_LIMIT, ost_auth_login(auth, db, &away, &session, token, err));
    own.password = "wrong password 123";
    for (int i = 0; i < 6; i++)
        refuses(OST_DENIED, ost_auth_login(auth, db, &own, &session, token, err));
    superuser(
        "update login_throttle set next_at = now() + interval '5 minutes' where failures = 6");
    own.password = PASSWORD;
    refuses(OST_LIMIT, ost_auth_login(auth, db, &own, &session, token, err));
}

/* How many accounts are tried before it is too many. */
static int tries_from(const char *(*address_of)(int))
{
    struct ost_auth_session session;
    char token[OST_AUTH_TOKEN], email[64];
    enum ost_code last = OST_OK;
    int tries = 0;
    for (; tries < 40 && last != OST_LIMIT; tries++) {
        struct ost_err why = {0};
        const char *address = address_of(tries);
        unique("guess", email, sizeof email);
        struct ost_auth_login login = {.email = email, .password = "x", .address = address};
        assert_false(ost_auth_login(auth, db, &login, &session, token, &why));
        last = why.code;
    }
    return tries;
}

static const char *always_the_same(int attempt)
{
    static char address[64];
    if (attempt == 0)
        unique("192.", address, sizeof address);
    return address;
}

static void one_address_cannot_try_many_accounts(void **state)
{
    (void)state;
    assert_in_range(tries_from(always_the_same), 20, 25);
}

/* A site nobody else has, and in it another network and address each time. */
static const char *of_one_network(int attempt)
{
    static struct timespec now;
    static char address[64];
    if (attempt == 0)
        (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)snprintf(address, sizeof address, "2001:%lx:%lx:%lx:%x::%x", (long)getpid() & 0xffff,
                   now.tv_nsec & 0xffff, (now.tv_nsec >> 8 & 0xff00) | (attempt & 0xff),
                   attempt + 1, attempt + 1);
    return address;
}

static void one_network_cannot_either(void **state)
{
    (void)state;
    assert_in_range(tries_from(of_one_network), 20, 25);
}

static void an_old_token_is_replaced_and_both_work_for_a_while(void **state)
{
    (void)state;
    struct person p = new_person(new_institution().institution);
    char old[OST_AUTH_TOKEN], fresh[OST_AUTH_TOKEN], none[OST_AUTH_TOKEN];
    struct ost_auth_session session = logged_in(&p, old), got;
    age("rotated_at = now() - interval '16 minutes'", session.id);
    ok(ost_auth_check(auth, db, old, &got, fresh, err));
    assert_int_equal(strlen(fresh), 64);
    ok(ost_auth_check(auth, db, old, &got, none, err)); /* a request already under way */
    assert_string_equal(none, "");
    ok(ost_auth_check(auth, db, fresh, &got, none, err));
    assert_true(got.id == session.id);
    ok(ost_auth_check(auth, db, old, &got, none, err)); /* within the minute */
}

static void an_answer_lost_on_the_way_does_not_lock_out(void **state)
{
    (void)state;
    struct person p = new_person(new_institution().institution);
    char old[OST_AUTH_TOKEN], lost[OST_AUTH_TOKEN], fresh[OST_AUTH_TOKEN], none[OST_AUTH_TOKEN];
    struct ost_auth_session session = logged_in(&p, old), got;
    age("rotated_at = now() - interval '16 minutes'", session.id);
    ok(ost_auth_check(auth, db, old, &got, lost, err));
    age("rotated_at = now() - interval '2 minutes'", session.id);
    ok(ost_auth_check(auth, db, old, &got, fresh, err));
    assert_int_equal(strlen(fresh), 64);
    assert_string_not_equal(fresh, lost);
    ok(ost_auth_check(auth, db, fresh, &got, none, err));
    refuses(OST_DENIED, ost_auth_check(auth, db, lost, &got, none, err));
    ok(ost_auth_check(auth, db, fresh, &got, none, err)); /* it came late, that is all */
}

static void a_copied_token_ends_the_session(void **state)
{
    (void)state;
    struct person p = new_person(new_institution().institution);
    char old[OST_AUTH_TOKEN], fresh[OST_AUTH_TOKEN], none[OST_AUTH_TOKEN];
    struct ost_auth_session session = logged_in(&p, old), got;
    age("rotated_at = now() - interval '16 minutes'", session.id);
    ok(ost_auth_check(auth, db, old, &got, fresh, err));
    ok(ost_auth_check(auth, db, fresh, &got, none, err)); /* the page has it */
    age("rotated_at = now() - interval '2 minutes'", session.id);
    refuses(OST_DENIED, ost_auth_check(auth, db, old, &got, none, err)); /* who is this? */
    refuses(OST_DENIED, ost_auth_check(auth, db, fresh, &got, none, err));
}

/* One request with `old`, as if the token were due, and one with what came back. */
static void rotated(int64_t session, const char *old, char fresh[OST_AUTH_TOKEN])
{
    struct ost_auth_session got;
    char none[OST_AUTH_TOKEN];
    age("rotated_at = now() - interval '16 minutes'", session);
    ok(ost_auth_check(auth, db, old, &got, fresh, err));
    ok(ost_auth_check(auth, db, fresh, &got, none, err));
}

static void all_was_long_ago(int64_t session)
{
    char sql[256];
    (void)snprintf(sql, sizeof sql,
                   "update session_former set replaced_at = now() - interval '2 minutes' "
                   "where session_id = %" PRId64,
                   session);
    superuser(sql);
}

/* However often a thief has his copy replaced before its owner comes back. */
static void a_token_of_long_ago_ends_the_session(void **state)
{
    (void)state;
    enum { TIMES = 4 };
    struct person p = new_person(new_institution().institution);
    char token[TIMES][OST_AUTH_TOKEN], none[OST_AUTH_TOKEN];
    for (int shown = 0; shown + 2 < TIMES; shown++) {
        struct ost_auth_session session = logged_in(&p, token[0]), got;
        for (int i = 0; i + 1 < TIMES; i++)
            rotated(session.id, token[i], token[i + 1]);
        refuses(OST_DENIED, ost_auth_check(auth, db, token[shown], &got, none, err));
        refuses(OST_DENIED, ost_auth_check(auth, db, token[TIMES - 1], &got, none, err));
        refuses(OST_DENIED, ost_auth_alive(db, &session, err));
    }
}

/* The owner's answer came, but a thief with the token before asked for another in between. */
static void a_token_that_was_passed_over_ends_the_session(void **state)
{
    (void)state;
    struct person p = new_person(new_institution().institution);
    char old[OST_AUTH_TOKEN], owns[OST_AUTH_TOKEN], stolen[OST_AUTH_TOKEN], none[OST_AUTH_TOKEN];
    struct ost_auth_session session = logged_in(&p, old), got;
    age("rotated_at = now() - interval '16 minutes'", session.id);
    ok(ost_auth_check(auth, db, old, &got, owns, err));
    age("rotated_at = now() - interval '2 minutes'", session.id);
    ok(ost_auth_check(auth, db, old, &got, stolen, err));
    ok(ost_auth_check(auth, db, stolen, &got, none, err));
    all_was_long_ago(session.id);
    refuses(OST_DENIED, ost_auth_check(auth, db, owns, &got, none, err));
    refuses(OST_DENIED, ost_auth_check(auth, db, stolen, &got, none, err));
}

static void a_new_password_makes_old_tokens_strangers(void **state)
{
    (void)state;
    struct person p = new_person(new_institution().institution);
    char token[3][OST_AUTH_TOKEN], fresh[OST_AUTH_TOKEN], none[OST_AUTH_TOKEN];
    struct ost_auth_session session = logged_in(&p, token[0]), got;
    const char *const words[2] = {PASSWORD, "a new password 99"};
    for (int i = 0; i < 2; i++)
        rotated(session.id, token[i], token[i + 1]);
    ok(ost_auth_change_password(auth, db, &session, words, fresh, err));
    for (int i = 0; i < 3; i++)
        refuses(OST_DENIED, ost_auth_check(auth, db, token[i], &got, none, err));
    ok(ost_auth_check(auth, db, fresh, &got, none, err));
}

/* What is remembered of a session goes with it, and that by the next who logs in. */
static void old_tokens_go_with_their_session(void **state)
{
    (void)state;
    struct person p = new_person(new_institution().institution);
    char token[3][OST_AUTH_TOKEN], other[OST_AUTH_TOKEN], sql[256];
    struct ost_auth_session session = logged_in(&p, token[0]);
    for (int i = 0; i < 2; i++)
        rotated(session.id, token[i], token[i + 1]);
    (void)snprintf(sql, sizeof sql,
                   "select 1 / (count(*) = 1)::int from session_former where session_id = %" PRId64,
                   session.id);
    superuser(sql);
    age("expires_at = now() - interval '25 hours'", session.id);
    (void)logged_in(&p, other);
    (void)snprintf(sql, sizeof sql,
                   "select 1 / (count(*) = 0)::int from session_former where session_id = %" PRId64,
                   session.id);
    superuser(sql);
}

static void sessions_end_by_idleness_by_age_and_by_word(void **state)
{
    (void)state;
    struct person p = new_person(new_institution().institution);
    char token[OST_AUTH_TOKEN], none[OST_AUTH_TOKEN];
    struct ost_auth_session got, idle = logged_in(&p, token);
    age("seen_at = now() - interval '61 minutes'", idle.id);
    refuses(OST_DENIED, ost_auth_check(auth, db, token, &got, none, err));
    struct ost_auth_session aged = logged_in(&p, token);
    age("expires_at = now() - interval '1 s'", aged.id);
    refuses(OST_DENIED, ost_auth_check(auth, db, token, &got, none, err));
    struct ost_auth_session left = logged_in(&p, token);
    ok(ost_auth_alive(db, &left, err));
    ok(ost_auth_logout(db, &left, err));
    refuses(OST_DENIED, ost_auth_check(auth, db, token, &got, none, err));
    refuses(OST_DENIED, ost_auth_alive(db, &left, err));
}

static void all_others_can_be_ended(void **state)
{
    (void)state;
    struct person p = new_person(new_institution().institution), q = new_person(p.who.institution);
    char mine[OST_AUTH_TOKEN], other[OST_AUTH_TOKEN], theirs[OST_AUTH_TOKEN], none[OST_AUTH_TOKEN];
    struct ost_auth_session own = logged_in(&p, mine), got;
    (void)logged_in(&p, other);
    (void)logged_in(&q, theirs);
    OST_AUTO(ost_arena) arena = NULL;
    struct ost_auth_seen *seen = NULL;
    size_t count = 0, ended = 0;
    ok(ost_arena_create(&arena, 1 << 16, err));
    ok(ost_auth_sessions(db, &own, arena, &seen, &count, err));
    assert_int_equal(count, 2);
    assert_int_equal(seen[0].own + seen[1].own, 1);
    assert_string_equal(seen[0].agent, "Test/1.0 ?<b>");
    ok(ost_auth_end_others(db, &own, &ended, err));
    assert_int_equal(ended, 1);
    refuses(OST_DENIED, ost_auth_check(auth, db, other, &got, none, err));
    ok(ost_auth_check(auth, db, mine, &got, none, err));
    ok(ost_auth_check(auth, db, theirs, &got, none, err));
}

static void a_new_password_needs_the_old_and_ends_other_sessions(void **state)
{
    (void)state;
    struct person p = new_person(new_institution().institution);
    char mine[OST_AUTH_TOKEN], other[OST_AUTH_TOKEN], fresh[OST_AUTH_TOKEN], none[OST_AUTH_TOKEN];
    struct ost_auth_session own = logged_in(&p, mine), got;
    (void)logged_in(&p, other);
    const char *const wrong[2] = {"not the old one", "a new password 99"},
                      *const thin[2] = {PASSWORD, "short"},
                      *const good[2] = {PASSWORD, "a new password 99"};
    refuses(OST_DENIED, ost_auth_change_password(auth, db, &own, wrong, fresh, err));
    refuses(OST_INVALID, ost_auth_change_password(auth, db, &own, thin, fresh, err));
    ok(ost_auth_change_password(auth, db, &own, good, fresh, err));
    refuses(OST_DENIED, ost_auth_check(auth, db, other, &got, none, err));
    refuses(OST_DENIED, ost_auth_check(auth, db, mine, &got, none, err));
    ok(ost_auth_check(auth, db, fresh, &got, none, err));
    struct ost_auth_login old = login_of(&p, PASSWORD), next = login_of(&p, good[1]);
    refuses(OST_DENIED, ost_auth_login(auth, db, &old, &got, none, err));
    ok(ost_auth_login(auth, db, &next, &got, none, err));
}

static void a_ticket_lets_in_once_and_only_while_the_session_stands(void **state)
{
    (void)state;
    struct person p = new_person(new_institution().institution);
    char token[OST_AUTH_TOKEN], ticket[OST_AUTH_TOKEN];
    struct ost_auth_session session = logged_in(&p, token), got;
    struct ost_db_case c;
    int64_t case_id = 0;
    within(db, &session.who, ost_db_case_create(db, "left", &c, err));
    ok(ost_auth_ticket_give(auth, db, &session, c.id, ticket, err));
    ok(ost_auth_ticket_take(auth, db, ticket, &got, &case_id, err));
    ok(ost_db_ticket_settle(db, err));
    assert_true(case_id == c.id && got.who.user == p.who.user && got.id == session.id);
    refuses(OST_DENIED, ost_auth_ticket_take(auth, db, ticket, &got, &case_id, err));

    struct person stranger = new_person(new_institution().institution);
    struct ost_auth_session other = logged_in(&stranger, token);
    refuses(OST_NOT_FOUND, ost_auth_ticket_give(auth, db, &other, c.id, ticket, err));

    ok(ost_auth_ticket_give(auth, db, &session, c.id, ticket, err));
    ok(ost_auth_logout(db, &session, err));
    refuses(OST_DENIED, ost_auth_ticket_take(auth, db, ticket, &got, &case_id, err));
}

/* Tickets that were never used do not pile up. */
static void a_new_ticket_sweeps_the_old_ones(void **state)
{
    (void)state;
    struct person p = new_person(new_institution().institution);
    char token[OST_AUTH_TOKEN], ticket[OST_AUTH_TOKEN], sql[256];
    struct ost_auth_session session = logged_in(&p, token), got;
    struct ost_db_case c;
    int64_t case_id = 0;
    within(db, &session.who, ost_db_case_create(db, "left", &c, err));
    for (int i = 0; i < 3; i++)
        ok(ost_auth_ticket_give(auth, db, &session, c.id, ticket, err));
    (void)snprintf(sql, sizeof sql,
                   "update ticket set expires_at = now() where session_id = %" PRId64, session.id);
    superuser(sql);
    ok(ost_auth_ticket_give(auth, db, &session, c.id, ticket, err));
    (void)snprintf(sql, sizeof sql,
                   "select 1 / (count(*) = 1)::int from ticket where session_id = %" PRId64,
                   session.id);
    superuser(sql);
    ok(ost_auth_ticket_take(auth, db, ticket, &got, &case_id, err));
}

static void a_disabled_person_is_out_at_once(void **state)
{
    (void)state;
    struct person p = new_person(new_institution().institution);
    char token[OST_AUTH_TOKEN], none[OST_AUTH_TOKEN];
    (void)logged_in(&p, token);
    struct ost_db *owner = connect_as_owner();
    struct ost_auth_session got;
    ok(ost_db_begin_owner(owner, err));
    ok(ost_db_user_disable(owner, p.email, err));
    ok(ost_db_commit(owner, err));
    ost_db_end(owner);
    ost_db_destroy(owner);
    refuses(OST_DENIED, ost_auth_check(auth, db, token, &got, none, err));
    struct ost_auth_login login = login_of(&p, PASSWORD);
    refuses(OST_DENIED, ost_auth_login(auth, db, &login, &got, none, err));
}

static void without_the_pepper_a_hash_opens_nothing(void **state)
{
    (void)state;
    char path[] = "/tmp/osteon-pepper-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    static const char hex[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    assert_true(write(fd, hex, sizeof hex - 1) == sizeof hex - 1);
    (void)close(fd);
    struct ost_config_auth other = limits;
    other.secret_file = path;
    OST_AUTO(ost_auth) elsewhere = NULL;
    ok(ost_auth_create(&elsewhere, &other, err));
    struct person p = new_person(new_institution().institution);
    struct ost_auth_session got;
    char token[OST_AUTH_TOKEN];
    struct ost_auth_login login = login_of(&p, PASSWORD);
    refuses(OST_DENIED, ost_auth_login(elsewhere, db, &login, &got, token, err));
    (void)unlink(path);
}

static void passwords_that_are_too_easy_are_named(void **state)
{
    (void)state;
    static const char *const easy[] = {"short", "aaaaaaaaaaaaaaaa", "surgeon@osteon.example",
                                       "surgeon2026", "Surgeon123456"};
    for (size_t i = 0; i < sizeof easy / sizeof easy[0]; i++)
        refuses(OST_INVALID, ost_auth_password_fit(easy[i], "surgeon@osteon.example", err));
    for (int i = 0; i < 100; i++) {
        char drawn[24];
        ost_auth_password_random(drawn);
        assert_int_equal(strlen(drawn), 23);
        ok(ost_auth_password_fit(drawn, "surgeon@osteon.example", err));
    }
}

int main(void)
{
    const struct CMUnitTest all[] = {
        T(a_session_is_known_by_its_token_only),
        T(a_wrong_password_and_an_unknown_account_look_the_same),
        T(a_wrong_password_and_an_unknown_account_cost_the_same),
        T(a_crowd_at_the_door_is_sent_back),
        T(the_address_is_read_without_case),
        T(guessing_is_slowed_down_and_a_success_forgives),
        T(guesses_from_elsewhere_do_not_lock_out_at_home),
        T(one_address_cannot_try_many_accounts),
        T(one_network_cannot_either),
        T(an_old_token_is_replaced_and_both_work_for_a_while),
        T(an_answer_lost_on_the_way_does_not_lock_out),
        T(a_copied_token_ends_the_session),
        T(a_token_of_long_ago_ends_the_session),
        T(a_token_that_was_passed_over_ends_the_session),
        T(a_new_password_makes_old_tokens_strangers),
        T(old_tokens_go_with_their_session),
        T(sessions_end_by_idleness_by_age_and_by_word),
        T(all_others_can_be_ended),
        T(a_new_password_needs_the_old_and_ends_other_sessions),
        T(a_ticket_lets_in_once_and_only_while_the_session_stands),
        T(a_new_ticket_sweeps_the_old_ones),
        T(a_disabled_person_is_out_at_once),
        T(without_the_pepper_a_hash_opens_nothing),
        T(passwords_that_are_too_easy_are_named),
    };
    return cmocka_run_group_tests(all, open_all, close_all);
}
