#include "fem/mesh/stencil_impl.h"
#include "recon/math/vec.h"

#include <stdlib.h>
#include <string.h>

/*
 * A site is where a node may come to stand: a lattice point, or, counted on from
 * these, a cut. Nodes are numbered as they are first used, cell by cell, so that
 * neighbours in space are neighbours in memory.
 */
struct filling {
    const struct lattice *lattice;
    uint32_t *node_of_site;
    double (*node)[3];
    uint32_t node_count, node_room;
    uint32_t (*tet)[4];
    uint32_t tet_count, tet_room;
    bool full;   /* out of memory or past a limit; checked once, at the end */
    bool circle; /* a prism without a split: a broken invariant */
};

static const double *site_point(const struct filling *f, uint32_t site)
{
    const struct lattice *l = f->lattice;
    return site < l->point_count ? l->point[site] : l->cross[site - l->point_count].point;
}

static uint32_t node_of(struct filling *f, uint32_t site)
{
    if (f->node_of_site[site] != OST_NOWHERE)
        return f->node_of_site[site];
    if (f->node_count == f->node_room) {
        uint32_t room = f->node_room > 0 ? 2 * f->node_room : 16384;
        double(*more)[3] =
            room <= 2U * OST_TET_NODES_MOST ? realloc(f->node, (size_t)room * sizeof *more) : NULL;
        f->full = f->full || more == NULL;
        if (more == NULL)
            return 0;
        f->node = more;
        f->node_room = room;
    }
    memcpy(f->node[f->node_count], site_point(f, site), sizeof(double[3]));
    f->node_of_site[site] = f->node_count;
    return f->node_count++;
}

/* Room for one more element. */
static bool has_room(struct filling *f)
{
    if (f->tet_count < f->tet_room)
        return true;
    uint32_t room = f->tet_room > 0 ? 2 * f->tet_room : 65536;
    uint32_t(*more)[4] =
        room <= 2U * OST_TETS_MOST ? realloc(f->tet, (size_t)room * sizeof *more) : NULL;
    f->full = f->full || more == NULL;
    if (more == NULL)
        return false;
    f->tet = more;
    f->tet_room = room;
    return true;
}

/* One element on four sites, turned the right way round. */
static void put(struct filling *f, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
    if (!has_room(f))
        return;
    double u[3], v[3], w[3], n[3];
    ost_sub(site_point(f, b), site_point(f, a), u);
    ost_sub(site_point(f, c), site_point(f, a), v);
    ost_sub(site_point(f, d), site_point(f, a), w);
    ost_cross(u, v, n);
    bool turned = ost_dot(n, w) < 0.0;
    uint32_t *t = f->tet[f->tet_count++];
    t[0] = node_of(f, a);
    t[1] = node_of(f, b);
    t[2] = node_of(f, turned ? d : c);
    t[3] = node_of(f, turned ? c : d);
}

static uint32_t cut_site(const struct filling *f, uint32_t inside, uint32_t outside)
{
    return f->lattice->point_count + lattice_find(f->lattice, inside, outside);
}

/*
 * Whether the quadrilateral p, q, cq, cp (two inner points and the cuts below them) is
 * split from p to cq. Decided by the four points alone, so that both elements that
 * share it agree: the shorter diagonal, the lower site where they are equal.
 */
static bool split_from(const struct filling *f, uint32_t p, uint32_t q, uint32_t cq, uint32_t cp)
{
    double one = ost_distance(site_point(f, p), site_point(f, cq));
    double two = ost_distance(site_point(f, q), site_point(f, cp));
    if (fabs(one - two) > 1e-9 * (one + two))
        return one < two;
    return p < q;
}

/*
 * The prism with ends a and b, edges a[i]-b[i]; `split[i]` says that the side between
 * i and i+1 is split from a[i] to b[i+1].
 */
static void put_prism(struct filling *f, const uint32_t a[3], const uint32_t b[3],
                      const bool split[3])
{
    /*
     * Some a[i] is an end of both diagonals beside it unless the three run in a circle,
     * and they cannot: between a long and a short edge the shorter diagonal always
     * ends at the long edge's cut, and every end of an element has a long edge.
     */
    int i = 0;
    while (i < 3 && !(split[i] && !split[(i + 2) % 3]))
        i++;
    f->circle = f->circle || i == 3;
    i %= 3;
    int j = (i + 1) % 3, k = (i + 2) % 3;
    put(f, a[i], b[0], b[1], b[2]);
    if (split[j]) {
        put(f, a[i], a[j], a[k], b[k]);
        put(f, a[i], a[j], b[k], b[j]);
    } else {
        put(f, a[i], a[j], a[k], b[j]);
        put(f, a[i], a[k], b[k], b[j]);
    }
}

/* Two in, one out, one on the surface: a pyramid over the cut face. */
static void put_pyramid(struct filling *f, const uint32_t s[4])
{
    uint32_t p = s[0], q = s[1], zero = s[2];
    uint32_t cp = cut_site(f, p, s[3]), cq = cut_site(f, q, s[3]);
    if (split_from(f, p, q, cq, cp)) {
        put(f, p, q, cq, zero);
        put(f, p, cq, cp, zero);
    } else {
        put(f, q, cp, cq, zero);
        put(f, q, p, cp, zero);
    }
}

/* Three in, one out. */
static void put_stump(struct filling *f, const uint32_t s[4])
{
    uint32_t cut[3];
    bool split[3];
    for (int i = 0; i < 3; i++)
        cut[i] = cut_site(f, s[i], s[3]);
    for (int i = 0; i < 3; i++) {
        int j = (i + 1) % 3;
        split[i] = split_from(f, s[i], s[j], cut[j], cut[i]);
    }
    put_prism(f, s, cut, split);
}

/* Two in, two out: the side that lies on the surface may be split either way. */
static void put_wedge(struct filling *f, const uint32_t s[4])
{
    uint32_t p = s[0], q = s[1];
    uint32_t a[3] = {p, cut_site(f, p, s[2]), cut_site(f, p, s[3])};
    uint32_t b[3] = {q, cut_site(f, q, s[2]), cut_site(f, q, s[3])};
    bool split[3];
    split[0] = split_from(f, p, q, b[1], a[1]);
    split[2] = !split_from(f, p, q, b[2], a[2]);
    double one = ost_distance(site_point(f, a[1]), site_point(f, b[2]));
    double two = ost_distance(site_point(f, a[2]), site_point(f, b[1]));
    split[1] = split[0] == split[2] ? !split[0] : one < two;
    put_prism(f, a, b, split);
}

/* One in: what is left is cut off by up to three planes' corners. */
static void put_tip(struct filling *f, const uint32_t s[4])
{
    uint32_t t[4] = {s[0]};
    for (int k = 1; k < 4; k++)
        t[k] = f->lattice->sign[s[k]] == 0 ? s[k] : cut_site(f, s[0], s[k]);
    put(f, t[0], t[1], t[2], t[3]);
}

/* The sites in the order in, on, out; how many there are of each. */
static void sort_by_sign(const struct lattice *l, const uint32_t corner[4], uint32_t s[4],
                         int count[3])
{
    int at = 0;
    for (int rank = 0; rank < 3; rank++) {
        count[rank] = -at;
        for (int k = 0; k < 4; k++) {
            if (l->sign[corner[k]] == 1 - rank)
                s[at++] = corner[k];
        }
        count[rank] += at;
    }
}

/* The inside of one element of the lattice. */
static void clip(struct filling *f, const uint32_t corner[4])
{
    uint32_t s[4] = {0};
    int count[3];
    sort_by_sign(f->lattice, corner, s, count);
    if (count[0] == 0)
        return;
    if (count[2] == 0) {
        put(f, s[0], s[1], s[2], s[3]);
    } else if (count[0] == 1) {
        put_tip(f, s);
    } else if (count[0] == 3) {
        put_stump(f, s);
    } else if (count[1] == 1) {
        put_pyramid(f, s);
    } else {
        put_wedge(f, s);
    }
}

/* One whole element of the lattice, whose corners stand where they stood at first. */
static void put_whole(struct filling *f, const uint32_t corner[4])
{
    if (!has_room(f))
        return;
    uint32_t *t = f->tet[f->tet_count++];
    for (int k = 0; k < 4; k++)
        t[k] = node_of(f, corner[k]);
}

/*
 * The four elements round the line from a cell's centre to the next one's along `axis`; of the
 * cell's corners `first` are the lower along x.
 */
static void clip_between(struct filling *f, uint32_t centre, uint32_t other,
                         const uint32_t first[4], int axis)
{
    /* Of the cell's corners, numbered by a bit an axis, those of the side between both. */
    static const uint8_t side[3][5] = {{1, 3, 7, 5, 1}, {2, 6, 7, 3, 2}, {4, 5, 7, 6, 4}};
    const signed char *sign = f->lattice->sign;
    uint32_t ring[5];
    for (int k = 0; k < 5; k++)
        ring[k] = first[side[axis][k] >> 1] + (side[axis][k] & 1);
    int most = sign[centre] > sign[other] ? sign[centre] : sign[other];
    int least = sign[centre] > sign[other] ? sign[other] : sign[centre];
    for (int k = 0; k < 4; k++) {
        most = sign[ring[k]] > most ? sign[ring[k]] : most;
        least = sign[ring[k]] < least ? sign[ring[k]] : least;
    }
    if (most <= 0)
        return;
    for (int k = 0; k < 4; k++) {
        const uint32_t corner[4] = {centre, other, ring[k], ring[k + 1]};
        (least > 0 ? put_whole : clip)(f, corner);
    }
}

/* The elements between a row's cells and the next ones: of those that are kept, as all inside. */
static void clip_row(struct filling *f, uint32_t row)
{
    const struct lattice *l = f->lattice;
    uint32_t next[3], range[3][2], corner[4], first[4];
    rows_neighbours(&l->centres, row, next, range);
    lattice_corner_rows(l, row, corner);
    for (uint32_t i = l->centres.first[row]; i < rows_end(&l->centres, row) && !f->full; i++) {
        for (int c = 0; c < 4; c++)
            first[c] = rows_point(&l->corners, corner[c], i);
        for (int axis = 0; axis < 3; axis++) {
            if (i >= range[axis][0] && i < range[axis][1])
                clip_between(f, rows_point(&l->centres, row, i),
                             rows_point(&l->centres, next[axis], i + (axis == 0)), first, axis);
        }
    }
}

static bool hand_over(struct filling *f, struct ost_tet_mesh **out, struct ost_err *err)
{
    if (f->full || f->tet == NULL || f->node == NULL)
        return ost_fail(err, OST_NOMEM, "mesher: no room after %u elements", f->tet_count);
    if (f->circle)
        return ost_fail(err, OST_BUG, "mesher: three diagonals in a circle");
    bool ok = ost_tet_mesh_take(out, f->node, f->node_count, f->tet, f->tet_count, err);
    f->node = NULL;
    f->tet = NULL;
    return ok || ost_err_note(err, "mesher");
}

/* Cuts stand on the surface, and lattice points with the sign of neither side. */
static bool flag_outer(const struct filling *f, size_t sites, unsigned char **outer,
                       struct ost_err *err)
{
    *outer = calloc((size_t)f->node_count + 1, 1);
    if (*outer == NULL)
        return ost_fail(err, OST_NOMEM, "mesher: no room for %u nodes", f->node_count);
    for (size_t site = 0; site < sites; site++) {
        uint32_t node = f->node_of_site[site];
        if (node != OST_NOWHERE)
            (*outer)[node] = site >= f->lattice->point_count || f->lattice->sign[site] == 0;
    }
    return true;
}

bool lattice_fill(const struct lattice *lattice, struct ost_tet_mesh **out, unsigned char **outer,
                  struct ost_err *err)
{
    *out = NULL;
    size_t sites = (size_t)lattice->point_count + lattice->cross_count;
    struct filling f = {.lattice = lattice, .node_of_site = malloc(sites * sizeof(uint32_t))};
    if (f.node_of_site == NULL)
        return ost_fail(err, OST_NOMEM, "mesher: no room for %zu sites", sites);
    memset(f.node_of_site, 0xff, sites * sizeof(uint32_t));
    for (uint32_t row = 0; row < lattice->cells[1] * lattice->cells[2]; row++)
        clip_row(&f, row);
    bool ok = hand_over(&f, out, err) && flag_outer(&f, sites, outer, err);
    free(f.node_of_site);
    free(f.node);
    free(f.tet);
    return ok;
}
