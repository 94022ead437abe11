/*
 * TetGen beside our mesher, as Gmsh's HXT is (fem_gmsh.c): inside the outer surface of our mesh,
 * which it keeps, with elements no larger than ours.
 */
#include "services/bench/fem.h"
#include "services/bench/peer.h"
#include "services/casefile/disk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of the processor, s; those of a femur are millions. */
static const double limit_s = 900.0;

/* The seconds it says that all took, less those of writing it down; reading it counts not. */
static bool read_seconds(const char *folder, double *seconds, struct ost_err *err)
{
    static const char total[] = "Total running seconds:", output[] = "Output seconds:";
    char path[OST_DISK_PATH], line[256];
    bool found = false;
    if (!ost_disk_join(folder, "said", path, err))
        return false;
    FILE *file = fopen(path, "r");
    *seconds = 0.0;
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, output, sizeof output - 1) == 0)
            *seconds -= strtod(line + sizeof output - 1, NULL);
        if (strncmp(line, total, sizeof total - 1) == 0) {
            *seconds += strtod(line + sizeof total - 1, NULL);
            found = true;
        }
    }
    if (file != NULL)
        (void)fclose(file);
    return found || ost_fail(err, OST_UNAVAILABLE, "tetgen does not say how long it took");
}

/* The first number of a file's first line. */
static FILE *open_counted(const char *folder, const char *name, uint32_t *count)
{
    struct ost_err why = {0};
    char path[OST_DISK_PATH], line[256];
    FILE *file = ost_disk_join(folder, name, path, &why) ? fopen(path, "r") : NULL;
    *count = 0;
    if (file != NULL && fgets(line, sizeof line, file) != NULL)
        *count = (uint32_t)strtoul(line, NULL, 10);
    return file;
}

static bool take_nodes(FILE *file, struct ost_tet_mesh *mesh)
{
    char line[256];
    for (uint32_t n = 0; n < mesh->node_count; n++) {
        char *at = line;
        if (fgets(line, sizeof line, file) == NULL || strtoul(line, &at, 10) != n)
            return false;
        for (int k = 0; k < 3; k++)
            mesh->node[n][k] = strtod(at, &at);
    }
    return true;
}

/* Its corners go round the other way. */
static bool take_tets(FILE *file, struct ost_tet_mesh *mesh)
{
    static const int to[4] = {1, 0, 2, 3};
    char line[256];
    for (uint32_t e = 0; e < mesh->tet_count; e++) {
        char *at = line;
        if (fgets(line, sizeof line, file) == NULL || strtoul(line, &at, 10) != e)
            return false;
        for (int k = 0; k < 4; k++) {
            unsigned long n = strtoul(at, &at, 10);
            if (n >= mesh->node_count)
                return false;
            mesh->tet[e][to[k]] = (uint32_t)n;
        }
    }
    return true;
}

static bool read_mesh(const char *folder, struct ost_tet_mesh **out, struct ost_err *err)
{
    uint32_t nodes = 0, tets = 0;
    FILE *node = open_counted(folder, "skin.1.node", &nodes);
    FILE *tet = open_counted(folder, "skin.1.ele", &tets);
    bool ok = node != NULL && tet != NULL && nodes > 0 && tets > 0 && tets <= OST_TETS_MOST / 4 &&
              ost_tet_mesh_create(out, nodes, tets, err) && take_nodes(node, *out) &&
              take_tets(tet, *out);
    if (node != NULL)
        (void)fclose(node);
    if (tet != NULL)
        (void)fclose(tet);
    return ok || ost_fail(err, OST_UNAVAILABLE, "tetgen left no tetrahedra");
}

static void clean(const char *folder)
{
    static const char *const left[] = {"skin.off",    "skin.1.node", "skin.1.ele",
                                       "skin.1.face", "skin.1.edge", "skin.1.smesh"};
    ost_bench_peer_clean(folder, left, sizeof left / sizeof left[0]);
}

bool ost_bench_tetgen(const struct ost_tet_mesh *ours, struct ost_bench_fem_mesh *out,
                      struct ost_err *err)
{
    /* Its own bound of shape, and the volume of a regular tetrahedron of a millimetre. */
    static const char *const argv[] = {"tetgen", "-pYq1.4a0.118", "skin.off", NULL};
    char folder[] = "/tmp/osteon-bench-XXXXXX";
    double seconds = 0.0;
    OST_AUTO(ost_tet_mesh) theirs = NULL;
    if (mkdtemp(folder) == NULL)
        return ost_fail(err, OST_UNAVAILABLE, "no folder for tetgen");
    bool ok = ost_bench_fem_write_off(folder, ours, err) &&
              ost_bench_peer_run(folder, argv, 0, limit_s, NULL, err) &&
              read_seconds(folder, &seconds, err) && read_mesh(folder, &theirs, err);
    clean(folder);
    if (!ok)
        return false;
    out->tetgen = ost_bench_fem_mesher_of(theirs, seconds);
    return true;
}
