#include "recon/base/array.h"
#include "recon/plan/seed.h"
#include "services/casefile/disk.h"
#include "services/cli/args.h"
#include "services/load/load.h"
#include "services/station/plan_file.h"
#include "services/station/plan_seed.h"
#include "services/tool/plan_log.h"
#include "services/tool/plan_print.h"
#include "services/tool/plan_review.h"
#include "services/tool/tool.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct ost_option option[] = {
    {"role", "ROLE", "who acts: surgeon (when not given), engineer"},
    {"name", "NAME", "the person in the log, another for each name; \"local\" when not given"},
    {"said", "TEXT", "step, tag, approve: what is said with it, 400 bytes at most"},
    {"force", NULL, "new: replaces the plan that is there"},
    {"clients", "N", "encode: 1 to 4096; 50 when not given"},
    {"cbor", NULL, "encode: frames of osteon.1.cbor instead of osteon.1"},
    {"count", "N", "encode: operations of each client, 1 to 100000; 200 when not given"},
};

static const struct ost_usage usage = {
    .line = "osteon plan new|show|propose|apply|tag|step|approve|steps|verify CASE "
            "[OPS.json|NAME|STEP], or osteon plan encode DIR",
    .summary =
        "The plan of a case: new makes one from CASE/result; show prints its numbers; propose "
        "moves the fragment onto the target; apply runs the operations of a JSON file, all or "
        "none; tag puts a NAME on the state as it is; step moves the plan on in its review "
        "(proposed, approved, released, manufactured, used, checked; draft branches a new draft "
        "from it) and steps shows who said what and what comes next; approve NAME proposes a draft "
        "and approves it. verify replays the log and compares state, hash and the surfaces it was "
        "planned on. encode writes messages of many "
        "clients into DIR, for a load driver: JSON lines, and the same as WebSocket frames.",
    .option = option,
    .option_count = OST_COUNT(option),
    .least = 2,
    .most = 3,
};

#define ARENA_BYTES ((size_t)64 * 1024 * 1024)
#define FILE_BYTES  ((size_t)128 * 1024 * 1024)

struct job {
    const struct ost_args *args;
    const char *case_dir;
    char actor[32];
    struct ost_arena *arena;
    struct ost_plan_log log; /* what the commands that write work on */
    struct ost_plan *plan;   /* what is shown in the end; borrowed or of plan.json */
};

/* Who approves does not release: another name is another person. */
static bool actor(struct job *job, struct ost_actor *out, struct ost_err *err)
{
    const char *role = ost_args_value(job->args, "role");
    const char *name = ost_args_value(job->args, "name");
    unsigned char digest[OST_SHA256_BYTES];
    char hex[OST_SHA256_HEX];
    (void)snprintf(job->actor, sizeof job->actor, "local");
    if (name != NULL) {
        ost_sha256_of(name, strlen(name), digest);
        ost_sha256_hex(digest, hex);
        (void)snprintf(job->actor, sizeof job->actor, "local-%.16s", hex);
    }
    *out = (struct ost_actor){job->actor, name == NULL ? "local" : name, OST_ROLE_SURGEON};
    return role == NULL || ost_role_of_name(role, &out->role) ||
           ost_fail(err, OST_INVALID, "--role is surgeon or engineer");
}

static bool exists(const char *case_dir, const char *name)
{
    struct ost_buf bytes;
    struct ost_err err = {0};
    ost_buf_init(&bytes, OST_TREE_BYTES);
    bool there = ost_disk_read(case_dir, name, &bytes, &err) || err.code != OST_NOT_FOUND;
    ost_buf_fini(&bytes);
    return there;
}

/* Plans of different results have different chains. */
static bool plan_id(const char *case_dir, char out[24], struct ost_err *err)
{
    struct ost_buf bytes;
    unsigned char digest[OST_SHA256_BYTES];
    char hex[OST_SHA256_HEX];
    ost_buf_init(&bytes, OST_TREE_BYTES);
    bool ok = ost_disk_read(case_dir, "result/result.json", &bytes, err);
    if (ok)
        ost_sha256_of(bytes.ptr, bytes.len, digest);
    ost_buf_fini(&bytes);
    if (!ok)
        return ost_err_note(err, "run osteon recon first");
    ost_sha256_hex(digest, hex);
    (void)snprintf(out, 24, "local-%.16s", hex);
    return true;
}

static bool do_new(struct job *job, struct ost_err *err)
{
    struct ost_entry entry;
    char id[24];
    if (ost_args_value(job->args, "force") == NULL && exists(job->case_dir, "plan.json"))
        return ost_fail(err, OST_INVALID, "there is a plan already; --force replaces it");
    return plan_id(job->case_dir, id, err) && ost_plan_log_begin(&job->log, id, err) &&
           ost_station_plan_seed(job->case_dir, job->arena, &entry, err) &&
           ost_plan_log_add(&job->log, &entry, err) &&
           ost_plan_log_write(&job->log, job->case_dir, err);
}

static bool add(struct job *job, struct ost_entry *entry, struct ost_err *err)
{
    entry->client = NULL;
    return actor(job, &entry->by, err) && ost_plan_log_add(&job->log, entry, err) &&
           ost_plan_log_write(&job->log, job->case_dir, err);
}

static bool do_propose(struct job *job, struct ost_err *err)
{
    struct ost_entry entry;
    return ost_plan_log_read(&job->log, job->case_dir, err) &&
           ost_plan_propose(job->log.plan, job->arena, &entry, err) && add(job, &entry, err);
}

static bool read_ops(const struct job *job, const char *path, struct ost_entry *out,
                     struct ost_err *err)
{
    static const char *const name[] = {"ops", "pre", NULL};
    const struct ost_tree *root = NULL, *part[2] = {NULL, NULL};
    struct ost_buf bytes;
    ost_buf_init(&bytes, OST_ENTRY_BYTES);
    bool ok = ost_disk_read(NULL, path, &bytes, err);
    ok = ok && ost_tree_of_json(job->arena, bytes.ptr, bytes.len, &root, err);
    ost_buf_fini(&bytes);
    if (!ok)
        return false;
    part[0] = root;
    *out = (struct ost_entry){.op = NULL};
    return (root->kind == OST_TREE_LIST ||
            ost_tree_fields(root, "the operations", name, part, err)) &&
           ost_ops_read(part[0], job->arena, out, err) &&
           ost_pres_read(part[1], job->arena, out, err);
}

static bool do_apply(struct job *job, struct ost_err *err)
{
    struct ost_entry entry;
    return ost_plan_log_read(&job->log, job->case_dir, err) &&
           read_ops(job, job->args->word[2], &entry, err) && add(job, &entry, err);
}

/* `name` NULL: the step's own, with the number of its entry. */
static bool put_tag(struct job *job, const char *kind, const char *name, struct ost_err *err)
{
    char hash[OST_SHA256_HEX], own[OST_TAG_BYTES + 1];
    if (!ost_plan_hash(job->log.plan, hash, err))
        return false;
    (void)snprintf(own, sizeof own, "%.20s %" PRId64, kind, ost_plan_seq(job->log.plan) + 1);
    struct ost_op op = {.kind = OST_OP_TAG,
                        .tag = name == NULL ? own : name,
                        .tag_kind = kind,
                        .hash = hash,
                        .said = ost_args_value(job->args, "said")};
    struct ost_entry entry = {.op = &op, .op_count = 1};
    return add(job, &entry, err);
}

static bool do_tag(struct job *job, struct ost_err *err)
{
    return ost_plan_log_read(&job->log, job->case_dir, err) &&
           put_tag(job, "version", job->args->word[2], err);
}

static bool do_step(struct job *job, struct ost_err *err)
{
    return ost_plan_log_read(&job->log, job->case_dir, err) &&
           put_tag(job, job->args->word[2], NULL, err);
}

static bool do_approve(struct job *job, struct ost_err *err)
{
    return ost_plan_log_read(&job->log, job->case_dir, err) &&
           (ost_plan_review(job->log.plan) != OST_REVIEW_DRAFT ||
            put_tag(job, "proposed", NULL, err)) &&
           put_tag(job, "approved", job->args->word[2], err);
}

static bool do_show(struct job *job, struct ost_err *err)
{
    return ost_station_plan_read(job->case_dir, &job->plan, err);
}

static bool do_steps(struct job *job, struct ost_err *err)
{
    return do_show(job, err);
}

/* The bones the plan was made on are still the ones in the folder. */
static bool verify_surface(const struct job *job, int bone, struct ost_err *err)
{
    struct ost_property_view kind = ost_plan_property_view(job->plan, bone, "kind");
    struct ost_property_view surface = ost_plan_property_view(job->plan, bone, "surface");
    unsigned char digest[OST_SHA256_BYTES];
    char name[32], hex[OST_SHA256_HEX];
    struct ost_buf bytes;
    ost_buf_init(&bytes, FILE_BYTES);
    (void)snprintf(name, sizeof name, "result/%s.stl", kind.value.text);
    bool ok = ost_disk_read(job->case_dir, name, &bytes, err);
    if (ok)
        ost_sha256_of(bytes.ptr, bytes.len, digest);
    ost_buf_fini(&bytes);
    if (!ok)
        return false;
    ost_sha256_hex(digest, hex);
    return strcmp(hex, surface.value.text) == 0 ||
           ost_fail(err, OST_CORRUPT, "the surface of the %s is not the one planned on",
                    kind.value.text);
}

static bool verify_surfaces(const struct job *job, struct ost_err *err)
{
    for (size_t i = 0; i < ost_plan_count(job->plan); i++) {
        struct ost_object_view view = ost_plan_object_view(job->plan, i);
        if (view.type == OST_TYPE_BONE && view.alive && !verify_surface(job, (int)i, err))
            return false;
    }
    return true;
}

static bool same_state(const struct ost_plan *a, const struct ost_plan *b, struct ost_err *err)
{
    struct ost_buf x, y;
    ost_buf_init(&x, OST_PLAN_BYTES);
    ost_buf_init(&y, OST_PLAN_BYTES);
    bool ok =
        ost_plan_write(a, OST_FORM_CBOR, &x, err) && ost_plan_write(b, OST_FORM_CBOR, &y, err);
    if (ok && (x.len != y.len || memcmp(x.ptr, y.ptr, x.len) != 0))
        ok = ost_fail(err, OST_CORRUPT, "plan.json is not the state its log leads to");
    ost_buf_fini(&x);
    ost_buf_fini(&y);
    return ok;
}

static bool do_verify(struct job *job, struct ost_err *err)
{
    return do_show(job, err) && ost_plan_log_read(&job->log, job->case_dir, err) &&
           same_state(job->plan, job->log.plan, err) && verify_surfaces(job, err);
}

struct verb {
    const char *name;
    bool (*run)(struct job *job, struct ost_err *err);
    const char *third; /* the word it needs after CASE; NULL: none */
};

static const struct verb verb[] = {
    {"new", do_new, NULL},           {"show", do_show, NULL},   {"propose", do_propose, NULL},
    {"apply", do_apply, "OPS.json"}, {"tag", do_tag, "NAME"},   {"approve", do_approve, "NAME"},
    {"step", do_step, "STEP"},       {"steps", do_steps, NULL}, {"verify", do_verify, NULL},
};

/* What is to be done, with all that it needs. */
static const struct verb *take(struct job *job, struct ost_err *err)
{
    struct ost_actor who;
    const struct verb *v = verb;
    while (v < verb + OST_COUNT(verb) && strcmp(v->name, job->args->word[0]) != 0)
        v++;
    if (v == verb + OST_COUNT(verb)) {
        (void)ost_fail(err, OST_INVALID, "no such verb; osteon plan --help lists them");
        return NULL;
    }
    if ((v->third != NULL) != (job->args->word_count == 3)) {
        (void)ost_fail(err, OST_INVALID, "%s %s", v->third != NULL ? v->third : v->name,
                       v->third != NULL ? "is missing" : "takes a CASE and no more");
        return NULL;
    }
    return actor(job, &who, err) ? v : NULL;
}

/* No case: what is written fits any plan. */
static int encode(const struct ost_args *args)
{
    static const double clients_range[] = {1.0, 4096.0}, count_range[] = {1.0, 100000.0};
    double clients, count;
    struct ost_err err = {0};
    if (args->word_count != 2 ||
        !ost_args_number(args, "clients", clients_range, 50.0, &clients, &err) ||
        !ost_args_number(args, "count", count_range, 200.0, &count, &err)) {
        if (args->word_count != 2)
            (void)ost_fail(&err, OST_INVALID, "encode takes a folder and no more");
        return ost_command_refuse("plan", &err);
    }
    if (!ost_load_encode_files(args->word[1], (size_t)clients, (size_t)count,
                               ost_args_value(args, "cbor") != NULL, &err))
        return ost_command_fail("plan", &err);
    (void)printf(args->json
                     ? "{\"clients\":%.0f,\"messages\":%.0f}\n"
                     : "%.0f clients, %.0f messages each, in client_NNNN.jsonl and .frames\n",
                 clients, count + 1.0);
    return OST_EXIT_OK;
}

int ost_tool_plan(int argc, char **argv)
{
    struct ost_args args;
    enum ost_args_next next = ost_args_parse(&usage, argc, argv, &args);
    if (next != OST_ARGS_RUN)
        return next == OST_ARGS_HELPED ? OST_EXIT_OK : OST_EXIT_USAGE;

    if (strcmp(args.word[0], "encode") == 0)
        return encode(&args);
    struct ost_err err = {0};
    struct job job = {.args = &args, .case_dir = args.word[1]};
    const struct verb *v = take(&job, &err);
    if (v == NULL)
        return ost_command_refuse("plan", &err);
    bool ok = ost_arena_create(&job.arena, ARENA_BYTES, &err) && v->run(&job, &err);
    if (ok) {
        const struct ost_plan *plan = job.plan != NULL ? job.plan : job.log.plan;
        ok = args.json            ? ost_plan_print_json(plan, &err)
             : v->run == do_steps ? ost_plan_steps_print(plan)
                                  : ost_plan_print_table(plan, &err);
    }
    ost_arena_destroy(job.arena);
    ost_plan_destroy(job.plan);
    ost_plan_log_fini(&job.log);
    return ok ? OST_EXIT_OK : ost_command_fail("plan", &err);
}
