/* Who the patient is, and what age and sex make of cortex and density. */
#include "recon/cohort/body_impl.h"

static const double youngest = 20.0, oldest = 90.0;

/*
 * Arms of men and women in one spread of size: men 5 % larger than the mean, women 5 %
 * smaller, each with what is left of the spread (radius 240 +- 13 and 217 +- 12 mm).
 */
static const double apart = 0.05;

/* The sex of somebody of this size, by Bayes' rule with as many men as women. */
static bool is_male(double log_scale, double spread, double uniform)
{
    double within = fmax(spread * spread - apart * apart, 1e-4);
    return uniform < 1.0 / (1.0 + exp(-2.0 * apart * log_scale / within));
}

/* Years of a life up to `age` that lie between two ages. */
static double years(double age, double from, double to)
{
    return fmax(0.0, fmin(age, to) - from);
}

/*
 * Areal density against the age of 20, logarithm. Forearm, Tromso (n = 7620): 0.1 % a
 * year to 50; then men 0.6 %, women 1.5 % to 65 and 0.8 % from there on (ultradistal).
 */
static double areal_log(const struct ost_person *who)
{
    double lost = 0.001 * years(who->age, youngest, 50.0);
    if (who->male)
        return -(lost + 0.006 * years(who->age, 50.0, oldest));
    return -(lost + 0.015 * years(who->age, 50.0, 65.0) + 0.008 * years(who->age, 65.0, oldest));
}

/* Spongy bone loses 26 (men) and 27 % from 20 to 90, at the same pace within life. */
static double spongy_log(const struct ost_person *who)
{
    const struct ost_person old = {.male = who->male, .age = oldest};
    double all = log(who->male ? 0.74 : 0.73);
    return all * areal_log(who) / areal_log(&old);
}

/*
 * The factor on the cortex' thickness that makes the areal density what it should be;
 * `share`: of the ultradistal mineral, what the spongy bone holds in youth.
 */
static double cortex_factor(const struct ost_person *who)
{
    const double share = 0.45;
    return (exp(areal_log(who)) - share * exp(spongy_log(who))) / (1.0 - share);
}

/* Pores take three tenths of the loss; in the middle of life the cortex is the prior's. */
static double pores(const struct ost_person *who)
{
    return 1.03 * exp(0.3 * areal_log(who));
}

/* Men have 26 % more spongy bone in its volume at 20 to 29 years. */
static double sex_factor(const struct ost_person *who)
{
    return who->male ? 1.26 / 1.13 : 1.0 / 1.13;
}

static struct ost_person drawn(struct ost_rng *rng, double log_scale, double spread)
{
    struct ost_person who;
    who.male = is_male(log_scale, spread, ost_rng_uniform(rng));
    who.age = youngest + (oldest - youngest) * ost_rng_uniform(rng);
    return who;
}

void ost_body_person(struct ost_body *body, struct ost_rng *rng)
{
    struct ost_rng own = ost_body_rng(body, OST_PART_PERSON);
    const struct ost_prior_numbers *known = ost_prior_numbers_view(body->prior);
    const double log_scale = known->log_scale_sd * fmax(-2.0, fmin(2.0, ost_rng_normal(rng)));
    const double wall = ost_rng_normal(rng), hard = ost_rng_normal(rng), soft = ost_rng_normal(rng);
    body->scale = exp(log_scale);
    body->cortex_factor = exp(known->cortex_log_sd * wall);
    body->cortical = known->cortical[0] + known->cortical[1] * hard;
    body->trabecular = fmax(60.0, known->trabecular[0] + known->trabecular[1] * soft);
    body->person = drawn(&own, log_scale, known->log_scale_sd);
    const struct ost_patient_request *asked = body->request;
    if (asked->sex != OST_SEX_DRAWN)
        body->person.male = asked->sex == OST_SEX_MALE;
    if (asked->age > 0.0)
        body->person.age = fmax(youngest, fmin(oldest, asked->age));
    if (asked->family == OST_FAMILY_MIXED)
        return;
    const struct ost_person *who = &body->person;
    double spongy = sex_factor(who) * exp(spongy_log(who));
    body->cortex_factor *= cortex_factor(who);
    body->cortical *= pores(who);
    body->trabecular = fmax(40.0, spongy * known->trabecular[0] + known->trabecular[1] * soft);
}
