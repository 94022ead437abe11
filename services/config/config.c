#include "services/config/config.h"

#include "services/config/table_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { OST_CONFIG_TEXT_MOST = 2000 };

/* Copies of the values live behind the struct the caller sees. */
struct holder {
    struct ost_config config;
    char *text[64];
    size_t count;
};

static bool keep(struct holder *holder, const char *text, const char **out, struct ost_err *err)
{
    if (holder->count == sizeof holder->text / sizeof holder->text[0])
        return ost_fail(err, OST_BUG, "more than %zu texts in the configuration", holder->count);
    char *copy = strdup(text);
    if (copy == NULL)
        return ost_fail(err, OST_NOMEM, "a text of the configuration");
    holder->text[holder->count++] = copy;
    *out = copy;
    return true;
}

static bool number(const struct ost_config_row *row, const char *text, int64_t *out,
                   struct ost_err *err)
{
    char *end = NULL;
    errno = 0;
    long long v = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || v < row->low || v > row->high) {
        return ost_fail(err, OST_INVALID, "%s takes a whole number from %lld to %lld", row->name,
                        (long long)row->low, (long long)row->high);
    }
    *out = (int64_t)v;
    return true;
}

static bool fill(struct holder *holder, const struct ost_config_row *row, struct ost_err *err)
{
    const char *text = getenv(row->name);
    if (text == NULL || text[0] == '\0')
        text = row->fallback;
    if (strlen(text) > OST_CONFIG_TEXT_MOST) {
        return ost_fail(err, OST_INVALID, "%s is longer than %d characters", row->name,
                        OST_CONFIG_TEXT_MOST);
    }
    char *place = (char *)&holder->config + row->offset;
    if (row->kind == OST_CONFIG_NUMBER) {
        int64_t v = 0;
        if (!number(row, text, &v, err))
            return false;
        memcpy(place, &v, sizeof v);
        return true;
    }
    const char *copy = NULL;
    if (!keep(holder, text, &copy, err))
        return false;
    memcpy(place, &copy, sizeof copy);
    return true;
}

bool ost_config_create(struct ost_config **out, struct ost_err *err)
{
    struct holder *holder = calloc(1, sizeof *holder);
    if (holder == NULL)
        return ost_fail(err, OST_NOMEM, "the configuration");
    OST_AUTO(ost_config) config = &holder->config;
    for (size_t i = 0; i < ost_config_rows; i++) {
        if (!fill(holder, &ost_config_table[i], err))
            return false;
    }
    config->auth.secret_file = config->store.secret_file;
    *out = ost_steal(&config);
    return true;
}

void ost_config_destroy(struct ost_config *config)
{
    struct holder *holder = (struct holder *)config;
    for (size_t i = 0; holder != NULL && i < holder->count; i++)
        free(holder->text[i]);
    free(holder);
}

void ost_config_example(struct ost_buf *out)
{
    ost_buf_text(out,
                 "# What the services of osteon read from the environment, with the values they\n"
                 "# take where a variable is missing. Made by: osteon config\n");
    for (size_t i = 0; i < ost_config_rows; i++) {
        const struct ost_config_row *row = &ost_config_table[i];
        ost_buf_print(out, "\n# %s", row->help);
        if (row->kind == OST_CONFIG_NUMBER)
            ost_buf_print(out, " (%lld to %lld)", (long long)row->low, (long long)row->high);
        ost_buf_print(out, "\n%s=%s\n", row->name, row->fallback);
    }
}

bool ost_config_variable(size_t i, struct ost_config_variable *out)
{
    if (i >= ost_config_rows)
        return false;
    const struct ost_config_row *row = &ost_config_table[i];
    *out = (struct ost_config_variable){row->name, row->fallback, row->help};
    return true;
}

void ost_config_help(struct ost_buf *out)
{
    ost_buf_text(out, "\nenvironment:\n");
    for (size_t i = 0; i < ost_config_rows; i++) {
        const struct ost_config_row *row = &ost_config_table[i];
        ost_buf_print(out, "  %s=%s\n      %s\n", row->name, row->fallback, row->help);
    }
}
