#include "services/load/world.h"

#include "services/db/plan.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PSQL "/usr/lib/postgresql/15/bin/psql"

/* Accounts nobody can log in to, cases without films, plans with an empty log. */
static const char *const people =
    "begin;\n"
    "insert into institution (name) values ('Load');\n"
    "insert into app_user (institution_id, email, name, role, password) select 1, "
    "'load' || i || '@osteon.example', 'Load ' || i, 'surgeon', '$argon2id$none' "
    "from generate_series(1, %d) i;\n"
    "insert into session (institution_id, user_id, token_hash, expires_at) select 1, i, "
    "sha256(convert_to(gen_random_uuid()::text, 'UTF8')), now() + interval '1 day' "
    "from generate_series(1, %d) i;\n"
    "insert into patient_case (institution_id, code, side, state, simulated, created_by) select "
    "1, 'C-' || lpad(i::text, 5, '0'), 'left', 'planning', true, 1 from generate_series(1, %d) i;\n"
    "insert into job (institution_id, case_id, kind, input, input_digest, output, output_digest, "
    "state, finished_at) select 1, i, 'recon', jsonb_build_object('load', i), "
    "sha256(convert_to(i::text, 'UTF8')), '{\"residual_ok\": true}', sha256('x'), 'done', now() "
    "from generate_series(1, %d) i;\n"
    "insert into plan (institution_id, case_id, recon_job_id) select 1, i, i "
    "from generate_series(1, %d) i;\n"
    /* Thousands of them are made before they are used. */
    "alter table ticket alter column expires_at set default now() + interval '1 hour';\n"
    "commit;\nanalyze;\n";

static void path_of(const struct ost_load_world *world, const char *name, char out[OST_LOAD_TEXT])
{
    (void)snprintf(out, OST_LOAD_TEXT, "%s/%s", world->dir, name);
}

static bool write_file(const struct ost_load_world *world, const char *name, const char *text,
                       struct ost_err *err)
{
    char path[OST_LOAD_TEXT];
    path_of(world, name, path);
    FILE *file = fopen(path, "w");
    bool ok = file != NULL && chmod(path, 0600) == 0 && fputs(text, file) >= 0;
    if (file != NULL)
        ok = fclose(file) == 0 && ok;
    return ok || ost_fail(err, OST_UNAVAILABLE, "%s cannot be written", path);
}

static bool make_secret(const struct ost_load_world *world, struct ost_err *err)
{
    unsigned char random[OST_SECRET_BYTES];
    char hex[2 * OST_SECRET_BYTES + 2];
    FILE *file = fopen("/dev/urandom", "rb");
    bool ok = file != NULL && fread(random, 1, sizeof random, file) == sizeof random;
    if (file != NULL)
        (void)fclose(file);
    for (size_t i = 0; i < sizeof random; i++)
        (void)snprintf(hex + 2 * i, 4, "%02x\n", random[i]);
    return (ok || ost_fail(err, OST_UNAVAILABLE, "no random numbers")) &&
           write_file(world, "secret", hex, err);
}

/* "NAME=value" of a file that infra/cluster wrote. */
static bool find_line(const char *path, const char *name, char out[OST_LOAD_TEXT])
{
    char line[OST_LOAD_TEXT];
    bool found = false;
    FILE *file = fopen(path, "r");
    while (file != NULL && !found && fgets(line, sizeof line, file) != NULL) {
        size_t len = strlen(name);
        line[strcspn(line, "\n")] = '\0';
        found = strncmp(line, name, len) == 0 && line[len] == '=';
        if (found)
            (void)snprintf(out, OST_LOAD_TEXT, "%s", line + len + 1);
    }
    if (file != NULL)
        (void)fclose(file);
    return found;
}

static bool start_database(struct ost_load_world *world, struct ost_err *err)
{
    char folder[OST_LOAD_TEXT], env[OST_LOAD_TEXT], pid_file[OST_LOAD_TEXT], text[32] = "";
    char script[] = OST_SOURCE_DIR "/infra/cluster", verb[] = "start";
    char *argv[] = {script, verb, folder, NULL};
    path_of(world, "db", folder);
    path_of(world, "env", env);
    path_of(world, "db/data/postmaster.pid", pid_file);
    if (!ost_load_run(argv, NULL, world->core[1], env, err))
        return false;
    FILE *file = fopen(pid_file, "r");
    if (file != NULL) {
        if (fgets(text, sizeof text, file) != NULL)
            world->postmaster = (pid_t)strtol(text, NULL, 10);
        (void)fclose(file);
    }
    return (world->postmaster > 0 && find_line(env, "OSTEON_DATABASE_URL", world->url) &&
            find_line(env, "OSTEON_OWNER_DATABASE_URL", world->owner_url)) ||
           ost_fail(err, OST_UNAVAILABLE, "infra/cluster did not say where its database is");
}

static bool migrate(struct ost_load_world *world, struct ost_err *err)
{
    struct ost_load_settings settings = {.count = 0};
    char log[OST_LOAD_TEXT], verb[] = "migrate";
    char *argv[] = {world->program, verb, NULL};
    path_of(world, "migrate.log", log);
    ost_load_set(&settings, "OSTEON_OWNER_DATABASE_URL=%s", world->owner_url);
    ost_load_set(&settings, "OSTEON_MIGRATIONS=" OST_SOURCE_DIR "/migrations");
    return ost_load_run(argv, &settings, world->core[1], log, err);
}

static bool fill(struct ost_load_world *world, struct ost_err *err)
{
    char sql[4096], path[OST_LOAD_TEXT], log[OST_LOAD_TEXT];
    char psql[] = PSQL, bare[] = "-X", quiet[] = "-q", stop[] = "-vON_ERROR_STOP=1", from[] = "-f";
    char *argv[] = {psql, bare, quiet, stop, from, path, world->owner_url, NULL};
    (void)snprintf(sql, sizeof sql, people, OST_LOAD_PEOPLE, OST_LOAD_PEOPLE, OST_LOAD_CASES,
                   OST_LOAD_CASES, OST_LOAD_CASES);
    path_of(world, "people.sql", path);
    path_of(world, "people.log", log);
    return write_file(world, "people.sql", sql, err) &&
           ost_load_run(argv, NULL, world->core[1], log, err);
}

static bool open_auth(struct ost_load_world *world, struct ost_err *err)
{
    char secret[OST_LOAD_TEXT];
    path_of(world, "secret", secret);
    const struct ost_config_auth config = {
        .secret_file = secret, .idle_minutes = 1440, .absolute_hours = 24, .rotate_minutes = 1440};
    return ost_auth_create(&world->auth, &config, err) &&
           ost_db_create(&world->db, world->url, err);
}

bool ost_load_world_open(struct ost_load_world *world, struct ost_err *err)
{
    char path[OST_LOAD_TEXT];
    ssize_t len = readlink("/proc/self/exe", world->program, sizeof world->program - 1);
    (void)snprintf(world->dir, sizeof world->dir, "/tmp/osteon-load-XXXXXX");
    if (len <= 0 || mkdtemp(world->dir) == NULL || chmod(world->dir, 0711) != 0)
        return ost_fail(err, OST_UNAVAILABLE, "no folder under /tmp");
    ost_load_cores(world->core);
    ost_load_pin(world->core[1]);
    path_of(world, "web", path);
    bool ok = mkdir(path, 0700) == 0;
    path_of(world, "blobs", path);
    ok = mkdir(path, 0700) == 0 && ok;
    return (ok || ost_fail(err, OST_UNAVAILABLE, "no folder under /tmp")) &&
           make_secret(world, err) && start_database(world, err) && migrate(world, err) &&
           fill(world, err) && open_auth(world, err);
}

void ost_load_world_close(struct ost_load_world *world)
{
    char folder[OST_LOAD_TEXT];
    char script[] = OST_SOURCE_DIR "/infra/cluster", verb[] = "stop";
    char rm[] = "/bin/rm", all[] = "-rf";
    char *stop[] = {script, verb, folder, NULL}, *away[] = {rm, all, world->dir, NULL};
    struct ost_load_settings now = {.count = 0};
    struct ost_err ignored;
    ost_load_stop(world->api);
    ost_db_destroy(world->db);
    ost_auth_destroy(world->auth);
    path_of(world, "db", folder);
    ost_load_set(&now, "OSTEON_STOP=immediate");
    if (world->postmaster > 0)
        (void)!ost_load_run(stop, &now, world->core[1], NULL, &ignored);
    if (world->dir[0] != '\0')
        (void)!ost_load_run(away, NULL, world->core[1], NULL, &ignored);
    *world = (struct ost_load_world){.api = 0};
}

/* --- the api ------------------------------------------------------------------------- */

static uint16_t free_port(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool ok = fd >= 0 && bind(fd, (const struct sockaddr *)&at, len) == 0 &&
              getsockname(fd, (struct sockaddr *)&at, &len) == 0;
    if (fd >= 0)
        (void)close(fd);
    return ok ? ntohs(at.sin_port) : 0;
}

static bool make_certificate(const struct ost_load_world *world, struct ost_err *err)
{
    char command[3 * OST_LOAD_TEXT], sh[] = "/bin/sh", c[] = "-c";
    char *argv[] = {sh, c, command, NULL};
    (void)snprintf(command, sizeof command,
                   "umask 077; exec openssl req -x509 -newkey ec -pkeyopt "
                   "ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=127.0.0.1 "
                   "-keyout %s/key.pem -out %s/cert.pem",
                   world->dir, world->dir);
    return ost_load_run(argv, NULL, world->core[1], NULL, err);
}

static bool answers(uint16_t port)
{
    const struct sockaddr_in at = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool ok = fd >= 0 && connect(fd, (const struct sockaddr *)&at, sizeof at) == 0;
    if (fd >= 0)
        (void)close(fd);
    return ok;
}

static void settings_of(const struct ost_load_world *world, struct ost_load_settings *out)
{
    ost_load_set(out, "OSTEON_DATABASE_URL=%s", world->url);
    ost_load_set(out, "OSTEON_SECRET_FILE=%s/secret", world->dir);
    ost_load_set(out, "OSTEON_BLOB_DIR=%s/blobs", world->dir);
    ost_load_set(out, "OSTEON_WEB_ROOT=%s/web", world->dir);
    ost_load_set(out, "OSTEON_LISTEN=127.0.0.1");
    ost_load_set(out, "OSTEON_PORT=%u", world->port);
    ost_load_set(out, "OSTEON_ORIGIN=https://127.0.0.1:%u", world->port);
    ost_load_set(out, "OSTEON_CONNECTIONS=4000");
    ost_load_set(out, "OSTEON_LOG_LEVEL=warn");
    if (world->tls) {
        ost_load_set(out, "OSTEON_TLS_CERT=%s/cert.pem", world->dir);
        ost_load_set(out, "OSTEON_TLS_KEY=%s/key.pem", world->dir);
    } else {
        ost_load_set(out, "OSTEON_TLS_CERT=none");
    }
}

bool ost_load_world_serve(struct ost_load_world *world, bool tls, struct ost_err *err)
{
    const struct timespec moment = {.tv_nsec = 50000000};
    struct ost_load_settings settings = {.count = 0};
    char log[OST_LOAD_TEXT], verb[] = "api";
    char *argv[] = {world->program, verb, NULL};
    ost_load_stop(world->api);
    world->api = 0;
    world->tls = tls;
    world->port = free_port();
    path_of(world, "api.log", log);
    settings_of(world, &settings);
    if (tls && !make_certificate(world, err))
        return false;
    if (!ost_load_start(argv, &settings, world->core[0], log, &world->api, err))
        return false;
    for (int i = 0; i < 600; i++) {
        if (answers(world->port))
            return true;
        (void)nanosleep(&moment, NULL);
    }
    return ost_fail(err, OST_UNAVAILABLE, "the api does not answer; see %s", log);
}

bool ost_load_world_ticket(const struct ost_load_world *world, int64_t person, int64_t case_id,
                           char ticket[OST_AUTH_TOKEN], struct ost_err *err)
{
    const struct ost_auth_session session = {.id = person,
                                             .who = {.institution = 1, .user = person},
                                             .home = 1,
                                             .role = OST_ROLE_SURGEON};
    return ost_auth_ticket_give(world->auth, world->db, &session, case_id, ticket, err);
}

static bool count_one(void *user, const struct ost_db_plan_op *op, struct ost_err *err)
{
    (void)op;
    (void)err;
    ++*(int64_t *)user;
    return true;
}

bool ost_load_world_count(const struct ost_load_world *world, int64_t plan, int64_t *seq,
                          int64_t *rows, struct ost_err *err)
{
    const struct ost_db_who who = {.institution = 1};
    const struct ost_db_plan_range range = {.plan = plan};
    struct ost_db_plan row;
    *rows = 0;
    bool ok = ost_db_begin(world->db, &who, err) && ost_db_plan_get(world->db, plan, &row, err) &&
              ost_db_plan_load(world->db, &range, count_one, rows, err) &&
              ost_db_commit(world->db, err);
    ost_db_end(world->db);
    if (ok)
        *seq = row.seq;
    return ok;
}
