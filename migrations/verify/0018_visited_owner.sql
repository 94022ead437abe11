-- Fails if 0018_visited_owner.sql is not in force. Reads nothing, changes nothing.
select 1 / (count(*) = 1)::int from pg_policy p join pg_class c on c.oid = p.polrelid
 where c.oid = 'patient_case'::regclass and p.polname = 'owner_looks' and p.polcmd = 'r' and p.polpermissive
   and p.polroles = array[c.relowner] and pg_get_expr(p.polqual, p.polrelid) = 'true';
select 1 / (count(*) = 1)::int from pg_proc p
 where p.oid = 'was_granted(bigint)'::regprocedure and p.prosecdef and p.provolatile = 's'
   and p.proconfig = '{"search_path=public, pg_temp"}' and has_function_privilege('osteon_app', p.oid, 'execute');
