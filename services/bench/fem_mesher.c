#include "fem/mesh/quality.h"
#include "fem/mesh/skin.h"
#include "services/bench/fem_mesher_impl.h"
#include "services/bench/peer.h"
#include "services/casefile/disk.h"

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

static struct ost_bench_fem_mesher mesher_of(const struct ost_tet_mesh *theirs, double seconds)
{
    const struct ost_tet_quality quality = ost_tet_mesh_quality(theirs);
    return (struct ost_bench_fem_mesher){.tets_per_s = theirs->tet_count / seconds,
                                         .min_dihedral_deg = quality.min_dihedral_deg,
                                         .max_dihedral_deg = quality.max_dihedral_deg};
}

static bool read_seconds(const struct ost_bench_mesher *mesher, const char *folder, double *seconds,
                         struct ost_err *err)
{
    char path[OST_DISK_PATH], line[512];
    bool found = false;
    if (!ost_disk_join(folder, "said", path, err))
        return false;
    FILE *file = fopen(path, "r");
    *seconds = 0.0;
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        found = mesher->take_seconds(line, seconds) || found;
    if (file != NULL)
        (void)fclose(file);
    return found ||
           ost_fail(err, OST_UNAVAILABLE, "%s does not say how long it took", mesher->name);
}

static bool ask(const struct ost_bench_mesher *mesher, const struct ost_tet_mesh *ours,
                const char *folder, struct ost_bench_fem_mesher *out, struct ost_err *err)
{
    OST_AUTO(ost_tet_mesh) theirs = NULL;
    double seconds = 0.0;
    if (!mesher->write(folder, ours, err) ||
        !ost_bench_peer_run(folder, mesher->argv, 0, mesher->limit_s, NULL, err) ||
        !read_seconds(mesher, folder, &seconds, err))
        return false;
    if (!mesher->read(folder, &theirs, err))
        return ost_fail(err, OST_UNAVAILABLE, "%s left no tetrahedra", mesher->name);
    *out = mesher_of(theirs, seconds);
    return true;
}

bool ost_bench_mesher_run(const struct ost_bench_mesher *mesher, const struct ost_tet_mesh *ours,
                          struct ost_bench_fem_mesher *out, struct ost_err *err)
{
    char folder[] = "/tmp/osteon-bench-XXXXXX";
    size_t left = 0;
    if (mkdtemp(folder) == NULL)
        return ost_fail(err, OST_UNAVAILABLE, "no folder for %s", mesher->name);
    bool ok = ask(mesher, ours, folder, out, err);
    while (mesher->left[left] != NULL)
        left++;
    ost_bench_peer_clean(folder, mesher->left, left);
    return ok;
}

/* Goes on to the line after `word` and reads the count that stands there. */
static bool seek(FILE *file, const char *word, uint32_t *count)
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

bool ost_bench_mesh_file_read(const char *folder, const struct ost_bench_mesh_file *from,
                              struct ost_tet_mesh **out, struct ost_err *err)
{
    char path[OST_DISK_PATH];
    uint32_t nodes = 0, tets = 0;
    if (!ost_disk_join(folder, from->name, path, err))
        return false;
    FILE *file = fopen(path, "r");
    bool ok = file != NULL && seek(file, from->nodes, &nodes) && nodes > 0 &&
              ost_tet_mesh_create(out, nodes, OST_TETS_MOST / 4, err) &&
              from->take_nodes(file, *out) && seek(file, from->tets, &tets) &&
              tets <= OST_TETS_MOST / 4 && from->take_tets(file, tets, *out);
    if (file != NULL)
        (void)fclose(file);
    return ok;
}
