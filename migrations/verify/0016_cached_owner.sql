-- Fails if 0016_cached_owner.sql is not in force. Reads nothing, changes nothing.
select 1 / (count(*) = 1)::int from pg_proc p join pg_language l on l.oid = p.prolang
 where p.oid = 'institution_of(bigint)'::regprocedure and l.lanname = 'plpgsql' and p.prosecdef
   and p.provolatile = 's' and p.proconfig = '{"search_path=public, pg_temp"}'
   and has_function_privilege('osteon_app', p.oid, 'execute');
