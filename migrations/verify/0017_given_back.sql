-- Fails if 0017_given_back.sql is not in force. Reads nothing, changes nothing.
select given_back from case_grant where false;
select 1 / (count(*) = 1)::int from pg_policy
 where polrelid = 'case_grant'::regclass and polname = 'grantee_gives_back' and polcmd = 'w' and polpermissive;
select 1 / (count(*) = 2)::int from pg_policy where polrelid = 'case_grant'::regclass and not polpermissive
   and (polname, polcmd) in (('given_by_grantee', 'w'), ('given_back_later', 'a'));
select 1 / (count(*) = 1)::int from pg_constraint
 where conrelid = 'case_grant'::regclass and conname = 'case_grant_given_back_ends' and contype = 'c';
select 1 / has_column_privilege('osteon_app', 'case_grant', 'given_back', 'update')::int;
select 1 / (count(*) = 1)::int from pg_policy where polrelid = 'case_grant'::regclass and polname = 'given_by_grantee'
   and pg_get_expr(polwithcheck, polrelid) like '%given_back IS NULL% OR %grantee_id = tenant()%';
select 1 / (count(*) = 1)::int from pg_constraint
 where conrelid = 'case_grant'::regclass and contype = 'c' and pg_get_constraintdef(oid) like '%length(given_back)%3%200%';
