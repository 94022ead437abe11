/* `osteon train KIND`: one of these for each kind of model; argv as of the command itself. */
#ifndef OST_TOOL_TRAIN_H
#define OST_TOOL_TRAIN_H

#include <time.h>

/* What follows the last slash: cards name no folders of this machine. Borrowed from `path`. */
const char *ost_train_base_name(const char *path);

double ost_train_since(const struct timespec *begun); /* s, of the monotonic clock */

int ost_train_prior_run(int argc, char **argv);
int ost_train_predictor_run(int argc, char **argv);
int ost_train_tl_run(int argc, char **argv);
int ost_train_tl_forearm_run(int argc, char **argv);

#endif
