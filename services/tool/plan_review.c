#include "services/tool/plan_review.h"

#include "recon/plan/review.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

/* The steps that lead on, whoever takes them. */
static size_t next_steps(const struct ost_plan *plan, struct ost_review_step out[OST_REVIEW_STEPS])
{
    const struct ost_actor nobody = {.id = "", .name = "", .role = OST_ROLE_SYSTEM};
    return ost_plan_steps(plan, &nobody, out);
}

void ost_plan_review_print(const struct ost_plan *plan)
{
    struct ost_review_step step[OST_REVIEW_STEPS];
    size_t count = next_steps(plan, step);
    (void)printf("review: %s; next:", ost_review_name(ost_plan_review(plan)));
    for (size_t i = 0; i < count; i++) {
        const char *between = " by ";
        (void)printf("%s %s", i > 0 ? "," : "", step[i].kind);
        for (int role = 0; role < OST_ROLES; role++) {
            if ((step[i].who & 1u << role) == 0)
                continue;
            (void)printf("%s%s", between, ost_role_name((enum ost_role)role));
            between = " or ";
        }
    }
    (void)printf("\n");
}

bool ost_plan_steps_print(const struct ost_plan *plan)
{
    ost_plan_review_print(plan);
    size_t count = ost_plan_tag_count(plan);
    for (size_t i = 0; i < count; i++) {
        struct ost_tag_view tag = ost_plan_tag_view(plan, i);
        time_t at = (time_t)(tag.at_ms / 1000);
        struct tm utc;
        char when[24] = "";
        if (gmtime_r(&at, &utc) != NULL)
            (void)strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S", &utc);
        (void)printf("%s UTC  %-12s  %.12s  %s: %s%s%s\n", when, tag.kind, tag.hash, tag.by_name,
                     tag.name, tag.said[0] == '\0' ? "" : "; ", tag.said);
    }
    return true;
}

static void put_text(struct ost_sink *sink, const char *key, const char *text)
{
    ost_sink_key(sink, key);
    ost_sink_text(sink, text);
}

static void put_next(struct ost_sink *sink, const struct ost_review_step *step)
{
    size_t roles = 0;
    for (int role = 0; role < OST_ROLES; role++)
        roles += (step->who & 1u << role) != 0 ? 1 : 0;
    ost_sink_map(sink, 2);
    put_text(sink, "kind", step->kind);
    ost_sink_key(sink, "who");
    ost_sink_list(sink, roles);
    for (int role = 0; role < OST_ROLES; role++) {
        if ((step->who & 1u << role) != 0)
            ost_sink_text(sink, ost_role_name((enum ost_role)role));
    }
}

static void put_tag(struct ost_sink *sink, const struct ost_tag_view *tag)
{
    ost_sink_map(sink, 7);
    ost_sink_key(sink, "seq");
    ost_sink_integer(sink, tag->seq);
    ost_sink_key(sink, "at");
    ost_sink_integer(sink, tag->at_ms);
    put_text(sink, "kind", tag->kind);
    put_text(sink, "name", tag->name);
    put_text(sink, "hash", tag->hash);
    put_text(sink, "by", tag->by_name);
    put_text(sink, "said", tag->said);
}

void ost_plan_review_json(struct ost_buf *out, const struct ost_plan *plan)
{
    struct ost_review_step step[OST_REVIEW_STEPS];
    size_t count = next_steps(plan, step), tags = ost_plan_tag_count(plan);
    struct ost_sink sink = ost_sink_to(out, OST_FORM_JSON);
    ost_buf_print(out, "\"review\":\"%s\",\"next\":", ost_review_name(ost_plan_review(plan)));
    ost_sink_list(&sink, count);
    for (size_t i = 0; i < count; i++)
        put_next(&sink, &step[i]);
    ost_buf_text(out, ",\"steps\":");
    sink = ost_sink_to(out, OST_FORM_JSON);
    ost_sink_list(&sink, tags);
    for (size_t i = 0; i < tags; i++) {
        struct ost_tag_view tag = ost_plan_tag_view(plan, i);
        put_tag(&sink, &tag);
    }
}
