-- Fails if 0004_plans.sql is not in force. Reads nothing, changes nothing.
select id, institution_id, case_id, recon_job_id, seq, hash, state_hash, epoch, lease_owner, lease_until,
       created_at from plan where false;
select institution_id, case_id, plan_id, seq, epoch, user_id, user_name, role, client, n, undo_of, body,
       at, hash from plan_op where false;
select institution_id, case_id, plan_id, seq, state_hash, body, body_hash, created_at
  from plan_snapshot where false;
select institution_id, case_id, plan_id, seq, kind, name, state_hash, user_id, user_name, created_at
  from approval where false;
select 1 / (count(*) = 4)::int from pg_class
 where oid in ('plan'::regclass, 'plan_op'::regclass, 'plan_snapshot'::regclass, 'approval'::regclass)
   and relrowsecurity and relforcerowsecurity;
select 1 / (count(*) = 3)::int from pg_constraint
 where conname in ('plan_op_once', 'plan_one_per_fit', 'plan_op_hash_of_body');
select 1 / (not has_table_privilege('osteon_app', 'plan_op', 'update')
            and not has_table_privilege('osteon_app', 'plan_op', 'delete'))::int;
