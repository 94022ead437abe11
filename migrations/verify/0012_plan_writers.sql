-- Fails if 0012_plan_writers.sql is not in force: no other policy than the case's own
-- institution's lets anybody write what a plan is made of (some may forbid more). Reads nothing,
-- changes nothing.
select 1 / (count(*) = 0)::int from pg_policy
 where polrelid in ('plan'::regclass, 'plan_op'::regclass, 'plan_snapshot'::regclass, 'approval'::regclass)
   and polpermissive and polcmd <> 'r' and polname not like 'tenant\_%';
