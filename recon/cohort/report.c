#include "recon/cohort/report.h"

#include "recon/cohort/report_impl.h"

#include <stdlib.h>

const char *ost_verdict_name(enum ost_verdict verdict)
{
    static const char *const name[] = {"", "met", "missed"};
    return name[verdict];
}

/* ---- one subject ---- */

static void let_go(struct ost_body *body)
{
    for (int b = 0; b < OST_BONES; b++) {
        ost_mesh_destroy(body->healthy[b]);
        ost_mesh_destroy(body->bone[b]);
    }
}

static bool read_subject(const struct ost_prior *prior, uint64_t seed, struct ost_subject *out,
                         struct ost_err *err)
{
    struct ost_patient_request one = {.seed = seed, .family = OST_FAMILY_TRAINED}, two = one;
    two.other = true;
    struct ost_body body = {.prior = prior, .request = &one};
    struct ost_body other = {.prior = prior, .request = &two};
    bool ok = ost_body_surfaces(&body, err) && ost_body_surfaces(&other, err) &&
              ost_morphometry(prior, body.bone[OST_RADIUS], body.bone[OST_ULNA], out->read, err) &&
              ost_report_density(&body, out->read, err);
    if (ok)
        ost_report_asymmetry(&body, &other, out->read);
    out->person = body.person;
    let_go(&body);
    let_go(&other);
    return ok;
}

/* ---- all subjects, one quantity ---- */

static bool counts(const struct ost_subject *s, const struct ost_published *p, enum ost_group group)
{
    bool sex = group == OST_GROUP_ALL || s->person.male == (group == OST_GROUP_MEN);
    return sex && s->person.age >= p->age[0] && s->person.age <= p->age[1] &&
           isfinite(s->read[p->read]);
}

static uint32_t spread(const struct ost_subject *s, uint32_t count, const struct ost_published *p,
                       enum ost_group group, double out[2])
{
    double sum = 0.0, squares = 0.0;
    uint32_t n = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (counts(&s[i], p, group)) {
            sum += s[i].read[p->read];
            n++;
        }
    }
    out[0] = n > 0 ? sum / n : NAN;
    for (uint32_t i = 0; i < count; i++) {
        double d = s[i].read[p->read] - out[0];
        squares += counts(&s[i], p, group) ? d * d : 0.0;
    }
    out[1] = n > 1 ? sqrt(squares / (n - 1)) : NAN;
    return n;
}

/* Slope of the logarithm over age, a year. */
static uint32_t slope(const struct ost_subject *s, uint32_t count, const struct ost_published *p,
                      double *out)
{
    double age = 0.0, value = 0.0, above = 0.0, below = 0.0;
    uint32_t n = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (!counts(&s[i], p, p->group))
            continue;
        age += s[i].person.age;
        value += log(s[i].read[p->read]);
        n++;
    }
    for (uint32_t i = 0; i < count && n > 1; i++) {
        if (!counts(&s[i], p, p->group))
            continue;
        double d = s[i].person.age - age / n;
        above += d * (log(s[i].read[p->read]) - value / n);
        below += d * d;
    }
    *out = below > 0.0 ? above / below : NAN;
    return n;
}

static uint32_t statistic(const struct ost_subject *s, uint32_t count,
                          const struct ost_published *p, double out[2])
{
    double women[2];
    uint32_t n = 0;
    switch (p->statistic) {
    case OST_STATISTIC_YEARLY:
        n = slope(s, count, p, &out[0]);
        out[0] *= 100.0;
        out[1] = NAN;
        return n;
    case OST_STATISTIC_LIFE:
        n = slope(s, count, p, &out[0]);
        out[0] = 100.0 * (exp(out[0] * (p->age[1] - p->age[0])) - 1.0);
        out[1] = NAN;
        return n;
    case OST_STATISTIC_RATIO:
        n = spread(s, count, p, OST_GROUP_MEN, out) + spread(s, count, p, OST_GROUP_WOMEN, women);
        out[0] = 100.0 * (out[0] / women[0] - 1.0);
        out[1] = NAN;
        return n;
    default:
        return spread(s, count, p, p->group, out);
    }
}

static enum ost_verdict verdict(double off, double most)
{
    return off <= most ? OST_VERDICT_MET : OST_VERDICT_MISSED;
}

static struct ost_cohort_row row_of(const struct ost_published *p, const struct ost_subject *s,
                                    uint32_t count)
{
    struct ost_cohort_row row = {.key = p->key,
                                 .what = p->what,
                                 .unit = p->unit,
                                 .source = p->source,
                                 .remark = p->remark,
                                 .remembered = p->remembered,
                                 .published = {p->mean, p->sd}};
    row.count = statistic(s, count, p, row.cohort);
    if (p->remembered || !isfinite(p->sd) || row.count < 2)
        return row;
    row.mean = verdict(fabs(row.cohort[0] - p->mean), 0.5 * p->sd);
    row.sd = verdict(fabs(row.cohort[1] / p->sd - 1.0), 0.3);
    return row;
}

/* ---- the report ---- */

struct work {
    const struct ost_prior *prior;
    uint64_t seed;
    uint32_t count;
    struct ost_subject *subject;
};

/* Subjects `from` to `to`, on all cores; the first of them that fails is told. */
static bool read_some(const struct work *work, uint32_t from, uint32_t to, struct ost_err *err)
{
    uint32_t failed = UINT32_MAX;
#pragma omp parallel for schedule(dynamic, 1)
    for (uint32_t n = from; n < to; n++) {
        if (read_subject(work->prior, work->seed + 1000003ULL * n, &work->subject[n], NULL))
            continue;
#pragma omp critical(osteon_cohort_report)
        failed = n < failed ? n : failed;
    }
    if (failed == UINT32_MAX)
        return true;
    if (read_subject(work->prior, work->seed + 1000003ULL * failed, &work->subject[failed], err))
        return ost_fail(err, OST_NOMEM, "cohort: subject %u failed once", failed);
    return ost_err_note(err, "subject %u", failed);
}

static bool read_all(const struct work *work, const struct ost_progress *progress,
                     struct ost_err *err)
{
    enum { BATCH = 32 };
    for (uint32_t n = 0; n < work->count; n += BATCH) {
        uint32_t to = n + BATCH < work->count ? n + BATCH : work->count;
        if (!ost_progress_step(progress, n / (double)work->count, "subjects", err) ||
            !read_some(work, n, to, err))
            return false;
    }
    return true;
}

bool ost_cohort_report(const struct ost_prior *prior, uint64_t seed, uint32_t subjects,
                       const struct ost_progress *progress, struct ost_cohort_report *out,
                       struct ost_err *err)
{
    const struct ost_published *table;
    size_t rows = ost_report_table(&table);
    struct work work = {.prior = prior, .seed = seed, .count = subjects};
    if (subjects < 2 || rows > OST_COHORT_ROWS)
        return ost_fail(err, OST_INVALID, "a report needs two subjects at least");
    work.subject = calloc(subjects, sizeof *work.subject);
    if (work.subject == NULL)
        return ost_fail(err, OST_NOMEM, "cohort: no memory for %u subjects", subjects);
    bool ok = read_all(&work, progress, err);
    if (ok) {
        *out = (struct ost_cohort_report){.subjects = subjects, .row_count = (uint32_t)rows};
        for (size_t n = 0; n < rows; n++)
            out->row[n] = row_of(&table[n], work.subject, subjects);
    }
    free(work.subject);
    return ok;
}
