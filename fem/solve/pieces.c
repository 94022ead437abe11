#include "fem/mesh/sets.h"
#include "fem/solve/pieces_impl.h"
#include "recon/math/dense.h"
#include "recon/math/vec.h"

#include <stdlib.h>
#include <string.h>

/* Hard is a hundredth of the hardest; a piece is worth it with a fiftieth of what is hard. */
static const double hard_share = 0.01;
/* MPa: no bone is as hard. What is, holds bones as a plate does, and moves with them by its share
 * (share.c). */
static const double metal = 40000.0;
enum { PIECES_MOST = 12, LEAST_PART = 50, MOTIONS = 6 };

/*
 * One piece: where its motions are resisted, and by what. Where all round a row has the same share
 * in it and is free, a motion strains nothing: most rows are so and are left out.
 */
struct part {
    double middle[3];
    uint32_t rows, *row;        /* owned, as what follows */
    double (*push)[MOTIONS][3]; /* A Z on these rows; N for a mm or a radian */
};

struct pieces {
    uint32_t rows;
    size_t parts, count; /* of motions: six a part */
    double (*place)[3];  /* owned; of each row, mm */
    double *share;       /* owned; of each row, `parts` of them */
    const uint8_t *held; /* the system's */
    struct part part[PIECES_MOST];
    double *factor; /* owned; of Z' A Z */
};

void pieces_destroy(struct pieces *pieces)
{
    if (pieces == NULL)
        return;
    for (size_t i = 0; i < pieces->parts; i++) {
        free(pieces->part[i].row);
        free(pieces->part[i].push);
    }
    free(pieces->place);
    free(pieces->share);
    free(pieces->factor);
    free(pieces);
}

/* MPa, of what counts as hard: from a share of the hardest bone up to metal. */
static double hard_from(const struct ost_fem_problem *p)
{
    double most = 0.0;
    for (uint32_t e = 0; e < p->mesh->tet_count; e++)
        most = p->modulus[e] > most && p->modulus[e] < metal ? p->modulus[e] : most;
    return hard_share * most;
}

/*
 * root[n]: 0 on nodes of hard elements, OST_NO_ROW on others. A node that something soft touches
 * is none of a piece: where a wedge is opened about a hinge the fragments hold by that alone.
 */
static void mark_hard(const struct ost_fem_problem *p, double from, uint32_t *root)
{
    memset(root, 0xff, (size_t)p->mesh->node_count * sizeof *root);
    for (int soft = 0; soft < 2; soft++) {
        for (uint32_t e = 0; e < p->mesh->tet_count; e++) {
            uint32_t node[10], nodes = ost_tet_nodes(p->mesh, e, node);
            bool meant = (p->modulus[e] < from) == (soft == 1) && p->modulus[e] < metal;
            for (uint32_t k = 0; k < nodes && meant; k++)
                root[node[k]] = soft == 1 ? OST_NO_ROW : 0;
        }
    }
}

/* The nodes of a hard element that are of pieces at all are of one. */
static void join_hard(const struct ost_tet_mesh *mesh, uint32_t e, const uint32_t *root,
                      uint32_t *parent)
{
    uint32_t node[10], nodes = ost_tet_nodes(mesh, e, node), first = OST_NO_ROW;
    for (uint32_t k = 0; k < nodes; k++) {
        if (root[node[k]] == OST_NO_ROW)
            continue;
        if (first != OST_NO_ROW)
            (void)ost_sets_join(parent, first, node[k]);
        first = first == OST_NO_ROW ? node[k] : first;
    }
}

/* root[n]: the lowest node of the hard piece that n stands in, or OST_NO_ROW. */
static void find_hard(const struct ost_fem_problem *p, uint32_t *parent, uint32_t *root)
{
    const struct ost_tet_mesh *mesh = p->mesh;
    const double from = hard_from(p);
    mark_hard(p, from, root);
    ost_sets_begin(parent, mesh->node_count);
    for (uint32_t e = 0; e < mesh->tet_count; e++)
        if (p->modulus[e] >= from && p->modulus[e] < metal)
            join_hard(mesh, e, root, parent);
    for (uint32_t n = 0; n < mesh->node_count; n++)
        root[n] = root[n] == 0 ? ost_sets_root(parent, n) : OST_NO_ROW;
}

/* The roots of pieces that are large enough; none where there is but one. `size` is per node. */
static uint32_t choose(const uint32_t *root, uint32_t nodes, uint32_t *size,
                       uint32_t chosen[PIECES_MOST])
{
    uint32_t hard = 0, count = 0;
    memset(size, 0, (size_t)nodes * sizeof *size);
    for (uint32_t n = 0; n < nodes; n++) {
        if (root[n] == OST_NO_ROW)
            continue;
        size[root[n]]++;
        hard++;
    }
    for (uint32_t n = 0; n < nodes && count < PIECES_MOST; n++) {
        if (size[n] > hard / LEAST_PART)
            chosen[count++] = n;
    }
    return count > 1 ? count : 0;
}

/* Takes what is held out of a row's numbers. */
static inline void leave_free(uint8_t held, double v[3])
{
    for (int k = 0; k < 3 && held != 0; k++)
        v[k] = held >> k & 1 ? 0.0 : v[k];
}

/* Motion `m` of a part on a row: along x, y, z, then about them through the part's middle. */
static void motion_at(const struct pieces *p, size_t part, int m, uint32_t row, double out[3])
{
    const double share = p->share[row * p->parts + part];
    double way[3] = {0.0}, from[3];
    way[m % 3] = share;
    memcpy(out, way, sizeof way);
    if (m >= 3) {
        ost_sub(p->place[row], p->part[part].middle, from);
        ost_cross(way, from, out);
    }
    leave_free(p->held[row], out);
}

/* The middle of a piece's own rows. */
static void find_middle(struct pieces *p, size_t part)
{
    double *middle = p->part[part].middle, count = 0.0;
    for (uint32_t i = 0; i < p->rows; i++) {
        if (p->share[i * p->parts + part] != 1.0)
            continue;
        ost_add(middle, p->place[i], middle);
        count += 1.0;
    }
    for (int k = 0; k < 3 && count > 0.0; k++)
        middle[k] /= count;
}

/* Flags, per node, the rows of elements that a part's motions strain. */
static void find_strained(const struct ost_fem_system *s, const struct ost_fem_problem *problem,
                          const double *share, size_t shares, unsigned char *strained)
{
    const struct ost_tet_mesh *mesh = problem->mesh;
    memset(strained, 0, mesh->node_count);
    for (uint32_t e = 0; e < mesh->tet_count; e++) {
        uint32_t node[10], nodes = ost_tet_nodes(mesh, e, node);
        bool still = true;
        for (uint32_t k = 0; k < nodes; k++) {
            uint32_t row = s->row_of_node[node[k]];
            still = still && row != OST_NO_ROW && s->held[row] == 0 &&
                    share[node[k] * shares] == share[node[0] * shares];
        }
        for (uint32_t k = 0; k < nodes && !still; k++)
            strained[node[k]] = 1;
    }
    for (uint32_t n = 0; n < mesh->node_count && problem->spring != NULL; n++)
        strained[n] = 1;
}

static bool list_strained(const struct ost_fem_system *s, const unsigned char *strained,
                          struct part *part, struct ost_err *err)
{
    for (uint32_t i = 0; i < s->k.rows; i++)
        part->rows += strained[s->node_of_row[i]];
    part->row = malloc(((size_t)part->rows + 1) * sizeof *part->row);
    part->push = malloc(((size_t)part->rows + 1) * sizeof *part->push);
    if (part->row == NULL || part->push == NULL)
        return ost_fail(err, OST_NOMEM, "pieces: no room for %u rows", part->rows);
    uint32_t at = 0;
    for (uint32_t i = 0; i < s->k.rows; i++) {
        if (strained[s->node_of_row[i]])
            part->row[at++] = i;
    }
    return true;
}

/* What a part's motions are resisted by; `motion` and `push` have room for a vector. */
static void multiply_out(struct pieces *p, const struct ost_fem_system *s, size_t part,
                         double *motion, double *push)
{
    struct part *mine = &p->part[part];
    for (int m = 0; m < MOTIONS; m++) {
        for (uint32_t i = 0; i < p->rows; i++)
            motion_at(p, part, m, i, motion + (size_t)OST_WIDTH * i);
        (void)ost_blocks_multiply(&s->k, motion, push);
        for (uint32_t k = 0; k < mine->rows; k++)
            memcpy(mine->push[k][m], push + (size_t)OST_WIDTH * mine->row[k], sizeof(double[3]));
    }
}

/* How much motion `i` of all parts is resisted along motion `j`. */
static double resistance(const struct pieces *p, size_t i, size_t j)
{
    const struct part *mine = &p->part[i / MOTIONS];
    double sum = 0.0;
    for (uint32_t k = 0; k < mine->rows; k++) {
        double other[3];
        motion_at(p, j / MOTIONS, (int)(j % MOTIONS), mine->row[k], other);
        sum += ost_dot(mine->push[k][i % MOTIONS], other);
    }
    return sum;
}

/* Z' A Z, row by row; false where the motions are not independent: the pieces stay as they are. */
static bool factor_out(struct pieces *p)
{
    for (size_t i = 0; i < p->count; i++)
        for (size_t j = 0; j < p->count; j++)
            p->factor[i * p->count + j] = resistance(p, i, j);
    return ost_cholesky(p->factor, p->count);
}

static bool make_room(struct pieces *p, const struct ost_fem_system *s, uint32_t parts,
                      struct ost_err *err)
{
    p->rows = s->k.rows;
    p->held = s->held;
    p->parts = parts;
    p->count = (size_t)MOTIONS * parts;
    p->place = malloc(((size_t)p->rows + 1) * sizeof *p->place);
    p->share = malloc(((size_t)p->rows + 1) * parts * sizeof *p->share);
    p->factor = calloc(p->count * p->count, sizeof *p->factor);
    return (p->place != NULL && p->share != NULL && p->factor != NULL) ||
           ost_fail(err, OST_NOMEM, "pieces: no room for %u of them", parts);
}

/* One part after the other; `share` is per node, `work` has room for two vectors. */
static bool fill_parts(struct pieces *p, const struct ost_fem_system *s,
                       const struct ost_fem_problem *problem, const double *share, double *work,
                       struct ost_err *err)
{
    unsigned char *strained = malloc((size_t)problem->mesh->node_count + 1);
    bool ok = strained != NULL || ost_fail(err, OST_NOMEM, "pieces: out of memory");
    for (uint32_t i = 0; i < p->rows; i++) {
        uint32_t n = s->node_of_row[i];
        memcpy(p->place[i], problem->mesh->node[n], sizeof p->place[i]);
        memcpy(p->share + i * p->parts, share + n * p->parts, p->parts * sizeof *share);
    }
    for (size_t part = 0; part < p->parts && ok; part++) {
        find_middle(p, part);
        find_strained(s, problem, share + part, p->parts, strained);
        ok = list_strained(s, strained, &p->part[part], err);
        if (ok)
            multiply_out(p, s, part, work, work + (size_t)OST_WIDTH * (p->rows + 1));
    }
    free(strained);
    return ok;
}

static bool fill(struct pieces **out, const struct ost_fem_system *s,
                 const struct ost_fem_problem *problem, const uint32_t *root,
                 const uint32_t *chosen, uint32_t count, struct ost_err *err)
{
    OST_AUTO(pieces) p = calloc(1, sizeof *p);
    double *share = NULL, *work = calloc((size_t)2 * OST_WIDTH * (s->k.rows + 1), sizeof *work);
    bool ok = p != NULL && work != NULL;
    if (!ok)
        (void)ost_fail(err, OST_NOMEM, "pieces: out of memory");
    ok = ok && make_room(p, s, count, err) &&
         pieces_share(problem, root, chosen, count, &share, err) &&
         fill_parts(p, s, problem, share, work, err);
    free(share);
    free(work);
    if (ok && factor_out(p))
        *out = ost_steal(&p);
    return ok;
}

bool pieces_create(struct pieces **out, const struct ost_fem_system *system,
                   const struct ost_fem_problem *problem, struct ost_err *err)
{
    size_t nodes = problem->mesh->node_count;
    uint32_t *parent = malloc((nodes + 1) * sizeof *parent),
             *root = malloc((nodes + 1) * sizeof *root);
    uint32_t chosen[PIECES_MOST];
    bool ok = parent != NULL && root != NULL;
    *out = NULL;
    if (!ok)
        (void)ost_fail(err, OST_NOMEM, "pieces: no room for %zu nodes", nodes);
    if (ok) {
        find_hard(problem, parent, root);
        uint32_t count = choose(root, (uint32_t)nodes, parent, chosen);
        ok = count == 0 || fill(out, system, problem, root, chosen, count, err);
    }
    free(parent);
    free(root);
    return ok;
}

static inline void add_share(double *sum, double share, const double force[3],
                             const double moment[3])
{
    for (int k = 0; k < 3; k++) {
        sum[k] += share * force[k];
        sum[3 + k] += share * moment[k];
    }
}

/* Z' r: each part's share in the forces, and their moments about its middle. */
static void gather_forces(const struct pieces *p, const double *r, double *out)
{
    for (uint32_t i = 0; i < p->rows; i++) {
        const double *share = p->share + i * p->parts;
        double force[3], moment[3];
        memcpy(force, r + (size_t)OST_WIDTH * i, sizeof force);
        leave_free(p->held[i], force);
        ost_cross(p->place[i], force, moment);
        for (size_t part = 0; part < p->parts; part++)
            add_share(out + MOTIONS * part, share[part], force, moment);
    }
    for (size_t part = 0; part < p->parts; part++) {
        double off[3];
        ost_cross(p->part[part].middle, out + MOTIONS * part, off);
        ost_sub(out + MOTIONS * part + 3, off, out + MOTIONS * part + 3);
    }
}

/* less Z' A z */
static void take_resistance(const struct pieces *p, const double *z, double *out)
{
    for (size_t i = 0; i < p->parts; i++) {
        const struct part *part = &p->part[i];
        for (uint32_t k = 0; k < part->rows; k++) {
            const double *here = z + (size_t)OST_WIDTH * part->row[k];
            for (size_t m = 0; m < MOTIONS; m++)
                out[MOTIONS * i + m] -= ost_dot(part->push[k][m], here);
        }
    }
}

/* z += Z part: of all parts together a row is moved, and turned about the origin. */
static void move_parts(const struct pieces *p, double *part, double *z)
{
    for (size_t i = 0; i < p->parts; i++) {
        double off[3];
        ost_cross(part + MOTIONS * i + 3, p->part[i].middle, off);
        ost_sub(part + MOTIONS * i, off, part + MOTIONS * i);
    }
    for (uint32_t i = 0; i < p->rows; i++) {
        const double *share = p->share + i * p->parts;
        double way[3] = {0.0}, turn[3] = {0.0}, by[3];
        for (size_t k = 0; k < p->parts; k++) {
            ost_along(way, share[k], part + MOTIONS * k, way);
            ost_along(turn, share[k], part + MOTIONS * k + 3, turn);
        }
        ost_cross(turn, p->place[i], by);
        ost_add(by, way, by);
        leave_free(p->held[i], by);
        for (size_t k = 0; k < 3; k++)
            z[(size_t)OST_WIDTH * i + k] += by[k];
    }
}

void pieces_correct(const struct pieces *pieces, const double *r, double *z)
{
    double part[MOTIONS * PIECES_MOST] = {0.0};
    gather_forces(pieces, r, part);
    take_resistance(pieces, z, part);
    ost_cholesky_solve(pieces->factor, pieces->count, part);
    move_parts(pieces, part, z);
}
