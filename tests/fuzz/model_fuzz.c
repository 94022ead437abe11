/* Model files and the prior in them. The digest inside is made right first: otherwise no
 * mutation would come past it. */
#include "recon/base/sha256.h"
#include "recon/net/ostm.h"
#include "recon/shape/prior.h"
#include "tests/fuzz/target.h"

#include <string.h>

enum { HEAD = 48, LENGTH_AT = 8, DIGEST_AT = 16 };

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len)
{
    struct ost_err err;
    struct ost_ostm *model = NULL;
    OST_AUTO(ost_prior) prior = NULL;
    unsigned char *fixed = malloc(len + 1);
    must(fixed != NULL);
    memcpy(fixed, bytes, len);
    if (len >= HEAD) {
        for (size_t i = 0; i < 8; i++)
            fixed[LENGTH_AT + i] = (unsigned char)((unsigned long long)len >> (8 * i));
        ost_sha256_of(fixed + HEAD, len - HEAD, fixed + DIGEST_AT);
    }
    if (ost_ostm_open(bytes, len, &model, &err))
        ost_ostm_close(model);
    if (ost_ostm_open(fixed, len, &model, &err))
        ost_ostm_close(model);
    if (ost_prior_open(fixed, len, &prior, &err))
        must(ost_prior_bone_view(prior, OST_RADIUS) != NULL);
    free(fixed);
    return 0;
}
