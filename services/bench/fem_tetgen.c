/*
 * TetGen beside our mesher, as Gmsh's HXT is (fem_gmsh.c): inside the outer surface of our mesh,
 * which it keeps, with elements no larger than ours.
 */
#include "services/bench/fem_mesher_impl.h"
#include "services/casefile/disk.h"

#include <stdlib.h>
#include <string.h>

/* The seconds it says that all took, less those of writing it down; reading it counts not. */
static bool take_seconds(const char *line, double *seconds)
{
    static const char total[] = "Total running seconds:", output[] = "Output seconds:";
    if (strncmp(line, output, sizeof output - 1) == 0)
        *seconds -= strtod(line + sizeof output - 1, NULL);
    if (strncmp(line, total, sizeof total - 1) != 0)
        return false;
    *seconds += strtod(line + sizeof total - 1, NULL);
    return true;
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
    return ok;
}

bool ost_bench_tetgen(const struct ost_tet_mesh *ours, struct ost_bench_fem_mesh *out,
                      struct ost_err *err)
{
    /* Its own bound of shape, and the volume of a regular tetrahedron of a millimetre. */
    static const char *const argv[] = {"tetgen", "-pYq1.4a0.118", "skin.off", NULL};
    static const char *const left[] = {"skin.off",    "skin.1.node",  "skin.1.ele", "skin.1.face",
                                       "skin.1.edge", "skin.1.smesh", NULL};
    static const struct ost_bench_mesher tetgen = {
        /* elements of a femur are millions */
        "tetgen", argv, left, 900.0, ost_bench_fem_write_off, take_seconds, read_mesh};
    return ost_bench_mesher_run(&tetgen, ours, &out->tetgen, err);
}
