/* What the stations made of a case: the newest file of each name. */
#include "services/db/audit.h"
#include "services/db/plan.h"
#include "services/db/result.h"
#include "services/routes/picture_impl.h"
#include "services/routes/table_impl.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define FILE_MOST ((size_t)256 * 1024 * 1024)

bool ost_json_files(struct ost_db *db, int64_t case_id, struct ost_arena *arena, json_t **out,
                    struct ost_err *err)
{
    struct ost_db_result *file;
    size_t count;
    if (!ost_db_result_list(db, case_id, arena, &file, &count, err))
        return false;
    json_t *names = json_array(), *about = json_array();
    for (size_t i = 0; i < count; i++) {
        const struct ost_db_result *one = &file[i];
        (void)json_array_append_new(names, json_string(one->name));
        (void)json_array_append_new(
            about, json_pack("{s:s,s:I,s:s,s:I,s:b,s:b}", "name", one->name, "bytes",
                             (json_int_t)one->bytes, "type", one->content_type, "plan_seq",
                             (json_int_t)one->plan_seq, "approved", one->approved ? 1 : 0,
                             "outdated", one->outdated ? 1 : 0));
    }
    *out = json_pack("{s:o,s:o}", "files", names, "file_details", about);
    return *out != NULL || ost_fail(err, OST_NOMEM, "case %" PRId64 ": files", case_id);
}

/* What is taken out of the house; the rest is shown by the page. */
static bool is_download(const char *name)
{
    static const char *const ending[] = {".stl", ".pdf", ".nii.gz", ".vtu", ".3mf"};
    size_t len = strlen(name);
    for (size_t i = 0; i < sizeof ending / sizeof ending[0]; i++) {
        size_t n = strlen(ending[i]);
        if (len > n && strcmp(name + len - n, ending[i]) == 0)
            return true;
    }
    return false;
}

struct found {
    struct ost_db_case one;
    struct ost_db_result file;
    struct ost_blob blob;
    int version; /* of the plan, as it is engraved: the tags up to the file's state */
};

/* What a plan's file is worth; "" for what no plan went into. */
static const char *state_of(const struct ost_db_result *file)
{
    if (file->plan_seq == 0)
        return "";
    return file->outdated ? "_OUTDATED" : file->approved ? "" : "_DRAFT";
}

/* "C-7F3K2_guide_v3_DRAFT.stl": the case's code, the plan's version, what it is worth. */
static void put_name(struct ost_call *call, const struct found *found)
{
    const struct ost_db_result *file = &found->file;
    char line[256], version[32] = "", stem[64];
    const char *dot = strchr(file->name, '.');
    (void)snprintf(stem, sizeof stem, "%.*s", (int)(dot == NULL ? 63 : dot - file->name),
                   file->name);
    char *draft = strstr(stem, "_DRAFT");
    if (draft != NULL)
        *draft = '\0';
    if (file->plan_seq > 0)
        (void)snprintf(version, sizeof version, "_v%d", found->version);
    (void)snprintf(line, sizeof line, "%s; filename=\"%s_%s%s%s%s\"",
                   is_download(file->name) ? "attachment" : "inline", found->one.code, stem,
                   version, state_of(file), dot == NULL ? "" : dot);
    ost_http_reply_header(call->request, "Content-Disposition", line);
}

static bool count_versions(struct ost_call *call, struct found *out, struct ost_err *err)
{
    struct ost_db_plan_tag *tag;
    size_t count;
    out->version = 0;
    if (out->file.plan_seq == 0 || out->one.plan_id == 0)
        return true;
    if (!ost_db_plan_tags(call->db, out->one.plan_id, call->arena, &tag, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        out->version += tag[i].seq <= out->file.plan_seq;
    return true;
}

static bool is_guide_to_print(const char *name)
{
    size_t len = name == NULL ? 0 : strlen(name);
    return len >= strlen("guide.stl") && strncmp(name, "guide", 5) == 0 &&
           strcmp(name + len - 4, ".stl") == 0;
}

/*
 * A guide that is nothing to print has left facts and no STL; that of an earlier one
 * must not be taken for it.
 */
static bool guide_is_released(struct ost_call *call, int64_t case_id, const char *name,
                              struct ost_err *err)
{
    struct ost_db_result facts, *made;
    struct ost_blob blob;
    size_t count;
    if (!is_guide_to_print(name))
        return true;
    if (!ost_db_result_find(call->db, case_id, "guide.json", &facts, &blob, err))
        return err->code == OST_NOT_FOUND;
    if (!ost_db_result_of_job(call->db, facts.job_id, call->arena, &made, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (is_guide_to_print(made[i].name))
            return true;
    }
    return ost_call_refuse(call, err, OST_CONFLICT, "guide_withheld",
                           "The newest guide failed a check; no STL is released for print.");
}

static bool find(struct ost_call *call, struct found *out, struct ost_err *err)
{
    int64_t id;
    const char *name = ost_http_request_param(call->request, 1);
    enum ost_right right =
        name != NULL && is_download(name) ? OST_RIGHT_DOWNLOAD : OST_RIGHT_CASE_READ;
    return ost_call_id(call, 0, &id, err) && ost_call_begin(call, right, id, err) &&
           guide_is_released(call, id, name, err) &&
           ost_db_case_get(call->db, id, &out->one, err) &&
           ost_db_result_find(call->db, id, name, &out->file, &out->blob, err) &&
           count_versions(call, out, err);
}

static bool note_download(struct ost_call *call, const struct ost_db_result *file,
                          struct ost_err *err)
{
    char detail[120];
    (void)snprintf(detail, sizeof detail, "{\"name\":\"%s\",\"plan_seq\":%" PRId64 "}", file->name,
                   file->plan_seq);
    bool taken = is_download(file->name);
    const struct ost_audit audit = {.action = taken ? "file.download" : "file.view",
                                    .object = "file",
                                    .object_id = file->id,
                                    .case_id = file->case_id,
                                    .detail = detail};
    return taken ? ost_db_audit_add(call->db, &audit, err) : ost_call_seen(call, &audit, err);
}

static bool get(struct ost_call *call, struct ost_err *err)
{
    struct found found;
    struct ost_buf bytes;
    char digest[2 * OST_DB_HASH + 1], etag[96];
    if (!find(call, &found, err))
        return false;
    ost_picture_hex(found.file.sha256, sizeof found.file.sha256, digest);
    (void)snprintf(etag, sizeof etag, "%s%s", digest, state_of(&found.file));
    if (ost_http_reply_known(call->request, etag))
        return true;
    if (!note_download(call, &found.file, err) || !ost_db_commit(call->db, err))
        return false;
    ost_db_end(call->db); /* a large file takes a while, and needs no transaction */
    ost_buf_init(&bytes, FILE_MOST);
    if (!ost_store_get(call->app->store, &found.blob, &bytes, err)) {
        ost_buf_fini(&bytes);
        return false;
    }
    put_name(call, &found);
    ost_http_reply_take(call->request, 200, found.file.content_type, &bytes);
    return true;
}

OST_ROUTE(file_get)
{
    if (!ost_call_slow(call, OST_SLOW_FILE, err))
        return false;
    bool ok = get(call, err);
    ost_call_done(call, OST_SLOW_FILE);
    return ok;
}
