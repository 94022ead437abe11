/* The prior that the predictor's scenes are made of. */
#ifndef OST_TESTS_LEARN_MODEL_H
#define OST_TESTS_LEARN_MODEL_H

#include "recon/base/buf.h"
#include "recon/shape/prior.h"
#include "tests/check.h"

#include <stdio.h>

static inline struct ost_prior *open_prior(void)
{
    unsigned char block[65536];
    struct ost_buf bytes;
    struct ost_prior *prior = NULL;
    FILE *file = fopen("recon/shape/models/forearm_nobrown.ostm", "rb");
    assert_non_null(file);
    ost_buf_init(&bytes, (size_t)1 << 26);
    for (size_t n; (n = fread(block, 1, sizeof block, file)) > 0;)
        ost_buf_put(&bytes, block, n);
    (void)fclose(file);
    assert_true(ost_prior_open(bytes.ptr, bytes.len, &prior, NULL));
    ost_buf_fini(&bytes);
    return prior;
}

#endif
