/* The last entries of a room, ready for who comes back. */
#ifndef OST_COLLAB_LINE_IMPL_H
#define OST_COLLAB_LINE_IMPL_H

#include "recon/plan/plan.h"

OST_C_BEGIN

struct room;

/* An entry as it is told, in each form from when it was first wanted in it. */
struct line {
    int64_t n;
    char client[OST_CLIENT_BYTES + 1];
    char sum[OST_SUM_HEX]; /* after it */
    struct text {
        char *ptr; /* owned; NULL: not made yet */
        size_t len;
    } json, body; /* the body as it lies in the log, which is its CBOR */
};

/* `body` are the entry's canonical bytes, copied where its form is not JSON alone. */
OST_MUST_CHECK
bool ost_room_line_add(struct room *room, const struct ost_entry *entry, const void *body,
                       size_t len, struct ost_err *err);
void ost_room_lines_free(struct room *room);

/* The entry in a form; borrowed until the lines change. NULL where there is no memory. */
const struct text *ost_line_text(struct line *line, bool cbor, struct ost_err *err);

OST_C_END

#endif
