/*
 * Areal density beside the young adults of a published population: T-score and %YAM. A norm
 * is of one site, one sex and one kind of densitometer, and says nothing of others.
 */
#ifndef OST_FEM_BMD_NORM_H
#define OST_FEM_BMD_NORM_H

#include "recon/base/err.h"

#include <stddef.h>

OST_C_BEGIN

enum ost_sex { OST_SEX_UNKNOWN, OST_SEX_FEMALE, OST_SEX_MALE };

struct ost_norm {
    const char *name, *citation, *about;
    const char *site; /* "third": a third of the forearm from its end */
    enum ost_sex sex;
    double mean, sd; /* g/cm2, of young adults */
};

struct ost_norm_score {
    const struct ost_norm *norm;
    double t_score;
    double percent_yam; /* % of the young adults' mean */
};

const struct ost_norm *ost_norm_nth(size_t i); /* NULL past the last */

/*
 * Fails with OST_NOT_FOUND, saying why, where none applies: the sex is not known or has no
 * norm, the site has none, or the density's scale was not `measured` but assumed or only
 * relative.
 */
OST_MUST_CHECK
bool ost_norm_score(const char *site, enum ost_sex sex, double areal, bool measured,
                    struct ost_norm_score *out, struct ost_err *err);

OST_C_END

#endif
