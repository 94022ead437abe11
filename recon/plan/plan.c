#include "recon/plan/clients_impl.h"

#include <stdlib.h>
#include <string.h>

#define FACT_BYTES 4096

bool ost_plan_room(void **array, size_t size, size_t count, size_t *room, size_t most,
                   struct ost_err *err)
{
    if (count < *room)
        return true;
    if (count >= most)
        return ost_fail(err, OST_LIMIT, "the plan holds %zu of these, its limit", most);
    size_t next = *room == 0 ? 16 : *room * 2;
    next = next > most ? most : next;
    void *grown = realloc(*array, next * size);
    if (grown == NULL)
        return ost_fail(err, OST_NOMEM, "plan: out of memory");
    memset((char *)grown + count * size, 0, (next - count) * size);
    *array = grown;
    *room = next;
    return true;
}

bool ost_plan_create(struct ost_plan **out, const char *id, struct ost_err *err)
{
    *out = NULL;
    size_t len = strlen(id);
    if (len > OST_ACTOR_BYTES) {
        return ost_fail(err, OST_LIMIT, "a plan's id has %zu bytes, limit %d", len,
                        (int)OST_ACTOR_BYTES);
    }
    struct ost_plan *plan = calloc(1, sizeof *plan);
    if (plan == NULL)
        return ost_fail(err, OST_NOMEM, "plan: out of memory");
    memcpy(plan->id, id, len + 1);
    ost_entry_genesis(id, plan->head);
    /* Room for the longest fact at once, so that counting one never fails. */
    static const unsigned char zero[FACT_BYTES];
    ost_buf_init(&plan->scratch, FACT_BYTES);
    ost_buf_put(&plan->scratch, zero, sizeof zero);
    if (plan->scratch.failed) {
        ost_plan_destroy(plan);
        return ost_fail(err, OST_NOMEM, "plan: out of memory");
    }
    *out = plan;
    return true;
}

void ost_plan_value_drop(struct ost_value *value)
{
    if (value->kind == OST_VALUE_TEXT)
        free(value->owned);
    *value = (struct ost_value){0};
}

bool ost_plan_value_keep(const struct ost_value *from, struct ost_value *to, struct ost_err *err)
{
    *to = *from;
    if (from->kind != OST_VALUE_TEXT)
        return true;
    size_t len = strlen(from->text);
    char *text = malloc(len + 1);
    if (text == NULL) {
        *to = (struct ost_value){0};
        return ost_fail(err, OST_NOMEM, "plan: out of memory");
    }
    memcpy(text, from->text, len + 1);
    to->text = text;
    return true;
}

void ost_plan_changes_drop(struct change *change, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (change[i].kind == OST_CHANGE_SLOT)
            ost_plan_value_drop(&change[i].old.slot.value);
    }
    free(change);
}

static void object_free(struct object *object)
{
    for (unsigned i = 0; i < object->slot_count; i++)
        ost_plan_value_drop(&object->slot[i].value);
    free(object);
}

void ost_plan_destroy(struct ost_plan *plan)
{
    if (plan == NULL)
        return;
    for (size_t i = 0; i < plan->past_count; i++)
        ost_plan_changes_drop(plan->past[i].change, plan->past[i].change_count);
    for (size_t i = 0; i < plan->object_count; i++)
        object_free(plan->object[i]);
    free(plan->past);
    free((void *)plan->object);
    free(plan->person);
    free(plan->client);
    free(plan->tag);
    ost_buf_fini(&plan->scratch);
    free(plan);
}

bool ost_plan_place_of(const struct ost_plan *plan, const char *id, size_t *at)
{
    size_t low = 0, high = plan->object_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = ost_key_order(plan->object[middle]->id, id);
        if (order == 0) {
            *at = middle;
            return true;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *at = low;
    return false;
}

struct object *ost_plan_object(const struct ost_plan *plan, const char *id)
{
    size_t at = 0;
    return ost_plan_place_of(plan, id, &at) ? plan->object[at] : NULL;
}

bool ost_plan_object_add(struct ost_plan *plan, const char *id, enum ost_type type,
                         struct object **out, struct ost_err *err)
{
    size_t at = 0;
    if (ost_plan_place_of(plan, id, &at))
        return ost_fail(err, OST_CONFLICT, "object %s exists already", id);
    if (!ost_plan_room((void **)&plan->object, sizeof(void *), plan->object_count,
                       &plan->object_room, OST_PLAN_OBJECTS, err))
        return ost_err_note(err, "objects");
    unsigned slots = ost_type_rule_view(type)->property_count;
    struct object *object = calloc(1, sizeof *object + slots * sizeof object->slot[0]);
    if (object == NULL)
        return ost_fail(err, OST_NOMEM, "plan: out of memory");
    memcpy(object->id, id, strlen(id) + 1);
    object->type = type;
    object->slot_count = slots;
    memmove((void *)(plan->object + at + 1), (void *)(plan->object + at),
            (plan->object_count - at) * sizeof(void *));
    plan->object[at] = object;
    plan->object_count++;
    *out = object;
    return true;
}

void ost_plan_object_drop(struct ost_plan *plan, struct object *object)
{
    size_t at = 0;
    if (!ost_plan_place_of(plan, object->id, &at))
        return;
    ost_plan_fact_drop(plan, object);
    plan->object_count--;
    memmove((void *)(plan->object + at), (void *)(plan->object + at + 1),
            (plan->object_count - at) * sizeof(void *));
    object_free(object);
}

int ost_plan_person(const struct ost_plan *plan, const char *id)
{
    for (int i = 0; i < plan->person_count; i++) {
        if (strcmp(plan->person[i].id, id) == 0)
            return i;
    }
    return -1;
}

bool ost_plan_person_add(struct ost_plan *plan, const struct ost_actor *who, int *out,
                         struct ost_err *err)
{
    size_t room = (size_t)plan->person_room;
    if (!ost_plan_room((void **)&plan->person, sizeof *plan->person, (size_t)plan->person_count,
                       &room, OST_PLAN_PEOPLE, err))
        return ost_err_note(err, "people");
    plan->person_room = (int)room;
    struct person *person = &plan->person[plan->person_count];
    memset(person, 0, sizeof *person);
    memcpy(person->id, who->id, strlen(who->id));
    memcpy(person->name, who->name, strlen(who->name));
    person->role = who->role;
    *out = plan->person_count++;
    return true;
}

int64_t ost_plan_seq(const struct ost_plan *plan)
{
    return plan->seq;
}

const char *ost_plan_id_view(const struct ost_plan *plan)
{
    return plan->id;
}

const unsigned char *ost_plan_head_view(const struct ost_plan *plan)
{
    return plan->head;
}

int64_t ost_plan_last_n(const struct ost_plan *plan, const char *client)
{
    const struct client *known = ost_plan_client(plan, client);
    return known == NULL ? 0 : known->n;
}

int64_t ost_plan_seq_of(const struct ost_plan *plan, const char *client, int64_t n)
{
    const struct client *known = ost_plan_client(plan, client);
    if (known != NULL && known->n == n)
        return known->seq;
    for (size_t i = plan->past_count; i-- > 0;) {
        if (plan->past[i].n == n && strcmp(plan->past[i].client, client) == 0)
            return plan->past[i].seq;
    }
    return 0;
}

size_t ost_plan_count(const struct ost_plan *plan)
{
    return plan->object_count;
}

struct ost_object_view ost_plan_object_view(const struct ost_plan *plan, size_t index)
{
    const struct object *object = plan->object[index];
    return (struct ost_object_view){.id = object->id,
                                    .parent = object->place.parent,
                                    .order = object->place.order,
                                    .type = object->type,
                                    .alive = object->life.alive};
}

int ost_plan_find(const struct ost_plan *plan, const char *id)
{
    size_t at = 0;
    return ost_plan_place_of(plan, id, &at) ? (int)at : -1;
}

int ost_plan_first(const struct ost_plan *plan, enum ost_type type)
{
    int best = -1;
    for (size_t i = 0; i < plan->object_count; i++) {
        const struct object *object = plan->object[i];
        if (object->type != type || !object->life.alive)
            continue;
        if (best < 0 || strcmp(object->place.order, plan->object[best]->place.order) < 0)
            best = (int)i;
    }
    return best;
}

struct ost_property_view ost_plan_property_view(const struct ost_plan *plan, int object,
                                                const char *property)
{
    struct ost_property_view view = {.by = "", .by_name = ""};
    if (object < 0 || (size_t)object >= plan->object_count)
        return view;
    const struct object *o = plan->object[object];
    int at = ost_property_of_name(o->type, property);
    if (at < 0)
        return view;
    view.value = o->slot[at].value;
    view.rev = o->slot[at].stamp.rev;
    if (view.rev != 0) {
        const struct person *person = &plan->person[o->slot[at].stamp.by];
        view.by = person->id;
        view.by_name = person->name;
        view.by_role = person->role;
    }
    return view;
}

bool ost_plan_approval(const struct ost_plan *plan, struct ost_approval *out, struct ost_err *err)
{
    *out = (struct ost_approval){.by = "", .name = ""};
    if (!ost_plan_hash(plan, out->hash, err))
        return false;
    for (size_t i = 0; i < plan->tag_count; i++) {
        const struct tag *tag = &plan->tag[i];
        out->version += tag->kind == TAG_APPROVED || tag->kind == TAG_VERSION ? 1 : 0;
        if (tag->kind != TAG_APPROVED)
            continue;
        out->approved = strcmp(tag->hash, out->hash) == 0;
        out->outdated = !out->approved;
        out->at_ms = tag->at_ms;
        out->by = plan->person[tag->by].name;
        out->name = tag->name;
    }
    return true;
}
