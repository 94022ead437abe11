#include "services/pipeline/fill_impl.h"

#include <jansson.h>

#include <stdio.h>
#include <string.h>

static bool unhex(const char *text, unsigned char out[OST_DB_HASH])
{
    static const char digits[] = "0123456789abcdef";
    if (strlen(text) != 2 * (size_t)OST_DB_HASH)
        return false;
    for (size_t i = 0; i < OST_DB_HASH; i++) {
        const char *high = strchr(digits, text[2 * i]), *low = strchr(digits, text[2 * i + 1]);
        if (high == NULL || low == NULL || *high == '\0' || *low == '\0')
            return false;
        out[i] = (unsigned char)((high - digits) << 4 | (low - digits));
    }
    return true;
}

static bool read_plan(struct ost_work *work, json_t *input)
{
    const char *hash = NULL;
    json_int_t plan = 0, seq = 0;
    int approved = 0;
    if (json_object_get(input, "plan") == NULL)
        return true;
    if (json_unpack(input, "{s:I,s:I,s:s,s:b}", "plan", &plan, "plan_seq", &seq, "state_hash",
                    &hash, "approved", &approved) != 0 ||
        !unhex(hash, work->plan_hash))
        return false;
    work->plan = plan;
    work->plan_seq = seq;
    work->approved = approved != 0;
    return true;
}

bool ost_fill_input(struct ost_work *work, struct ost_err *err)
{
    json_error_t why;
    json_int_t recon = 0, mech = 0, guide = 0;
    const char *study = "", *sha256 = "";
    json_t *input = json_loads(work->job->input, JSON_REJECT_DUPLICATES, &why);
    bool ok = json_unpack(input, "{s?I,s?I,s?I,s?s,s?s}", "recon", &recon, "mech", &mech, "guide",
                          &guide, "study", &study, "study_sha256", &sha256) == 0 &&
              strlen(study) < sizeof work->study && strlen(sha256) < sizeof work->study_sha256 &&
              read_plan(work, input);
    if (ok) {
        (void)snprintf(work->study, sizeof work->study, "%s", study);
        (void)snprintf(work->study_sha256, sizeof work->study_sha256, "%s", sha256);
    }
    json_decref(input);
    work->recon = recon;
    work->mech = mech;
    work->guide = guide;
    return ok || ost_fail(err, OST_BUG, "the input of the job cannot be read");
}
