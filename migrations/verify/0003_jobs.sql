-- Fails if 0003_jobs.sql is not in force. Reads nothing, changes nothing.
select id, institution_id, case_id, kind, input, input_digest, output, output_digest, state, depends_on,
       attempt, attempt_limit, run_after, worker, lease_until, progress, stage, cancel_requested,
       error_code, error_text, created_by, created_at, started_at, finished_at from job where false;
select id, institution_id, case_id, job_id, blob_id, name, content_type, plan_seq, plan_hash, approved,
       created_at from result_file where false;
select id, institution_id, case_id, job_id, user_id, verdict, note, created_at from fit_review where false;
select 1 / (count(*) = 3)::int from pg_class
 where oid in ('job'::regclass, 'result_file'::regclass, 'fit_review'::regclass)
   and relrowsecurity and relforcerowsecurity;
select 1 / (count(*) = 4)::int from pg_constraint
 where conname in ('job_running_has_lease', 'job_done_has_output', 'job_failed_has_code',
                   'job_ended_has_time');
select 1 / (count(*) = 3)::int from pg_indexes where indexname in ('job_ready', 'job_lease', 'job_once');
select 1 / (count(*) = 2)::int from pg_policies
 where policyname in ('queue_read', 'queue_update') and tablename = 'job';
