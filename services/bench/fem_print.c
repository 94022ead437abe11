#include "services/bench/fem.h"
#include "services/bench/machine.h"

#include <jansson.h>

#include <math.h>
#include <stdio.h>

/* A figure nobody measured is null, never guessed. */
static void put(json_t *to, const char *key, double value)
{
    (void)json_object_set_new(to, key, isfinite(value) ? json_real(value) : json_null());
}

/* The worst over the bones; NaN where no bone has it. */
static double least(const struct ost_bench_fem_report *r, size_t offset, double sign)
{
    double worst = NAN;
    for (size_t i = 0; i < r->meshes; i++) {
        double value = *(const double *)((const char *)&r->mesh[i] + offset);
        if (isfinite(value) && !(sign * worst <= sign * value))
            worst = value;
    }
    return worst;
}
#define LEAST(r, member) least(r, offsetof(struct ost_bench_fem_mesh, member), 1.0)
#define MOST(r, member)  least(r, offsetof(struct ost_bench_fem_mesh, member), -1.0)

/* Ours over another mesher, the worst of the bones. */
static double ratio_to(const struct ost_bench_fem_report *r, size_t offset)
{
    double worst = NAN;
    for (size_t i = 0; i < r->meshes; i++) {
        const char *one = (const char *)&r->mesh[i];
        double ratio = r->mesh[i].tets_per_s / *(const double *)(one + offset);
        if (isfinite(ratio) && !(worst <= ratio))
            worst = ratio;
    }
    return worst;
}

/* Against the best of CalculiX' solvers. */
static double calculix_ratio(const struct ost_bench_fem_case *c)
{
    return fmin(c->peer[OST_BENCH_SPOOLES].ratio, c->peer[OST_BENCH_CCX_ITERATIVE].ratio);
}

static json_t *mesh_json(const struct ost_bench_fem_report *r)
{
    json_t *out = json_object(), *list = json_array();
    put(out, "tets_per_s", LEAST(r, tets_per_s));
    put(out, "hxt_ratio", ratio_to(r, offsetof(struct ost_bench_fem_mesh, hxt.tets_per_s)));
    put(out, "tetgen_ratio", ratio_to(r, offsetof(struct ost_bench_fem_mesh, tetgen.tets_per_s)));
    put(out, "cgal_ratio", ratio_to(r, offsetof(struct ost_bench_fem_mesh, cgal.tets_per_s)));
    put(out, "min_dihedral_deg", LEAST(r, min_dihedral_deg));
    put(out, "max_dihedral_deg", MOST(r, max_dihedral_deg));
    put(out, "surface_p99_mm", MOST(r, surface_p99_mm));
    put(out, "field_p99_mm", MOST(r, field_p99_mm));
    for (size_t i = 0; i < r->meshes; i++) {
        const struct ost_bench_fem_mesh *m = &r->mesh[i];
        json_t *item = json_pack("{s:s, s:I, s:i}", "bone", m->name, "tets", (json_int_t)m->tets,
                                 "euler", m->euler);
        put(item, "cpu_seconds", m->cpu_s);
        put(item, "distance_seconds", m->sdf_s);
        put(item, "tets_per_s", m->tets_per_s);
        put(item, "min_dihedral_deg", m->min_dihedral_deg);
        put(item, "max_dihedral_deg", m->max_dihedral_deg);
        put(item, "surface_p99_mm", m->surface_p99_mm);
        put(item, "field_p99_mm", m->field_p99_mm);
        put(item, "hxt_tets_per_s", m->hxt.tets_per_s);
        put(item, "hxt_min_dihedral_deg", m->hxt.min_dihedral_deg);
        put(item, "hxt_max_dihedral_deg", m->hxt.max_dihedral_deg);
        put(item, "tetgen_tets_per_s", m->tetgen.tets_per_s);
        put(item, "tetgen_min_dihedral_deg", m->tetgen.min_dihedral_deg);
        put(item, "tetgen_max_dihedral_deg", m->tetgen.max_dihedral_deg);
        put(item, "cgal_tets_per_s", m->cgal.tets_per_s);
        put(item, "cgal_min_dihedral_deg", m->cgal.min_dihedral_deg);
        put(item, "cgal_max_dihedral_deg", m->cgal.max_dihedral_deg);
        (void)json_array_append_new(list, item);
    }
    (void)json_object_set_new(out, "bones", list);
    return out;
}

static json_t *peer_json(const struct ost_bench_fem_peer *p)
{
    if (p->name[0] == '\0' || !(p->seconds > 0.0))
        return json_pack("{s:s}", "why", p->why);
    json_t *out = json_pack("{s:s, s:s}", "program", p->name, "why", p->why);
    put(out, "seconds", p->seconds);
    put(out, "cpu_seconds", p->cpu_s);
    put(out, "f_dot_u_gap", p->f_dot_u_gap);
    put(out, "ours_cpu_seconds", p->ours_cpu_s);
    put(out, "ours_f_dot_u_gap", p->ours_gap);
    put(out, "ratio", p->ratio);
    return out;
}

static json_t *solve_json(const struct ost_bench_fem_report *r)
{
    json_t *list = json_array();
    for (size_t i = 0; i < r->cases; i++) {
        const struct ost_bench_fem_case *c = &r->solve[i];
        json_t *item = json_pack("{s:s}", "name", c->name), *peers = json_array();
        put(item, "dof", c->dof);
        put(item, "seconds", c->seconds);
        put(item, "cpu_seconds", c->cpu_s);
        put(item, "iterations", c->iterations);
        put(item, "bytes_per_dof", c->bytes_per_dof);
        put(item, "f_dot_u", c->f_dot_u);
        put(item, "relative_residual", c->relative_residual);
        put(item, "calculix_ratio", calculix_ratio(c));
        put(item, "petsc_ratio", c->peer[OST_BENCH_PETSC].ratio);
        put(item, "load_average", c->load);
        for (int p = 0; p < OST_BENCH_FEM_PEERS; p++)
            (void)json_array_append_new(peers, peer_json(&c->peer[p]));
        (void)json_object_set_new(item, "peers", peers);
        (void)json_array_append_new(list, item);
    }
    return list;
}

void ost_bench_fem_print_json(const struct ost_bench_fem_run *run, const double load[2])
{
    const struct ost_bench_fem_report *r = run->report;
    char processor[64];
    int threads = 1;
    ost_bench_processor(processor, &threads);
    json_auto_t *all = json_pack("{s:i, s:b, s:s, s:i}", "osteon_bench_fem", 1, "quick",
                                 (int)run->quick, "processor", processor, "threads", 1);
    if (all == NULL)
        return;
    json_t *way = json_object(), *loads = json_array();
    for (int i = 0; i < 2; i++)
        (void)json_array_append_new(loads, isfinite(load[i]) ? json_real(load[i]) : json_null());
    (void)json_object_set_new(all, "load_average", loads);
    (void)json_object_set_new(all, "mesh", mesh_json(r));
    (void)json_object_set_new(all, "solve", solve_json(r));
    put(all, "iteration_over_byte_limit", r->iteration_over_byte_limit);
    put(all, "iteration_seconds", r->iteration_s);
    put(all, "iteration_bytes", r->iteration_bytes);
    put(all, "triad_gb_per_s", r->triad_gb_s);
    put(way, "tet4_s", r->ct_to_stress_s[0][0]);
    put(way, "tet4_cpu_s", r->ct_to_stress_s[0][1]);
    put(way, "tet10_s", r->ct_to_stress_s[1][0]);
    put(way, "tet10_cpu_s", r->ct_to_stress_s[1][1]);
    (void)json_object_set_new(all, "ct_to_stress", way);
    put(all, "contact_ms", r->contact_ms);
    (void)json_dumpf(all, stdout, JSON_REAL_PRECISION(10));
    (void)printf("\n");
}

static void say(const char *what, double value, const char *target)
{
    if (isfinite(value))
        (void)printf("  %-52s %12.4g   %s\n", what, value, target);
    else
        (void)printf("  %-52s %12s   %s\n", what, "not measured", target);
}

void ost_bench_fem_print_table(const struct ost_bench_fem_run *run, const double load[2])
{
    const struct ost_bench_fem_report *r = run->report;
    (void)printf(
        "osteon bench fem%s; load average %.2f before, %.2f after; the worst of all runs\n",
        run->quick ? " (quick)" : "", load[0], load[1]);
    say("tetrahedra a second", LEAST(r, tets_per_s), "");
    say("over Gmsh HXT", ratio_to(r, offsetof(struct ost_bench_fem_mesh, hxt.tets_per_s)), ">= 15");
    say("over TetGen", ratio_to(r, offsetof(struct ost_bench_fem_mesh, tetgen.tets_per_s)), "");
    say("over CGAL's Mesh_3 without slivers",
        ratio_to(r, offsetof(struct ost_bench_fem_mesh, cgal.tets_per_s)), ">= 300");
    say("smallest dihedral angle, degrees", LEAST(r, min_dihedral_deg), ">= 15");
    say("largest dihedral angle, degrees", MOST(r, max_dihedral_deg), "<= 152");
    say("boundary vertices to the surface, p99, mm", MOST(r, surface_p99_mm), "<= 0.05");
    say("boundary vertices to the distance field, p99, mm", MOST(r, field_p99_mm), "");
    (void)printf("  %-22s %9s %9s %5s %9s %9s %9s\n", "solve", "unknowns", "seconds", "its",
                 "bytes/dof", "calculix", "petsc");
    for (size_t i = 0; i < r->cases; i++) {
        const struct ost_bench_fem_case *c = &r->solve[i];
        (void)printf("  %-22s %9.0f %9.2f %5.0f %9.0f %9.1f %9.1f\n", c->name, c->dof, c->seconds,
                     c->iterations, c->bytes_per_dof, calculix_ratio(c),
                     c->peer[OST_BENCH_PETSC].ratio);
        for (int p = 0; p < OST_BENCH_FEM_PEERS; p++) {
            if (c->peer[p].name[0] != '\0' && c->peer[p].why[0] != '\0')
                (void)printf("    %s: %s\n", c->peer[p].name, c->peer[p].why);
        }
    }
    say("time of an iteration over the byte limit", r->iteration_over_byte_limit, "<= 2");
    say("density volume to stress, TET4, s", r->ct_to_stress_s[0][0], "<= 0.3");
    say("density volume to stress, TET10, s", r->ct_to_stress_s[1][0], "<= 4");
    say("contact of the wrist, ms", r->contact_ms, "<= 50");
}
