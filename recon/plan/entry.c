#include "recon/plan/entry.h"

#include "recon/base/array.h"

#include <string.h>

static const char *const op_name[] = {
    [OST_OP_CREATE] = "create", [OST_OP_SET] = "set",         [OST_OP_MOVE] = "move",
    [OST_OP_REMOVE] = "remove", [OST_OP_RESTORE] = "restore", [OST_OP_TAG] = "tag",
};

static bool no_room(struct ost_err *err)
{
    return ost_fail(err, OST_LIMIT, "an entry takes more than its memory limit");
}

static bool numbers_read(const struct ost_tree *list, size_t count, double *out)
{
    if (list == NULL || list->kind != OST_TREE_LIST || list->count != count)
        return false;
    for (const struct ost_tree *item = list->first; item != NULL; item = item->next) {
        if (item->kind != OST_TREE_F64 && item->kind != OST_TREE_INTEGER)
            return false;
        *out++ = item->f64;
    }
    return true;
}

static bool rigid_read(const struct ost_tree *map, struct ost_value *out, struct ost_err *err)
{
    static const char *const name[] = {"r", "t", NULL};
    const struct ost_tree *part[2];
    out->kind = OST_VALUE_RIGID;
    if (!ost_tree_fields(map, "a motion", name, part, err))
        return false;
    if (!numbers_read(part[0], 9, out->rigid.r) || !numbers_read(part[1], 3, out->rigid.t))
        return ost_fail(err, OST_INVALID, "a motion has nine numbers r and three t");
    return true;
}

/* The shape tells the kind; whether the property wants that kind is for the tables. */
bool ost_value_read(const struct ost_tree *node, struct ost_value *out, struct ost_err *err)
{
    memset(out, 0, sizeof *out);
    if (node == NULL)
        return ost_fail(err, OST_INVALID, "a value is missing");
    switch (node->kind) {
    case OST_TREE_NULL:
        break;
    case OST_TREE_BOOL:
        *out = ost_value_bool(node->truth);
        break;
    case OST_TREE_INTEGER:
    case OST_TREE_F64:
        *out = ost_value_f64(node->f64);
        break;
    case OST_TREE_TEXT:
        *out = ost_value_text(node->text);
        break;
    case OST_TREE_LIST:
        out->kind = OST_VALUE_VEC3;
        if (!numbers_read(node, 3, out->vec3))
            return ost_fail(err, OST_INVALID, "a list of a value holds three numbers");
        break;
    case OST_TREE_MAP:
        if (!rigid_read(node, out, err))
            return false;
        break;
    }
    ost_value_normalise(out);
    return true;
}

/* Text that may be left out or null, then `otherwise`. */
static bool text_or(const struct ost_tree *node, const char *what, const char *otherwise,
                    const char **out, struct ost_err *err)
{
    *out = otherwise;
    if (node == NULL || node->kind == OST_TREE_NULL)
        return true;
    return ost_tree_text(node, what, OST_NAME_BYTES, out, err);
}

static bool id_read(const struct ost_tree *node, const char **out, struct ost_err *err)
{
    return ost_tree_text(node, "an object id", OST_ID_BYTES, out, err);
}

static bool assigns_read(const struct ost_tree *map, struct ost_arena *arena, struct ost_op *op,
                         struct ost_err *err)
{
    if (map == NULL || map->kind != OST_TREE_MAP || map->count > OST_TYPE_PROPERTIES) {
        return ost_fail(err, OST_INVALID, "props is an object of at most %d properties",
                        (int)OST_TYPE_PROPERTIES);
    }
    struct ost_assign *assign = ost_arena_alloc(arena, (map->count + 1) * sizeof *assign);
    if (assign == NULL)
        return no_room(err);
    op->assign = assign;
    for (const struct ost_tree *member = map->first; member != NULL; member = member->next) {
        if (member->kind == OST_TREE_NULL)
            continue; /* not given */
        assign->property = member->key;
        if (!ost_value_read(member, &assign->value, err))
            return false;
        assign++;
        op->assign_count++;
    }
    return true;
}

static bool create_read(const struct ost_tree *node, struct ost_arena *arena, struct ost_op *op,
                        struct ost_err *err)
{
    static const char *const name[] = {"op", "id", "type", "parent", "order", "props", NULL};
    const struct ost_tree *part[6];
    return ost_tree_fields(node, "create", name, part, err) && id_read(part[1], &op->object, err) &&
           ost_tree_text(part[2], "type", OST_ID_BYTES, &op->type, err) &&
           text_or(part[3], "parent", "", &op->parent, err) &&
           text_or(part[4], "order", "V", &op->order, err) && assigns_read(part[5], arena, op, err);
}

static bool set_read(const struct ost_tree *node, struct ost_arena *arena, struct ost_op *op,
                     struct ost_err *err)
{
    static const char *const name[] = {"op", "object", "property", "value", "base", NULL};
    const struct ost_tree *part[5];
    struct ost_assign *assign = ost_arena_alloc(arena, sizeof *assign);
    if (assign == NULL)
        return no_room(err);
    op->assign = assign;
    op->assign_count = 1;
    op->base = OST_REV_UNSAID;
    return ost_tree_fields(node, "set", name, part, err) && id_read(part[1], &op->object, err) &&
           ost_tree_text(part[2], "property", OST_ID_BYTES, &assign->property, err) &&
           ost_value_read(part[3], &assign->value, err) &&
           (part[4] == NULL ||
            ost_tree_integer(part[4], "base", -OST_TREE_INTEGER_MOST, &op->base, err));
}

static bool move_read(const struct ost_tree *node, struct ost_arena *arena, struct ost_op *op,
                      struct ost_err *err)
{
    static const char *const name[] = {"op", "object", "parent", "order", NULL};
    const struct ost_tree *part[4];
    (void)arena;
    return ost_tree_fields(node, "move", name, part, err) && id_read(part[1], &op->object, err) &&
           text_or(part[2], "parent", "", &op->parent, err) &&
           ost_tree_text(part[3], "order", OST_NAME_BYTES, &op->order, err);
}

static bool only_object_read(const struct ost_tree *node, struct ost_arena *arena,
                             struct ost_op *op, struct ost_err *err)
{
    static const char *const name[] = {"op", "object", NULL};
    const struct ost_tree *part[2];
    (void)arena;
    return ost_tree_fields(node, "an operation", name, part, err) &&
           id_read(part[1], &op->object, err);
}

static bool tag_read(const struct ost_tree *node, struct ost_arena *arena, struct ost_op *op,
                     struct ost_err *err)
{
    static const char *const name[] = {"op", "name", "kind", "hash", "said", NULL};
    const struct ost_tree *part[5];
    (void)arena;
    return ost_tree_fields(node, "tag", name, part, err) &&
           ost_tree_text(part[1], "name", OST_TAG_BYTES, &op->tag, err) &&
           ost_tree_text(part[2], "kind", OST_ID_BYTES, &op->tag_kind, err) &&
           ost_tree_text(part[3], "hash", OST_SHA256_HEX, &op->hash, err) &&
           (part[4] == NULL || ost_tree_text(part[4], "said", OST_SAID_BYTES, &op->said, err));
}

static bool (*const op_read[])(const struct ost_tree *, struct ost_arena *, struct ost_op *,
                               struct ost_err *) = {
    [OST_OP_CREATE] = create_read,       [OST_OP_SET] = set_read,
    [OST_OP_MOVE] = move_read,           [OST_OP_REMOVE] = only_object_read,
    [OST_OP_RESTORE] = only_object_read, [OST_OP_TAG] = tag_read,
};

static bool op_kind_of_name(const char *name, enum ost_op_kind *out)
{
    for (size_t i = 0; i < OST_COUNT(op_name); i++) {
        if (strcmp(op_name[i], name) == 0) {
            *out = (enum ost_op_kind)i;
            return true;
        }
    }
    return false;
}

static bool op_kind_read(const struct ost_tree *node, enum ost_op_kind *out, struct ost_err *err)
{
    const struct ost_tree *member = node->kind == OST_TREE_MAP ? node->first : NULL;
    while (member != NULL && strcmp(member->key, "op") != 0)
        member = member->next;
    if (member == NULL || member->kind != OST_TREE_TEXT || !op_kind_of_name(member->text, out))
        return ost_fail(err, OST_INVALID, "an operation is of no known kind");
    return true;
}

bool ost_ops_read(const struct ost_tree *node, struct ost_arena *arena, struct ost_entry *out,
                  struct ost_err *err)
{
    if (node == NULL || node->kind != OST_TREE_LIST)
        return ost_fail(err, OST_INVALID, "ops is a list of operations");
    if (node->count > OST_ENTRY_OPS) {
        return ost_fail(err, OST_LIMIT, "%zu operations at once, limit %d", node->count,
                        (int)OST_ENTRY_OPS);
    }
    out->op = ost_arena_alloc(arena, (node->count + 1) * sizeof *out->op);
    if (out->op == NULL)
        return no_room(err);
    out->op_count = 0;
    for (const struct ost_tree *item = node->first; item != NULL; item = item->next) {
        struct ost_op *op = &out->op[out->op_count++];
        if (!op_kind_read(item, &op->kind, err) || !op_read[op->kind](item, arena, op, err))
            return ost_err_note(err, "operation %zu", out->op_count);
    }
    return true;
}

static bool pre_read(const struct ost_tree *node, struct ost_pre *pre, struct ost_err *err)
{
    static const char *const name[] = {"object", "property", "rev", NULL};
    const struct ost_tree *part[3];
    return ost_tree_fields(node, "a precondition", name, part, err) &&
           id_read(part[0], &pre->object, err) &&
           ost_tree_text(part[1], "property", OST_ID_BYTES, &pre->property, err) &&
           ost_tree_integer(part[2], "rev", -OST_TREE_INTEGER_MOST, &pre->rev, err);
}

bool ost_pres_read(const struct ost_tree *node, struct ost_arena *arena, struct ost_entry *out,
                   struct ost_err *err)
{
    out->pre_count = 0;
    if (node == NULL || node->kind == OST_TREE_NULL)
        return true;
    if (node->kind != OST_TREE_LIST || node->count > OST_ENTRY_PRE) {
        return ost_fail(err, OST_INVALID, "pre is a list of at most %d preconditions",
                        (int)OST_ENTRY_PRE);
    }
    out->pre = ost_arena_alloc(arena, (node->count + 1) * sizeof *out->pre);
    if (out->pre == NULL)
        return no_room(err);
    for (const struct ost_tree *item = node->first; item != NULL; item = item->next) {
        if (!pre_read(item, &out->pre[out->pre_count++], err))
            return false;
    }
    return true;
}

static unsigned hex_digit(char c)
{
    return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10) & 15U;
}

static bool digest_read(const struct ost_tree *node, unsigned char out[OST_SHA256_BYTES],
                        struct ost_err *err)
{
    const char *hex = NULL;
    if (node == NULL || node->kind == OST_TREE_NULL)
        return true;
    if (!ost_tree_text(node, "a digest", 64, &hex, err))
        return false;
    if (strlen(hex) != 64 || strspn(hex, "0123456789abcdef") != 64)
        return ost_fail(err, OST_INVALID, "a digest has 64 lower-case hexadecimal digits");
    for (size_t i = 0; i < OST_SHA256_BYTES; i++)
        out[i] = (unsigned char)(hex_digit(hex[2 * i]) << 4 | hex_digit(hex[2 * i + 1]));
    return true;
}

static bool actor_read(const struct ost_tree *node, struct ost_actor *out, struct ost_err *err)
{
    static const char *const name[] = {"id", "name", "role", NULL};
    const struct ost_tree *part[3];
    const char *role = NULL;
    if (!ost_tree_fields(node, "by", name, part, err) ||
        !ost_tree_text(part[0], "by.id", OST_ACTOR_BYTES, &out->id, err) ||
        !ost_tree_text(part[1], "by.name", OST_NAME_BYTES, &out->name, err) ||
        !ost_tree_text(part[2], "by.role", OST_ID_BYTES, &role, err))
        return false;
    return ost_role_of_name(role, &out->role) || ost_fail(err, OST_INVALID, "by.role is unknown");
}

static bool integer_or(const struct ost_tree *node, const char *what, int64_t *out,
                       struct ost_err *err)
{
    *out = 0;
    if (node == NULL || node->kind == OST_TREE_NULL)
        return true;
    return ost_tree_integer(node, what, 0, out, err);
}

bool ost_entry_read(const struct ost_tree *node, struct ost_arena *arena, struct ost_entry *out,
                    struct ost_err *err)
{
    static const char *const name[] = {"n",      "at",      "by",   "ops", "seq", "prev",
                                       "client", "undo_of", "hash", "pre", NULL};
    const struct ost_tree *part[10];
    memset(out, 0, sizeof *out);
    return ost_tree_fields(node, "an entry", name, part, err) &&
           ost_tree_integer(part[0], "n", 0, &out->n, err) &&
           ost_tree_integer(part[1], "at", 0, &out->at_ms, err) &&
           actor_read(part[2], &out->by, err) && ost_ops_read(part[3], arena, out, err) &&
           integer_or(part[4], "seq", &out->seq, err) && digest_read(part[5], out->prev, err) &&
           ost_tree_text(part[6], "client", OST_CLIENT_BYTES, &out->client, err) &&
           integer_or(part[7], "undo_of", &out->undo_of, err) &&
           digest_read(part[8], out->hash, err) && ost_pres_read(part[9], arena, out, err);
}

bool ost_entry_read_body(const void *body, size_t len, struct ost_arena *arena,
                         struct ost_entry *out, struct ost_err *err)
{
    const struct ost_tree *root = NULL;
    if (!ost_tree_of_cbor(arena, body, len, &root, err) || !ost_entry_read(root, arena, out, err))
        return false;
    ost_sha256_of(body, len, out->hash);
    return true;
}

/* Properties in the order of their keys, whatever order they came in. */
static void write_assigns(struct ost_sink *sink, const struct ost_op *op)
{
    const char *last = "";
    ost_sink_map(sink, op->assign_count);
    for (size_t n = 0; n < op->assign_count; n++) {
        const struct ost_assign *least = NULL;
        for (size_t i = 0; i < op->assign_count; i++) {
            const struct ost_assign *a = &op->assign[i];
            if (ost_key_order(a->property, last) > 0 &&
                (least == NULL || ost_key_order(a->property, least->property) < 0))
                least = a;
        }
        if (least == NULL)
            break; /* a property twice: the buffer stays short of its count and is refused */
        last = least->property;
        ost_sink_key(sink, last);
        ost_sink_value(sink, &least->value);
    }
}

static void write_text(struct ost_sink *sink, const char *key, const char *text)
{
    ost_sink_key(sink, key);
    ost_sink_text(sink, text);
}

static void write_set(struct ost_sink *sink, const struct ost_op *op)
{
    ost_sink_map(sink, op->base == OST_REV_UNSAID ? 4 : 5);
    write_text(sink, "op", "set");
    if (op->base != OST_REV_UNSAID) {
        ost_sink_key(sink, "base");
        ost_sink_integer(sink, op->base);
    }
    ost_sink_key(sink, "value");
    ost_sink_value(sink, &op->assign[0].value);
    write_text(sink, "object", op->object);
    write_text(sink, "property", op->assign[0].property);
}

static void write_tag(struct ost_sink *sink, const struct ost_op *op)
{
    bool said = op->said != NULL && op->said[0] != '\0';
    ost_sink_map(sink, said ? 5 : 4);
    write_text(sink, "op", "tag");
    write_text(sink, "hash", op->hash);
    write_text(sink, "kind", op->tag_kind);
    write_text(sink, "name", op->tag);
    if (said)
        write_text(sink, "said", op->said);
}

static void write_op(struct ost_sink *sink, const struct ost_op *op)
{
    switch (op->kind) {
    case OST_OP_CREATE:
        ost_sink_map(sink, 6);
        write_text(sink, "id", op->object);
        write_text(sink, "op", "create");
        write_text(sink, "type", op->type);
        write_text(sink, "order", op->order);
        ost_sink_key(sink, "props");
        write_assigns(sink, op);
        write_text(sink, "parent", op->parent);
        break;
    case OST_OP_SET:
        write_set(sink, op);
        break;
    case OST_OP_MOVE:
        ost_sink_map(sink, 4);
        write_text(sink, "op", "move");
        write_text(sink, "order", op->order);
        write_text(sink, "object", op->object);
        write_text(sink, "parent", op->parent);
        break;
    case OST_OP_REMOVE:
    case OST_OP_RESTORE:
        ost_sink_map(sink, 2);
        write_text(sink, "op", op_name[op->kind]);
        write_text(sink, "object", op->object);
        break;
    case OST_OP_TAG:
        write_tag(sink, op);
        break;
    }
}

static void write_ops(struct ost_sink *sink, const struct ost_entry *entry)
{
    ost_sink_key(sink, "ops");
    ost_sink_list(sink, entry->op_count);
    for (size_t i = 0; i < entry->op_count; i++)
        write_op(sink, &entry->op[i]);
}

void ost_ops_write(struct ost_sink *sink, const struct ost_entry *entry)
{
    write_ops(sink, entry);
    ost_sink_key(sink, "pre");
    ost_sink_list(sink, entry->pre_count);
    for (size_t i = 0; i < entry->pre_count; i++) {
        ost_sink_map(sink, 3);
        ost_sink_key(sink, "rev");
        ost_sink_integer(sink, entry->pre[i].rev);
        write_text(sink, "object", entry->pre[i].object);
        write_text(sink, "property", entry->pre[i].property);
    }
}

static void write_digest(struct ost_sink *sink, const char *key,
                         const unsigned char digest[OST_SHA256_BYTES])
{
    char hex[OST_SHA256_HEX];
    ost_sha256_hex(digest, hex);
    write_text(sink, key, hex);
}

void ost_entry_write(struct ost_sink *sink, const struct ost_entry *entry)
{
    ost_sink_map(sink, sink->form == OST_FORM_JSON ? 9 : 8);
    ost_sink_key(sink, "n");
    ost_sink_integer(sink, entry->n);
    ost_sink_key(sink, "at");
    ost_sink_integer(sink, entry->at_ms);
    ost_sink_key(sink, "by");
    ost_sink_map(sink, 3);
    write_text(sink, "id", entry->by.id);
    write_text(sink, "name", entry->by.name);
    write_text(sink, "role", ost_role_name(entry->by.role));
    write_ops(sink, entry);
    ost_sink_key(sink, "seq");
    ost_sink_integer(sink, entry->seq);
    if (sink->form == OST_FORM_JSON)
        write_digest(sink, "hash", entry->hash);
    write_digest(sink, "prev", entry->prev);
    write_text(sink, "client", entry->client);
    ost_sink_key(sink, "undo_of");
    if (entry->undo_of == 0) {
        ost_sink_null(sink);
    } else {
        ost_sink_integer(sink, entry->undo_of);
    }
}

bool ost_entry_hash(struct ost_entry *entry, struct ost_err *err)
{
    struct ost_buf buf;
    ost_buf_init(&buf, OST_ENTRY_BYTES);
    struct ost_sink sink = ost_sink_to(&buf, OST_FORM_CBOR);
    ost_entry_write(&sink, entry);
    bool ok = ost_buf_done(&buf, err);
    if (ok)
        ost_sha256_of(buf.ptr, buf.len, entry->hash);
    ost_buf_fini(&buf);
    return ok;
}

void ost_entry_genesis(const char *plan_id, unsigned char prev[OST_SHA256_BYTES])
{
    struct ost_sha256 sha;
    ost_sha256_init(&sha);
    ost_sha256_put(&sha, "osteon plan ", 12);
    ost_sha256_put(&sha, plan_id, strlen(plan_id));
    ost_sha256_end(&sha, prev);
}
