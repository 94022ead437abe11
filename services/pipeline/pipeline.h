/*
 * One job from claim to result. The parent has the database and the keys and computes
 * nothing: it fills a private folder, starts the program anew as a child that has the
 * folder and nothing else, renews the lease while the child works, and keeps what it made in the
 * transaction that ends the job. The folder is wiped whatever happens.
 */
#ifndef OST_PIPELINE_PIPELINE_H
#define OST_PIPELINE_PIPELINE_H

#include "recon/base/arena.h"
#include "recon/base/progress.h"
#include "services/config/config.h"
#include "services/db/case.h"
#include "services/db/film.h"
#include "services/job/job.h"
#include "services/store/store.h"

#include <signal.h>

OST_C_BEGIN

enum {
    OST_WORK_DIR = 256,
    OST_WORK_FILMS = 8,
    OST_WORK_FILES = 96,
    OST_WORK_NAME = 64,
    OST_WORK_STUDY = 32
};

/* One job at hand, for the functions of its kind. */
struct ost_work {
    struct ost_db *db;       /* NULL in the child */
    struct ost_store *store; /* NULL in the child */
    const struct ost_config_worker *config;
    const struct ost_job *job;
    struct ost_arena *arena;
    char dir[OST_WORK_DIR]; /* the case folder */

    /* Known once prepared: */
    struct ost_db_case about;
    struct ost_db_film film[OST_WORK_FILMS]; /* dir/film_<i>.clean, and .camera where it has one */
    size_t film_count;
    struct ost_db_film other[OST_WORK_FILMS]; /* dir/other_<i>.clean: of the other arm */
    size_t other_count;
    size_t slice_count; /* dir/slice_<i>.clean: of a CT, where no film of the arm is there */
    char given[OST_WORK_FILES][OST_WORK_NAME]; /* files of dir/result that others made */
    size_t given_count;
    int64_t recon, mech, guide; /* jobs whose files are given; 0 where none are */
    int64_t plan, plan_seq;     /* 0 where no plan goes in */
    unsigned char plan_hash[OST_DB_HASH];
    char study[OST_WORK_STUDY];             /* of mechanics, by name; "" the first one */
    char study_sha256[2 * OST_DB_HASH + 1]; /* of its file */
    bool approved;
    bool residual_known, residual_ok; /* of a reconstruction that is done */
    bool bones_only; /* a CT without a forearm: neither mechanics nor a plan follow */
};

/* One kind of job; one file each. */
struct ost_work_kind {
    /* Parent: asks, and fills the folder. */
    bool (*prepare)(struct ost_work *work, struct ost_err *err);
    /* Child: dir/result gets the files that are to be kept. */
    bool (*run)(struct ost_work *work, const struct ost_progress *progress, struct ost_err *err);
    /* Parent, before the end's transaction: reads what the child found. May be NULL. */
    bool (*look)(struct ost_work *work, struct ost_err *err);
    /* Parent, in the end's transaction: what follows from the result. May be NULL. */
    bool (*follow)(struct ost_work *work, struct ost_err *err);
};

/* By enum ost_job_kind. */
extern const struct ost_work_kind *const ost_work_kinds[OST_JOB_KINDS];

struct ost_pipeline {
    struct ost_db *db;
    struct ost_store *store;
    const struct ost_config_worker *config;
    const struct ost_work_kind *const *kinds; /* ost_work_kinds, or a test's */
    const volatile sig_atomic_t *stop;        /* set: give the job back and return */
};

/*
 * Does the job and writes its end: done, failed, cancelled or given back. Fails only
 * where not even that could be written; the lease then runs out.
 */
OST_MUST_CHECK
bool ost_pipeline_do(const struct ost_pipeline *pipeline, const struct ost_job *job,
                     struct ost_arena *arena, struct ost_err *err);

/*
 * The process of one job, which a worker starts as `worker --job` of its own program with
 * these kinds: does what it was told and ends. Nothing of the worker's memory is in it.
 */
int ost_pipeline_station(const struct ost_work_kind *const *kinds);

/* Removes the folders that dead workers left in the work folder. */
void ost_pipeline_sweep(const struct ost_config_worker *config);

enum { OST_PROGRAM_TEXT = 160 };

/* Version and model: what two workers must share to give the same result. */
OST_MUST_CHECK
bool ost_pipeline_program(const struct ost_config_worker *config, char text[OST_PROGRAM_TEXT],
                          struct ost_err *err);

OST_C_END

#endif
