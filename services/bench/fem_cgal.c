/*
 * CGAL's Mesh_3 beside our mesher (cgal/main.cc): it too meets the surface by itself, so it is
 * given the triangles of ours as the body alone, and elements of about our size.
 */
#include "services/bench/fem_mesher_impl.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool take_seconds(const char *line, double *seconds)
{
    static const char word[] = "seconds ";
    if (strncmp(line, word, sizeof word - 1) == 0)
        *seconds = strtod(line + sizeof word - 1, NULL);
    return *seconds > 0.0;
}

static bool take_nodes(FILE *file, struct ost_tet_mesh *mesh)
{
    char line[256];
    for (uint32_t n = 0; n < mesh->node_count; n++) {
        char *at = line;
        if (fgets(line, sizeof line, file) == NULL)
            return false;
        for (int k = 0; k < 3; k++)
            mesh->node[n][k] = strtod(at, &at);
    }
    return true;
}

/* Medit counts from one. */
static bool take_tets(FILE *file, uint32_t count, struct ost_tet_mesh *mesh)
{
    char line[256];
    mesh->tet_count = count;
    for (uint32_t e = 0; e < count; e++) {
        char *at = line;
        if (fgets(line, sizeof line, file) == NULL)
            return false;
        for (int k = 0; k < 4; k++) {
            unsigned long n = strtoul(at, &at, 10);
            if (n == 0 || n > mesh->node_count)
                return false;
            mesh->tet[e][k] = (uint32_t)(n - 1);
        }
    }
    return count > 0;
}

static bool read_mesh(const char *folder, struct ost_tet_mesh **out, struct ost_err *err)
{
    static const struct ost_bench_mesh_file from = {"out.mesh", "Vertices", "Tetrahedra",
                                                    take_nodes, take_tets};
    return ost_bench_mesh_file_read(folder, &from, out, err);
}

bool ost_bench_cgal(const struct ost_tet_mesh *ours, struct ost_bench_fem_mesh *out,
                    struct ost_err *err)
{
    static const char *const argv[] = {OST_BENCH_CGAL, "skin.off", "1", "out.mesh", NULL};
    static const char *const left[] = {"skin.off", "out.mesh", NULL};
    static const struct ost_bench_mesher cgal = {
        /* some ten thousand elements a second */
        "osteon-bench-cgal", argv, left, 300.0, ost_bench_fem_write_off, take_seconds, read_mesh};
    if (access(argv[0], X_OK) != 0) {
        return ost_fail(err, OST_UNAVAILABLE,
                        "osteon-bench-cgal is not built: cmake --build build --target "
                        "osteon-bench-cgal, with libcgal-dev");
    }
    return ost_bench_mesher_run(&cgal, ours, &out->cgal, err);
}
