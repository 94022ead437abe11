/*
 * The parts of `osteon bench fem`: the mesher on real bones, the solver beside other
 * programs, and how long it is from a density volume to stress. NaN stands for what was
 * not measured: it is printed as null.
 *
 * Programs are compared by the seconds they had of a processor, one thread each: others on the
 * machine disturb these less than the clock on the wall, which is told beside them.
 */
#ifndef OST_BENCH_FEM_H
#define OST_BENCH_FEM_H

#include "fem/solve/problem.h"
#include "recon/image/grid.h"
#include "recon/mesh/mesh.h"

OST_C_BEGIN

enum { OST_BENCH_FEM_BONES = 9, OST_BENCH_FEM_CASES = 10 };

/* Another mesher in the same surface. */
struct ost_bench_fem_mesher {
    double tets_per_s, min_dihedral_deg, max_dihedral_deg;
};

struct ost_bench_fem_mesh {
    char name[48];
    uint32_t tets;
    double tets_per_s, cpu_s; /* of ost_stuff() alone, of the processor; the slowest run */
    double sdf_s;             /* the distance from the triangles, apart */
    double min_dihedral_deg, max_dihedral_deg;
    double surface_p99_mm; /* boundary vertices to the triangles and their lids */
    double field_p99_mm;   /* and to the distance that the mesher was given */
    struct ost_bench_fem_mesher hxt, tetgen, cgal;
    int euler; /* 2: a body without holes or handles */
};

/* Another program on the same problem. */
struct ost_bench_fem_peer {
    char name[24]; /* "" where it did not run */
    double seconds, cpu_s;
    double f_dot_u_gap; /* |theirs / ours at 1e-8 - 1| */
    double ours_cpu_s;  /* at the tolerance that loses as much, where theirs loses more */
    double ours_gap;    /* what is then lost */
    double ratio;       /* of processor seconds; NaN where the gap forbids to compare */
    char why[96];       /* it did not run or is not compared */
};
enum { OST_BENCH_SPOOLES, OST_BENCH_CCX_ITERATIVE, OST_BENCH_PETSC, OST_BENCH_FEM_PEERS };

struct ost_bench_fem_case {
    char name[32];
    double dof, seconds, cpu_s; /* assembly, setup, solve, judging: the slowest run */
    double iterations, bytes_per_dof, f_dot_u, relative_residual;
    double load; /* average over the last minute, at its end */
    struct ost_bench_fem_peer peer[OST_BENCH_FEM_PEERS];
};

struct ost_bench_fem_report {
    struct ost_bench_fem_mesh mesh[OST_BENCH_FEM_BONES];
    struct ost_bench_fem_case solve[OST_BENCH_FEM_CASES];
    size_t meshes, cases;
    double iteration_over_byte_limit, iteration_s, iteration_bytes, triad_gb_s;
    double ct_to_stress_s[2][2]; /* TET4, TET10; by the clock, of the processor */
    double contact_ms;           /* of one pose, the slowest of five runs */
    uint32_t contact_patches;    /* of the joint surface */
};

struct ost_bench_fem_run {
    const char *data; /* the folder of real data */
    bool quick;       /* three bones, the cases of 50 000 unknowns */
    bool peers;       /* those that are installed */
    struct ost_bench_fem_report *report;
};

/* A real bone with a density volume made from its depth (simulated: a cortex round trabeculae). */
struct ost_bench_fem_bone {
    struct ost_mesh *surface;
    struct ost_grid *density; /* mgHA/cm3, carried on past the surface */
};
OST_MUST_CHECK
bool ost_bench_fem_surface(const char *data, const char *name, struct ost_mesh **out,
                           struct ost_err *err);
OST_MUST_CHECK
bool ost_bench_fem_bone_create(const char *data, struct ost_bench_fem_bone **out,
                               struct ost_err *err);
void ost_bench_fem_bone_destroy(struct ost_bench_fem_bone *bone); /* NULL is fine */
OST_AUTO_DEFINE(ost_bench_fem_bone);

/* Tetrahedra of a surface at this lattice constant; `sdf_s` and `stuff_s` may be NULL. */
OST_MUST_CHECK
bool ost_bench_fem_tets(const struct ost_mesh *surface, double lattice, double *sdf_s,
                        double *stuff_s, struct ost_tet_mesh **out, struct ost_err *err);

/* The bone meshed, stiff by Keyak's law, held at one end, 500 N on the other. Owns all. */
struct ost_bench_fem_load {
    struct ost_fem_problem problem;
    struct ost_tet_mesh *mesh;
    double *modulus;
    uint8_t *held;
    double (*force)[3];
    uint32_t dof;
};
struct ost_bench_fem_size {
    double lattice;
    bool quadratic;
    double contrast; /* 0: as the density says; else stiffest over softest */
};
OST_MUST_CHECK
bool ost_bench_fem_load_create(const struct ost_bench_fem_bone *bone,
                               const struct ost_bench_fem_size *size,
                               struct ost_bench_fem_load **out, struct ost_err *err);
void ost_bench_fem_load_destroy(struct ost_bench_fem_load *load); /* NULL is fine */
OST_AUTO_DEFINE(ost_bench_fem_load);

/* Each fills its places in the report. */
OST_MUST_CHECK bool ost_bench_fem_meshes(struct ost_bench_fem_run *run, struct ost_err *err);
OST_MUST_CHECK bool ost_bench_fem_solves(struct ost_bench_fem_run *run, struct ost_err *err);
OST_MUST_CHECK bool ost_bench_fem_stress(struct ost_bench_fem_run *run, struct ost_err *err);
OST_MUST_CHECK bool ost_bench_fem_limit(struct ost_bench_fem_run *run, struct ost_err *err);
OST_MUST_CHECK bool ost_bench_fem_contact(struct ost_bench_fem_run *run, struct ost_err *err);

/*
 * CalculiX on a problem without held places: SPOOLES where `direct`, else its conjugate
 * gradients with incomplete Cholesky. `f_dot_u` from the displacements it prints.
 */
OST_MUST_CHECK
bool ost_bench_calculix(const struct ost_bench_fem_load *load, bool direct,
                        struct ost_bench_fem_peer *peer, double *f_dot_u, struct ost_err *err);

/*
 * The same with all that it says: displacements of the nodes, mm, seven digits each; stress NULL
 * or the mean over each element's points, MPa, as ost_fem_stress(), from zero. The caller gives
 * room.
 */
OST_MUST_CHECK
bool ost_bench_calculix_answer(const struct ost_bench_fem_load *load, bool direct,
                               struct ost_bench_fem_peer *peer, double (*move)[3],
                               double (*stress)[6], struct ost_err *err);

/* Gmsh's HXT inside the outer surface of ours; its optimiser as it comes. And TetGen, which keeps
 * it. */
OST_MUST_CHECK
bool ost_bench_gmsh(const struct ost_tet_mesh *ours, struct ost_bench_fem_mesh *out,
                    struct ost_err *err);

OST_MUST_CHECK
bool ost_bench_tetgen(const struct ost_tet_mesh *ours, struct ost_bench_fem_mesh *out,
                      struct ost_err *err);

/*
 * And CGAL's Mesh_3 without slivers, which makes its own triangles: osteon-bench-cgal, built where
 * it was asked for.
 */
OST_MUST_CHECK
bool ost_bench_cgal(const struct ost_tet_mesh *ours, struct ost_bench_fem_mesh *out,
                    struct ost_err *err);

void ost_bench_fem_print_json(const struct ost_bench_fem_run *run, const double load[2]);
void ost_bench_fem_print_table(const struct ost_bench_fem_run *run, const double load[2]);

OST_C_END

#endif
