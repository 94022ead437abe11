#include "services/tool/train.h"

#include "recon/base/array.h"
#include "services/tool/tool.h"

#include <string.h>

const char *ost_train_base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

bool ost_train_recipe(const struct ost_args *args, enum ost_tl_recipe *out, struct ost_err *err)
{
    const char *recipe = ost_args_value(args, "recipe");
    *out = OST_TL_SHIODE;
    for (int r = 0; recipe != NULL && r < OST_TL_RECIPES; r++) {
        if (strcmp(recipe, ost_tl_recipe_name((enum ost_tl_recipe)r)) == 0) {
            *out = (enum ost_tl_recipe)r;
            return true;
        }
    }
    return recipe == NULL || ost_fail(err, OST_INVALID, "--recipe is girdhar or shiode");
}

double ost_train_since(const struct timespec *begun)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - begun->tv_sec) + 1e-9 * (double)(now.tv_nsec - begun->tv_nsec);
}

static const struct kind {
    const char *name;
    int (*run)(int argc, char **argv);
} kind[] = {
    {"prior", ost_train_prior_run},
    {"predictor", ost_train_predictor_run},
    {"tl", ost_train_tl_run},
    {"tl-forearm", ost_train_tl_forearm_run},
};

static const struct ost_usage usage = {
    .line = "osteon train prior|predictor|tl|tl-forearm -o FILE [options]",
    .summary = "Trains a model from seeds; of one that ships it writes a card. "
               "'osteon train KIND --help' tells the options of each kind.",
    .least = 1,
    .most = 1,
};

/* The kind comes first, so that each has options of its own. */
int ost_tool_train(int argc, char **argv)
{
    struct ost_args args;
    struct ost_err err = {0};
    for (size_t i = 0; i < OST_COUNT(kind) && argc > 1; i++)
        if (strcmp(argv[1], kind[i].name) == 0)
            return kind[i].run(argc, argv);
    bool has_kind = argc > 1 && argv[1][0] != '-' && (argc == 2 || argv[2][0] == '-');
    if (!has_kind) {
        enum ost_args_next next = ost_args_parse(&usage, argc, argv, &args);
        return next == OST_ARGS_HELPED ? OST_EXIT_OK : OST_EXIT_USAGE;
    }
    (void)ost_fail(&err, OST_INVALID, "'train' knows prior, predictor, tl and tl-forearm");
    return ost_command_refuse("train", &err);
}
