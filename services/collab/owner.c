/* Which page is whose: from those who greeted, and from the entries at hand. */
#include "services/collab/room_impl.h"

#include <stdlib.h>
#include <string.h>

#define OF_ONE 64 /* pages of one person; whoever makes up more forgets his own */

static const struct owner *find(const struct room *room, const char *client)
{
    for (size_t i = 0; i < room->owner_count; i++) {
        if (strcmp(room->owner[i].client, client) == 0)
            return &room->owner[i];
    }
    return NULL;
}

bool ost_room_may_be(const struct room *room, const char *client, const char *user_id)
{
    const struct owner *owner = find(room, client);
    return owner == NULL || strcmp(owner->user_id, user_id) == 0;
}

static void forget_one(struct room *room, const char *user_id)
{
    size_t count = 0, oldest = 0;
    for (size_t i = room->owner_count; i-- > 0;) {
        if (strcmp(room->owner[i].user_id, user_id) != 0)
            continue;
        oldest = i;
        count++;
    }
    if (count < OF_ONE)
        return;
    room->owner_count--;
    memmove(room->owner + oldest, room->owner + oldest + 1,
            (room->owner_count - oldest) * sizeof *room->owner);
}

void ost_room_own(struct room *room, const char *client, const char *user_id)
{
    if (find(room, client) != NULL || strlen(client) > OST_CLIENT_BYTES ||
        strlen(user_id) > OST_ACTOR_BYTES)
        return;
    forget_one(room, user_id);
    struct owner *grown = realloc(room->owner, (room->owner_count + 1) * sizeof *grown);
    if (grown == NULL)
        return; /* as if it had been long ago */
    room->owner = grown;
    struct owner *owner = &grown[room->owner_count++];
    *owner = (struct owner){.client = ""};
    memcpy(owner->client, client, strlen(client));
    memcpy(owner->user_id, user_id, strlen(user_id));
}
