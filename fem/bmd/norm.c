#include "fem/bmd/norm.h"

#include <string.h>

static const struct ost_norm norm[] = {
    {.name = "japan-2000-radius-third-female",
     .citation = "Standard radial bone mineral density and physical factors in ordinary Japanese "
                 "women. J Bone Miner Metab 2000;18:31-35. doi:10.1007/s007740050007",
     .about = "11,252 women of 29 municipalities, young adult mean, DXA",
     .site = "third",
     .sex = OST_SEX_FEMALE,
     .mean = 0.664,
     .sd = 0.054},
};
enum { OST_NORM_COUNT = sizeof norm / sizeof norm[0] };

const struct ost_norm *ost_norm_nth(size_t i)
{
    return i < OST_NORM_COUNT ? &norm[i] : NULL;
}

bool ost_norm_score(const char *site, enum ost_sex sex, double areal, bool measured,
                    struct ost_norm_score *out, struct ost_err *err)
{
    *out = (struct ost_norm_score){0};
    if (!measured) {
        return ost_fail(err, OST_NOT_FOUND,
                        "no T-score: the density's scale is not measured; calibrate the CT");
    }
    if (sex == OST_SEX_UNKNOWN)
        return ost_fail(err, OST_NOT_FOUND, "no T-score: the sex is not known; give --sex");
    for (size_t i = 0; i < OST_NORM_COUNT; i++) {
        if (norm[i].sex != sex || strcmp(norm[i].site, site) != 0)
            continue;
        out->norm = &norm[i];
        out->t_score = (areal - norm[i].mean) / norm[i].sd;
        out->percent_yam = 100.0 * areal / norm[i].mean;
        return true;
    }
    return ost_fail(err, OST_NOT_FOUND, "no T-score: no norm of this sex at this site");
}
