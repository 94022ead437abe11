/* A job's private folder: mode 0700, locked while its worker lives, wiped in the end. */
#ifndef OST_PIPELINE_FOLDER_IMPL_H
#define OST_PIPELINE_FOLDER_IMPL_H

#include "services/pipeline/pipeline.h"

struct ost_folder {
    char dir[OST_WORK_DIR];
    int lock; /* held as long as it is open */
};

OST_MUST_CHECK
bool ost_folder_open(struct ost_folder *folder, const char *work_dir, struct ost_err *err);
void ost_folder_wipe(struct ost_folder *folder); /* twice is fine */

/* Makes dir/name; a new file each time. */
OST_MUST_CHECK
bool ost_folder_put(const char *dir, const char *name, const void *bytes, size_t len,
                    struct ost_err *err);

#endif
