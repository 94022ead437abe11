/*
 * A plan driven by lines on stdin, so that other builds of the core can be compared
 * with this one. In: {"apply": ENTRY}, {"replay": ENTRY}, {"undo": ENTRY} or
 * {"redo": ENTRY}, one a line. Out, one a line: code, seq and sum, and what was said;
 * after the last, hash, head and the state.
 */
#include "recon/plan/measures.h"
#include "recon/plan/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES = 1 << 20 };

static bool undo(struct ost_plan *plan, struct ost_entry *asked, bool redo, struct ost_err *err)
{
    OST_AUTO(ost_arena) arena = NULL;
    struct ost_undo what = {.redo = redo};
    struct ost_entry entry;
    enum ost_outcome outcome;
    if (!ost_arena_create(&arena, 1 << 22, err) ||
        !ost_plan_undo(plan, &asked->by, arena, &what, &entry, err))
        return false;
    entry.client = asked->client;
    entry.n = asked->n;
    entry.at_ms = asked->at_ms;
    return ost_plan_apply(plan, &entry, &outcome, err);
}

static bool step(struct ost_plan *plan, const char *line, struct ost_err *err)
{
    static const char *const name[] = {"apply", "replay", "undo", "redo", NULL};
    OST_AUTO(ost_arena) arena = NULL;
    const struct ost_tree *root = NULL, *part[4];
    struct ost_entry entry;
    enum ost_outcome outcome;
    if (!ost_arena_create(&arena, 1 << 24, err) ||
        !ost_tree_of_json(arena, line, strlen(line), &root, err) ||
        !ost_tree_fields(root, "a step", name, part, err))
        return false;
    for (int i = 0; i < 4; i++) {
        if (part[i] == NULL)
            continue;
        if (!ost_entry_read(part[i], arena, &entry, err))
            return false;
        return i == 0   ? ost_plan_apply(plan, &entry, &outcome, err)
               : i == 1 ? ost_plan_replay(plan, &entry, err)
                        : undo(plan, &entry, i == 3, err);
    }
    return ost_fail(err, OST_INVALID, "an empty step");
}

static void print_state(const struct ost_plan *plan)
{
    struct ost_buf buf;
    char hash[OST_SHA256_HEX], head[OST_SHA256_HEX];
    ost_buf_init(&buf, OST_PLAN_BYTES);
    if (ost_plan_hash(plan, hash, NULL) && ost_plan_write(plan, OST_FORM_JSON, &buf, NULL)) {
        ost_sha256_hex(ost_plan_head_view(plan), head);
        (void)printf("%s %s\n%.*s\n", hash, head, (int)buf.len, (const char *)buf.ptr);
    }
    ost_buf_fini(&buf);
}

int main(int argc, char **argv)
{
    static char line[LINE_BYTES];
    struct ost_plan *plan = NULL;
    struct ost_err err = {.code = OST_OK};
    if (!ost_plan_create(&plan, argc > 1 ? argv[1] : "plan", &err))
        return 1;
    while (fgets(line, sizeof line, stdin) != NULL) {
        char sum[OST_SUM_HEX];
        line[strcspn(line, "\n")] = '\0';
        bool ok = step(plan, line, &err);
        ost_plan_sum(plan, sum);
        (void)printf("%s %lld %s %s\n", ok ? "ok" : ost_code_name(err.code),
                     (long long)ost_plan_seq(plan), sum, ok ? "" : err.msg);
    }
    print_state(plan);
    ost_plan_destroy(plan);
    return 0;
}
