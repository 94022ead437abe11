#include "services/collab/room_impl.h"

#include <stdlib.h>
#include <string.h>

#define ARENA_BYTES ((size_t)32 * OST_ENTRY_BYTES)

static void line_free(struct line *line)
{
    free(line->json.ptr);
    free(line->body.ptr);
}

void ost_room_lines_free(struct room *room)
{
    for (size_t i = 0; i < room->line_count; i++)
        line_free(&room->line[i]);
    room->line_count = 0;
}

/* The oldest eighth goes when the room keeps as many as it may. */
static void forget_lines(struct room *room)
{
    size_t count = OST_COLLAB_LINES / 8;
    for (size_t i = 0; i < count; i++)
        line_free(&room->line[i]);
    room->line_count -= count;
    room->first += (int64_t)count;
    memmove(room->line, room->line + count, room->line_count * sizeof *room->line);
}

static bool write_text(const struct ost_entry *entry, enum ost_form form, struct text *out,
                       struct ost_err *err)
{
    struct ost_buf buf;
    ost_buf_init(&buf, (size_t)8 * OST_ENTRY_BYTES);
    struct ost_sink sink = ost_sink_to(&buf, form);
    ost_entry_write(&sink, entry);
    if (!ost_buf_done(&buf, err)) {
        ost_buf_fini(&buf);
        return false;
    }
    *out = (struct text){(char *)buf.ptr, buf.len};
    return true;
}

static bool copy_text(const void *bytes, size_t len, struct text *out, struct ost_err *err)
{
    *out = (struct text){malloc(len), len};
    if (out->ptr == NULL)
        return ost_fail(err, OST_NOMEM, "collab: out of memory");
    memcpy(out->ptr, bytes, len);
    return true;
}

bool ost_room_line_add(struct room *room, const struct ost_entry *entry, const void *body,
                       size_t len, struct ost_err *err)
{
    struct line line = {.n = entry->n};
    if (room->line == NULL)
        room->line = calloc(OST_COLLAB_LINES, sizeof *room->line);
    if (room->line == NULL)
        return ost_fail(err, OST_NOMEM, "collab: out of memory");
    /* What the room's frame is made of in a moment, or the log's own bytes, which cost least. */
    if (!(ost_room_speaks(room, false) ? write_text(entry, OST_FORM_JSON, &line.json, err)
                                       : copy_text(body, len, &line.body, err)))
        return false;
    if (room->line_count == OST_COLLAB_LINES)
        forget_lines(room);
    if (room->line_count == 0)
        room->first = entry->seq;
    memcpy(line.client, entry->client, OST_CLIENT_BYTES);
    ost_plan_sum(room->plan, line.sum);
    room->line[room->line_count++] = line;
    ost_room_own(room, entry->client, entry->by.id);
    return true;
}

static bool read_line(const struct line *line, struct ost_arena *arena, struct ost_entry *out,
                      struct ost_err *err)
{
    const struct ost_tree *root = NULL;
    if (line->body.ptr != NULL)
        return ost_entry_read_body(line->body.ptr, line->body.len, arena, out, err);
    return ost_tree_of_json(arena, line->json.ptr, line->json.len, &root, err) &&
           ost_entry_read(root, arena, out, err);
}

const struct text *ost_line_text(struct line *line, bool cbor, struct ost_err *err)
{
    struct text *text = cbor ? &line->body : &line->json;
    OST_AUTO(ost_arena) arena = NULL;
    struct ost_entry entry;
    if (text->ptr != NULL)
        return text;
    bool ok = ost_arena_create(&arena, ARENA_BYTES, err) && read_line(line, arena, &entry, err) &&
              write_text(&entry, cbor ? OST_FORM_CBOR : OST_FORM_JSON, text, err);
    return ok ? text : NULL;
}
