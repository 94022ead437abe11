/* `osteon user`, `audit`, `rotate`, `blobs` and `config`: what an administrator does at a shell. */
#ifndef OST_ADMIN_ADMIN_H
#define OST_ADMIN_ADMIN_H

#include "recon/base/attr.h"

OST_C_BEGIN

int ost_admin_user(int argc, char **argv);
int ost_admin_audit(int argc, char **argv);
int ost_admin_rotate(int argc, char **argv);
int ost_admin_blobs(int argc, char **argv);
int ost_admin_config(int argc, char **argv);

OST_C_END

#endif
