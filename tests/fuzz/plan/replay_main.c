/*
 * The fuzz target without libFuzzer: every file given, and mutations of each by a fixed
 * seed. Silent when nothing breaks.
 */
#include "recon/base/rng.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_BYTES ((size_t)1 << 20)
#define MUTATIONS  4000

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len);

static size_t mutate(struct ost_rng *rng, unsigned char *bytes, size_t len)
{
    static const char likely[] = "{}[]\",:0-9eE.\\u\xff\x00\x18\x9b\xfb\xa1\x61";
    int turns = 1 + (int)(ost_rng_next(rng) % 4);
    for (int i = 0; i < turns && len > 1; i++) {
        size_t at = 1 + (size_t)(ost_rng_next(rng) % (len - 1));
        switch (ost_rng_next(rng) % 5) {
        case 0:
            bytes[at] ^= (unsigned char)(1U << (ost_rng_next(rng) % 8));
            break;
        case 1:
            bytes[at] = (unsigned char)likely[ost_rng_next(rng) % (sizeof likely - 1)];
            break;
        case 2:
            memmove(bytes + at, bytes + at + 1, len - at - 1);
            len--;
            break;
        case 3:
            if (len < FILE_BYTES) {
                memmove(bytes + at + 1, bytes + at, len - at);
                len++;
            }
            break;
        default:
            len = at;
            break;
        }
    }
    return len;
}

static bool run_file(struct ost_rng *rng, const char *name)
{
    static unsigned char bytes[FILE_BYTES], copy[FILE_BYTES];
    FILE *file = fopen(name, "rb");
    if (file == NULL)
        return false;
    size_t len = fread(bytes, 1, sizeof bytes, file);
    (void)fclose(file);
    (void)LLVMFuzzerTestOneInput(bytes, len);
    for (int i = 0; i < MUTATIONS; i++) {
        memcpy(copy, bytes, len);
        (void)LLVMFuzzerTestOneInput(copy, mutate(rng, copy, len));
    }
    return true;
}

int main(int argc, char **argv)
{
    struct ost_rng rng = ost_rng_seed(2026);
    for (int i = 1; i < argc; i++) {
        if (!run_file(&rng, argv[i])) {
            (void)fprintf(stderr, "cannot read %s\n", argv[i]);
            return 1;
        }
    }
    return argc > 1 ? 0 : 1;
}
