/* Disjoint sets of numbers (Tarjan 1975): the lowest member stands for its set. */
#ifndef OST_FEM_MESH_SETS_H
#define OST_FEM_MESH_SETS_H

#include "recon/base/attr.h"

#include <stdint.h>

OST_C_BEGIN

void ost_sets_begin(uint32_t *parent, uint32_t count); /* each number alone */
uint32_t ost_sets_root(uint32_t *parent, uint32_t i);
uint32_t ost_sets_join(uint32_t *parent, uint32_t i, uint32_t j); /* 1 where they were apart */

OST_C_END

#endif
