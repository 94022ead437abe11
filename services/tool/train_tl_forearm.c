#include "recon/base/array.h"
#include "recon/base/sha256.h"
#include "recon/learn/tl_forearm.h"
#include "services/casefile/disk.h"
#include "services/cli/args.h"
#include "services/tool/train.h"
#include "services/tool/train_hand.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { FILE_MOST = 1 << 28, CARD_MOST = 1 << 16 };

static const struct ost_option option[] = {
    {"data", "DIR", "the folder that holds wrist_surfaces/; needed"},
    {"prior", "FILE", "the shape prior whose forearms it learns from; needed"},
    {"out", "FILE", "the model file (also -o); needed. FILE.part beside it is the last look's"},
    {"recipe", "girdhar|shiode", "whose; shiode when not given"},
    {"from", "MODEL", "begin with its weights, with stages of 0 steps left out"},
    {"scenes", "N", "forearms to learn from, each filmed three times; 384 when not given"},
    {"volume-steps", "N", "of the autoencoder alone; 600 when not given"},
    {"film-steps", "N", "of the network of films; 600 when not given"},
    {"joint-steps", "N", "of the last stage; 100 when not given"},
    {"batch", "N", "examples a step; 4 when not given"},
    {"rate", "R", "of learning; 0.001 when not given"},
    {"seed", "N", "of everything; 1 when not given"},
    {"card", "FILE", "the card; none when not given"},
};

static const struct ost_usage usage = {
    .line = "osteon train tl-forearm --data DIR --prior FILE -o FILE [options]",
    .summary = "Trains a published T-L network (recon/learn/tl_forearm.h) on simulated films of\n"
               "forearms, 1 mm voxels, and prints loss and overlap on unseen ones.",
    .option = option,
    .option_count = OST_COUNT(option),
    .least = 1,
    .most = 1,
};

struct job {
    const char *out, *from, *prior_file, *card;
    enum ost_tl_recipe recipe;
    struct ost_tl_forearm_course course;
    struct ost_tl *tl;       /* owned */
    struct ost_prior *prior; /* owned */
    struct ost_train_hand hand;
    struct ost_buf curve; /* what was told, for the card */
    struct timespec begun;
    double overlap[OST_BONES], seconds;
};

static bool write_model(const struct job *job, const char *path, bool half,
                        char digest[OST_SHA256_HEX], struct ost_err *err)
{
    struct ost_buf bytes;
    ost_buf_init(&bytes, FILE_MOST);
    bool ok = ost_tl_write(job->tl, half, &bytes, err) && ost_disk_write(NULL, path, &bytes, err);
    if (ok && digest != NULL) {
        unsigned char sum[OST_SHA256_BYTES];
        ost_sha256_of(bytes.ptr, bytes.len, sum);
        ost_sha256_hex(sum, digest);
    }
    ost_buf_fini(&bytes);
    return ok;
}

static void told(void *user, const struct ost_tl_forearm_state *state)
{
    struct job *job = user;
    char path[OST_DISK_PATH], line[160];
    const struct ost_tl_state *now = &state->learning;
    int len =
        snprintf(line, sizeof line, "stage %u step %u loss %.4f", now->stage, now->step, now->loss);
    if (isfinite(state->overlap[0]))
        (void)snprintf(line + len, sizeof line - (size_t)len, " unseen overlap %.3f %.3f",
                       state->overlap[0], state->overlap[1]);
    memcpy(job->overlap, state->overlap, sizeof job->overlap);
    ost_buf_print(&job->curve, "%s\n", line);
    (void)fprintf(stderr, "%s, %.0f s\n", line, ost_train_since(&job->begun));
    struct ost_err err = {0};
    if (snprintf(path, sizeof path, "%s.part", job->out) < (int)sizeof path &&
        !write_model(job, path, false, NULL, &err))
        (void)fprintf(stderr, "not written: %s\n", err.msg);
}

static bool take_number(const struct ost_args *args, const char *name, const double range[2],
                        uint32_t usual, uint32_t *out, struct ost_err *err)
{
    double value;
    if (!ost_args_number(args, name, range, usual, &value, err))
        return false;
    *out = (uint32_t)value;
    return true;
}

static bool take(const struct ost_args *args, struct job *job, struct ost_err *err)
{
    static const double steps[2] = {0.0, 1e6}, seeds[2] = {0.0, 1e5}, rates[2] = {1e-7, 1.0};
    struct ost_tl_forearm_course *c = &job->course;
    double seed;
    *job = (struct job){.out = ost_args_value(args, "out"),
                        .from = ost_args_value(args, "from"),
                        .prior_file = ost_args_value(args, "prior"),
                        .card = ost_args_value(args, "card")};
    if (ost_args_value(args, "data") == NULL || job->out == NULL || job->prior_file == NULL)
        return ost_fail(err, OST_INVALID, "say --data DIR, --prior FILE and -o FILE");
    if (!ost_train_recipe(args, &job->recipe, err) ||
        !take_number(args, "scenes", (const double[]){1.0, 1e4}, 384, &c->scenes, err) ||
        !take_number(args, "volume-steps", steps, 600, &c->steps[0], err) ||
        !take_number(args, "film-steps", steps, 600, &c->steps[1], err) ||
        !take_number(args, "joint-steps", steps, 100, &c->steps[2], err) ||
        !take_number(args, "batch", (const double[]){1.0, 64.0}, 4, &c->batch, err) ||
        !ost_args_number(args, "rate", rates, 1e-3, &c->rate, err) ||
        !ost_args_number(args, "seed", seeds, 1.0, &seed, err))
        return false;
    c->seed = (uint64_t)seed;
    c->every = 50;
    c->told = told;
    c->user = job;
    return true;
}

static bool load(struct job *job, const char *data, struct ost_err *err)
{
    struct ost_buf bytes;
    ost_buf_init(&bytes, FILE_MOST);
    bool ok = ost_disk_read(NULL, job->prior_file, &bytes, err) &&
              ost_prior_open(bytes.ptr, bytes.len, &job->prior, err) &&
              ost_train_hand_read(data, job->prior, &job->hand, err) &&
              ost_tl_create(&job->tl, job->recipe, &ost_tl_forearm_size, job->course.seed, err);
    ost_buf_fini(&bytes);
    ost_buf_init(&bytes, FILE_MOST);
    if (ok && job->from != NULL)
        ok = ost_disk_read(NULL, job->from, &bytes, err) &&
             ost_tl_read(job->tl, bytes.ptr, bytes.len, err);
    ost_buf_fini(&bytes);
    job->course.kit.prior = job->prior;
    for (int b = 0; b < OST_SCENE_HAND; b++)
        job->course.kit.hand[b] = job->hand.bone[b];
    return ok;
}

static void put_command(const struct job *job, struct ost_buf *card)
{
    const struct ost_tl_forearm_course *c = &job->course;
    ost_buf_print(card,
                  "# %s\n\nThe T-L network by %s's recipe on radius and ulna, voxels of 1 mm: a "
                  "baseline of `osteon bench recon`,\nnot what ships as reconstruction "
                  "(`recon/learn/tl_forearm.h`). Made by\n\n```\n",
                  ost_train_base_name(job->out), ost_tl_recipe_name(job->recipe));
    ost_buf_print(card,
                  "osteon train tl-forearm --data ../shared/data --prior recon/shape/models/%s "
                  "-o %s --recipe %s%s%s",
                  ost_train_base_name(job->prior_file), ost_train_base_name(job->out),
                  ost_tl_recipe_name(job->recipe), job->from != NULL ? " --from " : "",
                  job->from != NULL ? ost_train_base_name(job->from) : "");
    ost_buf_print(card,
                  " --scenes %u --volume-steps %u --film-steps %u --joint-steps %u --batch %u "
                  "--rate %g --seed %.0f\n```\n\n",
                  c->scenes, c->steps[0], c->steps[1], c->steps[2], c->batch, c->rate,
                  (double)c->seed);
}

static bool write_card(const struct job *job, const char *digest, struct ost_err *err)
{
    struct ost_buf card;
    ost_buf_init(&card, CARD_MOST);
    put_command(job, &card);
    ost_buf_print(&card, "SHA-256 `%s`. The run took %.0f s of wall time.\n\n", digest,
                  job->seconds);
    ost_buf_text(&card, "## Licence and data\n\n");
    ost_buf_text(&card, ost_prior_licence_view(job->prior));
    ost_buf_print(&card,
                  "\n\nForearms are simulated from the prior (SHA-256 `%s`), hands partly from "
                  "opensim's (CC BY 3.0).\n",
                  ost_prior_digest_view(job->prior));
    ost_buf_text(&card, "Nobody the prior has seen may be measured with this model.\n\n## Curve\n\n"
                        "Mean loss since the line before; Dice's overlap of radius and ulna with "
                        "12 simulated forearms never\nlearnt from.\n\n```\n");
    ost_buf_put(&card, job->curve.ptr, job->curve.len);
    ost_buf_text(&card, "```\n");
    bool ok = ost_buf_done(&card, err) && ost_disk_write(NULL, job->card, &card, err);
    ost_buf_fini(&card);
    return ok;
}

static bool train(struct job *job, const char *data, bool json, struct ost_err *err)
{
    char digest[OST_SHA256_HEX];
    ost_buf_init(&job->curve, CARD_MOST / 2);
    (void)clock_gettime(CLOCK_MONOTONIC, &job->begun);
    bool ok = load(job, data, err) && ost_tl_forearm_train(job->tl, &job->course, err) &&
              write_model(job, job->out, true, digest, err);
    job->seconds = ost_train_since(&job->begun);
    ok = ok && (job->card == NULL || write_card(job, digest, err));
    if (ok)
        (void)printf(json ? "{\"osteon_train\":1,\"overlap\":[%.4f,%.4f],\"seconds\":%.0f}\n"
                          : "overlap on unseen forearms %.3f, %.3f; %.0f s\n",
                     job->overlap[0], job->overlap[1], job->seconds);
    ost_buf_fini(&job->curve);
    return ok;
}

int ost_train_tl_forearm_run(int argc, char **argv)
{
    struct ost_args args;
    struct ost_err err = {0};
    struct job job;
    enum ost_args_next next = ost_args_parse(&usage, argc, argv, &args);
    if (next != OST_ARGS_RUN)
        return next == OST_ARGS_HELPED ? OST_EXIT_OK : OST_EXIT_USAGE;
    if (!take(&args, &job, &err))
        return ost_command_refuse("train tl-forearm", &err);
    bool ok = train(&job, ost_args_value(&args, "data"), args.json, &err);
    ost_train_hand_fini(&job.hand);
    ost_prior_destroy(job.prior);
    ost_tl_destroy(job.tl);
    return ok ? OST_EXIT_OK : ost_command_fail("train tl-forearm", &err);
}
