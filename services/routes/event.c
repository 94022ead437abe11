#include "services/routes/event_impl.h"

#include <stdlib.h>

void ost_event_put(struct event_list *list, struct event *event)
{
    event->next = NULL;
    if (list->last == NULL) {
        list->first = event;
    } else {
        list->last->next = event;
    }
    list->last = event;
}

struct event *ost_event_take(struct event_list *list)
{
    struct event *event = list->first;
    if (event == NULL)
        return NULL;
    list->first = event->next;
    if (list->first == NULL)
        list->last = NULL;
    return event;
}

void ost_event_drop(struct event_list *list, uint64_t socket)
{
    struct event *before = NULL, *event = list->first;
    while (event != NULL && event->socket != socket) {
        before = event;
        event = event->next;
    }
    if (event == NULL)
        return;
    if (before == NULL) {
        list->first = event->next;
    } else {
        before->next = event->next;
    }
    if (list->last == event)
        list->last = before;
    ost_event_free(event);
}

void ost_event_free(struct event *event)
{
    if (event != NULL)
        free(event->text);
    free(event);
}
