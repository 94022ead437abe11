/*
 * Random numbers that are the same everywhere for the same seed: xoshiro256**
 * (Blackman and Vigna 2018), seeded by splitmix64. For simulation and tests, never
 * for secrets.
 */
#ifndef OST_BASE_RNG_H
#define OST_BASE_RNG_H

#include "recon/base/attr.h"

#include <stdint.h>

OST_C_BEGIN

struct ost_rng {
    uint64_t state[4];
};

struct ost_rng ost_rng_seed(uint64_t seed);
uint64_t ost_rng_next(struct ost_rng *rng);

/* In [0, 1). */
double ost_rng_uniform(struct ost_rng *rng);

/* Mean 0, standard deviation 1 (Box and Muller 1958, one value per call). */
double ost_rng_normal(struct ost_rng *rng);

OST_C_END

#endif
