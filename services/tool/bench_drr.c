#include "recon/math/vec.h"
#include "recon/xray/drr.h"
#include "services/casefile/disk.h"
#include "services/tool/bench.h"
#include "services/tool/bench_peer.h"
#include "services/tool/bench_volume.h"

#include <jansson.h>

#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROUNDS_MOST = 20 };

static const char volume_file[] = "volume.mha";

struct timing {
    double trace_s[ROUNDS_MOST + 1], whole_s[ROUNDS_MOST + 1], load[ROUNDS_MOST + 1];
    int count;
};

struct job {
    double columns, angle, rounds, threads;
    const char *file, *data;
    struct ost_bench_volume volume;
    struct ost_bench_film film;
    struct ost_camera camera;
    char folder[32], peer[64], processor[64];
    bool with_peer;
    struct timing ours, theirs;
    struct ost_image *our_film, *their_film; /* owned; the latest of each */
    double most, rms, worst;                 /* of the films; the last two as shares of the first */
};

static bool take(const struct ost_args *args, struct job *job, struct ost_err *err)
{
    job->file = ost_args_value(args, "volume");
    job->data = ost_args_value(args, "data");
    job->data = job->data == NULL ? "../shared/data" : job->data;
    return ost_args_number(args, "columns", (const double[]){16.0, 4096.0}, 1024.0, &job->columns,
                           err) &&
           ost_args_number(args, "angle", (const double[]){-360.0, 360.0}, 20.0, &job->angle,
                           err) &&
           ost_args_number(args, "rounds", (const double[]){1.0, ROUNDS_MOST}, 3.0, &job->rounds,
                           err) &&
           ost_args_number(args, "threads", (const double[]){1.0, 64.0}, 1.0, &job->threads, err);
}

/* A film that the middle of the volume just fills, the source a metre away. */
static void aim(struct job *job)
{
    const struct ost_grid *grid = job->volume.hounsfield;
    struct ost_bench_film *f = &job->film;
    const double a = job->angle * OST_PI / 180.0;
    double side[3];
    for (int k = 0; k < 3; k++) {
        side[k] = grid->spacing[k] * grid->size[k];
        f->centre[k] = grid->origin[k] + 0.5 * (side[k] - grid->spacing[k]);
    }
    f->sad = 1000.0;
    f->sid = 1500.0;
    f->width = (uint32_t)job->columns;
    f->pixel = f->sid / f->sad * side[0] / f->width;
    f->height = (uint32_t)ceil(f->sid / f->sad * side[2] / f->pixel);
    f->normal[0] = sin(a);
    f->normal[1] = -cos(a);
    f->normal[2] = 0.0;
}

/* The same film as a camera: rows of the rotation are right, down, forward. */
static void place(struct job *job)
{
    const struct ost_bench_film *f = &job->film;
    struct ost_camera *c = &job->camera;
    double axis[3][3] = {{0.0, 0.0, 0.0}, {0.0, 0.0, -1.0}, {0.0, 0.0, 0.0}}, source[3];
    ost_along(axis[2], -1.0, f->normal, axis[2]);
    ost_cross(axis[1], axis[2], axis[0]);
    ost_along(f->centre, f->sad, f->normal, source);
    c->width = f->width;
    c->height = f->height;
    c->focal[0] = c->focal[1] = f->sid / f->pixel;
    c->principal[0] = 0.5 * (f->width - 1.0);
    c->principal[1] = 0.5 * (f->height - 1.0);
    for (int r = 0; r < 3; r++) {
        for (int k = 0; k < 3; k++)
            c->world_to_camera.r[3 * k + r] = axis[r][k];
        c->world_to_camera.t[r] = -ost_dot(axis[r], source);
    }
}

/* plastimatch's own map, per mm: water at 50 keV (NIST), nothing up to -800 HU. */
static void attenuate(struct ost_grid *grid)
{
    const size_t count = (size_t)grid->size[0] * grid->size[1] * grid->size[2];
    for (size_t n = 0; n < count; n++) {
        float hu = grid->value[n];
        grid->value[n] = hu <= -800.0F ? 0.0F : (float)((double)hu / 1000.0 * 0.022 + 0.022);
    }
}

static double load_average(void)
{
    char text[64] = "";
    FILE *file = fopen("/proc/loadavg", "r");
    if (file == NULL)
        return NAN;
    bool read = fgets(text, sizeof text, file) != NULL;
    (void)fclose(file);
    return read ? strtod(text, NULL) : NAN;
}

static void find_processor(char out[64])
{
    char line[256];
    FILE *file = fopen("/proc/cpuinfo", "r");
    (void)snprintf(out, 64, "unknown");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        const char *colon = strchr(line, ':');
        if (strncmp(line, "model name", 10) == 0 && colon != NULL) {
            line[strcspn(line, "\n")] = '\0';
            (void)snprintf(out, 64, "%.60s", colon + 2);
            break;
        }
    }
    if (file != NULL)
        (void)fclose(file);
}

/* From the same file to the same kind of film as the peer; the trace alone as well. */
static bool run_ours(struct job *job, struct ost_err *err)
{
    char in[OST_DISK_PATH], out[OST_DISK_PATH];
    OST_AUTO(ost_grid) grid = NULL;
    struct timing *t = &job->ours;
    t->load[t->count] = load_average();
    ost_image_destroy(job->our_film);
    job->our_film = NULL;
    double begin = ost_bench_now();
    if (!ost_disk_join(job->folder, volume_file, in, err) ||
        !ost_disk_join(job->folder, "ours.pfm", out, err) || !ost_bench_peer_read(in, &grid, err))
        return false;
    attenuate(grid);
    double from = ost_bench_now();
    if (!ost_drr_paths(grid, &job->camera, OST_DRR_EXACT, &job->our_film, err))
        return false;
    t->trace_s[t->count] = ost_bench_now() - from;
    if (!ost_bench_film_write(job->our_film, out, err))
        return false;
    t->whole_s[t->count++] = ost_bench_now() - begin;
    return true;
}

static bool run_theirs(struct job *job, struct ost_err *err)
{
    struct ost_bench_peer_run run;
    struct timing *t = &job->theirs;
    t->load[t->count] = load_average();
    bool ok =
        ost_bench_peer_trace(job->folder, volume_file, &job->film, (int)job->threads, &run, err);
    ost_image_destroy(job->their_film);
    job->their_film = run.paths;
    t->trace_s[t->count] = run.trace_s;
    t->whole_s[t->count++] = run.whole_s;
    return ok;
}

/* By turns, ours first and last, so that a change of the machine's load meets both. */
static bool take_turns(struct job *job, struct ost_err *err)
{
    bool ok = run_ours(job, err);
    for (int n = 0; ok && n < (int)job->rounds; n++)
        ok = (!job->with_peer || run_theirs(job, err)) && run_ours(job, err);
    return ok;
}

static void compare(struct job *job)
{
    const size_t count = (size_t)job->film.width * job->film.height;
    double sum = 0.0;
    for (size_t n = 0; n < count; n++) {
        job->most = fmax(job->most, (double)job->our_film->pixel[n]);
        if (job->their_film == NULL)
            continue;
        double apart = (double)job->our_film->pixel[n] - (double)job->their_film->pixel[n];
        job->most = fmax(job->most, (double)job->their_film->pixel[n]);
        job->worst = fmax(job->worst, fabs(apart));
        sum += apart * apart;
    }
    double most = job->most > 0.0 ? job->most : 1.0;
    job->rms = sqrt(sum / (double)count) / most;
    job->worst /= most;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(const double *value, int count)
{
    double sorted[ROUNDS_MOST + 1];
    memcpy(sorted, value, sizeof *value * (size_t)count);
    qsort(sorted, (size_t)count, sizeof *sorted, by_size);
    return 0.5 * (sorted[(count - 1) / 2] + sorted[count / 2]);
}

static json_t *list(const double *value, int count)
{
    json_t *all = json_array();
    for (int n = 0; n < count; n++)
        (void)json_array_append_new(all, isfinite(value[n]) ? json_real(value[n]) : json_null());
    return all;
}

static json_t *timing_json(const struct timing *t, const char *name)
{
    return json_pack("{s:s, s:f, s:f, s:o, s:o, s:o}", "name", name, "trace_s",
                     median(t->trace_s, t->count), "whole_s", median(t->whole_s, t->count),
                     "trace_runs_s", list(t->trace_s, t->count), "whole_runs_s",
                     list(t->whole_s, t->count), "load_average", list(t->load, t->count));
}

static double ratio(const struct job *job, bool whole)
{
    const struct timing *a = &job->ours, *b = &job->theirs;
    return whole ? median(b->whole_s, b->count) / median(a->whole_s, a->count)
                 : median(b->trace_s, b->count) / median(a->trace_s, a->count);
}

static void print_json(const struct job *job)
{
    const struct ost_grid *g = job->volume.hounsfield;
    const struct ost_bench_film *f = &job->film;
    const bool both = job->with_peer;
    json_auto_t *all = json_pack(
        "{s:i, s:{s:s, s:s, s:[i,i,i], s:[f,f,f]}, s:{s:[i,i], s:f, s:f, s:f, s:f}, s:s, s:i, s:o,"
        " s:o, s:o, s:o, s:o, s:o}",
        "osteon_bench_drr", 1, "volume", "kind", job->volume.what, "name", job->volume.name, "size",
        (int)g->size[0], (int)g->size[1], (int)g->size[2], "spacing_mm", g->spacing[0],
        g->spacing[1], g->spacing[2], "film", "size", (int)f->width, (int)f->height, "pixel_mm",
        f->pixel, "source_to_axis_mm", f->sad, "source_to_film_mm", f->sid, "angle_deg", job->angle,
        "processor", job->processor, "threads", (int)job->threads, "ours",
        timing_json(&job->ours, "osteon"), "peer",
        both ? timing_json(&job->theirs, job->peer) : json_null(), "rms_share",
        both ? json_real(job->rms) : json_null(), "worst_share",
        both ? json_real(job->worst) : json_null(), "speed_ratio",
        both ? json_real(ratio(job, false)) : json_null(), "speed_ratio_whole",
        both ? json_real(ratio(job, true)) : json_null());
    if (all == NULL)
        return;
    (void)json_dumpf(all, stdout, JSON_REAL_PRECISION(6));
    (void)printf("\n");
}

static void print_timing(const char *name, const struct timing *t)
{
    (void)printf("%-26s %9.3f s trace %9.3f s file to film   runs", name,
                 median(t->trace_s, t->count), median(t->whole_s, t->count));
    for (int n = 0; n < t->count; n++)
        (void)printf(" %.3f (load %.1f)", t->trace_s[n], t->load[n]);
    (void)printf("\n");
}

static void print_text(const struct job *job)
{
    const struct ost_grid *g = job->volume.hounsfield;
    (void)printf("%s: %s, %u x %u x %u voxels\n", job->volume.what, job->volume.name, g->size[0],
                 g->size[1], g->size[2]);
    (void)printf("film of %u x %u pixels at %g degrees; %d threads; %s\n", job->film.width,
                 job->film.height, job->angle, (int)job->threads, job->processor);
    print_timing("osteon", &job->ours);
    if (!job->with_peer) {
        (void)printf("plastimatch is not installed: nothing to compare with\n");
        return;
    }
    print_timing(job->peer, &job->theirs);
    (void)printf("difference: RMS %.2g %%, largest %.2g %% of the most (target: RMS <= 0.1 %%)\n",
                 100.0 * job->rms, 100.0 * job->worst);
    (void)printf("ours is %.2f times as fast in the trace (target 3, aim 5), %.2f from file to "
                 "film\n",
                 ratio(job, false), ratio(job, true));
}

static void clean_up(struct job *job)
{
    static const char *const left[] = {"volume.mha",    "ours.pfm",      "peer.log",
                                       "peer_0000.pfm", "peer_0000.txt", NULL};
    char path[OST_DISK_PATH];
    for (int n = 0; left[n] != NULL; n++)
        if (ost_disk_join(job->folder, left[n], path, NULL))
            (void)unlink(path);
    (void)rmdir(job->folder);
}

static bool measure(struct job *job, struct ost_err *err)
{
    char path[OST_DISK_PATH];
    if (!ost_bench_volume_load(job->file, job->data, &job->volume, err))
        return false;
    (void)snprintf(job->folder, sizeof job->folder, "/tmp/osteon-bench-XXXXXX");
    if (mkdtemp(job->folder) == NULL)
        return ost_fail(err, OST_UNAVAILABLE, "no folder can be made in /tmp");
    aim(job);
    place(job);
    job->with_peer = ost_bench_peer_present(job->peer);
    find_processor(job->processor);
    omp_set_num_threads((int)job->threads);
    bool ok = ost_disk_join(job->folder, volume_file, path, err) &&
              ost_bench_peer_write(job->volume.hounsfield, path, err) && take_turns(job, err);
    clean_up(job);
    if (ok)
        compare(job);
    return ok;
}

int ost_bench_drr(const struct ost_args *args)
{
    struct ost_err err = {0};
    struct job job = {0};
    if (!take(args, &job, &err))
        return ost_command_refuse("bench drr", &err);
    bool ok = measure(&job, &err);
    if (ok && args->json) {
        print_json(&job);
    } else if (ok) {
        print_text(&job);
    }
    ost_grid_destroy(job.volume.hounsfield);
    ost_image_destroy(job.our_film);
    ost_image_destroy(job.their_film);
    return ok ? OST_EXIT_OK : ost_command_fail("bench drr", &err);
}
