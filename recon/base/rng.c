#include "recon/base/rng.h"

#include <math.h>

static uint64_t splitmix64(uint64_t *x)
{
    uint64_t z = (*x += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
}

static uint64_t rotl(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

struct ost_rng ost_rng_seed(uint64_t seed)
{
    struct ost_rng rng;
    for (int i = 0; i < 4; i++)
        rng.state[i] = splitmix64(&seed);
    return rng;
}

uint64_t ost_rng_next(struct ost_rng *rng)
{
    uint64_t *s = rng->state;
    uint64_t out = rotl(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 45);
    return out;
}

double ost_rng_uniform(struct ost_rng *rng)
{
    return (double)(ost_rng_next(rng) >> 11) * 0x1.0p-53;
}

double ost_rng_normal(struct ost_rng *rng)
{
    double u = 1.0 - ost_rng_uniform(rng);
    double v = ost_rng_uniform(rng);
    return sqrt(-2.0 * log(u)) * cos(2.0 * acos(-1.0) * v);
}
