/* What the server's loop tells the thread of the plans, in the order it happened. */
#ifndef OST_ROUTES_EVENT_IMPL_H
#define OST_ROUTES_EVENT_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum event_kind { OST_LIVE_OPENED, OST_LIVE_MESSAGE, OST_LIVE_CLOSED };

struct event {
    struct event *next;
    enum event_kind kind;
    uint64_t socket;
    char *text; /* ticket or message; owned */
    size_t len;
    bool cbor; /* opened: the form it speaks */
};

/* First in, first out; zeroed is empty. */
struct event_list {
    struct event *first, *last;
};

void ost_event_put(struct event_list *list, struct event *event); /* takes it */
struct event *ost_event_take(struct event_list *list);            /* the first, or NULL */
void ost_event_drop(struct event_list *list, uint64_t socket);    /* the first of a socket's */
void ost_event_free(struct event *event);                         /* NULL is fine */

#endif
