/* Files the tests of this folder read: shipped models, and real bones where there are any. */
#ifndef OST_TESTS_SHAPE_DATA_H
#define OST_TESTS_SHAPE_DATA_H

#include "recon/base/buf.h"
#include "recon/shape/prior.h"
#include "tests/check.h"

#include <stdio.h>
#include <stdlib.h>

static inline bool read_file(const char *path, struct ost_buf *out)
{
    unsigned char block[65536];
    FILE *file = fopen(path, "rb");
    ost_buf_init(out, (size_t)1 << 27);
    if (file == NULL)
        return false;
    for (size_t n; (n = fread(block, 1, sizeof block, file)) > 0;)
        ost_buf_put(out, block, n);
    (void)fclose(file);
    return !out->failed;
}

/* The prior the product ships; the caller's to destroy. */
static inline struct ost_prior *open_model(void)
{
    struct ost_buf bytes;
    struct ost_prior *prior = NULL;
    assert_true(read_file("recon/shape/models/forearm.ostm", &bytes));
    assert_true(ost_prior_open(bytes.ptr, bytes.len, &prior, NULL));
    ost_buf_fini(&bytes);
    return prior;
}

/* OSTEON_DATA/NAME. */
static inline bool read_data(const char *name, struct ost_buf *out)
{
    const char *data = getenv("OSTEON_DATA");
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/%s", data != NULL ? data : "../shared/data", name);
    return read_file(path, out);
}

#endif
