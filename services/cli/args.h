/*
 * The words after a subcommand. One table per command says which options there
 * are; --help and --json are understood everywhere.
 */
#ifndef OST_CLI_ARGS_H
#define OST_CLI_ARGS_H

#include "services/cli/command.h"

#include <stdbool.h>
#include <stddef.h>

OST_C_BEGIN

struct ost_option {
    const char *name;  /* "model", written --model */
    const char *value; /* what stands for its value in the help; NULL for a flag */
    const char *help;
};

struct ost_usage {
    const char *line;    /* "osteon recon CASE [options]" */
    const char *summary; /* a sentence or two */
    const struct ost_option *option;
    size_t option_count;
    size_t least, most; /* how many words that are no options */
};

enum { OST_ARGS_WORDS = 64, OST_ARGS_OPTIONS = 32 };

struct ost_args {
    const char *word[OST_ARGS_WORDS]; /* borrowed from argv */
    size_t word_count;
    const struct ost_usage *usage;
    const char *value[OST_ARGS_OPTIONS]; /* by the option's place in the table; NULL unset */
    bool json;
};

enum ost_args_next { OST_ARGS_RUN, OST_ARGS_HELPED, OST_ARGS_WRONG };

/* Prints help or what is wrong; the caller runs, returns 0 or returns 2. */
enum ost_args_next ost_args_parse(const struct ost_usage *usage, int argc, char **argv,
                                  struct ost_args *out);

/* The value given, NULL where the option was not; a flag's value is "". */
const char *ost_args_value(const struct ost_args *args, const char *name);

/* A finite number within [low, high], `fallback` where the option was not given. */
OST_MUST_CHECK
bool ost_args_number(const struct ost_args *args, const char *name, const double range[2],
                     double fallback, double *out, struct ost_err *err);

OST_C_END

#endif
