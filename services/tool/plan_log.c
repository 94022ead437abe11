#include "services/tool/plan_log.h"

#include "services/casefile/disk.h"

#include <string.h>
#include <time.h>

#define ARENA_BYTES ((size_t)1024 * 1024 * 1024)       /* nodes of a log of OST_TREE_BYTES */
#define CLIENT      "c1000000000000000000000000000000" /* this tool, as the client of `local` */

bool ost_plan_log_begin(struct ost_plan_log *log, const char *id, struct ost_err *err)
{
    *log = (struct ost_plan_log){.plan = NULL};
    ost_buf_init(&log->entries, OST_TREE_BYTES);
    return ost_plan_create(&log->plan, id, err);
}

void ost_plan_log_fini(struct ost_plan_log *log)
{
    ost_plan_destroy(log->plan);
    log->plan = NULL;
    ost_buf_fini(&log->entries);
}

static void keep(struct ost_plan_log *log, const struct ost_entry *entry)
{
    if (log->entries.len > 0)
        ost_buf_text(&log->entries, ",\n");
    struct ost_sink sink = ost_sink_to(&log->entries, OST_FORM_JSON);
    ost_entry_write(&sink, entry);
}

static bool replay(struct ost_plan_log *log, const struct ost_tree *list, struct ost_arena *arena,
                   struct ost_err *err)
{
    if (list == NULL || list->kind != OST_TREE_LIST)
        return ost_fail(err, OST_INVALID, "entries is a list");
    for (const struct ost_tree *node = list->first; node != NULL; node = node->next) {
        struct ost_entry entry;
        if (!ost_entry_read(node, arena, &entry, err) || !ost_plan_replay(log->plan, &entry, err))
            return false;
        keep(log, &entry);
    }
    return true;
}

static bool parse(struct ost_plan_log *log, const struct ost_buf *bytes, struct ost_err *err)
{
    static const char *const name[] = {"osteon_plan_log", "plan", "entries", NULL};
    OST_AUTO(ost_arena) arena = NULL;
    const struct ost_tree *root = NULL, *part[3];
    const char *id = NULL;
    int64_t version = 0;
    return ost_arena_create(&arena, ARENA_BYTES, err) &&
           ost_tree_of_json(arena, bytes->ptr, bytes->len, &root, err) &&
           ost_tree_fields(root, "a plan log", name, part, err) &&
           ost_tree_integer(part[0], "osteon_plan_log", 1, &version, err) &&
           ost_tree_text(part[1], "plan", OST_ACTOR_BYTES, &id, err) &&
           ost_plan_log_begin(log, id, err) && replay(log, part[2], arena, err);
}

bool ost_plan_log_read(struct ost_plan_log *log, const char *case_dir, struct ost_err *err)
{
    struct ost_buf bytes;
    *log = (struct ost_plan_log){.plan = NULL};
    ost_buf_init(&bytes, OST_TREE_BYTES);
    bool ok = ost_disk_read(case_dir, "plan_log.json", &bytes, err) && parse(log, &bytes, err);
    ost_buf_fini(&bytes);
    if (ok)
        return true;
    ost_plan_log_fini(log);
    return ost_err_note(err, "plan_log.json");
}

/* A client id stays its person's. */
static const char *client_of(struct ost_plan_log *log, const char *person)
{
    unsigned char digest[OST_SHA256_BYTES];
    char hex[OST_SHA256_HEX];
    if (strncmp(person, "local-", 6) != 0)
        return CLIENT;
    ost_sha256_of(person, strlen(person), digest);
    ost_sha256_hex(digest, hex);
    memcpy(log->client, hex, OST_CLIENT_BYTES);
    log->client[OST_CLIENT_BYTES] = '\0';
    return log->client;
}

bool ost_plan_log_add(struct ost_plan_log *log, struct ost_entry *entry, struct ost_err *err)
{
    struct timespec now;
    enum ost_outcome outcome = OST_APPLIED;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    entry->at_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
    if (entry->client == NULL) {
        entry->client = client_of(log, entry->by.id);
        entry->n = ost_plan_last_n(log->plan, entry->client) + 1;
    }
    if (!ost_plan_apply(log->plan, entry, &outcome, err))
        return false;
    keep(log, entry);
    return ost_buf_done(&log->entries, err);
}

static bool write_log(const struct ost_plan_log *log, struct ost_buf *out, struct ost_err *err)
{
    struct ost_sink sink = ost_sink_to(out, OST_FORM_JSON);
    ost_buf_text(out, "{\"osteon_plan_log\":1,\"plan\":");
    ost_sink_text(&sink, ost_plan_id_view(log->plan));
    ost_buf_text(out, ",\"entries\":[\n");
    ost_buf_put(out, log->entries.ptr, log->entries.len);
    ost_buf_text(out, "]}\n");
    return ost_buf_done(out, err);
}

bool ost_plan_log_write(const struct ost_plan_log *log, const char *case_dir, struct ost_err *err)
{
    struct ost_buf entries, state;
    ost_buf_init(&entries, OST_TREE_BYTES);
    ost_buf_init(&state, OST_PLAN_BYTES);
    bool ok = write_log(log, &entries, err) &&
              ost_plan_write(log->plan, OST_FORM_JSON, &state, err) &&
              ost_disk_write(case_dir, "plan_log.json", &entries, err) &&
              ost_disk_write(case_dir, "plan.json", &state, err);
    ost_buf_fini(&entries);
    ost_buf_fini(&state);
    return ok;
}
