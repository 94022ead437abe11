#include "recon/mesh/bvh.h"
#include "recon/mesh/measure.h"
#include "recon/net/ostm.h"
#include "recon/shape/prior.h"
#include "tests/recon/shape/data.h"

#include <string.h>

static const char *const shipped[] = {"recon/shape/models/forearm.ostm",
                                      "recon/shape/models/forearm_nobrown.ostm"};
enum { MODELS = 2, TEXTS = 5, TENSORS = 12 };

static struct ost_prior *open_shipped(int which)
{
    struct ost_buf bytes;
    struct ost_prior *prior = NULL;
    struct ost_err err;
    assert_true(read_file(shipped[which], &bytes));
    if (!ost_prior_open(bytes.ptr, bytes.len, &prior, &err))
        fail_msg("%s", err.msg);
    ost_buf_fini(&bytes);
    return prior;
}

static struct ost_mesh *mean_of(const struct ost_prior *prior, enum ost_bone which)
{
    const struct ost_prior_bone *bone = ost_prior_bone_view(prior, which);
    struct ost_mesh *mesh = NULL;
    assert_true(ost_mesh_create(&mesh, bone->vertex_count, bone->triangle_count, NULL));
    memcpy(mesh->triangle, bone->triangle, bone->triangle_count * sizeof *mesh->triangle);
    ost_prior_shape(prior, which, 1.0, NULL, mesh->vertex);
    return mesh;
}

static void bones_are_closed_and_of_human_size(void **state)
{
    (void)state;
    for (int i = 0; i < MODELS; i++) {
        OST_AUTO(ost_prior) prior = open_shipped(i);
        for (int b = 0; b < OST_BONES; b++) {
            OST_AUTO(ost_mesh) mesh = mean_of(prior, (enum ost_bone)b);
            struct ost_mesh_facts facts;
            assert_true(ost_mesh_measure(mesh, &facts, NULL));
            assert_true(facts.closed);
            assert_int_equal(facts.euler, 2);
            assert_near(facts.high[2] - facts.low[2], b == OST_RADIUS ? 230.0 : 247.0, 3.0);
            assert_true(facts.volume > 20000.0 && facts.volume < 45000.0);
        }
    }
}

/* Fine where the film shows, and no triangle a fit would stumble over. */
static void edges_are_fine_at_the_wrist(void **state)
{
    (void)state;
    OST_AUTO(ost_prior) prior = open_shipped(0);
    OST_AUTO(ost_mesh) mesh = mean_of(prior, OST_RADIUS);
    double sum = 0.0, count = 0.0;
    for (uint32_t i = 0; i < mesh->triangle_count * 3; i++) {
        const float *a = mesh->vertex[mesh->triangle[i / 3][i % 3]];
        const float *b = mesh->vertex[mesh->triangle[i / 3][(i + 1) % 3]];
        if (i % 3 == 2)
            b = mesh->vertex[mesh->triangle[i / 3][0]];
        double d = sqrt(pow((double)a[0] - b[0], 2) + pow((double)a[1] - b[1], 2) +
                        pow((double)a[2] - b[2], 2));
        assert_true(d > 0.1 && d < 8.0);
        if (a[2] > 40.0F)
            continue;
        sum += d;
        count += 1.0;
    }
    assert_true(sum / count > 1.0 && sum / count < 1.5);
}

static double inner(const struct ost_prior_bone *bone, const double *area, uint32_t i, uint32_t j)
{
    size_t size = (size_t)bone->vertex_count * 3;
    double sum = 0.0;
    for (size_t k = 0; k < size; k++)
        sum += area[k / 3] * (double)bone->mode[i * size + k] * (double)bone->mode[j * size + k];
    return sum;
}

static void modes_are_orthogonal_by_area(void **state)
{
    (void)state;
    for (int b = 0; b < OST_BONES; b++) {
        OST_AUTO(ost_prior) prior = open_shipped(0);
        OST_AUTO(ost_mesh) mesh = mean_of(prior, (enum ost_bone)b);
        const struct ost_prior_bone *bone = ost_prior_bone_view(prior, (enum ost_bone)b);
        double *area = calloc(bone->vertex_count, sizeof *area), norm[256];
        assert_non_null(area);
        assert_int_equal(bone->mode_count, b == OST_RADIUS ? 40 : 32);
        ost_mesh_vertex_areas(mesh, area);
        for (uint32_t i = 0; i < bone->mode_count; i++) {
            norm[i] = sqrt(inner(bone, area, i, i));
            for (uint32_t j = 0; j < i; j++)
                assert_near(inner(bone, area, i, j) / (norm[j] * norm[j]), 0.0, 1e-3);
        }
        for (uint32_t i = 1; i < bone->mode_count; i++)
            assert_true(norm[i] <= norm[i - 1] * 1.001);
        free(area);
    }
}

static void landmark(const struct ost_prior *prior, enum ost_landmark which, double out[3])
{
    const struct ost_prior_bone *bone = ost_prior_bone_view(prior, ost_landmark_bone(which));
    for (int k = 0; k < 3; k++)
        out[k] = bone->mean[ost_prior_landmark(prior, which)][k];
}

/* Radial -x, volar -y, distal -z; the origin in the middle of the joint surface. */
static void landmarks_lie_where_anatomy_has_them(void **state)
{
    (void)state;
    for (int i = 0; i < MODELS; i++) {
        OST_AUTO(ost_prior) prior = open_shipped(i);
        double p[OST_LANDMARKS][3];
        for (int l = 0; l < OST_LANDMARKS; l++)
            landmark(prior, (enum ost_landmark)l, p[l]);
        assert_true(p[OST_STYLOID][0] < -10.0 && p[OST_STYLOID][2] < -6.0);
        assert_true(p[OST_ULNAR_CORNER_VOLAR][0] > 6.0 && p[OST_ULNAR_CORNER_VOLAR][1] < -3.0);
        assert_true(p[OST_ULNAR_CORNER_DORSAL][0] > 6.0 && p[OST_ULNAR_CORNER_DORSAL][1] > 3.0);
        assert_true(p[OST_LIP_VOLAR][1] < -5.0 && p[OST_LIP_DORSAL][1] > 3.0);
        assert_true(p[OST_LIP_DORSAL][2] < p[OST_LIP_VOLAR][2]); /* the joint faces volarly */
        assert_true(p[OST_SIGMOID_NOTCH][0] > 6.0 && p[OST_SIGMOID_NOTCH][2] > 2.0);
        assert_true(p[OST_LISTER][1] > 9.0);
        assert_true(p[OST_ULNAR_STYLOID][2] < p[OST_ULNAR_HEAD][2] - 2.0);
        for (int k = 0; k < 3; k++)
            assert_near(0.25 *
                            (p[OST_STYLOID][k] + p[OST_LIP_VOLAR][k] + p[OST_LIP_DORSAL][k] +
                             0.5 * (p[OST_ULNAR_CORNER_VOLAR][k] + p[OST_ULNAR_CORNER_DORSAL][k])),
                        0.0, 0.5);
    }
}

static void the_ulna_stands_beside_the_radius(void **state)
{
    (void)state;
    for (int i = 0; i < MODELS; i++) {
        OST_AUTO(ost_prior) prior = open_shipped(i);
        OST_AUTO(ost_mesh) radius = mean_of(prior, OST_RADIUS);
        OST_AUTO(ost_mesh) ulna = mean_of(prior, OST_ULNA);
        OST_AUTO(ost_bvh) bvh = NULL;
        assert_true(ost_bvh_create(&bvh, radius, NULL));
        struct ost_rigid place = ost_prior_joint_place(prior, 1.0, NULL);
        double least = INFINITY;
        for (uint32_t v = 0; v < ulna->vertex_count; v++) {
            double p[3] = {ulna->vertex[v][0], ulna->vertex[v][1], ulna->vertex[v][2]}, q[3];
            struct ost_near near;
            ost_rigid_point(&place, p, q);
            assert_true(q[0] > 0.0 || q[2] > 100.0);
            assert_true(ost_bvh_near(bvh, q, INFINITY, &near));
            least = fmin(least, near.signed_mm);
        }
        assert_true(least > 0.0 && least < 2.5);
    }
}

static void size_scales_shape_and_joint_alike(void **state)
{
    (void)state;
    OST_AUTO(ost_prior) prior = open_shipped(0);
    const struct ost_prior_bone *bone = ost_prior_bone_view(prior, OST_ULNA);
    float(*one)[3] = calloc(bone->vertex_count, sizeof *one);
    float(*two)[3] = calloc(bone->vertex_count, sizeof *two);
    double b[64] = {0.5, -1.0, 0.25}, z[6] = {0.3, 0, 0, 1, -1, 0.5};
    assert_true(one != NULL && two != NULL);
    ost_prior_shape(prior, OST_ULNA, 1.0, b, one);
    ost_prior_shape(prior, OST_ULNA, 2.0, b, two);
    for (uint32_t v = 0; v < bone->vertex_count; v++)
        for (int k = 0; k < 3; k++)
            assert_near(two[v][k], 2.0 * one[v][k], 1e-4);
    struct ost_rigid first = ost_prior_joint_place(prior, 1.0, z);
    struct ost_rigid second = ost_prior_joint_place(prior, 2.0, z);
    for (int k = 0; k < 3; k++)
        assert_near(second.t[k], 2.0 * first.t[k], 1e-12);
    assert_memory_equal(first.r, second.r, sizeof first.r);
    assert_true(ost_rigid_is_proper(&first, 1e-9));
    free(one);
    free(two);
}

/* A shipped model taken apart, so that one part can be spoilt. */
struct parts {
    struct ost_ostm *file;
    struct ost_ostm_text text[TEXTS];
    struct ost_ostm_tensor tensor[TENSORS];
    struct ost_ostm_draft draft;
};

static void take_apart(struct parts *parts)
{
    static const char *const text[TEXTS] = {"kind", "name", "licence", "command", "seed"};
    static const char *const tensor[TENSORS] = {"radius.mean",   "radius.triangle", "radius.mode",
                                                "radius.cortex", "ulna.mean",       "ulna.triangle",
                                                "ulna.mode",     "ulna.cortex",     "joint.mean",
                                                "joint.mode",    "numbers",         "landmark"};
    struct ost_buf bytes;
    assert_true(read_file(shipped[0], &bytes));
    assert_true(ost_ostm_open(bytes.ptr, bytes.len, &parts->file, NULL));
    ost_buf_fini(&bytes);
    for (int i = 0; i < TEXTS; i++)
        parts->text[i] = (struct ost_ostm_text){text[i], ost_ostm_text_view(parts->file, text[i])};
    for (int i = 0; i < TENSORS; i++) {
        assert_non_null(ost_ostm_tensor_view(parts->file, tensor[i]));
        parts->tensor[i] = *ost_ostm_tensor_view(parts->file, tensor[i]);
    }
    parts->draft = (struct ost_ostm_draft){parts->text, TEXTS, parts->tensor, TENSORS};
}

static enum ost_code code_of(const struct parts *parts)
{
    struct ost_buf bytes;
    struct ost_prior *prior = NULL;
    struct ost_err err = {0};
    ost_buf_init(&bytes, (size_t)1 << 26);
    assert_true(ost_ostm_write(&parts->draft, &bytes, NULL));
    bool ok = ost_prior_open(bytes.ptr, bytes.len, &prior, &err);
    assert_true(ok == (prior != NULL));
    ost_buf_fini(&bytes);
    ost_prior_destroy(prior);
    return ok ? OST_OK : err.code;
}

static void each_missing_tensor_is_refused(void **state)
{
    (void)state;
    struct parts parts;
    take_apart(&parts);
    assert_int_equal(code_of(&parts), OST_OK);
    for (int i = 0; i < TENSORS; i++) {
        const char *name = parts.tensor[i].name;
        parts.tensor[i].name = "another";
        assert_int_equal(code_of(&parts), OST_CORRUPT);
        parts.tensor[i].name = name;
    }
    ost_ostm_close(parts.file);
}

static void each_tensor_of_another_size_is_refused(void **state)
{
    (void)state;
    struct parts parts;
    take_apart(&parts);
    for (int i = 0; i < TENSORS; i++) {
        uint32_t last = parts.tensor[i].rank - 1;
        parts.tensor[i].dim[last]--;
        assert_int_equal(code_of(&parts), OST_CORRUPT);
        parts.tensor[i].dim[last]++;
    }
    ost_ostm_close(parts.file);
}

/* Tensor `which` with number `at` replaced. */
static enum ost_code code_with(struct parts *parts, int which, size_t at, double value)
{
    struct ost_ostm_tensor kept = parts->tensor[which];
    size_t count = ost_ostm_count(&kept);
    void *copy = calloc(count, 4);
    assert_non_null(copy);
    if (kept.kind == OST_OSTM_INDEX) {
        uint32_t *index = copy;
        memcpy(index, kept.index, count * 4);
        index[at] = (uint32_t)value;
        parts->tensor[which].index = index;
    } else {
        float *real = copy;
        memcpy(real, kept.real, count * 4);
        real[at] = (float)value;
        parts->tensor[which].real = real;
    }
    enum ost_code code = code_of(parts);
    parts->tensor[which] = kept;
    free(copy);
    return code;
}

static void each_number_that_means_nothing_is_refused(void **state)
{
    (void)state;
    struct parts parts;
    take_apart(&parts);
    enum { TRIANGLE = 1, CORTEX = 3, NUMBERS = 10, LANDMARK = 11 };
    assert_int_equal(code_with(&parts, TRIANGLE, 17, 1e6), OST_CORRUPT); /* no such vertex */
    assert_int_equal(code_with(&parts, TRIANGLE, 17, parts.tensor[TRIANGLE].index[16]),
                     OST_CORRUPT); /* a corner twice */
    assert_int_equal(code_with(&parts, TRIANGLE, 0, (parts.tensor[TRIANGLE].index[0] + 500) % 2000),
                     OST_CORRUPT); /* a torn surface */
    assert_int_equal(code_with(&parts, CORTEX, 5, 0.0), OST_CORRUPT);
    assert_int_equal(code_with(&parts, CORTEX, 5, -1.0), OST_CORRUPT);
    for (size_t i = 0; i < 8; i++)
        assert_int_equal(code_with(&parts, NUMBERS, i, -0.5), OST_CORRUPT);
    for (size_t i = 0; i < OST_LANDMARKS; i++)
        assert_int_equal(code_with(&parts, LANDMARK, i, 1e6), OST_CORRUPT);
    ost_ostm_close(parts.file);
}

static void another_kind_of_model_is_unsupported(void **state)
{
    (void)state;
    struct parts parts;
    take_apart(&parts);
    parts.text[0].value = "osteon.net.1";
    assert_int_equal(code_of(&parts), OST_UNSUPPORTED);
    parts.text[0].value = "osteon.prior.1";
    parts.text[2].name = "terms";
    assert_int_equal(code_of(&parts), OST_CORRUPT); /* no licence, no model */
    ost_ostm_close(parts.file);
}

/* Both may be used by anybody who names whose surfaces they learned from. */
static void a_model_names_whose_surfaces_it_knows(void **state)
{
    (void)state;
    OST_AUTO(ost_prior) first = open_shipped(0);
    OST_AUTO(ost_prior) second = open_shipped(1);
    assert_null(strstr(ost_prior_licence_view(first), "GPL"));
    assert_non_null(strstr(ost_prior_licence_view(first), "brown_sandbox"));
    assert_null(strstr(ost_prior_licence_view(second), "GPL"));
    assert_non_null(strstr(ost_prior_licence_view(second), "opensim"));
    assert_null(strstr(ost_prior_licence_view(second), "brown_sandbox"));
    assert_null(strstr(ost_prior_licence_view(second), "calgary"));
    assert_string_not_equal(ost_prior_digest_view(first), ost_prior_digest_view(second));
}

RUN(T(bones_are_closed_and_of_human_size), T(edges_are_fine_at_the_wrist),
    T(modes_are_orthogonal_by_area), T(landmarks_lie_where_anatomy_has_them),
    T(the_ulna_stands_beside_the_radius), T(size_scales_shape_and_joint_alike),
    T(each_missing_tensor_is_refused), T(each_tensor_of_another_size_is_refused),
    T(each_number_that_means_nothing_is_refused), T(another_kind_of_model_is_unsupported),
    T(a_model_names_whose_surfaces_it_knows))
