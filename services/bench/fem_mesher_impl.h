/* Another mesher beside ours: how it is asked, and how its answer is read. */
#ifndef OST_BENCH_FEM_MESHER_IMPL_H
#define OST_BENCH_FEM_MESHER_IMPL_H

#include "services/bench/fem.h"

#include <stdio.h>

OST_C_BEGIN

/* All borrowed. */
struct ost_bench_mesher {
    const char *name;
    const char *const *argv; /* ends with NULL */
    const char *const *left; /* the files it leaves, ends with NULL */
    double limit_s;          /* of the processor */
    bool (*write)(const char *folder, const struct ost_tet_mesh *ours, struct ost_err *err);
    /* Adds what a line that it said tells of its seconds; whether that was all one wants to know.
     */
    bool (*take_seconds)(const char *line, double *seconds);
    bool (*read)(const char *folder, struct ost_tet_mesh **out, struct ost_err *err);
};

/* In a folder of its own, inside the outer surface of our mesh. */
OST_MUST_CHECK
bool ost_bench_mesher_run(const struct ost_bench_mesher *mesher, const struct ost_tet_mesh *ours,
                          struct ost_bench_fem_mesher *out, struct ost_err *err);

/* The outer surface of a mesh of ours. */
OST_MUST_CHECK
bool ost_bench_fem_skin(const struct ost_tet_mesh *ours, struct ost_mesh **out,
                        struct ost_err *err);

/* The same as `skin.off` in a folder. */
OST_MUST_CHECK
bool ost_bench_fem_write_off(const char *folder, const struct ost_tet_mesh *ours,
                             struct ost_err *err);

/* One file with nodes and elements, each after a line with a word and one with their number. */
struct ost_bench_mesh_file {
    const char *name, *nodes, *tets;
    bool (*take_nodes)(FILE *file, struct ost_tet_mesh *mesh);
    bool (*take_tets)(FILE *file, uint32_t count, struct ost_tet_mesh *mesh);
};
OST_MUST_CHECK
bool ost_bench_mesh_file_read(const char *folder, const struct ost_bench_mesh_file *from,
                              struct ost_tet_mesh **out, struct ost_err *err);

OST_C_END

#endif
