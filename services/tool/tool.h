/* The subcommands that work on files: one .c file each, named after the command. */
#ifndef OST_TOOL_TOOL_H
#define OST_TOOL_TOOL_H

int ost_tool_recon(int argc, char **argv);
int ost_tool_segment(int argc, char **argv);
int ost_tool_compare(int argc, char **argv);
int ost_tool_drr(int argc, char **argv);
int ost_tool_cohort(int argc, char **argv);
int ost_tool_train(int argc, char **argv);
int ost_tool_bmd(int argc, char **argv);
int ost_tool_fem(int argc, char **argv);
int ost_tool_plan(int argc, char **argv);
int ost_tool_guide(int argc, char **argv);
int ost_tool_report(int argc, char **argv);
int ost_tool_bench(int argc, char **argv);
int ost_tool_deid(int argc, char **argv);
/* What `deid` and the services start to read a file in a sandbox; not for people. */
int ost_tool_intake_child(int argc, char **argv);

#endif
