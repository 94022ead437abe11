-- Fails if 0001_accounts.sql is not in force. Reads nothing, changes nothing.
select id, name, created_at from institution where false;
select id, institution_id, email, name, role, password, created_at, password_at, disabled_at
  from app_user where false;
select id, institution_id, user_id, token_hash, previous_hash, confirmed, agent, created_at, seen_at,
       rotated_at, expires_at from session where false;
select subject, failures, next_at, updated_at from login_throttle where false;
select 1 / (count(*) = 4)::int from pg_class
 where oid in ('institution'::regclass, 'app_user'::regclass, 'session'::regclass,
               'login_throttle'::regclass) and relrowsecurity and relforcerowsecurity;
select 1 / (count(*) = 3)::int from pg_policies
 where policyname in ('key_read', 'key_all') and tablename in ('app_user', 'session', 'login_throttle');
select 1 / (not has_table_privilege('osteon_app', 'app_user', 'insert'))::int;
select 1 / (not rolsuper and not rolbypassrls)::int from pg_roles where rolname = 'osteon_app';
