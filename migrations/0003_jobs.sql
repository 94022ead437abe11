-- Work that outlives a request, the files it made, and a person's word on a fit.
--
-- Why:   a worker takes one row at a time; a crashed worker's row comes back when its
--        lease runs out. No broker: the job commits with the data it is about. A job is
--        known by the digest of its inputs, so that the same request is the same row.
-- Locks: new tables only.
-- Undo:  drop the tables, then the function and the policies on blob.

create function in_queue() returns boolean language sql stable parallel safe
    as $$ select current_setting('osteon.queue', true) = 'on' $$;

create table job (
    id               bigint generated always as identity primary key,
    institution_id   bigint not null,
    case_id          bigint not null,
    kind             text not null check (kind in ('recon', 'mech', 'guide', 'report')),
    input            jsonb not null check (jsonb_typeof(input) = 'object'),
    input_digest     bytea not null check (length(input_digest) = 32),
    output           jsonb,
    output_digest    bytea check (length(output_digest) = 32),
    state            text not null default 'ready'
                     check (state in ('ready', 'running', 'done', 'failed', 'cancelled')),
    depends_on       bigint references job on delete cascade,
    attempt          smallint not null default 0 check (attempt between 0 and attempt_limit),
    attempt_limit    smallint not null default 3 check (attempt_limit between 1 and 10),
    run_after        timestamptz not null default now(),
    worker           text check (length(worker) between 1 and 63),
    lease_until      timestamptz,
    progress         real not null default 0 check (progress between 0 and 1),
    stage            text not null default '' check (length(stage) <= 31),
    cancel_requested boolean not null default false,
    error_code       text, -- an ost_code_name()
    error_text       text check (length(error_text) < 200), -- ids and sizes only, never a patient
    created_by       bigint, -- null: the system
    created_at       timestamptz not null default now(),
    started_at       timestamptz,
    finished_at      timestamptz,
    unique (id, case_id, institution_id),
    foreign key (case_id, institution_id) references patient_case (id, institution_id) on delete cascade,
    constraint job_running_has_lease
        check ((state = 'running') = (worker is not null and lease_until is not null)),
    constraint job_done_has_output
        check (state <> 'done' or (output is not null and output_digest is not null)),
    constraint job_failed_has_code check ((state = 'failed') = (error_code is not null)),
    constraint job_ended_has_time
        check ((state in ('done', 'failed', 'cancelled')) = (finished_at is not null))
);
create index job_ready on job (run_after, id) where state = 'ready';
create index job_lease on job (lease_until) where state = 'running';
create index job_served on job (institution_id, started_at);
create index job_case on job (case_id, id);
create index job_depends on job (depends_on) where depends_on is not null;
-- One row for one piece of work, unless it failed or was cancelled.
create unique index job_once on job (case_id, kind, input_digest)
    where state in ('ready', 'running', 'done');
call protect('job');
create policy grantee_read on job for select using (granted(case_id, 'view'));
create policy queue_read on job for select using (in_queue());
create policy queue_update on job for update using (in_queue()) with check (in_queue());
grant select, insert on job to osteon_app;
grant update (output, output_digest, state, attempt, run_after, worker, lease_until, progress, stage,
              cancel_requested, error_code, error_text, started_at, finished_at) on job to osteon_app;

create table result_file (
    id             bigint generated always as identity primary key,
    institution_id bigint not null,
    case_id        bigint not null,
    job_id         bigint not null,
    blob_id        bigint not null,
    name           text not null check (name ~ '^[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}$'),
    content_type   text not null check (length(content_type) between 3 and 63),
    plan_seq       bigint check (plan_seq >= 0),
    plan_hash      bytea check (length(plan_hash) = 32),
    approved       boolean not null default false,
    created_at     timestamptz not null default now(),
    unique (job_id, name),
    foreign key (job_id, case_id, institution_id) references job (id, case_id, institution_id) on delete cascade,
    foreign key (blob_id, institution_id) references blob (id, institution_id),
    constraint result_file_plan_whole check ((plan_seq is null) = (plan_hash is null)),
    constraint result_file_approved_of_plan check (not approved or plan_seq is not null)
);
create index result_file_name on result_file (case_id, name, job_id desc);
create index result_file_blob on result_file (blob_id);
call protect('result_file');
create policy grantee_read on result_file for select using (granted(case_id, 'view'));
grant select, insert on result_file to osteon_app;

-- A blob is open to another institution as far as a film or file that uses it is.
create policy grantee_read on blob for select using (
    exists (select 1 from film f where f.blob_id = blob.id and granted(f.case_id, 'view'))
    or exists (select 1 from result_file r where r.blob_id = blob.id and granted(r.case_id, 'view')));

create table fit_review (
    id             bigint generated always as identity primary key,
    institution_id bigint not null,
    case_id        bigint not null,
    job_id         bigint not null,
    user_id        bigint not null,
    verdict        text not null check (verdict in ('accept', 'reject')),
    note           text not null default '' check (length(note) <= 2000),
    created_at     timestamptz not null default now(),
    foreign key (job_id, case_id, institution_id) references job (id, case_id, institution_id) on delete cascade,
    foreign key (user_id, institution_id) references app_user (id, institution_id)
);
create index fit_review_job on fit_review (job_id, id);
call protect('fit_review');
create policy grantee_read on fit_review for select using (granted(case_id, 'view'));
grant select, insert on fit_review to osteon_app;
