#include "recon/base/array.h"
#include "recon/cohort/dx.h"
#include "recon/cohort/patient.h"
#include "recon/image/filter.h"
#include "recon/image/jpeg.h"
#include "recon/image/nifti.h"
#include "recon/image/png.h"
#include "recon/mesh/stl.h"
#include "services/casefile/casefile.h"
#include "services/casefile/disk.h"
#include "services/cli/args.h"
#include "services/tool/cohort_report.h"
#include "services/tool/tool.h"

#include <jansson.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef OST_MODEL_FILE
#define OST_MODEL_FILE "recon/shape/models/forearm.ostm"
#endif

static const struct ost_option option[] = {
    {"out", "DIR", "where case_0, case_1 ... go (also -o); needed"},
    {"seed", "S", "the same seed gives the same patients; 1 when not given"},
    {"malunion", "SHARE", "part of the patients with a malunion, 0 to 1; 0.5 when not given"},
    {"model", "FILE", "the shape prior whose mean the patients start from"},
    {"cameras", NULL, "let the cases give their cameras, as a calibrated set-up would"},
    {"other-arm", NULL, "films of each patient's other arm too, for the plan's target"},
    {"family", "NAME", "mixed (when not given), trained or shifted; see recon/cohort/README.md"},
    {"view-error", "DEG", "turn each view by exactly this away from true, 0 to 20"},
    {"jpeg", "Q", "the films go through JPEG of this quality, 1 to 100"},
    {"noise", "TIMES", "the films' own noise, 0.1 to 10 times"},
    {"wedge", NULL, "an aluminium step wedge, 1 to 10 mm, beside the wrist"},
    {"linear", NULL, "a plain detector: grey is attenuation, ten thousand to one"},
    {"cast", "KIND", "plaster or fibreglass"},
    {"plate", NULL, "a volar plate with screws"},
    {"pronated", "DEG", "the forearm pronated by so much for the lateral film, -120 to 120"},
    {"photo", NULL, "the films photographed on a light box, as JPEG without a pixel size"},
    {"report", NULL, "no patients: the trained family's measures beside published ones"},
    {"subjects", "N", "of the report; 2000 when not given"},
    {"sample", NULL, "the sample: left, 20 degrees dorsal, 5 mm short; films as DICOM too"},
};

static const struct ost_usage usage = {
    .line = "osteon cohort N -o DIR [options] | osteon cohort --report [options]",
    .summary = "Makes N simulated patients with films, truth and density, as case folders.",
    .option = option,
    .option_count = OST_COUNT(option),
    .least = 0,
    .most = 1,
};

static const char *const film_name[OST_PATIENT_FILMS] = {"pa", "lateral"};
static const size_t file_most = (size_t)1 << 29;

/* Who the sample claims to be: what intake must not let through. */
static const char *const planted[] = {"YAMANASHI", "Plantedname",      "SIM-4711-0815",
                                      "19470312",  "Hospital Planted", "Drplanted"};

struct job {
    const char *out, *model;
    uint64_t seed;
    double share;
    struct ost_patient_request like; /* the fields of every request that options set */
    bool cameras, sample, other, report;
    unsigned count;
};

static bool take_family(const char *name, enum ost_family *out, struct ost_err *err)
{
    for (int f = 0; name != NULL && f < OST_FAMILIES; f++) {
        *out = (enum ost_family)f;
        if (strcmp(name, ost_family_name(*out)) == 0)
            return true;
    }
    *out = OST_FAMILY_MIXED;
    return name == NULL || ost_fail(err, OST_INVALID, "--family is mixed, trained or shifted");
}

static bool take_cast(const char *name, enum ost_cast *out, struct ost_err *err)
{
    *out = OST_CAST_NONE;
    if (name != NULL && strcmp(name, "plaster") == 0)
        *out = OST_CAST_PLASTER;
    else if (name != NULL && strcmp(name, "fibreglass") == 0)
        *out = OST_CAST_FIBREGLASS;
    return name == NULL || *out != OST_CAST_NONE ||
           ost_fail(err, OST_INVALID, "--cast is plaster or fibreglass");
}

static bool take_films(const struct ost_args *args, struct ost_patient_request *like,
                       struct ost_err *err)
{
    double quality = 0.0, turn = -1.0;
    if (!ost_args_number(args, "view-error", (const double[]){0.0, 20.0}, -1.0, &turn, err) ||
        !ost_args_number(args, "jpeg", (const double[]){1.0, 100.0}, 0.0, &quality, err) ||
        !ost_args_number(args, "noise", (const double[]){0.1, 10.0}, 0.0, &like->noise, err) ||
        !ost_args_number(args, "pronated", (const double[]){-120.0, 120.0}, 0.0,
                         &like->pronated_deg, err))
        return false;
    like->jpeg = (int)quality;
    like->wedge = ost_args_value(args, "wedge") != NULL;
    like->linear = ost_args_value(args, "linear") != NULL;
    like->plate = ost_args_value(args, "plate") != NULL;
    like->photo = ost_args_value(args, "photo") != NULL;
    if (ost_args_value(args, "view-error") != NULL)
        like->view_turn_deg = turn > 0.0 ? turn : -1.0;
    return take_cast(ost_args_value(args, "cast"), &like->cast, err);
}

/* How many patients, or subjects of the report. */
static bool take_count(const struct ost_args *args, struct job *job, struct ost_err *err)
{
    char *end = NULL;
    double subjects = 2000.0;
    if (job->report) {
        bool ok =
            ost_args_number(args, "subjects", (const double[]){2.0, 1e6}, 2000.0, &subjects, err);
        job->count = (unsigned)subjects;
        return ok && (args->word_count == 0 ||
                      ost_fail(err, OST_INVALID, "--report makes no patients: say --subjects N"));
    }
    unsigned long count = args->word_count == 1 ? strtoul(args->word[0], &end, 10) : 0;
    job->count = (unsigned)count;
    return (count >= 1 && count <= 100000 && *end == '\0' && job->out != NULL) ||
           ost_fail(
               err, OST_INVALID,
               "say how many patients (1 to 100000) and -o DIR; usage: osteon cohort N -o DIR");
}

static bool take(const struct ost_args *args, struct job *job, struct ost_err *err)
{
    const double most = 9007199254740992.0;
    double seed = 1.0;
    *job = (struct job){.out = ost_args_value(args, "out"),
                        .model = ost_args_value(args, "model"),
                        .cameras = ost_args_value(args, "cameras") != NULL,
                        .sample = ost_args_value(args, "sample") != NULL,
                        .other = ost_args_value(args, "other-arm") != NULL,
                        .report = ost_args_value(args, "report") != NULL};
    if (job->model == NULL)
        job->model = OST_MODEL_FILE;
    if (job->cameras && ost_args_value(args, "photo") != NULL)
        return ost_fail(err, OST_INVALID, "--photo has no camera to tell: leave --cameras away");
    if (!take_count(args, job, err) ||
        !take_family(ost_args_value(args, "family"), &job->like.family, err) ||
        !take_films(args, &job->like, err) ||
        !ost_args_number(args, "seed", (const double[]){0.0, most}, 1.0, &seed, err) ||
        !ost_args_number(args, "malunion", (const double[]){0.0, 1.0}, 0.5, &job->share, err))
        return false;
    job->seed = (uint64_t)seed;
    return true;
}

/* ---- files of one case ---- */

/* Writes what was put together and lets it go, also when putting it failed. */
static bool save(const char *dir, const char *name, bool made, struct ost_buf *bytes,
                 struct ost_err *err)
{
    bool ok = made && ost_disk_write(dir, name, bytes, err);
    ost_buf_fini(bytes);
    return ok;
}

static bool save_mesh(const char *dir, const char *name, const struct ost_mesh *mesh,
                      struct ost_err *err)
{
    struct ost_buf bytes;
    ost_buf_init(&bytes, file_most);
    return save(dir, name, ost_stl_write(mesh, &bytes, err), &bytes, err);
}

static bool save_grid(const char *dir, const char *name, struct ost_grid *grid, struct ost_err *err)
{
    const size_t count = (size_t)grid->size[0] * grid->size[1] * grid->size[2];
    struct ost_buf bytes;
    ost_buf_init(&bytes, file_most);
    /* Whole mg/cm3: nobody knows more, and the file is a third. */
    for (size_t n = 0; n < count; n++)
        grid->value[n] = roundf(grid->value[n]);
    return save(dir, name, ost_nifti_write(grid, &bytes, err), &bytes, err);
}

static bool save_json(const char *dir, const char *name, json_t *json, struct ost_err *err)
{
    struct ost_buf bytes;
    ost_buf_init(&bytes, 1 << 20);
    char *text = json == NULL ? NULL : json_dumps(json, JSON_SORT_KEYS | JSON_INDENT(1));
    json_decref(json);
    if (text == NULL)
        return ost_fail(err, OST_NOMEM, "cohort: no memory for JSON");
    ost_buf_text(&bytes, text);
    ost_buf_text(&bytes, "\n");
    free(text);
    return save(dir, name, true, &bytes, err);
}

static json_t *rows_of(const struct ost_rigid *motion)
{
    const double *r = motion->r;
    return json_pack("[[f,f,f],[f,f,f],[f,f,f]]", r[0], r[3], r[6], r[1], r[4], r[7], r[2], r[5],
                     r[8]);
}

static json_t *camera_json(const struct ost_camera *c)
{
    const struct ost_rigid *m = &c->world_to_camera;
    return json_pack("{s:i,s:[i,i],s:[[f,f,f],[f,f,f],[f,f,f]],s:o,s:[f,f,f]}", "osteon_camera", 1,
                     "size", (int)c->width, (int)c->height, "matrix", c->focal[0], 0.0,
                     c->principal[0], 0.0, c->focal[1], c->principal[1], 0.0, 0.0, 1.0, "rotation",
                     rows_of(m), "translation", m->t[0], m->t[1], m->t[2]);
}

static json_t *numbers_json(const struct ost_patient_numbers *n)
{
    return json_pack("{s:f,s:f,s:f,s:f}", "volar_tilt_deg", n->volar_tilt_deg,
                     "radial_inclination_deg", n->radial_inclination_deg, "radial_height_mm",
                     n->radial_height_mm, "ulnar_variance_mm", n->ulnar_variance_mm);
}

/* Age and sex made the density of these; the mixed family's density knows neither. */
static json_t *who_json(const struct ost_patient *p)
{
    return json_pack("{s:s,s:s,s:f}", "family", ost_family_name(p->request.family), "sex",
                     p->person.male ? "male" : "female", "age_years", p->person.age);
}

static json_t *truth_json(const struct ost_patient *p)
{
    const double *r = p->fragment.r, *t = p->fragment.t;
    json_t *truth = numbers_json(&p->now);
    json_t *fragment = json_pack(
        "{s:b,s:{s:[f,f,f],s:[f,f,f]},s:{s:[f,f,f,f,f,f,f,f,f],s:[f,f,f]}}", "present",
        (int)p->request.malunion.present, "cut", "point", p->cut_point[0], p->cut_point[1],
        p->cut_point[2], "normal", p->cut_normal[0], p->cut_normal[1], p->cut_normal[2], "motion",
        "r", r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7], r[8], "t", t[0], t[1], t[2]);
    json_t *more =
        json_pack("{s:i,s:b,s:I,s:s,s:f,s:o,s:o}", "osteon_truth", 1, "simulated", 1, "seed",
                  (json_int_t)p->request.seed, "side", p->request.left ? "left" : "right",
                  "radius_distal_30_mg_cm3", p->distal_30, "healthy", numbers_json(&p->before),
                  "fragment", fragment);
    if (p->request.family != OST_FAMILY_MIXED)
        (void)json_object_update_new(more, who_json(p));
    if (truth == NULL || more == NULL || json_object_update(truth, more) != 0) {
        json_decref(truth);
        truth = NULL;
    }
    json_decref(more);
    return truth;
}

static bool save_truth(const char *dir, const struct ost_patient *p, struct ost_err *err)
{
    return ost_disk_folder(dir, "t", err) &&
           save_mesh(dir, "t/radius.stl", p->bone[OST_RADIUS], err) &&
           save_mesh(dir, "t/ulna.stl", p->bone[OST_ULNA], err) &&
           save_mesh(dir, "t/target_radius.stl", p->target, err) &&
           save_grid(dir, "t/density.nii.gz", p->mineral[OST_RADIUS], err) &&
           save_grid(dir, "t/ulna_density.nii.gz", p->mineral[OST_ULNA], err) &&
           save_json(dir, "t/truth.json", truth_json(p), err);
}

/* The truth of the other arm: its surfaces and numbers, before anything is laid on anything. */
static bool save_other_truth(const char *dir, const struct ost_patient *p, struct ost_err *err)
{
    return save_mesh(dir, "t/other_radius.stl", p->bone[OST_RADIUS], err) &&
           save_mesh(dir, "t/other_ulna.stl", p->bone[OST_ULNA], err) &&
           save_json(dir, "t/other_truth.json", truth_json(p), err);
}

/* "other_" before the names of the other arm's files. */
static const char *whose(const struct ost_patient *p)
{
    return p->request.other ? "other_" : "";
}

/* What went through JPEG has 8 bits, and the file holds them as they are. */
static bool write_png(const struct ost_patient_film *film, struct ost_buf *out, struct ost_err *err)
{
    const size_t count = (size_t)film->image->width * film->image->height;
    OST_AUTO(ost_image) grey = NULL;
    if (film->jpeg == 0)
        return ost_png_write_grey(film->image, 16, out, err);
    if (!ost_image_copy(film->image, &grey, err))
        return false;
    for (size_t n = 0; n < count; n++)
        grey->pixel[n] /= 257.0F;
    return ost_png_write_grey(grey, 8, out, err);
}

/* A photograph comes out of a phone, once more packed. */
static bool write_photo(const struct ost_patient_film *film, struct ost_buf *out,
                        struct ost_err *err)
{
    const size_t count = (size_t)film->image->width * film->image->height;
    OST_AUTO(ost_image) grey = NULL;
    if (!ost_image_copy(film->image, &grey, err))
        return false;
    for (size_t n = 0; n < count; n++)
        grey->pixel[n] /= 257.0F;
    return ost_jpeg_write_grey(grey, 85, out, err);
}

static void name_film(const struct ost_patient *p, int n, char *name, size_t room)
{
    (void)snprintf(name, room, "%s%s.%s", whose(p), film_name[n], p->film[n].photo ? "jpg" : "png");
}

static bool save_film(const char *dir, const struct ost_patient *p, int n, struct ost_err *err)
{
    char name[64];
    struct ost_buf bytes;
    const struct ost_patient_film *film = &p->film[n];
    name_film(p, n, name, sizeof name);
    ost_buf_init(&bytes, file_most);
    bool made = film->photo ? write_photo(film, &bytes, err) : write_png(film, &bytes, err);
    if (!save(dir, name, made, &bytes, err))
        return false;
    (void)snprintf(name, sizeof name, "t/%s%s_camera.json", whose(p), film_name[n]);
    return save_json(dir, name, camera_json(&film->camera), err);
}

/* The film as an archive would send it, and the words that must not be found again. */
static bool save_dicom(const char *dir, const struct ost_patient *p, int n, struct ost_err *err)
{
    char name[64];
    struct ost_buf bytes;
    const struct ost_patient_film *film = &p->film[n];
    const struct ost_dx dx = {
        .patient_name = "YAMANASHI^Plantedname",
        .patient_id = planted[2],
        .birth_date = planted[3],
        .study_date = "20240110",
        .institution = planted[4],
        .physician = "Drplanted^Referring",
        .side = p->request.left ? OST_SIDE_LEFT : OST_SIDE_RIGHT,
        .projection = film->projection,
        .spacing = film->spacing,
        .source_to_detector = round(film->camera.focal[0] * film->spacing),
        .number = p->request.seed * 10 + (uint64_t)n + (p->request.other ? 2 : 0),
    };
    (void)snprintf(name, sizeof name, "%s%s.dcm", whose(p), film_name[n]);
    ost_buf_init(&bytes, file_most);
    return save(dir, name, ost_dx_write(&dx, film->image, &bytes, err), &bytes, err);
}

static bool save_planted(const char *dir, struct ost_err *err)
{
    struct ost_buf bytes;
    ost_buf_init(&bytes, 4096);
    for (size_t n = 0; n < OST_COUNT(planted); n++)
        ost_buf_print(&bytes, "%s\n", planted[n]);
    return save(dir, "t/planted.txt", true, &bytes, err);
}

/* A film with a wedge or plain grey values is a measurement: what it takes to read it. */
static void say_beam(const struct ost_patient_film *film, struct ost_case_view *view)
{
    if (!film->wedge.present && !(film->gain > 0.0))
        return;
    view->kvp = film->kvp;
    view->filter = film->filter;
    view->attenuation_per_grey = film->gain;
    if (!film->wedge.present)
        return;
    view->wedge.step_count = OST_WEDGE_STEPS;
    for (int n = 0; n < OST_WEDGE_STEPS; n++)
        view->wedge.thickness[n] = film->wedge.thickness[n];
    for (int k = 0; k < 2; k++) {
        view->wedge.corner[k] = film->wedge.corner[k];
        view->wedge.size[k] = film->wedge.size[k];
    }
}

/* A photograph has no pixel size, no grey to trust and no wedge where the film had it. */
static void say_scale(const struct ost_patient_film *film, struct ost_case_view *view)
{
    if (film->photo)
        return;
    view->spacing[0] = view->spacing[1] = film->spacing;
    view->spacing_how = OST_SPACING_MEASURED;
    say_beam(film, view);
}

/* The films of one arm, and what case.json says of them. */
static bool save_views(const char *dir, const struct job *job, const struct ost_patient *p,
                       struct ost_case_view *view, struct ost_err *err)
{
    for (int n = 0; n < OST_PATIENT_FILMS; n++, view++) {
        name_film(p, n, view->image, sizeof view->image);
        if (job->cameras)
            (void)snprintf(view->camera, sizeof view->camera, "t/%s%s_camera.json", whose(p),
                           film_name[n]);
        view->projection = p->film[n].projection;
        view->frame = p->request.pronated_deg != 0.0 ? (uint32_t)n : 0;
        say_scale(&p->film[n], view);
        if (!save_film(dir, p, n, err) || (job->sample && !save_dicom(dir, p, n, err)))
            return false;
    }
    return true;
}

/* `other` is NULL where nobody asked for the other arm. */
static bool save_case(const char *dir, const struct job *job, const struct ost_patient *p,
                      const struct ost_patient *other, struct ost_err *err)
{
    struct ost_case c = {.side = p->request.left ? OST_SIDE_LEFT : OST_SIDE_RIGHT,
                         .simulated = true,
                         .view_count = OST_PATIENT_FILMS,
                         .truth = {.present = true,
                                   .in_world = true,
                                   .radius = "t/radius.stl",
                                   .ulna = "t/ulna.stl",
                                   .density = "t/density.nii.gz",
                                   .ulna_density = "t/ulna_density.nii.gz",
                                   .target_radius = "t/target_radius.stl",
                                   .numbers = "t/truth.json"}};
    if (!save_truth(dir, p, err) || !save_views(dir, job, p, c.view, err))
        return false;
    if (other != NULL) {
        c.other_count = OST_PATIENT_FILMS;
        if (!save_other_truth(dir, other, err) || !save_views(dir, job, other, c.other, err))
            return false;
    }
    return (!job->sample || save_planted(dir, err)) && ost_case_write(dir, &c, err);
}

/* ---- the cohort ---- */

static bool open_prior(const char *path, struct ost_prior **out, struct ost_err *err)
{
    struct ost_buf bytes;
    ost_buf_init(&bytes, file_most);
    bool ok =
        ost_disk_read(NULL, path, &bytes, err) && ost_prior_open(bytes.ptr, bytes.len, out, err);
    ost_buf_fini(&bytes);
    return ok || ost_err_note(err, "the shape prior (--model)");
}

/* A request as the options would have it: everything but who it is and how it broke. */
static struct ost_patient_request dressed(const struct ost_patient_request *who,
                                          const struct ost_patient_request *like)
{
    struct ost_patient_request all = *like;
    all.seed = who->seed;
    all.left = who->left;
    all.malunion = who->malunion;
    all.view_error_deg = who->view_error_deg;
    return all;
}

static bool make_one(const struct job *job, const struct ost_prior *prior, unsigned n,
                     struct ost_err *err)
{
    char name[64], all_cases[OST_DISK_PATH], path[OST_DISK_PATH];
    const uint64_t seed = job->seed + 1000003ULL * n;
    struct ost_patient_request request =
        job->sample ? ost_patient_sample(seed) : ost_patient_random(seed, job->share);
    request = dressed(&request, &job->like);
    struct ost_progress all = ost_command_progress();
    const struct ost_progress part =
        ost_progress_part(&all, n / (double)job->count, (n + 1) / (double)job->count);
    const struct ost_patient_request mirror = ost_patient_other(&request);
    OST_AUTO(ost_patient) patient = NULL;
    OST_AUTO(ost_patient) other = NULL;
    (void)snprintf(name, sizeof name, "case_%u", n);
    return ost_disk_join(NULL, job->out, all_cases, err) && ost_disk_folder(all_cases, name, err) &&
           ost_disk_join(all_cases, name, path, err) &&
           ost_patient_create(prior, &request, &part, &patient, err) &&
           (!job->other || ost_patient_create(prior, &mirror, &part, &other, err)) &&
           save_case(path, job, patient, other, err);
}

static bool run(const struct job *job, struct ost_err *err)
{
    OST_AUTO(ost_prior) prior = NULL;
    if (!open_prior(job->model, &prior, err))
        return false;
    if (!ost_disk_folder(NULL, job->out, err))
        return ost_err_note(err, "-o");
    for (unsigned n = 0; n < job->count; n++) {
        if (!make_one(job, prior, n, err))
            return ost_err_note(err, "patient %u", n);
    }
    return true;
}

static bool report(const struct job *job, bool json, struct ost_err *err)
{
    OST_AUTO(ost_prior) prior = NULL;
    struct ost_cohort_report all;
    struct ost_progress progress = ost_command_progress();
    if (!open_prior(job->model, &prior, err) ||
        !ost_cohort_report(prior, job->seed, job->count, &progress, &all, err))
        return false;
    ost_cohort_report_print(&all, job->seed, json);
    return true;
}

static void answer(const struct job *job)
{
    json_t *cases = json_array();
    for (unsigned n = 0; n < job->count; n++) {
        char name[64];
        (void)snprintf(name, sizeof name, "case_%u", n);
        (void)json_array_append_new(cases, json_string(name));
    }
    json_t *all = json_pack("{s:i,s:I,s:o}", "osteon_cohort", 1, "seed", (json_int_t)job->seed,
                            "cases", cases);
    (void)json_dumpf(all, stdout, JSON_SORT_KEYS);
    (void)printf("\n");
    json_decref(all);
}

int ost_tool_cohort(int argc, char **argv)
{
    struct ost_args args;
    enum ost_args_next next = ost_args_parse(&usage, argc, argv, &args);
    if (next != OST_ARGS_RUN)
        return next == OST_ARGS_HELPED ? OST_EXIT_OK : OST_EXIT_USAGE;
    struct ost_err err = {0};
    struct job job;
    if (!take(&args, &job, &err)) {
        return ost_command_refuse("cohort", &err);
    }
    if (job.report)
        return report(&job, args.json, &err) ? OST_EXIT_OK : ost_command_fail("cohort", &err);
    if (!run(&job, &err))
        return ost_command_fail("cohort", &err);
    if (args.json) {
        answer(&job);
    } else {
        (void)printf("%u simulated patients in %s\n", job.count, job.out);
    }
    return OST_EXIT_OK;
}
