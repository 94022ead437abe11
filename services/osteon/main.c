/* One program, many subcommands: this file finds the one asked for. */
#include "services/admin/admin.h"
#include "services/api/api.h"
#include "services/cli/command.h"
#include "services/migrate/migrate.h"
#include "services/tool/tool.h"
#include "services/worker/worker.h"

#include <stdio.h>
#include <string.h>

#ifndef OST_VERSION
#define OST_VERSION "0.1.0"
#endif

/* In the order of `osteon help`: the tools first, then the services. */
static const struct ost_command command[] = {
    {"recon", "films to bones with uncertainty and deformity", ost_tool_recon},
    {"segment", "a CT to bones with uncertainty and density", ost_tool_segment},
    {"compare", "how far two surfaces lie apart", ost_tool_compare},
    {"drr", "a radiograph of a volume", ost_tool_drr},
    {"cohort", "simulated patients with films and truth", ost_tool_cohort},
    {"bmd", "bone mineral density of a case, by region", ost_tool_bmd},
    {"fem", "elements and the stress of a load on the wrist", ost_tool_fem},
    {"plan", "the correction plan of a case: make, show, change, verify", ost_tool_plan},
    {"guide", "the printable guide of a plan, with its checks", ost_tool_guide},
    {"report", "the one-page report of a case with a plan", ost_tool_report},
    {"bench", "figures beside other programs, measured here", ost_tool_bench},
    {"api", "serves the page, the HTTP API and the WebSocket", ost_api_command},
    {"user", "institutions and people", ost_admin_user},
    {"audit", "whether the audit chains and plan logs hold", ost_admin_audit},
    {"rotate", "wraps the keys of all blobs by the newest master key", ost_admin_rotate},
    {"blobs", "tries the store of blobs, moves them from a folder to a bucket", ost_admin_blobs},
    {"config", "the variables the services read", ost_admin_config},
    {"worker", "does the jobs of the queue", ost_worker_command},
    {"migrate", "brings the database to the newest step", ost_migrate_command},
    {"train", "build the shape prior from real surfaces", ost_tool_train},
    {"deid", "takes the patient out of DICOM files", ost_tool_deid},
    {"intake-child", NULL, ost_tool_intake_child}, /* started by the sandbox, not by people */
    {NULL, NULL, NULL},
};

static int help(void)
{
    (void)printf("osteon: planning support for wrist and forearm surgery\n\n");
    for (const struct ost_command *c = command; c->name != NULL; c++)
        if (c->summary != NULL)
            (void)printf("  %-8s %s\n", c->name, c->summary);
    (void)printf("\nosteon COMMAND --help tells more. Exit codes: 0 ok, 2 usage, 3 bad input,\n"
                 "4 not converged, 5 unavailable.\n");
    return OST_EXIT_OK;
}

int main(int argc, char **argv)
{
    if (argc < 2 || strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0)
        return argc < 2 ? (help(), OST_EXIT_USAGE) : help();
    if (strcmp(argv[1], "--version") == 0) {
        (void)printf("osteon %s\n", OST_VERSION);
        return OST_EXIT_OK;
    }
    for (const struct ost_command *c = command; c->name != NULL; c++)
        if (strcmp(argv[1], c->name) == 0)
            return c->run(argc - 1, argv + 1);
    (void)fprintf(stderr, "osteon: no command '%s'; osteon help lists them\n", argv[1]);
    return OST_EXIT_USAGE;
}
