#include "fem/solve/system.h"
#include "fem/solve/tet4.h"

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
    s->right = calloc((size_t)s->k.rows * 3 + 3, sizeof *s->right);
    if (s->right == NULL)
        return ost_fail(err, OST_NOMEM, "system: no room for %u rows", s->k.rows);
    for (uint32_t i = 0; i < s->k.rows; i++) {
        memcpy(s->right + (size_t)3 * i, p->force[s->node_of_row[i]], sizeof(double[3]));
    }
    return true;
}

/* The elements round each row's node. */
struct rounds {
    uint32_t *first, *around;
};

static void fill_rounds(struct rounds *r, const struct ost_fem_system *s,
                        const struct ost_tet_mesh *mesh)
{
    size_t corners = (size_t)mesh->tet_count * 4;
    const uint32_t *corner = mesh->tet[0];
    for (size_t c = 0; c < corners; c++) {
        uint32_t row = s->row_of_node[corner[c]];
        if (row != OST_NO_ROW)
            r->first[row + 1]++;
    }
    for (uint32_t i = 0; i < s->k.rows; i++)
        r->first[i + 1] += r->first[i];
    uint32_t total = r->first[s->k.rows];
    for (size_t c = corners; c-- > 0;) {
        uint32_t row = s->row_of_node[corner[c]];
        if (row != OST_NO_ROW)
            r->around[--r->first[row + 1]] = (uint32_t)(c / 4);
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

/* The rows that share an element with row `i`, into `column` where it is not NULL. */
static uint32_t neighbours(const struct ost_fem_system *s, const struct ost_tet_mesh *mesh,
                           const struct rounds *r, uint32_t i, uint32_t *stamp, uint32_t *column)
{
    uint32_t count = 0;
    for (uint32_t at = r->first[i]; at < r->first[i + 1]; at++) {
        for (int k = 0; k < 4; k++) {
            uint32_t row = s->row_of_node[mesh->tet[r->around[at]][k]];
            if (row == OST_NO_ROW || stamp[row] == i + 1)
                continue;
            stamp[row] = i + 1;
            if (column != NULL)
                column[count] = row;
            count++;
        }
    }
    if (column != NULL)
        sort_columns(column, count);
    return count;
}

static bool find_columns(struct ost_fem_system *s, const struct ost_tet_mesh *mesh,
                         const struct rounds *r, uint32_t *stamp, struct ost_err *err)
{
    uint64_t total = 0;
    for (uint32_t i = 0; i < s->k.rows; i++) {
        total += neighbours(s, mesh, r, i, stamp, NULL);
        if (total >= UINT32_MAX)
            return ost_fail(err, OST_LIMIT, "system: more than 4e9 blocks");
        s->k.first[i + 1] = (uint32_t)total;
    }
    s->k.column = malloc((size_t)total * sizeof *s->k.column + sizeof *s->k.column);
    s->k.value = calloc((size_t)total * 9 + 9, sizeof *s->k.value);
    if (s->k.column == NULL || s->k.value == NULL) {
        return ost_fail(err, OST_NOMEM, "system: no room for %llu blocks",
                        (unsigned long long)total);
    }
    memset(stamp, 0, ((size_t)s->k.rows + 1) * sizeof *stamp);
    for (uint32_t i = 0; i < s->k.rows; i++)
        (void)neighbours(s, mesh, r, i, stamp, s->k.column + s->k.first[i]);
    return true;
}

static bool find_pattern(struct ost_fem_system *s, const struct ost_tet_mesh *mesh,
                         struct ost_err *err)
{
    struct rounds r = {calloc((size_t)s->k.rows + 2, sizeof *r.first),
                       malloc((size_t)mesh->tet_count * 4 * sizeof *r.around)};
    uint32_t *stamp = calloc((size_t)s->k.rows + 1, sizeof *stamp);
    s->k.first = calloc((size_t)s->k.rows + 1, sizeof *s->k.first);
    bool ok = r.first != NULL && r.around != NULL && stamp != NULL && s->k.first != NULL;
    if (!ok)
        (void)ost_fail(err, OST_NOMEM, "system: no room for %u rows", s->k.rows);
    if (ok)
        fill_rounds(&r, s, mesh);
    ok = ok && find_columns(s, mesh, &r, stamp, err);
    free(r.first);
    free(r.around);
    free(stamp);
    return ok;
}

static double *block_at(struct ost_blocks *k, uint32_t row, uint32_t column)
{
    uint32_t low = k->first[row], high = k->first[row + 1];
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (k->column[middle] <= column) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return k->value + (size_t)9 * low;
}

/* What is free of a block goes to the matrix. */
static void add_to_matrix(double *value, const double block[9], unsigned held_row,
                          unsigned held_column)
{
    for (unsigned m = 0; m < 9; m++) {
        if (!((held_row >> (m / 3) & 1) || (held_column >> (m % 3) & 1)))
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

static void add_block(struct ost_fem_system *s, const struct ost_fem_problem *p,
                      const uint32_t node[2], const double block[9])
{
    uint32_t row = s->row_of_node[node[0]], column = s->row_of_node[node[1]];
    unsigned held_row = p->held[node[0]], held_column = p->held[node[1]];
    if (column != OST_NO_ROW)
        add_to_matrix(block_at(&s->k, row, column), block, held_row, held_column);
    if (held_column != 0 && p->place != NULL)
        add_to_right(s->right + (size_t)3 * row, block, held_row, held_column, p->place[node[1]]);
}

static void add_element(struct ost_fem_system *s, const struct ost_fem_problem *p, uint32_t tet)
{
    const uint32_t *t = p->mesh->tet[tet];
    double gradient[4][3], block[9];
    double volume = ost_tet4_gradients(p->mesh, tet, gradient);
    const double lame[2] = {volume * ost_lame_lambda(p->modulus[tet], p->poisson),
                            volume * ost_lame_mu(p->modulus[tet], p->poisson)};
    for (int a = 0; a < 4; a++) {
        for (int b = 0; b < 4 && s->row_of_node[t[a]] != OST_NO_ROW; b++) {
            ost_tet4_block(gradient[a], gradient[b], lame, block);
            add_block(s, p, (const uint32_t[]){t[a], t[b]}, block);
        }
    }
}

/* A held component gets a diagonal of the size of its neighbours' and a right side of 0. */
static void close_held(struct ost_fem_system *s)
{
    for (uint32_t i = 0; i < s->k.rows; i++) {
        if (s->held[i] == 0)
            continue;
        double *block = block_at(&s->k, i, i);
        double most = fmax(block[0], fmax(block[4], block[8]));
        for (unsigned k = 0; k < 3; k++) {
            if (!(s->held[i] >> k & 1))
                continue;
            block[(size_t)4 * k] = most > 0.0 ? most : 1.0;
            s->right[(size_t)3 * i + k] = 0.0;
        }
    }
}

bool ost_fem_system_create(struct ost_fem_system **out, const struct ost_fem_problem *problem,
                           struct ost_err *err)
{
    *out = NULL;
    OST_AUTO(ost_fem_system) s = calloc(1, sizeof *s);
    if (s == NULL)
        return ost_fail(err, OST_NOMEM, "system: out of memory");
    if (!number_rows(s, problem, err) || !find_pattern(s, problem->mesh, err))
        return false;
    for (uint32_t e = 0; e < problem->mesh->tet_count; e++)
        add_element(s, problem, e);
    close_held(s);
    *out = ost_steal(&s);
    return true;
}
