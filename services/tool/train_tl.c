#include "recon/base/array.h"
#include "services/casefile/disk.h"
#include "services/cli/args.h"
#include "services/femur/tl.h"
#include "services/tool/train.h"

#include <math.h>
#include <stdio.h>

enum { FILE_MOST = 1 << 26 };

static const struct ost_option option[] = {
    {"data", "DIR", "the folder that holds femur_population/; needed"},
    {"out", "FILE", "the model file (also -o); needed. For experiments: it may not be shipped"},
    {"recipe", "girdhar|shiode", "whose; shiode when not given"},
    {"examples", "N", "filmed people and shapes to learn from; 240 when not given"},
    {"steps", "N", "of the first two stages each, a third of it in the last; 600 when not given"},
    {"batch", "N", "examples a step; 4 when not given"},
    {"seed", "N", "of everything; 1 when not given"},
};

static const struct ost_usage usage = {
    .line = "osteon train tl --data DIR -o FILE [options]",
    .summary =
        "Trains a published T-L network (recon/learn/tl.h) on films of 27 people's femora and\n"
        "of shapes drawn from a model of 30; prints loss and, on the films of the three others\n"
        "of the 30, mm. 'osteon bench femur --tl FILE' tests it.",
    .option = option,
    .option_count = OST_COUNT(option),
    .least = 1,
    .most = 1,
};

static void told(void *user, const struct ost_femur_tl_state *state)
{
    (void)user;
    (void)fprintf(stderr, "stage %u step %u loss %.4f", state->learning.stage, state->learning.step,
                  state->learning.loss);
    if (isfinite(state->mm))
        (void)fprintf(stderr, " kept out %.2f mm", state->mm);
    (void)fprintf(stderr, "\n");
}

static bool take(const struct ost_args *args, struct ost_femur_tl_options *out, struct ost_err *err)
{
    double examples, steps, batch, seed;
    *out = (struct ost_femur_tl_options){.data = ost_args_value(args, "data"), .told = told};
    if (out->data == NULL || ost_args_value(args, "out") == NULL)
        return ost_fail(err, OST_INVALID, "say --data DIR and -o FILE");
    if (!ost_train_recipe(args, &out->recipe, err) ||
        !ost_args_number(args, "examples", (const double[]){3.0, 1e4}, 240.0, &examples, err) ||
        !ost_args_number(args, "steps", (const double[]){3.0, 1e6}, 600.0, &steps, err) ||
        !ost_args_number(args, "batch", (const double[]){1.0, 64.0}, 4.0, &batch, err) ||
        !ost_args_number(args, "seed", (const double[]){0.0, 4e9}, 1.0, &seed, err))
        return false;
    out->examples = (uint32_t)examples;
    out->batch = (uint32_t)batch;
    out->seed = (uint64_t)seed;
    for (int i = 0; i < OST_TL_STAGES; i++)
        out->steps[i] = (uint32_t)(i < 2 ? steps : ceil(steps / 3.0));
    return true;
}

int ost_train_tl_run(int argc, char **argv)
{
    struct ost_args args;
    struct ost_err err = {0};
    struct ost_femur_tl_options options;
    struct ost_buf bytes;
    const struct ost_progress progress = ost_command_progress();
    enum ost_args_next next = ost_args_parse(&usage, argc, argv, &args);
    if (next != OST_ARGS_RUN)
        return next == OST_ARGS_HELPED ? OST_EXIT_OK : OST_EXIT_USAGE;
    if (!take(&args, &options, &err))
        return ost_command_refuse("train tl", &err);
    ost_buf_init(&bytes, FILE_MOST);
    bool ok = ost_femur_tl_train(&options, &progress, &bytes, &err) &&
              ost_disk_write(NULL, ost_args_value(&args, "out"), &bytes, &err);
    if (ok && args.json)
        (void)printf("{\"osteon_train\":1,\"model\":\"tl\",\"recipe\":\"%s\",\"bytes\":%zu}\n",
                     ost_tl_recipe_name(options.recipe), bytes.len);
    ost_buf_fini(&bytes);
    return ok ? OST_EXIT_OK : ost_command_fail("train tl", &err);
}
