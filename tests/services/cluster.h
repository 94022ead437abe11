/*
 * What the tests with a database share: connections from the environment that
 * tests/services/CMakeLists.txt sets, and an institution of one's own per test.
 */
#ifndef OST_TESTS_SERVICES_CLUSTER_H
#define OST_TESTS_SERVICES_CLUSTER_H

#include "services/config/config.h"
#include "services/db/account.h"
#include "services/db/db.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Fails the test with the message where the call did not succeed. */
#define ok(call)                                                                                   \
    do {                                                                                           \
        struct ost_err err_ = {0};                                                                 \
        struct ost_err *err = &err_;                                                               \
        if (!(call)) {                                                                             \
            print_error("%s: %s\n", ost_code_name(err_.code), err_.msg);                           \
            _fail(__FILE__, __LINE__);                                                             \
        }                                                                                          \
    } while (0)

/* Expects the call to fail with that code. */
#define refuses(wanted, call)                                                                      \
    do {                                                                                           \
        struct ost_err err_ = {0};                                                                 \
        struct ost_err *err = &err_;                                                               \
        if ((call) || err_.code != (wanted)) {                                                     \
            print_error("expected %s, got %s: %s\n", ost_code_name(wanted),                        \
                        ost_code_name(err_.code), err_.msg);                                       \
            _fail(__FILE__, __LINE__);                                                             \
        }                                                                                          \
    } while (0)

/* One statement in a transaction of its own. */
#define within(db, who, call)                                                                      \
    do {                                                                                           \
        ok(ost_db_begin((db), (who), err));                                                        \
        ok(call);                                                                                  \
        ok(ost_db_commit((db), err));                                                              \
        ost_db_end((db));                                                                          \
    } while (0)

static inline const char *variable(const char *name)
{
    const char *value = getenv(name);
    if (value == NULL || value[0] == '\0') {
        (void)printf("no %s: run by ctest, which starts a database\n", name);
        exit(77);
    }
    return value;
}

static inline struct ost_db *connect_as_app(void)
{
    struct ost_db *db = NULL;
    ok(ost_db_create(&db, variable("OSTEON_DATABASE_URL"), err));
    return db;
}

static inline struct ost_db *connect_as_owner(void)
{
    struct ost_db *db = NULL;
    ok(ost_db_create(&db, variable("OSTEON_OWNER_DATABASE_URL"), err));
    return db;
}

/* What only somebody with the server in hand can do. `sql` holds no quotation mark. */
static inline void superuser(const char *sql)
{
    char command[1024];
    (void)snprintf(command, sizeof command,
                   "/usr/lib/postgresql/15/bin/psql -X -q -v ON_ERROR_STOP=1 -c \"%s\" '%s'", sql,
                   variable("OSTEON_OWNER_DATABASE_URL"));
    assert_int_equal(system(command), 0);
}

/* Different in every process and call. */
static inline void unique(const char *prefix, char *out, size_t size)
{
    static int count;
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)snprintf(out, size, "%s%ld-%ld-%d", prefix, (long)getpid(), now.tv_nsec, ++count);
}

/* A person who cannot log in: the record is no hash of anything. */
static inline int64_t new_user(int64_t institution, const char *role)
{
    struct ost_db *owner = connect_as_owner();
    struct ost_db_user user = {
        .institution = institution, .name = "Sample Person", .password = "$argon2id$none"};
    unique("p", user.email, sizeof user.email - 20);
    (void)snprintf(user.email + strlen(user.email), 20, "@osteon.example");
    (void)snprintf(user.role, sizeof user.role, "%s", role);
    ok(ost_db_begin_owner(owner, err));
    ok(ost_db_user_add(owner, &user, err));
    ok(ost_db_commit(owner, err));
    ost_db_end(owner);
    ost_db_destroy(owner);
    return user.id;
}

static inline struct ost_db_who new_institution(void)
{
    struct ost_db *owner = connect_as_owner();
    struct ost_db_who who = {0};
    char name[64];
    unique("Institution ", name, sizeof name);
    ok(ost_db_begin_owner(owner, err));
    ok(ost_db_institution_add(owner, name, &who.institution, err));
    ok(ost_db_commit(owner, err));
    ost_db_end(owner);
    ost_db_destroy(owner);
    who.user = new_user(who.institution, "surgeon");
    return who;
}

#endif
