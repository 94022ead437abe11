#include "fem/mesh/band.h"
#include "fem/mesh/boundary.h"
#include "fem/mesh/quality.h"
#include "fem/mesh/stuff.h"
#include "recon/mesh/bvh.h"
#include "recon/mesh/cap.h"
#include "services/bench/fem.h"
#include "services/bench/machine.h"
#include "services/bench/run.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double lattice = 1.12; /* edges of a millimetre */
enum { RUNS = 4 };

/*
 * Radii and ulnae of several people and makers, and two femora; what is not there is left out. The
 * other surfaces of opensim are for show: of few triangles, torn along their seams.
 */
static const char *const bone[OST_BENCH_FEM_BONES] = {
    "wrist_surfaces/brown_sandbox/radius_frame0.stl",
    "wrist_surfaces/calgary/ControlSample1_R_Radius_Mesh.stl",
    "wrist_surfaces/calgary/ControlSample1_R_Ulna_Mesh.stl",
    "wrist_surfaces/opensim/radius_rv.stl",
    "wrist_surfaces/opensim/ulna_rv.stl",
    "wrist_surfaces/calgary/InjurySample2_R_Radius_Mesh.stl",
    "wrist_surfaces/calgary/InjurySample2_R_Ulna_Mesh.stl",
    "femur_population/raw/1.stl",
    "femur_population/raw/42.stl", /* askew in a box of 1.5e9 voxels */
};

static int rising(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double p99(double *value, size_t count)
{
    qsort(value, count, sizeof *value, rising);
    return count > 0 ? value[(count - 1) * 99 / 100] : NAN;
}

/* What distances are taken between. */
struct between {
    const struct ost_tet_mesh *mesh;
    const struct ost_boundary *boundary;
    const struct ost_mesh *surface;
    const struct ost_bvh *tree;
    const struct ost_field *field;
};

/* Over the outer surface's vertices, each once for every face. */
static bool collect(const struct between *b, double *far, double *off,
                    struct ost_bench_fem_mesh *out)
{
    size_t total = (size_t)3 * b->boundary->face_count;
    for (size_t i = 0; i < total; i++) {
        struct ost_near near;
        const double *p = b->mesh->node[b->boundary->face[i / 3][i % 3]];
        off[i] = fabs(b->field->at(b->field->user, p));
        if (!ost_bvh_near(b->tree, p, INFINITY, &near))
            return false;
        far[i] = near.distance;
    }
    out->surface_p99_mm = p99(far, total);
    out->field_p99_mm = p99(off, total);
    return true;
}

static bool measure_distance(const struct ost_tet_mesh *mesh, const struct ost_boundary *boundary,
                             const struct ost_mesh *surface, struct ost_bench_fem_mesh *out,
                             struct ost_err *err)
{
    OST_AUTO(ost_bvh) tree = NULL;
    OST_AUTO(ost_band) band = NULL;
    struct ost_sdf_options how = ost_sdf_options_default();
    size_t count = (size_t)3 * boundary->face_count;
    double *far = calloc(2 * count + 1, sizeof *far);
    bool ok = far != NULL || ost_fail(err, OST_NOMEM, "no room for %zu distances", count);
    ok = ok && ost_bvh_create(&tree, surface, err) && ost_band_of_mesh(surface, &how, &band, err);
    if (ok) {
        const struct ost_field field = ost_field_of_band(band);
        const struct between b = {mesh, boundary, surface, tree, &field};
        ok = collect(&b, far, far + count, out);
    }
    free(far);
    return ok;
}

static bool measure(const struct ost_mesh *surface, const struct ost_tet_mesh *mesh,
                    struct ost_bench_fem_mesh *out, struct ost_err *err)
{
    OST_AUTO(ost_boundary) boundary = NULL;
    struct ost_topology topology;
    const struct ost_tet_quality quality = ost_tet_mesh_quality(mesh);
    out->tets = mesh->tet_count;
    out->min_dihedral_deg = quality.min_dihedral_deg;
    out->max_dihedral_deg = quality.max_dihedral_deg;
    if (!ost_boundary_create(&boundary, mesh, err) ||
        !ost_boundary_topology(boundary, mesh->node_count, &topology, err))
        return false;
    out->euler = topology.euler;
    return measure_distance(mesh, boundary, surface, out, err);
}

/* One of theirs after each of ours but the last. */
static void run_peer(int turn, const struct ost_tet_mesh *mesh, struct ost_bench_fem_mesh *out)
{
    struct ost_err why = {0};
    bool ok = turn == 0   ? ost_bench_gmsh(mesh, out, &why)
              : turn == 1 ? ost_bench_tetgen(mesh, out, &why)
              : turn == 2 ? ost_bench_cgal(mesh, out, &why)
                          : true;
    if (!ok)
        ost_bench_tell("%s: %s", out->name, why.msg);
}

/* Ours, one of theirs, ours, the next, and ours again at the end: the slowest of ours is told. */
static bool run_bone(const struct ost_bench_fem_run *run, const char *name,
                     struct ost_bench_fem_mesh *out, struct ost_err *err)
{
    OST_AUTO(ost_mesh) open = NULL;
    OST_AUTO(ost_mesh) surface = NULL;
    struct ost_compare_cut end;
    bool has_end = false;
    out->hxt = out->tetgen = out->cgal = (struct ost_bench_fem_mesher){NAN, NAN, NAN};
    (void)snprintf(out->name, sizeof out->name, "%s", strrchr(name, '/') + 1);
    /* Where the bone was sawn the surface is open: what is meshed, and met, has a lid there. */
    if (!ost_bench_fem_surface(run->data, name, &open, err) ||
        !ost_mesh_cap(open, &surface, &end, &has_end, err))
        return false;
    for (int i = 0; i < RUNS; i++) {
        OST_AUTO(ost_tet_mesh) mesh = NULL;
        double seconds = 0.0;
        if (!ost_bench_fem_tets(surface, lattice, &out->sdf_s, &seconds, &mesh, err))
            return false;
        out->cpu_s = fmax(out->cpu_s, seconds);
        if (i == 0 && !measure(surface, mesh, out, err))
            return false;
        if (run->peers)
            run_peer(i, mesh, out);
    }
    out->tets_per_s = out->tets / out->cpu_s;
    return true;
}

bool ost_bench_fem_meshes(struct ost_bench_fem_run *run, struct ost_err *err)
{
    struct ost_bench_fem_report *report = run->report;
    size_t most = run->quick ? 3 : OST_BENCH_FEM_BONES;
    for (size_t i = 0; i < most; i++) {
        struct ost_err why = {0};
        struct ost_bench_fem_mesh *out = &report->mesh[report->meshes];
        *out = (struct ost_bench_fem_mesh){0};
        if (run_bone(run, bone[i], out, &why)) {
            ost_bench_tell("%s: %u tetrahedra in %.3f s, %.2f million a second (HXT %.2f, "
                           "TetGen %.2f, CGAL %.4f), %.1f to "
                           "%.1f degrees, p99 %.3f mm",
                           out->name, out->tets, out->cpu_s, 1e-6 * out->tets_per_s,
                           1e-6 * out->hxt.tets_per_s, 1e-6 * out->tetgen.tets_per_s,
                           1e-6 * out->cgal.tets_per_s, out->min_dihedral_deg,
                           out->max_dihedral_deg, out->surface_p99_mm);
            report->meshes++;
        } else if (why.code != OST_NOT_FOUND) {
            *err = why;
            return ost_err_note(err, "%s", out->name);
        }
    }
    return report->meshes > 0 ||
           ost_fail(err, OST_NOT_FOUND, "no bones in the folder of real data; name it by --data");
}
