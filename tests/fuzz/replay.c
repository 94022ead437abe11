/*
 * A fuzz target without libFuzzer: every file given, then mutations of each by a fixed
 * seed, larger files fewer times. Silent when nothing breaks.
 */
#include "recon/base/rng.h"
#include "tests/fuzz/target.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const size_t file_most = (size_t)4 << 20;

static size_t change(struct ost_rng *rng, unsigned char *bytes, size_t len, size_t most)
{
    static const unsigned char likely[] = {0, 1, 0x7f, 0x80, 0xff, '0', '-', '.', ' ', '"', '\\'};
    size_t at = (size_t)(ost_rng_next(rng) % len);
    switch (ost_rng_next(rng) % 6) {
    case 0:
        bytes[at] ^= (unsigned char)(1u << ost_rng_next(rng) % 8);
        return len;
    case 1:
        bytes[at] = likely[ost_rng_next(rng) % sizeof likely];
        return len;
    case 2:
        memmove(bytes + at, bytes + at + 1, len - at - 1);
        return len - 1;
    case 3:
        if (len == most)
            return len;
        memmove(bytes + at + 1, bytes + at, len - at);
        return len + 1;
    case 4:
        memset(bytes + at, 0xff, len - at < 4 ? len - at : 4);
        return len;
    default:
        return ost_rng_next(rng) % 4 == 0 ? at : len;
    }
}

static bool run_file(struct ost_rng *rng, const char *name, unsigned char *bytes,
                     unsigned char *copy)
{
    FILE *file = fopen(name, "rb");
    if (file == NULL)
        return false;
    size_t len = fread(bytes, 1, file_most, file);
    (void)fclose(file);
    (void)LLVMFuzzerTestOneInput(bytes, len);
    size_t turns = len < 4096 ? 400 : len < 65536 ? 60 : 6;
    for (size_t i = 0; i < turns && len > 0; i++) {
        memcpy(copy, bytes, len);
        size_t now = len;
        for (uint64_t k = 1 + ost_rng_next(rng) % 4; k > 0 && now > 0; k--)
            now = change(rng, copy, now, file_most);
        (void)LLVMFuzzerTestOneInput(copy, now);
    }
    return true;
}

int main(int argc, char **argv)
{
    struct ost_rng rng = ost_rng_seed(2026);
    unsigned char *bytes = malloc(file_most), *copy = malloc(file_most);
    bool ok = bytes != NULL && copy != NULL && argc > 1;
    for (int i = 1; ok && i < argc; i++) {
        ok = run_file(&rng, argv[i], bytes, copy);
        if (!ok)
            (void)fprintf(stderr, "cannot read %s\n", argv[i]);
    }
    free(bytes);
    free(copy);
    return ok ? 0 : 1;
}
