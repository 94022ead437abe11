#include "recon/mesh/compare.h"

#include "recon/base/array.h"
#include "recon/math/vec.h"
#include "recon/mesh/cut.h"
#include "recon/mesh/icp.h"
#include "recon/mesh/measure.h"
#include "recon/mesh/stl.h"
#include "services/casefile/casefile.h"
#include "services/casefile/disk.h"
#include "services/cli/args.h"
#include "services/tool/tool.h"

#include <jansson.h>

#include <stdio.h>
#include <string.h>

static const struct ost_option option[] = {
    {"icp", NULL, "two files: measure after rigid alignment too"},
};

static const struct ost_usage usage = {
    .line = "osteon compare A.stl B.stl [--icp], osteon compare CASE",
    .summary = "Distances between two surfaces in mm: average symmetric surface distance, root\n"
               "mean square, 95th percentile and maximum; with a case folder, result against\n"
               "truth, as it lies and after rigid alignment. Ends that were cut do not count.",
    .option = option,
    .option_count = OST_COUNT(option),
    .least = 1,
    .most = 2,
};

enum { FILE_MOST = 1 << 28, TRIANGLES_MOST = 4000000, CUTS = 4, BONES = 2, RESULT_MOST = 1 << 22 };
static const char *const bone_name[BONES] = {"radius", "ulna"};
static const double margin = 5.0, distal = 30.0, seen = 60.0; /* mm */

struct pair {
    struct ost_mesh *result, *truth; /* owned */
    struct ost_compare_cut cut[CUTS];
    size_t cuts;
};

static void pair_fini(struct pair *pair)
{
    ost_mesh_destroy(pair->result);
    ost_mesh_destroy(pair->truth);
}

static bool load(const char *dir, const char *name, struct ost_mesh **out, struct ost_err *err)
{
    struct ost_buf bytes;
    ost_buf_init(&bytes, FILE_MOST);
    bool ok = ost_disk_read(dir, name, &bytes, err) &&
              ost_stl_read(bytes.ptr, bytes.len, TRIANGLES_MOST, out, err);
    ost_buf_fini(&bytes);
    return ok;
}

/* Cuts of both bodies; a cut that went through both is left out of both. */
static bool find_cuts(struct pair *pair, struct ost_err *err)
{
    size_t more = 0;
    if (!ost_cut_find(pair->truth, pair->cut, CUTS / 2, &pair->cuts, err) ||
        !ost_cut_find(pair->result, pair->cut + pair->cuts, CUTS / 2, &more, err))
        return false;
    pair->cuts += more;
    return true;
}

static double area_of(const struct ost_mesh *mesh)
{
    double sum = 0.0, normal[3];
    for (uint32_t i = 0; i < mesh->triangle_count; i++)
        sum += ost_triangle_area(mesh, i, normal);
    return sum;
}

/* Both bones as one body, so that the pair moves together. */
static bool join(const struct pair *pair, size_t count, bool truth, struct ost_mesh **out,
                 struct ost_err *err)
{
    uint32_t vertices = 0, triangles = 0;
    for (size_t i = 0; i < count; i++) {
        const struct ost_mesh *m = truth ? pair[i].truth : pair[i].result;
        vertices += m->vertex_count;
        triangles += m->triangle_count;
    }
    if (!ost_mesh_create(out, vertices, triangles, err))
        return false;
    vertices = triangles = 0;
    for (size_t i = 0; i < count; i++) {
        const struct ost_mesh *m = truth ? pair[i].truth : pair[i].result;
        memcpy((*out)->vertex + vertices, m->vertex, m->vertex_count * sizeof *m->vertex);
        for (uint32_t t = 0; t < m->triangle_count; t++, triangles++) {
            for (int k = 0; k < 3; k++)
                (*out)->triangle[triangles][k] = m->triangle[t][k] + vertices;
        }
        vertices += m->vertex_count;
    }
    return true;
}

/* The smaller body is laid on the larger: a piece on a whole, never a whole on a piece. */
static bool align(struct pair *pair, size_t count, struct ost_icp_result *out, struct ost_err *err)
{
    OST_AUTO(ost_mesh) result = NULL;
    OST_AUTO(ost_mesh) truth = NULL;
    if (!join(pair, count, false, &result, err) || !join(pair, count, true, &truth, err))
        return false;
    bool back = area_of(truth) < area_of(result);
    struct ost_icp_options options = {.one_way = true, .steps = 100, .spacing = 2.0};
    if (!ost_icp_anywhere(back ? truth : result, back ? result : truth, &options, out, err))
        return false;
    if (back)
        out->motion = ost_rigid_inverse(&out->motion);
    for (size_t i = 0; i < count; i++)
        ost_mesh_move(pair[i].result, &out->motion);
    return true;
}

static bool measure(const struct pair *pair, size_t count, const struct ost_compare_cut *more,
                    struct ost_compare_result *out, struct ost_err *err)
{
    struct ost_compare_pair pairs[BONES];
    struct ost_compare_cut cut[CUTS * BONES + 1];
    struct ost_compare_options options = {.cut = cut, .cut_margin = margin};
    for (size_t i = 0; i < count; i++) {
        pairs[i] = (struct ost_compare_pair){.first = pair[i].result, .second = pair[i].truth};
        for (size_t c = 0; c < pair[i].cuts; c++)
            cut[options.cut_count++] = pair[i].cut[c];
    }
    if (more != NULL)
        cut[options.cut_count++] = *more;
    return ost_compare_pooled(pairs, count, &options, out, err);
}

static json_t *figures(const struct ost_compare_result *r)
{
    return json_pack("{s:f, s:f, s:f, s:f, s:[f,f], s:[I,I], s:[I,I]}", "asd", r->asd, "rms",
                     r->rms, "hd95", r->hd95, "max", r->max, "directed", r->mean[0], r->mean[1],
                     "samples", (json_int_t)r->count[0], (json_int_t)r->count[1], "left_out",
                     (json_int_t)r->left_out[0], (json_int_t)r->left_out[1]);
}

/* Rows about one thing: on stdout, or into `json` where there is one. */
struct table {
    json_t *json; /* borrowed */
    const char *what;
};

static bool show(const struct table *table, const char *how, const struct ost_compare_result *r,
                 struct ost_err *err)
{
    json_t *json = table->json;
    const char *what = table->what;
    if (json == NULL) {
        (void)printf("%-9s %-14s ASD %6.3f  RMS %6.3f  HD95 %6.3f  max %6.3f mm\n", what, how,
                     r->asd, r->rms, r->hd95, r->max);
        return true;
    }
    json_t *row = json_object_get(json, what);
    if (row == NULL) {
        row = json_object();
        if (json_object_set_new(json, what, row) != 0)
            return ost_fail(err, OST_NOMEM, "no room for the table");
    }
    return json_object_set_new(row, how, figures(r)) == 0 ||
           ost_fail(err, OST_NOMEM, "no room for the table");
}

static bool compare_files(const struct ost_args *args, json_t *json, struct ost_err *err)
{
    const struct table table = {.json = json, .what = "surfaces"};
    struct pair pair = {0};
    struct ost_compare_result raw, after;
    struct ost_icp_result icp;
    const char *a = args->word[0], *b = args->word[1];
    bool ok = (load(NULL, a, &pair.result, err) || ost_err_note(err, "the first surface")) &&
              (load(NULL, b, &pair.truth, err) || ost_err_note(err, "the second surface")) &&
              find_cuts(&pair, err) && measure(&pair, 1, NULL, &raw, err) &&
              show(&table, "raw", &raw, err);
    if (ok && ost_args_value(args, "icp") != NULL) {
        ok = align(&pair, 1, &icp, err) && find_cuts(&pair, err) &&
             measure(&pair, 1, NULL, &after, err) && show(&table, "icp", &after, err);
    }
    pair_fini(&pair);
    return ok;
}

/* What result.json tells; without it, or where it tells nothing, all is zero. */
struct findings {
    bool placed;                  /* in the world: as it lies means something */
    bool has_plane;               /* below, 30 mm proximal to the joint */
    struct ost_compare_cut plane; /* in the result's frame */
    double joint[3], axis[3];     /* of it, axis proximal to distal */
};

static struct findings read_findings(const char *dir)
{
    struct findings out = {.placed = true};
    struct ost_buf bytes;
    struct ost_err err;
    json_error_t where;
    const char *frame = NULL;
    double o[3], a[3];
    ost_buf_init(&bytes, RESULT_MOST);
    json_auto_t *all = ost_disk_read(dir, "result/result.json", &bytes, &err)
                           ? json_loadb((const char *)bytes.ptr, bytes.len, 0, &where)
                           : NULL;
    ost_buf_fini(&bytes);
    if (all == NULL)
        return out;
    if (json_unpack(all, "{s:s}", "frame", &frame) == 0)
        out.placed = strcmp(frame, "world") == 0;
    if (json_unpack(all, "{s:{s:[F,F,F], s:[F,F,F]}}", "anatomy", "origin", &o[0], &o[1], &o[2],
                    "axis", &a[0], &a[1], &a[2]) == 0) {
        out.has_plane = true;
        memcpy(out.joint, o, sizeof o);
        memcpy(out.axis, a, sizeof a);
        ost_along(o, -(distal + margin), a, out.plane.point);
        for (int k = 0; k < 3; k++)
            out.plane.normal[k] = -a[k];
    }
    return out;
}

static bool show_row(const struct table *table, const char *how, const struct pair *pair,
                     size_t count, const struct ost_compare_cut *plane, struct ost_err *err)
{
    struct ost_compare_result r;
    return measure(pair, count, plane, &r, err) && show(table, how, &r, err);
}

/* Drops the triangles of the result that lie more than 60 mm from the joint. */
static void clip(struct ost_mesh *mesh, const struct findings *f)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < mesh->triangle_count; i++) {
        const float *p = mesh->vertex[mesh->triangle[i][0]];
        double q[3] = {p[0], p[1], p[2]}, d[3];
        ost_sub(q, f->joint, d);
        if (ost_dot(d, f->axis) > -seen)
            memmove(mesh->triangle[kept++], mesh->triangle[i], sizeof *mesh->triangle);
    }
    mesh->triangle_count = kept;
}

static struct findings moved_by(const struct findings *f, const struct ost_rigid *motion)
{
    struct findings out = *f;
    ost_rigid_point(motion, f->plane.point, out.plane.point);
    ost_rigid_direction(motion, f->plane.normal, out.plane.normal);
    ost_rigid_point(motion, f->joint, out.joint);
    ost_rigid_direction(motion, f->axis, out.axis);
    return out;
}

/* The end that films show, laid on the truth by itself. */
static bool show_distal(const struct table *table, struct pair *pair, size_t count,
                        const struct findings *findings, struct ost_err *err)
{
    struct ost_icp_result icp;
    for (size_t i = 0; i < count; i++)
        clip(pair[i].result, findings);
    if (!align(pair, count, &icp, err))
        return false;
    struct findings now = moved_by(findings, &icp.motion);
    for (size_t i = 0; i < count; i++) {
        if (!find_cuts(&pair[i], err))
            return false;
    }
    return show_row(table, "icp_distal_60", pair, count, NULL, err) &&
           show_row(table, "icp_distal_30", pair, count, &now.plane, err);
}

/* All rows of one bone or of both as one body. The results are spoilt. */
static bool show_bones(const struct table *table, struct pair *pair, size_t count,
                       const struct findings *findings, struct ost_err *err)
{
    struct ost_icp_result icp;
    for (size_t i = 0; i < count; i++) {
        if (!find_cuts(&pair[i], err))
            return false;
    }
    if (findings->placed && !show_row(table, "raw", pair, count, NULL, err))
        return false;
    if (findings->placed && findings->has_plane &&
        !show_row(table, "raw_distal_30", pair, count, &findings->plane, err))
        return false;
    if (!align(pair, count, &icp, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!find_cuts(&pair[i], err))
            return false;
    }
    if (!show_row(table, "icp", pair, count, NULL, err))
        return false;
    struct findings now = moved_by(findings, &icp.motion);
    return !findings->has_plane || show_distal(table, pair, count, &now, err);
}

/* Bones `from` to `to` - 1 into pair[0] on; those without a truth are left out. */
static bool load_case(const char *dir, int from, int to, struct pair pair[BONES],
                      struct ost_err *err)
{
    struct ost_case file;
    if (!ost_case_read(dir, &file, err))
        return false;
    if (!file.truth.present)
        return ost_fail(err, OST_NOT_FOUND, "the case states no truth to compare with");
    const char *truth[BONES] = {file.truth.radius, file.truth.ulna};
    for (int i = from; i < to; i++) {
        char name[64];
        (void)snprintf(name, sizeof name, "result/%s.stl", bone_name[i]);
        if (truth[i][0] == '\0')
            continue;
        if (!load(dir, name, &pair->result, err) || !load(dir, truth[i], &pair->truth, err))
            return ost_err_note(err, "%s (is there a result? run osteon recon)", bone_name[i]);
        pair++;
    }
    return true;
}

/* Bones `from` to `to` - 1 as one body, from files. */
static bool compare_bones(const char *dir, int from, int to, const char *what, json_t *json,
                          struct ost_err *err)
{
    const struct table table = {.json = json, .what = what};
    struct pair pair[BONES] = {{0}};
    struct findings findings = read_findings(dir);
    bool ok = load_case(dir, from, to, pair, err);
    size_t count = 0;
    while (ok && count < BONES && pair[count].truth != NULL)
        count++;
    ok = ok && (count != (size_t)(to - from) || show_bones(&table, pair, count, &findings, err));
    for (int i = 0; i < BONES; i++)
        pair_fini(&pair[i]);
    return ok;
}

static bool compare_case(const char *dir, json_t *json, struct ost_err *err)
{
    return compare_bones(dir, 0, 1, bone_name[0], json, err) &&
           compare_bones(dir, 1, 2, bone_name[1], json, err) &&
           compare_bones(dir, 0, BONES, "together", json, err);
}

int ost_tool_compare(int argc, char **argv)
{
    struct ost_args args;
    struct ost_err err = {0};
    enum ost_args_next next = ost_args_parse(&usage, argc, argv, &args);
    if (next != OST_ARGS_RUN)
        return next == OST_ARGS_HELPED ? OST_EXIT_OK : OST_EXIT_USAGE;
    json_auto_t *json = args.json ? json_pack("{s:i}", "osteon_compare", 1) : NULL;
    bool ok = args.word_count == 2 ? compare_files(&args, json, &err)
                                   : compare_case(args.word[0], json, &err);
    if (!ok)
        return ost_command_fail("compare", &err);
    if (json != NULL) {
        (void)json_dumpf(json, stdout, JSON_REAL_PRECISION(6));
        (void)printf("\n");
    }
    return OST_EXIT_OK;
}
