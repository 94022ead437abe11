-- Fails if 0014_plan_bytes.sql is not in force. Reads nothing, changes nothing.
select bytes from plan where false;
select 1 / (count(*) = 2)::int from pg_class
 where oid in ('plan'::regclass, 'plan_op'::regclass) and relrowsecurity and relforcerowsecurity;
select 1 / has_column_privilege('osteon_app', 'plan', 'bytes', 'update')::int;
