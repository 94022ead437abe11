/* Four numbers at once. */
#ifndef OST_FEM_SOLVE_LANES_IMPL_H
#define OST_FEM_SOLVE_LANES_IMPL_H

#include <string.h>

typedef float lanes __attribute__((vector_size(16)));

static inline lanes load(const float *from)
{
    lanes v;
    memcpy(&v, from, sizeof v);
    return v;
}

static inline void store(float *to, lanes v)
{
    memcpy(to, &v, sizeof v);
}

#endif
