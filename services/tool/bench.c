#include "services/tool/bench.h"

#include "recon/base/array.h"
#include "services/bench/bench.h"
#include "services/bench/doubts.h"
#include "services/bench/layers.h"
#include "services/load/load.h"
#include "services/tool/tool.h"

#include <string.h>

static const struct ost_option option[] = {
    {"data", "DIR", "the folder of real data; ../shared/data when not given"},
    {"only", "PARTS",
     "recon: some of simulated, shifted, curves, leave_one_out, biplane, femur, "
     "layers, bmd, collab: some of many, idle, rates, deliveries, tls; "
     "with commas between; all when not given"},
    {"methods", "NAMES",
     "recon: some of mean, scaled, nearest, tl_girdhar, tl_shiode, search, fit; all when not given"},
    {"cases", "N",
     "recon: at most so many of each set; 40 when not given; femur: of people; layers, bmd, doubts: 32"},
    {"surfaces", "WHICH", "layers, bmd: true, disturbed (as a fit is; not given) or fitted"},
    {"quick", NULL,
     "recon: a tenth of the cases, collab: shorter; and say so; fem: the small ones"},
    {"no-peers", NULL, "fem: ours alone"},
    {"model", "FILE", "recon: the shape prior; the one that ships when not given"},
    {"predictor", "FILE",
     "recon: the networks that give the fit its start, or none; those that ship when not given"},
    {"kills", "FILE", "collab: what the test of kills printed; else its counts are unknown"},
    {"sim", "FILE", "collab: what the simulator printed; else its counts are unknown"},
    {"volume", "FILE", "drr: this volume (.nii, .nii.gz) in Hounsfield units instead"},
    {"columns", "N", "drr: pixels across the film, 16 to 4096; 1024 when not given"},
    {"angle", "DEGREES", "drr: of the source about the body's axis; 20 when not given"},
    {"rounds", "N", "drr: pairs of runs, 1 to 20; 3 when not given"},
    {"threads", "N", "drr: threads of both programs, 1 to 64; 1 when not given"},
    {"view-error", "DEGREES", "femur: of the believed cameras, 1 SD; 3 when not given, 0: none"},
    {"tl", "FILE",
     "femur, recon: a baseline of 'osteon train tl' on the same films; recon trains one when not given, none: without"},
    {"ladder", NULL, "femur: the mean, its best size, contours alone, the model's reach as well"},
};

static const struct ost_usage usage = {
    .line = "osteon bench collab|drr|femur|recon|layers|bmd|doubts|fem [options]",
    .summary =
        "Figures beside those of other programs, measured in one run on one machine.\n"
        "collab: an api and a durable PostgreSQL of its own under many clients that edit plans\n"
        "together; some minutes, on two cores that do nothing else.\n"
        "drr: our exact ray-trace and plastimatch's, of the same volume, geometry and\n"
        "attenuation, one energy, by turns; ours alone where plastimatch is not installed.\n"
        "recon: reconstruction from films on frozen test sets (simulated), on films rendered\n"
        "from real surfaces left out of the prior, and on real films; the whole takes hours.\n"
        "femur: a model of 30 people's femora fitted to two simulated films of 7 others.\n"
        "layers, bmd: films taken apart and densities read off them, beside the exact ones\n"
        "(simulated), with a linear detector, a step wedge and neither.\n"
        "doubts: what the networks doubt on films of one person, of two and of children, and\n"
        "what a front film alone is worth; the figures behind the limits of 'osteon recon'.\n"
        "fem: the mesher on real bones beside Gmsh's HXT, the solver beside CalculiX and PETSc,\n"
        "each where it is installed (gmsh, ccx, osteon-fem-mpi); the whole takes half an hour.",
    .option = option,
    .option_count = OST_COUNT(option),
    .least = 1,
    .most = 1,
};

int ost_tool_bench(int argc, char **argv)
{
    struct ost_args args;
    enum ost_args_next next = ost_args_parse(&usage, argc, argv, &args);
    if (next != OST_ARGS_RUN)
        return next == OST_ARGS_HELPED ? OST_EXIT_OK : OST_EXIT_USAGE;
    struct ost_err err = {0};
    if (strcmp(args.word[0], "recon") == 0)
        return ost_bench_recon(&args);
    if (strcmp(args.word[0], "femur") == 0)
        return ost_bench_femur(&args);
    if (strcmp(args.word[0], "drr") == 0)
        return ost_bench_drr(&args);
    if (strcmp(args.word[0], "layers") == 0 || strcmp(args.word[0], "bmd") == 0)
        return ost_bench_layers(&args);
    if (strcmp(args.word[0], "doubts") == 0)
        return ost_bench_doubts(&args);
    if (strcmp(args.word[0], "fem") == 0)
        return ost_bench_fem(&args);
    if (strcmp(args.word[0], "collab") == 0)
        return ost_load_bench(&args);
    (void)ost_fail(&err, OST_INVALID,
                   "there are collab, drr, femur, recon, layers, bmd, doubts and fem");
    return ost_command_refuse("bench", &err);
}
