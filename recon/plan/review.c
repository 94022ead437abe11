#include "recon/plan/review.h"

#include "recon/base/array.h"
#include "recon/plan/review_impl.h"

#include <string.h>

#define BIT(n)   (1u << (n))
#define SURGEON  BIT(OST_ROLE_SURGEON)
#define ENGINEER BIT(OST_ROLE_ENGINEER)
#define EVERY    0x7Fu /* state there is */

static const char *const review_name[] = {
    [OST_REVIEW_DRAFT] = "draft",
    [OST_REVIEW_PROPOSED] = "proposed",
    [OST_REVIEW_APPROVED] = "approved",
    [OST_REVIEW_RELEASED] = "released",
    [OST_REVIEW_MANUFACTURED] = "manufactured",
    [OST_REVIEW_USED] = "used",
    [OST_REVIEW_CHECKED] = "checked",
};

/* What may be said of a plan: in which states, by whom. A table: there is no other way. */
static const struct {
    const char *name;
    unsigned from, who;
} tag_rule[] = {
    [TAG_VERSION] = {"version", EVERY, SURGEON | ENGINEER},
    [TAG_DRAFT] = {"draft", EVERY & ~BIT(OST_REVIEW_DRAFT), SURGEON | ENGINEER},
    [TAG_PROPOSED] = {"proposed", BIT(OST_REVIEW_DRAFT), SURGEON | ENGINEER},
    [TAG_APPROVED] = {"approved", BIT(OST_REVIEW_PROPOSED), SURGEON},
    [TAG_RELEASED] = {"released", BIT(OST_REVIEW_APPROVED), SURGEON | ENGINEER},
    [TAG_MANUFACTURED] = {"manufactured", BIT(OST_REVIEW_RELEASED), ENGINEER},
    [TAG_USED] = {"used", BIT(OST_REVIEW_MANUFACTURED), SURGEON},
    [TAG_CHECKED] = {"checked", BIT(OST_REVIEW_USED), SURGEON},
};

bool ost_tag_kind_of_name(const char *name, enum tag_kind *out)
{
    for (size_t i = 0; i < OST_COUNT(tag_rule); i++) {
        if (strcmp(tag_rule[i].name, name) == 0) {
            *out = (enum tag_kind)i;
            return true;
        }
    }
    return false;
}

const char *ost_tag_kind_name(enum tag_kind kind)
{
    return tag_rule[kind].name;
}

const char *ost_review_name(enum ost_review review)
{
    return review_name[review];
}

/* Old logs approve drafts that nobody proposed; that bound to the state and closed nothing. */
static enum ost_review after(enum ost_review review, enum tag_kind kind)
{
    switch (kind) {
    case TAG_VERSION:
        break;
    case TAG_APPROVED:
        return review == OST_REVIEW_PROPOSED ? OST_REVIEW_APPROVED : review;
    case TAG_DRAFT:
        return OST_REVIEW_DRAFT;
    case TAG_PROPOSED:
        return OST_REVIEW_PROPOSED;
    case TAG_RELEASED:
        return OST_REVIEW_RELEASED;
    case TAG_MANUFACTURED:
        return OST_REVIEW_MANUFACTURED;
    case TAG_USED:
        return OST_REVIEW_USED;
    case TAG_CHECKED:
        return OST_REVIEW_CHECKED;
    }
    return review;
}

enum ost_review ost_plan_review(const struct ost_plan *plan)
{
    enum ost_review review = OST_REVIEW_DRAFT;
    for (size_t i = 0; i < plan->tag_count; i++)
        review = after(review, plan->tag[i].kind);
    return review;
}

static int approver(const struct ost_plan *plan)
{
    int by = -1;
    for (size_t i = 0; i < plan->tag_count; i++)
        by = plan->tag[i].kind == TAG_APPROVED ? plan->tag[i].by : by;
    return by;
}

bool ost_review_may_tag(const struct run *run, enum tag_kind kind)
{
    enum ost_review review = ost_plan_review(run->plan);
    if ((tag_rule[kind].who & BIT(run->entry->by.role)) == 0) {
        return ost_fail(run->err, OST_DENIED, "the role %s may not say '%s' of a plan",
                        ost_role_name(run->entry->by.role), tag_rule[kind].name);
    }
    bool once = run->logged && kind == TAG_APPROVED && review == OST_REVIEW_DRAFT;
    if (kind == TAG_APPROVED && review == OST_REVIEW_DRAFT && !once) {
        return ost_fail(run->err, OST_CONFLICT,
                        "a draft is not approved: propose it first, so that it stays as it is");
    }
    if ((tag_rule[kind].from & BIT(review)) == 0 && !once) {
        return ost_fail(run->err, OST_CONFLICT, "a plan that is '%s' cannot become '%s'",
                        review_name[review], tag_rule[kind].name);
    }
    if (kind == TAG_RELEASED && approver(run->plan) == run->stamp.by)
        return ost_fail(run->err, OST_DENIED, "who approved a plan does not release it");
    return true;
}

bool ost_review_may_write(const struct run *run)
{
    enum ost_review review = ost_plan_review(run->plan);
    if (review == OST_REVIEW_DRAFT)
        return true;
    return review == OST_REVIEW_PROPOSED
               ? ost_fail(run->err, OST_CONFLICT,
                          "the plan is proposed: make it a draft again to change it")
               : ost_fail(run->err, OST_CONFLICT,
                          "this version is %s and stays as it is: branch a draft from it",
                          review_name[review]);
}

/* One step at most leads forwards from a state. */
static bool is_step(enum tag_kind kind, enum ost_review from)
{
    return kind != TAG_VERSION && kind != TAG_DRAFT && (tag_rule[kind].from & BIT(from)) != 0;
}

static struct ost_review_step step_of(const struct ost_plan *plan, const struct ost_actor *by,
                                      enum tag_kind kind)
{
    int approved_by = approver(plan);
    bool own = kind == TAG_RELEASED && approved_by >= 0 &&
               strcmp(plan->person[approved_by].id, by->id) == 0;
    return (struct ost_review_step){.kind = tag_rule[kind].name,
                                    .who = tag_rule[kind].who,
                                    .why = (tag_rule[kind].who & BIT(by->role)) == 0
                                               ? OST_REVIEW_ROLE
                                           : own ? OST_REVIEW_OWN
                                                 : OST_REVIEW_MAY};
}

size_t ost_plan_steps(const struct ost_plan *plan, const struct ost_actor *by,
                      struct ost_review_step out[OST_REVIEW_STEPS])
{
    enum ost_review from = ost_plan_review(plan);
    size_t count = 0;
    for (int kind = TAG_PROPOSED; kind <= TAG_CHECKED; kind++) {
        if (is_step((enum tag_kind)kind, from))
            out[count++] = step_of(plan, by, (enum tag_kind)kind);
    }
    if ((tag_rule[TAG_DRAFT].from & BIT(from)) != 0)
        out[count++] = step_of(plan, by, TAG_DRAFT);
    return count;
}

size_t ost_plan_tag_count(const struct ost_plan *plan)
{
    return plan->tag_count;
}

struct ost_tag_view ost_plan_tag_view(const struct ost_plan *plan, size_t index)
{
    const struct tag *tag = &plan->tag[index];
    const struct person *person = &plan->person[tag->by];
    return (struct ost_tag_view){.name = tag->name,
                                 .kind = tag_rule[tag->kind].name,
                                 .said = tag->said,
                                 .hash = tag->hash,
                                 .seq = tag->seq,
                                 .at_ms = tag->at_ms,
                                 .by = person->id,
                                 .by_name = person->name};
}
