#include "services/config/config.h"

#include "services/admin/admin.h"
#include "services/admin/print_impl.h"
#include "services/cli/args.h"

#include <stdio.h>

static const struct ost_usage usage = {
    .line = "osteon config",
    .summary = "Prints every variable the services read, with help and default, as a file to\n"
               "fill in. infra/env.example is its output.",
};

static bool print_example(struct ost_err *err)
{
    enum { EXAMPLE_BYTES = 64 << 10 };
    struct ost_buf text;
    ost_buf_init(&text, EXAMPLE_BYTES);
    ost_config_example(&text);
    bool ok = ost_buf_done(&text, err) && fwrite(text.ptr, 1, text.len, stdout) == text.len;
    ost_buf_fini(&text);
    return ok;
}

int ost_admin_config(int argc, char **argv)
{
    struct ost_args args;
    enum ost_args_next next = ost_args_parse(&usage, argc, argv, &args);
    if (next != OST_ARGS_RUN)
        return next == OST_ARGS_HELPED ? OST_EXIT_OK : OST_EXIT_USAGE;
    struct ost_err err = {0};
    bool ok = args.json ? ost_print_variables(&err) : print_example(&err);
    return ok ? OST_EXIT_OK : ost_command_fail("config", &err);
}
