/*
 * The same elements past yielding through CalculiX: von Mises with linear hardening, which is
 * our cone with equal strengths (it has no Drucker-Prager), a block bent until half yields.
 */
#include "fem/study/plastic.h"
#include "recon/math/vec.h"
#include "services/bench/peer.h"
#include "services/casefile/disk.h"
#include "tests/fem/solve/box.h"

#include <stdio.h>
#include <unistd.h>

static const double modulus = 1000.0, poisson = 0.3, strength = 10.0, slope = 0.05;

static struct box block(void)
{
    const double size[3] = {8.0, 2.0, 2.0};
    const uint32_t cells[3] = {12, 4, 4};
    struct box b = box_make(size, cells, modulus);
    box_load_end(&b, (const double[]){15.0, 3.0, -2.4});
    for (uint32_t n = 0; n < b.mesh->node_count; n++)
        b.held[n] = b.mesh->node[n][0] < 1e-9 ? 7 : 0;
    return b;
}

static void put_body(FILE *deck, const struct box *b)
{
    (void)fputs("*NODE, NSET=NALL\n", deck);
    for (uint32_t n = 0; n < b->mesh->node_count; n++) {
        const double *p = b->mesh->node[n];
        (void)fprintf(deck, "%u,%.15g,%.15g,%.15g\n", n + 1, p[0], p[1], p[2]);
    }
    (void)fputs("*ELEMENT, TYPE=C3D4, ELSET=EALL\n", deck);
    for (uint32_t e = 0; e < b->mesh->tet_count; e++) {
        const uint32_t *t = b->mesh->tet[e];
        (void)fprintf(deck, "%u,%u,%u,%u,%u\n", e + 1, t[0] + 1, t[1] + 1, t[2] + 1, t[3] + 1);
    }
}

static void write_deck(const char *folder, const struct box *b)
{
    char path[OST_DISK_PATH];
    assert_true(ost_disk_join(folder, "deck.inp", path, NULL));
    FILE *deck = fopen(path, "w");
    assert_non_null(deck);
    put_body(deck, b);
    (void)fprintf(deck,
                  "*MATERIAL, NAME=M\n*ELASTIC\n%g,%g\n*PLASTIC\n%.17g,0.\n%.17g,1.\n"
                  "*SOLID SECTION, ELSET=EALL, MATERIAL=M\n*BOUNDARY\n",
                  modulus, poisson, strength, strength + modulus * slope / (1.0 - slope));
    for (uint32_t n = 0; n < b->mesh->node_count; n++) {
        if (b->held[n] == 7)
            (void)fprintf(deck, "%u,1,3\n", n + 1);
    }
    (void)fputs("*STEP, NLGEOM=NO, INC=100\n*CONTROLS, PARAMETERS=FIELD\n1e-7,1e-7,,,,,,\n"
                "*STATIC, DIRECT, SOLVER=SPOOLES\n0.2,1.\n*CLOAD\n",
                deck);
    for (uint32_t n = 0; n < b->mesh->node_count; n++) {
        for (int k = 0; k < 3; k++) {
            if (b->force[n][k] != 0.0)
                (void)fprintf(deck, "%u,%d,%.17g\n", n + 1, k + 1, b->force[n][k]);
        }
    }
    (void)fputs("*NODE PRINT, NSET=NALL, FREQUENCY=100\nU\n*END STEP\n", deck);
    assert_int_equal(fclose(deck), 0);
}

/* "node ux uy uz" a line; the last increment's stand last. */
static void read_moves(const char *folder, uint32_t nodes, double (*u)[3])
{
    char path[OST_DISK_PATH], line[256];
    uint32_t seen = 0;
    assert_true(ost_disk_join(folder, "deck.dat", path, NULL));
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        char *at = line;
        unsigned long node = strtoul(line, &at, 10);
        if (at == line || node == 0 || node > nodes)
            continue;
        for (int k = 0; k < 3; k++)
            u[node - 1][k] = strtod(at, &at);
        seen++;
    }
    (void)fclose(file);
    assert_true(seen >= nodes);
}

static void clean(const char *folder)
{
    static const char *const left[] = {"deck.inp", "deck.dat", "deck.frd",    "deck.sta",
                                       "deck.cvg", "deck.12d", "spooles.out", "said"};
    for (size_t i = 0; i < sizeof left / sizeof left[0]; i++)
        (void)!ost_disk_remove(folder, left[i], NULL);
    (void)rmdir(folder);
}

static void a_bent_block_yields_alike(void **state)
{
    (void)state;
    static const char *const argv[] = {"ccx", "-i", "deck", NULL};
    char folder[] = "/tmp/osteon-yield-XXXXXX";
    struct box b = block();
    const struct ost_fem_problem problem = box_problem(&b, poisson);
    double *compressive = malloc(b.mesh->tet_count * sizeof *compressive);
    double(*u)[3] = calloc(b.mesh->node_count, sizeof *u);
    for (uint32_t e = 0; e < b.mesh->tet_count; e++)
        compressive[e] = strength;
    struct ost_plastic_ask ask = {.problem = &problem,
                                  .compressive = compressive,
                                  .law = ost_plastic_law_default(),
                                  .engine = ost_plastic_engine_own()};
    ask.law.ratio = 1.0;
    ask.law.slope = slope;
    ask.law.steps = 5;
    ask.law.crack = 100.0;
    ask.law.crush = 1.0;
    ask.law.tolerance = 1e-8;
    OST_AUTO(ost_plastic_result) r = NULL;
    struct ost_err err = {0};
    if (!ost_plastic_solve(&ask, NULL, &r, &err))
        fail_msg("%s", err.msg);
    assert_true(r->step[r->count - 1].yielded > 0.3);
    assert_non_null(mkdtemp(folder));
    write_deck(folder, &b);
    if (!ost_bench_peer_run(folder, argv, 0, 120.0, NULL, &err))
        fail_msg("%s", err.msg);
    read_moves(folder, b.mesh->node_count, u);
    double off = 0.0, most = 0.0;
    for (uint32_t n = 0; n < b.mesh->node_count; n++) {
        off = fmax(off, ost_distance(r->displacement[n], u[n]));
        most = fmax(most, ost_length(u[n]));
    }
    if (!(off / most < 1e-5))
        fail_msg("moves differ by %.2e of the largest", off / most);
    clean(folder);
    free(compressive);
    free(u);
    box_free(&b);
}

int main(void)
{
    if (!ost_bench_peer_there("ccx", "-v")) {
        (void)printf("ccx is not installed: apt-get install calculix-ccx\n");
        return 77;
    }
    const struct CMUnitTest all[] = {T(a_bent_block_yields_alike)};
    return cmocka_run_group_tests(all, NULL, NULL);
}
