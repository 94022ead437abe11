#include "recon/base/array.h"
#include "recon/mesh/stl.h"
#include "recon/shape/train.h"
#include "services/casefile/disk.h"
#include "services/cli/args.h"
#include "services/tool/train.h"

#include <jansson.h>

#include <stdio.h>
#include <string.h>

static const struct ost_option option[] = {
    {"data", "DIR", "the folder that holds wrist_surfaces/; needed"},
    {"out", "FILE", "the model file (also -o); needed"},
    {"without", "brown_sandbox", "leave this set out"},
    {"with", "calgary", "use this set too: the model is then GPL-3.0"},
    {"card", "FILE", "the card; CARD.md beside the model when not given"},
    {"seed", "N", "of the statistics in the card; 1 when not given"},
};

static const struct ost_usage usage = {
    .line = "osteon train prior --data DIR -o FILE [options]",
    .summary = "Builds the shape prior of the forearm from real surfaces and published\n"
               "morphometry, and writes a card about it.",
    .option = option,
    .option_count = OST_COUNT(option),
    .least = 1,
    .most = 1,
};

enum { FILE_MOST = 1 << 26, TRIANGLES_MOST = 1000000, CARD_MOST = 1 << 16, COMMAND = 512 };

struct job {
    const char *data, *out;
    bool set[OST_TRAIN_SETS];
    double seed;
    char card[OST_DISK_PATH], command[COMMAND], name[128];
    struct ost_mesh *surface[OST_TRAIN_FILES];
};

static bool take(const struct ost_args *args, struct job *job, struct ost_err *err)
{
    const char *without = ost_args_value(args, "without"), *with = ost_args_value(args, "with");
    const char *card = ost_args_value(args, "card");
    *job = (struct job){.data = ost_args_value(args, "data"), .out = ost_args_value(args, "out")};
    if (job->data == NULL || job->out == NULL)
        return ost_fail(err, OST_INVALID, "say --data DIR and -o FILE");
    if ((without != NULL && strcmp(without, "brown_sandbox") != 0) ||
        (with != NULL && strcmp(with, "calgary") != 0))
        return ost_fail(err, OST_INVALID, "--without brown_sandbox and --with calgary are all");
    job->set[OST_TRAIN_OPENSIM] = true;
    job->set[OST_TRAIN_BROWN] = without == NULL;
    job->set[OST_TRAIN_CALGARY] = with != NULL;

    int folder = (int)(ost_train_base_name(job->out) - job->out);
    int len = card != NULL ? snprintf(job->card, sizeof job->card, "%s", card)
                           : snprintf(job->card, sizeof job->card, "%.*sCARD.md", folder, job->out);
    if (len < 0 || (size_t)len >= sizeof job->card)
        return ost_fail(err, OST_LIMIT, "the path of the card is too long");
    (void)snprintf(job->name, sizeof job->name, "%s", ost_train_base_name(job->out));
    return ost_args_number(args, "seed", (const double[]){0.0, 4e15}, 1.0, &job->seed, err);
}

/* As one would type it, without folders of this machine. */
static void spell_command(struct job *job)
{
    (void)snprintf(job->command, sizeof job->command,
                   "osteon train prior --data ../shared/data -o %s%s%s --seed %.0f", job->name,
                   job->set[OST_TRAIN_BROWN] ? "" : " --without brown_sandbox",
                   job->set[OST_TRAIN_CALGARY] ? " --with calgary" : "", job->seed);
}

static bool load(struct job *job, struct ost_err *err)
{
    for (int i = 0; i < OST_TRAIN_FILES; i++) {
        const struct ost_train_file *file = ost_train_file(i);
        struct ost_buf bytes;
        ost_buf_init(&bytes, FILE_MOST);
        bool ok = ost_disk_read(job->data, file->path, &bytes, err) &&
                  ost_stl_read(bytes.ptr, bytes.len, TRIANGLES_MOST, &job->surface[i], err);
        ost_buf_fini(&bytes);
        if (!ok && job->set[file->set]) /* the others only measure the model */
            return ost_err_note(err, "surface %d of --data", i);
    }
    return true;
}

static void print_json(const struct job *job, const struct ost_train_report *r, const char *digest)
{
    json_auto_t *all =
        json_pack("{s:i, s:s, s:s, s:{s:f, s:f, s:f, s:f}, s:{s:f, s:f, s:f, s:f}, s:{s:i, s:i}}",
                  "osteon_train", 1, "model", job->name, "sha256", digest, "mean", "volar_tilt",
                  r->mean[0], "radial_inclination", r->mean[1], "radial_height", r->mean[2],
                  "ulnar_variance", r->mean[3], "sd", "volar_tilt", r->sd[0], "radial_inclination",
                  r->sd[1], "radial_height", r->sd[2], "ulnar_variance", r->sd[3], "vertices",
                  "radius", (int)r->vertices[0], "ulna", (int)r->vertices[1]);
    if (all == NULL)
        return;
    (void)json_dumpf(all, stdout, JSON_REAL_PRECISION(6));
    (void)printf("\n");
}

static void print_text(const struct ost_train_report *r, const char *digest)
{
    static const char *const name[4] = {"volar tilt", "radial inclination", "radial height",
                                        "ulnar variance"};
    for (int k = 0; k < 4; k++)
        (void)printf("%-20s %6.2f +- %.2f\n", name[k], r->mean[k], r->sd[k]);
    (void)printf("%-20s %u + %u vertices, %u + %u modes\n", "size", r->vertices[0], r->vertices[1],
                 r->modes[0], r->modes[1]);
    (void)printf("%-20s %s\n", "sha256", digest);
}

static bool train(struct job *job, bool json, struct ost_err *err)
{
    struct ost_train_input input = {
        .name = job->name, .command = job->command, .seed = (uint64_t)job->seed};
    struct ost_train_report report;
    struct ost_progress progress = ost_command_progress();
    struct ost_buf model, card;
    OST_AUTO(ost_prior) prior = NULL;
    spell_command(job);
    if (!load(job, err))
        return false;
    for (int i = 0; i < OST_TRAIN_FILES; i++) {
        *(job->set[ost_train_file(i)->set] ? &input.surface[i] : &input.unseen[i]) =
            job->surface[i];
    }
    ost_buf_init(&model, FILE_MOST);
    ost_buf_init(&card, CARD_MOST);
    bool ok = ost_train_prior(&input, &progress, &model, &report, err) &&
              ost_prior_open(model.ptr, model.len, &prior, err);
    if (ok) {
        const char *digest = ost_prior_digest_view(prior);
        ost_train_card(&input, &report, digest, &card);
        ok = ost_buf_done(&card, err) && ost_disk_write(NULL, job->out, &model, err) &&
             ost_disk_write(NULL, job->card, &card, err);
        if (ok && json) {
            print_json(job, &report, digest);
        } else if (ok) {
            print_text(&report, digest);
        }
    }
    ost_buf_fini(&model);
    ost_buf_fini(&card);
    return ok;
}

int ost_train_prior_run(int argc, char **argv)
{
    struct ost_args args;
    struct ost_err err = {0};
    struct job job = {0};
    enum ost_args_next next = ost_args_parse(&usage, argc, argv, &args);
    if (next != OST_ARGS_RUN)
        return next == OST_ARGS_HELPED ? OST_EXIT_OK : OST_EXIT_USAGE;
    if (!take(&args, &job, &err))
        return ost_command_refuse("train", &err);
    bool ok = train(&job, args.json, &err);
    for (int i = 0; i < OST_TRAIN_FILES; i++)
        ost_mesh_destroy(job.surface[i]);
    return ok ? OST_EXIT_OK : ost_command_fail("train", &err);
}
