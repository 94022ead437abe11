#include "recon/plan/schema.h"
#include "services/admin/admin.h"
#include "services/admin/print_impl.h"
#include "services/auth/auth.h"
#include "services/cli/args.h"
#include "services/db/account.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { OST_LIST_MEMORY = 16 << 20, NAME_BYTES = 120 };

static const struct ost_option option[] = {
    {"role", "surgeon|engineer|administrator", "what the new person may do"},
    {"institution", "NAME", "to which the new person belongs"},
    {"name", "NAME", "as others see it; without it the part before the @"},
    {"password-file", "FILE",
     "its first line is the password; without it one is drawn and printed"},
};

static const struct ost_usage usage = {
    .line = "osteon user institution add NAME | institution list | add EMAIL | list | "
            "disable EMAIL | password EMAIL",
    .summary = "Institutions and people. Works on the database of OSTEON_OWNER_DATABASE_URL. A\n"
               "password that was drawn is printed this once and kept nowhere.",
    .option = option,
    .option_count = sizeof option / sizeof option[0],
    .least = 1,
    .most = 3,
};

struct office {
    const struct ost_args *args;
    struct ost_config *config;
    struct ost_db *db;
};

static bool institution_add(const struct office *office, const char *name, struct ost_err *err)
{
    int64_t id = 0;
    if (strlen(name) > NAME_BYTES)
        return ost_fail(err, OST_INVALID, "a name is at most %d bytes long", NAME_BYTES);
    if (!ost_db_begin_owner(office->db, err))
        return false;
    bool ok = ost_db_institution_add(office->db, name, &id, err) && ost_db_commit(office->db, err);
    ost_db_end(office->db);
    if (!ok) {
        return err->code == OST_CONFLICT ? ost_fail(err, OST_CONFLICT, "that institution is there")
                                         : false;
    }
    if (office->args->json) {
        (void)printf("{\"id\":%" PRId64 "}\n", id);
    } else {
        (void)printf("institution %" PRId64 "\n", id);
    }
    return true;
}

static bool institution_list(const struct office *office, const char *unused, struct ost_err *err)
{
    (void)unused;
    OST_AUTO(ost_arena) arena = NULL;
    struct ost_db_institution *row = NULL;
    size_t count = 0;
    if (!ost_arena_create(&arena, OST_LIST_MEMORY, err) || !ost_db_begin_owner(office->db, err))
        return false;
    bool ok = ost_db_institution_list(office->db, arena, &row, &count, err);
    ost_db_end(office->db);
    if (!ok)
        return false;
    if (office->args->json)
        return ost_print_institutions(row, count, err);
    for (size_t i = 0; i < count; i++) {
        (void)printf("%4" PRId64 "  %-40s %" PRId64 " people\n", row[i].id, row[i].name,
                     row[i].users);
    }
    return true;
}

static bool user_list(const struct office *office, const char *unused, struct ost_err *err)
{
    (void)unused;
    OST_AUTO(ost_arena) arena = NULL;
    struct ost_db_user *row = NULL;
    size_t count = 0;
    if (!ost_arena_create(&arena, OST_LIST_MEMORY, err) || !ost_db_begin_owner(office->db, err))
        return false;
    bool ok = ost_db_user_list(office->db, arena, &row, &count, err);
    ost_db_end(office->db);
    if (!ok)
        return false;
    if (office->args->json)
        return ost_print_users(row, count, err);
    for (size_t i = 0; i < count; i++) {
        (void)printf("%4" PRId64 "  %-32s %-14s institution %" PRId64 "%s\n", row[i].id,
                     row[i].email, row[i].role, row[i].institution,
                     row[i].disabled ? "  disabled" : "");
    }
    return true;
}

static bool user_disable(const struct office *office, const char *email, struct ost_err *err)
{
    if (!ost_db_begin_owner(office->db, err))
        return false;
    bool ok = ost_db_user_disable(office->db, email, err) && ost_db_commit(office->db, err);
    ost_db_end(office->db);
    if (ok && office->args->json)
        (void)printf("{\"disabled\":true}\n");
    return ok;
}

/* From the file named, or drawn; then hashed. */
static bool new_password(const struct office *office, const char *email,
                         char password[OST_AUTH_PASSWORD], char record[256], struct ost_err *err)
{
    OST_AUTO(ost_auth) auth = NULL;
    const char *file = ost_args_value(office->args, "password-file");
    if (!ost_auth_create(&auth, &office->config->auth, err))
        return false;
    if (file == NULL) {
        ost_auth_password_random(password);
    } else if (!ost_config_line(file, "--password-file", password, OST_AUTH_PASSWORD, err)) {
        return false;
    }
    return ost_auth_password_fit(password, email, err) &&
           ost_auth_hash(auth, password, record, err);
}

static void tell_password(const struct office *office, int64_t id, const char *email,
                          const char *password)
{
    const char *shown = ost_args_value(office->args, "password-file") == NULL ? password : "";
    if (office->args->json) {
        ost_print_account(id, email, shown);
    } else if (shown[0] != '\0') {
        (void)printf("%s  %s\n", email, shown);
    } else {
        (void)printf("%s\n", email);
    }
}

static bool fill_user(const struct office *office, const char *email, struct ost_db_user *user,
                      struct ost_err *err)
{
    const char *role = ost_args_value(office->args, "role"),
               *name = ost_args_value(office->args, "name");
    enum ost_role known = OST_ROLE_SYSTEM;
    if (!ost_role_of_name(role, &known) || known < OST_ROLE_SURGEON ||
        known > OST_ROLE_ADMINISTRATOR)
        return ost_fail(err, OST_INVALID, "--role takes surgeon, engineer or administrator");
    if (strchr(email, '@') == NULL || strlen(email) >= sizeof user->email)
        return ost_fail(err, OST_INVALID, "that is no e-mail address");
    (void)snprintf(user->email, sizeof user->email, "%s", email);
    (void)snprintf(user->role, sizeof user->role, "%s", role);
    if (name == NULL) {
        (void)snprintf(user->name, sizeof user->name, "%.*s", (int)strcspn(email, "@"), email);
    } else {
        (void)snprintf(user->name, sizeof user->name, "%s", name);
    }
    return true;
}

static bool add_row(const struct office *office, struct ost_db_user *user, struct ost_err *err)
{
    const char *institution = ost_args_value(office->args, "institution");
    if (!ost_db_begin_owner(office->db, err))
        return false;
    bool ok = ost_db_institution_find(office->db, institution, &user->institution, err) &&
              ost_db_user_add(office->db, user, err) && ost_db_commit(office->db, err);
    ost_db_end(office->db);
    if (!ok && err->code == OST_CONFLICT)
        return ost_fail(err, OST_CONFLICT, "that e-mail address has an account");
    return ok;
}

static bool user_add(const struct office *office, const char *email, struct ost_err *err)
{
    struct ost_db_user user = {0};
    char password[OST_AUTH_PASSWORD] = "";
    bool ok = fill_user(office, email, &user, err) &&
              new_password(office, email, password, user.password, err) &&
              add_row(office, &user, err);
    if (ok)
        tell_password(office, user.id, user.email, password);
    explicit_bzero(password, sizeof password);
    return ok;
}

static bool user_password(const struct office *office, const char *email, struct ost_err *err)
{
    char password[OST_AUTH_PASSWORD] = "", record[256];
    bool ok =
        new_password(office, email, password, record, err) && ost_db_begin_owner(office->db, err);
    if (ok) {
        ok = ost_db_user_reset(office->db, email, record, err) && ost_db_commit(office->db, err);
        ost_db_end(office->db);
    }
    if (ok)
        tell_password(office, 0, email, password);
    explicit_bzero(password, sizeof password);
    return ok;
}

struct verb {
    const char *first, *second;
    size_t words;
    bool (*run)(const struct office *office, const char *word, struct ost_err *err);
};

static const struct verb verbs[] = {
    {"institution", "add", 3, institution_add},
    {"institution", "list", 2, institution_list},
    {"add", NULL, 2, user_add},
    {"list", NULL, 1, user_list},
    {"disable", NULL, 2, user_disable},
    {"password", NULL, 2, user_password},
};

/* What is to be done, with all that it needs; NULL where it was typed wrong. */
static const struct verb *take(const struct ost_args *args)
{
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        const struct verb *v = &verbs[i];
        bool person = v->run != user_add || (ost_args_value(args, "role") != NULL &&
                                             ost_args_value(args, "institution") != NULL);
        if (strcmp(args->word[0], v->first) == 0 && args->word_count == v->words && person &&
            (v->second == NULL || strcmp(args->word[1], v->second) == 0))
            return v;
    }
    return NULL;
}

int ost_admin_user(int argc, char **argv)
{
    struct ost_args args;
    enum ost_args_next next = ost_args_parse(&usage, argc, argv, &args);
    if (next != OST_ARGS_RUN)
        return next == OST_ARGS_HELPED ? OST_EXIT_OK : OST_EXIT_USAGE;
    OST_AUTO(ost_config) config = NULL;
    OST_AUTO(ost_db) db = NULL;
    struct ost_err err = {0};
    const struct verb *verb = take(&args);
    if (verb == NULL) {
        (void)fprintf(stderr, "usage: %s (see --help)\n", usage.line);
        return OST_EXIT_USAGE;
    }
    if (!ost_config_create(&config, &err) || !ost_db_create_owner(&db, config->db.owner_url, &err))
        return ost_command_fail("user", &err);
    const struct office office = {.args = &args, .config = config, .db = db};
    return verb->run(&office, args.word[args.word_count - 1], &err)
               ? OST_EXIT_OK
               : ost_command_fail("user", &err);
}
