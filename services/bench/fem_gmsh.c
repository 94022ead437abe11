/*
 * Gmsh's HXT beside our mesher. It fills a closed surface of triangles and cannot take a
 * distance; so it is given the outer surface of our mesh, triangles of the size it is to
 * make, and is spared what it would cost to make them.
 */
#include "fem/mesh/quality.h"
#include "fem/mesh/skin.h"
#include "recon/mesh/stl.h"
#include "services/bench/fem.h"
#include "services/bench/peer.h"
#include "services/casefile/disk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool ost_bench_fem_skin(const struct ost_tet_mesh *ours, struct ost_mesh **out, struct ost_err *err)
{
    OST_AUTO(ost_boundary) boundary = NULL;
    uint32_t *node = NULL;
    bool ok = ost_boundary_create(&boundary, ours, err) &&
              ost_skin_create(boundary, ours, out, &node, err);
    free(node);
    return ok;
}

bool ost_bench_fem_write_off(const char *folder, const struct ost_tet_mesh *ours,
                             struct ost_err *err)
{
    OST_AUTO(ost_mesh) skin = NULL;
    char path[OST_DISK_PATH];
    if (!ost_bench_fem_skin(ours, &skin, err) || !ost_disk_join(folder, "skin.off", path, err))
        return false;
    FILE *file = fopen(path, "w");
    if (file == NULL)
        return ost_fail(err, OST_UNAVAILABLE, "no place for a surface");
    (void)fprintf(file, "OFF\n%u %u 0\n", skin->vertex_count, skin->triangle_count);
    for (uint32_t v = 0; v < skin->vertex_count; v++) {
        const float *p = skin->vertex[v];
        (void)fprintf(file, "%.9g %.9g %.9g\n", (double)p[0], (double)p[1], (double)p[2]);
    }
    for (uint32_t t = 0; t < skin->triangle_count; t++) {
        const uint32_t *c = skin->triangle[t];
        (void)fprintf(file, "3 %u %u %u\n", c[0], c[1], c[2]);
    }
    return fclose(file) == 0 || ost_fail(err, OST_UNAVAILABLE, "no room for a surface");
}

struct ost_bench_fem_mesher ost_bench_fem_mesher_of(const struct ost_tet_mesh *theirs,
                                                    double seconds)
{
    const struct ost_tet_quality quality = ost_tet_mesh_quality(theirs);
    return (struct ost_bench_fem_mesher){.tets_per_s = theirs->tet_count / seconds,
                                         .min_dihedral_deg = quality.min_dihedral_deg,
                                         .max_dihedral_deg = quality.max_dihedral_deg};
}

static bool write_skin(const char *folder, const struct ost_tet_mesh *ours, struct ost_err *err)
{
    OST_AUTO(ost_mesh) skin = NULL;
    struct ost_buf bytes;
    ost_buf_init(&bytes, (size_t)512 << 20);
    bool ok = ost_bench_fem_skin(ours, &skin, err) && ost_stl_write(skin, &bytes, err) &&
              ost_disk_write(folder, "skin.stl", &bytes, err);
    ost_buf_fini(&bytes);
    return ok;
}

static bool write_order(const char *folder, struct ost_err *err)
{
    struct ost_buf text;
    ost_buf_init(&text, 4096);
    ost_buf_text(&text, "Merge \"skin.stl\";\nSurface Loop(1) = {1};\nVolume(1) = {1};\n"
                        "Mesh.Algorithm3D = 10;\nMesh.Optimize = 1;\n"
                        "Mesh.MeshSizeExtendFromBoundary = 1;\nMesh.MshFileVersion = 2.2;\n"
                        "General.NumThreads = 1;\n");
    bool ok = ost_buf_done(&text, err) && ost_disk_write(folder, "skin.geo", &text, err);
    ost_buf_fini(&text);
    return ok;
}

/* The processor seconds it says that meshing and optimizing the volume took. */
static bool read_seconds(const char *folder, double *seconds, struct ost_err *err)
{
    char path[OST_DISK_PATH], line[512];
    bool found = false;
    if (!ost_disk_join(folder, "said", path, err))
        return false;
    FILE *file = fopen(path, "r");
    *seconds = 0.0;
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        const char *cpu = strstr(line, ", CPU ");
        bool ours =
            strstr(line, "Done meshing 3D") != NULL || strstr(line, "Done optimizing mesh") != NULL;
        if (cpu == NULL || !ours)
            continue;
        *seconds += strtod(cpu + strlen(", CPU "), NULL);
        found = true;
    }
    if (file != NULL)
        (void)fclose(file);
    return found || ost_fail(err, OST_UNAVAILABLE, "gmsh does not say how long it took");
}

bool ost_bench_fem_seek(FILE *file, const char *word, uint32_t *count)
{
    char line[256];
    while (fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, word, strlen(word)) == 0 && fgets(line, sizeof line, file) != NULL) {
            *count = (uint32_t)strtoul(line, NULL, 10);
            return true;
        }
    }
    return false;
}

static bool take_nodes(FILE *file, struct ost_tet_mesh *mesh)
{
    char line[256];
    for (uint32_t i = 0; i < mesh->node_count; i++) {
        if (fgets(line, sizeof line, file) == NULL)
            return false;
        char *at = line;
        unsigned long n = strtoul(line, &at, 10);
        if (n == 0 || n > mesh->node_count)
            return false;
        for (int k = 0; k < 3; k++)
            mesh->node[n - 1][k] = strtod(at, &at);
    }
    return true;
}

/* The tetrahedra among the elements: number, kind 4, tags, corners. */
static bool take_tets(FILE *file, uint32_t elements, struct ost_tet_mesh *mesh)
{
    char line[256];
    mesh->tet_count = 0;
    for (uint32_t i = 0; i < elements; i++) {
        if (fgets(line, sizeof line, file) == NULL)
            return false;
        char *at = line;
        (void)strtoul(at, &at, 10);
        if (strtoul(at, &at, 10) != 4)
            continue;
        for (unsigned long tags = strtoul(at, &at, 10); tags > 0; tags--)
            (void)strtoul(at, &at, 10);
        for (int k = 0; k < 4; k++) {
            unsigned long n = strtoul(at, &at, 10);
            if (n == 0 || n > mesh->node_count)
                return false;
            mesh->tet[mesh->tet_count][k] = (uint32_t)(n - 1);
        }
        mesh->tet_count++;
    }
    return mesh->tet_count > 0;
}

static bool read_mesh(const char *folder, struct ost_tet_mesh **out, struct ost_err *err)
{
    char path[OST_DISK_PATH];
    uint32_t nodes = 0, elements = 0;
    if (!ost_disk_join(folder, "out.msh", path, err))
        return false;
    FILE *file = fopen(path, "r");
    bool ok = file != NULL && ost_bench_fem_seek(file, "$Nodes", &nodes) && nodes > 0 &&
              ost_tet_mesh_create(out, nodes, OST_TETS_MOST / 4, err) && take_nodes(file, *out) &&
              ost_bench_fem_seek(file, "$Elements", &elements) && elements <= OST_TETS_MOST / 4 &&
              take_tets(file, elements, *out);
    if (file != NULL)
        (void)fclose(file);
    return ok || ost_fail(err, OST_UNAVAILABLE, "gmsh left no tetrahedra");
}

static void clean(const char *folder)
{
    static const char *const left[] = {"skin.stl", "skin.geo", "out.msh"};
    ost_bench_peer_clean(folder, left, sizeof left / sizeof left[0]);
}

bool ost_bench_gmsh(const struct ost_tet_mesh *ours, struct ost_bench_fem_mesh *out,
                    struct ost_err *err)
{
    static const char *const argv[] = {"gmsh", "skin.geo", "-3", "-o", "out.msh", NULL};
    char folder[] = "/tmp/osteon-bench-XXXXXX";
    double seconds = 0.0;
    OST_AUTO(ost_tet_mesh) theirs = NULL;
    if (mkdtemp(folder) == NULL)
        return ost_fail(err, OST_UNAVAILABLE, "no folder for gmsh");
    bool ok = write_skin(folder, ours, err) && write_order(folder, err) &&
              ost_bench_peer_run(folder, argv, 0, 600.0, NULL, err) &&
              read_seconds(folder, &seconds, err) && read_mesh(folder, &theirs, err);
    clean(folder);
    if (!ok)
        return false;
    out->hxt = ost_bench_fem_mesher_of(theirs, seconds);
    return true;
}
