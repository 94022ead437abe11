/*
 * What a room says, in the form each member speaks. Messages are written as JSON; their CBOR
 * is made from it, once for all who want it, and only where somebody does.
 */
#include "recon/plan/twin.h"
#include "services/collab/room_impl.h"
#include "services/log/log.h"

#define CBOR_BYTES(len) (64 + 3 * (len)) /* "1.0," is nine bytes there */

static void deliver(const struct ost_collab *hub, const uint64_t *socket, size_t count,
                    uint64_t key, const struct ost_buf *text)
{
    const char *bytes = (const char *)text->ptr;
    if (text->failed || count == 0)
        return;
    if (hub->line.send_all != NULL && count > 1) {
        hub->line.send_all(hub->line.user, socket, count, key, bytes, text->len);
        return;
    }
    for (size_t i = 0; i < count; i++)
        hub->line.send(hub->line.user, socket[i], key, bytes, text->len);
}

static void deliver_cbor(const struct ost_collab *hub, const uint64_t *socket, size_t count,
                         uint64_t key, const struct ost_buf *json)
{
    struct ost_buf cbor;
    struct ost_err err;
    if (json->failed || count == 0)
        return;
    ost_buf_init(&cbor, CBOR_BYTES(json->len));
    if (ost_twin_cbor(json->ptr, json->len, &cbor, &err)) {
        deliver(hub, socket, count, key, &cbor);
    } else {
        ost_log_err(OST_LOG_ERROR, "collab.twin", &err);
    }
    ost_buf_fini(&cbor);
}

void ost_hub_send(const struct ost_collab *hub, const struct member *member,
                  const struct ost_buf *text)
{
    (member->cbor ? deliver_cbor : deliver)(hub, &member->socket, 1, 0, text);
}

void ost_hub_tell_some(const struct ost_collab *hub, const struct member *const *to, size_t count,
                       uint64_t key, const struct ost_buf *text)
{
    uint64_t json[OST_COLLAB_MEMBERS], cbor[OST_COLLAB_MEMBERS];
    size_t jsons = 0, cbors = 0;
    for (size_t i = 0; i < count; i++) {
        if (to[i]->cbor) {
            cbor[cbors++] = to[i]->socket;
        } else {
            json[jsons++] = to[i]->socket;
        }
    }
    deliver(hub, json, jsons, key, text);
    deliver_cbor(hub, cbor, cbors, key, text);
}

void ost_hub_tell(const struct ost_collab *hub, const struct room *room, bool cbor,
                  const struct ost_buf *bytes)
{
    uint64_t socket[OST_COLLAB_MEMBERS];
    size_t count = 0;
    for (const struct member *m = room->member; m != NULL && count < OST_COLLAB_MEMBERS;
         m = m->next) {
        if (m->greeted && m->cbor == cbor)
            socket[count++] = m->socket;
    }
    deliver(hub, socket, count, 0, bytes);
}

bool ost_room_speaks(const struct room *room, bool cbor)
{
    const struct member *m = room->member;
    while (m != NULL && !(m->greeted && m->cbor == cbor))
        m = m->next;
    return m != NULL;
}

void ost_collab_notify(struct ost_collab *hub, int64_t case_id, const char *text, size_t len)
{
    const struct room *room = ost_hub_room(hub, case_id);
    const struct member *to[OST_COLLAB_MEMBERS];
    size_t count = 0;
    for (const struct member *m = room == NULL ? NULL : room->member;
         m != NULL && count < OST_COLLAB_MEMBERS; m = m->next)
        to[count++] = m;
    struct ost_buf json;
    ost_buf_init(&json, len);
    ost_buf_put(&json, text, len);
    ost_hub_tell_some(hub, to, count, 0, &json);
    ost_buf_fini(&json);
}
