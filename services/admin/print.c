#include "services/admin/print_impl.h"
#include "services/config/config.h"

#include <jansson.h>

/* Takes the value. */
static bool print(json_t *json, struct ost_err *err)
{
    bool ok = json != NULL && json_dumpf(json, stdout, JSON_COMPACT) == 0 && putchar('\n') == '\n';
    json_decref(json);
    return ok || ost_fail(err, OST_NOMEM, "the answer");
}

bool ost_print_institutions(const struct ost_db_institution *row, size_t count, struct ost_err *err)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        (void)json_array_append_new(list,
                                    json_pack("{s:I,s:s,s:I}", "id", (json_int_t)row[i].id, "name",
                                              row[i].name, "users", (json_int_t)row[i].users));
    }
    return print(json_pack("{s:o}", "institutions", list), err);
}

bool ost_print_users(const struct ost_db_user *row, size_t count, struct ost_err *err)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        (void)json_array_append_new(
            list, json_pack("{s:I,s:s,s:s,s:s,s:I,s:b}", "id", (json_int_t)row[i].id, "email",
                            row[i].email, "name", row[i].name, "role", row[i].role, "institution",
                            (json_int_t)row[i].institution, "disabled", row[i].disabled));
    }
    return print(json_pack("{s:o}", "users", list), err);
}

bool ost_print_variables(struct ost_err *err)
{
    json_t *list = json_array();
    struct ost_config_variable v;
    for (size_t i = 0; ost_config_variable(i, &v); i++) {
        (void)json_array_append_new(list, json_pack("{s:s,s:s,s:s}", "name", v.name, "default",
                                                    v.fallback, "help", v.help));
    }
    return print(json_pack("{s:o}", "variables", list), err);
}

void ost_print_account(int64_t id, const char *email, const char *password)
{
    json_t *account = json_pack("{s:s}", "email", email);
    if (id != 0)
        (void)json_object_set_new(account, "id", json_integer((json_int_t)id));
    if (password[0] != '\0')
        (void)json_object_set_new(account, "password", json_string(password));
    (void)print(account, NULL);
}
