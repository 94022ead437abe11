/*
 * CalculiX beside us: the same nodes, elements and moduli as a deck. Elements of one modulus
 * share a material.
 */
#include "recon/math/vec.h"
#include "services/bench/fem.h"
#include "services/bench/peer.h"
#include "services/casefile/disk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const double limit_s = 1800.0;

static void put_nodes(FILE *deck, const struct ost_bench_fem_load *load)
{
    const struct ost_tet_mesh *mesh = load->mesh;
    (void)fputs("*NODE, NSET=NALL\n", deck);
    for (uint32_t n = 0; n < mesh->node_count; n++) {
        (void)fprintf(deck, "%u,%.15g,%.15g,%.15g\n", n + 1, mesh->node[n][0], mesh->node[n][1],
                      mesh->node[n][2]);
    }
    (void)fprintf(deck, "*ELEMENT, TYPE=%s, ELSET=EALL\n", mesh->middle != NULL ? "C3D10" : "C3D4");
    for (uint32_t e = 0; e < mesh->tet_count; e++) {
        uint32_t node[10], count = ost_tet_nodes(mesh, e, node);
        (void)fprintf(deck, "%u", e + 1);
        for (uint32_t k = 0; k < count; k++)
            (void)fprintf(deck, ",%u", node[k] + 1);
        (void)fputc('\n', deck);
    }
}

/* An element and its modulus, to be sorted by it. */
struct stiff {
    double modulus;
    uint32_t tet;
};

static int by_modulus(const void *a, const void *b)
{
    const struct stiff *s = a, *t = b;
    if (s->modulus != t->modulus)
        return s->modulus < t->modulus ? -1 : 1;
    return s->tet < t->tet ? -1 : s->tet > t->tet;
}

static bool put_materials(FILE *deck, const struct ost_bench_fem_load *load)
{
    uint32_t count = load->mesh->tet_count, class = 0;
    struct stiff *all = malloc((size_t)count * sizeof *all);
    if (all == NULL)
        return false;
    for (uint32_t e = 0; e < count; e++)
        all[e] = (struct stiff){load->modulus[e], e};
    qsort(all, count, sizeof *all, by_modulus);
    for (uint32_t at = 0; at < count; class ++) {
        double modulus = all[at].modulus;
        (void)fprintf(deck, "*ELSET, ELSET=E%u\n", class);
        for (; at < count && all[at].modulus == modulus; at++)
            (void)fprintf(deck, "%u,\n", all[at].tet + 1);
        (void)fprintf(deck, "*MATERIAL, NAME=M%u\n*ELASTIC\n%.17g,%.17g\n", class, modulus,
                      load->problem.poisson);
        (void)fprintf(deck, "*SOLID SECTION, ELSET=E%u, MATERIAL=M%u\n", class, class);
    }
    free(all);
    return true;
}

static void put_step(FILE *deck, const struct ost_bench_fem_load *load, bool direct, bool stress)
{
    const struct ost_tet_mesh *mesh = load->mesh;
    (void)fputs("*BOUNDARY\n", deck);
    for (uint32_t n = 0; n < mesh->node_count; n++) {
        if (load->held[n] == 7)
            (void)fprintf(deck, "%u,1,3\n", n + 1);
    }
    (void)fprintf(deck, "*STEP\n*STATIC, SOLVER=%s\n*CLOAD\n",
                  direct ? "SPOOLES" : "ITERATIVECHOLESKY");
    for (uint32_t n = 0; n < mesh->node_count; n++) {
        for (int k = 0; k < 3; k++) {
            if (load->force[n][k] != 0.0)
                (void)fprintf(deck, "%u,%d,%.17g\n", n + 1, k + 1, load->force[n][k]);
        }
    }
    (void)fputs("*NODE PRINT, NSET=NALL\nU\n", deck);
    if (stress)
        (void)fputs("*EL PRINT, ELSET=EALL\nS\n", deck);
    (void)fputs("*END STEP\n", deck);
}

static bool write_deck(const char *folder, const struct ost_bench_fem_load *load, bool direct,
                       bool stress, struct ost_err *err)
{
    char path[OST_DISK_PATH];
    if (!ost_disk_join(folder, "deck.inp", path, err))
        return false;
    FILE *deck = fopen(path, "w");
    if (deck == NULL)
        return ost_fail(err, OST_UNAVAILABLE, "no place for a deck");
    put_nodes(deck, load);
    bool ok = put_materials(deck, load);
    put_step(deck, load, direct, stress);
    ok = fclose(deck) == 0 && ok;
    return ok || ost_fail(err, OST_UNAVAILABLE, "no room for a deck");
}

/* Displacements it prints: "node ux uy uz" a line, after a heading of words, before stresses. */
static void read_move(FILE *file, const struct ost_bench_fem_load *load, double (*move)[3],
                      uint32_t *seen)
{
    char line[256];
    while (*seen < load->mesh->node_count && fgets(line, sizeof line, file) != NULL) {
        char *at = line;
        unsigned long node = strtoul(line, &at, 10);
        if (at == line || node == 0 || node > load->mesh->node_count)
            continue;
        for (int k = 0; k < 3; k++)
            move[node - 1][k] = strtod(at, &at);
        ++*seen;
    }
}

/* "element point sxx syy szz sxy sxz syz" a line: the mean over an element's points. */
static void read_stress(FILE *file, const struct ost_bench_fem_load *load, double (*stress)[6])
{
    static const int to[6] = {0, 1, 2, 3, 5, 4};
    double points = load->mesh->middle != NULL ? 4.0 : 1.0;
    char line[256];
    while (fgets(line, sizeof line, file) != NULL) {
        char *at = line;
        unsigned long tet = strtoul(line, &at, 10);
        if (at == line || tet == 0 || tet > load->mesh->tet_count)
            continue;
        (void)strtoul(at, &at, 10);
        for (int k = 0; k < 6; k++)
            stress[tet - 1][to[k]] += strtod(at, &at) / points;
    }
}

static bool read_answer(const char *folder, const struct ost_bench_fem_load *load,
                        double (*move)[3], double (*stress)[6], struct ost_err *err)
{
    char path[OST_DISK_PATH];
    uint32_t seen = 0;
    if (!ost_disk_join(folder, "deck.dat", path, err))
        return false;
    FILE *file = fopen(path, "r");
    if (file != NULL) {
        read_move(file, load, move, &seen);
        if (stress != NULL)
            read_stress(file, load, stress);
        (void)fclose(file);
    }
    return seen == load->mesh->node_count ||
           ost_fail(err, OST_UNAVAILABLE, "ccx printed %u of %u nodes", seen,
                    load->mesh->node_count);
}

static void clean(const char *folder)
{
    static const char *const left[] = {"deck.inp", "deck.dat", "deck.frd",   "deck.sta",
                                       "deck.cvg", "deck.12d", "spooles.out"};
    ost_bench_peer_clean(folder, left, sizeof left / sizeof left[0]);
}

bool ost_bench_calculix_answer(const struct ost_bench_fem_load *load, bool direct,
                               struct ost_bench_fem_peer *peer, double (*move)[3],
                               double (*stress)[6], struct ost_err *err)
{
    static const char *const argv[] = {"ccx", "-i", "deck", NULL};
    char folder[] = "/tmp/osteon-bench-XXXXXX";
    struct ost_bench_peer_cost cost = {0};
    if (mkdtemp(folder) == NULL)
        return ost_fail(err, OST_UNAVAILABLE, "no folder for a deck");
    bool ok = write_deck(folder, load, direct, stress != NULL, err) &&
              ost_bench_peer_run(folder, argv, 0, limit_s, &cost, err) &&
              read_answer(folder, load, move, stress, err);
    peer->seconds = cost.wall_s;
    peer->cpu_s = cost.cpu_s;
    clean(folder);
    return ok;
}

bool ost_bench_calculix(const struct ost_bench_fem_load *load, bool direct,
                        struct ost_bench_fem_peer *peer, double *f_dot_u, struct ost_err *err)
{
    uint32_t nodes = load->mesh->node_count;
    double(*move)[3] = calloc((size_t)nodes + 1, sizeof *move);
    bool ok = move != NULL || ost_fail(err, OST_NOMEM, "no room for %u nodes", nodes);
    ok = ok && ost_bench_calculix_answer(load, direct, peer, move, NULL, err);
    *f_dot_u = 0.0;
    for (uint32_t n = 0; n < nodes && ok; n++)
        *f_dot_u += ost_dot(load->force[n], move[n]);
    free(move);
    return ok;
}
