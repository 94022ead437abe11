/* A simulated forearm's CT: every bone is found, alone, closed and where it is. */
#include "recon/mesh/bvh.h"
#include "recon/mesh/compare.h"
#include "recon/mesh/measure.h"
#include "recon/segment/name.h"
#include "recon/segment/segment.h"
#include "tests/recon/segment/forearm.h"

/* What the issue asks of films is 0.45 and 0.55 mm; a CT must do far better. */
static const double asd_most = 0.22, hd95_most = 0.7;

static size_t bone_of(const struct ost_segment *s, const struct ost_mesh *truth, double middle[3])
{
    size_t best = 0;
    double least = INFINITY;
    struct ost_mesh_facts facts;
    assert_true(ost_mesh_measure(truth, &facts, NULL));
    for (size_t i = 0; i < s->bone_count; i++) {
        struct ost_compare_result r;
        const struct ost_compare_options wide = {.spacing = 2.0, .cut_margin = -1.0};
        assert_true(ost_compare(s->bone[i].surface, truth, &wide, &r, NULL));
        if (r.mean[0] < least) {
            least = r.mean[0];
            best = i;
        }
    }
    memcpy(middle, s->bone[best].middle, 3 * sizeof *middle);
    return best;
}

/* The share of vertices within 1.96 of their own SDs of the truth. */
static void count_covered(const struct ost_segment_bone *b, const struct ost_mesh *truth,
                          double top, size_t *in, size_t *all)
{
    struct ost_bvh *bvh = NULL;
    assert_true(ost_bvh_create(&bvh, truth, NULL));
    for (uint32_t v = 0; v < b->surface->vertex_count; v++) {
        const double p[3] = {(double)b->surface->vertex[v][0], (double)b->surface->vertex[v][1],
                             (double)b->surface->vertex[v][2]};
        struct ost_near near;
        if (p[2] > top - 5.0 || !ost_bvh_near(bvh, p, INFINITY, &near))
            continue;
        *in += near.distance < 1.96 * (double)b->sd[v] ? 1 : 0;
        ++*all;
    }
    ost_bvh_destroy(bvh);
}

static void check_names(const struct ost_segment *s, const size_t bone[TRUTHS])
{
    struct ost_bone_name name[OST_SEGMENT_BONES];
    assert_true(ost_segment_name(s, name, NULL));
    assert_int_equal(name[bone[0]].kind, OST_KIND_RADIUS);
    assert_int_equal(name[bone[1]].kind, OST_KIND_ULNA);
    for (int t = 2; t < TRUTHS; t++)
        assert_int_equal(name[bone[t]].kind, OST_KIND_CARPAL);
}

static void finds_every_bone(void **state)
{
    const struct scanner scanner = {.voxel = 1.0, .blur = 0.5, .noise = 20.0, .fine = 3};
    const struct ost_patient_request request = {.seed = 5};
    struct forearm f;
    struct ost_segment *s = NULL;
    size_t bone[TRUTHS], in = 0, all = 0;
    bool used[OST_SEGMENT_BONES] = {false};
    (void)state;
    forearm_open(&f, &request, &scanner);
    assert_true(ost_segment_create(f.ct, NULL, &s, NULL));
    for (int t = 0; t < TRUTHS; t++) {
        const struct ost_compare_cut cut = {{0, 0, f.top}, {0, 0, 1}};
        const struct ost_compare_options options = {.cut = &cut, .cut_count = t < 2 ? 1 : 0};
        struct ost_compare_result r;
        struct ost_mesh_facts facts;
        double middle[3];
        bone[t] = bone_of(s, f.truth[t], middle);
        assert_false(used[bone[t]]); /* no two bones in one surface */
        used[bone[t]] = true;
        const struct ost_segment_bone *b = &s->bone[bone[t]];
        assert_true(ost_mesh_measure(b->surface, &facts, NULL));
        assert_true(facts.closed);
        assert_int_equal(facts.components, 1);
        assert_true(ost_compare(f.truth[t], b->surface, &options, &r, NULL));
        if (r.asd > asd_most || r.hd95 > hd95_most)
            fail_msg("%s: ASD %.3f mm, HD95 %.3f mm", truth_name[t], r.asd, r.hd95);
        assert_int_equal(b->cut[2][1], t < 2);
        count_covered(b, f.truth[t], f.top, &in, &all);
    }
    check_names(s, bone);
    assert_true((double)in > 0.93 * (double)all);
    assert_true(s->blur_measured);
    ost_segment_destroy(s);
    forearm_close(&f);
}

RUN(T(finds_every_bone))
