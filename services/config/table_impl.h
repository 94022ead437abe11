/* The table behind the configuration: one row per variable. */
#ifndef OST_CONFIG_TABLE_IMPL_H
#define OST_CONFIG_TABLE_IMPL_H

#include "services/config/config.h"

#include <stddef.h>

enum ost_config_kind { OST_CONFIG_TEXT, OST_CONFIG_NUMBER };

struct ost_config_row {
    const char *name;
    enum ost_config_kind kind;
    size_t offset; /* in struct ost_config: const char * or int64_t */
    const char *fallback;
    int64_t low, high; /* of a number */
    const char *help;
};

extern const struct ost_config_row ost_config_table[];
extern const size_t ost_config_rows;

#endif
