#include "fem/solve/element_impl.h"
#include "fem/solve/system.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void ost_fem_system_destroy(struct ost_fem_system *system)
{
    if (system == NULL)
        return;
    ost_blocks_fini(&system->k);
    free(system->row_of_node);
    free(system->node_of_row);
    free(system->held);
    free(system->right);
    free(system);
}

static bool number_rows(struct ost_fem_system *s, const struct ost_fem_problem *p,
                        struct ost_err *err)
{
    uint32_t nodes = p->mesh->node_count;
    s->row_of_node = malloc(((size_t)nodes + 1) * sizeof *s->row_of_node);
    s->node_of_row = malloc(((size_t)nodes + 1) * sizeof *s->node_of_row);
    s->held = calloc((size_t)nodes + 1, 1);
    if (s->row_of_node == NULL || s->node_of_row == NULL || s->held == NULL)
        return ost_fail(err, OST_NOMEM, "system: no room for %u nodes", nodes);
    for (uint32_t n = 0; n < nodes; n++) {
        s->row_of_node[n] = OST_NO_ROW;
        if (p->held[n] == 7)
            continue;
        s->held[s->k.rows] = p->held[n];
        s->some_held = s->some_held || p->held[n] != 0;
        s->node_of_row[s->k.rows] = n;
        s->row_of_node[n] = s->k.rows++;
    }
    s->right = calloc(((size_t)s->k.rows + 1) * OST_WIDTH, sizeof *s->right);
    if (s->right == NULL)
        return ost_fail(err, OST_NOMEM, "system: no room for %u rows", s->k.rows);
    for (uint32_t i = 0; i < s->k.rows; i++)
        memcpy(s->right + (size_t)OST_WIDTH * i, p->force[s->node_of_row[i]], sizeof(double[3]));
    return true;
}

/* The elements round each row's node, and what the rows are put together with. */
struct rounds {
    uint32_t *first, *around;            /* 16 * element + which of its nodes the row is */
    uint32_t *stamp;                     /* per row: 1 + the row that last met it */
    uint32_t *at;                        /* per row: its place among that row's columns */
    uint32_t *first_membrane, *membrane; /* likewise, 4 * number + corner; NULL without any */
    uint32_t most;                       /* columns of any row */
    double *block;                       /* nine for each of these */
};

static void fill_rounds(struct rounds *r, const struct ost_fem_system *s,
                        const struct ost_tet_mesh *mesh)
{
    uint32_t node[10], count = 0;
    for (uint32_t e = 0; e < mesh->tet_count; e++) {
        count = ost_tet_nodes(mesh, e, node);
        for (uint32_t k = 0; k < count; k++) {
            if (s->row_of_node[node[k]] != OST_NO_ROW)
                r->first[s->row_of_node[node[k]] + 1]++;
        }
    }
    for (uint32_t i = 0; i < s->k.rows; i++)
        r->first[i + 1] += r->first[i];
    uint32_t total = r->first[s->k.rows];
    for (uint32_t e = mesh->tet_count; e-- > 0;) {
        (void)ost_tet_nodes(mesh, e, node);
        for (uint32_t k = count; k-- > 0;) {
            uint32_t row = s->row_of_node[node[k]];
            if (row != OST_NO_ROW)
                r->around[--r->first[row + 1]] = 16 * e + k;
        }
    }
    memmove(r->first, r->first + 1, s->k.rows * sizeof *r->first);
    r->first[s->k.rows] = total;
}

static void sort_columns(uint32_t *column, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        uint32_t now = column[i], at = i;
        for (; at > 0 && column[at - 1] > now; at--)
            column[at] = column[at - 1];
        column[at] = now;
    }
}

/* Row `i` and the later ones that share an element with it, into `column` unless it is NULL. */
static uint32_t neighbours(const struct ost_fem_system *s, const struct ost_tet_mesh *mesh,
                           const struct rounds *r, uint32_t i, uint32_t *column)
{
    uint32_t count = 0, node[10];
    for (uint32_t at = r->first[i]; at < r->first[i + 1]; at++) {
        uint32_t nodes = ost_tet_nodes(mesh, r->around[at] / 16, node);
        for (uint32_t k = 0; k < nodes; k++) {
            uint32_t row = s->row_of_node[node[k]];
            if (row == OST_NO_ROW || row < i || r->stamp[row] == i + 1)
                continue;
            r->stamp[row] = i + 1;
            if (column != NULL)
                column[count] = row;
            count++;
        }
    }
    if (column != NULL)
        sort_columns(column, count);
    return count;
}

static bool count_columns(struct ost_fem_system *s, const struct ost_tet_mesh *mesh,
                          struct rounds *r, struct ost_err *err)
{
    uint64_t total = 0;
    for (uint32_t i = 0; i < s->k.rows; i++) {
        uint32_t count = neighbours(s, mesh, r, i, NULL);
        r->most = count > r->most ? count : r->most;
        total += count;
        if (total >= UINT32_MAX)
            return ost_fail(err, OST_LIMIT, "system: more than 4e9 blocks");
        s->k.first[i + 1] = (uint32_t)total;
    }
    s->k.column = malloc((size_t)total * sizeof *s->k.column + sizeof *s->k.column);
    s->k.value = malloc(((size_t)total + 1) * 9 * sizeof *s->k.value);
    s->k.rest = malloc(((size_t)total + 1) * 9 * sizeof *s->k.rest);
    r->block = malloc(((size_t)r->most + 1) * 9 * sizeof *r->block);
    if (s->k.column == NULL || s->k.value == NULL || s->k.rest == NULL || r->block == NULL) {
        return ost_fail(err, OST_NOMEM,
                        "system: no room for %llu blocks, %llu MB; make the elements larger",
                        (unsigned long long)total, (unsigned long long)(total * 76 >> 20));
    }
    memset(s->k.value + 9 * total, 0, 9 * sizeof *s->k.value);
    memset(s->k.rest + 9 * total, 0, 9 * sizeof *s->k.rest);
    memset(r->stamp, 0, ((size_t)s->k.rows + 1) * sizeof *r->stamp);
    return true;
}

/* What is free of a block goes to the matrix. */
static void add_to_matrix(double *value, const double block[9], unsigned held_row,
                          unsigned held_column)
{
    bool free_block = (held_row | held_column) == 0;
    for (unsigned m = 0; m < 9; m++) {
        if (free_block || !((held_row >> (m / 3) & 1) || (held_column >> (m % 3) & 1)))
            value[m] += block[m];
    }
}

/* What is held of a block's columns goes to the right side. */
static void add_to_right(double *right, const double block[9], unsigned held_row,
                         unsigned held_column, const double place[3])
{
    for (unsigned m = 0; m < 9; m++) {
        if (!(held_row >> (m / 3) & 1) && (held_column >> (m % 3) & 1))
            right[m / 3] -= block[m] * place[m % 3];
    }
}

/* Bits for those of the element's nodes whose blocks the row needs: right of it, or moved. */
static unsigned wanted(const struct ost_fem_system *s, const struct ost_fem_problem *p,
                       const struct element *e, uint32_t row)
{
    unsigned bits = 0;
    for (uint32_t b = 0; b < e->count; b++) {
        uint32_t column = s->row_of_node[e->node[b]];
        bool moved = p->place != NULL && p->held[e->node[b]] != 0;
        bits |= (column != OST_NO_ROW && column >= row) || moved ? 1U << b : 0;
    }
    return bits;
}

/* The element's blocks in the row of its node `a`. */
static void add_element(struct ost_fem_system *s, const struct ost_fem_problem *p,
                        const struct rounds *r, const struct element *e, uint32_t a)
{
    double block[10][9];
    uint32_t mine = e->node[a], row = s->row_of_node[mine];
    unsigned bits = wanted(s, p, e, row);
    element_row(e, a, bits, block);
    for (uint32_t b = 0; b < e->count; b++) {
        uint32_t other = e->node[b], column = s->row_of_node[other];
        if (!(bits >> b & 1))
            continue;
        if (column != OST_NO_ROW && column >= row) {
            add_to_matrix(r->block + (size_t)9 * r->at[column], block[b], p->held[mine],
                          p->held[other]);
        }
        if (p->held[other] != 0 && p->place != NULL) {
            add_to_right(s->right + (size_t)OST_WIDTH * row, block[b], p->held[mine],
                         p->held[other], p->place[other]);
        }
    }
}

/* A node's spring to the ground, in the block of its row with itself. */
static void add_spring(struct ost_fem_system *s, const struct ost_fem_problem *p, uint32_t i,
                       double *value)
{
    uint32_t n = s->node_of_row[i];
    const double *k = p->spring[n];
    const double block[9] = {k[0], k[3], k[5], k[3], k[1], k[4], k[5], k[4], k[2]};
    add_to_matrix(value, block, p->held[n], p->held[n]);
    if (p->held[n] != 0 && p->place != NULL)
        add_to_right(s->right + (size_t)OST_WIDTH * i, block, p->held[n], p->held[n], p->place[n]);
}

/* A membrane's blocks in the row of its corner `a`; its corners' columns are there already. */
static void add_membrane(struct ost_fem_system *s, const struct ost_fem_problem *p,
                         const struct rounds *r, uint32_t i, uint32_t which)
{
    const struct ost_fem_membranes *all = p->membranes;
    const uint32_t *face = all->face[which / 4];
    const struct ost_membrane m = ost_membrane_of((const double(*)[3])p->mesh->node, face,
                                                  all->stiffness[which / 4], p->poisson);
    unsigned held = p->held[s->node_of_row[i]];
    for (int b = 0; b < 3; b++) {
        uint32_t other = face[b], column = s->row_of_node[other];
        double block[9];
        ost_membrane_block(&m, (int)(which % 4), b, block);
        if (column != OST_NO_ROW && column >= i)
            add_to_matrix(r->block + (size_t)9 * r->at[column], block, held, p->held[other]);
        if (p->held[other] != 0 && p->place != NULL)
            add_to_right(s->right + (size_t)OST_WIDTH * i, block, held, p->held[other],
                         p->place[other]);
    }
}

/* A held component gets a diagonal of the size of its neighbours' and a right side of 0. */
static void close_held(struct ost_fem_system *s, uint32_t i, double *block)
{
    double most = fmax(block[0], fmax(block[4], block[8]));
    for (unsigned k = 0; k < 3; k++) {
        if (!(s->held[i] >> k & 1))
            continue;
        block[(size_t)4 * k] = most > 0.0 ? most : 1.0;
        s->right[(size_t)OST_WIDTH * i + k] = 0.0;
    }
}

/* A row goes where it stays: each number as a float and what the float leaves over. */
static void put_row(struct ost_fem_system *s, uint32_t i, const double *block)
{
    size_t first = (size_t)9 * s->k.first[i], count = (size_t)9 * s->k.first[i + 1] - first;
    for (size_t m = 0; m < count; m++) {
        float value = (float)block[m];
        s->k.value[first + m] = value;
        s->k.rest[first + m] = (float)(block[m] - (double)value);
    }
}

static void fill_row(struct ost_fem_system *s, const struct ost_fem_problem *p,
                     const struct rounds *r, uint32_t i)
{
    uint32_t *column = s->k.column + s->k.first[i];
    uint32_t count = neighbours(s, p->mesh, r, i, column);
    for (uint32_t at = 0; at < count; at++)
        r->at[column[at]] = at;
    memset(r->block, 0, (size_t)9 * count * sizeof *r->block);
    for (uint32_t at = r->first[i]; at < r->first[i + 1]; at++) {
        struct element e;
        element_of(p, r->around[at] / 16, &e);
        add_element(s, p, r, &e, r->around[at] % 16);
    }
    if (r->membrane != NULL) {
        for (uint32_t at = r->first_membrane[i]; at < r->first_membrane[i + 1]; at++)
            add_membrane(s, p, r, i, r->membrane[at]);
    }
    if (p->spring != NULL)
        add_spring(s, p, i, r->block);
    if (s->held[i] != 0)
        close_held(s, i, r->block); /* the diagonal comes first */
    put_row(s, i, r->block);
}

static bool rounds_begin(struct rounds *r, struct ost_fem_system *s,
                         const struct ost_tet_mesh *mesh, struct ost_err *err)
{
    size_t rows = s->k.rows, nodes = mesh->middle != NULL ? 10 : 4;
    r->first = calloc(rows + 2, sizeof *r->first);
    r->around = malloc(mesh->tet_count * nodes * sizeof *r->around + 1);
    r->stamp = calloc(rows + 1, sizeof *r->stamp);
    r->at = malloc((rows + 1) * sizeof *r->at);
    s->k.first = calloc(rows + 1, sizeof *s->k.first);
    if (r->first == NULL || r->around == NULL || r->stamp == NULL || r->at == NULL ||
        s->k.first == NULL)
        return ost_fail(err, OST_NOMEM, "system: no room for %u rows", s->k.rows);
    fill_rounds(r, s, mesh);
    return true;
}

/* The membranes round each row's node. */
static bool rounds_of_membranes(struct rounds *r, const struct ost_fem_system *s,
                                const struct ost_fem_membranes *all, struct ost_err *err)
{
    r->first_membrane = calloc((size_t)s->k.rows + 2, sizeof *r->first_membrane);
    r->membrane = malloc(((size_t)3 * all->count + 1) * sizeof *r->membrane);
    if (r->first_membrane == NULL || r->membrane == NULL)
        return ost_fail(err, OST_NOMEM, "system: no room for %u membranes", all->count);
    /* Counted two places on, so that filling leaves each begin where it belongs. */
    for (size_t at = 0; at < (size_t)3 * all->count; at++) {
        uint32_t row = s->row_of_node[all->face[at / 3][at % 3]];
        if (row != OST_NO_ROW)
            r->first_membrane[row + 2]++;
    }
    for (uint32_t i = 0; i < s->k.rows; i++)
        r->first_membrane[i + 2] += r->first_membrane[i + 1];
    for (uint32_t at = 0; at < 3 * all->count; at++) {
        uint32_t row = s->row_of_node[all->face[at / 3][at % 3]];
        if (row != OST_NO_ROW)
            r->membrane[r->first_membrane[row + 1]++] = 4 * (at / 3) + at % 3;
    }
    return true;
}

bool ost_fem_system_create(struct ost_fem_system **out, const struct ost_fem_problem *problem,
                           struct ost_err *err)
{
    *out = NULL;
    OST_AUTO(ost_fem_system) s = calloc(1, sizeof *s);
    struct rounds r = {0};
    if (s == NULL)
        return ost_fail(err, OST_NOMEM, "system: out of memory");
    if (!number_rows(s, problem, err))
        return false;
    bool ok = rounds_begin(&r, s, problem->mesh, err) && count_columns(s, problem->mesh, &r, err) &&
              (problem->membranes == NULL || rounds_of_membranes(&r, s, problem->membranes, err));
    for (uint32_t i = 0; i < s->k.rows && ok; i++)
        fill_row(s, problem, &r, i);
    free(r.first);
    free(r.around);
    free(r.stamp);
    free(r.at);
    free(r.block);
    free(r.first_membrane);
    free(r.membrane);
    if (ok)
        *out = ost_steal(&s);
    return ok;
}
