/*
 * Gmsh's HXT beside our mesher. It fills a closed surface of triangles and cannot take a
 * distance; so it is given the outer surface of our mesh, triangles of the size it is to
 * make, and is spared what it would cost to make them.
 */
#include "recon/mesh/stl.h"
#include "services/bench/fem_mesher_impl.h"
#include "services/casefile/disk.h"

#include <stdlib.h>
#include <string.h>

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

static bool write_all(const char *folder, const struct ost_tet_mesh *ours, struct ost_err *err)
{
    return write_skin(folder, ours, err) && write_order(folder, err);
}

/* The processor seconds it says that meshing and optimizing the volume took. */
static bool take_seconds(const char *line, double *seconds)
{
    const char *cpu = strstr(line, ", CPU ");
    bool ours =
        strstr(line, "Done meshing 3D") != NULL || strstr(line, "Done optimizing mesh") != NULL;
    if (cpu == NULL || !ours)
        return false;
    *seconds += strtod(cpu + strlen(", CPU "), NULL);
    return true;
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
    static const struct ost_bench_mesh_file from = {"out.msh", "$Nodes", "$Elements", take_nodes,
                                                    take_tets};
    return ost_bench_mesh_file_read(folder, &from, out, err);
}

bool ost_bench_gmsh(const struct ost_tet_mesh *ours, struct ost_bench_fem_mesh *out,
                    struct ost_err *err)
{
    static const char *const argv[] = {"gmsh", "skin.geo", "-3", "-o", "out.msh", NULL};
    static const char *const left[] = {"skin.stl", "skin.geo", "out.msh", NULL};
    static const struct ost_bench_mesher gmsh = {"gmsh",    argv,         left,     600.0,
                                                 write_all, take_seconds, read_mesh};
    return ost_bench_mesher_run(&gmsh, ours, &out->hxt, err);
}
