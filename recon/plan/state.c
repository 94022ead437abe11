/* The plan as bytes: facts for the sum, canonical content for the hash, snapshots. */
#include "recon/plan/clients_impl.h"
#include "recon/plan/review_impl.h"

#include <stdlib.h>
#include <string.h>

static const unsigned char sum_key[OST_SIPHASH_KEY_BYTES] = "osteon state sum";

static struct ost_sink fact_begin(struct ost_plan *plan, const char *what, size_t count)
{
    plan->scratch.len = 0;
    struct ost_sink sink = ost_sink_to(&plan->scratch, OST_FORM_CBOR);
    ost_sink_list(&sink, count);
    ost_sink_text(&sink, what);
    return sink;
}

static struct ost_u128 fact_end(const struct ost_plan *plan)
{
    return ost_siphash(sum_key, plan->scratch.ptr, plan->scratch.len);
}

static void put_stamp(const struct ost_plan *plan, struct ost_sink *sink, struct stamp stamp)
{
    ost_sink_integer(sink, stamp.rev);
    ost_sink_text(sink, plan->person[stamp.by].id);
}

static void swap(struct ost_plan *plan, struct ost_u128 *fact, struct ost_u128 next)
{
    plan->sum = ost_u128_add(ost_u128_sub(plan->sum, *fact), next);
    *fact = next;
}

void ost_plan_fact_object(struct ost_plan *plan, struct object *object)
{
    struct ost_sink sink = fact_begin(plan, "object", 10);
    ost_sink_text(&sink, object->id);
    ost_sink_text(&sink, ost_type_rule_view(object->type)->name);
    ost_sink_text(&sink, object->place.parent);
    ost_sink_text(&sink, object->place.order);
    put_stamp(plan, &sink, object->place.stamp);
    ost_sink_bool(&sink, object->life.alive);
    put_stamp(plan, &sink, object->life.stamp);
    swap(plan, &object->fact, fact_end(plan));
}

void ost_plan_fact_slot(struct ost_plan *plan, struct object *object, int slot)
{
    struct slot *s = &object->slot[slot];
    if (s->stamp.rev == 0) {
        swap(plan, &s->fact, (struct ost_u128){0, 0});
        return;
    }
    struct ost_sink sink = fact_begin(plan, "property", 6);
    ost_sink_text(&sink, object->id);
    ost_sink_text(&sink, ost_type_rule_view(object->type)->property[slot].name);
    ost_sink_value(&sink, &s->value);
    put_stamp(plan, &sink, s->stamp);
    swap(plan, &s->fact, fact_end(plan));
}

void ost_plan_fact_tag(struct ost_plan *plan, const struct tag *tag, bool add)
{
    struct ost_sink sink = fact_begin(plan, "tag", tag->said[0] == '\0' ? 7 : 8);
    ost_sink_text(&sink, tag->name);
    if (tag->kind == TAG_VERSION || tag->kind == TAG_APPROVED) {
        ost_sink_bool(&sink, tag->kind == TAG_APPROVED);
    } else {
        ost_sink_text(&sink, ost_tag_kind_name(tag->kind));
    }
    ost_sink_text(&sink, tag->hash);
    ost_sink_integer(&sink, tag->at_ms);
    put_stamp(plan, &sink, (struct stamp){.rev = tag->seq, .by = tag->by});
    if (tag->said[0] != '\0')
        ost_sink_text(&sink, tag->said);
    struct ost_u128 fact = fact_end(plan);
    plan->sum = add ? ost_u128_add(plan->sum, fact) : ost_u128_sub(plan->sum, fact);
}

void ost_plan_fact_drop(struct ost_plan *plan, const struct object *object)
{
    plan->sum = ost_u128_sub(plan->sum, object->fact);
    for (unsigned i = 0; i < object->slot_count; i++)
        plan->sum = ost_u128_sub(plan->sum, object->slot[i].fact);
}

void ost_plan_sum(const struct ost_plan *plan, char hex[OST_SUM_HEX])
{
    static const char digit[] = "0123456789abcdef";
    for (int i = 0; i < 16; i++) {
        hex[i] = digit[plan->sum.high >> (60 - 4 * i) & 15];
        hex[16 + i] = digit[plan->sum.low >> (60 - 4 * i) & 15];
    }
    hex[OST_SUM_HEX - 1] = '\0';
}

static void write_text(struct ost_sink *sink, const char *key, const char *text)
{
    ost_sink_key(sink, key);
    ost_sink_text(sink, text);
}

static void write_integer(struct ost_sink *sink, const char *key, int64_t v)
{
    ost_sink_key(sink, key);
    ost_sink_integer(sink, v);
}

static void write_stamp(const struct ost_plan *plan, struct ost_sink *sink, struct stamp stamp)
{
    write_text(sink, "by", plan->person[stamp.by].id);
    write_integer(sink, "rev", stamp.rev);
}

static void write_slots(const struct ost_plan *plan, struct ost_sink *sink,
                        const struct object *object)
{
    size_t count = 0;
    for (unsigned i = 0; i < object->slot_count; i++)
        count += object->slot[i].stamp.rev != 0 ? 1 : 0;
    ost_sink_key(sink, "props");
    ost_sink_map(sink, count);
    for (unsigned i = 0; i < object->slot_count; i++) {
        if (object->slot[i].stamp.rev == 0)
            continue;
        ost_sink_key(sink, ost_type_rule_view(object->type)->property[i].name);
        ost_sink_map(sink, 3);
        write_stamp(plan, sink, object->slot[i].stamp);
        ost_sink_key(sink, "value");
        ost_sink_value(sink, &object->slot[i].value);
    }
}

static void write_object(const struct ost_plan *plan, struct ost_sink *sink,
                         const struct object *object)
{
    ost_sink_key(sink, object->id);
    ost_sink_map(sink, 4);
    ost_sink_key(sink, "life");
    ost_sink_map(sink, 3);
    write_stamp(plan, sink, object->life.stamp);
    ost_sink_key(sink, "alive");
    ost_sink_bool(sink, object->life.alive);
    write_text(sink, "type", ost_type_rule_view(object->type)->name);
    ost_sink_key(sink, "place");
    ost_sink_map(sink, 4);
    write_stamp(plan, sink, object->place.stamp);
    write_text(sink, "order", object->place.order);
    write_text(sink, "parent", object->place.parent);
    write_slots(plan, sink, object);
}

static void write_content(const struct ost_plan *plan, struct ost_sink *sink)
{
    ost_sink_key(sink, "objects");
    ost_sink_map(sink, plan->object_count);
    for (size_t i = 0; i < plan->object_count; i++)
        write_object(plan, sink, plan->object[i]);
    write_integer(sink, "osteon_plan", 1);
}

bool ost_plan_bytes(const struct ost_plan *plan, struct ost_buf *buf, struct ost_err *err)
{
    struct ost_sink sink = ost_sink_to(buf, OST_FORM_CBOR);
    ost_sink_map(&sink, 2);
    write_content(plan, &sink);
    return ost_buf_done(buf, err);
}

bool ost_plan_hash(const struct ost_plan *plan, char hex[OST_SHA256_HEX], struct ost_err *err)
{
    struct ost_buf buf;
    unsigned char digest[OST_SHA256_BYTES];
    ost_buf_init(&buf, OST_PLAN_BYTES);
    bool ok = ost_plan_bytes(plan, &buf, err);
    if (ok) {
        ost_sha256_of(buf.ptr, buf.len, digest);
        ost_sha256_hex(digest, hex);
    }
    ost_buf_fini(&buf);
    return ok;
}

static void write_tags(const struct ost_plan *plan, struct ost_sink *sink)
{
    ost_sink_key(sink, "tags");
    ost_sink_list(sink, plan->tag_count);
    for (size_t i = 0; i < plan->tag_count; i++) {
        const struct tag *tag = &plan->tag[i];
        ost_sink_map(sink, tag->said[0] == '\0' ? 6 : 7);
        write_integer(sink, "at", tag->at_ms);
        write_text(sink, "by", plan->person[tag->by].id);
        write_integer(sink, "seq", tag->seq);
        write_text(sink, "hash", tag->hash);
        write_text(sink, "kind", ost_tag_kind_name(tag->kind));
        write_text(sink, "name", tag->name);
        if (tag->said[0] != '\0')
            write_text(sink, "said", tag->said);
    }
}

/* Indices of equally sized records that begin with their id, in the order of the ids. */
static size_t *sorted(const void *records, size_t size, size_t count)
{
    size_t *index = malloc((count + 1) * sizeof *index);
    for (size_t i = 0; index != NULL && i < count; i++) {
        size_t at = i;
        const char *id = (const char *)records + i * size;
        for (; at > 0; at--) {
            if (ost_key_order((const char *)records + index[at - 1] * size, id) < 0)
                break;
            index[at] = index[at - 1];
        }
        index[at] = i;
    }
    return index;
}

/* And whose pages they wrote from. */
static bool write_people(const struct ost_plan *plan, struct ost_sink *sink)
{
    size_t count = (size_t)plan->person_count;
    size_t *index = sorted(plan->person, sizeof *plan->person, count);
    ost_sink_key(sink, "people");
    ost_sink_map(sink, count);
    for (size_t i = 0; index != NULL && i < count; i++) {
        const struct person *person = &plan->person[index[i]];
        ost_sink_key(sink, person->id);
        ost_sink_map(sink, 2);
        write_text(sink, "name", person->name);
        write_text(sink, "role", ost_role_name(person->role));
    }
    ost_sink_key(sink, "clients");
    bool ok = index != NULL && ost_plan_clients_write(plan, index, sink);
    free(index);
    return ok;
}

bool ost_plan_write(const struct ost_plan *plan, enum ost_form form, struct ost_buf *buf,
                    struct ost_err *err)
{
    char sum[OST_SUM_HEX], hash[OST_SHA256_HEX], head[OST_SHA256_HEX];
    struct ost_sink sink = ost_sink_to(buf, form);
    if (!ost_plan_hash(plan, hash, err))
        return false;
    ost_plan_sum(plan, sum);
    ost_sha256_hex(plan->head, head);
    ost_sink_map(&sink, 10);
    write_text(&sink, "id", plan->id);
    write_integer(&sink, "seq", plan->seq);
    write_text(&sink, "sum", sum);
    write_text(&sink, "hash", hash);
    write_text(&sink, "head", head);
    write_tags(plan, &sink);
    if (!write_people(plan, &sink))
        return ost_fail(err, OST_NOMEM, "plan: out of memory");
    write_content(plan, &sink);
    return ost_buf_done(buf, err);
}
