#include "recon/dicom/deid.h"

#include "recon/base/array.h"
#include "recon/base/sha256.h"
#include "services/casefile/disk.h"
#include "services/cli/args.h"
#include "services/sandbox/child.h"
#include "services/sandbox/intake.h"
#include "services/tool/deid_profile.h"
#include "services/tool/tool.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct ost_option option[] = {
    {"profile", "FILE",
     "which options of the standard hold (JSON); the basic profile when not given"},
    {"record", "FILE", "where the record goes: digests and counts, never a value"},
    {"key", "FILE",
     "the secret behind UIDs, codes and date shifts; drawn for this run when not given"},
};

static const struct ost_usage usage = {
    .line = "osteon deid IN OUT [--profile FILE] [--record FILE] [--key FILE]",
    .summary = "De-identifies a DICOM file, or every DICOM file of a tree, by PS3.15 Table E.1-1.\n"
               "Files of a tree come out as OUT/IM000001.dcm and so on: their old names may tell\n"
               "who is on them.",
    .option = option,
    .option_count = OST_COUNT(option),
    .least = 2,
    .most = 2,
};

enum { OST_DEID_TREE_DEPTH = 32, OST_DEID_TREE_FILES = 1000000 };

/* A run over one file or a tree. */
struct run {
    struct ost_intake_options options;
    unsigned char key[OST_SHA256_BYTES];
    struct ost_deid_profile profile;
    struct ost_buf record; /* JSON objects, comma-separated */
    size_t done, refused;
};

static bool read_small(const char *path, struct ost_buf *out, struct ost_err *err)
{
    ost_buf_init(out, 1 << 20);
    return ost_disk_read(NULL, path, out, err);
}

static bool read_key(const char *path, struct run *run, struct ost_err *err)
{
    run->options.key = run->key;
    run->options.key_len = sizeof run->key;
    if (path == NULL) {
        if (getrandom(run->key, sizeof run->key, 0) != (ssize_t)sizeof run->key)
            return ost_fail(err, OST_UNAVAILABLE, "no random numbers");
        return true;
    }
    struct ost_buf bytes;
    bool ok = read_small(path, &bytes, err) || ost_err_note(err, "--key");
    if (ok && bytes.len < 16)
        ok = ost_fail(err, OST_INVALID, "the key has %zu bytes: at least 16 are needed", bytes.len);
    if (ok)
        ost_sha256_of(bytes.ptr, bytes.len, run->key);
    ost_buf_fini(&bytes);
    return ok;
}

static bool read_profile(const char *path, struct run *run, struct ost_err *err)
{
    if (path == NULL)
        return true;
    struct ost_buf json;
    bool ok = read_small(path, &json, err) &&
              ost_deid_profile_parse(json.ptr, json.len, &run->profile, err);
    ost_buf_fini(&json);
    return ok;
}

/* One file, written whole or not at all. */
static bool one_file(struct run *run, const char *in, const char *out_dir, const char *out_name,
                     struct ost_err *err)
{
    struct ost_buf file, record;
    ost_buf_init(&file, OST_DEID_FILE_MOST);
    ost_buf_init(&record, 1 << 20);
    int fd = open(in, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    bool ok = fd >= 0 || ost_fail(err, OST_NOT_FOUND, "the file cannot be opened");
    ok = ok && ost_intake_deid(fd, &run->options, &run->profile, &file, &record, err) &&
         ost_disk_write(out_dir, out_name, &file, err);
    if (fd >= 0)
        (void)close(fd);
    if (ok) {
        ost_buf_text(&run->record, run->done + run->refused > 0 ? "," : "");
        ost_buf_put(&run->record, record.ptr, record.len);
        run->done++;
    }
    ost_buf_fini(&file);
    ost_buf_fini(&record);
    return ok;
}

/* Sorted, so that numbers given to files do not depend on the disk. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int no_dots(const struct dirent *entry)
{
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static void note_refused(struct run *run, const struct ost_err *err)
{
    ost_buf_print(&run->record, "%s{\"refused\":\"%s\"}", run->done + run->refused > 0 ? "," : "",
                  ost_code_name(err->code));
    run->refused++;
    (void)fprintf(stderr, "osteon deid: file %zu: %s\n", run->done + run->refused, err->msg);
}

static bool tree(struct run *run, const char *in, const char *out, int depth, struct ost_err *err);

static bool entry_of(struct run *run, const char *path, const char *out, int depth,
                     struct ost_err *err)
{
    struct stat st;
    if (lstat(path, &st) != 0 || S_ISLNK(st.st_mode))
        return true;
    if (S_ISDIR(st.st_mode))
        return tree(run, path, out, depth + 1, err);
    if (!S_ISREG(st.st_mode))
        return true;
    if (run->done + run->refused >= OST_DEID_TREE_FILES)
        return ost_fail(err, OST_LIMIT, "more than %d files", (int)OST_DEID_TREE_FILES);
    char name[32];
    struct ost_err why;
    (void)snprintf(name, sizeof name, "IM%06zu.dcm", run->done + run->refused + 1);
    if (!one_file(run, path, out, name, &why))
        note_refused(run, &why);
    return true;
}

static bool tree(struct run *run, const char *in, const char *out, int depth, struct ost_err *err)
{
    struct dirent **entry = NULL;
    if (depth > OST_DEID_TREE_DEPTH)
        return ost_fail(err, OST_LIMIT, "folders nested deeper than %d", (int)OST_DEID_TREE_DEPTH);
    int count = scandir(in, &entry, no_dots, by_name);
    if (count < 0)
        return ost_fail(err, OST_NOT_FOUND, "a folder cannot be read");
    bool ok = true;
    for (int i = 0; i < count; i++) {
        char path[OST_DISK_PATH];
        ok = ok && ost_disk_join(in, entry[i]->d_name, path, err) &&
             entry_of(run, path, out, depth, err);
        free(entry[i]);
    }
    free(entry);
    return ok;
}

static bool write_record(const struct run *run, const char *path, struct ost_err *err)
{
    if (path == NULL)
        return true;
    struct ost_buf json;
    ost_buf_init(&json, run->record.limit + 256);
    ost_buf_print(&json, "{\"osteon_deid\":1,\"done\":%zu,\"refused\":%zu,\"files\":[", run->done,
                  run->refused);
    ost_buf_put(&json, run->record.ptr, run->record.len);
    ost_buf_text(&json, "]}\n");
    bool ok = ost_buf_done(&run->record, err) && ost_buf_done(&json, err) &&
              ost_disk_write(NULL, path, &json, err);
    ost_buf_fini(&json);
    return ok;
}

static bool all(struct run *run, const char *in, const char *out, struct ost_err *err)
{
    struct stat st;
    if (stat(in, &st) != 0)
        return ost_fail(err, OST_NOT_FOUND, "there is nothing to read at IN");
    if (!S_ISDIR(st.st_mode))
        return one_file(run, in, NULL, out, err);
    return (ost_disk_folder(NULL, out, err) || ost_err_note(err, "OUT")) &&
           tree(run, in, out, 0, err) &&
           (run->done + run->refused > 0 || ost_fail(err, OST_NOT_FOUND, "IN holds no file"));
}

int ost_tool_deid(int argc, char **argv)
{
    struct ost_args args;
    enum ost_args_next next = ost_args_parse(&usage, argc, argv, &args);
    if (next != OST_ARGS_RUN)
        return next == OST_ARGS_HELPED ? OST_EXIT_OK : OST_EXIT_USAGE;
    struct run run = {0};
    struct ost_err err;
    ost_buf_init(&run.record, 256 << 20);
    bool ok = read_key(ost_args_value(&args, "key"), &run, &err) &&
              read_profile(ost_args_value(&args, "profile"), &run, &err) &&
              all(&run, args.word[0], args.word[1], &err) &&
              write_record(&run, ost_args_value(&args, "record"), &err);
    ost_buf_fini(&run.record);
    if (!ok)
        return ost_command_fail("deid", &err);
    if (args.json) {
        (void)printf("{\"done\":%zu,\"refused\":%zu}\n", run.done, run.refused);
    } else {
        (void)printf("%zu de-identified, %zu refused\n", run.done, run.refused);
    }
    return run.refused > 0 ? OST_EXIT_INPUT : OST_EXIT_OK;
}

int ost_tool_intake_child(int argc, char **argv)
{
    return ost_intake_child(argc, argv);
}
