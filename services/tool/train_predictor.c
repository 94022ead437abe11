#include "recon/base/array.h"
#include "recon/learn/school.h"
#include "services/casefile/disk.h"
#include "services/cli/args.h"
#include "services/tool/train.h"
#include "services/tool/train_hand.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static const struct ost_option option[] = {
    {"data", "DIR", "the folder that holds wrist_surfaces/; needed"},
    {"prior", "FILE", "the shape prior whose forearms it learns from; needed"},
    {"out", "FILE",
     "the model file (also -o); needed. FILE.find and FILE.read beside it are "
     "checkpoints: the same command goes on from them"},
    {"from", "MODEL", "begin with its networks and its points instead of with nothing"},
    {"rate", "R", "the highest rate of learning; 0.0015 when not given"},
    {"find-steps", "N",
     "of the network that finds the arm; 6000 when not given; 0 with --from: as it is"},
    {"read-steps", "N", "of the network that reads the points; 12000 when not given; 0 likewise"},
    {"only", "find|read", "train no other, write no model"},
    {"seed", "N", "of everything; 1 when not given"},
    {"card", "FILE", "the card; none when not given"},
};

static const struct ost_usage usage = {
    .line = "osteon train predictor --data DIR --prior FILE -o FILE [options]",
    .summary = "Trains the networks that read a film (recon/shape/predictor.h) on simulated "
               "films made as it goes on, and prints loss and error on unseen ones.",
    .option = option,
    .option_count = OST_COUNT(option),
    .least = 1,
    .most = 1,
};

enum { FILE_MOST = 1 << 28, CARD_MOST = 1 << 16 };

struct job {
    const char *data, *prior_file, *from_file, *out, *card;
    const char *only;
    double steps[OST_SCHOOL_SUBJECTS], seed, rate;
    struct ost_ostm *from;
    struct ost_predictor_vertex points[OST_PREDICTOR_POINTS];
    struct ost_prior *prior;
    struct ost_train_hand hand;
    double error_mm[OST_SCHOOL_SUBJECTS];
    double seconds;
};

/* What a school tells goes to the screen and into a checkpoint. */
struct desk {
    const struct job *job;
    enum ost_school_subject subject;
    char path[OST_DISK_PATH];
    double error_mm;
    struct timespec begun;
};

static const char *const subject_name[OST_SCHOOL_SUBJECTS] = {"find", "read"};

static bool told(void *user, const struct ost_school_state *state, const struct ost_buf *bytes)
{
    struct desk *desk = user;
    struct ost_err err = {0};
    desk->error_mm = state->error_mm;
    (void)fprintf(stderr, "%s step %u loss %.4f unseen %.3f mm rate %.2g %.0f s\n",
                  subject_name[desk->subject], state->step, state->loss, state->error_mm,
                  state->rate, ost_train_since(&desk->begun));
    if (!ost_disk_write(NULL, desk->path, bytes, &err))
        (void)fprintf(stderr, "no checkpoint: %s\n", err.msg);
    return true;
}

static bool take(const struct ost_args *args, struct job *job, struct ost_err *err)
{
    static const double seeds[2] = {0.0, 1e6}, rates[2] = {1e-7, 1.0};
    const double range[2] = {ost_args_value(args, "from") == NULL ? 1.0 : 0.0, 1e7};
    *job = (struct job){.data = ost_args_value(args, "data"),
                        .prior_file = ost_args_value(args, "prior"),
                        .from_file = ost_args_value(args, "from"),
                        .out = ost_args_value(args, "out"),
                        .card = ost_args_value(args, "card"),
                        .only = ost_args_value(args, "only")};
    if (job->data == NULL || job->prior_file == NULL || job->out == NULL)
        return ost_fail(err, OST_INVALID, "say --data DIR, --prior FILE and -o FILE");
    return ost_args_number(args, "find-steps", range, 6000.0, &job->steps[0], err) &&
           ost_args_number(args, "read-steps", range, 12000.0, &job->steps[1], err) &&
           ost_args_number(args, "rate", rates, 1.5e-3, &job->rate, err) &&
           ost_args_number(args, "seed", seeds, 1.0, &job->seed, err);
}

static bool load_prior(struct job *job, struct ost_err *err)
{
    struct ost_buf bytes;
    ost_buf_init(&bytes, FILE_MOST);
    bool done = ost_disk_read(NULL, job->prior_file, &bytes, err) &&
                ost_prior_open(bytes.ptr, bytes.len, &job->prior, err);
    ost_buf_fini(&bytes);
    return done && ost_train_hand_read(job->data, job->prior, &job->hand, err);
}

/* The points of --from where it is given. */
static bool load_from(struct job *job, struct ost_err *err)
{
    struct ost_buf bytes;
    ost_predictor_choose(job->prior, job->points);
    if (job->from_file == NULL)
        return true;
    ost_buf_init(&bytes, FILE_MOST);
    bool done = ost_disk_read(NULL, job->from_file, &bytes, err) &&
                ost_ostm_open(bytes.ptr, bytes.len, &job->from, err) &&
                ost_predictor_recall(job->prior, job->from, job->points, err);
    ost_buf_fini(&bytes);
    return done;
}

static struct ost_school school_of(const struct job *job, enum ost_school_subject subject)
{
    struct ost_school school = {
        .kit = {.prior = job->prior},
        .points = job->points,
        .from = job->from,
        .subject = subject,
        .seed = (uint64_t)job->seed * 2 + (uint64_t)subject,
        .steps = (uint32_t)job->steps[subject],
        .batch = 32,
        .pool = subject == OST_SCHOOL_FIND ? 6144 : 4096,
        .renew = subject == OST_SCHOOL_FIND ? 8.0 : 7.0,
        .rate = job->rate,
        .every = 250,
        .told = told,
    };
    for (int b = 0; b < OST_SCENE_HAND; b++)
        school.kit.hand[b] = job->hand.bone[b];
    return school;
}

static bool run_school(struct job *job, enum ost_school_subject subject,
                       struct ost_net_weights *out, struct ost_err *err)
{
    struct desk desk = {.job = job, .subject = subject};
    struct ost_school school = school_of(job, subject);
    struct ost_buf bytes;
    struct ost_err none = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &desk.begun);
    (void)snprintf(desk.path, sizeof desk.path, "%s.%s", job->out, subject_name[subject]);
    school.user = &desk;
    ost_buf_init(&bytes, FILE_MOST);
    bool old = ost_disk_read(NULL, desk.path, &bytes, &none);
    bool done = ost_school_run(&school, old ? bytes.ptr : NULL, old ? bytes.len : 0, out, err);
    job->error_mm[subject] = desk.error_mm;
    job->seconds += ost_train_since(&desk.begun);
    ost_buf_fini(&bytes);
    return done;
}

static void put_card(const struct job *job, const char *digest, struct ost_buf *out)
{
    ost_buf_text(out, "# predictor.ostm\n\nNetworks that read one film of a right forearm: "
                      "where it lies, and where 53 points of radius and\nulna fall, each with its "
                      "spread (`recon/shape/predictor.h`). Made by\n\n```\n");
    ost_buf_print(out,
                  "osteon train predictor --data ../shared/data --prior "
                  "recon/shape/models/%s%s%s -o %s --seed %.0f "
                  "--find-steps %.0f --read-steps %.0f --rate %g\n```\n\n",
                  ost_train_base_name(job->prior_file),
                  job->from_file != NULL ? " --from recon/shape/models/" : "",
                  job->from_file != NULL ? ost_train_base_name(job->from_file) : "",
                  ost_train_base_name(job->out), job->seed, job->steps[0], job->steps[1],
                  job->rate);
    ost_buf_print(out, "SHA-256 `%s`. The last run took %.0f s of wall time.\n\n", digest,
                  job->seconds);
    ost_buf_print(
        out,
        "## Licence and data\n\n%s\n\nForearms are simulated from the prior (SHA-256 `%s`), "
        "hands partly from opensim's (CC BY 3.0).\nNobody the prior has seen may be "
        "measured with this model.\n\n## Metrics\n\n",
        ost_prior_licence_view(job->prior), ost_prior_digest_view(job->prior));
    ost_buf_print(out,
                  "On 256 simulated films never learnt from, by the renderer of the training: the "
                  "middle of the wrist is\nfound to %.1f mm (films of every size and turn), points "
                  "near the joint are read to %.2f mm in the mean.\n",
                  job->error_mm[0], job->error_mm[1]);
}

static bool write_model(const struct job *job,
                        const struct ost_net_weights *const weights[OST_SCHOOL_SUBJECTS],
                        struct ost_err *err)
{
    char digest[65];
    struct ost_buf bytes, card;
    ost_buf_init(&bytes, FILE_MOST);
    ost_buf_init(&card, CARD_MOST);
    bool done = ost_school_model(job->prior, job->points, weights, &bytes, digest, err) &&
                ost_disk_write(NULL, job->out, &bytes, err);
    put_card(job, digest, &card);
    if (done && job->card != NULL)
        done = ost_buf_done(&card, err) && ost_disk_write(NULL, job->card, &card, err);
    ost_buf_fini(&bytes);
    ost_buf_fini(&card);
    return done;
}

static bool run_schools(struct job *job, struct ost_net_weights *weights[OST_SCHOOL_SUBJECTS],
                        struct ost_err *err)
{
    for (int i = 0; i < OST_SCHOOL_SUBJECTS; i++) {
        if (job->only != NULL && strcmp(job->only, subject_name[i]) != 0)
            continue;
        if (!ost_net_weights_create(&weights[i], 1, err) ||
            !run_school(job, (enum ost_school_subject)i, weights[i], err))
            return false;
    }
    return job->only != NULL ||
           write_model(job, (const struct ost_net_weights *const *)weights, err);
}

static bool train(struct job *job, bool json, struct ost_err *err)
{
    struct ost_net_weights *weights[OST_SCHOOL_SUBJECTS] = {NULL};
    bool done = load_prior(job, err) && load_from(job, err) && run_schools(job, weights, err);
    for (int i = 0; i < OST_SCHOOL_SUBJECTS; i++)
        ost_net_weights_destroy(weights[i]);
    if (done)
        (void)printf(json ? "{\"osteon_train\":1,\"find_mm\":%.3f,\"read_mm\":%.3f,"
                            "\"seconds\":%.0f}\n"
                          : "found to %.3f mm, points read to %.3f mm, %.0f s\n",
                     job->error_mm[0], job->error_mm[1], job->seconds);
    return done;
}

int ost_train_predictor_run(int argc, char **argv)
{
    struct ost_args args;
    struct ost_err err = {0};
    struct job job;
    enum ost_args_next next = ost_args_parse(&usage, argc, argv, &args);
    if (next != OST_ARGS_RUN)
        return next == OST_ARGS_HELPED ? OST_EXIT_OK : OST_EXIT_USAGE;
    if (!take(&args, &job, &err))
        return ost_command_refuse("train", &err);
    bool ok = train(&job, args.json, &err);
    ost_train_hand_fini(&job.hand);
    ost_ostm_close(job.from);
    ost_prior_destroy(job.prior);
    return ok ? OST_EXIT_OK : ost_command_fail("train", &err);
}
