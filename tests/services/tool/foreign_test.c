/* `osteon compare` on case folders whose truth somebody else made. */
#include "recon/math/vec.h"
#include "recon/mesh/icp.h"
#include "recon/mesh/measure.h"
#include "recon/mesh/stl.h"
#include "recon/shape/anatomy.h"
#include "services/casefile/disk.h"
#include "services/casefile/result.h"
#include "services/cli/command.h"
#include "services/tool/tool.h"
#include "tests/recon/shape/data.h"

#include <jansson.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char top[64], unit[3] = "mm";
static struct ost_prior *prior;
static struct ost_mesh *mean[OST_BONES]; /* of the prior, the ulna in its place */

static struct ost_mesh *copy(const struct ost_mesh *in)
{
    struct ost_mesh *out = NULL;
    assert_true(ost_mesh_create(&out, in->vertex_count, in->triangle_count, NULL));
    memcpy(out->vertex, in->vertex, in->vertex_count * sizeof *in->vertex);
    memcpy(out->triangle, in->triangle, in->triangle_count * sizeof *in->triangle);
    return out;
}

static void save(const struct ost_mesh *mesh, const char *name)
{
    struct ost_buf bytes;
    ost_buf_init(&bytes, (size_t)1 << 28);
    assert_true(ost_stl_write(mesh, &bytes, NULL) && ost_disk_write(top, name, &bytes, NULL));
    ost_buf_fini(&bytes);
}

static void save_text(const char *name, const char *text)
{
    struct ost_buf bytes;
    ost_buf_init(&bytes, 1 << 20);
    ost_buf_text(&bytes, text);
    assert_true(ost_disk_write(top, name, &bytes, NULL));
    ost_buf_fini(&bytes);
}

static void make_means(void)
{
    const struct ost_rigid beside = ost_prior_joint_place(prior, 1.0, NULL);
    for (int b = 0; b < OST_BONES; b++) {
        const struct ost_prior_bone *view = ost_prior_bone_view(prior, (enum ost_bone)b);
        assert_true(ost_mesh_create(&mean[b], view->vertex_count, view->triangle_count, NULL));
        memcpy(mean[b]->triangle, view->triangle, view->triangle_count * sizeof *view->triangle);
        ost_prior_shape(prior, (enum ost_bone)b, 1.0, NULL, mean[b]->vertex);
    }
    ost_mesh_move(mean[OST_ULNA], &beside);
}

/* A film from the back that shows 100 mm of the arm. */
static struct ost_camera camera(void)
{
    return (struct ost_camera){
        .width = 801,
        .height = 801,
        .focal = {5000.0, 5000.0},
        .principal = {400.0, 275.0},
        .world_to_camera = {.r = {1, 0, 0, 0, 0, -1, 0, 1, 0}, .t = {0.0, 0.0, 1000.0}}};
}

static void save_result(bool in_world)
{
    struct ost_result *r = calloc(1, sizeof *r);
    struct ost_anatomy anatomy;
    double landmark[OST_LANDMARKS][3];
    assert_non_null(r);
    ost_anatomy_of(prior, (const float(*)[3])mean[OST_RADIUS]->vertex, &anatomy);
    ost_anatomy_landmarks(prior, (const float(*)[3])mean[OST_RADIUS]->vertex,
                          (const float(*)[3])mean[OST_ULNA]->vertex, landmark);
    r->side = OST_SIDE_RIGHT;
    r->in_world = in_world;
    r->view_count = 1;
    (void)snprintf(r->view[0].image, sizeof r->view[0].image, "a.png");
    r->view[0].camera = camera();
    r->target_motion = r->fragment_motion = ost_rigid_identity();
    (void)snprintf(r->target_source, sizeof r->target_source, "completion");
    memcpy(r->origin, anatomy.origin, sizeof r->origin);
    memcpy(r->axis, anatomy.axis, sizeof r->axis);
    memcpy(r->radial, anatomy.radial, sizeof r->radial);
    memcpy(r->volar, anatomy.volar, sizeof r->volar);
    for (int i = 0; i < OST_LANDMARKS; i++)
        memcpy(r->landmark[i].position, landmark[i], sizeof landmark[i]);
    assert_true(ost_disk_folder(top, "result", NULL));
    assert_true(ost_result_write(top, r, NULL));
    for (int b = 0; b < OST_BONES; b++) {
        char name[64];
        (void)snprintf(name, sizeof name, "result/%s.stl", ost_bone_name((enum ost_bone)b));
        save(mean[b], name);
    }
    free(r);
}

static int set_up(void **state)
{
    (void)state;
    (void)snprintf(top, sizeof top, "/tmp/osteon_foreign_XXXXXX");
    if (mkdtemp(top) == NULL)
        return -1;
    prior = open_model();
    make_means();
    return 0;
}

static int tear_down(void **state)
{
    char command[128];
    (void)state;
    ost_prior_destroy(prior);
    for (int b = 0; b < OST_BONES; b++)
        ost_mesh_destroy(mean[b]);
    (void)snprintf(command, sizeof command, "rm -rf '%s'", top);
    return system(command);
}

/* What the command prints on `stream`, and its exit code. */
static int run(int stream, char out[8192], int *code)
{
    char name[96],
        *argv[] = {(char[]){"compare"}, top, (char[]){"--json"}, (char[]){"--unit"}, unit, NULL};
    (void)snprintf(name, sizeof name, "%s/said", top);
    (void)fflush(NULL);
    int kept = dup(stream), file = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
    assert_true(kept >= 0 && file >= 0 && dup2(file, stream) >= 0);
    *code = ost_tool_compare(5, argv);
    (void)fflush(NULL);
    assert_true(dup2(kept, stream) >= 0 && lseek(file, 0, SEEK_SET) == 0);
    ssize_t len = read(file, out, 8191);
    out[len < 0 ? 0 : len] = '\0';
    (void)close(kept);
    (void)close(file);
    return *code;
}

static json_t *compared(void)
{
    char said[8192];
    int code;
    if (run(STDOUT_FILENO, said, &code) != OST_EXIT_OK)
        fail_msg("exit %d", code);
    json_t *all = json_loads(said, 0, NULL);
    assert_non_null(all);
    return all;
}

static double figure(const json_t *all, const char *bone, const char *row, const char *what)
{
    const json_t *value = json_object_get(json_object_get(json_object_get(all, bone), row), what);
    return value == NULL ? -1.0 : json_real_value(value);
}

/* The bone 0.4 mm thicker all round, each triangle cut in three, sawn off and left open. */
static struct ost_mesh *thicker_piece(const struct ost_mesh *bone, double height)
{
    struct ost_mesh *out = NULL;
    float(*normal)[3] = calloc(bone->vertex_count, sizeof *normal);
    uint32_t n = bone->vertex_count, t = 0;
    assert_non_null(normal);
    assert_true(ost_mesh_create(&out, n + bone->triangle_count, 3 * bone->triangle_count, NULL));
    ost_mesh_vertex_normals(bone, normal);
    for (uint32_t v = 0; v < n; v++)
        for (int k = 0; k < 3; k++)
            out->vertex[v][k] = bone->vertex[v][k] + 0.4F * normal[v][k];
    free(normal);
    for (uint32_t i = 0; i < bone->triangle_count; i++) {
        const uint32_t *c = bone->triangle[i];
        if (bone->vertex[c[0]][2] > (float)height)
            continue;
        for (int k = 0; k < 3; k++)
            out->vertex[n][k] =
                (out->vertex[c[0]][k] + out->vertex[c[1]][k] + out->vertex[c[2]][k]) / 3.0F;
        for (int k = 0; k < 3; k++) {
            const uint32_t part[3] = {c[k], c[(k + 1) % 3], n};
            memcpy(out->triangle[t++], part, sizeof part);
        }
        n++;
    }
    out->triangle_count = t;
    return out;
}

static const struct ost_rigid *away(void)
{
    static struct ost_rigid motion;
    motion = ost_rigid_about((double[]){0, 0, 40}, (double[]){-1.3, 2.1, 0.4},
                             (double[]){-700, 150, 90});
    return &motion;
}

/* One bone, a part of it, open, other triangles, another space. */
static void a_piece_of_one_bone_in_another_space_is_measured(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) truth = thicker_piece(mean[OST_RADIUS], 70.0);
    ost_mesh_move(truth, away());
    save(truth, "mine.stl");
    save_text("case.json", "{\"osteon_case\":1,\"views\":[{\"image\":\"a.png\"}],"
                           "\"truth\":{\"frame\":\"lps\",\"radius\":\"mine.stl\"}}");
    save_result(false);
    json_auto_t *all = compared();
    assert_null(json_object_get(all, "ulna"));
    assert_null(json_object_get(all, "together"));
    assert_near(figure(all, "radius", "raw", "asd"), -1.0, 0.0);
    assert_near(figure(all, "radius", "icp", "asd"), 0.4, 0.06);
    assert_near(figure(all, "radius", "icp_shown", "asd"), 0.4, 0.06);
    assert_near(figure(all, "radius", "icp_distal_30", "asd"), 0.4, 0.08);
    assert_near(figure(all, "radius", "icp_articular", "asd"), 0.4, 0.2);
    assert_true(figure(all, "radius", "icp", "max") < 1.0);
}

static void the_ulna_alone_in_the_world_is_measured_as_it_lies_too(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) truth = thicker_piece(mean[OST_ULNA], 90.0);
    save(truth, "mine.stl");
    save_text("case.json", "{\"osteon_case\":1,\"views\":[{\"image\":\"a.png\"}],"
                           "\"truth\":{\"frame\":\"world\",\"ulna\":\"mine.stl\"}}");
    save_result(true);
    json_auto_t *all = compared();
    assert_null(json_object_get(all, "radius"));
    assert_near(figure(all, "ulna", "raw", "asd"), 0.4, 0.02);
    assert_near(figure(all, "ulna", "raw_distal_60", "asd"), 0.4, 0.02);
    assert_near(figure(all, "ulna", "icp", "asd"), 0.4, 0.06);
}

static void save_obj(const struct ost_mesh *mesh, const char *name, double factor)
{
    struct ost_buf bytes;
    ost_buf_init(&bytes, (size_t)1 << 28);
    for (uint32_t v = 0; v < mesh->vertex_count; v++)
        ost_buf_print(&bytes, "v %.6f %.6f %.6f\n", factor * (double)mesh->vertex[v][0],
                      factor * (double)mesh->vertex[v][1], factor * (double)mesh->vertex[v][2]);
    for (uint32_t t = 0; t < mesh->triangle_count; t++)
        ost_buf_print(&bytes, "f %u/1 %u/1 %u/1\n", mesh->triangle[t][0] + 1,
                      mesh->triangle[t][1] + 1, mesh->triangle[t][2] + 1);
    assert_true(ost_disk_write(top, name, &bytes, NULL));
    ost_buf_fini(&bytes);
}

static void an_open_obj_in_centimetres_is_measured_in_its_unit(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) truth = thicker_piece(mean[OST_RADIUS], 70.0);
    save_obj(truth, "mine.obj", 0.1);
    save_text("case.json", "{\"osteon_case\":1,\"views\":[{\"image\":\"a.png\"}],"
                           "\"truth\":{\"frame\":\"world\",\"radius\":\"mine.obj\"}}");
    save_result(true);
    (void)snprintf(unit, sizeof unit, "cm");
    json_auto_t *all = compared();
    (void)snprintf(unit, sizeof unit, "mm");
    assert_near(figure(all, "radius", "raw", "asd"), 0.4, 0.02);
    assert_near(figure(all, "radius", "icp", "asd"), 0.4, 0.06);
}

static void without_a_result_file_the_whole_is_still_measured(void **state)
{
    (void)state;
    char name[96];
    OST_AUTO(ost_mesh) truth = copy(mean[OST_RADIUS]);
    ost_mesh_move(truth, away());
    ost_mesh_flip(truth); /* inside out, as some programs write it */
    save(truth, "mine.stl");
    save_text("case.json", "{\"osteon_case\":1,\"views\":[{\"image\":\"a.png\"}],"
                           "\"truth\":{\"frame\":\"lps\",\"radius\":\"mine.stl\"}}");
    save_result(false);
    (void)snprintf(name, sizeof name, "%s/result/result.json", top);
    assert_int_equal(unlink(name), 0);
    json_auto_t *all = compared();
    assert_near(figure(all, "radius", "icp", "max"), 0.0, 0.05);
    assert_near(figure(all, "radius", "icp_shown", "asd"), -1.0, 0.0);
}

static void assert_refused(const char *truth, const char *word)
{
    char said[8192], text[256];
    int code;
    (void)snprintf(text, sizeof text, "{\"osteon_case\":1,\"views\":[{\"image\":\"a.png\"}]%s%s}",
                   truth[0] == '\0' ? "" : ",\"truth\":", truth);
    save_text("case.json", text);
    if (run(STDERR_FILENO, said, &code) != OST_EXIT_INPUT || strstr(said, word) == NULL)
        fail_msg("%s: exit %d, %s", truth, code, said);
}

static void nonsense_is_told_in_one_line(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) metres = copy(mean[OST_RADIUS]);
    for (uint32_t v = 0; v < metres->vertex_count; v++)
        for (int k = 0; k < 3; k++)
            metres->vertex[v][k] *= 1e-3F;
    save(metres, "metres.stl");
    for (uint32_t v = 0; v < metres->vertex_count; v++)
        for (int k = 0; k < 3; k++)
            metres->vertex[v][k] *= 1e2F;
    save(metres, "centimetres.stl");
    save(mean[OST_RADIUS], "right.stl");
    save_text("words.stl", "not a surface at all");
    save_result(false);
    assert_refused("", "truth");
    assert_refused("{\"frame\":\"lps\"}", "truth");
    assert_refused("{\"radius\":\"metres.stl\"}", "--unit m");
    assert_refused("{\"radius\":\"centimetres.stl\"}", "--unit cm");
    assert_refused("{\"radius\":\"none.stl\"}", "truth of the radius");
    assert_refused("{\"radius\":\"words.stl\"}", "truth of the radius");
    assert_refused("{\"radius\":\"../right.stl\"}", "truth");
    char name[96];
    (void)snprintf(name, sizeof name, "%s/result/radius.stl", top);
    assert_int_equal(unlink(name), 0);
    assert_refused("{\"radius\":\"right.stl\"}", "osteon recon");
}

/* A real distal radius from a CT, in the CT's own space: the model's mean finds its place on it. */
static void a_real_piece_finds_its_place(void **state)
{
    (void)state;
    struct ost_buf bytes;
    if (!read_data("wrist_surfaces/calgary/ControlSample1_R_Radius_Mesh.stl", &bytes)) {
        ost_buf_fini(&bytes);
        skip();
    }
    assert_true(ost_disk_write(top, "real.stl", &bytes, NULL));
    ost_buf_fini(&bytes);
    save_text("case.json", "{\"osteon_case\":1,\"views\":[{\"image\":\"a.png\"}],"
                           "\"truth\":{\"frame\":\"lps\",\"radius\":\"real.stl\"}}");
    save_result(false);
    json_auto_t *all = compared();
    double asd = figure(all, "radius", "icp", "asd");
    assert_true(asd > 0.2 && asd < 2.0); /* somebody else's mean: near, and not the same */
    assert_true(figure(all, "radius", "icp_articular", "asd") > 0.0);
}

int main(void)
{
    const struct CMUnitTest all[] = {
        T(a_piece_of_one_bone_in_another_space_is_measured),
        T(the_ulna_alone_in_the_world_is_measured_as_it_lies_too),
        T(an_open_obj_in_centimetres_is_measured_in_its_unit),
        T(without_a_result_file_the_whole_is_still_measured),
        T(nonsense_is_told_in_one_line),
        T(a_real_piece_finds_its_place),
    };
    return cmocka_run_group_tests(all, set_up, tear_down);
}
