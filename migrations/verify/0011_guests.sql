-- Fails if 0011_guests.sql is not in force. Reads nothing, changes nothing.
select id, institution_id, case_id, user_id, role, may, token_hash, created_by, created_at, expires_at,
       revoked_at from guest where false;
select 1 / (relrowsecurity and relforcerowsecurity)::int from pg_class where oid = 'guest'::regclass;
select 1 / (count(*) = 4)::int from pg_policy where not polpermissive
   and (polrelid, polname) in (('guest'::regclass, 'stays_revoked'), ('plan_op'::regclass, 'guest_invited'),
                               ('approval'::regclass, 'no_guest'), ('session'::regclass, 'guest_ends'));
select 1 / (count(*) = 1)::int from pg_constraint
 where conrelid = 'app_user'::regclass and conname = 'app_user_guest_has_no_account';
select 1 / (has_column_privilege('osteon_app', 'app_user', 'name', 'insert')
            and not has_column_privilege('osteon_app', 'app_user', 'email', 'insert')
            and not has_column_privilege('osteon_app', 'guest', 'may', 'update')
            and not has_table_privilege('osteon_app', 'guest', 'delete'))::int;
select 1 / (pg_get_functiondef('granted(bigint, text)'::regprocedure) like '%from guest%')::int;
