#include "services/cli/args.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Words in lines of at most 80. */
static void print_wrapped(const char *text)
{
    enum { MOST = 80 };
    size_t at = 0;
    for (const char *word = text; *word != '\0';) {
        size_t length = strcspn(word, " \n");
        bool fresh = at == 0 || at + 1 + length > MOST;
        (void)printf("%s%.*s", at == 0 ? "" : fresh ? "\n" : " ", (int)length, word);
        at = fresh ? length : at + 1 + length;
        word += length;
        word += strspn(word, " \n");
    }
    (void)printf("\n");
}

static void print_help(const struct ost_usage *usage)
{
    (void)printf("usage: %s\n\n", usage->line);
    print_wrapped(usage->summary);
    (void)printf("\noptions:\n");
    for (size_t i = 0; i < usage->option_count; i++) {
        const struct ost_option *o = &usage->option[i];
        (void)printf("  --%s%s%s\n      %s\n", o->name, o->value == NULL ? "" : " ",
                     o->value == NULL ? "" : o->value, o->help);
    }
    (void)printf("  --json\n      one JSON object on stdout, nothing else\n"
                 "  --help\n      this text\n");
}

static enum ost_args_next wrong(const struct ost_usage *usage, const char *what, const char *word)
{
    (void)fprintf(stderr, "%s '%s'; usage: %s (see --help)\n", what, word, usage->line);
    return OST_ARGS_WRONG;
}

static size_t find(const struct ost_usage *usage, const char *name)
{
    size_t i = 0;
    while (i < usage->option_count && strcmp(usage->option[i].name, name) != 0)
        i++;
    return i;
}

/* `-o` is short for --out, as in every compiler. */
static const char *option_name(const char *word)
{
    if (strcmp(word, "-o") == 0)
        return "out";
    return strncmp(word, "--", 2) == 0 && word[2] != '\0' ? word + 2 : NULL;
}

static enum ost_args_next take_option(int argc, char **argv, int *at, struct ost_args *out)
{
    const struct ost_usage *usage = out->usage;
    const char *name = option_name(argv[*at]);
    if (strcmp(name, "help") == 0) {
        print_help(usage);
        return OST_ARGS_HELPED;
    }
    if (strcmp(name, "json") == 0) {
        out->json = true;
        return OST_ARGS_RUN;
    }
    size_t i = find(usage, name);
    if (i == usage->option_count || i >= OST_ARGS_OPTIONS)
        return wrong(usage, "unknown option", argv[*at]);
    if (usage->option[i].value == NULL) {
        out->value[i] = "";
        return OST_ARGS_RUN;
    }
    if (*at + 1 >= argc)
        return wrong(usage, "no value after", argv[*at]);
    out->value[i] = argv[++*at];
    return OST_ARGS_RUN;
}

enum ost_args_next ost_args_parse(const struct ost_usage *usage, int argc, char **argv,
                                  struct ost_args *out)
{
    *out = (struct ost_args){.usage = usage};
    for (int at = 1; at < argc; at++) {
        if (option_name(argv[at]) != NULL) {
            enum ost_args_next next = take_option(argc, argv, &at, out);
            if (next != OST_ARGS_RUN)
                return next;
        } else if (out->word_count == usage->most || out->word_count == OST_ARGS_WORDS) {
            return wrong(usage, "one word too many:", argv[at]);
        } else {
            out->word[out->word_count++] = argv[at];
        }
    }
    if (out->word_count < usage->least)
        return wrong(usage, "something is missing after", argc > 0 ? argv[argc - 1] : "");
    return OST_ARGS_RUN;
}

const char *ost_args_value(const struct ost_args *args, const char *name)
{
    size_t i = find(args->usage, name);
    return i < args->usage->option_count && i < OST_ARGS_OPTIONS ? args->value[i] : NULL;
}

bool ost_args_number(const struct ost_args *args, const char *name, const double range[2],
                     double fallback, double *out, struct ost_err *err)
{
    const char *text = ost_args_value(args, name);
    *out = fallback;
    if (text == NULL)
        return true;
    char *end = NULL;
    *out = strtod(text, &end);
    if (end == text || *end != '\0' || !isfinite(*out) || *out < range[0] || *out > range[1])
        return ost_fail(err, OST_INVALID, "--%s takes a number from %g to %g", name, range[0],
                        range[1]);
    return true;
}
