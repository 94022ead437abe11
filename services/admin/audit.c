#include "services/db/audit.h"

#include "services/admin/admin.h"
#include "services/admin/replay_impl.h"
#include "services/cli/args.h"
#include "services/db/account.h"
#include "services/db/plan.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { OST_AUDIT_MEMORY = 16 << 20 };

static const struct ost_usage usage = {
    .line = "osteon audit verify",
    .summary = "Recomputes the audit chain of every institution and replays every plan's log,\n"
               "on the database of OSTEON_OWNER_DATABASE_URL. Names the first row that does not\n"
               "follow; exit 3 where there is one.",
    .least = 1,
    .most = 1,
};

struct verdict {
    struct ost_db_audit_check chain;
    size_t plans;
    int64_t broken_plan, broken_seq;
};

static bool verify_plans(struct ost_db *db, struct ost_arena *arena, struct verdict *out,
                         struct ost_err *err)
{
    struct ost_db_plan *plan = NULL;
    if (!ost_db_plan_list(db, arena, &plan, &out->plans, err))
        return false;
    for (size_t i = 0; i < out->plans && out->broken_plan == 0; i++) {
        if (!ost_replay_verify(db, &plan[i], &out->broken_seq, err))
            return false;
        if (out->broken_seq != 0)
            out->broken_plan = plan[i].id;
    }
    return true;
}

static bool verify(struct ost_db *db, struct ost_arena *arena, int64_t institution,
                   struct verdict *out, struct ost_err *err)
{
    const struct ost_db_who who = {.institution = institution};
    if (!ost_db_begin(db, &who, err))
        return false;
    bool ok = ost_db_audit_verify(db, &out->chain, err) && verify_plans(db, arena, out, err);
    ost_db_end(db);
    return ok;
}

static void print_words(int64_t id, const struct verdict *v)
{
    if (v->chain.broken != 0) {
        (void)printf("institution %" PRId64 ": BROKEN at row %" PRId64 ": %s\n", id,
                     v->chain.broken, v->chain.why);
    } else {
        (void)printf("institution %" PRId64 ": %" PRId64 " rows in one chain, %zu plans replayed\n",
                     id, v->chain.rows, v->plans);
    }
    if (v->broken_plan != 0) {
        (void)printf("institution %" PRId64 ": plan %" PRId64 " BROKEN at operation %" PRId64 "\n",
                     id, v->broken_plan, v->broken_seq);
    }
}

/* Numbers and our own words only, so that nothing needs escaping. */
static void print_json(int64_t id, const struct verdict *v, bool first)
{
    (void)printf("%s{\"institution\":%" PRId64 ",\"rows\":%" PRId64 ",\"broken_row\":%" PRId64
                 ",\"plans\":%zu,\"broken_plan\":%" PRId64 ",\"broken_seq\":%" PRId64 "}",
                 first ? "" : ",", id, v->chain.rows, v->chain.broken, v->plans, v->broken_plan,
                 v->broken_seq);
}

static bool verify_all(struct ost_db *db, bool json, bool *holds, struct ost_err *err)
{
    OST_AUTO(ost_arena) arena = NULL;
    struct ost_db_institution *row = NULL;
    size_t count = 0;
    if (!ost_arena_create(&arena, OST_AUDIT_MEMORY, err) || !ost_db_begin_owner(db, err))
        return false;
    bool ok = ost_db_institution_list(db, arena, &row, &count, err);
    ost_db_end(db);
    if (json)
        (void)printf("{\"chains\":[");
    for (size_t i = 0; ok && i < count; i++) {
        struct verdict v = {0};
        ok = verify(db, arena, row[i].id, &v, err);
        *holds = *holds && v.chain.broken == 0 && v.broken_plan == 0;
        if (ok && json) {
            print_json(row[i].id, &v, i == 0);
        } else if (ok) {
            print_words(row[i].id, &v);
        }
    }
    if (json)
        (void)printf("],\"ok\":%s}\n", ok && *holds ? "true" : "false");
    return ok;
}

int ost_admin_audit(int argc, char **argv)
{
    struct ost_args args;
    enum ost_args_next next = ost_args_parse(&usage, argc, argv, &args);
    if (next != OST_ARGS_RUN)
        return next == OST_ARGS_HELPED ? OST_EXIT_OK : OST_EXIT_USAGE;
    if (strcmp(args.word[0], "verify") != 0) {
        (void)fprintf(stderr, "usage: %s (see --help)\n", usage.line);
        return OST_EXIT_USAGE;
    }
    OST_AUTO(ost_config) config = NULL;
    OST_AUTO(ost_db) db = NULL;
    struct ost_err err = {0};
    bool holds = true;
    if (!ost_config_create(&config, &err) ||
        !ost_db_create_owner(&db, config->db.owner_url, &err) ||
        !verify_all(db, args.json, &holds, &err))
        return ost_command_fail("audit", &err);
    return holds ? OST_EXIT_OK : OST_EXIT_INPUT;
}
