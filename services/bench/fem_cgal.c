/*
 * CGAL's Mesh_3 beside our mesher (cgal/main.cc): it too meets the surface by itself, so it is
 * given the triangles of ours as the body alone, and elements of about our size.
 */
#include "services/bench/fem.h"
#include "services/bench/peer.h"
#include "services/casefile/disk.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of the processor, s: it makes some ten thousand elements a second. */
static const double limit_s = 300.0;

static bool read_seconds(const char *folder, double *seconds, struct ost_err *err)
{
    static const char word[] = "seconds ";
    char path[OST_DISK_PATH], line[256];
    if (!ost_disk_join(folder, "said", path, err))
        return false;
    FILE *file = fopen(path, "r");
    *seconds = 0.0;
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, word, sizeof word - 1) == 0)
            *seconds = strtod(line + sizeof word - 1, NULL);
    }
    if (file != NULL)
        (void)fclose(file);
    return *seconds > 0.0 ||
           ost_fail(err, OST_UNAVAILABLE, "osteon-bench-cgal does not say how long it took");
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
    char path[OST_DISK_PATH];
    uint32_t nodes = 0, tets = 0;
    if (!ost_disk_join(folder, "out.mesh", path, err))
        return false;
    FILE *file = fopen(path, "r");
    bool ok = file != NULL && ost_bench_fem_seek(file, "Vertices", &nodes) && nodes > 0 &&
              ost_tet_mesh_create(out, nodes, OST_TETS_MOST / 4, err) && take_nodes(file, *out) &&
              ost_bench_fem_seek(file, "Tetrahedra", &tets) && tets <= OST_TETS_MOST / 4 &&
              take_tets(file, tets, *out);
    if (file != NULL)
        (void)fclose(file);
    return ok || ost_fail(err, OST_UNAVAILABLE, "osteon-bench-cgal left no tetrahedra");
}

static void clean(const char *folder)
{
    static const char *const left[] = {"skin.off", "out.mesh"};
    ost_bench_peer_clean(folder, left, sizeof left / sizeof left[0]);
}

bool ost_bench_cgal(const struct ost_tet_mesh *ours, struct ost_bench_fem_mesh *out,
                    struct ost_err *err)
{
    static const char *const argv[] = {OST_BENCH_CGAL, "skin.off", "1", "out.mesh", NULL};
    char folder[] = "/tmp/osteon-bench-XXXXXX";
    double seconds = 0.0;
    OST_AUTO(ost_tet_mesh) theirs = NULL;
    if (access(argv[0], X_OK) != 0) {
        return ost_fail(err, OST_UNAVAILABLE,
                        "osteon-bench-cgal is not built: cmake --build build --target "
                        "osteon-bench-cgal, with libcgal-dev");
    }
    if (mkdtemp(folder) == NULL)
        return ost_fail(err, OST_UNAVAILABLE, "no folder for osteon-bench-cgal");
    bool ok = ost_bench_fem_write_off(folder, ours, err) &&
              ost_bench_peer_run(folder, argv, 0, limit_s, NULL, err) &&
              read_seconds(folder, &seconds, err) && read_mesh(folder, &theirs, err);
    clean(folder);
    if (!ok)
        return false;
    out->cgal = ost_bench_fem_mesher_of(theirs, seconds);
    return true;
}
