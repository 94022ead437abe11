/* `osteon train KIND`: one of these for each kind of model; argv as of the command itself. */
#ifndef OST_TOOL_TRAIN_H
#define OST_TOOL_TRAIN_H

#include "recon/learn/tl.h"
#include "services/cli/args.h"

#include <time.h>

/* What follows the last slash: cards name no folders of this machine. Borrowed from `path`. */
const char *ost_train_base_name(const char *path);

/* What --recipe says: Shiode's where it is not given. */
OST_MUST_CHECK
bool ost_train_recipe(const struct ost_args *args, enum ost_tl_recipe *out, struct ost_err *err);

double ost_train_since(const struct timespec *begun); /* s, of the monotonic clock */

int ost_train_prior_run(int argc, char **argv);
int ost_train_predictor_run(int argc, char **argv);
int ost_train_tl_run(int argc, char **argv);
int ost_train_tl_forearm_run(int argc, char **argv);

#endif
