-- Fails if 0013_sharing.sql is not in force. Reads nothing, changes nothing.
select 1 / (count(*) = 1)::int from pg_index
 where indexrelid = 'case_grant_one'::regclass and indisunique and indpred is not null;
select 1 / (count(*) = 2)::int from pg_policy
 where polrelid = 'institution'::regclass and polcmd = 'r' and polname in ('named_read', 'partner_read');
select 1 / (count(*) = 2)::int from pg_policy where not polpermissive
   and (polrelid, polname) in (('case_grant'::regclass, 'stays_revoked'), ('plan_op'::regclass, 'partner_granted'));
select 1 / (has_function_privilege('osteon_app', 'institution_of(bigint)', 'execute')
            and (select prosecdef from pg_proc where oid = 'institution_of(bigint)'::regprocedure))::int;
select 1 / (pg_get_functiondef('audit_append(text, text, bigint, bigint, jsonb)'::regprocedure) like '%''by''%')::int;
